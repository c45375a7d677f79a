"""
Which household of the old ledger is which of the new one.

Ids say so where they can be trusted: where most households that both ledgers know by one id live
in the same building behind the same door, with as many persons. Elsewhere a household is known by
its building, address, entrance and floor. Two that nothing tells apart are not guessed at: they
count as one that went and one that came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.layers.address import normal_addresses
from gridmap.layers.changes.model import HOUSEHOLD_CHANGES, HouseholdChanges, Trust

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from gridmap.layers.changes.model import BuildingChanges
    from gridmap.layers.ledger import Ledger

TRUSTED_SHARE: Final = 0.5
"""Every household that both know must agree in all at once, and people are counted anew."""

DOOR: Final = ("address", "entrance", "floor")
TOLD: Final = ("persons", "need")
NOWHERE: Final = -1


def compare_households(old: Ledger, new: Ledger, *, buildings: BuildingChanges) -> HouseholdChanges:
    """
    Compare the households of two versions.

    Parameters
    ----------
    old, new
        Ledgers with a row a household; both empty where households are only counted.
    buildings
        What became of the buildings.

    Returns
    -------
    changes
        Every household of either version in one row.
    """
    place = _places(buildings)
    mine, theirs = _once(old, place[0]), _once(new, place[1])
    shared = mine.reset_index().merge(theirs.reset_index(), on="id", suffixes=("_old", "_new"))
    agrees = (shared["place_old"] == shared["place_new"]) & (
        shared["persons_old"] == shared["persons_new"]
    )
    for name in DOOR:
        agrees &= _alike(shared[f"{name}_old"], shared[f"{name}_new"])
    trust = Trust(len(shared), int(agrees.sum()), TRUSTED_SHARE)
    if trust.is_given:
        pairs = shared[["position_old", "position_new"]].to_numpy()
    else:
        pairs = _by_door(mine, theirs)
    return HouseholdChanges(_rows(mine, theirs, pairs), trust)


def _places(buildings: BuildingChanges) -> tuple[Series, Series]:
    """Give every building of either version a number, the same where it is the same building."""
    pairs = buildings.pairs
    divided = pairs[pairs["kind"] == "split"].drop_duplicates("old_id")
    first = pd.concat([pairs[pairs["kind"] != "split"], divided])
    of_new = pairs.drop_duplicates("new_id").set_index("new_id")["old_id"]
    merged = first.assign(lead=first["new_id"].map(of_new))
    lead = merged.set_index("old_id")["lead"]
    rows = buildings.rows
    olds = rows.loc[rows["old_id"] != "", "old_id"].unique()
    news = rows.loc[rows["new_id"] != "", "new_id"].unique()
    of_old = pd.Series(olds, index=olds)
    of_old.update(lead)
    numbers = {name: number for number, name in enumerate(of_old.unique())}
    of_old = of_old.map(numbers).astype("int64")
    found = pd.Series(news, index=news).map(of_new).map(of_old)
    fresh = np.arange(len(news)) + len(numbers)
    return of_old, found.fillna(pd.Series(fresh, index=news)).astype("int64")


def _once(ledger: Ledger, places: Series) -> DataFrame:
    """Take every household once: by the first row that is no duplicate."""
    told = ledger.households
    rows = pd.DataFrame(
        {
            "id": told.index.to_numpy(dtype=object),
            "building": told["placed_in"].to_numpy(dtype=object),
            "address": normal_addresses(told["address"]).to_numpy(dtype=object),
            **{name: told[name].to_numpy() for name in ("entrance", "floor", "persons", "need")},
        }
    )
    rows = rows[(told["bin"] != "duplicate").to_numpy()]
    rows = rows[~rows["id"].duplicated()].reset_index(drop=True)
    place = rows["building"].map(places).fillna(NOWHERE).astype("int64")
    return rows.assign(place=place, position=np.arange(len(rows)))


def _alike(before: Series, after: Series) -> Series:
    """Compare what both say; what one of them does not say is no difference."""
    return (before == after) | (before == "") | (after == "")


def _by_door(mine: DataFrame, theirs: DataFrame) -> np.ndarray:
    """Pair households of the same door, first those of as many persons and the same need."""
    found = []
    for columns in (("place", *DOOR, *TOLD), ("place", *DOOR)):
        sides = [
            side.assign(turn=side.groupby(list(columns)).cumcount())
            for side in (_with_a_door(mine), _with_a_door(theirs))
        ]
        if columns == ("place", *DOOR):
            sides = [side[_alone(side, columns)] for side in sides]
        pairs = sides[0].merge(sides[1], on=[*columns, "turn"], suffixes=("_old", "_new"))
        pairs = pairs[["position_old", "position_new"]]
        found.append(pairs.to_numpy())
        mine = mine[~mine["position"].isin(pairs["position_old"])]
        theirs = theirs[~theirs["position"].isin(pairs["position_new"])]
    return np.concatenate(found)


def _with_a_door(side: DataFrame) -> DataFrame:
    told = (side["place"] != NOWHERE) | (side["address"] != "")
    return side[told]


def _alone(side: DataFrame, columns: tuple[str, ...]) -> Series:
    """Is it the only one behind a door that is told: then a new count is the same household."""
    told = (side[list(DOOR)] != "").any(axis=1)
    return told & ~side.duplicated(list(columns), keep=False)


def _rows(mine: DataFrame, theirs: DataFrame, pairs: np.ndarray) -> DataFrame:
    before, after = mine.iloc[pairs[:, 0]], theirs.iloc[pairs[:, 1]]
    differs = {
        name: before[name].to_numpy() != after[name].to_numpy()
        for name in ("place", "persons", "need", "id")
    }
    settled = (before["place"].to_numpy() != NOWHERE) & (after["place"].to_numpy() != NOWHERE)
    differs["building"] = differs["place"] & settled
    differs["place"] &= ~settled
    what = np.full(len(pairs), "", dtype=object)
    for name in ("building", "place", "persons", "need", "id"):
        what = what + np.where(differs[name], f"{name}, ", "")
    what = pd.Series(what, dtype="str").str.removesuffix(", ").to_numpy()
    real = what != "id"  # another number for the same household is no change of the household
    kind = np.select([differs["building"], (what != "") & real], ["moved", "changed"], "same")
    left = mine.drop(mine.index[pairs[:, 0]])
    came = theirs.drop(theirs.index[pairs[:, 1]])
    found = [
        _told(before, after, kind, what),
        _told(left, None, np.full(len(left), "out"), np.full(len(left), "")),
        _told(None, came, np.full(len(came), "in"), np.full(len(came), "")),
    ]
    rows = pd.concat(found, ignore_index=True).astype(dict(HOUSEHOLD_CHANGES.columns))
    return rows.rename_axis(index=HOUSEHOLD_CHANGES.index)


def _told(
    before: DataFrame | None, after: DataFrame | None, kind: np.ndarray, what: np.ndarray
) -> DataFrame:
    def side(rows: DataFrame | None, column: str, missing: str | int) -> object:
        return missing if rows is None else rows[column].to_numpy()

    return pd.DataFrame(
        {
            "old_id": side(before, "id", ""),
            "new_id": side(after, "id", ""),
            "kind": kind,
            "what": what,
            "old_building": side(before, "building", ""),
            "new_building": side(after, "building", ""),
            "old_persons": side(before, "persons", 0),
            "new_persons": side(after, "persons", 0),
        }
    )
