"""Vector tiles and features of a draft, made by PostGIS from the rows as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

from gridmap.errors import MissingError
from gridmap.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

BUILDINGS_FROM: Final = 14
"""The zoom from which buildings are drawn: before that they are less than a dot."""

DEEPEST: Final = 22


def draw_tile(session: Session, draft: int, z: int, x: int, y: int) -> bytes:
    """
    Draw one tile of a draft: its grids, and from some zoom on the buildings.

    Parameters
    ----------
    session
        Open transaction.
    draft
        Its number.
    z, x, y
        Of the tile, in the usual scheme of Web Mercator.

    Returns
    -------
    tile
        Mapbox vector tile with the layers `grids` and `buildings`; empty where there is nothing.

    Raises
    ------
    MissingError
        If there is no such tile on earth.
    """
    require_tile(z, x, y)
    asked = {"draft": draft, "z": z, "x": x, "y": y, "deep": z >= BUILDINGS_FROM}
    return bytes(session.execute(text(_TILE), asked).scalar_one())


def require_tile(z: int, x: int, y: int) -> None:
    """
    Make sure that there is such a tile on earth.

    Parameters
    ----------
    z, x, y
        Of the tile, in the usual scheme of Web Mercator.

    Raises
    ------
    MissingError
        If there is none.
    """
    if not 0 <= z <= DEEPEST or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise MissingError(Message("store.no_tile", {"z": z, "x": x, "y": y}))


def list_features(
    session: Session,
    draft: int,
    *,
    box: tuple[float, float, float, float] | None = None,
    codes: Sequence[str] = (),
    after: str = "",
    most: int | None = None,
) -> list[dict[str, Any]]:
    """
    Give the grids of a draft as GeoJSON.

    Parameters
    ----------
    session
        Open transaction.
    draft
        Its number.
    box
        Only what touches it: west, south, east, north in degrees.
    codes
        Only these; none is all.
    after
        Only codes that come after this one.
    most
        How many at once; None is all.

    Returns
    -------
    features
        In degrees, in the order of the codes.
    """
    west, south, east, north = box or (None, None, None, None)
    where = {"west": west, "south": south, "east": east, "north": north}
    asked = {"draft": draft, "codes": list(codes) or None, "after": after, "most": most, **where}
    return list(session.scalars(text(_FEATURES), asked))


HERE: Final = """
    here AS (
        SELECT tile, around, inside, ST_XMin(inside) AS west, ST_YMax(inside) AS north,
            4096 / (ST_XMax(inside) - ST_XMin(inside)) AS wide,
            4096 / (ST_YMax(inside) - ST_YMin(inside)) AS high
        FROM (
            SELECT ST_TileEnvelope({z}, {x}, {y}) AS tile,
                ST_Transform(ST_TileEnvelope({z}, {x}, {y}, margin => 0.0156), 4326) AS around,
                ST_Transform(ST_TileEnvelope({z}, {x}, {y}), 4326) AS inside
        ) one
    )
"""
"""Where a tile is: in metres of Web Mercator, in degrees with its margin, and without."""

SHAPE: Final = "ST_AsMVTGeom(ST_Transform({geom}, 3857), here.tile, 4096, 64, true)"
"""A shape in a tile, clipped, projected to the point."""

SMALL_SHAPE: Final = f"""
    CASE WHEN {{geom}} @ here.inside THEN ST_SnapToGrid(ST_TransScale(
        ST_ForcePolygonCW({{geom}}), -here.west, -here.north, here.wide, -here.high), 1)
    ELSE {SHAPE} END
"""
"""
A small shape in a deep tile, three times as fast: most lie inside, where there is nothing to clip.

In one tile of zoom 14 Web Mercator is a scaling of degrees to within 6 cm, a tenth of a pixel, and
four times as close with every further zoom.
"""

_TILE: Final = f"""
    WITH {HERE.format(z=":z", x=":x", y=":y")}, drawn AS (
        SELECT g.code, g.name, g.households, g.persons, g.status, g.is_locked, g.is_dedicated,
               {SHAPE.format(geom="g.geom")} AS geom
        FROM here JOIN gridmap.draft_grid g ON g.geom && here.around
        WHERE g.draft_id = :draft ORDER BY g.code
    ), built AS (
        SELECT b.building_id, b.households, {SMALL_SHAPE.format(geom="b.geom")} AS geom
        FROM here
        JOIN gridmap.draft d ON d.id = :draft AND :deep
        JOIN gridmap.plan_version v ON v.id = d.version_id
        JOIN gridmap.building b ON b.dataset_id = v.dataset_id
            AND b.community_code = d.community_code AND b.geom && here.around
        ORDER BY b.seq
    )
    SELECT coalesce((SELECT ST_AsMVT(drawn, 'grids', 4096, 'geom') FROM drawn), '')
        || coalesce((SELECT ST_AsMVT(built, 'buildings', 4096, 'geom') FROM built), '')
"""  # noqa: S608 (no value of anybody's is put in)

_FEATURES: Final = """
    SELECT json_build_object(
        'type', 'Feature', 'id', code,
        'properties', json_build_object('code', code, 'name', name,
            'households', households, 'persons', persons, 'buildings', buildings,
            'area_m2', area_m2, 'status', status, 'is_locked', is_locked),
        'geometry', ST_AsGeoJSON(geom, 7)::json)
    FROM gridmap.draft_grid
    WHERE draft_id = :draft AND code > :after
        AND (CAST(:codes AS text[]) IS NULL OR code = ANY (CAST(:codes AS text[])))
        AND (CAST(:west AS float8) IS NULL
            OR ST_Intersects(geom, ST_MakeEnvelope(:west, :south, :east, :north, 4326)))
    ORDER BY code LIMIT :most
"""
