"""
Where a household lives: by building id, by exact address, by coordinates, in this order.

A household that none of them places stays without a place. Nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import pandas as pd
import shapely

from gridmap.layers.address import normal_addresses
from gridmap.messages import Message

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame, Series

Way = Literal["decision", "building", "address", "parsed", "coordinates", "nearest", "kept", ""]
"""
What placed a row: a person, its building id, its exact address, its parsed address, its
coordinates, the nearest footprint within reach, or what the last version of the data said.
"""
WAYS: Final[tuple[Way, ...]] = get_args(Way)
CONFIDENCE: Final[dict[str, float]] = {
    "building": 1.0,
    "address": 1.0,
    "coordinates": 0.9,
    "kept": 0.9,
    "": 0.0,
}


@dataclass(frozen=True, slots=True)
class Placement:
    """
    One entry a ledger row, by position: everything the ledger says about where it lives.

    `building` is "" where nothing places the row; `way` says what placed it and `confidence` how
    surely, from 0 to 1. `contradicts` marks
    rows whose coordinates lie in another footprint than the building they name. `ties` gives,
    by position, the footprints that coordinates touch when they touch several.
    """

    building: Series
    way: Series
    confidence: Series
    contradicts: Series
    ties: Series


def place_households(households: GeoDataFrame, buildings: GeoDataFrame) -> Placement:
    """
    Find the building of every row of a ledger.

    Parameters
    ----------
    households
        `HOUSEHOLDS`.
    buildings
        `BUILDINGS`, in the same CRS.

    Returns
    -------
    placement
        By position of the row.
    """
    rows = households.reset_index(drop=True)
    named = rows["building_id"].where(rows["building_id"].isin(buildings.index), "")
    addressed = _by_address(rows["address"], buildings["address"])
    touched = _by_coordinates(rows, buildings)
    lowest = touched.drop_duplicates("row").set_index("row")["building"]
    inside = lowest.reindex(rows.index).fillna("")
    found = named.where(named != "", addressed)
    found = found.where(found != "", inside)
    kept = _kept(rows)
    kept = kept.where(kept.isin(buildings.index), "")
    building = found.where(found != "", kept)
    ways = [named != "", addressed != "", inside != "", kept != ""]
    way = np.select(ways, ["building", "address", "coordinates", "kept"], default="")
    several = touched[touched["row"].duplicated(keep=False)]
    ties = several.groupby("row")["building"].agg(", ".join)
    agrees = touched.loc[touched["building"] == named.loc[touched["row"]].to_numpy(), "row"]
    contradicts = (named != "") & (inside != "") & ~rows.index.isin(agrees)
    ties = ties[pd.Series(way, index=rows.index).loc[ties.index] == "coordinates"]
    named_way = pd.Series(way, index=rows.index, dtype="str")
    confidence = named_way.map(CONFIDENCE).astype("float64")
    return Placement(building, named_way, confidence, contradicts, ties)


def why_nowhere(households: DataFrame, buildings: GeoDataFrame) -> list[Message]:
    """
    Say of rows without a place what was missing.

    Parameters
    ----------
    households
        Rows that nothing placed.
    buildings
        `BUILDINGS`.

    Returns
    -------
    reasons
        One a row, naming what the row did give.
    """
    known = normal_addresses(buildings["address"])
    shared = normal_addresses(households["address"]).isin(set(known) - {""})
    reasons = []
    told = (households["building_id"], households["address"], shared, _kept(households))
    points = list(np.asarray(households.geometry.array, dtype=object))
    columns = (*(column.to_list() for column in told), points)
    for building, address, is_shared, kept, point in zip(*columns, strict=True):
        if kept:
            reasons.append(Message("faults.why_kept", {"building": kept.removesuffix("~")}))
        elif building:
            reasons.append(Message("faults.why_building", {"building": building}))
        elif is_shared:
            reasons.append(Message("faults.why_address_shared"))
        elif point is not None:
            reasons.append(Message("faults.why_point"))
        else:
            reasons.append(Message("faults.why_address" if address else "faults.why_nothing"))
    return reasons


def _kept(households: DataFrame) -> Series:
    """Give the building the last version placed a row in, where it was carried over."""
    told = households.get("kept_in")
    return told if told is not None else pd.Series("", index=households.index, dtype="str")


def _by_address(asked: Series, known: Series) -> Series:
    """Give the building that alone has the address, "" where none or several have it."""
    names = normal_addresses(known)
    names = names[(names != "") & ~names.duplicated(keep=False)]
    building = pd.Series(names.index, index=names.to_numpy(), dtype="str")
    return building.reindex(normal_addresses(asked)).set_axis(asked.index).fillna("")


def _by_coordinates(rows: GeoDataFrame, buildings: GeoDataFrame) -> DataFrame:
    """List every footprint that a row's coordinates touch, lowest building first."""
    tree = shapely.STRtree(np.asarray(rows.geometry.array, dtype=object))
    shapes = np.asarray(buildings.geometry.array, dtype=object)
    building, row = tree.query(shapes, predicate="intersects")
    names = pd.Series(buildings.index[building], dtype="str")
    touched = pd.DataFrame({"row": row, "building": names})
    return touched.sort_values(["row", "building"], ignore_index=True)
