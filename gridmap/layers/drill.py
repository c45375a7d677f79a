"""
From a figure of the balance sheet to its rows, as they stand in the user's own file.

Of a household only its id, its line and its building are listed: no address and no need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from gridmap.layers.balance import BINS
from gridmap.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pandas import DataFrame, Series

    from gridmap.layers.ledger import Ledger
    from gridmap.messages import Language
    from gridmap.schema import Fault, Layers

COLUMNS: Final = (
    *("layer", "file", "sheet", "row", "household_id", "building_id"),
    *("community_code", "households", "why"),
)
OFFER_COLUMNS: Final = (
    *("sheet", "row", "household_id", "address"),
    *("building_id", "building_address", "score"),
)


def list_rows(layers: Layers, ledger: Ledger, name: str, *, language: Language) -> DataFrame:
    """
    List the rows behind a figure.

    Parameters
    ----------
    layers
        What was read.
    ledger
        What came of every household.
    name
        A bin, or one of the checks.
    language
        Of the reasons.

    Returns
    -------
    rows
        `COLUMNS`, as they stand in the file. `households` add up to what the balance sheet says
        of a bin; `row` is the line that a spreadsheet shows.
    """
    if name not in BINS:
        rows = _of_faults((*layers.faults, *ledger.faults), {name}, language)
        codes = _communities(layers, ledger, rows)
        rows["building_id"] = _homes(ledger, rows)
    elif layers.has_ledger:
        rows = _of_ledger(ledger, name, language)
        codes = rows.pop("code")
    else:
        rows = _of_counts(layers, ledger, name, language)
        codes = _communities(layers, ledger, rows)
    files = rows["layer"].map(lambda layer: layers.files.get(layer, "")).astype("str")
    return rows.assign(file=files, community_code=codes)[list(COLUMNS)].reset_index(drop=True)


def offered_rows(layers: Layers, ledger: Ledger) -> DataFrame:
    """
    List near matches with the row they are for.

    Parameters
    ----------
    layers
        What was read.
    ledger
        With its offers.

    Returns
    -------
    offers
        `OFFER_COLUMNS`, by row of the ledger, the best building first.
    """
    offers = ledger.offers
    told = ledger.households.iloc[offers["seq"].to_numpy()].reset_index()
    columns = {name: told[name] for name in ("sheet", "row", "household_id", "address")}
    address = layers.buildings["address"].reindex(offers["building_id"]).fillna("")
    columns["building_id"] = offers["building_id"].reset_index(drop=True)
    columns["building_address"] = address.reset_index(drop=True)
    columns["score"] = offers["score"].round(3).reset_index(drop=True)
    return pd.DataFrame(columns)


def _of_ledger(ledger: Ledger, name: str, language: Language) -> DataFrame:
    told = ledger.households[ledger.households["bin"] == name].reset_index()
    if name == "placed":
        why = _ways(told, language)
    else:
        lines = pd.MultiIndex.from_frame(told[["sheet", "row"]])
        why = pd.Series(_reasons(ledger.faults, name, language), dtype="object")
        why = why.reindex(lines).fillna("").set_axis(told.index)
    named = told["placed_in"].where(told["placed_in"] != "", told["building_id"])
    columns = {
        "layer": "households",
        "sheet": told["sheet"],
        "row": told["row"],
        "household_id": told["household_id"],
        "building_id": named,
        "code": told["community_code"],
        "households": 1,
        "why": why,
    }
    return pd.DataFrame(columns, index=told.index)


def _reasons(
    faults: Iterable[Fault], name: str, language: Language
) -> Mapping[tuple[str, int | None], str]:
    return {
        (fault.sheet, fault.row): fault.text(language)
        for fault in faults
        if fault.layer == "households" and fault.kind == name
    }


def _ways(told: DataFrame, language: Language) -> Series:
    words = {
        way: Message(f"ledger.way_{way}").text(language)
        for way in told["placed_by"].unique().tolist()
    }
    surely = (told["confidence"] * 100).round().astype("int64").astype("str")
    return told["placed_by"].map(words) + " " + surely + "%"


def _of_counts(layers: Layers, ledger: Ledger, name: str, language: Language) -> DataFrame:
    """List the buildings whose own counts are in a bin."""
    if name != "placed":
        return _of_faults(ledger.faults, {f"count_{name}"}, language)
    held = ledger.buildings[ledger.buildings["households"] > 0]
    columns = {
        "layer": "buildings",
        "sheet": "",
        "row": layers.buildings["row"].reindex(held.index).to_numpy(),
        "household_id": "",
        "building_id": held.index.astype("str"),
        "households": held["households"].to_numpy(),
        "why": Message("ledger.way_counted").text(language),
    }
    return pd.DataFrame(columns, index=range(len(held)))


def _of_faults(faults: Iterable[Fault], kinds: set[str], language: Language) -> DataFrame:
    rows: list[dict[str, Any]] = [
        {
            "layer": fault.layer,
            "sheet": fault.sheet,
            "row": fault.row,
            "household_id": str(fault.fields.get("household", "")),
            "building_id": str(fault.fields.get("building", "")),
            "households": fault.fields.get("households", 1),
            "why": fault.text(language),
        }
        for fault in faults
        if fault.kind in kinds
    ]
    columns = [name for name in COLUMNS if name not in {"file", "community_code"}]
    return pd.DataFrame(rows, columns=columns)


def _homes(ledger: Ledger, rows: DataFrame) -> list[str]:
    """Give each row its building: the one that was pointed out, else where it was placed."""
    households = ledger.households
    lines = zip(households["sheet"], households["row"], strict=True)
    placed = dict(zip(lines, households["placed_in"], strict=True))
    columns = (rows["layer"], rows["sheet"], rows["row"], rows["building_id"])
    return [
        building or (placed.get((sheet, row), "") if layer == "households" else "")
        for layer, sheet, row, building in zip(*columns, strict=True)
    ]


def _communities(layers: Layers, ledger: Ledger, rows: DataFrame) -> Series:
    """Give each row the community of its building, or of its household."""
    buildings, households = layers.buildings, ledger.households
    by_row = dict(zip(buildings["row"], buildings["community_code"], strict=True))
    keys = zip(households["sheet"], households["row"], strict=True)
    by_line = dict(zip(keys, households["community_code"], strict=True))
    codes = [
        by_line.get((sheet, row), "") if layer == "households" else by_row.get(row, "")
        for layer, sheet, row in zip(rows["layer"], rows["sheet"], rows["row"], strict=True)
    ]
    return pd.Series(codes, index=rows.index, dtype="str")
