"""Boxes: straight stretches sorted into squares, so that those near a place are found at once."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

import numpy as np
import shapely

from gridmap.compiled import compiled, warm

ROOM: Final = 4
"""So many boxes for each stretch."""

MOST_A_SIDE: Final = 2**15


class Boxes(NamedTuple):
    """Squares of `side`, column by column from 0, and the stretches in or near each."""

    side: float
    columns: int
    rows: int
    starts: np.ndarray  # (boxes + 1,) into `members`
    members: np.ndarray


def list_stretches(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    Cut lines into straight stretches.

    Parameters
    ----------
    lines
        LineStrings, MultiLineStrings or rings.

    Returns
    -------
    stretches
        (n, 4) x1, y1, x2, y2.
    line
        Position of the line of each.
    """
    parts, line = shapely.get_parts(lines, return_index=True)
    corners, part = shapely.get_coordinates(parts, return_index=True)
    start = np.flatnonzero(part[1:] == part[:-1])
    return np.hstack([corners[start], corners[start + 1]]), line[part[start]]


def sort_stretches(stretches: np.ndarray, size: np.ndarray, within: float) -> Boxes:
    """
    Sort stretches into boxes.

    Parameters
    ----------
    stretches
        (n, 4) x1, y1, x2, y2.
    size
        (2,) boxes are laid from (0, 0) to here; what lies further off is left out.
    within
        A stretch is in all boxes that it comes so near to. No box is smaller.

    Returns
    -------
    boxes
        The box of a place `x, y` is number `x // side * rows + y // side`.
    """
    width, height = size
    side = np.sqrt(width * height / (ROOM * max(len(stretches), 1)))
    side = float(max(side, max(width, height) / MOST_A_SIDE, within, 1e-9))
    columns, rows = int(width // side) + 1, int(height // side) + 1
    starts, members = _list_members(stretches, (side, within), columns, rows)
    return Boxes(side, columns, rows, starts, members)


def near_pairs(
    places: np.ndarray, within: np.ndarray, stretches: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """
    Find the stretches near each place.

    Parameters
    ----------
    places
        (n, 2) x, y.
    within
        (n,) how near to each.
    stretches
        (m, 4) x1, y1, x2, y2 in the same unit.

    Returns
    -------
    place, stretch
        Positions of pairs that are as near as that, ordered by place.
    """
    _warm_up()
    return _near_pairs(places, within, stretches)


@cache
def _warm_up() -> None:
    """Look for a stretch beside a place, once a process, while no other process compiles."""
    with warm():
        _near_pairs(np.zeros((1, 2)), np.ones(1), np.ones((1, 4)))


def _near_pairs(
    places: np.ndarray, within: np.ndarray, stretches: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    if not len(places):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    low = places.min(axis=0)
    places, stretches = places - low, stretches - np.tile(low, 2)
    boxes = sort_stretches(stretches, places.max(axis=0), within.max())
    return _pair(places, within, stretches, boxes)


@compiled
def _list_members(
    stretches: np.ndarray, scale: tuple[float, float], columns: int, rows: int
) -> tuple[np.ndarray, np.ndarray]:
    starts = np.zeros(columns * rows + 2, np.int64)
    for at in range(len(stretches)):
        for column in range(*_columns(stretches[at], scale, columns)):
            for row in range(*_rows(stretches[at], column, scale, rows)):
                starts[column * rows + row + 2] += 1
    starts = np.cumsum(starts)
    members = np.empty(starts[-1], np.int64)
    for at in range(len(stretches)):
        for column in range(*_columns(stretches[at], scale, columns)):
            for row in range(*_rows(stretches[at], column, scale, rows)):
                box = column * rows + row + 1
                members[starts[box]] = at
                starts[box] += 1
    return starts[:-1], members


@compiled
def _columns(stretch: np.ndarray, scale: tuple[float, float], columns: int) -> tuple[int, int]:
    """Tell from which column to before which a stretch lies, or something near it."""
    side, within = scale
    low, high = min(stretch[0], stretch[2]) - within, max(stretch[0], stretch[2]) + within
    return int(max(low // side, 0)), int(min(high // side, columns - 1)) + 1


@compiled
def _rows(
    stretch: np.ndarray, column: int, scale: tuple[float, float], rows: int
) -> tuple[int, int]:
    """Tell the same of rows, within one column."""
    x, y, to_x, to_y = stretch
    side, within = scale
    low, high = min(y, to_y), max(y, to_y)
    if abs(to_x - x) > within:
        slope = (to_y - y) / (to_x - x)
        first = y + (column * side - within - x) * slope
        last = first + (side + 2 * within) * slope
        low, high = max(low, min(first, last)), min(high, max(first, last))
    return int(max((low - within) // side, 0)), int(min((high + within) // side, rows - 1)) + 1


@compiled
def _pair(
    places: np.ndarray, within: np.ndarray, stretches: np.ndarray, boxes: Boxes
) -> tuple[np.ndarray, np.ndarray]:
    place, stretch = np.empty(16, np.int64), np.empty(16, np.int64)
    count = 0
    for at in range(len(places)):
        x, y = places[at]
        box = int(x // boxes.side) * boxes.rows + int(y // boxes.side)
        for near in boxes.members[boxes.starts[box] : boxes.starts[box + 1]]:
            if _square_of_gap(stretches[near], x, y) > within[at] ** 2:
                continue
            if count == len(place):
                place, stretch = np.concatenate((place, place)), np.concatenate((stretch, stretch))
            place[count], stretch[count] = at, near
            count += 1
    return place[:count], stretch[:count]


@compiled
def _square_of_gap(stretch: np.ndarray, x: float, y: float) -> float:
    dx, dy = stretch[2] - stretch[0], stretch[3] - stretch[1]
    from_x, from_y = x - stretch[0], y - stretch[1]
    square = dx * dx + dy * dy
    share = 0.0
    if square > 0:
        share = min(max((from_x * dx + from_y * dy) / square, 0.0), 1.0)
    return (from_x - share * dx) ** 2 + (from_y - share * dy) ** 2
