"""Sampling: points along the footprints of buildings, which stand for them on the ground."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import shapely

from gridmap.compiled import compiled, warm
from gridmap.crs import PRECISION_M

STEP_M: Final = 6.0
"""Outlines of footprints are sampled this densely: finer draws smoother cell borders, slower."""

INSET_M: Final = 0.3
MOST_INSET: Final = 0.2
"""
Footprints are drawn in by this much, and by at most this share of the way to their anchor, so
that houses wall to wall are told apart.
"""

PLAIN_M: Final = 0.2
BOX_CORNERS: Final = 5
"""Outlines of more corners, the first counted twice, are drawn plainer by so many metres."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Points along footprints, in order of their block; no two of one block in one place."""

    points: np.ndarray  # (n, 2) whole multiples of PRECISION_M
    building: np.ndarray
    block: np.ndarray


def sample_outlines(footprints: np.ndarray, anchors: np.ndarray, block_of: np.ndarray) -> Samples:
    """
    Put points along the outlines of buildings, and one on the anchor of each.

    Parameters
    ----------
    footprints
        Areas or points, in metres.
    anchors
        (n,) a point inside each.
    block_of
        (n,) position of each building's block.

    Returns
    -------
    samples
        Of several buildings with a sample in one place the first has it.
    """
    _warm_up()
    outlines = footprints.copy()
    rich = shapely.get_num_coordinates(outlines) > BOX_CORNERS
    outlines[rich] = shapely.simplify(outlines[rich], PLAIN_M)
    corners, of_corner = shapely.get_coordinates(outlines, return_index=True)
    anchor = shapely.get_coordinates(anchors)
    points, building = _walk(corners, of_corner, anchor)
    steps = np.round(np.vstack([points, anchor]) / PRECISION_M).astype(np.int64)
    building = np.concatenate([building, np.arange(len(footprints))])
    block = block_of[building]
    order = np.lexsort((building, steps[:, 1], steps[:, 0], block))
    steps, building, block = steps[order], building[order], block[order]
    is_new = np.ones(len(order), bool)
    is_new[1:] = (steps[1:] != steps[:-1]).any(axis=1) | (block[1:] != block[:-1])
    return Samples(steps[is_new] * PRECISION_M, building[is_new], block[is_new])


@cache
def _warm_up() -> None:
    """Walk around a point, once a process, while no other process compiles."""
    with warm():
        _walk(np.zeros((1, 2)), np.zeros(1, np.int64), np.zeros((1, 2)))


@compiled
def _walk(
    corners: np.ndarray, of_corner: np.ndarray, anchor: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give points along rings, drawn in towards the anchors, and the building of each."""
    points, building = np.empty((2 * len(corners), 2)), np.empty(2 * len(corners), np.int64)
    count, first = 0, 0
    for at in range(len(corners)):
        owner = of_corner[at]
        x, y = corners[at]
        is_last = at + 1 == len(corners) or of_corner[at + 1] != owner
        if at > first and x == corners[first, 0] and y == corners[first, 1]:  # the ring is closed
            first = at + 1
            continue
        dx, dy = (0.0, 0.0) if is_last else (corners[at + 1, 0] - x, corners[at + 1, 1] - y)
        strides = max(int(np.ceil(np.hypot(dx, dy) / STEP_M)), 1)
        while count + strides > len(points):
            points = np.concatenate((points, points))
            building = np.concatenate((building, building))
        for nth in range(strides):
            here_x, here_y = x + dx * (nth / strides), y + dy * (nth / strides)
            in_x, in_y = anchor[owner, 0] - here_x, anchor[owner, 1] - here_y
            share = min(INSET_M / max(np.hypot(in_x, in_y), PRECISION_M), MOST_INSET)
            points[count, 0], points[count, 1] = here_x + share * in_x, here_y + share * in_y
            building[count] = owner
            count += 1
        if is_last:
            first = at + 1
    return points[:count], building[:count]
