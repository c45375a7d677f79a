# ruff: noqa: FAST003 (dependencies take what stands in the path)
"""OGC API – Features: what is published, as it is or was in force, for QGIS, GDAL and the like."""

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from tipg.collections import PgCollection
from tipg.resources.response import GeoJSONResponse, SchemaJSONResponse

from api.auth import RestrictedDep
from api.collections import CollectionDep, PlainDep
from api.errors import problems, spoken_language
from api.media import GEOJSON, JSON
from api.schemas.ogc import (
    CollectionOut,
    CollectionsOut,
    ConformanceOut,
    ExtentOut,
    FeatureOut,
    FeaturesOut,
    ItemsAsked,
    LandingOut,
    LinkOut,
    QueryablesOut,
    SpatialOut,
    TemporalOut,
)
from gridmap.messages import Message
from gridmap.store import published
from gridmap.store.published import COLLECTIONS, Asked, Extent

SCHEMA: Final = "application/schema+json"
DOCUMENT: Final = "application/vnd.oai.openapi+json;version=3.1"
QUERYABLES: Final = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
SCHEMES: Final = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
TILESETS: Final = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"

CLASSES: Final = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
)
"""Each is tested; what does not hold is not claimed."""

router = APIRouter(prefix="/ogc", tags=["ogc"])


@router.get("", response_model_exclude_none=True)
def show_landing(request: Request, session: RestrictedDep, asked: PlainDep) -> LandingOut:
    """Show where everything is."""
    del session, asked  # that somebody is signed in is enough
    language = spoken_language(request)
    places = (
        ("self", "show_landing", JSON),
        ("service-desc", "read_document", DOCUMENT),
        ("conformance", "list_classes", JSON),
        ("data", "list_collections", JSON),
        (SCHEMES, "list_schemes", JSON),
    )
    return LandingOut(
        title=Message("api.ogc_title").text(language),
        description=Message("api.ogc_description").text(language),
        links=[
            LinkOut(href=str(request.url_for(name)), rel=rel, type=kind)
            for rel, name, kind in places
        ],
    )


@router.get("/conformance")
def list_classes(session: RestrictedDep, asked: PlainDep) -> ConformanceOut:
    """List the classes of the standards that hold here."""
    del session, asked
    return ConformanceOut(conformsTo=list(CLASSES))


@router.get("/collections", response_model_exclude_none=True)
def list_collections(request: Request, session: RestrictedDep, asked: PlainDep) -> CollectionsOut:
    """List the layers, with where and when there is anything that the reader may read."""
    del asked
    found = [_describe(request, session, one) for one in COLLECTIONS.values()]
    link = LinkOut(href=str(request.url_for("list_collections")), rel="self", type=JSON)
    return CollectionsOut(links=[link], collections=found)


@router.get(
    "/collections/{collectionId}", response_model_exclude_none=True, responses=problems(404)
)
def show_collection(
    request: Request, session: RestrictedDep, collection: CollectionDep, asked: PlainDep
) -> CollectionOut:
    """Show a layer."""
    del asked
    return _describe(request, session, collection)


@router.get(
    "/collections/{collectionId}/queryables",
    response_class=SchemaJSONResponse,
    responses={200: {"model": QueryablesOut}, **problems(404)},
)
def list_queryables(
    request: Request, session: RestrictedDep, collection: CollectionDep, asked: PlainDep
) -> SchemaJSONResponse:
    """List what can be asked about a layer, in its own parameter each or in a filter."""
    del session, asked
    said = QueryablesOut(
        id=str(request.url_for("list_queryables", collectionId=collection.id)),
        title=_title(request, collection),
        properties={
            column.name: {"$ref": "https://geojson.org/schema/Geometry.json"}
            if column.is_geometry
            else _kind(column.json_type, is_time=column.is_datetime)
            for column in collection.properties
        },
    )
    return SchemaJSONResponse(said.model_dump(by_alias=True))


@router.get(
    "/collections/{collectionId}/items",
    response_class=GeoJSONResponse,
    responses={200: {"model": FeaturesOut}, **problems(404)},
)
def list_items(
    request: Request,
    session: RestrictedDep,
    collection: CollectionDep,
    asked: Annotated[ItemsAsked, Query()],
) -> GeoJSONResponse:
    """
    List features: in a box, in force at a time, with a property as it is said, or by a filter.

    Every property of the queryables is a parameter too.
    """
    wanted = Asked.of(collection, asked.model_dump())
    found = published.read_features(
        session, collection, wanted, most=asked.limit, offset=asked.offset
    )
    here = str(request.url_for("list_items", collectionId=collection.id))
    links = [{"href": str(request.url), "rel": "self", "type": GEOJSON}]
    offsets = (("next", found["next"]), ("prev", found["prev"]))
    for rel, offset in offsets:
        if offset is not None:
            query = urlencode({**request.query_params, "offset": offset})
            links.append({"href": f"{here}?{query}", "rel": rel, "type": GEOJSON})
    return GeoJSONResponse(
        {
            "type": "FeatureCollection",
            "numberMatched": found["matched"],
            "numberReturned": len(found["items"]),
            "links": links,
            "features": found["items"],
        }
    )


@router.get(
    "/collections/{collectionId}/items/{itemId}",
    response_class=GeoJSONResponse,
    responses={200: {"model": FeatureOut}, **problems(404)},
)
def show_item(
    request: Request,
    session: RestrictedDep,
    collection: CollectionDep,
    item_id: Annotated[str, Path(alias="itemId", max_length=200, pattern=r"^[^\x00]+$")],
    asked: PlainDep,
) -> GeoJSONResponse:
    """Show one feature."""
    del asked
    feature = published.read_feature(session, collection, item_id)
    whole = str(request.url_for("show_collection", collectionId=collection.id))
    links = [
        {"href": str(request.url), "rel": "self", "type": GEOJSON},
        {"href": whole, "rel": "collection", "type": JSON},
    ]
    return GeoJSONResponse({**feature, "links": links})


def _describe(request: Request, session: RestrictedDep, collection: PgCollection) -> CollectionOut:
    places = (
        ("self", "show_collection", JSON),
        ("items", "list_items", GEOJSON),
        (QUERYABLES, "list_queryables", SCHEMA),
        (TILESETS, "list_tilesets", JSON),
    )
    extent = published.measure_extent(session, collection)
    return CollectionOut(
        id=collection.id,
        title=_title(request, collection),
        extent=_said(extent) if extent else None,
        links=[
            LinkOut(href=str(request.url_for(name, collectionId=collection.id)), rel=rel, type=kind)
            for rel, name, kind in places
        ],
    )


def _said(extent: Extent) -> ExtentOut:
    return ExtentOut(
        spatial=SpatialOut(bbox=[extent.box]),
        temporal=TemporalOut(interval=[(extent.since, extent.until)]),
    )


def _title(request: Request, collection: PgCollection) -> str:
    return Message(f"api.ogc_{collection.id}").text(spoken_language(request))


def _kind(kind: str, *, is_time: bool) -> dict[str, str]:
    return {"type": kind} | ({"format": "date-time"} if is_time else {})
