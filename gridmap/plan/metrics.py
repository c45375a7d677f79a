"""Numbers per grid: how many live there, how clear its borders are, how compact it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from gridmap.ground.adjacency import Ground


@dataclass(frozen=True, slots=True)
class Borders:
    """
    The inner borders of a division: between two grids of one community.

    By grid: metres of inner border, and metres of it on a barrier. In all: metres, metres on a
    barrier, and what the cut costs in points.
    """

    inner_m: np.ndarray
    clear_m: np.ndarray
    total_m: float
    total_clear_m: float
    cut_cost: float

    @property
    def clear_share(self) -> np.ndarray:
        """Share of each grid's inner border that lies on a barrier; NaN where it has none."""
        share = np.full(len(self.inner_m), np.nan)
        np.divide(self.clear_m, self.inner_m, out=share, where=self.inner_m > 0)
        return share


def measure_borders(ground: Ground, grid_of: np.ndarray) -> Borders:
    """
    Measure the borders between the grids of a community.

    Parameters
    ----------
    ground
        Of the community.
    grid_of
        Number of each cell's grid, from 0.

    Returns
    -------
    borders
        Lengths in metres.
    """
    touch = ground.touch
    count = int(grid_of.max(initial=-1)) + 1
    cut = grid_of[touch.first] != grid_of[touch.second]
    sides = np.concatenate([grid_of[touch.first[cut]], grid_of[touch.second[cut]]])
    return Borders(
        inner_m=np.bincount(sides, np.tile(touch.length_m[cut], 2), count),
        clear_m=np.bincount(sides, np.tile(touch.clear_m[cut], 2), count),
        total_m=float(touch.length_m[cut].sum()),
        total_clear_m=float(touch.clear_m[cut].sum()),
        cut_cost=float(touch.cut_cost[cut].sum()),
    )


def measure_compactness(areas: np.ndarray) -> np.ndarray:
    """
    Measure how near to a circle each area is.

    Parameters
    ----------
    areas
        Polygons in metres.

    Returns
    -------
    compactness
        Polsby–Popper, 4π·area/perimeter²: 1 for a circle, towards 0 for a snake.

    References
    ----------
    .. [1] D. D. Polsby, R. D. Popper (1991). "The Third Criterion: Compactness as a Procedural
       Safeguard Against Partisan Gerrymandering." Yale Law & Policy Review, 9(2), 301–353.
    """
    return 4 * np.pi * shapely.area(areas) / shapely.length(areas) ** 2


def count_split(labels: np.ndarray, groups: np.ndarray) -> int:
    """
    Count the groups that are in more than one grid.

    Parameters
    ----------
    labels
        Grid of each cell.
    groups
        Group of each cell, -1 for none.

    Returns
    -------
    split
        How many groups have cells in two grids or more.
    """
    inside = groups >= 0
    pairs = np.unique(np.column_stack([groups[inside], labels[inside]]), axis=0)
    return int((np.unique(pairs[:, 0], return_counts=True)[1] > 1).sum())
