"""An import comes back as it went in, whole or in parts, and another one waits for it."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from pyproj import CRS
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gridmap.errors import StoreError
from gridmap.ground.communities import split_communities
from gridmap.layers.ledger import Ledger
from gridmap.schema import Layers
from gridmap.store import frames
from gridmap.store.datasets import (
    community_codes,
    count_buildings,
    imported_from,
    latest_dataset,
    read_balance,
    read_ways,
)
from gridmap.store.imports import count_rows, import_layers
from gridmap.store.layers import read_layer, read_layers
from gridmap.store.session import sessions
from tests.store.world import BINS, LEDGER, A, B, draw_world

World = tuple[Layers, Ledger]
AS_THEY_ARE = (
    "communities",
    "roads",
    "railways",
    "water",
    "walls",
    "compounds",
    "dedicated",
    "grids",
    "workers",
    "links",
)
OFF_LATTICE = "A4"


def assert_same(found: gpd.GeoDataFrame, told: gpd.GeoDataFrame) -> None:
    assert_geodataframe_equal(found, told[found.columns], check_index_type=False)


@pytest.mark.parametrize("name", AS_THEY_ARE)
def test_a_layer_comes_back_to_the_bit(
    session: Session, dataset: int, world: World, name: str
) -> None:
    layers, _ = read_layers(session, dataset)
    found, told = getattr(layers, name), getattr(world[0], name)
    assert_same(found, told)
    assert shapely.equals_identical(found.geometry.array, told.geometry.array)[
        told.geometry.notna()
    ].all()
    assert found.crs == told.crs


def test_buildings_come_back_with_their_households(
    session: Session, dataset: int, world: World
) -> None:
    layers, ledger = read_layers(session, dataset)
    assert_same(layers.buildings.drop(OFF_LATTICE), world[0].buildings.drop(OFF_LATTICE))
    assert_same(ledger.buildings.drop(OFF_LATTICE), world[1].buildings.drop(OFF_LATTICE))
    point, told = (frame.buildings.geometry[OFF_LATTICE] for frame in (layers, world[0]))
    assert 0 <= point.distance(told) < 1e-7


def test_households_come_back_in_their_bins(session: Session, dataset: int, world: World) -> None:
    _, ledger = read_layers(session, dataset)
    told = world[1].households.drop(columns=["address", "geometry"])
    found = ledger.households.drop(columns=["address", "geometry"])
    assert found.reset_index().equals(told[found.columns].reset_index())


def test_only_a_household_without_a_place_keeps_its_address_and_point(
    session: Session, dataset: int
) -> None:
    _, ledger = read_layers(session, dataset)
    placed = ledger.households["bin"] == "placed"
    assert set(ledger.households.loc[placed, "address"]) == {""}
    assert ledger.households.geometry[placed].isna().all()
    assert ledger.households.loc["H7", "address"] == "无此路1号"


def test_the_balance_sheet_added_up_in_sql_is_that_of_the_files(
    session: Session, dataset: int, world: World
) -> None:
    balance = read_balance(session, dataset)
    assert balance == world[1].balance
    assert balance.households == BINS
    assert balance.ledger_households == len(LEDGER)
    assert balance.is_balanced


def test_the_checks_beside_the_bins_come_back_as_they_were(
    session: Session, dataset: int, world: World
) -> None:
    told = world[1].balance.checks
    assert read_balance(session, dataset).checks == told
    assert told["home_empty"] == 2


def test_the_ways_of_placing_are_counted_and_add_up_to_the_placed(
    session: Session, dataset: int
) -> None:
    ways = read_ways(session, dataset)
    assert {way: count for way, count in ways.items() if count} == {
        "building": 4,
        "address": 1,
        "coordinates": 1,
    }
    assert read_ways(session, dataset, communities=[B])["building"] == 1


def test_counts_on_buildings_balance_without_a_ledger(session: Session) -> None:
    layers, ledger = draw_world(has_ledger=False)
    dataset = import_layers(session, layers, ledger, source="counts")
    balance = read_balance(session, dataset)
    assert balance == ledger.balance
    assert balance.source == "counts"
    assert (balance.households["placed"], balance.households["outside"]) == (24, 4)
    found, settled = read_layers(session, dataset)
    assert not found.has_ledger
    assert len(settled.households) == 0


def test_entrances_come_back_for_the_community_they_are_in(
    session: Session, dataset: int, world: World
) -> None:
    for code in (A, B):
        (told,) = split_communities(*world, codes=[code])
        (found,) = split_communities(
            *read_layers(session, dataset, communities=[code]), codes=[code]
        )
        assert list(found.entrances.itertuples(name=None)) == list(
            told.entrances.itertuples(name=None)
        )
        assert list(found.entrances.index) == (["A1"] if code == A else [])


def test_faults_come_back_with_their_messages(session: Session, dataset: int, world: World) -> None:
    layers, ledger = read_layers(session, dataset)
    assert [fault.text("zh") for fault in layers.faults] == [f.text("zh") for f in world[0].faults]
    assert layers.faults[1] == world[0].faults[1]
    assert ledger.faults == world[1].faults


def test_one_community_comes_with_what_is_its_own_and_near_it(
    session: Session, dataset: int
) -> None:
    layers, ledger = read_layers(session, dataset, communities=[B])
    assert list(layers.communities.index) == [B]
    assert list(layers.buildings.index) == ["B1", "B2"]
    assert list(layers.roads.index) == ["r2", "r3"]
    assert list(layers.water.index) == ["w2"]
    assert list(layers.compounds.index) == []
    assert list(layers.workers.index) == ["p1", "p2"]
    assert list(ledger.households.index) == ["H5", "H5"]
    assert ledger.balance.households == {**dict.fromkeys(BINS, 0), "placed": 1, "duplicate": 1}
    assert [fault.kind for fault in ledger.faults] == ["duplicate", "home_empty"]


def test_all_communities_together_hold_every_building_inside_one(
    session: Session, dataset: int
) -> None:
    layers, _ = read_layers(session, dataset, communities=[A, B])
    assert list(layers.buildings.index) == ["A1", "A2", "A3", "A4", "B1", "B2"]


def test_a_community_that_is_not_there_is_named(session: Session, dataset: int) -> None:
    with pytest.raises(StoreError, match="no community 1, 2"):
        read_layers(session, dataset, communities=["2", A, "1"])


def test_communities_are_listed_in_their_order(session: Session, dataset: int) -> None:
    assert community_codes(session, dataset) == [A, B]


def test_a_dataset_that_is_not_there_is_named(session: Session) -> None:
    with pytest.raises(StoreError, match="no dataset 12345"):
        community_codes(session, 12345)


def test_before_the_first_import_there_is_a_sentence(session: Session) -> None:
    with pytest.raises(StoreError, match="gridmap import"):
        latest_dataset(session)


def test_the_latest_import_is_the_last_one(session: Session, world: World) -> None:
    numbers = [import_layers(session, *world, source=name) for name in ("one", "two")]
    assert latest_dataset(session) == numbers[1] > numbers[0]


def test_progress_is_told_table_by_table(session: Session, world: World) -> None:
    told: list[tuple[str, int, int]] = []
    import_layers(session, *world, source="told", progress=lambda *step: told.append(step))
    assert ("building", 7, 7) in told
    assert ("household", len(LEDGER), len(LEDGER)) in told
    assert sum(done for _, done, total in told if done == total) == count_rows(*world)


def test_rows_are_told_as_written_when_they_are_checked(
    session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "CHUNK_ROWS", 4)
    told: list[int] = []

    def count(table: str, done: int, _total: int) -> None:
        if table == "household":
            held = session.execute(text("SELECT count(*) FROM gridmap.household")).scalar_one()
            told.extend((done, held))

    dataset = import_layers(session, *world, source="told", progress=count)
    assert told == [4, 4, 8, 8, 11, 11]
    assert read_balance(session, dataset) == world[1].balance


def test_a_crs_without_a_code_is_registered_once_and_reads_back(session: Session) -> None:
    layers, ledger = draw_world()
    nameless = CRS.from_proj4(
        "+proj=tmerc +lat_0=0 +lon_0=119.9 +k=0.99997 +x_0=512345 +y_0=77 +ellps=GRS80 +units=m"
    )
    moved = replace(
        layers,
        **{
            name: getattr(layers, name).set_crs(nameless, allow_override=True)
            for name in ("buildings", "households", *AS_THEY_ARE)
        },
    )
    settled = replace(
        ledger,
        buildings=ledger.buildings.set_crs(nameless, allow_override=True),
        households=ledger.households.set_crs(nameless, allow_override=True),
    )
    datasets = [import_layers(session, moved, settled, source=name) for name in ("one", "two")]
    srids = session.execute(text("SELECT DISTINCT metric_srid FROM gridmap.dataset")).scalars()
    assert [srid >= 910_000 for srid in srids] == [True]
    found, _ = read_layers(session, datasets[1])
    assert found.metric_crs == nameless
    assert_same(found.communities, moved.communities)


def test_two_imports_into_one_database_queue(engine: Engine, world: World) -> None:
    with sessions(engine).begin() as first, engine.connect() as second:
        import_layers(first, *world, source="first")
        lock = text("SELECT pg_try_advisory_xact_lock(:key)")
        assert second.execute(lock, {"key": 0x696D_706F}).scalar() is False


def test_an_import_that_fails_half_way_leaves_nothing(engine: Engine, world: World) -> None:
    layers, ledger = world
    torn = replace(ledger, households=ledger.households.assign(placed_by="nobody"))
    with (
        pytest.raises(Exception, match="placed_by_known"),
        sessions(engine).begin() as session,
    ):
        import_layers(session, layers, torn, source="torn")
    with engine.connect() as connection:
        for table in ("dataset", "building", "household", "fault"):
            count = connection.execute(text(f"SELECT count(*) FROM gridmap.{table}"))  # noqa: S608
            assert count.scalar() == 0


def test_the_middle_of_a_building_is_stored_with_it(session: Session, dataset: int) -> None:
    inside = text("SELECT bool_and(ST_Intersects(geom, anchor)) FROM gridmap.building")
    assert session.execute(inside).scalar() is True
    assert np.isfinite(dataset)


def test_one_layer_comes_alone(session: Session, dataset: int, world: World) -> None:
    assert_same(read_layer(session, dataset, "roads"), world[0].roads)


def test_buildings_are_counted_by_community(session: Session, dataset: int) -> None:
    assert count_buildings(session, dataset) == 7
    assert count_buildings(session, dataset, communities=[B]) == 2


def test_an_import_is_found_by_its_source(session: Session, dataset: int) -> None:
    assert imported_from(session, "a drawing") == dataset
    assert imported_from(session, "another") is None
