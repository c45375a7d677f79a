"""The figures of grids, counted for those that were touched and no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.zoning import components

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gridmap.plan.partition import Window
    from gridmap.redraw.terrain import Terrain

SLACK: Final = 1e-6
"""Less than this out of a band is rounding: loads need not be whole numbers."""


@dataclass(frozen=True, slots=True)
class GridFigures:
    """
    What one grid holds, and how good its border is.

    `loads` are the further ones of the rule, in its order. `inner_m` is border with other grids of
    the community, `clear_m` what of it lies on a barrier. `status` is `ok` or the rule it breaks;
    a dedicated grid breaks none.
    """

    number: int
    households: int
    persons: int
    loads: tuple[float, ...]
    buildings: int
    plots: int
    area_m2: float
    perimeter_m: float
    inner_m: float
    clear_m: float
    pieces: int
    is_dedicated: bool
    status: str

    @property
    def clear_share(self) -> float | None:
        """Share of the inner border that lies on a barrier; None where there is no such border."""
        return self.clear_m / self.inner_m if self.inner_m > 0 else None

    @property
    def compactness(self) -> float:
        """Polsby–Popper: 1 for a circle, towards 0 for a snake."""
        return float(4 * np.pi * self.area_m2 / max(self.perimeter_m, 1e-9) ** 2)


def count_grids(
    terrain: Terrain, number_of: np.ndarray, numbers: Iterable[int], window: Window
) -> Mapping[int, GridFigures]:
    """
    Count some grids of a plan.

    Parameters
    ----------
    terrain
        Of the community.
    number_of
        (n,) the grid of each plot.
    numbers
        Which grids.
    window
        The rule they should keep.

    Returns
    -------
    figures
        By number, in order; a grid without a plot is left out.
    """
    asked = np.array(sorted(set(numbers)), np.int64)
    at = _places(asked, number_of)
    inside = np.flatnonzero(at < len(asked))
    place, count = at[inside], len(asked)
    loads = np.array([np.bincount(place, load, count) for load in terrain.loads[inside].T])
    plots = np.bincount(place, minlength=count)
    length_m, inner_m, clear_m = _lengths(terrain, at, count)
    perimeter_m = np.bincount(place, terrain.perimeter_m[inside], count) - 2 * length_m
    area_m2 = np.bincount(place, terrain.area_m2[inside], count)
    buildings = np.bincount(place, terrain.building_counts[inside], count)
    fixed = np.bincount(place, terrain.is_fixed[inside], count) > 0
    pieces = _pieces(terrain, at, count)
    return {
        int(asked[grid]): GridFigures(
            number=int(asked[grid]),
            households=round(loads[0, grid]),
            persons=round(loads[1, grid]),
            loads=tuple(loads[2:, grid].tolist()),
            buildings=int(buildings[grid]),
            plots=int(plots[grid]),
            area_m2=float(area_m2[grid]),
            perimeter_m=float(perimeter_m[grid]),
            inner_m=float(inner_m[grid]),
            clear_m=float(clear_m[grid]),
            pieces=int(pieces[grid]),
            is_dedicated=bool(fixed[grid]),
            status="ok" if fixed[grid] else judge_loads(loads[:, grid], window),
        )
        for grid in np.flatnonzero(plots).tolist()
    }


def judge_loads(loads: np.ndarray, window: Window) -> str:
    """
    Name the first rule that so much breaks.

    Parameters
    ----------
    loads
        (L,) households, persons, then the further loads.
    window
        The rule.

    Returns
    -------
    status
        `ok`, or what is broken; ground where nobody lives keeps every rule.
    """
    if loads[0] == 0:
        return "ok"
    low, high = window.bounds()
    over, under = loads > high + SLACK, loads < low - SLACK
    broken = {
        "over_band": over[0],
        "over_persons": over[1],
        "under_band": under[0],
        "over_load": over[2:].any(),
        "under_load": under[2:].any(),
    }
    return next((status for status, is_so in broken.items() if is_so), "ok")


def _places(asked: np.ndarray, number_of: np.ndarray) -> np.ndarray:
    """Give each plot the place of its grid among those asked for; their count for any other."""
    place = np.searchsorted(asked, number_of)
    known = place < len(asked)
    known[known] = asked[place[known]] == number_of[known]
    return np.where(known, place, len(asked))


def _lengths(
    terrain: Terrain, at: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Measure by grid: border between its own plots, with other grids, and on a barrier."""
    borders = terrain.borders
    first, second = at[borders.first], at[borders.second]
    own = first == second
    within_m = np.bincount(first[own], borders.length_m[own], count + 1)[:count]
    sides = np.concatenate([first[~own], second[~own]])
    inner_m, clear_m = (
        np.bincount(sides, np.tile(metres[~own], 2), count + 1)[:count]
        for metres in (borders.length_m, borders.clear_m)
    )
    return within_m, inner_m, clear_m


def _pieces(terrain: Terrain, at: np.ndarray, count: int) -> np.ndarray:
    """Count the pieces of each grid: what one can walk to without leaving it."""
    borders = terrain.borders
    inside = np.flatnonzero(at < count)
    rank = np.full(len(at), -1)
    rank[inside] = np.arange(len(inside))
    joined = borders.is_passable & (at[borders.first] == at[borders.second])
    joined &= at[borders.first] < count
    piece = components(len(inside), rank[borders.first[joined]], rank[borders.second[joined]])
    _, chief = np.unique(piece, return_index=True)
    return np.bincount(at[inside[chief]], minlength=count)
