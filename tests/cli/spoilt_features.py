"""
Files of features that nobody should hand in, each made from a good one by one misfortune.

`SPOILERS` maps what happened to what does it to a layer folder whose buildings are still to be
written. Every one of them must be refused.
"""

import json
import shutil
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyarrow import parquet

from tests.cli.village import houses
from tests.unit.layers.extract import write_pbf

Spoiler = Callable[[Path], None]

DRIVERS = {".shp": "ESRI Shapefile", ".gpkg": "GPKG", ".geojson": "GeoJSON", ".fgb": "FlatGeobuf"}
HUGE = 1_000_000  # vertices
HTML = b"<!DOCTYPE html><html><body>404 Not Found</body></html>\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def many() -> gpd.GeoDataFrame:
    """Give enough buildings that every format needs some blocks for them."""
    frame = houses().rename(columns={"building_id": "bid"})
    shapes = [
        shapely.affinity.translate(shape, 0.0, 25.0 * n)
        for n in range(40)
        for shape in frame.geometry
    ]
    columns = {"bid": [f"b{n}" for n in range(len(shapes))], "name": ["石村" * 8] * len(shapes)}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=frame.crs)


def good(folder: Path, ending: str) -> Path:
    """Write the buildings as they should be."""
    path = folder / f"buildings{ending}"
    if ending == ".parquet":
        many().to_parquet(path)
    elif ending == ".osm.pbf":
        corners = [(0, 0), (0, 1), (1, 1), (1, 0)]
        spots = [(x + n, y) for n in range(200) for x, y in corners]
        nodes = [(n, 120 + x * 1e-4, 31 + y * 1e-4) for n, (x, y) in enumerate(spots, start=1)]
        rings = [[4 * n + 1, 4 * n + 2, 4 * n + 3, 4 * n + 4, 4 * n + 1] for n in range(200)]
        write_pbf(path, nodes, [(n + 1, ring, {"building": "yes"}) for n, ring in enumerate(rings)])
    else:
        many().to_file(path, driver=DRIVERS[ending])
    return path


def _cut(ending: str, keep: float, part: str = "") -> Spoiler:
    def spoil(folder: Path) -> None:
        path = good(folder, ending)
        path = path.with_suffix(part) if part else path
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * keep)])

    return spoil


def _garbled(ending: str, start: float, end: float, part: str = "") -> Spoiler:
    """Overwrite a stretch of the file with noise."""

    def spoil(folder: Path) -> None:
        path = good(folder, ending)
        path = path.with_suffix(part) if part else path
        content = bytearray(path.read_bytes())
        first, last = int(len(content) * start), int(len(content) * end)
        content[first:last] = np.random.default_rng(0).bytes(last - first)
        path.write_bytes(content)

    return spoil


def _in_place_of(ending: str, content: bytes) -> Spoiler:
    def spoil(folder: Path) -> None:
        (folder / f"buildings{ending}").write_bytes(content)
        if ending == ".shp":
            for part in (".shx", ".dbf"):
                (folder / f"buildings{part}").write_bytes(content)

    return spoil


def _zip(ending: str) -> Spoiler:
    def spoil(folder: Path) -> None:
        path = folder / f"buildings{ending}"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("buildings.geojson", "{}")
        if ending == ".shp":
            for part in (".shx", ".dbf"):
                shutil.copy(path, path.with_suffix(part))

    return spoil


def _geojson(*geometries: object) -> Spoiler:
    features = [
        {"type": "Feature", "properties": {"bid": f"b{n}"}, "geometry": geometry}
        for n, geometry in enumerate(geometries)
    ]
    document = {"type": "FeatureCollection", "features": features}

    def spoil(folder: Path) -> None:
        (folder / "buildings.geojson").write_text(json.dumps(document), "utf-8")

    return spoil


def _polygon(*ring: tuple[object, object]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [[list(at) for at in ring]]}


def _nested(depth: int) -> Spoiler:
    def spoil(folder: Path) -> None:
        start = '{"type":"GeometryCollection","geometries":['
        point = '{"type":"Point","coordinates":[120,31]}'
        geometry = start * depth + point + "]}" * depth
        text = (
            '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
        )
        (folder / "buildings.geojson").write_text(text + geometry + "}]}", "utf-8")

    return spoil


def _ring(count: int, radius: float) -> shapely.Polygon:
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return shapely.Polygon(np.column_stack([np.cos(turn), np.sin(turn)]) * radius + [500, 500])


def _huge(ending: str) -> Spoiler:
    """Write one polygon of a million vertices."""

    def spoil(folder: Path) -> None:
        frame = houses()[["geometry"]].iloc[:1].set_geometry([_ring(HUGE, 300.0)], crs=houses().crs)
        path = folder / f"buildings{ending}"
        if ending == ".parquet":
            frame.to_parquet(path)
        else:
            frame.to_file(path, driver=DRIVERS[ending])

    return spoil


