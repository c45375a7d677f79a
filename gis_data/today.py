"""
Today's grids, drawn badly, and the workers who answer for them.

Somebody once drew these lines on a small map: they are ragged, keep off the roads, cut through
compounds, differ widely in size and now and then miss a corner. They do not overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gis_data.lattice import UNITS
from gis_data.names import community_code, ordinal, short_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapely.geometry.base import BaseGeometry

    from gis_data.footprints import Floats
    from gis_data.ground import Ground

VACANT: Final = 1
"""Of every `_ROUND` communities, the first grid of this one has no worker."""

SHARED: Final = 2
"""Of every `_ROUND` communities, the first two grids of this one share a worker."""

_ROUND: Final = 6
_SKILLS: Final = ("", "first_aid", "mediation", "first_aid;mediation", "sign_language", "repairs")


@dataclass(frozen=True, slots=True)
class OldGrid:
    """One of today's grids."""

    code: str
    name: str
    locked: bool
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who answers for one grid, or for two."""

    worker_id: str
    grids: str
    on_duty: bool
    skills: str
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True, eq=False)
class _Band:
    """Ground between two ragged lines."""

    south: Floats  # from west to east
    north: Floats
    west: Floats  # the outline between the two, from south to north
    east: Floats

    def parts(self, rng: np.random.Generator, *, cut: bool) -> Iterator[Floats]:
        if not cut:
            yield np.concatenate([self.south, self.east, self.north[::-1], self.west[::-1]])
            return
        low = int(rng.integers(3, UNITS - 2))
        high = low + int(rng.integers(-1, 2))
        middle = (self.south[low] + self.north[high]) / 2
        across = np.array([self.north[high] - self.south[low]])[:, ::-1] * (0.12, -0.12)
        between = np.round(middle + across * rng.uniform(-1, 1), 3)
        yield np.concatenate(
            [self.south[: low + 1], between, self.north[high::-1], self.west[::-1]]
        )
        yield np.concatenate(
            [self.south[low:], self.east, self.north[: high - 1 : -1], between[::-1]]
        )


def draw_old_grids(ground: Ground, rng: np.random.Generator) -> list[OldGrid]:
    """
    Draw today's grids of one community.

    Parameters
    ----------
    ground
        Of the community.
    rng
        Source of chance.

    Returns
    -------
    grids
        Three to five; they share their lines to the bit, lie inside the community and cover it
        but for a corner, if that is missed.
    """
    stops = np.array([[0, 4, 8, UNITS], [0, 3, 7, UNITS], [0, 6, UNITS, UNITS]])[rng.integers(3)]
    stops = np.unique(stops)
    tilt = rng.integers(-1, 2, (2, len(stops)))
    tilt[:, [0, -1]] = 0
    west, east = stops + tilt
    lines = [_ragged(ground, int(w), int(e), rng) for w, e in zip(west, east, strict=True)]
    cut = int(rng.integers(len(lines) - 1))
    rings = [
        ring
        for k in range(len(lines) - 1)
        for ring in _Band(
            lines[k],
            lines[k + 1],
            _between(ground.west_side, lines[k][0], lines[k + 1][0]),
            _between(ground.east_side, lines[k][-1], lines[k + 1][-1]),
        ).parts(rng, cut=k == cut)
    ]
    if rng.random() < 0.5 and ground.plan.jog != 0:  # noqa: PLR2004 (every other community)
        rings[0] = rings[0][1:]  # the south-western corner is missed
    code, place = community_code(ground.cell.number), ground.names.place(ground.cell.number)
    return [
        OldGrid(
            f"{code}{k + 1:03d}",
            f"{place}社区第{ordinal(k + 1)}网格",
            bool(rng.random() < 0.05),  # noqa: PLR2004 (few are locked)
            shapely.polygons(ring),
        )
        for k, ring in enumerate(rings)
    ]


def appoint_workers(ground: Ground, grids: list[OldGrid], rng: np.random.Generator) -> list[Worker]:
    """
    Give today's grids their workers.

    Parameters
    ----------
    ground
        Of the community.
    grids
        Of the same community.
    rng
        Source of chance.

    Returns
    -------
    workers
        One a grid, but for the vacancies and the workers with two.
    """
    place = ground.cell.number % _ROUND
    codes = [grid.code for grid in grids]
    loads = [codes[:2], *([c] for c in codes[2:])] if place == SHARED else [[c] for c in codes]
    where = {grid.code: shapely.point_on_surface(grid.geometry) for grid in grids}
    if place == VACANT:
        loads = loads[1:]
    prefix = f"W{short_code(ground.cell.number)}"
    return [
        Worker(
            f"{prefix}-{k + 1:02d}",
            ";".join(load),
            bool(rng.random() < 0.85),  # noqa: PLR2004 (most are on duty)
            str(rng.choice(_SKILLS)),
            shapely.set_precision(where[load[0]], 0.001),
        )
        for k, load in enumerate(loads)
    ]


def _ragged(ground: Ground, west: int, east: int, rng: np.random.Generator) -> Floats:
    """Lead a line from one side to the other, off the net but for its ends."""
    if west == east and west in (0, UNITS):
        edge: Floats = ground.net[:, west]
        return edge
    steps = np.arange(UNITS + 1)
    height = np.linspace(west, east, UNITS + 1) + rng.uniform(-0.6, 0.6, UNITS + 1)
    height[:2], height[-2:] = west, east
    floor = np.clip(np.floor(height).astype(int), 0, UNITS - 1)
    low, high = ground.net[steps, floor], ground.net[steps, floor + 1]
    line: Floats = np.round(low + (height - floor)[:, None] * (high - low), 3)
    line[0], line[-1] = ground.net[0, west], ground.net[UNITS, east]
    return line


def _between(side: Floats, start: Floats, end: Floats) -> Floats:
    """Give the points of a side strictly between two of them."""
    first = int(np.flatnonzero((side == start).all(axis=1))[0])
    last = int(np.flatnonzero((side == end).all(axis=1))[0])
    return side[first + 1 : last]
