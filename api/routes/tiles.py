# ruff: noqa: FAST003 (dependencies take what stands in the path)
"""OGC API – Tiles: what is published, as vector tiles of what is in force at this moment."""

from hashlib import blake2b
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from tipg.collections import PgCollection

from api.auth import RestrictedDep
from api.caching import OWN, IfNoneMatch, unchanged
from api.collections import CollectionDep, PlainDep
from api.errors import problems
from api.media import JSON, TILE
from api.schemas.ogc import (
    BoundsOut,
    LimitsOut,
    LinkOut,
    MatricesOut,
    SchemeOut,
    SchemesOut,
    TileAsked,
    TileSetOut,
    TileSetsOut,
)
from gridmap.store import published
from gridmap.store.published import MATRIX_SET, Asked, Extent
from gridmap.store.tiles import DEEPEST

SCHEME: Final = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"

router = APIRouter(prefix="/ogc", tags=["ogc"])


async def get_scheme(
    scheme: Annotated[Literal["WebMercatorQuad"], Path(alias="tileMatrixSetId")],
) -> str:
    """Take the only way tiles are cut."""
    return scheme


async def get_place(
    matrix: Annotated[int, Path(alias="tileMatrix", ge=0, le=2**31 - 1)],
    row: Annotated[int, Path(alias="tileRow", ge=0, le=2**31 - 1)],
    column: Annotated[int, Path(alias="tileCol", ge=0, le=2**31 - 1)],
) -> tuple[int, int, int]:
    """Take a tile's zoom, column and row out of the address."""
    return matrix, column, row


SchemeDep = Annotated[str, Depends(get_scheme)]
PlaceDep = Annotated[tuple[int, int, int], Depends(get_place)]


@router.get("/tileMatrixSets")
def list_schemes(request: Request, session: RestrictedDep, asked: PlainDep) -> SchemesOut:
    """List the ways tiles are cut: there is one."""
    del session, asked
    matrices = published.tile_matrix_set()
    link = _scheme_link(request, "self")
    scheme = SchemeOut(
        id=MATRIX_SET, title=str(matrices.title), uri=str(matrices.uri), links=[link]
    )
    return SchemesOut(tileMatrixSets=[scheme])


@router.get("/tileMatrixSets/{tileMatrixSetId}")
def show_scheme(session: RestrictedDep, scheme: SchemeDep, asked: PlainDep) -> MatricesOut:
    """Show how tiles are cut, zoom by zoom."""
    del session, scheme, asked
    said = published.tile_matrix_set().model_dump(mode="json", exclude_none=True)
    return MatricesOut.model_validate(said)


@router.get(
    "/collections/{collectionId}/tiles",
    response_model_exclude_none=True,
    responses=problems(404),
)
def list_tilesets(
    request: Request, session: RestrictedDep, collection: CollectionDep, asked: PlainDep
) -> TileSetsOut:
    """List the ways the tiles of a layer are cut."""
    del asked
    here = str(request.url_for("list_tilesets", collectionId=collection.id))
    return TileSetsOut(
        links=[LinkOut(href=here, rel="self", type=JSON)],
        tilesets=[_describe(request, session, collection)],
    )


@router.get(
    "/collections/{collectionId}/tiles/{tileMatrixSetId}",
    response_model_exclude_none=True,
    responses=problems(404),
)
def show_tileset(
    request: Request,
    session: RestrictedDep,
    collection: CollectionDep,
    scheme: SchemeDep,
    asked: PlainDep,
) -> TileSetOut:
    """Show where the tiles of a layer are, and on which of them there is anything."""
    del scheme, asked
    return _describe(request, session, collection)


@router.get(
    "/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}",
    response_class=Response,
    responses={200: {"content": {TILE: {}}}, 304: {"description": "Unchanged."}, **problems(404)},
)
def show_published_tile(
    session: RestrictedDep,
    collection: CollectionDep,
    scheme: SchemeDep,
    place: PlaceDep,
    asked: Annotated[TileAsked, Query()],
    if_none_match: IfNoneMatch = "",
) -> Response:
    """Draw a vector tile of a layer as it is now, or as it was in force at a time."""
    del scheme
    wanted = Asked.of(collection, asked.model_dump())
    tile = published.draw_published(session, collection, place, wanted)
    etag = f'"{blake2b(tile, digest_size=16).hexdigest()}"'
    known = {"ETag": etag, "Cache-Control": OWN, "Vary": "Authorization, Cookie"}
    return unchanged(known, if_none_match) or Response(tile, media_type=TILE, headers=known)


def _describe(request: Request, session: RestrictedDep, collection: PgCollection) -> TileSetOut:
    matrices, extent = published.tile_matrix_set(), published.measure_extent(session, collection)
    names = {"collectionId": collection.id, "tileMatrixSetId": MATRIX_SET}
    here = str(request.url_for("show_tileset", **names))
    template = f"{here}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    data = str(request.url_for("show_collection", collectionId=collection.id))
    return TileSetOut(
        title=collection.id,
        crs="http://www.opengis.net/def/crs/EPSG/0/3857",
        tileMatrixSetURI=str(matrices.uri),
        boundingBox=_bounds(extent) if extent else None,
        tileMatrixSetLimits=_limits(extent, published.shallowest(collection)) if extent else None,
        links=[
            LinkOut(href=here, rel="self", type=JSON),
            LinkOut(href=template, rel="item", type=TILE, templated=True),
            LinkOut(href=data, rel="http://www.opengis.net/def/rel/ogc/1.0/geodata", type=JSON),
            _scheme_link(request, SCHEME),
        ],
    )


def _bounds(extent: Extent) -> BoundsOut:
    west, south, east, north = extent.box
    return BoundsOut(lowerLeft=(west, south), upperRight=(east, north))


def _limits(extent: Extent, shallowest: int) -> list[LimitsOut]:
    west, south, east, north = extent.box
    matrices = published.tile_matrix_set()
    limits = []
    for zoom in range(shallowest, DEEPEST + 1):
        first, last = matrices.tile(west, north, zoom), matrices.tile(east, south, zoom)
        limits.append(
            LimitsOut(
                tileMatrix=str(zoom),
                minTileRow=first.y,
                maxTileRow=last.y,
                minTileCol=first.x,
                maxTileCol=last.x,
            )
        )
    return limits


def _scheme_link(request: Request, rel: str) -> LinkOut:
    href = str(request.url_for("show_scheme", tileMatrixSetId=MATRIX_SET))
    return LinkOut(href=href, rel=rel, type=JSON)
