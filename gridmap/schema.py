"""
The shapes that data has on its way through gridmap: ids, table contracts, layers, communities.

A frame's index is its id; `row` is where in the user's own file it came from, so that a fault can
be found again: in a table the line number that a spreadsheet shows (the header is a line too), in
a file of features the number of the feature, from 1. Everything here is in metres, in one CRS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal, NewType

import geopandas as gpd
import pandas as pd

from gridmap.errors import MissingColumnError
from gridmap.messages import Language, Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geopandas import GeoDataFrame, GeoSeries
    from pandas import DataFrame
    from pyproj import CRS
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

BuildingId = NewType("BuildingId", str)
HouseholdId = NewType("HouseholdId", str)
GridCode = NewType("GridCode", str)
CommunityCode = NewType("CommunityCode", str)

Count: Final = "int64"
Number: Final = "float64"
Text: Final = "str"
Flag: Final = "bool"


@dataclass(frozen=True, slots=True)
class Table:
    """
    What a frame must hold: the name of its index, its columns, and its geometry types.

    `Text` columns hold strings, "" where nothing is known; `Number` columns hold NaN there;
    `Count` columns hold no gaps.
    """

    name: str
    index: str
    columns: Mapping[str, str]
    geometry: tuple[str, ...] = ()

    def empty(self, crs: CRS | None = None) -> GeoDataFrame:
        """Make a frame of this shape with no rows; without geometry types it is a plain table."""
        columns = {name: pd.Series(dtype=dtype) for name, dtype in self.columns.items()}
        index = pd.Index([], name=self.index, dtype="str" if self.index.endswith("_id") else None)
        frame: Any = pd.DataFrame(columns, index=index)
        return gpd.GeoDataFrame(frame, geometry=[], crs=crs) if self.geometry else frame


LOAD: Final = "load_"
"""What a column of a further load is called by: one that a rule names, beside the counts."""


def load_columns(names: Iterable[str]) -> list[str]:
    """
    Give the columns that hold some loads, in any frame of buildings or grids.

    Parameters
    ----------
    names
        As the rule names them.

    Returns
    -------
    columns
        In the same order.
    """
    return [f"{LOAD}{name}" for name in names]


def with_loads(table: Table, names: Iterable[str]) -> Table:
    """
    Give a table room for further loads, behind the persons.

    Parameters
    ----------
    table
        One that counts persons.
    names
        As the rule names them.

    Returns
    -------
    table
        The same one where there are none.
    """
    columns: dict[str, str] = {}
    for name, kind in table.columns.items():
        columns[name] = kind
        if name == "persons":
            columns |= dict.fromkeys(load_columns(names), Number)
    return replace(table, columns=columns)


AREA: Final = ("Polygon", "MultiPolygon")
LINE: Final = ("LineString", "MultiLineString")

BUILDINGS: Final = Table(
    "buildings",
    "building_id",
    {
        "row": Count,
        "households": Number,  # as the layer says; NaN where it says nothing
        "persons": Number,
        "floors": Number,
        "units_per_floor": Number,
        "use": Text,
        "name": Text,
        "address": Text,
        "compound_id": Text,
        "community_code": Text,  # of the community its anchor lies in; "" outside all of them
    },
    (*AREA, "Point"),
)
HOUSEHOLDS: Final = Table(
    "households",
    "household_id",  # as typed, so it may repeat: a repeated household is a bin, not an error
    {
        "row": Count,
        "sheet": Text,  # of the workbook, where the ledger has several; else ""
        "building_id": Text,
        "address": Text,
        "persons": Number,
        "entrance": Text,
        "floor": Text,
        "need": Text,
    },
    ("Point",),  # None where the ledger gives no coordinates
)
COMMUNITIES: Final = Table("communities", "community_code", {"row": Count, "name": Text}, AREA)
ROADS: Final = Table(
    "roads",
    "road_id",
    {"row": Count, "class": Text, "name": Text, "bridge": Flag, "tunnel": Flag, "oneway": Flag},
    LINE,
)
RAILWAYS: Final = Table(
    "railways", "railway_id", {"row": Count, "kind": Text, "name": Text}, LINE + AREA
)
WATER: Final = Table("water", "water_id", {"row": Count, "kind": Text, "name": Text}, LINE + AREA)
WALLS: Final = Table("walls", "wall_id", {"row": Count, "kind": Text, "name": Text}, LINE + AREA)
COMPOUNDS: Final = Table("compounds", "compound_id", {"row": Count, "name": Text}, AREA)
DEDICATED: Final = Table(
    "dedicated", "dedicated_id", {"row": Count, "name": Text, "owner": Text}, AREA
)
GRIDS: Final = Table(
    "grids", "grid_code", {"row": Count, "name": Text, "locked": Flag}, AREA
)  # today's grids
WORKERS: Final = Table(
    "workers",
    "worker_id",
    {"row": Count, "grids": Text, "on_duty": Flag, "skills": Text},  # grids: codes, ";" between
    ("Point",),
)
BETWEEN_CODES: Final = re.compile("[;；,，、]")
LINKS: Final = Table(
    "links", "link_id", {"row": Count, "name": Text}, LINE
)  # ways that join ground a barrier parts: a ferry, a footbridge nobody drew

TABLES: Final[Mapping[str, Table]] = {
    table.name: table
    for table in (
        BUILDINGS,
        HOUSEHOLDS,
        COMMUNITIES,
        ROADS,
        RAILWAYS,
        WATER,
        WALLS,
        COMPOUNDS,
        DEDICATED,
        GRIDS,
        WORKERS,
        LINKS,
    )
}


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing in the input that is wrong, was repaired, or could not be placed.

    `kind` is an entry of the catalogue's `faults` chapter, which may use `{layer}` and `{row}`.
    A `refused` fault stops the work; a `repaired` or `noted` one is written down beside the plan.
    """

    layer: str
    row: int | None
    kind: str
    level: Literal["refused", "repaired", "noted"] = "noted"
    fields: Mapping[str, str | int | float | Message] = field(default_factory=dict)
    geometry: BaseGeometry | None = None
    sheet: str = ""  # of the workbook, where the layer has several

    @property
    def message(self) -> Message:
        """The sentence in no language yet."""
        row = self.row if self.row is not None else "–"
        where = {"layer": self.layer, "row": f"{self.sheet}!{row}" if self.sheet else row}
        return Message(f"faults.{self.kind}", {**where, **self.fields})

    def text(self, language: Language) -> str:
        """Say it in `language`."""
        return self.message.text(language)


