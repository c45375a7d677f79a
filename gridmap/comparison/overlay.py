"""Grids of two plans laid over each other: who shares homes and ground with whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.comparison.sides import NOWHERE
from gridmap.schema import AREA, Count, Number, Table, Text

if TYPE_CHECKING:
    from geopandas import GeoDataFrame, GeoSeries
    from pandas import DataFrame

COUNTED: Final = (
    *("households_before", "households_after"),
    *("persons_before", "persons_after"),
)

PAIRS: Final = Table(
    "pairs",
    "pair",
    {
        "old_code": Text,  # "" is no grid
        "new_code": Text,
        "buildings": Count,
        **dict.fromkeys(COUNTED, Count),
        "area_m2": Number,  # that both have
        "homes_of_old": Number,  # share of the old grid's households
        "homes_of_new": Number,
        "ground_of_old": Number,  # share of the old grid's ground
        "ground_of_new": Number,
    },
    AREA,  # the common ground; None where only homes are shared
)


def pair_grids(
    old: GeoDataFrame, new: GeoDataFrame, buildings: DataFrame, *, tolerance_m: float
) -> GeoDataFrame:
    """
    Pair the grids that share a building or ground.

    Parameters
    ----------
    old, new
        `DRAWN_GRIDS` of both plans, in one metric CRS.
    buildings
        `BUILDING_MOVES`.
    tolerance_m
        Common ground that is narrower everywhere is noise of drawing, and no ground.

    Returns
    -------
    pairs
        `PAIRS`, in the order of the codes. Each share is 1 over the pairs of a grid, or 0 where it
        has no homes; ground that the other plan gives to no grid is paired with "".
    """
    held = buildings.groupby(["old_code", "new_code"])[list(COUNTED)].sum()
    held.insert(0, "buildings", buildings.groupby(["old_code", "new_code"]).size())
    held = held.drop(index=(NOWHERE, NOWHERE), errors="ignore").reset_index()
    ground = _share_ground(old, new, tolerance_m)
    pairs = held.merge(ground, how="outer", on=["old_code", "new_code"])
    pairs = pairs.fillna({"buildings": 0, "area_m2": 0.0, **dict.fromkeys(COUNTED, 0)})
    pairs = pairs.sort_values(["old_code", "new_code"], ignore_index=True)
    for end, when in (("old", "before"), ("new", "after")):
        is_grid = pairs[f"{end}_code"] != NOWHERE
        for name, measure in (("homes", f"households_{when}"), ("ground", "area_m2")):
            whole = pairs.groupby(f"{end}_code")[measure].transform("sum")
            share = pairs[measure] / whole.where(whole > 0, 1.0)
            pairs[f"{name}_of_{end}"] = share.where(is_grid, 0.0).astype(float)
    pairs.index.name = PAIRS.index
    frame = gpd.GeoDataFrame(pairs, geometry="geometry", crs=old.crs)
    return frame[[*PAIRS.columns, "geometry"]].astype(dict(PAIRS.columns))


def measure_outlines(before: GeoSeries, after: GeoSeries) -> np.ndarray:
    """
    Measure how far outlines lie apart where they lie furthest apart.

    Parameters
    ----------
    before, after
        (n,) polygons, side by side, in one metric CRS.

    Returns
    -------
    outline_m
        (n,) in metres: the Hausdorff distance of the outlines, from every corner of either to the
        nearest place of the other.
    """
    mine, theirs = before.to_numpy(), after.to_numpy()
    apart = np.zeros(len(mine))
    differs = ~shapely.equals_identical(mine, theirs)
    outlines = (shapely.boundary(side[differs]) for side in (mine, theirs))
    apart[differs] = shapely.hausdorff_distance(*outlines)
    return apart


def _share_ground(old: GeoDataFrame, new: GeoDataFrame, tolerance_m: float) -> DataFrame:
    """Intersect grids, and find what is left of each outside the other plan."""
    mine, theirs = old.geometry.to_numpy(), new.geometry.to_numpy()
    first, second = shapely.STRtree(theirs).query(mine, predicate="intersects")
    common = _areal(shapely.intersection(mine[first], theirs[second]))
    area = shapely.area(common)
    wide = ~shapely.is_empty(shapely.buffer(common, -tolerance_m / 2, quad_segs=1))
    smaller = np.minimum(shapely.area(mine)[first], shapely.area(theirs)[second])
    wide |= (area > 0) & (area >= smaller / 2)  # a whole grid may be as narrow as noise
    rows = [_rows(old.index[first[wide]], new.index[second[wide]], common[wide])]
    for end, side, at in (("old", old, first), ("new", new, second)):
        shapes = side.geometry.to_numpy()
        left = shapely.area(shapes) - np.bincount(at, area, len(shapes))
        some = np.flatnonzero(left > tolerance_m * shapely.length(shapes) / 2)
        other = shapely.union_all(theirs if end == "old" else mine) if len(some) else None
        rest = _areal(shapely.difference(shapes[some], other))
        codes, none = side.index[some], [NOWHERE] * len(some)
        rows.append(_rows(codes, none, rest) if end == "old" else _rows(none, codes, rest))
    return pd.concat([rows[0], *(row for row in rows[1:] if len(row))], ignore_index=True)


def _rows(old_codes: object, new_codes: object, shapes: np.ndarray) -> DataFrame:
    columns = {"old_code": old_codes, "new_code": new_codes, "area_m2": shapely.area(shapes)}
    return pd.DataFrame({**columns, "geometry": shapes}).astype({"geometry": object})


def _areal(shapes: np.ndarray) -> np.ndarray:
    """Keep the areas of shapes that may hold lines and points as well."""
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)
    kept = shapes.copy()
    for place in mixed.tolist():
        parts = shapely.get_parts(shapes[place])
        kept[place] = shapely.multipolygons(
            shapely.get_parts(parts[shapely.get_dimensions(parts) == 2])  # noqa: PLR2004 (areas)
        )
    kept[shapely.get_dimensions(kept) < 2] = shapely.Polygon()  # noqa: PLR2004 (areas)
    return kept
