"""
OpenStreetMap extracts: which of OSM's features are which layer.

Communities, workers and ledgers are not in OSM. Ids are OSM's own, with the letter of the
element (`w` a way, `r` a relation), so that a fault can be looked up on the map.
"""

from __future__ import annotations

import warnings
import zlib
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd
import pyogrio

from gridmap.errors import InputError
from gridmap.layers.formats.vectors import OGR_ERRORS, unreadable
from gridmap.schema import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from geopandas import GeoDataFrame
    from pandas import Series

EXTRACT_ENDINGS: Final = (".osm.pbf", ".pbf", ".osm")
LENGTH_BYTES: Final = 4
LONGEST_BLOCK_HEADER: Final = 65_536
LONGEST_BLOCK: Final = 1 << 25  # when unpacked: 32 MB by the format's own rule
BODY_LENGTH: Final = 3  # of a block's header
PACKED: Final = 3  # of a block: what zlib made of it
WIRE_TYPE: Final = 0b111
LENGTH_FIRST: Final = 2
LINES: Final = "highway IS NOT NULL OR waterway IS NOT NULL OR railway IS NOT NULL OR barrier IN "
WALL_KINDS: Final = ("wall", "fence", "city_wall", "retaining_wall", "guard_rail")
RAIL_KINDS: Final = ("rail", "light_rail", "subway", "tram", "narrow_gauge", "monorail")
NO_ROADS: Final = ("proposed", "construction", "platform", "elevator", "razed", "abandoned")
AREAS: Final = "(building IS NOT NULL AND building <> 'no') OR landuse = 'residential'"


def read_extract(path: Path) -> dict[str, GeoDataFrame]:
    """
    Read buildings, roads, railways, water, walls and compounds out of an OSM extract.

    Parameters
    ----------
    path
        An `.osm.pbf` file, or the same as XML.

    Returns
    -------
    frames
        Layer name to features in EPSG:4326, with the schema's own column names.

    Raises
    ------
    InputError
        If the file is not an extract or is cut short.
    """
    if not path.name.lower().endswith(".osm") and not _is_whole(path):
        raise InputError(_cut_short(path))
    walls = ", ".join(f"'{kind}'" for kind in WALL_KINDS)
    lines = _read(path, "lines", f"{LINES}({walls})")
    areas = _read(path, "multipolygons", f"{AREAS} OR natural = 'water'")
    return {
        "buildings": _buildings(areas[areas["building"].notna()]),
        "roads": _roads(lines[lines["highway"].notna()]),
        "railways": _named(lines[lines["railway"].isin(RAIL_KINDS)], "railway_id", "railway"),
        "water": _water(lines[lines["waterway"].notna()], areas[areas["natural"] == "water"]),
        "walls": _named(lines[lines["barrier"].isin(WALL_KINDS)], "wall_id", "barrier"),
        "compounds": _named(areas[areas["landuse"] == "residential"], "compound_id", "landuse"),
    }


def _is_whole(path: Path) -> bool:
    """Walk from block to block: each says how long it is, and the last must end with the file."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        while stream.tell() < size:
            is_first = stream.tell() == 0
            length = int.from_bytes(stream.read(LENGTH_BYTES), "big")
            if length > LONGEST_BLOCK_HEADER:
                return is_first  # no such file at all: GDAL says so
            told = _fields(stream.read(length)).get(BODY_LENGTH, 0)
            body = stream.read(told if isinstance(told, int) else 0)
            if len(body) != told or not _inflates(body):
                return False
        return True


def _inflates(block: bytes) -> bool:
    """Is what a block holds as it was written, by the checksum of its compression."""
    packed = _fields(block).get(PACKED, b"")
    try:
        zlib.decompressobj().decompress(packed if isinstance(packed, bytes) else b"", LONGEST_BLOCK)
    except zlib.error:
        return False
    return True


def _fields(message: bytes) -> dict[int, int | bytes]:
    """Read the numbers and bytes of a message of Protocol Buffers, by field."""
    fields: dict[int, int | bytes] = {}
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value, at = _varint(message, at)
        fields[tag >> 3] = value
        if tag & WIRE_TYPE == LENGTH_FIRST:
            fields[tag >> 3] = message[at : at + value]
            at += value
    return fields


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(content):
        value |= (content[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if not content[at - 1] & 0x80:
            break
    return value, at


def _cut_short(path: Path) -> Fault:
    return Fault("buildings", None, "extract_broken", "refused", {"file": path.name})


def _read(path: Path, table: str, where: str) -> GeoDataFrame:
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            frame = pyogrio.read_dataframe(path, layer=table, where=where, use_arrow=True)
    except OGR_ERRORS as error:
        raise InputError(unreadable(path, "buildings", error)) from error
    if any(isinstance(warning.message, RuntimeWarning) for warning in told):
        # GDAL goes on with what it has; half a town is worse than none.
        raise InputError(_cut_short(path))
    frame["id"] = _ids(frame)
    return frame


def _ids(frame: GeoDataFrame) -> Series:
    ids: Series = "w" + frame["osm_id"].astype("str")
    if "osm_way_id" not in frame:
        return ids
    relation: Series = "r" + frame["osm_id"].astype("str")
    return relation.where(frame["osm_id"].notna(), "w" + frame["osm_way_id"].astype("str"))


def _buildings(areas: GeoDataFrame) -> GeoDataFrame:
    street, number = _tag(areas, "addr:street"), _tag(areas, "addr:housenumber")
    full, floors = _tag(areas, "addr:full"), _tag(areas, "building:levels")
    parts = (street + " " + number).str.strip()
    columns = {
        "building_id": areas["id"],
        "name": areas["name"],
        "use": areas["building"].replace("yes", ""),
        "floors": floors.where(floors.str.fullmatch(r"\d+(\.\d+)?").fillna(value=False), ""),
        "address": full.where(full != "", parts),
    }
    return gpd.GeoDataFrame(columns, geometry=areas.geometry, crs=areas.crs)


def _roads(lines: GeoDataFrame) -> GeoDataFrame:
    lines = lines[~lines["highway"].isin(NO_ROADS)]
    columns = {
        "road_id": lines["id"],
        "class": lines["highway"],
        "name": lines["name"],
        "bridge": ~_tag(lines, "bridge").isin(["", "no"]),
        "tunnel": ~_tag(lines, "tunnel").isin(["", "no", "building_passage"]),
        "oneway": _tag(lines, "oneway"),
    }
    return gpd.GeoDataFrame(columns, geometry=lines.geometry, crs=lines.crs)


def _water(lines: GeoDataFrame, areas: GeoDataFrame) -> GeoDataFrame:
    under = ~_tag(lines, "tunnel").isin(["", "no"])
    both = [_named(lines[~under], "water_id", "waterway"), _named(areas, "water_id", "natural")]
    full = [frame for frame in both if len(frame)]
    return pd.concat(full, ignore_index=True) if full else both[0]


def _named(features: GeoDataFrame, index: str, kind: str) -> GeoDataFrame:
    columns = {index: features["id"], "kind": features[kind], "name": features["name"]}
    return gpd.GeoDataFrame(columns, geometry=features.geometry, crs=features.crs)


def _tag(features: GeoDataFrame, tag: str) -> Series:
    """Take one tag out of the rest that GDAL leaves in one text, "" where it is not there."""
    found = features["other_tags"].astype("str").str.extract(rf'"{tag}"=>"((?:[^"\\]|\\.)*)"')[0]
    told: Series = found.fillna("").str.replace(r"\\(.)", r"\1", regex=True)
    return told
