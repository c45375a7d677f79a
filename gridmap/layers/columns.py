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

from gridmap.layers.roads import road_classes, road_levels
from gridmap.layers.synonyms import (
    COLUMN_NAMES,
    EASTING,
    LATITUDE,
    LONGITUDE,
    NORTHING,
    plain,
)
from gridmap.schema import TABLES, Count, Fault, Flag, Number, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geopandas import GeoDataFrame
    from pandas import Series

    from gridmap.layers.opened import OpenedLayer

COUNTED: Final = ("households", "persons")
EXTRA_NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {"buildings": ("height_m",)}
SHAPEFILE_NAME_BYTES: Final = 10
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


def fit_columns(opened: OpenedLayer) -> tuple[FittedLayer, list[Fault]]:
    """
    Give a layer the columns of its table.

    Parameters
    ----------
    opened
        A layer as it was found.

    Returns
    -------
    fitted
        Every column of the table, of its type; empty where the file says nothing.
    faults
        A mapping to a column that is not there, counts that are none, points that are none.
    """
    layer, frame, table = opened.layer, opened.frame, TABLES[opened.layer]
    found, faults = find_columns(opened)
    columns: dict[str, Series] = {"row": pd.Series(frame.index, index=frame.index, dtype=Count)}
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
        columns["grids"] = columns["grids"].str.replace(r"[\s,，、；;|]+", ";", regex=True)
    points, lonlat, wrong = _geometry(opened)
    crs = points.crs if points is not None else None
    fitted = gpd.GeoDataFrame(columns, geometry=points, crs=crs)
    return FittedLayer(layer, fitted, lonlat), faults + wrong


def find_columns(opened: OpenedLayer) -> tuple[dict[str, str], list[Fault]]:
    """
    Find the file's column for each column of the table.

    Parameters
    ----------
    opened
        A layer as it was found.

    Returns
    -------
    found
        Schema column to column of the file; what the mapping says goes before synonyms, and no
        column of the file stands for two.
    faults
        One for every mapping to a column that the file does not have.
    """
    have = {plain(str(name)): str(name) for name in reversed(list(opened.frame.columns))}
    mapped = opened.mapping.columns
    found = {name: column for name, column in mapped.items() if column in opened.frame.columns}
    known = ", ".join(map(str, opened.frame.columns))
    faults = [
        Fault(
            opened.layer,
            None,
            "mapping_column",
            "refused",
            {"name": name, "column": column, "file": opened.file, "known": known},
        )
        for name, column in mapped.items()
        if name not in found
    ]
    taken = set(found.values())
    is_cut = opened.file.lower().endswith(".shp")
    for name, synonyms in COLUMN_NAMES[opened.layer].items():
        words = map(plain, (*synonyms, *(_cut(word) for word in synonyms if is_cut)))
        free = (have[word] for word in words if word in have)
        column = next((column for column in free if column not in taken), None)
        if name not in mapped and column is not None:
            found[name] = column
            taken.add(column)
    return found, faults


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
        typed = told.astype("str").str.normalize("NFKC").str.strip()
        blank = told.isna() | typed.str.casefold().isin(BLANK)
        values = pd.to_numeric(typed.mask(blank), errors="coerce").astype(Number)
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
    opened: OpenedLayer,
) -> tuple[gpd.GeoSeries | None, bool, list[Fault]]:
    frame = opened.frame
    if isinstance(frame, gpd.GeoDataFrame) and frame._geometry_column_name in frame:  # noqa: SLF001
        return frame.geometry, False, []
    nothing = gpd.GeoSeries([None] * len(frame), index=frame.index)
    if "Point" not in TABLES[opened.layer].geometry:
        return nothing, False, []
    have = {plain(str(name)): str(name) for name in reversed(list(frame.columns))}
    mapped = (opened.mapping.columns.get("x"), opened.mapping.columns.get("y"))
    lon, lat = _first(have, LONGITUDE), _first(have, LATITUDE)
    x, y = _first(have, EASTING), _first(have, NORTHING)
    pairs = ((*mapped, False), (lon, lat, True), (x, y, False))
    for across, up, lonlat in pairs:
        if across in frame.columns and up in frame.columns:
            points, faults = _points(opened.layer, frame[across], frame[up])
            return points, lonlat, faults
    return nothing, False, []


def _points(layer: str, across: Series, up: Series) -> tuple[gpd.GeoSeries, list[Fault]]:
    typed = [column.astype("str").str.normalize("NFKC").str.strip() for column in (across, up)]
    blank = [
        column.isna() | text.str.casefold().isin(BLANK)
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
    points = shapely.points(x.where(known, 0.0), y.where(known, 0.0))
    points[~known.to_numpy()] = None
    return gpd.GeoSeries(points, index=across.index), faults


def _cut(name: str) -> str:
    """Cut a name as a Shapefile does: to ten bytes, whatever they cut through."""
    return name.encode()[:SHAPEFILE_NAME_BYTES].decode(errors="ignore")


def _first(have: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((have[plain(name)] for name in names if plain(name) in have), None)