def _monster(count: int) -> Spoiler:
    """Write an outline that crosses itself some hundred million times."""

    def spoil(folder: Path) -> None:
        corners = np.random.default_rng(0).uniform(0, 500, (count, 2))
        frame = houses().iloc[:1].set_geometry([shapely.Polygon(corners)], crs=houses().crs)
        frame.to_file(folder / "buildings.gpkg")

    return spoil


def _sql(*commands: str) -> Spoiler:
    """Do something to a GeoPackage that GDAL would not do."""

    def spoil(folder: Path) -> None:
        path = good(folder, ".gpkg")
        with sqlite3.connect(path) as database:
            triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in triggers.fetchall():
                database.execute(f'DROP TRIGGER "{name}"')
            for command in commands:
                database.execute(command)
        database.close()

    return spoil


def _patched(part: str, at: int, content: bytes) -> Spoiler:
    """Let a header of a Shapefile tell a lie."""

    def spoil(folder: Path) -> None:
        path = good(folder, ".shp").with_suffix(part)
        told = bytearray(path.read_bytes())
        told[at : at + len(content)] = content
        path.write_bytes(told)

    return spoil


def _without(*parts: str) -> Spoiler:
    def spoil(folder: Path) -> None:
        path = good(folder, ".shp")
        for part in parts:
            path.with_suffix(part).unlink()

    return spoil


def _companion_of_fewer(part: str) -> Spoiler:
    def spoil(folder: Path) -> None:
        good(folder, ".shp")
        few = folder / "few.shp"
        many().iloc[:5].to_file(few)
        few.with_suffix(part).replace(folder / f"buildings{part}")
        for ending in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
            few.with_suffix(ending).unlink(missing_ok=True)

    return spoil


def _parquet(metadata: Mapping[str, object] | None, geometry: list[object]) -> Spoiler:
    def spoil(folder: Path) -> None:
        table = pa.table({"bid": [f"b{n}" for n in range(len(geometry))], "geometry": geometry})
        if metadata is not None:
            table = table.replace_schema_metadata({"geo": json.dumps(metadata)})
        parquet.write_table(table, folder / "buildings.parquet")

    return spoil


def _wrong_kind(ending: str) -> Spoiler:
    """Write the outlines as lines."""

    def spoil(folder: Path) -> None:
        frame = many().set_geometry(many().boundary)
        path = folder / f"buildings{ending}"
        if ending == ".parquet":
            frame.to_parquet(path)
        else:
            frame.to_file(path, driver=DRIVERS[ending])

    return spoil


def _no_rows(ending: str) -> Spoiler:
    def spoil(folder: Path) -> None:
        frame, path = many().iloc[:0], folder / f"buildings{ending}"
        if ending == ".parquet":
            frame.to_parquet(path)
        else:
            pyogrio.write_dataframe(frame, path, driver=DRIVERS[ending], geometry_type="Polygon")

    return spoil


GEO = {
    "version": "1.0.0",
    "primary_column": "geometry",
    "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}},
}
SQUARE = [(120.0, 31.0), (120.1, 31.0), (120.1, 31.1), (120.0, 31.0)]
PARTS = (".shp", ".shx", ".dbf")

