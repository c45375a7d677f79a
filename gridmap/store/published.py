"""
What is published, a collection a view: features and filters through tipg's queries.

Tiles take tipg's conditions but are drawn as drafts are, which is faster: tipg asks every shape
whether it has to be clipped, and sorts them all first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from morecantile import TileMatrixSet, tms
from sqlalchemy import text
from tipg.collections import Column, ItemList, PgCollection

from gridmap.crs import LONLAT_SRID
from gridmap.errors import MissingError, UnreadableError
from gridmap.messages import Message
from gridmap.store.filters import in_box, in_time, read_filter
from gridmap.store.reading import Reader, run
from gridmap.store.tiles import BUILDINGS_FROM, HERE, SHAPE, SMALL_SHAPE, require_tile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from cql2 import Expr
    from sqlalchemy.orm import Session

SCHEMA: Final = "gridmap_published"
MATRIX_SET: Final = "WebMercatorQuad"
MOST: Final = 1_000
"""Features in one answer."""

_UNDERSTOOD: Final = frozenset(
    {"f", "bbox", "datetime", "filter", "filter_lang", "filter_crs", "limit", "offset"}
)


def _published(name: str, shape: str, columns: dict[str, str]) -> PgCollection:
    """Describe a view; a test holds this against the database."""
    times = {"valid_from": "timestamptz", "valid_to": "timestamptz"}
    said = [Column(name=one, type=kind) for one, kind in ({"id": "text"} | columns | times).items()]
    geom = Column(name="geom", type="geometry", geometry_type=shape, srid=LONLAT_SRID)
    return PgCollection(
        type="Table",
        id=name,
        table=name,
        schema=SCHEMA,
        table_columns=[*said, geom],
        properties=[*said, geom],
        id_column=said[0],
        datetime_column=said[-2],
        geometry_column=geom,
    )


_FIGURES: Final = {"households": "integer", "persons": "integer"}
_GRID: Final = {
    **dict.fromkeys(("code", "name", "community_code", "kind"), "text"),
    **_FIGURES,
    "buildings": "integer",
    "area_m2": "double precision",
    "worker": "text",
    "status": "text",
}
_COMMUNITY: Final = {"code": "text", "name": "text", "grids": "integer", **_FIGURES}
_BUILDING: Final = {
    **dict.fromkeys(("building_id", "grid_code", "community_code", "name", "use"), "text"),
    **_FIGURES,
}
COLLECTIONS: Final[Mapping[str, PgCollection]] = {
    collection.id: collection
    for collection in (
        _published("grids", "MultiPolygon", _GRID),
        _published("grid_history", "MultiPolygon", _GRID),
        _published("communities", "MultiPolygon", _COMMUNITY),
        _published("buildings", "Geometry", _BUILDING),
    )
}
"""By name, in the order they are listed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """
    Which features of a collection.

    `filter` is in CQL2; `times` are both included, and None is without end; `equal` says what
    columns have to be, `box` is west, south, east, north in degrees.
    """

    box: tuple[float, float, float, float] | None = None
    times: tuple[datetime | None, datetime | None] | None = None
    filter: str | None = None
    equal: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, collection: PgCollection, wishes: Mapping[str, Any]) -> Asked:
        """Take what a collection understands out of what was said, and refuse what it does not."""
        named = wishes.keys() - _UNDERSTOOD
        if strangers := sorted(named - set(column_names(collection))):
            raise UnreadableError(Message("store.no_column", {"names": ", ".join(strangers)}))
        equal = {name: str(wishes[name]) for name in sorted(named)}
        return cls(wishes["bbox"], wishes["datetime"], wishes["filter"], equal)


@dataclass(frozen=True, slots=True)
class Extent:
    """Where and when the features of a collection are: degrees, and moments."""

    box: tuple[float, float, float, float]
    since: datetime
    until: datetime | None


def find_collection(name: str) -> PgCollection:
    """
    Find a collection.

    Parameters
    ----------
    name
        As in `COLLECTIONS`.

    Returns
    -------
    collection
        With its columns.

    Raises
    ------
    MissingError
        If there is none of that name.
    """
    if name not in COLLECTIONS:
        raise MissingError(Message("store.no_collection", {"name": name}))
    return COLLECTIONS[name]


def column_names(collection: PgCollection) -> list[str]:
    """
    List the columns of a collection that a feature bears as properties.

    Parameters
    ----------
    collection
        As :func:`find_collection` gives it.

    Returns
    -------
    names
        In the order of the view; the geometry is not among them.
    """
    return [column.name for column in collection.properties if not column.is_geometry]


