"""A ledger of rows: what each claims, and the one bin it belongs in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.layers.estimate import whole_persons
from gridmap.layers.jurisdiction import place_in
from gridmap.layers.placement import place_households
from gridmap.layers.tally import Tally
from gridmap.layers.waivers import note_stale, waived_rows
from gridmap.schema import Fault

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame, Series

    from gridmap.layers.balance import Bin
    from gridmap.layers.decisions import Decisions
    from gridmap.layers.placement import Placement
    from gridmap.messages import Message
    from gridmap.rules import Rules
    from gridmap.schema import Layers

PRECEDENCE: Final[tuple[Bin, ...]] = ("waived", "conflict", "duplicate", "outside", "no_place")


def settle_claims(
    layers: Layers, *, rules: Rules, decisions: Decisions
) -> tuple[GeoDataFrame, Tally, list[Fault], DataFrame]:
    """
    Put every row of the ledger into one bin.

    Parameters
    ----------
    layers
        What was read, with a ledger.
    rules
        For persons nobody counted, and how sure a place must be.
    decisions
        What people decided before.

    Returns
    -------
    households
        The ledger with `bin`, `placed_in`, `placed_by` and `community_code`.
    tally
        One row a household.
    faults
        Every household that is not placed, every tie, how many were placed by less than an exact
        word, and persons that were estimated.
    offers
        `seq`, `building_id` and `score` of near matches, for households without a place.
    """
    told, buildings = layers.households, layers.buildings
    waived = waived_rows(told, decisions)
    placement = place_households(layers, rules=rules, decisions=decisions)
    community = _community(told, placement, layers)
    bins = _bins(told, placement, community, waived)
    ones = pd.Series(1, index=bins.index)
    persons, unknown = whole_persons(
        ones, told["persons"].reset_index(drop=True), per_household=rules.persons_per_household
    )
    placed_in = placement.building.where(bins == "placed", "")
    households = told.assign(
        persons=persons,
        bin=bins.to_numpy(),
        placed_in=placed_in.to_numpy(),
        placed_by=placement.way.where(bins == "placed", "").to_numpy(),
        confidence=placement.confidence.where(bins == "placed", 0.0).to_numpy(),
        community_code=community.to_numpy(),
        entrance=placement.entrance.to_numpy(),
        floor=placement.floor.to_numpy(),
    )
    rows = pd.DataFrame(
        {"households": ones, "persons": persons, "bin": bins, "building_id": placed_in}
    )
    faults = _unplaced(households, placement, waived) + _ties(households, placement)
    faults += _ways(households, rules)
    faults += note_stale(told, buildings, decisions)
    if unknown:
        fields = {"count": unknown, "per_household": rules.persons_per_household}
        faults.append(Fault("households", None, "persons_estimated", "noted", fields))
    nowhere = bins.index[bins == "no_place"]
    offers = placement.offers[placement.offers["seq"].isin(nowhere)].reset_index(drop=True)
    return households, Tally("ledger", rows, pd.Index([])), faults, offers


def _community(told: GeoDataFrame, placement: Placement, layers: Layers) -> Series:
    """Give each row the community of its building, or else the one its point lies in."""
    of_building = placement.building.map(layers.buildings["community_code"])
    of_point, _ = place_in(layers.communities, told.geometry.reset_index(drop=True))
    return of_building.where(placement.building != "", of_point).astype("str")


def _bins(told: GeoDataFrame, placement: Placement, community: Series, waived: Series) -> Series:
    ids = pd.Series(told.index.to_numpy(dtype=object))
    has_place = placement.building != ""
    buildings_of = placement.building.where(has_place).groupby(ids).nunique()
    has_point = told.geometry.notna().to_numpy()
    is_one_of = {
        "waived": waived.notna(),
        "conflict": ids.isin(ids[placement.contradicts]) | (ids.map(buildings_of) > 1),
        "duplicate": _repeats(ids, has_place),
        "outside": (has_place | has_point) & (community == ""),
        "no_place": ~has_place,
    }
    choices = [is_one_of[name].to_numpy() for name in PRECEDENCE]
    return pd.Series(np.select(choices, PRECEDENCE, default="placed"), index=ids.index)


def _repeats(ids: Series, has_place: Series) -> Series:
    """Mark all rows of a household but one: the first that has a place, or else the first."""
    order = pd.DataFrame({"id": ids, "homeless": ~has_place})
    return order.sort_values("homeless", kind="stable")["id"].duplicated().sort_index()


def _unplaced(households: GeoDataFrame, placement: Placement, waived: Series) -> list[Fault]:
    positions = np.flatnonzero(households["bin"] != "placed")
    missing = households.iloc[positions]
    whys = iter(placement.why.loc[positions[(missing["bin"] == "no_place").to_numpy()]])
    firsts = _first_rows(households)
    others = _claimed_buildings(households, placement)
    faults = []
    points = list(np.asarray(missing.geometry.array, dtype=object))
    columns = [missing.index, missing["row"], missing["bin"], missing["sheet"], waived[positions]]
    lists = (*(column.to_list() for column in columns), points)
    for name, row, kind, sheet, reason, point in zip(*lists, strict=True):
        fields: dict[str, str | int | Message] = {}
        if kind == "no_place":
            fields["why"] = next(whys)
        elif kind == "waived":
            fields["reason"] = reason
        elif kind == "duplicate":
            fields["first"] = firsts[name]
        elif kind == "conflict":
            fields["buildings"] = others.get(name, "")
        faults.append(Fault("households", int(row), kind, "noted", fields, point, sheet))
    return faults


def _ways(households: GeoDataFrame, rules: Rules) -> list[Fault]:
    """Note how many were placed by less than a word that is exactly so."""
    count = households["placed_by"].value_counts()
    fields = {"parsed": {}, "nearest": {"reach": rules.reach_m}, "kept": {}}
    return [
        Fault("households", None, f"placed_{way}", "noted", {"count": int(count[way]), **more})
        for way, more in fields.items()
        if way in count
    ]


def _first_rows(households: GeoDataFrame) -> dict[str, str | int]:
    """Give the row that stands for each household that is in the ledger more than once."""
    repeated = households.index.isin(households.index[households["bin"] == "duplicate"])
    kept = households[repeated & (households["bin"] != "duplicate").to_numpy()]
    columns = (kept.index.to_list(), kept["row"].to_list(), kept["sheet"].to_list())
    return {
        name: f"{sheet}!{row}" if sheet else row for name, row, sheet in zip(*columns, strict=True)
    }


def _claimed_buildings(households: GeoDataFrame, placement: Placement) -> dict[str, str]:
    in_conflict = (households["bin"] == "conflict").to_numpy()
    claims: DataFrame = pd.DataFrame(
        {
            "household": households.index.to_numpy(dtype=object)[in_conflict],
            "building": placement.building.to_numpy()[in_conflict],
        }
    )
    named = claims[claims["building"] != ""].drop_duplicates().sort_values("building")
    return {
        str(k): str(v) for k, v in named.groupby("household")["building"].agg(", ".join).items()
    }


def _ties(households: GeoDataFrame, placement: Placement) -> list[Fault]:
    rows, points = households["row"].to_numpy(), households.geometry.array
    sheets = households["sheet"].to_numpy()
    return [
        Fault(
            "households",
            int(rows[position]),
            "tie",
            "noted",
            {"chosen": str(placement.building[position]), "others": str(others)},
            points[position],
            str(sheets[position]),
        )
        for position, others in zip(placement.ties.index, placement.ties, strict=True)
    ]
