"""Whatever is handed in, the answer is a sentence for each fault and never a stack trace."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
from shapely import LineString, Point, box

from gridmap.errors import InputError
from gridmap.layers import read_layers
from gridmap.schema import Fault
from tests.unit.layers.street import (
    EAST,
    METRIC,
    NORTH,
    building_frame,
    stretch,
    write_geojson,
)

LEDGER = "户编号,楼栋编号,人数\nH1,B0,3\nH2,B1,2\n"


def refusals(folder: Path, *, mapping: Path | None = None) -> list[Fault]:
    """Read what is wrong with a folder."""
    with pytest.raises(InputError) as refused:
        read_layers(folder, mapping=mapping)
    faults = list(refused.value.faults)
    assert all(fault.level == "refused" for fault in faults)
    for tongue in ("zh", "en"):
        sentences = refused.value.sentences(tongue)
        assert len(sentences) == len(faults)
        assert all("\n" not in sentence and "Traceback" not in sentence for sentence in sentences)
        assert all(sentence.rstrip().endswith((".", "。")) for sentence in sentences)
    return faults


def the_refusal(folder: Path, *, mapping: Path | None = None) -> Fault:
    """Read the one thing that is wrong with a folder."""
    faults = refusals(folder, mapping=mapping)
    assert len(faults) == 1, [fault.text("en") for fault in faults]
    return faults[0]


def shapefile(folder: Path) -> Path:
    """Write the buildings as a Shapefile."""
    path = folder / "buildings.shp"
    building_frame(30).rename(columns={"building_id": "bid"}).to_file(path)
    return path


def cut(path: Path, *, keep: float) -> None:
    """Cut a file short."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    fault = the_refusal(tmp_path / "nowhere")
    assert fault.kind == "source_missing"
    assert "nowhere" in fault.text("en")


def test_a_folder_without_buildings_says_what_to_add(tmp_path: Path) -> None:
    (tmp_path / "roads.csv").write_text("a,b\n", "utf-8")
    fault = the_refusal(tmp_path)
    assert (fault.layer, fault.kind) == ("buildings", "buildings_missing")
    assert "[buildings] file" in fault.text("en")


@pytest.mark.parametrize("ending", [".shp", ".dbf", ".shx"])
@pytest.mark.parametrize("keep", [0.0, 0.1, 0.6, 0.98])
def test_a_truncated_shapefile_is_refused_however_much_is_left(
    tmp_path: Path, ending: str, keep: float
) -> None:
    cut(shapefile(tmp_path).with_suffix(ending), keep=keep)
    fault = the_refusal(tmp_path)
    assert (fault.layer, fault.kind) == ("buildings", "truncated")
    assert f"buildings{ending}" in fault.text("en")


@pytest.mark.parametrize("ending", [".dbf", ".shx"])
def test_a_shapefile_without_a_companion_names_it(tmp_path: Path, ending: str) -> None:
    shapefile(tmp_path).with_suffix(ending).unlink()
    fault = the_refusal(tmp_path)
    assert fault.kind == "sidecar_missing"
    assert f"without its {ending}" in fault.text("en")


def test_a_shapefile_that_is_not_in_its_declared_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "buildings.shp"
    frame = building_frame(2, columns={"name": ["一号楼", "二号楼"]})
    frame.rename(columns={"building_id": "bid"}).to_file(path, encoding="gbk")
    (tmp_path / "layers.toml").write_text('[buildings]\nencoding = "utf-8"\n', "utf-8")
    assert the_refusal(tmp_path).kind == "encoding_wrong"


def test_a_layer_without_a_crs_is_refused_with_the_line_to_write(tmp_path: Path) -> None:
    shapefile(tmp_path).with_suffix(".prj").unlink()
    fault = the_refusal(tmp_path)
    assert (fault.layer, fault.kind) == ("buildings", "crs_missing_meridian")
    assert "[buildings] crs in layers.toml" in fault.text("en")


def test_numbers_that_are_like_no_coordinates_are_refused_with_the_line_to_write(
    tmp_path: Path,
) -> None:
    frame = building_frame(1).set_geometry([box(1e3, 1e3, 2e3, 2e3)])
    frame.set_crs(None, allow_override=True).to_parquet(tmp_path / "buildings.parquet")
    fault = the_refusal(tmp_path)
    assert (fault.layer, fault.kind) == ("buildings", "crs_missing")
    assert '[buildings] crs = "EPSG:…"' in fault.text("en")


