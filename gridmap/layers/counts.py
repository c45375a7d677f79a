"""A ledger without rows: the households that buildings say they hold, or are estimated to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.layers.estimate import SMALLEST_HOME_M2, estimate_households, whole_persons
from gridmap.layers.tally import Tally
from gridmap.schema import HOUSEHOLDS, Fault

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame

    from gridmap.layers.balance import Bin
    from gridmap.rules import Rules
    from gridmap.schema import Layers

LOST_BINS: Final[dict[str, Bin]] = {"no_geometry": "no_place", "record_repeated": "duplicate"}
"""Buildings that were left out while reading, and the bin their households are in."""


def settle_counts(layers: Layers, *, rules: Rules) -> tuple[GeoDataFrame, Tally, list[Fault]]:
    """
    Take the buildings' own counts as the ledger.

    A building outside every community has its households outside; a record without geometry has
    them in no place; a record that repeats another has them twice in the ledger.

    Parameters
    ----------
    layers
        What was read, without a ledger.
    rules
        For what has to be estimated.

    Returns
    -------
    households
        An empty ledger.
    tally
        One row a building record.
    faults
        The households that are in no building, and how numbers were made.
    """
    buildings = layers.buildings
    counts, faults = _counts(buildings, rules)
    is_estimated = buildings["households"].isna().all()
    rows = pd.concat([counts, _lost(layers.faults)], ignore_index=True)
    rows["persons"], unknown = whole_persons(
        rows["households"], rows["persons"], per_household=rules.persons_per_household
    )
    if unknown:
        fields = {"count": unknown, "per_household": rules.persons_per_household}
        faults.append(Fault("buildings", None, "persons_estimated", "noted", fields))
    marked = buildings.index[buildings["households"].isna()] if is_estimated else pd.Index([])
    tally = Tally("estimated" if is_estimated else "counts", rows, marked)
    households = HOUSEHOLDS.empty(buildings.crs).assign(
        bin="", placed_in="", placed_by="", confidence=0.0, community_code=""
    )
    return households, tally, faults + _unplaced(rows, buildings)


def _counts(buildings: GeoDataFrame, rules: Rules) -> tuple[DataFrame, list[Fault]]:
    told = buildings["households"]
    faults: list[Fault] = []
    if told.isna().all():
        told = estimate_households(buildings, rules=rules)
        fields = {
            "households": int(told.sum()),
            "dwelling_m2": rules.dwelling_m2,
            "storey_m": rules.storey_m,
            "smallest_m2": SMALLEST_HOME_M2,
        }
        faults.append(Fault("buildings", None, "households_estimated", "noted", fields))
    elif told.isna().any():
        fields = {"count": int(told.isna().sum())}
        faults.append(Fault("buildings", None, "households_unknown", "noted", fields))
    outside = (buildings["community_code"] == "").to_numpy()
    counts = pd.DataFrame(
        {
            "row": buildings["row"].to_numpy(),
            "building_id": buildings.index.to_numpy(dtype=object),
            "households": told.fillna(0).astype("int64").to_numpy(),
            "persons": buildings["persons"].to_numpy(),
            "bin": np.where(outside, "outside", "placed"),
        }
    )
    return counts, faults


def _lost(faults: tuple[Fault, ...]) -> DataFrame:
    lost = [
        {
            "row": fault.row,
            "building_id": "",
            "households": int(str(fault.fields.get("households", 0))),
            "persons": float(str(fault.fields.get("persons", "nan"))),
            "bin": LOST_BINS[fault.kind],
        }
        for fault in faults
        if fault.layer == "buildings" and fault.kind in LOST_BINS
    ]
    columns = {
        "row": "int64",
        "building_id": "object",
        "households": "int64",
        "persons": "float64",
        "bin": "object",
    }
    return pd.DataFrame(lost, columns=list(columns)).astype(columns)


def _unplaced(rows: DataFrame, buildings: GeoDataFrame) -> list[Fault]:
    missing = rows[(rows["bin"] != "placed") & (rows["households"] > 0)]
    columns = (missing[name] for name in ("row", "bin", "households", "building_id"))
    return [
        Fault(
            "buildings",
            int(row),
            f"count_{kind}",
            "noted",
            {"households": int(households)},
            buildings.geometry.get(building),
        )
        for row, kind, households, building in zip(*columns, strict=True)
    ]
