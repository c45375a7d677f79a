"""What layers say about themselves, what is declared for them, and what is made of it."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import Point, box

from gridmap.layers import read_layers
from gridmap.layers.datum import from_bd09, from_gcj02, to_bd09, to_gcj02
from gridmap.layers.ledger import settle_households
from gridmap.rules import Rules
from tests.unit.layers.street import (
    EAST,
    METRIC,
    NORTH,
    building_frame,
    house,
    middle,
    stretch,
    write_geojson,
)


def write_mapping(folder: Path, text: str) -> None:
    (folder / "layers.toml").write_text(text, "utf-8")


def line_frame(**columns: Sequence[object]) -> gpd.GeoDataFrame:
    """Give one line along the street for every value of the columns."""
    count = len(next(iter(columns.values())))
    line = shapely.LineString([(EAST, NORTH - 5), (EAST + 20, NORTH - 5)])
    return gpd.GeoDataFrame(columns, geometry=[line] * count, crs=METRIC)


def test_a_column_is_mapped_by_name(tmp_path: Path) -> None:
    write_geojson(building_frame(2, columns={"hs": [3, 4], "households": [9, 9]}), tmp_path)
    write_mapping(tmp_path, '[buildings]\nhouseholds = "hs"\n')
    assert list(read_layers(tmp_path).buildings["households"]) == [3, 4]


def test_a_mapping_file_may_lie_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "layers"
    folder.mkdir()
    write_geojson(building_frame(1, columns={"hs": [3]}), folder)
    mapping = tmp_path / "mine.toml"
    mapping.write_text('[buildings]\nhouseholds = "hs"\n', "utf-8")
    assert list(read_layers(folder, mapping=mapping).buildings["households"]) == [3]


def test_a_file_of_any_name_can_be_declared_a_layer(tmp_path: Path) -> None:
    write_geojson(building_frame(1), tmp_path, "fw_2026")
    write_mapping(tmp_path, '[buildings]\nfile = "fw_2026.geojson"\n')
    assert len(read_layers(tmp_path).buildings) == 1


def test_a_declared_crs_serves_every_layer_that_has_none(tmp_path: Path) -> None:
    frame = building_frame(1).rename(columns={"building_id": "bid"})
    frame.set_crs(None, allow_override=True).to_parquet(tmp_path / "buildings.parquet")
    write_mapping(tmp_path, 'crs = "EPSG:32651"\n')
    layers = read_layers(tmp_path)
    assert layers.crs.to_epsg() == 32651
    assert [fault.kind for fault in layers.faults] == ["communities_missing"]


def test_a_declared_crs_goes_before_what_the_file_says_and_is_noted(tmp_path: Path) -> None:
    frame = building_frame(1).set_crs(32650, allow_override=True)
    frame.to_parquet(tmp_path / "buildings.parquet")
    write_mapping(tmp_path, '[buildings]\ncrs = "EPSG:32651"\n')
    layers = read_layers(tmp_path)
    assert layers.crs.to_epsg() == 32651
    assert "crs_override" in [fault.kind for fault in layers.faults]


def test_a_declared_true_datum_says_what_degrees_are(tmp_path: Path) -> None:
    frame = building_frame(1).to_crs(4490).set_crs(None, allow_override=True)
    frame.to_parquet(tmp_path / "buildings.parquet")
    write_mapping(tmp_path, 'datum = "CGCS2000"\n')
    layers = read_layers(tmp_path)
    assert layers.crs.to_epsg() == 4490
    assert [fault.kind for fault in layers.faults] == ["communities_missing"]


@pytest.mark.parametrize(
    ("name", "encoding", "declared"),
    [("一号楼", "gbk", "GBK"), ("一号楼", "gbk", "cp936"), ("l'école", "iso-8859-1", "latin-1")],
)
def test_the_texts_of_a_shapefile_are_read_as_declared(
    tmp_path: Path, name: str, encoding: str, declared: str
) -> None:
    frame = building_frame(1, columns={"name": [name]}).rename(columns={"building_id": "bid"})
    frame.to_file(tmp_path / "buildings.shp", encoding=encoding)
    (tmp_path / "buildings.cpg").unlink()
    write_mapping(tmp_path, f'encoding = "{declared}"\n')
    assert read_layers(tmp_path).buildings["name"].to_list() == [name]


@pytest.mark.parametrize("said", ["", "ANSI 936"])
def test_a_shapefile_in_utf_8_is_read_although_its_cpg_says_nothing(
    tmp_path: Path, said: str
) -> None:
    frame = building_frame(1, columns={"name": ["一号楼"]}).rename(columns={"building_id": "bid"})
    frame.to_file(tmp_path / "buildings.shp", encoding="utf-8")
    (tmp_path / "buildings.cpg").write_text(said, "ascii")
    assert read_layers(tmp_path).buildings["name"].to_list() == ["一号楼"]


def test_a_nameless_projection_is_accepted_as_wkt(tmp_path: Path) -> None:
    nameless = "+proj=tmerc +lat_0=0 +lon_0=120 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
    frame = building_frame(1).to_crs(nameless).rename(columns={"building_id": "bid"})
    frame.to_file(tmp_path / "buildings.shp")
    layers = read_layers(tmp_path)
    assert layers.crs.to_epsg() is None
    assert layers.metric_crs == layers.crs
    assert layers.buildings.geometry["B0"].area == pytest.approx(80.0, rel=1e-3)


def test_latitude_first_by_register_is_longitude_first_here(tmp_path: Path) -> None:
    building_frame(1).to_crs(4490).to_parquet(tmp_path / "buildings.parquet")
    layers = read_layers(tmp_path)
    assert layers.crs.to_epsg() == 4490
    west, south, _, _ = layers.buildings.to_crs(4490).total_bounds
    assert (int(west), int(south)) == (120, 31)


@pytest.mark.parametrize(("datum", "shift"), [("GCJ-02", to_gcj02), ("BD-09", to_bd09)])
def test_a_declared_datum_is_taken_back_to_the_true_place(
    tmp_path: Path, datum: str, shift: object
) -> None:
    true = building_frame(2).to_crs(4326)
    shifted = true.set_geometry(shapely.transform(true.geometry.array, shift), crs=4326)
    shifted.to_parquet(tmp_path / "buildings.parquet")
    assert shifted.to_crs(METRIC).distance(building_frame(2)).min() > 300
    write_mapping(tmp_path, f'[buildings]\ndatum = "{datum}"\n')
    layers = read_layers(tmp_path)
    moved = layers.buildings.geometry["B0"].hausdorff_distance(house(0))
    assert moved < 0.001
    assert "datum_shifted" in [fault.kind for fault in layers.faults]


def test_the_shift_and_its_inverse_meet_within_a_millimetre_all_over_china() -> None:
    rng = np.random.default_rng(0)
    lonlat = np.column_stack([rng.uniform(75, 134, 5000), rng.uniform(5, 53, 5000)])
    for there, back in ((to_gcj02, from_gcj02), (to_bd09, from_bd09)):
        assert np.abs(there(back(there(lonlat))) - there(lonlat)).max() < 1e-8
        assert np.abs(back(there(lonlat)) - lonlat).max() < 1e-8


def test_the_shift_is_the_published_one() -> None:
    tiananmen = np.array([[116.397428, 39.90923]])
    assert to_gcj02(tiananmen)[0] == pytest.approx([116.403672, 39.910633], abs=2e-6)
    assert to_bd09(tiananmen)[0] == pytest.approx([116.410038, 39.916971], abs=2e-5)
    paris = np.array([[2.35, 48.85]])
    assert (to_gcj02(paris) == paris).all()


def test_files_that_are_no_layer_are_named_but_for_notes(tmp_path: Path) -> None:
    write_geojson(building_frame(1), tmp_path)
    (tmp_path / "pois.parquet").write_bytes(b"anything")
    (tmp_path / "SOURCE.md").write_text("whence", "utf-8")
    (tmp_path / ".hidden").write_text("", "utf-8")
    named = {fault.layer for fault in read_layers(tmp_path).faults if fault.kind == "not_a_layer"}
    assert named == {"pois.parquet"}


def test_heights_are_dropped_and_noted(tmp_path: Path) -> None:
    frame = building_frame(1)
    frame.set_geometry(shapely.force_3d(frame.geometry.array, 5.0), crs=METRIC).to_parquet(
        tmp_path / "buildings.parquet"
    )
    layers = read_layers(tmp_path)
    assert not layers.buildings.has_z.any()
    assert "z_dropped" in [fault.kind for fault in layers.faults]


def test_missing_ids_are_made_from_the_row_and_never_collide(tmp_path: Path) -> None:
    write_geojson(building_frame(3, columns={"building_id": ["3", "", None]}), tmp_path)
    layers = read_layers(tmp_path)
    assert list(layers.buildings.index) == ["3", "2", "3~"]
    assert "ids_made" in [fault.kind for fault in layers.faults]


def test_communities_without_a_code_get_one_from_their_row(tmp_path: Path) -> None:
    write_geojson(building_frame(2), tmp_path)
    grounds = [stretch(0, 1), stretch(1, 2)]
    frame = gpd.GeoDataFrame({"name": ["东", "西"]}, geometry=grounds, crs=METRIC)
    write_geojson(frame, tmp_path, "社区")
    layers = read_layers(tmp_path)
    assert list(layers.communities.index) == ["000000000001", "000000000002"]
    assert [fault.kind for fault in layers.faults] == ["ids_made"]


def test_ids_that_are_numbers_stay_whole(tmp_path: Path) -> None:
    frame = building_frame(2, columns={"building_id": [7.0, 1234567890123.0]})
    frame.to_parquet(tmp_path / "buildings.parquet")
    assert list(read_layers(tmp_path).buildings.index) == ["7", "1234567890123"]


def test_names_that_are_broken_numbers_stay_as_they_are(tmp_path: Path) -> None:
    frame = building_frame(2, columns={"name": [7.5, 8.0]})
    frame.to_parquet(tmp_path / "buildings.parquet")
    assert list(read_layers(tmp_path).buildings["name"]) == ["7.5", "8.0"]


def test_the_same_record_twice_is_one_building_and_its_households_a_duplicate(
    tmp_path: Path,
) -> None:
    columns: dict[str, list[object]] = {"building_id": ["A", "A"], "households": [6, 6]}
    frame = building_frame(2, columns={**columns, "persons": [12, 12]})
    frame.set_geometry([house(0)] * 2, crs=METRIC).to_parquet(tmp_path / "buildings.parquet")
    layers = read_layers(tmp_path)
    ledger = settle_households(layers, rules=Rules())
    assert list(layers.buildings.index) == ["A"]
    assert ledger.balance.ledger_households == 12
    assert (ledger.balance.households["placed"], ledger.balance.households["duplicate"]) == (6, 6)
    assert ledger.balance.persons["duplicate"] == 12
    assert ledger.balance.is_balanced


def test_a_building_without_geometry_keeps_its_households_in_the_balance(tmp_path: Path) -> None:
    frame = building_frame(2, columns={"households": [6, 4]})
    frame.set_geometry([house(0), None], crs=METRIC).to_parquet(tmp_path / "buildings.parquet")
    ledger = settle_households(read_layers(tmp_path), rules=Rules())
    assert ledger.balance.households["no_place"] == 4
    assert ledger.balance.persons["no_place"] + ledger.balance.persons["placed"] == 26
    assert ledger.balance.is_balanced


def test_a_bad_number_of_floors_is_noted_and_does_not_stop_the_work(tmp_path: Path) -> None:
    write_geojson(building_frame(2, columns={"floors": ["6", "many"]}), tmp_path)
    layers = read_layers(tmp_path)
    assert [fault.row for fault in layers.faults if fault.kind == "number_ignored"] == [2]
    assert layers.buildings["floors"].isna().to_list() == [False, True]


def test_road_classes_are_understood_in_many_words(tmp_path: Path) -> None:
    write_geojson(building_frame(1), tmp_path)
    words = ["primary", "主干道", "Footway", "sentier", "九级"]
    write_geojson(line_frame(等级=words), tmp_path, "道路")
    layers = read_layers(tmp_path)
    expected = ["primary", "primary", "footway", "path", "unclassified"]
    assert list(layers.roads["class"]) == expected
    unknown = next(fault for fault in layers.faults if fault.kind == "class_unknown")
    assert unknown.fields == {"values": "九级", "count": 1}


def test_a_county_maps_its_own_road_classes(tmp_path: Path) -> None:
    write_geojson(building_frame(1), tmp_path)
    write_geojson(line_frame(dldj=["1", "2"]), tmp_path, "roads")
    write_mapping(tmp_path, '[roads.class]\ncolumn = "dldj"\n1 = "primary"\n2 = "residential"\n')
    assert list(read_layers(tmp_path).roads["class"]) == ["primary", "residential"]


def test_importance_and_level_serve_where_there_is_no_class(tmp_path: Path) -> None:
    write_geojson(building_frame(1), tmp_path)
    roads = line_frame(
        nature=["Route", "Sentier", "Route"], importance=["1", "5", "5"], level=[0, 1, -1]
    )
    write_geojson(roads, tmp_path, "roads")
    layers = read_layers(tmp_path)
    assert list(layers.roads["class"]) == ["primary", "path", "service"]
    assert list(layers.roads["bridge"]) == [False, True, False]
    assert list(layers.roads["tunnel"]) == [False, False, True]


def test_oneway_is_understood_in_both_vocabularies(tmp_path: Path) -> None:
    write_geojson(building_frame(1), tmp_path)
    write_geojson(line_frame(oneway=["B", "F", "T"]), tmp_path, "roads")
    assert list(read_layers(tmp_path).roads["oneway"]) == [False, True, True]
    write_geojson(line_frame(oneway=["yes", "F", "0"]), tmp_path, "roads")
    assert list(read_layers(tmp_path).roads["oneway"]) == [True, False, False]


def test_a_layer_far_from_the_buildings_is_noted(tmp_path: Path) -> None:
    write_geojson(building_frame(1), tmp_path)
    far = line_frame(name=["x"])
    write_geojson(far.set_geometry(far.translate(50_000), crs=METRIC), tmp_path, "roads")
    elsewhere = [fault for fault in read_layers(tmp_path).faults if fault.kind == "layer_elsewhere"]
    assert [fault.fields["distance_km"] for fault in elsewhere] == [50.0]


def test_repeated_ids_of_other_layers_get_a_suffix(tmp_path: Path) -> None:
    write_geojson(building_frame(1), tmp_path)
    frame = gpd.GeoDataFrame({"id": ["w", "w"]}, geometry=[middle(0)] * 2, crs=METRIC)
    write_geojson(frame, tmp_path, "workers")
    layers = read_layers(tmp_path)
    assert list(layers.workers.index) == ["w", "w~2"]
    assert "ids_suffixed" in [fault.kind for fault in layers.faults]


def test_a_shapefile_may_cut_the_names_of_columns(tmp_path: Path) -> None:
    frame = building_frame(1, columns={"compound_id": ["c1"]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that names are cut is what this is about
        frame.to_file(tmp_path / "buildings.shp")
    layers = read_layers(tmp_path)
    assert list(layers.buildings.index) == ["B0"]
    assert list(layers.buildings["compound_id"]) == ["c1"]


def test_a_point_of_one_wrapped_as_many_is_a_point(tmp_path: Path) -> None:
    write_geojson(building_frame(1), tmp_path)
    many = shapely.MultiPoint([Point(EAST, NORTH)])
    frame = gpd.GeoDataFrame({"id": ["w"]}, geometry=[many], crs=METRIC)
    write_geojson(frame, tmp_path, "workers")
    assert read_layers(tmp_path).workers.geom_type.to_list() == ["Point"]


def test_a_plan_is_written_in_the_crs_the_buildings_came_in(tmp_path: Path) -> None:
    write_geojson(building_frame(1), tmp_path)
    ground = gpd.GeoDataFrame({"code": ["1"]}, geometry=[stretch(-1, 2)], crs=METRIC)
    write_geojson(ground.to_crs(4549), tmp_path, "communities")
    layers = read_layers(tmp_path)
    assert layers.crs == METRIC
    assert layers.communities.crs == METRIC
    assert layers.buildings["community_code"].to_list() == ["1"]


def test_a_building_may_be_as_wide_as_its_community(tmp_path: Path) -> None:
    frame = building_frame(1).set_geometry([box(EAST, NORTH, EAST + 90, NORTH + 90)], crs=METRIC)
    write_geojson(frame, tmp_path)
    ground = gpd.GeoDataFrame({"code": ["1"]}, geometry=list(frame.geometry), crs=METRIC)
    write_geojson(ground, tmp_path, "communities")
    assert [fault.kind for fault in read_layers(tmp_path).faults] == []
