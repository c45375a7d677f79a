"""Footprints of two versions laid over each other: who shares ground with whom, and how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame

    Shapes = NDArray[np.object_]
    Positions = NDArray[np.int64]

POINT_REACH_M: Final = 5.0
"""Two points that stand for buildings may be this far apart and still mean the same one."""

TOUCHING: Final = 0.5
"""What a point counts for that lies in an outline: the same place, but not the same shape."""

SHIFT_LEAST_M: Final = 3.0
SHIFT_SPREAD_M: Final = 2.0
SHIFT_SHARE: Final = 0.8
SHIFT_BUILDINGS: Final = 10
EXACT_M: Final = 1e-6


def lay_over(old: Shapes, new: Shapes) -> DataFrame:
    """
    Find every two footprints that share ground.

    Parameters
    ----------
    old, new
        Polygons or points in one metric CRS.

    Returns
    -------
    pairs
        `old` and `new` positions; `of_old` and `of_new`, the share of each that is common ground,
        and `of_both`, common ground by all ground of the two: 0 to 1.
    """
    first, second = shapely.STRtree(new).query(old, predicate="intersects")
    areas = shapely.area(old)[first], shapely.area(new)[second]
    common = _common_area(old[first], new[second])
    is_area = [area > 0 for area in areas]
    with np.errstate(divide="ignore", invalid="ignore"):
        of_old, of_new = (
            np.where(known, common / area, 1.0) for known, area in zip(is_area, areas, strict=True)
        )
        of_both = common / (areas[0] + areas[1] - common)
    of_both = np.where(is_area[0] & is_area[1], of_both, TOUCHING)
    pairs = pd.DataFrame(
        {"old": first, "new": second, "of_old": of_old, "of_new": of_new, "of_both": of_both}
    )
    both_points = ~is_area[0] & ~is_area[1]
    near = _near_points(old, new)
    return pd.concat([pairs[(pairs["of_both"] > 0) & ~both_points], near], ignore_index=True)


def best_pairs(pairs: DataFrame) -> DataFrame:
    """
    Choose pairs so that nobody is in two, the closest first.

    Parameters
    ----------
    pairs
        As :func:`lay_over` gives them.

    Returns
    -------
    chosen
        Some of its rows.
    """
    left = pairs.sort_values(["of_both", "old", "new"], ascending=[False, True, True])
    chosen = []
    while len(left):
        mutual = left[~left["old"].duplicated() & ~left["new"].duplicated()]
        chosen.append(mutual)
        left = left[~left["old"].isin(mutual["old"]) & ~left["new"].isin(mutual["new"])]
    return pd.concat(chosen) if chosen else left


def common_shift(old: Shapes, new: Shapes) -> tuple[float, float]:
    """
    Measure how far a layer lies from its next version as a whole.

    Parameters
    ----------
    old, new
        Points of the same buildings, one beside the other, in one metric CRS.

    Returns
    -------
    shift_m
        East and north, in metres; zeros unless most buildings moved alike.
    """
    if len(old) < SHIFT_BUILDINGS:
        return (0.0, 0.0)
    moved = shapely.get_coordinates(new) - shapely.get_coordinates(old)
    middle = np.median(moved, axis=0)
    alike = np.hypot(*(moved - middle).T) <= SHIFT_SPREAD_M
    if np.hypot(*middle) < SHIFT_LEAST_M or alike.mean() < SHIFT_SHARE:
        return (0.0, 0.0)
    east, north = moved[alike].mean(axis=0)
    return (float(east), float(north))


def _common_area(old: Shapes, new: Shapes) -> NDArray[np.float64]:
    """Measure common ground; most footprints do not change, and those are not intersected."""
    common = shapely.area(old)
    differs = np.flatnonzero(~shapely.equals_exact(old, new, tolerance=EXACT_M))
    common[differs] = shapely.area(shapely.intersection(old[differs], new[differs]))
    return np.asarray(common, dtype=np.float64)


def _near_points(old: Shapes, new: Shapes) -> DataFrame:
    mine, theirs = (np.flatnonzero(shapely.get_dimensions(shapes) == 0) for shapes in (old, new))
    tree = shapely.STRtree(new[theirs])
    first, second = tree.query(old[mine], predicate="dwithin", distance=POINT_REACH_M)
    positions = mine[first], theirs[second]
    apart = shapely.distance(old[positions[0]], new[positions[1]])
    near = 1.0 - apart / (2 * POINT_REACH_M)
    return pd.DataFrame(
        {"old": positions[0], "new": positions[1], "of_old": 1.0, "of_new": 1.0, "of_both": near}
    )
