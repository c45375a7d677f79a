"""Reading grids to plan on from: any file, a plan among them."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from pyproj import CRS

from gridmap.errors import InputError
from gridmap.layers import read_grids

METRES = CRS("EPSG:4549")
LEFT, RIGHT = (
    shapely.box(500_000, 3_400_000, 500_100, 3_400_100),
    shapely.box(500_100, 3_400_000, 500_200, 3_400_100),
)


def todays() -> gpd.GeoDataFrame:
    columns = {"网格编码": ["990101001001001", "990101001001002"], "名称": ["西里", "东里"]}
    return gpd.GeoDataFrame(columns | {"锁定": ["否", "是"]}, geometry=[LEFT, RIGHT], crs=METRES)


def refused(file: Path) -> set[str]:
    with pytest.raises(InputError) as caught:
        read_grids(file, crs=METRES)
    return {fault.kind for fault in caught.value.faults}


@pytest.mark.parametrize("name", ["旧网格.gpkg", "old.geojson", "old.parquet", "old.shp"])
def test_grids_are_read_whatever_the_file_is_called(tmp_path: Path, name: str) -> None:
    frame, file = todays(), tmp_path / name
    if name.endswith(".shp"):
        frame = frame.set_axis(["code", "name", "locked", "geometry"], axis="columns")
    if name.endswith(".parquet"):
        frame.to_parquet(file)
    else:
        frame.to_file(file, encoding="UTF-8")
    grids, faults = read_grids(file, crs=METRES)
    assert list(grids.index) == ["990101001001001", "990101001001002"]
    assert list(grids["name"]) == ["西里", "东里"]
    assert list(grids["locked"]) == [False, True]
    assert faults == ()


def test_grids_come_in_the_crs_of_the_communities(tmp_path: Path) -> None:
    todays().to_crs("EPSG:4490").to_file(tmp_path / "old.gpkg")
    grids, _ = read_grids(tmp_path / "old.gpkg", crs=METRES)
    assert grids.crs == METRES
    assert shapely.equals_exact(
        grids.geometry.to_numpy(), [LEFT, RIGHT], 1e-6, normalize=True
    ).all()


def test_of_a_plan_the_grids_are_taken_and_not_the_micro_grids(tmp_path: Path) -> None:
    file = tmp_path / "plan.gpkg"
    todays().to_file(file, layer="grids")
    for other in ("assignment", "microgrids"):
        todays().to_file(file, layer=other)
    assert len(read_grids(file, crs=METRES)[0]) == 2


def test_what_layers_toml_declares_beside_the_file_is_heeded(tmp_path: Path) -> None:
    (tmp_path / "layers.toml").write_text('[grids]\ncode = "nr"\n', "utf-8")
    todays().rename(columns={"网格编码": "nr"}).to_file(tmp_path / "old.gpkg")
    grids, _ = read_grids(tmp_path / "old.gpkg", crs=METRES)
    assert list(grids.index) == ["990101001001001", "990101001001002"]


def test_a_file_that_is_not_there_is_named() -> None:
    assert refused(Path("nowhere.gpkg")) == {"layer_file_missing"}


def test_tables_that_may_all_be_grids_are_refused(tmp_path: Path) -> None:
    for name in ("east", "west"):
        todays().to_file(tmp_path / "old.gpkg", layer=name)
    assert refused(tmp_path / "old.gpkg") == {"layer_not_inside"}


def test_a_code_that_stands_for_two_grids_is_refused(tmp_path: Path) -> None:
    todays().assign(网格编码="990101001001001").to_file(tmp_path / "old.gpkg")
    assert refused(tmp_path / "old.gpkg") == {"code_repeated"}


def test_a_file_without_features_gives_no_grids(tmp_path: Path) -> None:
    todays()[:0].to_file(tmp_path / "old.gpkg")
    grids, faults = read_grids(tmp_path / "old.gpkg", crs=METRES)
    assert grids.empty
    assert [fault.kind for fault in faults] == ["layer_empty"]
