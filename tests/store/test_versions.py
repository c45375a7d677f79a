"""An import that changes nothing is not written; every other one says what it changed."""

from dataclasses import replace

import geopandas as gpd
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridmap.errors import StoreError
from gridmap.layers.decisions import Decision, Decisions
from gridmap.layers.ledger import Ledger, settle_households
from gridmap.rules import Rules
from gridmap.schema import Layers
from gridmap.store.fingerprints import import_fingerprint, layer_fingerprints
from gridmap.store.households import read_bin
from gridmap.store.imports import Imported, import_changes
from gridmap.store.layers import read_layers
from gridmap.store.session import check_now
from gridmap.store.versions import dataset_in_force, read_versions
from tests.store.world import draw_world

World = tuple[Layers, Ledger]
WAIVED = Decisions((Decision("waive", "H1", reason="空户", by="李规划"),))


def bring_in(session: Session, layers: Layers, ledger: Ledger) -> Imported:
    return import_changes(session, layers, ledger, source="a folder")


def renamed(layers: Layers, layer: str, name: str) -> Layers:
    frame = getattr(layers, layer)
    changed = frame.assign(name=[name, *frame["name"].iloc[1:]])
    return replace(layers, **{layer: changed})


def rows(session: Session) -> list[int]:
    tables = ("dataset", "layer_version", "building", "household", "fault", "balance")
    counts = (session.execute(text(f"SELECT count(*) FROM gridmap.{t}")) for t in tables)  # noqa: S608
    return [int(count.scalar_one()) for count in counts]


def test_the_same_again_writes_no_row_and_stays_in_force(session: Session) -> None:
    first = bring_in(session, *draw_world())
    before = rows(session)
    again = bring_in(session, *draw_world())
    assert (first.changed, again) == (True, Imported(first.dataset, changed=False))
    assert rows(session) == before


def test_another_name_of_one_building_is_a_new_version(session: Session, world: World) -> None:
    first = bring_in(session, *world)
    layers = renamed(world[0], "buildings", "新楼")
    second = bring_in(session, layers, settle_households(layers, rules=Rules()))
    assert second.changed
    newest, oldest = read_versions(session)
    assert (newest.dataset, oldest.dataset) == (second.dataset, first.dataset)
    assert newest.changed == ("buildings",)
    assert newest.layers["buildings"].unchanged_since is None
    assert newest.layers["roads"].unchanged_since == first.dataset


def test_a_layer_is_unchanged_since_the_first_import_that_brought_it(
    session: Session, world: World
) -> None:
    first = bring_in(session, *world)
    for name in ("一", "二"):
        layers = renamed(world[0], "buildings", name)
        bring_in(session, layers, settle_households(layers, rules=Rules()))
    assert {one.unchanged_since for name, one in read_versions(session)[0].layers.items()} == {
        None,
        first.dataset,
    }


def test_an_older_version_stays_readable_after_a_newer_one(session: Session, world: World) -> None:
    first = bring_in(session, *world)
    layers = renamed(world[0], "roads", "新路")
    bring_in(session, layers, settle_households(layers, rules=Rules()))
    old, _ = read_layers(session, first.dataset)
    assert list(old.roads["name"]) == list(world[0].roads["name"])
    newest = dataset_in_force(session)
    assert newest is not None
    assert newest.id != first.dataset


def test_going_back_to_older_data_is_a_change_too(session: Session, world: World) -> None:
    first = bring_in(session, *world)
    layers = renamed(world[0], "roads", "新路")
    bring_in(session, layers, settle_households(layers, rules=Rules()))
    back = bring_in(session, *world)
    assert back.changed
    assert back.dataset > first.dataset


def test_a_waiver_makes_a_version_although_no_layer_changed(session: Session, world: World) -> None:
    bring_in(session, *world)
    waived = settle_households(world[0], rules=Rules(), decisions=WAIVED)
    assert bring_in(session, world[0], waived).changed
    assert read_versions(session)[0].changed == ()


