"""A village small enough to plan in a blink: 16 houses of 50 households along a road."""

import shutil
from pathlib import Path

import geopandas as gpd

from tests.worlds import CRS, box, line

HOUSES = 16
HOUSEHOLDS = 50 * HOUSES


def houses() -> gpd.GeoDataFrame:
    """Give the buildings as a user would hand them in."""
    shapes = [
        box(20 + 40 * (n % 8), 60 + 90 * (n // 8), 44 + 40 * (n % 8), 80 + 90 * (n // 8))
        for n in range(HOUSES)
    ]
    columns = {
        "building_id": [f"b{n}" for n in range(HOUSES)],
        "households": [50] * HOUSES,
        "persons": [120] * HOUSES,
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def write_village(folder: Path) -> Path:
    """Write the layer folder."""
    folder.mkdir()
    houses().to_file(folder / "buildings.gpkg", layer="buildings")
    outline = gpd.GeoDataFrame(
        {"code": ["990101001001"], "name": ["石村"]}, geometry=[box(0, 0, 400, 300)], crs=CRS
    )
    outline.to_file(folder / "communities.gpkg", layer="communities")
    roads = gpd.GeoDataFrame(
        {"class": ["tertiary"], "name": ["石板街"]}, geometry=[line((0, 115), (400, 115))], crs=CRS
    )
    roads.to_file(folder / "roads.gpkg", layer="roads")
    return folder


def rename_street(village: Path, folder: Path, name: str) -> Path:
    """Write the village once more, with another name of its street."""
    shutil.copytree(village, folder, dirs_exist_ok=True)
    roads = gpd.read_file(folder / "roads.gpkg").assign(name=name)
    roads.to_file(folder / "roads.gpkg", layer="roads")
    return folder
