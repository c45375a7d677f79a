"""Every format of the contract gives the same layers."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely import Polygon

from gridmap.layers import read_layers
from gridmap.schema import TABLES, require
from tests.unit.layers.extract import write_pbf
from tests.unit.layers.street import EAST, METRIC, NORTH, building_frame, house, middle, stretch

COURT = Polygon(house(0).exterior, [house(0).buffer(-2.0, join_style="mitre").exterior])


def town() -> dict[str, gpd.GeoDataFrame]:
    """Three layers: one in degrees, one building with a courtyard."""
    buildings = building_frame(
        3, columns={"户数": [4, 5, 6], "名称": ["一号楼", "二号楼", "三号楼"]}
    )
    buildings = buildings.set_geometry([COURT, house(1), house(2)], crs=METRIC)
    grounds = gpd.GeoDataFrame(
        {"code": ["320508001001", "320508001002"], "name": ["东社区", "西社区"]},
        geometry=[stretch(-1, 1), stretch(1, 4)],
        crs=METRIC,
    )
    line = shapely.LineString([(EAST - 10, NORTH - 5), (EAST + 40, NORTH - 5)])
    roads = gpd.GeoDataFrame({"class": ["主干道"], "name": ["人民路"]}, geometry=[line], crs=METRIC)
    return {
        "buildings": buildings.rename(columns={"building_id": "bid"}),
        "communities": grounds,
        "roads": roads.to_crs(4326),
    }


def files(folder: Path, ending: str, driver: str | None) -> None:
    """Write the town as one file a layer."""
    for name, frame in town().items():
        if driver is None:
            frame.to_parquet(folder / f"{name}{ending}")
        else:
            frame.to_file(folder / f"{name}{ending}", driver=driver)


def package(folder: Path) -> None:
    """Write the town as one GeoPackage."""
    for name, frame in town().items():
        frame.to_file(folder / "town.gpkg", layer=name, driver="GPKG")


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: files(folder, ".parquet", None),
        lambda folder: files(folder, ".gpkg", "GPKG"),
        lambda folder: files(folder, ".shp", "ESRI Shapefile"),
        lambda folder: files(folder, ".fgb", "FlatGeobuf"),
        package,
    ],
    ids=["parquet", "gpkg", "shp", "fgb", "one package"],
)
def test_a_town_is_the_same_in_every_format(tmp_path: Path, write: Callable[[Path], None]) -> None:
    write(tmp_path)
    layers = read_layers(tmp_path)
    # FlatGeobuf sorts its features by place, so the row is the one they have in the file
    buildings = layers.buildings.sort_index()
    assert layers.crs == METRIC
    assert list(buildings.index) == ["B0", "B1", "B2"]
    assert list(buildings["households"]) == [4, 5, 6]
    assert list(buildings["name"]) == ["一号楼", "二号楼", "三号楼"]
    assert list(buildings["community_code"]) == ["320508001001", "320508001002", "320508001002"]
    assert len(buildings.geometry["B0"].interiors) == 1
    assert list(layers.roads["class"]) == ["primary"]
    assert layers.roads.geometry.iloc[0].length == pytest.approx(50.0, abs=1e-3)
    assert [fault.kind for fault in layers.faults] == []


def test_every_frame_keeps_the_contract_of_its_table(tmp_path: Path) -> None:
    package(tmp_path)
    layers = read_layers(tmp_path)
    for name, table in TABLES.items():
        frame = require(getattr(layers, name), table)
        assert frame.crs == layers.metric_crs
        for column, kind in table.columns.items():
            assert str(frame[column].dtype) == kind, (name, column)
    assert list(layers.buildings["row"]) == [1, 2, 3]


def test_geojson_in_degrees_is_planned_in_the_utm_zone_and_written_in_degrees(
    tmp_path: Path,
) -> None:
    files(tmp_path, ".geojson", "GeoJSON")
    for path in tmp_path.iterdir():
        gpd.read_file(path).to_crs(4326).to_file(path, driver="GeoJSON")
    layers = read_layers(tmp_path)
    assert layers.crs.to_epsg() == 4326
    assert layers.metric_crs.to_epsg() == 32651
    assert layers.buildings.geometry["B1"].area == pytest.approx(80.0, abs=0.01)


def test_a_package_is_read_by_its_own_path(tmp_path: Path) -> None:
    package(tmp_path)
    assert len(read_layers(tmp_path / "town.gpkg").buildings) == 3


def test_a_finished_plan_in_the_folder_is_not_taken_for_layers(tmp_path: Path) -> None:
    package(tmp_path)
    for name in ("grids", "assignment"):
        building_frame(1).to_file(tmp_path / "plan.gpkg", layer=name)
    layers = read_layers(tmp_path)
    assert layers.grids.empty
    assert [(fault.layer, fault.kind) for fault in layers.faults] == [("plan.gpkg", "not_a_layer")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_ledger_is_read_from_csv(tmp_path: Path, encoding: str, delimiter: str) -> None:
    files(tmp_path, ".parquet", None)
    rows = [
        ["户编号", "楼栋编号", "人数", "地址"],
        ["0012", "B0", "\uff13", "人民路1号"],
        ["0013", "B1", "", ""],
    ]
    text = "\n".join(delimiter.join(row) for row in rows)
    (tmp_path / "台账.csv").write_bytes(text.encode(encoding))
    if encoding == "gbk":
        (tmp_path / "layers.toml").write_text('[households]\nencoding = "gbk"\n', "utf-8")
    ledger = read_layers(tmp_path).households
    assert list(ledger.index) == ["0012", "0013"]
    assert list(ledger["building_id"]) == ["B0", "B1"]
    assert ledger["persons"].to_list()[0] == 3.0
    assert ledger["persons"].isna().to_list() == [False, True]
    assert ledger.geometry.isna().all()


def test_a_ledger_is_read_from_xlsx_and_other_sheets_are_named(tmp_path: Path) -> None:
    files(tmp_path, ".parquet", None)
    with pd.ExcelWriter(tmp_path / "住户.xlsx") as book:
        pd.DataFrame().to_excel(book, sheet_name="空表", index=False)
        pd.DataFrame(
            {"户编号": ["0012", 13], "楼栋编号": ["B0", "B1"], "人数": [3, 2.0], "得分": [1.5, 2]}
        ).to_excel(book, sheet_name="台账", index=False)
        pd.DataFrame({"说明": ["注"]}).to_excel(book, sheet_name="说明", index=False)
        pd.DataFrame().to_excel(book, sheet_name="空表二", index=False)
        book.sheets["台账"].append(["", None])
    layers = read_layers(tmp_path)
    assert layers.has_ledger
    assert list(layers.households.index) == ["0012", "13"]
    assert list(layers.households["persons"]) == [3.0, 2.0]
    ignored = next(fault for fault in layers.faults if fault.kind == "sheet_ignored")
    assert ignored.fields["sheet"] == "说明"


def test_points_are_read_from_columns_of_degrees(tmp_path: Path) -> None:
    files(tmp_path, ".parquet", None)
    point = gpd.GeoSeries([middle(1)], crs=METRIC).to_crs(4326)[0]
    spot = f"{point.x!r},{point.y!r}"
    text = f"编号,经度,纬度,网格,在岗\nw1,{spot},G1、G2,否\nw2,{spot},G3,\n"
    (tmp_path / "网格员.csv").write_text(text, "utf-8")
    layers = read_layers(tmp_path)
    assert layers.workers.geometry["w1"].distance(middle(1)) < 1e-3
    assert list(layers.workers["grids"]) == ["G1;G2", "G3"]
    assert list(layers.workers["on_duty"]) == [False, True]
    assert [fault.kind for fault in layers.faults] == ["lonlat_assumed"]


def test_points_are_read_from_columns_of_metres_with_a_declared_crs(tmp_path: Path) -> None:
    files(tmp_path, ".parquet", None)
    spot = middle(1)
    (tmp_path / "households.csv").write_text(f"id,x,y\nH1,{spot.x},{spot.y}\nH2,,\n", "utf-8")
    (tmp_path / "layers.toml").write_text('[households]\ncrs = "EPSG:32651"\n', "utf-8")
    ledger = read_layers(tmp_path).households
    assert ledger.geometry["H1"].distance(spot) < 1e-6
    assert ledger.geometry["H2"] is None


def osm(path: Path) -> None:
    """Write a street as an OSM extract: two houses, a road on a bridge, rail, water, a wall."""
    corners = {1: (0, 0), 2: (0, 10), 3: (8, 10), 4: (8, 0), 5: (20, 0), 6: (20, 10)}
    spots = gpd.GeoSeries(
        [shapely.Point(EAST + x, NORTH + y) for x, y in corners.values()], crs=METRIC
    ).to_crs(4326)
    nodes = [(n, spot.x, spot.y) for n, spot in zip(corners, spots, strict=True)]
    ring = [1, 2, 3, 4, 1]
    ways = [
        (
            10,
            ring,
            {
                "building": "apartments",
                "building:levels": "6",
                "name": "一号楼",
                "addr:full": "人民路1号",
                "addr:street": "人民路",
            },
        ),
        (
            11,
            [3, 4, 5, 6, 3],
            {"building": "yes", "addr:street": "人民路", "addr:housenumber": "2"},
        ),
        (20, [1, 6], {"highway": "primary", "bridge": "yes", "oneway": "yes", "name": "人民路"}),
        (21, [2, 5], {"highway": "proposed"}),
        (30, [1, 5], {"railway": "rail"}),
        (40, [2, 6], {"waterway": "river", "name": "护城河"}),
        (41, ring, {"natural": "water"}),
        (50, [3, 6], {"barrier": "wall"}),
        (60, ring, {"landuse": "residential", "name": "一小区"}),
    ]
    write_pbf(path, nodes, ways)


@pytest.mark.parametrize("by_folder", [True, False])
def test_an_osm_extract_gives_its_layers(tmp_path: Path, *, by_folder: bool) -> None:
    osm(tmp_path / "town.osm.pbf")
    layers = read_layers(tmp_path if by_folder else tmp_path / "town.osm.pbf")
    assert list(layers.buildings.index) == ["w10", "w11"]
    assert list(layers.buildings["use"]) == ["apartments", ""]
    assert layers.buildings["floors"].to_list()[0] == 6.0
    assert list(layers.buildings["address"]) == ["人民路1号", "人民路 2"]
    assert list(layers.buildings["compound_id"]) == ["w60", ""]
    road = layers.roads.loc["w20"]
    assert (road["class"], road["bridge"], road["tunnel"], road["oneway"], road["name"]) == (
        "primary",
        True,
        False,
        True,
        "人民路",
    )
    assert list(layers.roads.index) == ["w20"]
    assert list(layers.railways["kind"]) == ["rail"]
    assert sorted(layers.water["kind"]) == ["river", "water"]
    assert list(layers.walls["kind"]) == ["wall"]
    assert [fault.kind for fault in layers.faults] == ["communities_missing"]
