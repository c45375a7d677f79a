"""
What a balanced ledger can still have wrong: noted, counted, and never a reason for another bin.

A check points rows and buildings out to a person; it moves nobody and merges nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.layers.address import normal_addresses, parse_addresses
from gridmap.layers.uses import living
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geopandas import GeoDataFrame
    from pandas import DataFrame, Series

    from gridmap.rules import Rules

CHECKS: Final = (
    "home_empty",
    "building_over",
    "building_under",
    "household_empty",
    "person_twice",
    "household_twice",
)
"""Kinds of faults that the balance sheet counts beside its bins."""

LAST_NUMBER: Final = r"([0-9]+)[^0-9]*$"
WRITTEN_NUMBER: Final = r"[〇零一二三四五六七八九十百][^0-9]*$"


def count_checks(faults: Iterable[Fault]) -> dict[str, int]:
    """
    Count what the checks pointed out.

    Parameters
    ----------
    faults
        Of reading and of settling.

    Returns
    -------
    counts
        One number a check, nought where there is nothing to point out.
    """
    found = Counter(fault.kind for fault in faults)
    return {name: found[name] for name in CHECKS}


def check_capacity(buildings: GeoDataFrame, *, rules: Rules, empty: Iterable[str]) -> list[Fault]:
    """
    Point out buildings with far more or far fewer households than floors times homes on a floor.

    Parameters
    ----------
    buildings
        `SETTLED` with `row`, `use`, `floors` and `units_per_floor`.
    rules
        For `capacity_tolerance`, the share by which the two may differ.
    empty
        Buildings that are pointed out already, as homes nobody is registered in.

    Returns
    -------
    faults
        `building_over` and `building_under`; nothing where one of the numbers is not known.
    """
    homes = buildings["floors"] * buildings["units_per_floor"]
    known = (homes > 0) & np.isfinite(homes)
    held, slack = buildings["households"], rules.capacity_tolerance
    over = known & (held > homes * (1 + slack))
    under = known & (held < homes * (1 - slack)) & ~buildings.index.isin(list(empty))
    under &= living(buildings["use"]) != "other"
    far = buildings[over | under]
    columns = (far["row"], far["households"], homes[over | under], far.geometry, over[over | under])
    return [
        Fault(
            "buildings",
            int(row),
            "building_over" if is_over else "building_under",
            "noted",
            {"building": str(name), "households": int(households), "homes": int(capacity)},
            shape,
        )
        for name, row, households, capacity, shape, is_over in zip(far.index, *columns, strict=True)
    ]


def check_households(households: GeoDataFrame, told: Series) -> list[Fault]:
    """
    Point out households with no person, and those that are in the ledger twice.

    Parameters
    ----------
    households
        A ledger that is settled: with `bin` and `placed_in`.
    told
        Persons of each row as the ledger tells them, NaN where it does not.

    Returns
    -------
    faults
        `household_empty` and `household_twice`, in the order of the rows.
    """
    rows = households.reset_index()
    nobody = rows[(told == 0).to_numpy()]
    faults = [
        Fault("households", row, "household_empty", "noted", {"household": name}, sheet=sheet)
        for name, row, sheet in _columns(nobody, "household_id", "row", "sheet")
    ]
    return faults + _twice(rows)


def _twice(rows: DataFrame) -> list[Fault]:
    """Name later rows that lie in the same home as an earlier one, or repeat it otherwise spelt."""
    counted = rows[rows["bin"].isin(("placed", "duplicate"))]
    same_home = _by_home(counted[counted["bin"] == "placed"])
    ids = counted["household_id"]
    repeated = counted[ids.duplicated(keep=False)]
    address = repeated["address"].str.strip()
    first = repeated.assign(address=address).groupby("household_id").head(1)
    firsts = first.set_index("household_id")
    later = repeated[~repeated.index.isin(first.index)]
    known = firsts.reindex(later["household_id"]).set_axis(later.index)
    respelt = (address.loc[later.index] != known["address"]) & (known["address"] != "")
    respelt &= address.loc[later.index] != ""
    pairs = later[respelt].assign(
        first=known.loc[respelt, "row"],
        first_sheet=known.loc[respelt, "sheet"],
        other=later.loc[respelt, "household_id"],
    )
    both = pd.concat([same_home, pairs]).sort_index(kind="stable")
    wanted = ("household_id", "row", "sheet", "first", "first_sheet", "other")
    return [
        Fault(
            "households",
            row,
            "household_twice",
            "noted",
            {"household": name, "other": other, "first": f"{on}!{first}" if on else int(first)},
            sheet=sheet,
        )
        for name, row, sheet, first, on, other in _columns(both, *wanted)
    ]


def _by_home(placed: DataFrame) -> DataFrame:
    """Pair each row with the first one of the same building and room."""
    homes = placed[_may_share(placed)]
    homes = homes.assign(home=home_keys(homes))
    homes = homes[homes["home"] != ""]
    homes = homes[homes.duplicated(["placed_in", "home"], keep=False)]
    first = homes.groupby(["placed_in", "home"])
    paired = homes.assign(
        first=first["row"].transform("first"),
        first_sheet=first["sheet"].transform("first"),
        other=first["household_id"].transform("first"),
    )
    return paired[first.cumcount() > 0]


def _may_share(placed: DataFrame) -> Series:
    """
    Mark rows whose address ends in the same number as another one's of the same building.

    Reading an address into its parts is slow, so that only these are read; in a building where
    numbers are written as words, all of them.
    """
    address = normal_addresses(placed["address"])
    number = address.str.extract(LAST_NUMBER, expand=False).str.lstrip("0")
    ends = pd.DataFrame({"building": placed["placed_in"], "number": number})
    same = ends.duplicated(keep=False) & number.notna()
    written = placed.loc[address.str.contains(WRITTEN_NUMBER, regex=True), "placed_in"].unique()
    return same | placed["placed_in"].isin(written)


def home_keys(households: DataFrame) -> Series:
    """
    Name the home within its building: entrance and room, as far as the row tells them.

    Parameters
    ----------
    households
        With `address` and `entrance`.

    Returns
    -------
    homes
        Same index; "" where no room is told.
    """
    parts = parse_addresses(households["address"]).set_axis(households.index)
    typed = normal_addresses(households["entrance"]).str.replace(r"(单元|门)$", "", regex=True)
    entrance = parts["entrance"].where(parts["entrance"] != "", typed.str.lstrip("0"))
    return (entrance + "/" + parts["room"]).where(parts["room"] != "", "")


def _columns(rows: DataFrame, *names: str) -> zip[tuple]:  # type: ignore[type-arg]
    return zip(*(rows[name].tolist() for name in names), strict=True)
