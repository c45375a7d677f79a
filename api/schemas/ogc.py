"""What OGC API asks and answers, as its schemas say it: so names are in its spelling here."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from api.schemas.fields import Box, BoxField, Written, read_once
from gridmap.store.published import MOST

CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
LONGEST: Final = 2_000  # of a filter
Times = tuple[datetime | None, datetime | None]


def _read_times(written: object) -> object:
    """Read a moment, or two with a slash between; `..` or nothing is without end."""
    ends = read_once(written).split("/")
    moments = [None if end in {"", ".."} else datetime.fromisoformat(end) for end in ends]
    if not any(moments) or len(moments) > 2:  # noqa: PLR2004
        raise ValueError(written)
    if any(moment is not None and moment.tzinfo is None for moment in moments):
        raise ValueError(written)
    first, last = moments[0], moments[-1]
    if first is not None and last is not None and first > last:
        raise ValueError(written)
    return first, last


class PlainAsked(BaseModel):
    """What every route understands."""

    model_config = ConfigDict(extra="forbid")

    f: Literal["json"] = "json"


class Asked(BaseModel):
    """Which features; whatever else is named is a property, and the value it has to have."""

    model_config = ConfigDict(extra="allow")

    bbox: BoxField = None
    datetime: Annotated[
        Times | None,
        BeforeValidator(_read_times),
        Written(
            "2026-03-01T00:00:00+08:00",
            "2026-01-01T00:00:00Z/..",
            pattern=r"^[0-9T:Z.+-]*(/[0-9T:Z.+-]*)?$",
        ),
    ] = None
    filter: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)] | None,
        Field(description="CQL2, as text or as JSON.", examples=["households > 300"]),
    ] = None
    filter_lang: Annotated[Literal["cql2-text", "cql2-json"] | None, Field(alias="filter-lang")] = (
        None
    )
    filter_crs: Annotated[Literal[CRS84] | None, Field(alias="filter-crs")] = None  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _require_language(self) -> Self:
        if self.filter and self.filter_lang:
            is_json = self.filter.lstrip().startswith("{")
            if is_json is not (self.filter_lang == "cql2-json"):
                raise ValueError(self.filter_lang)
        return self


class TileAsked(Asked):
    """Which features to draw."""

    f: Literal["mvt"] = "mvt"


class ItemsAsked(Asked):
    """Which features, and how many of them at once."""

    f: Literal["geojson", "json"] = "geojson"
    limit: Annotated[int, Field(ge=1, le=MOST)] = 100
    offset: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class LinkOut(BaseModel):
    """Where something else is."""

    href: str
    rel: str
    type: str
    title: str | None = None
    templated: bool | None = None


class LandingOut(BaseModel):
    """Where everything is."""

    title: str
    description: str
    links: list[LinkOut]


class ConformanceOut(BaseModel):
    """Which classes of the standards hold here."""

    conformsTo: list[str]  # noqa: N815


class SpatialOut(BaseModel):
    """Where the features are, in degrees."""

    bbox: list[Box]
    crs: str = CRS84


class TemporalOut(BaseModel):
    """From when until when the features are in force."""

    interval: list[Times]


class ExtentOut(BaseModel):
    """Where and when the features are."""

    spatial: SpatialOut
    temporal: TemporalOut


class CollectionOut(BaseModel):
    """One layer of features."""

    id: str
    title: str
    itemType: Literal["feature"] = "feature"  # noqa: N815
    crs: list[str] = [CRS84]
    extent: ExtentOut | None = None
    links: list[LinkOut]


class CollectionsOut(BaseModel):
    """Every layer of features."""

    links: list[LinkOut]
    collections: list[CollectionOut]


class QueryablesOut(BaseModel):
    """What can be asked about, as JSON Schema."""

    model_config = ConfigDict(populate_by_name=True)

    schema_: Annotated[str, Field(alias="$schema")] = "https://json-schema.org/draft/2019-09/schema"
    id: Annotated[str, Field(alias="$id")]
    type: Literal["object"] = "object"
    title: str
    properties: dict[str, dict[str, str]]
    additionalProperties: bool = False  # noqa: N815


class FeatureOut(BaseModel):
    """One feature, as GeoJSON in degrees."""

    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any]
    properties: dict[str, Any]
    links: list[LinkOut] = []


class FeaturesOut(BaseModel):
    """Features, as GeoJSON in degrees; `next` among the links is where it goes on."""

    type: Literal["FeatureCollection"]
    numberMatched: int  # noqa: N815
    numberReturned: int  # noqa: N815
    links: list[LinkOut]
    features: list[FeatureOut]


class BoundsOut(BaseModel):
    """A box in degrees."""

    lowerLeft: tuple[float, float]  # noqa: N815
    upperRight: tuple[float, float]  # noqa: N815
    crs: str = CRS84


class LimitsOut(BaseModel):
    """Which tiles of a zoom there is anything on."""

    tileMatrix: str  # noqa: N815
    minTileRow: int  # noqa: N815
    maxTileRow: int  # noqa: N815
    minTileCol: int  # noqa: N815
    maxTileCol: int  # noqa: N815


class TileSetOut(BaseModel):
    """The tiles of a layer."""

    title: str
    dataType: Literal["vector"] = "vector"  # noqa: N815
    crs: str
    tileMatrixSetURI: str  # noqa: N815
    boundingBox: BoundsOut | None = None  # noqa: N815
    tileMatrixSetLimits: list[LimitsOut] | None = None  # noqa: N815
    links: list[LinkOut]


class TileSetsOut(BaseModel):
    """Every way the tiles of a layer are cut."""

    links: list[LinkOut]
    tilesets: list[TileSetOut]


class SchemeOut(BaseModel):
    """A way tiles are cut."""

    id: str
    title: str
    uri: str
    links: list[LinkOut]


class SchemesOut(BaseModel):
    """Every way tiles are cut."""

    tileMatrixSets: list[SchemeOut]  # noqa: N815


class MatrixOut(BaseModel):
    """The tiles of a zoom."""

    id: str
    scaleDenominator: float  # noqa: N815
    cellSize: float  # noqa: N815
    pointOfOrigin: tuple[float, float]  # noqa: N815
    cornerOfOrigin: str = "topLeft"  # noqa: N815
    tileWidth: int  # noqa: N815
    tileHeight: int  # noqa: N815
    matrixWidth: int  # noqa: N815
    matrixHeight: int  # noqa: N815


class MatricesOut(BaseModel):
    """A way tiles are cut, zoom by zoom."""

    id: str
    title: str
    uri: str
    crs: str
    orderedAxes: list[str]  # noqa: N815
    wellKnownScaleSet: str  # noqa: N815
    tileMatrices: list[MatrixOut]  # noqa: N815
