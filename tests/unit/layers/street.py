"""A street in Suzhou small enough to see: buildings of 8 m by 10 m, one every 10 m."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
from pyproj import CRS
from shapely import Point, Polygon, box

from gridmap.layers import assemble
from gridmap.layers.decisions import Decision, Decisions
from gridmap.schema import BUILDINGS, COMMUNITIES, HOUSEHOLDS, Layers, Text

METRIC = CRS("EPSG:32651")
EAST, NORTH = 263_000.0, 3_466_000.0


def house(place: float, *, width: float = 8.0) -> Polygon:
    """Draw the outline of the house at a place on the street, 0 the first."""
    west = EAST + 10.0 * place
    return box(west, NORTH, west + width, NORTH + 10.0)


def middle(place: float) -> Point:
    """Give the point in the middle of a house."""
    return Point(EAST + 10.0 * place + 4.0, NORTH + 5.0)


def stretch(start: float, end: float) -> Polygon:
    """Draw the ground of the street from one place to another."""
    return box(EAST + 10.0 * start - 1.0, NORTH - 20.0, EAST + 10.0 * end - 1.0, NORTH + 30.0)


def building_frame(
    count: int = 3, *, columns: Mapping[str, Sequence[object]] | None = None
) -> gpd.GeoDataFrame:
    """Give houses `B0`, `B1`, … as a user would hand them in."""
    told = {"building_id": [f"B{n}" for n in range(count)], **(columns or {})}
    return gpd.GeoDataFrame(told, geometry=[house(n) for n in range(count)], crs=METRIC)


def write_geojson(frame: gpd.GeoDataFrame, folder: Path, name: str = "buildings") -> Path:
    """Write a layer as GeoJSON into a layer folder."""
    path = folder / f"{name}.geojson"
    frame.to_file(path, driver="GeoJSON")
    return path


def street(
    houses: int,
    *,
    ledger: Iterable[Mapping[str, object]] | None = None,
    communities: Sequence[Polygon] | None = None,
    **columns: Sequence[object],
) -> Layers:
    """
    Make the layers of a street without any file.

    `communities` get the codes `C0`, `C1`, …; without them one covers the whole street. A row of
    the `ledger` may give any column of the contract, `household_id` and `geometry`.
    """
    outlines = [stretch(0, houses)] if communities is None else list(communities)
    frames = {
        "buildings": _buildings(houses, outlines, columns),
        "communities": gpd.GeoDataFrame(
            {"row": range(1, len(outlines) + 1), "name": "社区"},
            index=pd.Index(
                [f"C{n}" for n in range(len(outlines))], name=COMMUNITIES.index, dtype="str"
            ),
            geometry=outlines,
            crs=METRIC,
        ),
    }
    if ledger is not None:
        frames["households"] = _ledger(list(ledger))
    return assemble(frames, crs=METRIC)


def _buildings(
    houses: int, communities: Sequence[Polygon], columns: Mapping[str, Sequence[object]]
) -> gpd.GeoDataFrame:
    shapes = columns.get("geometry", [house(n) for n in range(houses)])
    told: dict[str, Sequence[object]] = {"row": range(1, houses + 1)}
    for name, kind in BUILDINGS.columns.items():
        blank = "" if kind == Text else float("nan")
        told.setdefault(name, columns.get(name, [blank] * houses))
    frame = gpd.GeoDataFrame(told, geometry=list(shapes), crs=METRIC)
    frame = frame.astype({name: kind for name, kind in BUILDINGS.columns.items() if name != "row"})
    frame.index = pd.Index([f"B{n}" for n in range(houses)], name="building_id", dtype="str")
    anchors = frame.geometry.representative_point()
    frame["community_code"] = [
        next((f"C{n}" for n, ground in enumerate(communities) if ground.intersects(anchor)), "")
        for anchor in anchors
    ]
    return frame


def _ledger(rows: list[Mapping[str, object]]) -> gpd.GeoDataFrame:
    columns = {
        name: [row.get(name, float("nan") if name == "persons" else "") for row in rows]
        for name in HOUSEHOLDS.columns
        if name != "row"
    }
    index = [row.get("household_id", f"H{n}") for n, row in enumerate(rows)]
    frame = gpd.GeoDataFrame(
        {"row": range(1, len(rows) + 1), **columns},
        geometry=[row.get("geometry") for row in rows],
        crs=METRIC,
    )
    frame = frame.astype(dict(HOUSEHOLDS.columns))
    frame.index = pd.Index(index, name=HOUSEHOLDS.index, dtype="str")
    return frame


def waiving(reasons: Mapping[str, str]) -> Decisions:
    """Waive households, each for its reason."""
    return Decisions(tuple(Decision("waive", name, reason=why) for name, why in reasons.items()))