def test_a_ledger_in_an_encoding_nobody_can_be_sure_of_is_refused_with_the_line_to_write(
    tmp_path: Path,
) -> None:
    write_geojson(building_frame(), tmp_path)
    text = "id,bâtiment,adresse\nH1,B0,école\nH2,B1,résidence\n"
    (tmp_path / "households.csv").write_bytes(text.encode("cp1252"))
    fault = the_refusal(tmp_path)
    assert (fault.layer, fault.kind) == ("households", "not_utf8")
    assert '[households] encoding = "cp1252"' in fault.text("en")


@pytest.mark.parametrize(
    ("declared", "kind"), [("utf-8", "encoding_wrong"), ("klingon", "encoding_unknown")]
)
def test_a_ledger_that_is_not_in_its_declared_encoding_is_refused(
    tmp_path: Path, declared: str, kind: str
) -> None:
    write_geojson(building_frame(), tmp_path)
    (tmp_path / "households.csv").write_bytes(LEDGER.encode("gbk"))
    (tmp_path / "layers.toml").write_text(f'[households]\nencoding = "{declared}"\n', "utf-8")
    fault = the_refusal(tmp_path)
    assert (fault.kind, declared in fault.text("en")) == (kind, True)


def test_a_ledger_with_a_row_that_is_too_long_is_refused(tmp_path: Path) -> None:
    write_geojson(building_frame(), tmp_path)
    (tmp_path / "households.csv").write_text(f"{LEDGER}H3,B1,2,,,what,is,this\n", "utf-8")
    fault = the_refusal(tmp_path)
    assert (fault.kind, fault.row) == ("row_ragged", 4)
    assert "has 8 cells where 3 belong" in fault.text("en")


def test_an_empty_buildings_layer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "buildings.geojson").write_text('{"type":"FeatureCollection","features":[]}')
    fault = the_refusal(tmp_path)
    assert (fault.layer, fault.kind) == ("buildings", "layer_empty")


def test_an_empty_ledger_is_noted_and_not_taken_for_one(tmp_path: Path) -> None:
    write_geojson(building_frame(), tmp_path)
    (tmp_path / "households.csv").write_text("户编号,楼栋编号\n", "utf-8")
    layers = read_layers(tmp_path)
    assert not layers.has_ledger
    assert ("households", "layer_empty") in [(fault.layer, fault.kind) for fault in layers.faults]


def test_polygons_where_points_belong_are_refused_in_one_sentence(tmp_path: Path) -> None:
    write_geojson(building_frame(), tmp_path)
    write_geojson(building_frame(2), tmp_path, "workers")
    fault = the_refusal(tmp_path)
    assert (fault.layer, fault.row, fault.kind) == ("workers", 1, "wrong_geometry")
    assert "row 1 is a Polygon where a Point belongs (rows of this kind: 2)" in fault.text("en")


def test_lines_where_polygons_belong_are_refused(tmp_path: Path) -> None:
    write_geojson(building_frame(), tmp_path)
    line = LineString([(EAST, NORTH), (EAST + 5, NORTH)])
    write_geojson(gpd.GeoDataFrame({"code": ["1"]}, geometry=[line], crs=METRIC), tmp_path, "社区")
    fault = the_refusal(tmp_path)
    assert (fault.layer, fault.kind) == ("communities", "wrong_geometry")


def test_polygons_where_lines_belong_are_refused(tmp_path: Path) -> None:
    write_geojson(building_frame(), tmp_path)
    write_geojson(building_frame(), tmp_path, "roads")
    assert "where a LineString belongs" in the_refusal(tmp_path).text("en")


