"""
From the user's columns to the schema's: found by mapping or by synonym, typed, never guessed.

A number that is not one is refused where homes or people are counted, and noted elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.layers.doubts import doubts, not_there
from gridmap.layers.loads import find_loads, read_loads
from gridmap.layers.numerals import half_width, read_numbers
from gridmap.layers.parts import Parts
from gridmap.layers.personal import hide_in, without_personal
from gridmap.layers.persons import find_people, gather
from gridmap.layers.places import fill_places, split_parts
from gridmap.layers.recognition import recognise
from gridmap.layers.roads import road_classes, road_levels
from gridmap.layers.serials import is_serial, number_apart
from gridmap.schema import TABLES, Count, Fault, Flag, Number, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from geopandas import GeoDataFrame
    from pandas import Series

    from gridmap.layers.opened import OpenedLayer

COUNTED: Final = ("households", "persons")
EXTRA_NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {"buildings": ("height_m",)}
YES: Final = (
    "1",
    "true",
    "t",
    "yes",
    "y",
    "是",
    "有",
    "在岗",
    "-1",
    "1.0",
    "sens direct",
    "sens inverse",
)
BLANK: Final = ("", "nan", "none", "null", "<na>", "nat")
ON_BY_DEFAULT: Final = ("on_duty",)
BOTH_WAYS: Final = "b"  # one vendor's vocabulary for `oneway`: B both, F forward, T backward


@dataclass(frozen=True, slots=True)
class FittedLayer:
    """
    A layer with the schema's columns, and where its points came from.

    `frame` has the schema's index name as a column still, because ids are made later, and
    `row`. `lonlat` says that its points were made from columns of degrees.
    """

    layer: str
    frame: GeoDataFrame
    lonlat: bool = False


def fit_columns(
    opened: OpenedLayer,
    *,
    known_ids: AbstractSet[str] = frozenset(),
    has_ledger: bool = False,
    loads: Iterable[str] = (),
) -> tuple[FittedLayer, list[Fault]]:
    """
    Give a layer the columns of its table.

    Parameters
    ----------
    opened
        A layer as it was found.
    known_ids
        Ids of the buildings, so that a ledger's column of them is known by what it holds.
    has_ledger
        Is there a ledger beside this layer.
    loads
        Further columns that a rule asks for, where buildings or households have them.

    Returns
    -------
    fitted
        Every column of the table, of its type; empty where the file says nothing. A ledger of
        persons is gathered into households.
    faults
        Columns that are not there, not sure or not kept; counts and points that are none.
    """
    people = find_people(opened.frame) if opened.layer == "households" else None
    guesses = recognise(opened, known_ids=known_ids)
    found = {one.name: one.column for one in guesses if one.is_sure and one.column}
    parts = Parts({})
    if opened.layer == "households":
        found, parts = split_parts(opened, found, known_ids)
    loaded = find_loads(opened, found, loads)
    used = {**found, **loaded}
    faults = not_there(opened)
    faults += doubts(opened, guesses, used, located=parts.say_where, has_ledger=has_ledger)
    opened, wrong = without_personal(opened, used)
    faults += wrong
    found = {name: column for name, column in found.items() if column in opened.frame.columns}
    columns, wrong = _columns(opened, found)
    faults += wrong
    carried, wrong = read_loads(opened, loaded)
    columns |= carried
    faults += wrong
    if opened.layer == "households":
        columns, wrong = fill_places(columns, opened, parts, found)
        faults += wrong
    points, lonlat, wrong = _geometry(opened, found)
    faults += wrong
    crs = points.crs if points is not None else None
    frame = gpd.GeoDataFrame(columns, geometry=points, crs=crs)
    if people is not None:
        frame, wrong = gather(frame, people)
        faults += wrong
    return FittedLayer(opened.layer, frame, lonlat), faults


def _columns(
    opened: OpenedLayer, found: Mapping[str, str]
) -> tuple[dict[str, Series], list[Fault]]:
    layer, frame, table = opened.layer, opened.frame, TABLES[opened.layer]
    columns: dict[str, Series] = {"row": pd.Series(frame.index, index=frame.index, dtype=Count)}
    faults: list[Fault] = []
    numbers = EXTRA_NUMBERS.get(layer, ())
    for name in (table.index, *table.columns, *numbers):
        if name in columns:
            continue
        told = frame[found[name]] if name in found else None
        kind = Number if name in numbers else table.columns.get(name, Text)
        if kind == Number:
            columns[name], wrong = _numbers(layer, name, told, frame.index)
            faults += wrong
        elif kind == Flag:
            columns[name] = _flags(name, told, frame.index)
        else:
            columns[name] = texts(told, frame.index)
    if layer == "roads":
        columns["class"], wrong = road_classes(opened, columns["class"])
        faults += wrong
        columns |= road_levels(frame, found)
    if layer == "workers":
        columns["grids"] = columns["grids"].str.replace(r"[\s,，、;；|]+", ";", regex=True)
    if layer == "households":
        columns["household_id"], wrong = _apart(opened, columns["household_id"], found)
        faults += wrong
        wrong = hide_in(columns)
        faults += wrong
    return columns, faults


def _apart(
    opened: OpenedLayer, told: Series, found: Mapping[str, str]
) -> tuple[Series, list[Fault]]:
    """Make ids of running numbers that every sheet counts from 1 again."""
    column = found.get("household_id", "")
    if not is_serial(column):
        return told, []
    ids = number_apart(told, pd.Series(opened.sheet_names(), index=told.index, dtype=Text))
    if ids is told:
        return told, []
    return ids, [Fault("households", None, "serials_apart", "noted", {"column": column})]


def texts(told: Series | None, index: pd.Index) -> Series:
    """
    Write a column as texts: whole numbers without a point, "" where nothing is known.

    Parameters
    ----------
    told
        A column of any type, or None.
    index
        Of the rows wanted.

    Returns
    -------
    texts
        Stripped strings.
    """
    if told is None:
        return pd.Series("", index=index, dtype=Text)
    if pd.api.types.is_float_dtype(told):
        whole = told.astype("Float64")
        if (whole.dropna() % 1 == 0).all():
            told = whole.astype("Int64")
    return told.astype("str").fillna("").str.strip().where(told.notna(), "")


def _numbers(
    layer: str, name: str, told: Series | None, index: pd.Index
) -> tuple[Series, list[Fault]]:
    if told is None:
        return pd.Series(np.nan, index=index, dtype=Number), []
    if pd.api.types.is_numeric_dtype(told):
        values, blank = told.astype("Float64").astype(Number), told.isna()
    else:
        typed = half_width(told)
        blank = told.isna() | typed.str.lower().isin(BLANK)
        values = read_numbers(typed.mask(blank))
    counted = name in COUNTED
    wrong = ~blank & (~np.isfinite(values) | (values < 0) | (counted & (values % 1 != 0)))
    fields = [(int(row), {"column": name, "value": str(told[row])}) for row in index[wrong]]
    if counted:
        faults = [Fault(layer, row, "count_bad", "refused", said) for row, said in fields]
    else:
        faults = [Fault(layer, row, "number_ignored", "noted", said) for row, said in fields]
    return values.mask(wrong), faults


def _flags(name: str, told: Series | None, index: pd.Index) -> Series:
    if told is None:
        return pd.Series(name in ON_BY_DEFAULT, index=index, dtype=Flag)
    if pd.api.types.is_bool_dtype(told):
        return told.astype("boolean").fillna(name in ON_BY_DEFAULT).astype(Flag)
    words = texts(told, index).str.casefold()
    yes = words.isin((*YES, "f") if name == "oneway" and (words == BOTH_WAYS).any() else YES)
    return yes | (words == "") if name in ON_BY_DEFAULT else yes


def _geometry(
    opened: OpenedLayer, found: Mapping[str, str]
) -> tuple[gpd.GeoSeries | None, bool, list[Fault]]:
    frame = opened.frame
    if isinstance(frame, gpd.GeoDataFrame) and frame._geometry_column_name in frame:  # noqa: SLF001
        return frame.geometry, False, []
    nothing = gpd.GeoSeries([None] * len(frame), index=frame.index)
    if "Point" not in TABLES[opened.layer].geometry:
        return nothing, False, []
    pairs = [("x", "y", False), ("lon", "lat", True)]
    declared = {"x", "y"} <= opened.mapping.columns.keys()
    for east, north, lonlat in pairs if declared else reversed(pairs):
        if east in found and north in found:
            points, faults = _points(opened.layer, frame[found[east]], frame[found[north]])
            return points, lonlat, faults
    return nothing, False, []


def _points(layer: str, across: Series, up: Series) -> tuple[gpd.GeoSeries, list[Fault]]:
    typed = [half_width(column) for column in (across, up)]
    blank = [
        column.isna() | text.str.lower().isin(BLANK)
        for column, text in zip((across, up), typed, strict=True)
    ]
    x, y = (pd.to_numeric(column, errors="coerce").astype(Number) for column in typed)
    neither = blank[0] & blank[1]
    known = x.notna() & y.notna() & ~np.isinf(x + y)
    wrong = ~known & ~neither
    faults = [
        Fault(
            layer,
            int(row),
            "coordinates_bad",
            "refused",
            {"value": f"{across[row]}, {up[row]}"},
        )
        for row in across.index[wrong]
    ]
    points = np.full(len(across), None, dtype=object)
    points[known] = shapely.points(x[known], y[known])
    return gpd.GeoSeries(points, index=across.index), faults
