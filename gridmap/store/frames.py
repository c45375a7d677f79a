"""Frames into tables by COPY, and tables into frames."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.csv
import shapely
from psycopg import sql
from sqlalchemy import func, select

from gridmap.errors import StoreError
from gridmap.messages import Message
from gridmap.schema import (
    BUILDINGS,
    COMMUNITIES,
    COMPOUNDS,
    DEDICATED,
    GRIDS,
    HOUSEHOLDS,
    LINKS,
    RAILWAYS,
    ROADS,
    SETTLED,
    WALLS,
    WATER,
    WORKERS,
    Count,
    Flag,
    Number,
    Text,
)
from gridmap.store import tables

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from gridmap.schema import Table
    from gridmap.store.projection import Projection

Progress = Callable[[str, int, int], None]
"""Told the table that is written, and how many rows of how many are."""

CHUNK_ROWS: Final = 20_000
MULTI_OF: Final = {
    "MULTIPOLYGON": (shapely.GeometryType.POLYGON, shapely.multipolygons),
    "MULTILINESTRING": (shapely.GeometryType.LINESTRING, shapely.multilinestrings),
}


@dataclass(frozen=True, slots=True)
class Stored:
    """How a frame lies in a table: `renamed` says where a column bears another name there."""

    layer: Table
    row: type[tables.Base]
    renamed: Mapping[str, str] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """Give the table's name for a column of the frame."""
        return self.renamed.get(name, name)


STORED: Final[Mapping[str, Stored]] = {
    "communities": Stored(COMMUNITIES, tables.CommunityRow, {"community_code": "code"}),
    "roads": Stored(ROADS, tables.RoadRow),
    "railways": Stored(RAILWAYS, tables.RailwayRow),
    "water": Stored(WATER, tables.WaterRow),
    "walls": Stored(WALLS, tables.WallRow),
    "compounds": Stored(COMPOUNDS, tables.CompoundRow),
    "dedicated": Stored(DEDICATED, tables.DedicatedRow),
    "grids": Stored(GRIDS, tables.TodaysGridRow),
    "workers": Stored(WORKERS, tables.WorkerRow),
    "links": Stored(LINKS, tables.LinkRow),
}
"""The layers that go into their tables as they are; buildings and households carry more."""

KEPT: Final = ("row", "use", "floors", "units_per_floor", "community_code")
BUILDING: Final = Stored(
    BUILDINGS, tables.BuildingRow, {"households": "households_given", "persons": "persons_given"}
)
HOUSEHOLD: Final = Stored(HOUSEHOLDS, tables.HouseholdRow, {"persons": "persons_given"})
SETTLED_BUILDING: Final = Stored(
    replace(
        SETTLED, columns={**SETTLED.columns, **{name: BUILDINGS.columns[name] for name in KEPT}}
    ),
    tables.BuildingRow,
)
BINNED_HOUSEHOLD: Final = Stored(
    replace(
        HOUSEHOLDS,
        columns={
            **HOUSEHOLDS.columns,
            "persons": Count,
            "bin": Text,
            "placed_in": Text,
            "placed_by": Text,
            "confidence": Number,
            "community_code": Text,
        },
    ),
    tables.HouseholdRow,
)


def columns_of(frame: GeoDataFrame, stored: Stored, projection: Projection) -> dict[str, Any]:
    """
    Take a layer's columns out, as its table names them.

    Parameters
    ----------
    frame
        Layer of the shape `stored.layer`, in the projection's metric CRS.
    stored
        Where it goes.
    projection
        The way to degrees.

    Returns
    -------
    columns
        By name in the table, with `seq` counting the rows from 0 and `geom` in hexadecimal WKB.
    """
    columns: dict[str, Any] = {"seq": np.arange(len(frame))}
    columns[stored.column(stored.layer.index)] = frame.index
    columns |= {stored.column(name): frame[name] for name in stored.layer.columns}
    if stored.layer.geometry:
        kind = stored.row.__table__.c["geom"].type.geometry_type  # type: ignore[attr-defined]
        columns["geom"] = hexadecimal(projection.to_degrees(shapes_of(frame)), kind)
    return columns


def shapes_of(frame: GeoDataFrame) -> NDArray[np.object_]:
    """
    Give a frame's geometry as a plain array.

    Parameters
    ----------
    frame
        Any layer.

    Returns
    -------
    shapes
        One a row, None where there is none.
    """
    return np.asarray(frame.geometry.array, dtype=object)


def hexadecimal(shapes: NDArray[np.object_], kind: str) -> NDArray[np.object_]:
    """
    Write geometry in the form that PostGIS reads in COPY.

    Parameters
    ----------
    shapes
        Geometry in degrees.
    kind
        Type of the column; a single polygon becomes a multipolygon of one where that is asked.

    Returns
    -------
    hexadecimal
        EWKB with its SRID, None where there is no geometry.
    """
    shapes = shapes.copy()
    if kind in MULTI_OF:
        single, gather = MULTI_OF[kind]
        alone = np.flatnonzero(shapely.get_type_id(shapes) == single)
        if alone.size:
            shapes[alone] = gather(shapes[alone], indices=np.arange(alone.size))
    marked = shapely.set_srid(shapes, 4326)
    return np.asarray(shapely.to_wkb(marked, hex=True, include_srid=True), dtype=object)