def test_a_mapping_to_a_missing_column_names_the_columns_there_are(tmp_path: Path) -> None:
    write_geojson(building_frame(columns={"hs": [1, 2, 3]}), tmp_path)
    (tmp_path / "layers.toml").write_text('[buildings]\nhouseholds = "units"\n', "utf-8")
    fault = the_refusal(tmp_path)
    assert (fault.layer, fault.kind) == ("buildings", "mapping_column")
    assert "building_id, hs" in fault.text("en")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("[buildings\n", "mapping_unreadable"),
        ("[houses]\nx = 'y'\n", "mapping_stranger"),
        ("[buildings]\ncolour = 'y'\n", "mapping_stranger"),
        ("[buildings]\nhouseholds = 3\n", "mapping_value"),
        ("[buildings]\nfile = 'gone.shp'\n", "mapping_file"),
        ("[buildings]\nfile = 3\n", "mapping_value"),
        ("buildings = 3\n", "mapping_value"),
        ("crs = 4549\n", "mapping_value"),
        ("encoding = 'klingon'\n", "encoding_unknown"),
        ("[buildings]\ncrs = 'EPSG:nothing'\n", "crs_unknown"),
        ("[buildings]\ndatum = 'Mars'\n", "datum_unknown"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, kind: str) -> None:
    write_geojson(building_frame(), tmp_path)
    (tmp_path / "layers.toml").write_text(text, "utf-8")
    assert kind in [fault.kind for fault in refusals(tmp_path)]


def test_a_mapping_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    write_geojson(building_frame(), tmp_path)
    fault = the_refusal(tmp_path, mapping=tmp_path / "mine.toml")
    assert (fault.layer, fault.kind) == ("mine.toml", "mapping_missing")


def test_buildings_outside_china_cannot_be_in_a_chinese_datum(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[box(2.5, 44.3, 2.6, 44.4)], crs=4326)
    write_geojson(frame, tmp_path)
    (tmp_path / "layers.toml").write_text('[buildings]\ndatum = "GCJ-02"\n', "utf-8")
    assert the_refusal(tmp_path).kind == "datum_outside"


@pytest.mark.parametrize("value", ["-3", "two", "2.5", "inf"])
def test_a_count_that_is_no_count_is_refused_with_its_row(tmp_path: Path, value: str) -> None:
    write_geojson(building_frame(columns={"户数": ["4", value, ""]}), tmp_path)
    fault = the_refusal(tmp_path)
    assert (fault.layer, fault.row, fault.kind) == ("buildings", 2, "count_bad")
    assert f"households = {value}:" in fault.text("en")


def test_every_fault_of_every_layer_is_reported_at_once(tmp_path: Path) -> None:
    write_geojson(building_frame(columns={"households": [-1, -2, 3]}), tmp_path)
    write_geojson(building_frame(1), tmp_path, "workers")
    (tmp_path / "households.csv").write_bytes(LEDGER.encode("gbk") + LEDGER.encode("utf-8"))
    (tmp_path / "roads.shp").write_bytes(b"nothing")
    found = [(fault.layer, fault.row, fault.kind) for fault in refusals(tmp_path)]
    assert sorted(found, key=str) == [
        ("buildings", 1, "count_bad"),
        ("buildings", 2, "count_bad"),
        ("households", 4, "encoding_mixed"),
        ("roads", None, "sidecar_missing"),
        ("workers", 1, "wrong_geometry"),
    ]


def test_two_files_of_one_layer_are_refused_and_both_named(tmp_path: Path) -> None:
    write_geojson(building_frame(), tmp_path)
    building_frame().to_parquet(tmp_path / "建筑.parquet")
    fault = the_refusal(tmp_path)
    assert fault.kind == "layer_twice"
    assert "buildings.geojson, 建筑.parquet" in fault.text("en")


def test_one_id_for_two_outlines_is_refused_with_both_rows(tmp_path: Path) -> None:
    write_geojson(building_frame(columns={"building_id": ["A", "B", "A"]}), tmp_path)
    fault = the_refusal(tmp_path)
    assert (fault.row, fault.kind, fault.fields["first"]) == (3, "id_repeated", 1)


def test_one_code_for_two_communities_is_refused(tmp_path: Path) -> None:
    write_geojson(building_frame(), tmp_path)
    grounds = [stretch(0, 1), stretch(1, 3)]
    frame = gpd.GeoDataFrame({"code": ["320508001001"] * 2}, geometry=grounds, crs=METRIC)
    write_geojson(frame, tmp_path, "communities")
    fault = the_refusal(tmp_path)
    assert (fault.layer, fault.row, fault.kind) == ("communities", 2, "code_repeated")


def test_a_community_under_another_one_is_refused(tmp_path: Path) -> None:
    write_geojson(building_frame(), tmp_path)
    grounds = [stretch(0, 3), stretch(1, 2)]
    frame = gpd.GeoDataFrame({"code": ["1", "2"]}, geometry=grounds, crs=METRIC)
    write_geojson(frame, tmp_path, "communities")
    assert the_refusal(tmp_path).kind == "community_swallowed"