SPOILERS: dict[str, Spoiler] = {
    **{
        f"shapefile, {part} cut to {keep:.0%}": _cut(".shp", keep, part)
        for part in PARTS
        for keep in (0.0, 0.01, 0.3, 0.7, 0.99)
    },
    **{f"shapefile without {part}": _without(part) for part in (".shx", ".dbf")},
    "shapefile all alone": _without(".shx", ".dbf", ".prj", ".cpg"),
    "shapefile without its projection": _without(".prj"),
    "shapefile of an unknown shape type": _patched(".shp", 32, struct.pack("<i", 99)),
    "shapefile with a foreign file code": _patched(".shp", 0, b"\xff" * 4),
    "shapefile that promises a gigabyte": _patched(".shp", 24, struct.pack(">i", 1 << 29)),
    "shapefile of negative length": _patched(".shp", 24, struct.pack(">i", -50)),
    "table that promises a billion records": _patched(".dbf", 4, struct.pack("<I", 10**9)),
    "table that promises no header": _patched(".dbf", 8, struct.pack("<H", 0)),
    "table with records of no length": _patched(".dbf", 10, struct.pack("<H", 0)),
    "index of another shapefile": _companion_of_fewer(".shx"),
    "table of another shapefile": _companion_of_fewer(".dbf"),
    "shapes garbled": _garbled(".shp", 0.3, 0.9),
    "index garbled": _garbled(".shp", 0.2, 1.0, ".shx"),
    "table garbled from the start": _garbled(".shp", 0.0, 0.5, ".dbf"),
    "table garbled at the end": _garbled(".shp", 0.5, 1.0, ".dbf"),
    **{
        f"{ending} cut to {keep:.0%}": _cut(ending, keep)
        for ending in (".gpkg", ".geojson", ".fgb", ".parquet", ".osm.pbf")
        for keep in (0.0, 0.02, 0.3, 0.7, 0.97)
    },
    **{
        f"{ending} garbled at {start:.0%}": _garbled(ending, start, end)
        for ending in (".gpkg", ".geojson", ".fgb", ".parquet", ".osm.pbf")
        for start, end in ((0.0, 0.1), (0.3, 0.8))
    },
    **{
        f"{ending} that is {what}": _in_place_of(ending, content)
        for ending in (".gpkg", ".geojson", ".fgb", ".parquet", ".shp", ".osm.pbf")
        for what, content in (
            ("a web page", HTML),
            ("a picture", PNG),
            ("nothing but zeros", bytes(4096)),
        )
    },
    **{
        f"{ending} that is a zip": _zip(ending)
        for ending in (".gpkg", ".geojson", ".fgb", ".parquet", ".shp", ".osm.pbf")
    },
    **{
        f"{ending} of lines": _wrong_kind(ending)
        for ending in (".gpkg", ".geojson", ".fgb", ".parquet", ".shp")
    },
    **{
        f"{ending} of no rows": _no_rows(ending)
        for ending in (".gpkg", ".geojson", ".fgb", ".parquet", ".shp")
    },
    **{
        f"{ending} of a million vertices": _huge(ending)
        for ending in (".gpkg", ".geojson", ".fgb", ".parquet", ".shp")
    },
    "an outline that crosses itself everywhere": _monster(20_000),
    "package whose table is a view of nothing": _sql(
        "ALTER TABLE buildings RENAME TO hidden",
        "CREATE VIEW buildings AS SELECT * FROM gone",
    ),
    "package whose table is gone": _sql("DROP TABLE buildings"),
    "package without a list of contents": _sql("DROP TABLE gpkg_contents"),
    "package whose shapes are noise": _sql("UPDATE buildings SET geom = randomblob(60)"),
    "package whose shapes are texts": _sql("UPDATE buildings SET geom = 'POINT (1 1)'"),
    "package whose shapes are gone": _sql("UPDATE buildings SET geom = NULL"),
    "package in an unknown system": _sql("UPDATE gpkg_geometry_columns SET srs_id = 77"),
    "outlines at no number": _geojson(_polygon(*[(float("nan"), 31.0)] * 4)),
    "outlines at infinity": _geojson(_polygon(*[(float("inf"), 31.0)] * 4)),
    "outlines at null": _geojson(_polygon(*[(None, None)] * 4)),
    "outlines at texts": _geojson(_polygon(*[("east", "north")] * 4)),
    "outlines beyond the world": _geojson(
        _polygon((1e300, 0.0), (1e300, 1e300), (0, 1e300), (1e300, 0.0))
    ),
    "outlines beyond every number": _in_place_of(
        ".geojson",
        json.dumps({"type": "Feature", "properties": {}, "geometry": _polygon(*SQUARE)})
        .replace("120.1", "1e999")
        .encode(),
    ),
    "metres that are called degrees": _geojson(
        _polygon(*[(263_000.0 + x, 3_466_000.0 + y) for x, y in SQUARE])
    ),
    "outlines of two corners": _geojson(_polygon(SQUARE[0], SQUARE[1])),
    "outlines of no corner": _geojson({"type": "Polygon", "coordinates": []}),
    "outlines without a type": _geojson({"coordinates": [SQUARE]}),
    "outlines of an unknown type": _geojson({"type": "Blob", "coordinates": [SQUARE]}),
    "outlines that are missing": _geojson(None, None),
    "outlines that are texts": _geojson("POLYGON ((0 0, 1 1, 1 0, 0 0))"),
    "collections of many kinds": _geojson(
        {
            "type": "GeometryCollection",
            "geometries": [{"type": "Point", "coordinates": [120, 31]}, _polygon(*SQUARE)],
        }
    ),
    "collections in collections": _nested(10),
    "collections five thousand deep": _nested(5_000),
    "brackets without an end": _in_place_of(".geojson", b"[" * 1_000_000),
    "features that are none": _in_place_of(
        ".geojson", b'{"type":"FeatureCollection","features":7}'
    ),
    "an object without anything": _in_place_of(".geojson", b"{}"),
    "an array of numbers": _in_place_of(".geojson", b"[1, 2, 3]"),
    "a topology": _in_place_of(".geojson", b'{"type":"Topology","objects":{},"arcs":[]}'),
    "texts with two bytes a letter": _in_place_of(
        ".geojson", json.dumps({"type": "FeatureCollection", "features": []}).encode("utf-16")
    ),
    "parquet with texts for shapes": _parquet(GEO, ["POINT (1 1)"] * 3),
    "parquet with noise for shapes": _parquet(GEO, [b"\x01\x06noise"] * 3),
    "parquet with numbers for shapes": _parquet(GEO, [1, 2, 3]),
    "parquet whose shapes are elsewhere": _parquet(
        {**GEO, "primary_column": "gone", "columns": {"gone": GEO["columns"]}}, [b""] * 3
    ),
    "parquet whose notes are empty": _parquet({}, [b""] * 3),
    "parquet that is a plain table": _parquet(None, ["a"] * 3),
}
