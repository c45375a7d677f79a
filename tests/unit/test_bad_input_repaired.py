"""What is wrong but can be repaired, left out by name, or lived with does not stop the work."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, Polygon

from gridmap.layers import read_layers
from tests.unit.layers.street import (
    EAST,
    METRIC,
    NORTH,
    building_frame,
    house,
    middle,
    write_geojson,
)


def test_what_can_be_repaired_or_left_out_is_not_refused(tmp_path: Path) -> None:
    bow_tie = Polygon(
        [(EAST, NORTH), (EAST + 8, NORTH + 10), (EAST + 8, NORTH), (EAST, NORTH + 10)]
    )
    frame = building_frame(4, columns={"households": [1, 2, 3, 4]})
    frame = frame.set_geometry([bow_tie, None, house(2), house(2)], crs=METRIC)
    frame.to_parquet(tmp_path / "buildings.parquet")
    layers = read_layers(tmp_path)
    found = {(fault.row, fault.kind, fault.level) for fault in layers.faults if fault.row}
    assert found == {
        (1, "outline_repaired", "repaired"),
        (2, "no_geometry", "noted"),
        (4, "outline_repeated", "noted"),
    }
    assert list(layers.buildings.index) == ["B0", "B2", "B3"]
    assert layers.buildings.geometry["B0"].area == pytest.approx(40.0)


def test_an_outline_that_encloses_nothing_is_left_out_by_name(tmp_path: Path) -> None:
    flat = Polygon([(EAST, NORTH), (EAST + 8, NORTH), (EAST, NORTH)])
    frame = building_frame(2).set_geometry([flat, house(1)], crs=METRIC)
    frame.to_parquet(tmp_path / "buildings.parquet")
    layers = read_layers(tmp_path)
    assert (1, "no_geometry") in [(fault.row, fault.kind) for fault in layers.faults]
    assert list(layers.buildings.index) == ["B1"]


def test_a_point_for_a_polygon_building_is_welcome(tmp_path: Path) -> None:
    frame = building_frame(2).set_geometry([middle(0), house(1)], crs=METRIC)
    write_geojson(frame, tmp_path)
    assert list(read_layers(tmp_path).buildings.geom_type) == ["Point", "Polygon"]


@pytest.mark.parametrize("typed", ["=", "-3", "+86-512", "@1号", "-1层(东)"])
def test_a_text_that_only_begins_like_a_formula_stays_a_text(tmp_path: Path, typed: str) -> None:
    write_geojson(building_frame(1), tmp_path)
    pd.DataFrame({"户编号": [typed], "楼栋编号": ["B0"]}).to_csv(
        tmp_path / "households.csv", index=False
    )
    assert list(read_layers(tmp_path).households.index) == [typed]


def test_a_ledger_of_points_on_the_map_is_read_as_points(tmp_path: Path) -> None:
    write_geojson(building_frame(1), tmp_path)
    frame = gpd.GeoDataFrame({"户编号": ["H1"]}, geometry=[Point(middle(0))], crs=METRIC)
    write_geojson(frame, tmp_path, "住户")
    assert read_layers(tmp_path).households.geom_type.tolist() == ["Point"]
