"""
The ledger against the map: every household in exactly one bin, every building settled.

With a ledger, each row is a household. Without one, the buildings' own counts are the ledger; and
where there are no counts either, households are estimated from floor area and marked.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

from gridmap.layers.checks import check_capacity, check_households, count_checks
from gridmap.layers.claims import settle_claims
from gridmap.layers.counts import settle_counts
from gridmap.layers.decisions import NO_DECISIONS
from gridmap.layers.estimate import without_homes
from gridmap.layers.loads import require_loads, settle_loads
from gridmap.layers.placement import WAYS
from gridmap.schema import SETTLED, Fault

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame, Series

    from gridmap.layers.balance import BalanceSheet
    from gridmap.layers.decisions import Decisions
    from gridmap.layers.tally import Tally
    from gridmap.rules import Rules
    from gridmap.schema import Layers

KEPT: Final = ("row", "use", "floors", "units_per_floor", "community_code")
"""What a settled building keeps beside the columns of its contract."""


def no_offers() -> DataFrame:
    """
    Give an empty list of near matches.

    Returns
    -------
    offers
        `seq`, `building_id` and `score`, without rows.
    """
    kinds = {"seq": "int64", "building_id": "str", "score": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


@dataclass(frozen=True, slots=True)
class Ledger:
    """
    Every household accounted for.

    `buildings` are all buildings as `SETTLED`, with the households that were placed in them (none
    in a building outside every community), `community_code`, and a column for every further load
    of the rule. `households` is the ledger with
    `bin`, `placed_in` (a `building_id` or ""), `placed_by` and `community_code`, and persons as
    whole numbers; it is empty where there is no ledger. Every household that was not placed is
    among the `faults`, with its bin as the kind. `offers` are near matches for a person to decide:
    `seq`, the position of the household, `building_id` and `score` from 0 to 1, best first.
    """

    buildings: GeoDataFrame
    households: GeoDataFrame
    balance: BalanceSheet
    faults: tuple[Fault, ...]
    offers: DataFrame = field(default_factory=no_offers)

    @property
    def ways(self) -> dict[str, int]:
        """Households placed, by what placed them; only ways that placed any."""
        count = self.households["placed_by"].value_counts()
        return {way: int(count[way]) for way in WAYS if way and way in count}


def settle_households(
    layers: Layers, *, rules: Rules, decisions: Decisions = NO_DECISIONS
) -> Ledger:
    """
    Put every household of the ledger into one bin, and the placed ones into their buildings.

    Bins go in this order: waived, conflict, duplicate, outside, no place, placed.

    1. *Waived* is a household that somebody has set aside, with a reason.
    2. *Conflict* is every row of a household that is in two places: under two buildings, or in
       one whose coordinates lie in another footprint than the building it names.
    3. *Duplicate* is every further row of a household: the first row that has a place keeps it.
    4. *Outside* is a row whose building, or else whose point, lies in no community.
    5. *No place* is a row that nothing places: see :mod:`gridmap.layers.placement`. Buildings that
       it may mean are among the `offers`.

    Parameters
    ----------
    layers
        What was read.
    rules
        For persons and households that have to be estimated.
    decisions
        What people decided before: near matches taken or turned down, rows waived.

    Returns
    -------
    ledger
        It always balances.

    Raises
    ------
    InputError
        If no layer has a column that the rule gives a band.
    """
    require_loads(layers, rules)
    if layers.has_ledger:
        settled = settle_claims(layers, rules=rules, decisions=decisions)
        households, tally, faults, offers = settled
    else:
        households, tally, faults = settle_counts(layers, rules=rules)
        offers = no_offers()
    buildings = _settled(layers.buildings, tally)
    buildings = buildings.assign(**settle_loads(layers, households, rules))
    empty = without_homes(buildings.assign(use=layers.buildings["use"]))
    balance = tally.balance(residential_without_households=empty)
    vacant = buildings.loc[list(empty)]
    faults += [
        Fault("buildings", int(row), "home_empty", "noted", {"building": name}, shape)
        for name, row, shape in zip(vacant.index, vacant["row"], vacant.geometry, strict=True)
    ]
    if balance.source != "estimated":
        faults += check_capacity(buildings, rules=rules, empty=empty)
    if layers.has_ledger:
        faults += check_households(households, layers.households["persons"])
    checks = count_checks((*layers.faults, *faults))
    balance = replace(balance, checks=checks)
    return Ledger(buildings, households, balance, tuple(faults), offers)


def _settled(buildings: GeoDataFrame, tally: Tally) -> GeoDataFrame:
    def counted(placed: Series) -> Series:
        return placed.reindex(buildings.index).fillna(0).astype("int64")

    columns = {
        "households": counted(tally.placed_households),
        "persons": counted(tally.placed_persons),
        "estimated": buildings.index.isin(tally.estimated),
        **{name: buildings[name] for name in ("compound_id", "name", "address", *KEPT)},
    }
    settled = gpd.GeoDataFrame(columns, geometry=buildings.geometry, crs=buildings.crs)
    return settled.rename_axis(index=SETTLED.index)
