"""
Where a household lives, and what says so.

In this order: the building id, the exact address, the address read part by part, coordinates in a
footprint, the nearest footprint within reach, and what the last version of the data said. What a
person decided of an address goes before all that is said by addresses alone. Each has its
confidence; below the one at which no person is asked a building is only offered. A household that
nothing places stays without a place. Nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import pandas as pd

from gridmap.layers.addressed import TypedAddresses, read_addresses
from gridmap.layers.nowhere import why_nowhere
from gridmap.layers.offering import Choice, decision_subjects, near_ids, offered
from gridmap.layers.points import near_footprints, touched_footprints

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame, Series

    from gridmap.layers.decisions import Decisions
    from gridmap.rules import Rules
    from gridmap.schema import Layers

Way = Literal["decision", "building", "address", "parsed", "coordinates", "nearest", "kept", ""]
"""
What placed a row: a person, its building id, its exact address, its parsed address, its
coordinates, the nearest footprint within reach, or what the last version of the data said.
"""
WAYS: Final[tuple[Way, ...]] = get_args(Way)
OWN: Final = ("building", "coordinates", "nearest")
"""What a row says for itself alone: a decision about its address may be about its neighbours."""
INSIDE: Final = 0.97
AT_REACH: Final = 0.95
KEPT: Final = 0.95
CONTRADICTED: Final = 0.9
"""What an address is worth that coordinates contradict, and the other way round."""


@dataclass(frozen=True, slots=True)
class Placement:
    """
    One entry a ledger row, by position: everything the ledger says about where it lives.

    `building` is "" where nothing places the row; `way` says what placed it and `confidence` how
    surely, from 0 to 1. `contradicts` marks
    rows whose coordinates lie in another footprint than the building they name. `ties` gives,
    by position, the footprints that coordinates touch when they touch several.

    `entrance` and `floor` are the ledger's, or where it is silent the address's. `offers` has
    `seq` (the position), `building_id` and `score`, best first, for rows without a place; `why`
    says of each of those rows, by position, what was missing.
    """

    building: Series
    way: Series
    confidence: Series
    contradicts: Series
    ties: Series
    entrance: Series
    floor: Series
    offers: DataFrame
    why: Series


def place_households(layers: Layers, *, rules: Rules, decisions: Decisions) -> Placement:
    """
    Find the building of every row of a ledger.

    A building id that contradicts coordinates is a conflict, as is told by `contradicts`. An exact
    address goes before coordinates. An address that had to be read part by part places nobody
    whose coordinates lie in another footprint, and coordinates place nobody whose address says
    something else than the building's: there both buildings are offered.

    Parameters
    ----------
    layers
        With a ledger: `HOUSEHOLDS`, which may have a column `kept_in`, a `building_id` of the last
        version of the data.
    rules
        `match_sure`, below which a building is only offered; `reach_m` of the nearest footprint.
    decisions
        Near matches that were taken or turned down.

    Returns
    -------
    placement
        By position of the row.
    """
    rows, buildings = layers.households.reset_index(drop=True), layers.buildings
    taken, rejected = decisions.matches(), decisions.rejected()
    subjects = decision_subjects(layers.households) if taken or rejected else rows["address"]
    addresses = read_addresses(rows["address"], layers)
    touched = touched_footprints(rows, buildings)
    named = rows["building_id"].where(rows["building_id"].isin(buildings.index), "")
    choices = [Choice.sure(named, "building"), Choice.sure(addresses.exact, "address")]
    first = _first(rows, [*choices, _parsed(addresses, touched)])
    points, doubts = _by_points(rows, buildings, addresses, touched, first, rules)
    choice = _first(rows, [first, *points, _kept(rows, buildings)])
    sure = choice.where(choice.confidence >= rules.match_sure)
    sure = _decided(subjects, taken, buildings).where(~sure.way.isin(OWN)).or_else(sure)
    homeless = sure.building == ""
    near = [choice, *doubts, near_ids(rows["building_id"][homeless], buildings)]
    offers = offered(addresses.near(homeless), near, subjects=subjects[homeless], rejected=rejected)
    return Placement(
        building=sure.building,
        way=sure.way,
        confidence=sure.confidence,
        contradicts=_contradicts(named.where(sure.way == "building", ""), touched),
        ties=_ties(touched, sure.way),
        entrance=rows["entrance"].where(rows["entrance"] != "", addresses.column("entrance")),
        floor=rows["floor"].where(rows["floor"] != "", addresses.column("floor")),
        offers=offers,
        why=why_nowhere(rows[homeless], addresses.shared, offered=offers["seq"]),
    )


def _decided(subjects: Series, taken: dict[str, str], buildings: GeoDataFrame) -> Choice:
    known = {subject: name for subject, name in taken.items() if name in buildings.index}
    return Choice.sure(subjects.map(known).astype("str").fillna(""), "decision")


def _first(rows: GeoDataFrame, choices: list[Choice]) -> Choice:
    found = Choice.none(rows.index)
    for choice in choices:
        found = found.or_else(choice)
    return found


def _parsed(addresses: TypedAddresses, touched: DataFrame) -> Choice:
    contradicted = _contradicts(addresses.meant, touched)
    confidence = addresses.confidence.where(~contradicted, CONTRADICTED)
    return Choice.of(addresses.meant, "parsed", confidence)


def _by_points(
    rows: GeoDataFrame,
    buildings: GeoDataFrame,
    addresses: TypedAddresses,
    touched: DataFrame,
    first: Choice,
    rules: Rules,
) -> tuple[list[Choice], list[Choice]]:
    """Give what coordinates choose, inside a footprint and near one, and what is in doubt."""
    lowest = touched.drop_duplicates("row").set_index("row")["building"]
    inside = lowest.reindex(rows.index).astype("str").fillna("")
    waiting = rows[(first.building == "") & (inside == "") & (rows["building_id"] == "")]
    near = near_footprints(waiting[waiting.geometry.notna()], buildings, reach_m=rules.reach_m)
    clear = ~near["row"].duplicated(keep=False)
    nearest = near[clear].set_index("row")
    building = nearest["building"].reindex(rows.index).astype("str").fillna("")
    share = (nearest["distance_m"] / max(rules.reach_m, 1e-9)).reindex(rows.index)
    near_sure = (INSIDE - (INSIDE - AT_REACH) * share.clip(0, 1)).fillna(0.0)
    in_sure = pd.Series(INSIDE, index=rows.index)
    choices = [
        Choice.of(found, way, sure.where(~addresses.contradict(found), CONTRADICTED))
        for found, way, sure in (
            (inside, "coordinates", in_sure),
            (building, "nearest", near_sure),
        )
    ]
    doubts = [
        Choice.of(
            some.set_index("row")["building"].reindex(rows.index).astype("str").fillna(""),
            "",
            in_sure - 0.2,
        )
        for _, some in near[~clear].groupby(near.groupby("row").cumcount())
    ]
    return choices, [choices[0], *doubts]


def _kept(rows: GeoDataFrame, buildings: GeoDataFrame) -> Choice:
    """Take what the last version said of a row that says nothing itself, or names no building."""
    if "kept_in" not in rows:
        return Choice.none(rows.index)
    unnamed = ~rows["building_id"].isin(buildings.index)
    silent = unnamed & (rows["address"] == "") & rows.geometry.isna()
    kept = rows["kept_in"].where(silent & rows["kept_in"].isin(buildings.index), "")
    return Choice.of(kept.astype("str"), "kept", pd.Series(KEPT, index=rows.index))


def _contradicts(building: Series, touched: DataFrame) -> Series:
    """Mark rows with a building whose coordinates lie in others only."""
    agrees = touched.loc[touched["building"] == building.loc[touched["row"]].to_numpy(), "row"]
    lies = building.index.isin(touched["row"]) & ~building.index.isin(agrees)
    return (building != "") & lies


def _ties(touched: DataFrame, way: Series) -> Series:
    several = touched[touched["row"].duplicated(keep=False)]
    ties = several.groupby("row")["building"].agg(", ".join)
    return ties[np.asarray(way.loc[ties.index] == "coordinates", dtype=bool)]
