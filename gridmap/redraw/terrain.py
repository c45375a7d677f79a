"""
Terrain: the plots of one community, who lives on them, and which of them touch.

A *plot* is the smallest piece of ground that can change grid: the cell of a building with what
can only go where it goes, such as the water on its bank. A dedicated area is one plot, and stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from gridmap.ground.barriers import KIND_NAMES
from gridmap.plan.zoning import zone_ground

if TYPE_CHECKING:
    from gridmap.ground.adjacency import Ground
    from gridmap.plan.partition import Window
    from gridmap.schema import Community, CommunityCode

NO_COMPOUND_FITS: Final = -1
"""An upper bound that no compound keeps: plots are finer than compounds."""


@dataclass(frozen=True, slots=True)
class Borders:
    """
    Pairs of plots that share a stretch of border, each pair once, `first` below `second`.

    Metres of border, metres of it on a barrier, points it costs to cut there, and whether one can
    walk across somewhere.
    """

    first: np.ndarray
    second: np.ndarray
    length_m: np.ndarray
    clear_m: np.ndarray
    cut_cost: np.ndarray
    is_passable: np.ndarray

    def only(self, wanted: np.ndarray) -> Borders:
        """Give the wanted pairs alone."""
        return Borders(
            self.first[wanted],
            self.second[wanted],
            self.length_m[wanted],
            self.clear_m[wanted],
            self.cut_cost[wanted],
            self.is_passable[wanted],
        )


@dataclass(frozen=True, slots=True)
class Stretches:
    """
    What lies between plots: pairs of plots, and the barrier along their border.

    A pair comes once for every barrier. `kind` and `name` are text, "" where nothing lies there or
    it has no name.
    """

    first: np.ndarray
    second: np.ndarray
    kind: np.ndarray
    name: np.ndarray


@dataclass(frozen=True, slots=True)
class Terrain:
    """
    The ground of one community as it is redrawn; it never changes.

    Arrays by plot: `loads` (n, L) are households, persons, then the further loads of the rule;
    `perimeter_m` is its whole outline; `x`, `y` is the point that decides what it lies in;
    `compound` is -1 outside all; `is_fixed` is dedicated ground. `plot_of` is by building, in the
    order of `buildings`; `cells` are the polygons that make up the plots, and `plot_of_cell` says
    which.
    """

    community: CommunityCode
    buildings: np.ndarray
    plot_of: np.ndarray
    loads: np.ndarray
    area_m2: np.ndarray
    perimeter_m: np.ndarray
    x: np.ndarray
    y: np.ndarray
    compound: np.ndarray
    is_fixed: np.ndarray
    borders: Borders
    stretches: Stretches
    cells: np.ndarray
    plot_of_cell: np.ndarray

    def __len__(self) -> int:
        return len(self.area_m2)

    @property
    def building_counts(self) -> np.ndarray:
        """How many buildings stand on each plot, (n,)."""
        return np.bincount(self.plot_of, minlength=len(self))

    def plots_of(self, buildings: list[str]) -> np.ndarray:
        """
        Find the plots that some buildings stand on.

        Parameters
        ----------
        buildings
            Their ids.

        Returns
        -------
        plots
            Each once, in order; -1 among them if a building is not of this community.
        """
        at = pd.Index(self.buildings).get_indexer(pd.Index(buildings, dtype=object))
        return np.unique(np.where(at >= 0, self.plot_of[at], -1))


def survey_terrain(community: Community, ground: Ground, window: Window) -> Terrain:
    """
    Take the plots of a community from its ground.

    Parameters
    ----------
    community, ground
        As they are planned.
    window
        Names the further loads.

    Returns
    -------
    terrain
        Every cell is in one plot; every plot that is not dedicated is in one piece.
    """
    fine = zone_ground(ground, community, replace(window, high=NO_COMPOUND_FITS))
    count = len(fine.graph)
    plot_of_cell = np.where(fine.atom >= 0, fine.atom, count + fine.zone)
    plots = int(plot_of_cell.max(initial=-1)) + 1
    cells = ground.cells.geometry.to_numpy()
    borders = _borders(ground, plot_of_cell)
    held = np.column_stack([np.bincount(plot_of_cell, load, plots) for load in fine.held.T])
    chief = _chief_cells(fine.held[:, 0], plot_of_cell, plots)
    return Terrain(
        community=community.code,
        buildings=community.buildings.index.to_numpy(object),
        plot_of=plot_of_cell[ground.cell_of],
        loads=held,
        area_m2=np.bincount(plot_of_cell, shapely.area(cells), plots),
        perimeter_m=_perimeters(ground, plot_of_cell, plots),
        x=ground.cells["x"].to_numpy()[chief],
        y=ground.cells["y"].to_numpy()[chief],
        compound=fine.compound[chief],
        is_fixed=np.arange(plots) >= count,
        borders=borders,
        stretches=_stretches(ground, plot_of_cell),
        cells=cells,
        plot_of_cell=plot_of_cell,
    )


def _chief_cells(households: np.ndarray, plot_of_cell: np.ndarray, plots: int) -> np.ndarray:
    """Find the cell of each plot that most households live in; the first of several."""
    order = np.lexsort((np.arange(len(households)), -households, plot_of_cell))
    starts = np.searchsorted(plot_of_cell[order], np.arange(plots))
    return order[starts]


def _borders(ground: Ground, plot_of_cell: np.ndarray) -> Borders:
    touch = ground.touch
    ends = np.sort(np.column_stack([plot_of_cell[touch.first], plot_of_cell[touch.second]]), axis=1)
    apart = ends[:, 0] != ends[:, 1]
    pairs, at = np.unique(ends[apart], axis=0, return_inverse=True)
    at = at.reshape(-1)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(at, values[apart], len(pairs))

    return Borders(
        first=pairs[:, 0],
        second=pairs[:, 1],
        length_m=total(touch.length_m),
        clear_m=total(touch.clear_m),
        cut_cost=total(touch.cut_cost),
        is_passable=total(touch.is_passable) > 0,
    )


def _perimeters(ground: Ground, plot_of_cell: np.ndarray, plots: int) -> np.ndarray:
    sides = ground.sides
    left = plot_of_cell[sides.left]
    right = np.where(sides.right >= 0, plot_of_cell[sides.right], plots)
    outer = left != right
    length_m = sides.length_m[outer]
    return (
        np.bincount(left[outer], length_m, plots)
        + np.bincount(right[outer], length_m, plots + 1)[:plots]
    )


def _stretches(ground: Ground, plot_of_cell: np.ndarray) -> Stretches:
    """List what lies between plots, each barrier of a pair once."""
    sides, lines = ground.sides, ground.linework
    inner = np.flatnonzero(sides.right >= 0)
    ends = np.column_stack(
        [plot_of_cell[sides.left[inner]], plot_of_cell[sides.right[inner]], ground.lines[inner]]
    )
    ends[:, :2].sort(axis=1)
    found = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    kinds = np.append(np.array(KIND_NAMES, object)[lines.kinds], "")
    names = np.append(lines.names, "").astype(object)
    return Stretches(found[:, 0], found[:, 1], kinds[found[:, 2]], names[found[:, 2]])