def test_another_rule_makes_a_version_when_it_settles_otherwise(
    session: Session, world: World
) -> None:
    bring_in(session, *world)
    crowded = settle_households(world[0], rules=Rules(persons_per_household=4.0))
    assert bring_in(session, world[0], crowded).changed
    same = settle_households(world[0], rules=Rules(persons_per_household=4.0, target=450))
    assert not bring_in(session, world[0], same).changed


def test_a_layer_that_is_there_no_longer_is_named(session: Session, world: World) -> None:
    bring_in(session, *world)
    layers = replace(world[0], railways=world[0].railways.iloc[:0])
    bring_in(session, layers, settle_households(layers, rules=Rules()))
    assert read_versions(session)[0].changed == ("railways",)


def test_the_rows_and_the_file_of_every_layer_are_listed(session: Session, world: World) -> None:
    layers = replace(world[0], files={"buildings": "楼.gpkg"})
    bring_in(session, layers, world[1])
    (version,) = read_versions(session)
    held = version.layers
    assert (held["buildings"].rows, held["buildings"].file) == (7, "楼.gpkg")
    assert (held["households"].rows, held["households"].file) == (11, "")
    assert "walls" not in held
    assert (version.source, version.changed) == ("a folder", tuple(sorted(held)))


def test_before_the_first_import_nothing_is_in_force(session: Session) -> None:
    assert dataset_in_force(session) is None
    assert read_versions(session) == []


@pytest.mark.usefixtures("dataset")
@pytest.mark.parametrize(
    "change", ["DELETE FROM gridmap.layer_version", "UPDATE gridmap.layer_version SET rows = 0"]
)
def test_what_a_version_held_is_never_edited(session: Session, change: str) -> None:
    with pytest.raises(DBAPIError, match=r"written once|is not edited"):
        session.execute(text(change))


def test_an_old_version_may_be_deleted_whole(session: Session, world: World) -> None:
    first = bring_in(session, *world)
    layers = renamed(world[0], "roads", "新路")
    second = bring_in(session, layers, settle_households(layers, rules=Rules()))
    read_bin(session, first.dataset, "placed", who="李", why="核对")
    session.execute(text("DELETE FROM gridmap.dataset WHERE id = :id"), {"id": first.dataset})
    check_now(session)
    assert [version.dataset for version in read_versions(session)] == [second.dataset]


def test_an_import_that_is_refused_leaves_the_one_before_in_force(
    session: Session, world: World
) -> None:
    first = bring_in(session, *world)
    torn = replace(world[1], households=world[1].households.assign(placed_by="nobody"))
    with pytest.raises(StoreError), session.begin_nested():
        bring_in(session, world[0], torn)
    assert [version.dataset for version in read_versions(session)] == [first.dataset]


def test_fingerprints_heed_values_and_not_how_a_frame_holds_them(world: World) -> None:
    layers, ledger = world
    told = layer_fingerprints(layers)
    again = draw_world()[0]
    typed = again.buildings.astype({"name": "object", "address": "object"})
    assert layer_fingerprints(replace(again, buildings=typed)) == told
    assert import_fingerprint(*draw_world(), told) == import_fingerprint(layers, ledger, told)


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.assign(row=frame["row"] + 1),
        lambda frame: frame.assign(floors=7.0),
        lambda frame: frame.iloc[::-1],
        lambda frame: frame.rename(index={"A1": "A9"}),
        lambda frame: frame.set_geometry(frame.geometry.translate(0.0001, 0)),
    ],
)
def test_every_change_of_a_frame_changes_its_fingerprint(world: World, change: object) -> None:
    layers, _ = world
    changed: gpd.GeoDataFrame = change(layers.buildings)  # type: ignore[operator]
    before = layer_fingerprints(layers)
    after = layer_fingerprints(replace(layers, buildings=changed))
    assert [name for name in before if before[name] != after[name]] == ["buildings"]


def test_a_building_in_another_community_is_no_change_of_its_own_layer(world: World) -> None:
    layers, _ = world
    moved = replace(layers, buildings=layers.buildings.assign(community_code=""))
    assert layer_fingerprints(moved) == layer_fingerprints(layers)
