"""Households by their coordinates: the footprint they lie in, or the nearest within reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame

MARGIN_M: Final = 3.0
"""A footprint is the nearest if every other one is so much further away."""


def touched_footprints(rows: GeoDataFrame, buildings: GeoDataFrame) -> DataFrame:
    """
    List every footprint that a row's coordinates touch.

    Parameters
    ----------
    rows
        Points or nothing, by position.
    buildings
        Footprints in the same CRS, by `building_id`.

    Returns
    -------
    touched
        `row` and `building`, the lowest building of a row first.
    """
    tree = shapely.STRtree(np.asarray(rows.geometry.array, dtype=object))
    shapes = np.asarray(buildings.geometry.array, dtype=object)
    building, row = tree.query(shapes, predicate="intersects")
    names = pd.Series(buildings.index[building], dtype="str")
    touched = pd.DataFrame({"row": row, "building": names})
    return touched.sort_values(["row", "building"], ignore_index=True)


def near_footprints(rows: GeoDataFrame, buildings: GeoDataFrame, *, reach_m: float) -> DataFrame:
    """
    List the footprints nearest to a row's coordinates.

    Parameters
    ----------
    rows
        Points or nothing, in metres; the index is kept.
    buildings
        Footprints in the same CRS, by `building_id`.
    reach_m
        How far to look, in metres; 0 for not at all.

    Returns
    -------
    near
        `row`, `building`, `distance_m`, nearest first; of each row the nearest footprint and those
        at most `MARGIN_M` further away. One alone is the nearest beyond doubt.
    """
    points = np.asarray(rows.geometry.array, dtype=object)
    shapes = np.asarray(buildings.geometry.array, dtype=object)
    if reach_m <= 0 or not len(points):
        return pd.DataFrame({"row": [], "building": [], "distance_m": []}).astype(
            {"row": "int64", "building": "str"}
        )
    tree = shapely.STRtree(shapes)
    row, building = tree.query(points, predicate="dwithin", distance=reach_m + MARGIN_M)
    near = pd.DataFrame(
        {
            "row": rows.index.to_numpy()[row],
            "building": pd.Series(buildings.index[building], dtype="str"),
            "distance_m": shapely.distance(points[row], shapes[building]),
        }
    )
    nearest = near.groupby("row")["distance_m"].transform("min")
    near = near[(nearest <= reach_m) & (near["distance_m"] <= nearest + MARGIN_M)]
    return near.sort_values(["row", "distance_m", "building"], ignore_index=True)