def test_degrees_that_are_metres_are_refused(tmp_path: Path) -> None:
    building_frame().set_crs(4326, allow_override=True).to_parquet(tmp_path / "buildings.parquet")
    fault = the_refusal(tmp_path)
    assert (fault.row, fault.kind) == (1, "coordinates_impossible")


def test_coordinates_that_are_no_numbers_are_refused_with_their_row(tmp_path: Path) -> None:
    write_geojson(building_frame(), tmp_path)
    (tmp_path / "workers.csv").write_text("id,lon,lat\nw1,120.5,31.3\nw2,east,31.3\n", "utf-8")
    fault = the_refusal(tmp_path)
    assert (fault.layer, fault.row, fault.kind) == ("workers", 3, "coordinates_bad")


def test_metres_in_a_table_need_a_crs(tmp_path: Path) -> None:
    write_geojson(building_frame(), tmp_path)
    (tmp_path / "workers.csv").write_text(f"id,x,y\nw1,{EAST},{NORTH}\n", "utf-8")
    fault = the_refusal(tmp_path)
    assert (fault.layer, fault.kind) == ("workers", "crs_missing_zone")


def test_a_table_of_buildings_without_coordinates_is_refused(tmp_path: Path) -> None:
    (tmp_path / "buildings.csv").write_text("id,households\n1,2\n", "utf-8")
    fault = the_refusal(tmp_path)
    assert (fault.layer, fault.kind) == ("buildings", "geometry_missing")


def test_a_place_beyond_the_projection_is_refused_with_its_row(tmp_path: Path) -> None:
    write_geojson(building_frame(2).to_crs(4326), tmp_path)
    far = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=[Point(120, 31), Point(30, 0)], crs=4326)
    far.to_parquet(tmp_path / "workers.parquet")
    fault = the_refusal(tmp_path)
    assert (fault.layer, fault.row, fault.kind) == ("workers", 2, "coordinates_unusable")


def test_a_format_nobody_reads_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fw.docx").write_bytes(b"words")
    (tmp_path / "layers.toml").write_text("[buildings]\nfile = 'fw.docx'\n", "utf-8")
    assert the_refusal(tmp_path).kind == "format_unknown"


@pytest.mark.parametrize("name", ["buildings.csv", "buildings.xlsx"])
def test_a_table_with_nothing_in_it_is_an_empty_layer(tmp_path: Path, name: str) -> None:
    if name.endswith("csv"):
        (tmp_path / name).write_bytes(b"")
    else:
        openpyxl.Workbook().save(tmp_path / name)
    assert the_refusal(tmp_path).kind == "layer_empty"


def truncated_package(folder: Path) -> None:
    building_frame(300).to_file(folder / "buildings.gpkg")
    cut(folder / "buildings.gpkg", keep=0.5)


def truncated_geojson(folder: Path) -> None:
    cut(write_geojson(building_frame(30), folder), keep=0.5)


def truncated_parquet(folder: Path) -> None:
    building_frame(30).to_parquet(folder / "buildings.parquet")
    cut(folder / "buildings.parquet", keep=0.5)


def truncated_flatgeobuf(folder: Path) -> None:
    building_frame(300).to_file(folder / "buildings.fgb", driver="FlatGeobuf")
    cut(folder / "buildings.fgb", keep=0.5)


def text_for_a_workbook(folder: Path) -> None:
    (folder / "buildings.xlsx").write_text("hello", "utf-8")


def text_for_an_extract(folder: Path) -> None:
    (folder / "town.osm.pbf").write_text("hello", "utf-8")


def nothing_for_a_package(folder: Path) -> None:
    (folder / "town.gpkg").write_bytes(b"")


@pytest.mark.parametrize(
    "spoil",
    [
        truncated_package,
        truncated_geojson,
        truncated_parquet,
        truncated_flatgeobuf,
        text_for_a_workbook,
        text_for_an_extract,
        nothing_for_a_package,
    ],
)
def test_a_file_that_is_not_what_its_ending_says_is_refused_by_name(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(tmp_path)
    name = next(tmp_path.iterdir()).name
    kinds = {"file_unreadable", "file_other"}
    unreadable = [fault for fault in refusals(tmp_path) if fault.kind in kinds]
    assert len(unreadable) == 1
    assert name in unreadable[0].text("en")