@dataclass(frozen=True, slots=True)
class Layers:
    """
    Everything that was read, clean and in one metric CRS.

    Layers that were not handed in are empty frames of their table's shape. `communities` is a
    coverage: its polygons share edges to the bit and never overlap.
    """

    crs: CRS  # what the buildings came in and the plan is written in
    buildings: GeoDataFrame
    communities: GeoDataFrame
    roads: GeoDataFrame
    railways: GeoDataFrame
    water: GeoDataFrame
    walls: GeoDataFrame
    compounds: GeoDataFrame
    dedicated: GeoDataFrame
    grids: GeoDataFrame
    workers: GeoDataFrame
    links: GeoDataFrame
    households: GeoDataFrame
    has_ledger: bool
    faults: tuple[Fault, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)  # layer to the file it came in
    # what a mapping file declares of columns, by layer and fingerprint of the header
    confirmed: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    @property
    def metric_crs(self) -> CRS:
        """The CRS of every frame here."""
        return self.buildings.crs


SETTLED: Final = Table(
    "settled",
    "building_id",
    {
        "households": Count,
        "persons": Count,
        "estimated": Flag,
        "compound_id": Text,
        "name": Text,
        "address": Text,
    },
    (*AREA, "Point"),
)  # the buildings of one community once every household has a place
ENTRANCES: Final = Table(
    "entrances",
    "building_id",  # repeats, once for each entrance, in the order they are numbered in
    {"entrance": Text, "households": Count, "persons": Count},
)  # of those whose ledger tells it; people are only counted
BARRIERS: Final = Table(
    "barriers",
    "barrier_id",
    {"kind": Text, "name": Text, "crossing": Flag},  # crossing: a bridge or tunnel; cuts nothing
    LINE,
)


@dataclass(frozen=True, slots=True)
class Community:
    """One community with all that planning it needs: the unit of work, and of memory."""

    code: CommunityCode
    name: str
    boundary: Polygon | MultiPolygon
    buildings: GeoDataFrame  # SETTLED
    barriers: GeoDataFrame  # BARRIERS: roads, railways, walls, water lines and the banks of water
    water: GeoDataFrame  # WATER, areas only
    compounds: GeoDataFrame
    dedicated: GeoDataFrame
    links: GeoDataFrame
    grids: GeoDataFrame  # today's
    workers: GeoDataFrame
    present: GeoDataFrame | None = None  # GRIDS to plan on from; None to start afresh
    redrawn: frozenset[str] = frozenset()  # codes of those to draw anew, and no others
    entrances: DataFrame = field(default_factory=ENTRANCES.empty)

    @property
    def crs(self) -> CRS:
        """The metric CRS of everything in it."""
        return self.buildings.crs


def anchors(buildings: GeoDataFrame) -> GeoSeries:
    """
    Give each building the one point that decides where it belongs.

    A building astride a line belongs to the side its anchor lies on: to one community, one
    block, one grid. The anchor is a point inside the footprint, near its middle, so that the
    rule can be checked on any map by anyone.

    Parameters
    ----------
    buildings
        Footprints or points.

    Returns
    -------
    anchors
        One Point a building, same index and CRS, inside the footprint.
    """
    return buildings.geometry.representative_point()


def posts_of(grids: str) -> list[str]:
    """
    Read which of today's grids a worker is posted in.

    Parameters
    ----------
    grids
        Codes as the layer of workers has them, with a mark between that people put there in
        either script.

    Returns
    -------
    codes
        In their order.
    """
    return [code.strip() for code in BETWEEN_CODES.split(grids) if code.strip()]


def require(frame: DataFrame, table: Table) -> DataFrame:
    """
    Return `frame` if it has the columns and the index of `table`.

    Parameters
    ----------
    frame
        Any frame.
    table
        The contract to hold it against; more columns than it names are welcome.

    Returns
    -------
    frame
        The same frame.

    Raises
    ------
    MissingColumnError
        If a column or the index is missing; all of them are named.
    """
    missing = [name for name in table.columns if name not in frame.columns]
    if frame.index.name != table.index:
        missing.insert(0, table.index)
    if missing:
        fields = {"layer": table.name, "columns": ", ".join(missing)}
        raise MissingColumnError(Message("faults.missing_column", {"row": "–", **fields}))
    return frame
