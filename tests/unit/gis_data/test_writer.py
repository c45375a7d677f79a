"""Towns on disk: the same bytes, in pieces, and proper GeoParquet."""

import json
import tomllib
from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from gis_data import TownFacts, write_town
from gis_data.town import LAYERS
from gis_data.writer import LayerWriter

COLUMNS = {"name": pa.string(), "bridge": pa.bool_()}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TownFacts]:
    """Write a town of 26 communities, in two pieces."""
    out = tmp_path_factory.mktemp("city")
    return out, write_town(out, buildings=5_600, seed=4)


def test_the_same_numbers_give_the_same_bytes(
    again: tuple[Path, TownFacts], tmp_path: Path
) -> None:
    facts = write_town(tmp_path, buildings=1_300, seed=11)
    assert facts == again[1]
    for path in sorted(again[0].iterdir()):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_another_seed_gives_another_town(again: tuple[Path, TownFacts], tmp_path: Path) -> None:
    write_town(tmp_path, buildings=1_300, seed=12)
    ours, theirs = (gpd.read_parquet(path / "roads.parquet") for path in (again[0], tmp_path))
    assert set(ours["name"]) != set(theirs["name"])
    assert not np.array_equal(ours.total_bounds, theirs.total_bounds)


def test_the_ledgers_coordinates_have_a_declared_crs(again: tuple[Path, TownFacts]) -> None:
    mapping = tomllib.loads((again[0] / "layers.toml").read_text("utf-8"))
    assert mapping == {"households": {"crs": "EPSG:4550"}}


def test_progress_is_told_after_every_community(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_town(tmp_path, buildings=1, seed=1, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(done, 6) for done in range(1, 7)]


@pytest.mark.parametrize("name", LAYERS)
def test_geoparquet_says_its_crs_bounds_and_types(name: str, city: tuple[Path, TownFacts]) -> None:
    path = city[0] / f"{name}.parquet"
    geo = json.loads(pq.read_schema(path).metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    frame = gpd.read_parquet(path)
    assert geo["version"] == "1.1.0"
    assert column["encoding"] == "WKB"
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 4550}
    assert column["bbox"] == pytest.approx(list(frame.total_bounds), abs=0)
    assert set(column["geometry_types"]) == set(frame.geom_type)
    assert list(frame.columns) == [*LAYERS[name], "geometry"]


def test_rows_wait_for_a_group_and_no_longer(tmp_path: Path) -> None:
    point = [shapely.Point(1, 2)] * 3
    names, flags = ["a"] * 3, [True] * 3
    with LayerWriter(tmp_path / "roads.parquet", COLUMNS, rows=6) as layer:
        for _ in range(5):
            layer.add({"name": names, "bridge": flags}, point)
    written = pq.ParquetFile(tmp_path / "roads.parquet").metadata
    assert [written.row_group(k).num_rows for k in range(written.num_row_groups)] == [6, 6, 3]


def test_a_layer_with_no_rows_can_be_read(tmp_path: Path) -> None:
    with LayerWriter(tmp_path / "roads.parquet", COLUMNS, rows=6) as layer:
        layer.add({"name": [], "bridge": []}, [])
    frame = gpd.read_parquet(tmp_path / "roads.parquet")
    assert frame.empty
    assert frame.crs == "EPSG:4550"


def test_a_larger_town_stays_near_the_size_asked_for(city: tuple[Path, TownFacts]) -> None:
    _, facts = city
    assert facts.buildings == pytest.approx(5_600, rel=0.08)
    assert 1_000 < facts.households / facts.communities < 1_800


def test_a_larger_town_has_no_id_or_address_twice(city: tuple[Path, TownFacts]) -> None:
    out, facts = city
    buildings = gpd.read_parquet(out / "buildings.parquet")
    assert buildings["building_id"].is_unique
    assert buildings.loc[buildings["address"] != "", "address"].is_unique
    for layer, key in (("communities", "code"), ("grids", "code"), ("workers", "worker_id")):
        assert gpd.read_parquet(out / f"{layer}.parquet")[key].is_unique
    ledger = pd.read_csv(out / "households.csv", usecols=["household_id"])
    twice = facts.repeated_rows + facts.contested_rows
    assert len(ledger) - ledger["household_id"].nunique() == twice


def test_a_larger_town_is_a_coverage_with_sound_lines(city: tuple[Path, TownFacts]) -> None:
    out, facts = city
    for layer in ("communities", "grids"):
        frame = gpd.read_parquet(out / f"{layer}.parquet")
        assert frame.is_valid.all()
        assert shapely.coverage_is_valid(frame.geometry.to_numpy())
    sound = gpd.read_parquet(out / "buildings.parquet")
    sound = sound[sound.is_valid]
    first, second = sound.sindex.query(sound.geometry, predicate="overlaps")
    assert Counter(zip(first, second, strict=True)) == Counter()
    roads = gpd.read_parquet(out / "roads.parquet")
    met = sound.sindex.query(roads.geometry, predicate="intersects")[1]
    assert len(np.unique(met)) == facts.on_road
