"""Two versions of the data side by side: the whole comparison in the order it is made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from gridmap.layers.changes.buildings import compare_buildings
from gridmap.layers.changes.households import compare_households
from gridmap.layers.changes.model import Changes, Version
from gridmap.layers.changes.surroundings import compare_surroundings
from gridmap.schema import TABLES

if TYPE_CHECKING:
    from pandas import DataFrame, Series
    from pyproj import CRS

    from gridmap.layers.changes.model import BuildingChanges, HouseholdChanges


def compare_versions(old: Version, new: Version) -> Changes:
    """
    Compare two versions of the data.

    Parameters
    ----------
    old, new
        As they were read and settled, each in its own metric CRS.

    Returns
    -------
    changes
        In the metric CRS of the new version.
    """
    old = _brought_to(old, new.layers.metric_crs)
    buildings = compare_buildings(old.layers.buildings, new.layers.buildings)
    households = compare_households(old.ledger, new.ledger, buildings=buildings)
    return Changes(
        buildings=buildings,
        households=households,
        others=compare_surroundings(old.layers, new.layers),
        homes=_homes(old, new, buildings, households),
        balances=(old.ledger.balance.to_dict(), new.ledger.balance.to_dict()),
    )


def _brought_to(version: Version, crs: CRS) -> Version:
    layers, ledger = version.layers, version.ledger
    if layers.metric_crs == crs:
        return version
    moved = {name: getattr(layers, name).to_crs(crs) for name in TABLES}
    settled = ledger.buildings.to_crs(crs)
    return Version(replace(layers, **moved), replace(ledger, buildings=settled))


def _homes(
    old: Version, new: Version, buildings: BuildingChanges, households: HouseholdChanges
) -> DataFrame:
    """Count what every building holds before and after, and who came and went, by building."""
    rows = buildings.rows
    heirs = buildings.heirs()
    pairs = buildings.pairs
    divided = pairs[pairs["kind"] == "split"].drop_duplicates("old_id")
    heirs |= dict(zip(divided["old_id"], divided["new_id"], strict=True))
    gone = rows.loc[rows["kind"] == "gone", "old_id"]
    held, holds = old.ledger.buildings, new.ledger.buildings
    names = held.index.to_series().map(lambda name: heirs.get(name, ""))
    after = holds[["households", "persons"]].copy()
    before = held[["households", "persons"]].groupby(names.to_numpy()).sum()
    left = held.loc[held.index.isin(gone), ["households", "persons"]]
    columns = {
        f"{measure}_{when}": frame[measure].reindex(after.index).fillna(0).astype("int64")
        for measure in ("households", "persons")
        for when, frame in (("before", before), ("after", after))
    }
    homes = pd.DataFrame(columns, index=after.index).assign(is_gone=False)
    lost = pd.DataFrame(
        {
            "households_before": left["households"],
            "households_after": 0,
            "persons_before": left["persons"],
            "persons_after": 0,
        }
    ).assign(is_gone=True)
    homes = pd.concat([homes, lost])
    moves = households.rows
    return homes.assign(
        came=_where(moves[moves["kind"].isin(("in", "moved"))]["new_building"], homes, gone=False),
        went=_went(moves[moves["kind"].isin(("out", "moved"))]["old_building"], homes, heirs),
    ).rename_axis(index="building_id")


def _where(buildings: Series, homes: DataFrame, *, gone: bool) -> Series:
    counted = buildings.value_counts()
    return (
        pd.Series(homes.index.map(counted.to_dict()), index=homes.index)
        .where(homes["is_gone"] == gone)
        .fillna(0)
        .astype("int64")
    )


def _went(buildings: Series, homes: DataFrame, heirs: dict[str, str]) -> Series:
    stayed = buildings[buildings.isin(heirs)].map(heirs)
    razed = buildings[~buildings.isin(heirs)]
    return _where(stayed, homes, gone=False) + _where(razed, homes, gone=True)