def copy_rows(
    session: Session,
    row: type[tables.Base],
    columns: Mapping[str, Any],
    *,
    progress: Progress | None = None,
) -> None:
    """
    Write rows by COPY, inside the session's transaction.

    Every chunk is a statement of its own, so that its rows are checked before it is told as done,
    and the server's queue of checks stays short.

    Parameters
    ----------
    session
        Open transaction.
    row
        Table to write to.
    columns
        Values by column, all of one length; a single value stands for every row.
    progress
        Told after every chunk.

    Raises
    ------
    StoreError
        If a constraint refuses a row; the transaction cannot go on then.
    """
    session.flush()
    arrow = _arrow(columns)
    names = [sql.Identifier(name) for name in arrow.column_names]
    place = sql.Identifier(tables.SCHEMA, row.__tablename__)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        place, sql.SQL(", ").join(names)
    )
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    driver: Any = session.connection().connection.driver_connection
    with _refusals_said(), driver.cursor() as cursor:
        for start in range(0, arrow.num_rows, CHUNK_ROWS):
            chunk = io.BytesIO()
            pyarrow.csv.write_csv(arrow.slice(start, CHUNK_ROWS), chunk, options)
            with cursor.copy(statement) as copy:
                copy.write(chunk.getbuffer())
            if progress is not None:
                done = min(start + CHUNK_ROWS, arrow.num_rows)
                progress(row.__tablename__, done, arrow.num_rows)


@contextmanager
def _refusals_said() -> Iterator[None]:
    """Say what the database refused in a sentence, whichever of its ways to write was used."""
    try:
        yield
    except (psycopg.IntegrityError, psycopg.DataError) as error:
        reason = str(error).splitlines()[0]
        raise StoreError(Message("store.refused", {"reason": reason})) from error


def _arrow(columns: Mapping[str, Any]) -> pa.Table:
    """Gather columns; NaN and None become NULL, "" stays a text without letters."""
    many = {name: v for name, v in columns.items() if not np.isscalar(v) and v is not None}
    length = max(map(len, many.values()))
    whole = {name: [value] * length for name, value in columns.items() if name not in many}
    arrays = {name: pa.array(many.get(name, whole.get(name)), from_pandas=True) for name in columns}
    return pa.table(arrays)


def read_columns(
    session: Session, row: type[tables.Base], names: Mapping[str, str], *where: ColumnElement[bool]
) -> pd.DataFrame:
    """
    Read some columns of a table, in the order its rows came in.

    Parameters
    ----------
    session
        Open transaction.
    row
        Table to read from.
    names
        Column in the frame to column in the table. Geometry comes as WKB.
    *where
        Conditions.

    Returns
    -------
    frame
        One row a row, numbered from 0.
    """
    table = row.__table__
    wanted: list[Any] = []
    for name, column in names.items():
        is_shape = hasattr(table.c[column].type, "geometry_type")
        value = func.ST_AsBinary(table.c[column]) if is_shape else table.c[column]
        wanted.append(value.label(name))
    found = session.execute(select(*wanted).where(*where).order_by(table.c["seq"])).all()
    return pd.DataFrame([tuple(one) for one in found], columns=list(names), dtype=object)


def read_frame(
    session: Session, stored: Stored, projection: Projection, *where: ColumnElement[bool]
) -> GeoDataFrame:
    """
    Read a layer back as it was written.

    Parameters
    ----------
    session
        Open transaction.
    stored
        Where it lies.
    projection
        The way to metres.
    *where
        Conditions on its rows.

    Returns
    -------
    layer
        Frame of the shape `stored.layer`, in the order it was written in.
    """
    names = {name: stored.column(name) for name in (stored.layer.index, *stored.layer.columns)}
    if stored.layer.geometry:
        names["geometry"] = "geom"
    return framed(read_columns(session, stored.row, names, *where), stored.layer, projection)


def framed(raw: pd.DataFrame, layer: Table, projection: Projection) -> GeoDataFrame:
    """
    Make a typed frame of what a query gave.

    Parameters
    ----------
    raw
        Columns named as in `layer`, its index among them, and `geometry` as WKB in degrees.
    layer
        What the frame must look like.
    projection
        The way to metres.

    Returns
    -------
    frame
        Typed and indexed as `layer` says; plain, without geometry, where `layer` has none.
    """
    if raw.empty:
        return layer.empty(projection.crs)
    typed = {name: _typed(raw[name], kind) for name, kind in layer.columns.items()}
    index = pd.Index(raw[layer.index].tolist(), name=layer.index)
    frame = pd.DataFrame(typed).set_axis(index)
    if not layer.geometry:
        return frame
    shapes = shapely.from_wkb(np.asarray(raw["geometry"], dtype=object))
    return gpd.GeoDataFrame(
        frame, geometry=projection.to_metres(_unpacked(shapes)), crs=projection.crs
    )


def _typed(values: pd.Series, kind: str) -> pd.Series:
    if kind == Text:
        return values.fillna("").astype("str")
    if kind == Flag:
        return values.astype("bool")
    numbers = values.astype("float64")
    return numbers.astype("int64") if kind == Count else numbers


def _unpacked(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Take the part out of a collection of one."""
    gathered = np.isin(
        shapely.get_type_id(shapes),
        [shapely.GeometryType.MULTIPOLYGON, shapely.GeometryType.MULTILINESTRING],
    )
    alone = gathered & (shapely.get_num_geometries(shapes) == 1)
    return np.asarray(np.where(alone, shapely.get_geometry(shapes, 0), shapes), dtype=object)
