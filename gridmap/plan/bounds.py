"""What lies along the border of a grid to the east, south, west and north: its 四至."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.ground.barriers import KIND_NAMES
from gridmap.messages import Message
from gridmap.plan.names import name_barrier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridmap.ground.adjacency import Ground
    from gridmap.schema import GridCode

SIDES: Final = ("east", "north", "west", "south")
"""By quarter turn from the east, counter-clockwise."""

SECOND_SHARE: Final = 0.3
"""A second thing is named beside the first when it lies along this much of the side."""


@dataclass(frozen=True, slots=True)
class Frontage:
    """
    What lies along the border of each grid, and for how long.

    Arrays of one length, each grid, side and thing together once: the number of the grid, the
    place of the side in `SIDES`, the thing and the metres. A thing is a place in `things`, -1 the
    community line where no barrier lies, and -2 - n the grid n across a line between buildings.
    """

    grid: np.ndarray
    side: np.ndarray
    thing: np.ndarray
    length_m: np.ndarray
    things: list[Message]

    def name(self, thing: int) -> Message:
        """Name a barrier or the community line."""
        return self.things[thing] if thing >= 0 else Message("plan.bound_outline")


def trace_borders(ground: Ground, grid_of: np.ndarray) -> Frontage:
    """
    Find out what lies along the border of each grid.

    Parameters
    ----------
    ground
        Of the community.
    grid_of
        Number of each cell's grid.

    Returns
    -------
    frontage
        A stretch of border belongs to the side it faces. Lines of one kind and name are one
        thing.
    """
    grid, side, what, length_m = _border_stretches(ground, grid_of)
    keys, at = np.unique(np.column_stack([grid, side, what]), axis=0, return_inverse=True)
    metres = np.bincount(at, length_m, len(keys))
    return Frontage(keys[:, 0], keys[:, 1], keys[:, 2], metres, _things(ground))


def describe_bounds(frontage: Frontage, codes: Sequence[GridCode]) -> list[Message]:
    """
    Say what lies along the border of each grid.

    Along each side the barrier that lies there longest is named, or two of them; where no barrier
    lies, the neighbouring grid or the community line is.

    Parameters
    ----------
    frontage
        Of the grids.
    codes
        Code of each grid.

    Returns
    -------
    bounds
        One message a grid, in the order of `codes`.
    """
    found: dict[tuple[int, int], list[tuple[float, int]]] = {}
    columns = (frontage.grid, frontage.side, frontage.thing, frontage.length_m)
    for number, face, thing, length in zip(*(each.tolist() for each in columns), strict=True):
        found.setdefault((number, face), []).append((-round(length, 3), thing))
    messages = []
    for number in range(len(codes)):
        fields = {
            name: _side_text(found.get((number, face), []), frontage, codes)
            for face, name in enumerate(SIDES)
        }
        messages.append(Message("plan.bounds", fields))
    return messages


def _border_stretches(ground: Ground, grid_of: np.ndarray) -> tuple[np.ndarray, ...]:
    """Give grid, side, thing and metres of every stretch of border, seen from both its grids."""
    sides = ground.sides
    left = grid_of[sides.left]
    right = np.where(sides.right >= 0, grid_of[sides.right], -1)
    border = left != right
    ends, length_m = sides.ends[border], sides.length_m[border]
    left, right = left[border], right[border]
    thing = _thing_numbers(ground)[border]
    outward = np.arctan2(ends[:, 0] - ends[:, 2], ends[:, 3] - ends[:, 1])  # right of the direction
    quarter = np.round(outward / (np.pi / 2)).astype(int) % 4
    other = (quarter + 2) % 4
    inner = right >= 0
    seen = np.concatenate([thing, thing[inner]])
    beside = np.concatenate([right, left[inner]])
    return (
        np.concatenate([left, right[inner]]),
        np.concatenate([quarter, other[inner]]),
        np.where(seen >= 0, seen, -2 - beside),  # -1 is the outline, lower a neighbouring grid
        np.concatenate([length_m, length_m[inner]]),
    )


def _thing_numbers(ground: Ground) -> np.ndarray:
    """Give what lies on each stretch a number: lines of one kind and name are one thing."""
    numbers = np.full(len(ground.lines), -1)
    on_line = ground.lines >= 0
    labels = _line_labels(ground)
    numbers[on_line] = np.unique(labels, return_inverse=True)[1][ground.lines[on_line]]
    return numbers


def _line_labels(ground: Ground) -> np.ndarray:
    work = ground.linework
    kinds = [KIND_NAMES[kind] for kind in work.kinds]
    return np.array(
        [f"{name}\n{'' if name else kind}" for name, kind in zip(work.names, kinds, strict=True)],
        dtype=object,
    )


def _things(ground: Ground) -> list[Message]:
    things = []
    for label in np.unique(_line_labels(ground)):
        name, _, kind = str(label).partition("\n")
        things.append(name_barrier(name, kind))
    return things


def _side_text(
    found: list[tuple[float, int]], frontage: Frontage, codes: Sequence[GridCode]
) -> Message:
    def name(thing: int) -> Message:
        if thing >= -1:
            return frontage.name(thing)
        return Message("plan.bound_grid", {"code": codes[-2 - thing]})

    if not found:  # an enclave's side, or a grid that tapers to a point
        return Message("plan.bound_nothing")
    ranked = sorted(found)
    total = sum(length for length, _ in ranked)
    first = name(ranked[0][1])
    if len(ranked) == 1 or ranked[1][0] >= SECOND_SHARE * total:  # lengths are negative, or 0
        return first
    return Message("plan.bound_pair", {"first": first, "second": name(ranked[1][1])})
