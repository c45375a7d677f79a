"""Files of features: GeoPackage, GeoJSON, FlatGeobuf and Shapefile by GDAL, GeoParquet by Arrow."""

from __future__ import annotations

import codecs
import warnings
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyogrio
from pyarrow import parquet
from shapely.errors import GEOSException

from gridmap.errors import InputError
from gridmap.layers.formats.shapefiles import require_whole, text_encoding
from gridmap.schema import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from pandas import DataFrame

VECTOR_ENDINGS: Final = (".gpkg", ".geojson", ".json", ".fgb", ".shp")
PARQUET_ENDINGS: Final = (".parquet", ".geoparquet")

OGR_ERRORS: Final = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.GeometryError,
    pyogrio.errors.FieldError,
    UnicodeDecodeError,
    ValueError,
    GEOSException,  # a feature that GEOS will not build
    OSError,
)
PARQUET_ERRORS: Final = (
    *(pa.ArrowException, ValueError, KeyError, TypeError, OSError),
    GEOSException,
)
A_CHARACTER_A_BYTE: Final = "iso8859-1"
STRANGER: Final = "not recognized as being in a supported file format"


def tables_inside(path: Path) -> list[str]:
    """
    List the layers of a GeoPackage.

    Parameters
    ----------
    path
        A `.gpkg` file.

    Returns
    -------
    tables
        Their names, in the order of the file.

    Raises
    ------
    InputError
        If the file cannot be opened.
    """
    try:
        return [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    except OGR_ERRORS as error:
        raise InputError(unreadable(path, path.stem, error)) from error


def read_features(
    path: Path, layer: str, *, table: str | None = None, encoding: str = ""
) -> tuple[DataFrame, list[Fault]]:
    """
    Read one layer through GDAL, with all its columns.

    Parameters
    ----------
    path
        A file with one of `VECTOR_ENDINGS`.
    layer
        Layer of the schema it is read for; named in faults.
    table
        Layer inside the file; its only or first one by default.
    encoding
        Declared encoding of a Shapefile's texts, "" if it was not declared. The other formats
        are in UTF-8 whatever is declared.

    Returns
    -------
    frame
        A GeoDataFrame, or a DataFrame where the file has no geometry column.
    faults
        What was found out about the file that it did not say, or said wrongly.

    Raises
    ------
    InputError
        If the file is cut short, incomplete, or not what its ending says.
    """
    if path.suffix.lower() == ".shp":
        return _read_shapefile(path, layer, table, encoding)
    try:
        frame, notes = _read_drawn(path, layer, table)
    except UnicodeDecodeError as error:
        raise InputError(_wrong_encoding(path, layer, "")) from error
    return _require_texts(frame, path, layer), notes


def read_parquet(path: Path, layer: str) -> DataFrame:
    """
    Read a GeoParquet file, or a plain Parquet file as a table.

    Parameters
    ----------
    path
        The file.
    layer
        Layer of the schema it is read for; named in faults.

    Returns
    -------
    frame
        A GeoDataFrame where the file says which column is the geometry, else a DataFrame.

    Raises
    ------
    InputError
        If the file is not Parquet, or cut short.
    """
    try:
        metadata = parquet.read_schema(path).metadata or {}
        frame = gpd.read_parquet(path) if b"geo" in metadata else pd.read_parquet(path)
    except PARQUET_ERRORS as error:
        raise InputError(unreadable(path, layer, error)) from error
    return _require_texts(frame, path, layer)


def _read_shapefile(
    path: Path, layer: str, table: str | None, declared: str
) -> tuple[DataFrame, list[Fault]]:
    require_whole(path, layer)
    # GDAL knows the encodings by the names Python gives them, not by all that people use.
    named = codecs.lookup(declared).name if declared else ""
    encoding, notes = (named, list[Fault]()) if named else text_encoding(path, layer)
    try:
        frame, drawn = _read_drawn(path, layer, table, encoding)
        is_cut = _misread(frame) is not None
    except UnicodeDecodeError:
        is_cut = True
    if not is_cut:
        return frame, [*notes, *drawn]
    frame, count = _read_cut(path, layer, encoding)
    fields: dict[str, str | int] = {"count": count, "file": path.name}
    return frame, [*notes, Fault(layer, None, "texts_cut", "noted", fields)]


def _read_drawn(
    path: Path, layer: str, table: str | None, encoding: str = ""
) -> tuple[DataFrame, list[Fault]]:
    """Read features, and their curves as lines; what is not in the encoding is the caller's."""
    try:
        # Arrow hands texts over as UTF-8 only; others are recoded when read row by row.
        return _read(path, table, encoding, use_arrow=encoding in {"", "utf-8"}), []
    except NotImplementedError:  # curves, which GDAL draws as lines when it goes row by row
        drawn = Fault(layer, None, "curves_drawn", "repaired", {"file": path.name})
        return _read(path, table, encoding, use_arrow=False), [drawn]
    except UnicodeDecodeError:
        raise
    except OGR_ERRORS as error:
        raise InputError(unreadable(path, layer, error)) from error


def _read(path: Path, table: str | None, encoding: str, *, use_arrow: bool) -> DataFrame:
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        frame: DataFrame = pyogrio.read_dataframe(
            path, layer=table, encoding=encoding or None, use_arrow=use_arrow
        )
    return frame


def _read_cut(path: Path, layer: str, encoding: str) -> tuple[DataFrame, int]:
    """Read a Shapefile whose narrow fields cut names and texts in the middle of a character."""
    frame = _read(path, None, A_CHARACTER_A_BYTE, use_arrow=False)
    cut = set[str]()

    def decode(text: str) -> str:
        reader = codecs.getincrementaldecoder(encoding)()
        whole = reader.decode(text.encode(A_CHARACTER_A_BYTE))
        cut.update([text] if reader.getstate()[0] else [])
        return whole

    try:
        for name in frame.columns:
            if pd.api.types.is_string_dtype(frame[name].dtype):
                told = frame[name]
                words = {text: decode(text) for text in told.dropna().unique()}
                frame[name] = told.map(words)
        names = pd.Series([decode(str(name)) for name in frame.columns])
    except UnicodeDecodeError as error:
        raise InputError(_wrong_encoding(path, layer, encoding)) from error
    again = names.groupby(names).cumcount()
    frame.columns = pd.Index(names.where(again == 0, names + "_" + again.astype("str")))
    return frame, len(cut)


def _misread(frame: DataFrame) -> pa.ArrowInvalid | None:
    """Look at every text now: Arrow hands over any bytes as UTF-8 and fails when they are used."""
    for name in frame.columns:
        if pd.api.types.is_string_dtype(frame[name].dtype):
            try:
                pa.array(frame[name]).validate(full=True)
            except pa.ArrowInvalid as error:
                return error
    return None


def _require_texts(frame: DataFrame, path: Path, layer: str) -> DataFrame:
    wrong = _misread(frame)
    if wrong is not None:
        raise InputError(_wrong_encoding(path, layer, "UTF-8")) from wrong
    return frame


def _wrong_encoding(path: Path, layer: str, encoding: str) -> Fault:
    fields = {"file": path.name, "encoding": encoding or "UTF-8"}
    return Fault(layer, None, "encoding_wrong", "refused", fields)


def unreadable(path: Path, layer: str, error: Exception) -> Fault:
    """
    Say in one sentence why a library could not read a file.

    Parameters
    ----------
    path
        The file.
    layer
        Layer of the schema it was read for.
    error
        What the library raised.

    Returns
    -------
    fault
        With the first of the library's own sentences, and without the folder.
    """
    said = str(error).replace(str(path), path.name).splitlines()[:1]
    if not said or STRANGER in said[0]:
        return Fault(layer, None, "file_other", "refused", {"file": path.name})
    reason = said[0].split(".; ")[0].rstrip(".")
    return Fault(layer, None, "file_unreadable", "refused", {"file": path.name, "reason": reason})
