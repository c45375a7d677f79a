"""Numbers per grid: how many live there, how clear its borders are, how compact it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gridmap.ground.adjacency import Ground

NARROW_M: Final = 20.0
"""A grid with a narrower place than this one looks wrong, whatever its figures say."""

PART_SHARE: Final = 0.05
"""What a neck parts off counts when it holds this much of the grid."""

NECK_ACCURACY_M: Final = 0.5
NECK_ACCURACY: Final = 0.02
"""A neck is measured to so many metres, or to this part of its width where that is more."""

OUTLINE_DETAIL_M: Final = 0.25
WIDTH_STEP: Final = 1.35
WIDTH_STEPS: Final = 14
"""Discs of so many sizes are tried, from the size of the grid down, each so much smaller."""


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


def measure_necks(areas: np.ndarray) -> np.ndarray:
    """
    Measure the narrowest place of each area.

    The neck is the widest disc that still gets from any substantial part of the area to any
    other, both holding `PART_SHARE` of it or more; where no disc is stopped by a narrow place, it
    is the widest disc that fits in at all. So a dumb-bell has the width of its bar, and a square
    and a snake have their own. Corners and thin tips do not count, for they hold next to nothing;
    nor do bulges that are less than `WIDTH_STEP` times as wide as what leads there.

    Parameters
    ----------
    areas
        Polygons in metres.

    Returns
    -------
    neck_m
        Width in metres, to about half a metre or 2 %, whichever is more; 0 for an area in several
        substantial pieces.

    Notes
    -----
    A disc of some width gets from part to part if the area shrunk by half of it (the erosion of
    mathematical morphology) is still in one piece. Sizes are tried upwards until one fails, and
    bisected from there.
    """
    outlines, size = shapely.simplify(areas, OUTLINE_DETAIL_M), shapely.area(areas)
    low, high = np.zeros(len(areas)), np.sqrt(size / np.pi)  # radii: this fits, that does not
    high[_is_parted(outlines, low, size)] = 0.0
    growing = np.flatnonzero(high > 0)
    for step in range(1 - WIDTH_STEPS, 0):
        radius = np.sqrt(size[growing] / np.pi) * WIDTH_STEP**step
        stopped = _is_parted(outlines[growing], radius, size[growing])
        high[growing[stopped]] = radius[stopped]
        growing, radius = growing[~stopped], radius[~stopped]
        low[growing] = radius
    while len(open_ := np.flatnonzero(_is_rough(low, high))):
        radius = (low[open_] + high[open_]) / 2
        stopped = _is_parted(outlines[open_], radius, size[open_])
        high[open_[stopped]] = radius[stopped]
        low[open_[~stopped]] = radius[~stopped]
    return low + high


def _is_rough(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return high - low > np.maximum(NECK_ACCURACY_M / 2, NECK_ACCURACY * low)


def _is_parted(areas: np.ndarray, radius: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Tell which areas a disc of that radius does not fit in, or cannot cross."""
    pieces, of = shapely.get_parts(shapely.buffer(areas, -radius, quad_segs=4), return_index=True)
    reach = radius[of]
    held = shapely.area(pieces) + shapely.length(pieces) * reach + np.pi * reach**2  # grown again
    held[shapely.is_empty(pieces)] = 0.0
    parts = np.bincount(of[held >= PART_SHARE * size[of]], minlength=len(areas))
    return parts != 1


def find_surrounding(
    ground: Ground, grid_of: np.ndarray, grids: np.ndarray | None = None
) -> np.ndarray:
    """
    Find the grids that lie within another one.

    Parameters
    ----------
    ground
        Of the community.
    grid_of
        Number of each cell's grid.
    grids
        (k,) those to look at; all, numbered from 0, where nothing is said.

    Returns
    -------
    surrounding
        (k,) by grid the only one it borders on; -1 where there are several, or the community line.
    """
    if grids is None:
        grids = np.arange(int(grid_of.max(initial=-1)) + 1)
    sides = ground.sides
    left = grid_of[sides.left]
    right = np.where(sides.right >= 0, grid_of[sides.right], -1)
    is_asked = np.zeros(int(grid_of.max(initial=-1)) + 2, bool)
    is_asked[grids] = True
    border = (left != right) & (is_asked[left] | is_asked[right])  # is_asked[-1] is False
    first = np.concatenate([left[border], right[border]])
    second = np.concatenate([right[border], left[border]])
    pairs = np.unique(first[is_asked[first]] * len(is_asked) + second[is_asked[first]] + 1)
    grid, beside = pairs // len(is_asked), pairs % len(is_asked) - 1
    neighbours = np.bincount(grid, minlength=len(is_asked))
    surrounding = np.full(len(is_asked), -1)
    surrounding[grid] = beside
    return np.where(neighbours == 1, surrounding, -1)[grids]


def count_odd_shapes(grids: GeoDataFrame) -> dict[str, int]:
    """
    Count the grids whose shape is a fault though they keep the rule.

    Parameters
    ----------
    grids
        `DRAWN_GRIDS`; dedicated ground is as it is and does not count.

    Returns
    -------
    counts
        `narrow_grids` have a neck below `NARROW_M`; `enclosed_grids` border on one grid only.
    """
    drawn = grids[grids["kind"] != "dedicated"]
    return {
        "narrow_grids": int((drawn["neck_m"] < NARROW_M).sum()),
        "enclosed_grids": int((drawn["enclosed_by"] != "").sum()),
    }


def spread_sizes(grids: GeoDataFrame, target: float) -> float:
    """
    Measure how far general grids are from the size they should have.

    Parameters
    ----------
    grids
        `DRAWN_GRIDS`.
    target
        Households of a grid as it should be.

    Returns
    -------
    spread
        Root mean square of what they are off, in households; 0 where there is none. About the
        target and not about the mean, so that many grids which are all too small are not even.
    """
    households = grids.loc[grids["kind"] == "general", "households"].to_numpy(float)
    return float(np.sqrt(((households - target) ** 2).mean())) if len(households) else 0.0


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
