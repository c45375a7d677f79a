"""
Further loads that a rule gives a band: found in the layers, read, and added up by building.

A load is a column of the ledger or, where that has none of the name, of the buildings. In the
ledger numbers are added up; words are counted, one for every row that has any: a need for visits
is a need, whatever it is called.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.errors import InputError
from gridmap.layers.mapping import LOADED
from gridmap.layers.numerals import half_width, read_numbers
from gridmap.layers.synonyms import plain
from gridmap.schema import LOAD, Fault, Number, load_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geopandas import GeoDataFrame
    from pandas import Series

    from gridmap.layers.opened import OpenedLayer
    from gridmap.rules import Rules
    from gridmap.schema import Layers

NOTHING: Final = re.compile(
    r"[-/\\*\s]*|无|没有|暂无|不需要|否|nan|none|null|<na>|nat|n/?a|no|n|false|f", re.IGNORECASE
)
"""What stands in a cell where there is nothing to count."""


def find_loads(
    opened: OpenedLayer, found: Mapping[str, str], names: Iterable[str]
) -> dict[str, str]:
    """
    Find the columns that a rule gives a band.

    Parameters
    ----------
    opened
        A layer as it was found.
    found
        Column of the schema to column of the file, as far as they are sure.
    names
        Of the loads.

    Returns
    -------
    columns
        Load to column of the file: the declared one, or one of the schema, or one of the very
        name. A load that this layer does not have is left out.
    """
    if opened.layer not in LOADED:
        return {}
    have = {plain(str(column)): str(column) for column in reversed(opened.frame.columns)}
    likely = {name: found.get(name) or have.get(plain(name), "") for name in names}
    columns = {name: opened.mapping.loads.get(name, column) for name, column in likely.items()}
    return {name: column for name, column in columns.items() if column in opened.frame.columns}


def read_loads(
    opened: OpenedLayer, columns: Mapping[str, str]
) -> tuple[dict[str, Series], list[Fault]]:
    """
    Read the columns that a rule gives a band as numbers.

    Parameters
    ----------
    opened
        A layer as it was found, without columns about persons.
    columns
        Load to column of the file.

    Returns
    -------
    loads
        By name of the column, `load_` before the name; nothing is negative, and a cell with
        nothing in it is 0.
    faults
        Cells that are no load are refused; cells with nothing in them are counted.
    """
    loads, faults = {}, []
    for name, column in columns.items():
        if column in opened.frame.columns:
            loads[f"{LOAD}{name}"], wrong = _load(opened, name, opened.frame[column])
            faults += wrong
    return loads, faults


def require_loads(layers: Layers, rules: Rules) -> None:
    """
    Make sure that some layer has each column that the rule gives a band.

    Parameters
    ----------
    layers
        What was read.
    rules
        Names the loads.

    Raises
    ------
    InputError
        If one is nowhere: all of them at once.
    """
    have = {*layers.buildings.columns, *layers.households.columns}
    known = [name for name in rules.load_names if f"{LOAD}{name}" in have]
    _require(known, rules, "load_missing", layers=", ".join(LOADED))


def require_stored_loads(stored: Sequence[str], rules: Rules) -> None:
    """
    Make sure that an import kept each column that the rule gives a band.

    Parameters
    ----------
    stored
        Names of the loads that it kept.
    rules
        Names the loads.

    Raises
    ------
    InputError
        If it did not: all of them at once.
    """
    _require(stored, rules, "load_not_stored")


def _require(known: Sequence[str], rules: Rules, kind: str, **fields: str) -> None:
    missing = [name for name in rules.load_names if name not in known]
    said = {"rule": rules.profile, **fields}
    if missing:
        raise InputError(
            *(Fault("rules", None, kind, "refused", {**said, "load": name}) for name in missing)
        )


def settle_loads(layers: Layers, households: GeoDataFrame, rules: Rules) -> dict[str, Series]:
    """
    Add up the loads by building.

    Parameters
    ----------
    layers
        What was read.
    households
        The ledger that is settled: with `bin` and `placed_in`.
    rules
        Names the loads.

    Returns
    -------
    loads
        By name of the column, for every building; of the ledger only what was placed.
    """
    placed = households[households["bin"] == "placed"]
    buildings = layers.buildings
    loads: dict[str, Series] = {}
    for column in load_columns(rules.load_names):
        if column in placed:
            held = placed.groupby("placed_in")[column].sum()
            loads[column] = held.reindex(buildings.index).fillna(0.0)
        else:
            loads[column] = buildings[column]
    return loads


def _load(opened: OpenedLayer, name: str, told: Series) -> tuple[Series, list[Fault]]:
    """Read one column: as numbers, or in a ledger as words of which each is one."""
    layer, blank = opened.layer, _nothing(told)
    values = _numbers(told, blank)
    is_number = values.notna()
    worded = ~blank & ~is_number
    if layer == "households" and worded.any() and not (is_number & ~blank).any():
        return worded.astype(Number), []
    wrong = ~blank & ~(is_number & np.isfinite(values) & (values >= 0))
    faults = [
        Fault(layer, int(row), "load_bad", "refused", {"load": name, "value": str(told[row])})
        for row in told.index[wrong]
    ]
    if layer == "buildings" and blank.any():
        fields: dict[str, str | int] = {"count": int(blank.sum()), "load": name}
        faults.append(Fault(layer, None, "load_unknown", "noted", fields))
    return values.where(~blank & ~wrong, 0.0), faults


def _nothing(told: Series) -> Series:
    if pd.api.types.is_numeric_dtype(told):
        return told.isna()
    return told.isna() | half_width(told).str.strip().str.fullmatch(NOTHING.pattern, case=False)


def _numbers(told: Series, blank: Series) -> Series:
    if pd.api.types.is_numeric_dtype(told):
        return told.astype("Float64").astype(Number)
    return read_numbers(half_width(told).mask(blank)).astype(Number)
