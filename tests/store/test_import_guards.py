"""The database refuses every wrong import, and every change to one; each test breaks one thing."""

from dataclasses import replace

import pytest
from shapely import LineString
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmap.errors import StoreError
from gridmap.layers.balance import BalanceSheet
from gridmap.layers.ledger import Ledger
from gridmap.schema import Layers
from gridmap.store.imports import import_layers
from gridmap.store.session import check_now
from tests.store.world import B, put

World = tuple[Layers, Ledger]


def refused(session: Session, layers: Layers, ledger: Ledger) -> str:
    """Import what must not be, and give the name of what refuses it."""
    with pytest.raises(StoreError) as refusal:
        import_layers(session, layers, ledger, source="wrong")
    error = refusal.value.__cause__
    origin = error.orig if isinstance(error, IntegrityError) else error
    return str(origin.diag.constraint_name)  # type: ignore[union-attr]


def recounted(ledger: Ledger, **changes: object) -> BalanceSheet:
    return replace(ledger.balance, **changes)  # type: ignore[arg-type]


def rebinned(ledger: Ledger, household: str, **columns: object) -> Ledger:
    """Give the ledger with one household told otherwise."""
    households = ledger.households.copy()
    for name, value in columns.items():
        households.loc[household, name] = value
    return replace(ledger, households=households)


def test_bins_that_do_not_add_up_to_the_ledger(session: Session, world: World) -> None:
    layers, ledger = world
    wrong = replace(ledger, balance=recounted(ledger, ledger_households=12))
    assert refused(session, layers, wrong) == "bins_add_up_to_ledger"


@pytest.mark.parametrize("figure", ["households", "persons"])
def test_a_bin_that_says_other_than_its_rows(session: Session, world: World, figure: str) -> None:
    layers, ledger = world
    told = getattr(ledger.balance, figure)
    moved = {**told, "no_place": told["no_place"] - 1, "waived": 1}
    wrong = replace(ledger, balance=recounted(ledger, **{figure: moved}))
    assert refused(session, layers, wrong) == "rows_add_up_to_bins"


def test_a_building_that_counts_others_than_live_in_it(session: Session, world: World) -> None:
    layers, ledger = world
    buildings = ledger.buildings.copy()
    buildings.loc["A1", "households"] += 1
    wrong = replace(ledger, buildings=buildings)
    assert refused(session, layers, wrong) == "building_counts_its_households"


def test_a_household_placed_twice(session: Session, world: World) -> None:
    layers, ledger = world
    wrong = rebinned(ledger, "H5", bin="placed", placed_in="B2", placed_by="building")
    assert refused(session, layers, wrong) == "uq_household_placed_once"


def test_a_household_placed_in_a_building_nobody_drew(session: Session, world: World) -> None:
    layers, ledger = world
    wrong = rebinned(ledger, "H9", placed_in="Z9")
    assert refused(session, layers, wrong) == "fk_household_dataset_id_placed_in"


def test_a_household_of_a_community_nobody_drew(session: Session, world: World) -> None:
    layers, ledger = world
    wrong = rebinned(ledger, "H9", community_code="999")
    assert refused(session, layers, wrong) == "fk_household_dataset_id_community_code"


@pytest.mark.parametrize(
    ("household", "columns", "rule"),
    [
        ("H9", {"placed_in": ""}, "placed_somewhere"),
        ("H7", {"placed_in": "A1"}, "placed_somewhere"),
        ("H9", {"placed_by": ""}, "placed_somehow"),
        ("H9", {"placed_by": "guess"}, "placed_by_known"),
        ("H7", {"bin": "lost"}, "bin_known"),
        ("H7", {"persons": -1}, "persons_counted"),
    ],
)
def test_a_household_that_cannot_be(
    session: Session, world: World, household: str, columns: dict[str, object], rule: str
) -> None:
    layers, ledger = world
    wrong = rebinned(ledger, household, **columns)
    assert refused(session, layers, wrong) == f"ck_household_{rule}"


def test_a_building_that_is_a_line(session: Session, world: World) -> None:
    layers, ledger = world
    buildings = layers.buildings.copy()
    buildings.loc[["A1"], "geometry"] = put(LineString([(0, 0), (9, 9)]))
    assert refused(session, replace(layers, buildings=buildings), ledger) == "ck_building_shape"


def test_a_building_of_a_community_nobody_drew(session: Session, world: World) -> None:
    layers, ledger = world
    buildings = layers.buildings.copy()
    buildings.loc["A1", "community_code"] = "999"
    wrong = replace(layers, buildings=buildings)
    assert refused(session, wrong, ledger) == "fk_building_dataset_id_community_code"


def test_an_empty_home_with_households_in_it(session: Session, world: World) -> None:
    layers, ledger = world
    vacant = recounted(ledger, residential_without_households=("A1",))
    wrong = replace(ledger, balance=vacant)
    assert refused(session, layers, wrong) == "ck_building_vacant_is_empty"


def test_two_communities_of_one_code(session: Session, world: World) -> None:
    layers, ledger = world
    twice = layers.communities.rename(index=lambda _: B)
    wrong = replace(layers, communities=twice)
    assert refused(session, wrong, ledger) == "uq_community_dataset_id_code"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE gridmap.building SET households = households + 1",
        "UPDATE gridmap.household SET persons = 0",
        "UPDATE gridmap.community SET geom = ST_Multi(ST_Envelope(geom))",
        "DELETE FROM gridmap.household WHERE household_id = 'H9'",
        "DELETE FROM gridmap.building",
        "DELETE FROM gridmap.balance WHERE bin = 'waived'",
        "INSERT INTO gridmap.link SELECT dataset_id, 99, 1, 'l9', '', geom FROM gridmap.link",
    ],
)
def test_an_import_is_never_edited(session: Session, dataset: int, change: str) -> None:
    with pytest.raises(IntegrityError, match=r"written once|not edited"):
        session.execute(text(change))
    assert dataset


def test_an_import_that_is_not_finished_cannot_stay(session: Session, dataset: int) -> None:
    session.execute(text("UPDATE gridmap.dataset SET state = 'importing'"))
    with pytest.raises(StoreError, match="complete or not at all"):
        check_now(session)
    assert dataset


def test_an_import_goes_with_everything_in_it(session: Session, dataset: int) -> None:
    session.execute(text("DELETE FROM gridmap.dataset WHERE id = :dataset"), {"dataset": dataset})
    check_now(session)
    for table in ("building", "household", "community", "road", "fault", "balance"):
        count = session.execute(text(f"SELECT count(*) FROM gridmap.{table}"))  # noqa: S608
        assert count.scalar() == 0