def measure_extent(session: Session, collection: PgCollection) -> Extent | None:
    """
    Measure where and when the features are that the reader may read.

    Parameters
    ----------
    session
        Open transaction.
    collection
        As :func:`find_collection` gives it.

    Returns
    -------
    extent
        None where there is nothing.
    """
    found = session.execute(text(_EXTENT.format(schema=SCHEMA, table=collection.table))).one()
    if found.since is None:
        return None
    west, south, east, north, since, until = found
    return Extent((west, south, east, north), since, until)


def read_features(
    session: Session, collection: PgCollection, asked: Asked, *, most: int, offset: int = 0
) -> ItemList:
    """
    Read features, in the order of their ids.

    Parameters
    ----------
    session
        Open transaction.
    collection
        As :func:`find_collection` gives it.
    asked
        Which of them.
    most
        How many at once, at least one and at most `MOST`.
    offset
        How many to leave out.

    Returns
    -------
    features
        GeoJSON features in degrees, how many match, and the offset of the next ones if any.

    Raises
    ------
    UnreadableError
        If what is asked cannot be read, or is no question to these columns.
    """
    reading = collection.features(
        Reader(session),
        cql_filter=_filter(collection, asked),
        properties_filter=list(asked.equal.items()),
        limit=most,
        offset=offset,
    )
    return run(reading)


def read_feature(session: Session, collection: PgCollection, feature: str) -> dict[str, Any]:
    """
    Read one feature.

    Parameters
    ----------
    session
        Open transaction.
    collection
        As :func:`find_collection` gives it.
    feature
        Its id.

    Returns
    -------
    feature
        GeoJSON, in degrees.

    Raises
    ------
    MissingError
        If there is none, or it is not the reader's.
    """
    found = read_features(session, collection, Asked(equal={"id": feature}), most=1)["items"]
    if not found:
        raise MissingError(Message("store.no_feature", {"feature": feature}))
    return dict(found[0])


def tile_matrix_set() -> TileMatrixSet:
    """
    Give the one scheme that tiles are cut by.

    Returns
    -------
    scheme
        Of Web Mercator.
    """
    return tms.get(MATRIX_SET)


def draw_published(
    session: Session, collection: PgCollection, place: Sequence[int], asked: Asked
) -> bytes:
    """
    Draw one tile of a collection.

    Parameters
    ----------
    session
        Open transaction.
    collection
        As :func:`find_collection` gives it.
    place
        Zoom, column and row of the tile.
    asked
        Which features.

    Returns
    -------
    tile
        Mapbox vector tile with one layer, which bears the collection's name.

    Raises
    ------
    MissingError
        If there is no such tile on earth.
    UnreadableError
        If what is asked cannot be read, or is no question to these columns.
    """
    z, x, y = place
    require_tile(z, x, y)
    if z < shallowest(collection):
        return b""
    where = collection.cql_where(
        cql=_filter(collection, asked), properties=list(asked.equal.items())
    )
    drawing = Reader(session).fetchval(
        _TILE.format(
            columns=", ".join(
                f'"{one.name}"'
                for one in collection.properties
                if not one.is_geometry and not one.is_datetime
            ),
            shape=(SMALL_SHAPE if z >= BUILDINGS_FROM else SHAPE).format(geom="geom"),
            view=f"{SCHEMA}.{collection.table}",
            where=where.to_sql() if where else "true",
        ),
        *(z, x, y, collection.id),
    )
    return cast("bytes", run(drawing))


def shallowest(collection: PgCollection) -> int:
    """
    Say from which zoom on a collection is drawn.

    Parameters
    ----------
    collection
        As :func:`find_collection` gives it.

    Returns
    -------
    zoom
        Before it a building is less than a dot.
    """
    return BUILDINGS_FROM if collection.id == "buildings" else 0


def _filter(collection: PgCollection, asked: Asked) -> Expr | None:
    columns = column_names(collection)
    parts = [
        in_box(asked.box) if asked.box else None,
        in_time(*asked.times) if asked.times and any(asked.times) else None,
        read_filter(asked.filter, [*columns, "geom"]) if asked.filter is not None else None,
    ]
    whole: Expr | None = None
    for part in parts:
        if part is not None:
            whole = part if whole is None else whole + part
    return whole


_EXTENT: Final = """
    SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box), since, until
    FROM (
        SELECT ST_Extent(geom) AS box, min(valid_from) AS since,
            CASE WHEN bool_and(valid_to IS NOT NULL) THEN max(valid_to) END AS until
        FROM {schema}.{table}
    ) one
"""

_TILE: Final = f"""
    WITH {HERE.format(z="$1::integer", x="$2::integer", y="$3::integer")}, drawn AS (
        SELECT {{columns}}, {{shape}} AS geom
        FROM here JOIN (SELECT * FROM {{view}} WHERE {{where}}) one ON geom && here.around
    )
    SELECT coalesce(ST_AsMVT(drawn, $4::text, 4096, 'geom'), '') FROM drawn
"""  # noqa: S608 (no value of anybody's is put in)
