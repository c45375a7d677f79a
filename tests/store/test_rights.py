"""Rights in the database: an account reads what is its own, whatever a query asks for."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import URL, Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from gridmap.errors import StoreError
from gridmap.plan.model import Draft
from gridmap.store.accounts import Account, add_account, disable
from gridmap.store.households import read_bin, read_reads
from gridmap.store.plans import add_draft
from gridmap.store.rights import act_as, require_service_role
from gridmap.store.session import open_engine, sessions
from gridmap.store.tables import Role
from tests.store.world import GRIDS, A, B

PASSWORD = "spring rain on tiles"  # noqa: S105 (of nobody)
HOUSES = {A: {"A1", "A2", "A3", "A4"}, B: {"B1", "B2"}}
IN_GRID = {"a1": {"A1", "A2"}, "a2": {"A3", "A4"}, "b1": {"B1", "B2"}}


def add(session: Session, role: Role, *areas: str, name: str = "") -> Account:
    return add_account(session, name or role, PASSWORD, role, areas=areas or None)


@contextmanager
def acting(session: Session, account: Account) -> Iterator[Session]:
    """Act as an account, and be the owner again."""
    with session.begin_nested() as within:
        act_as(session, account)
        yield session
        within.rollback()


def put_in_force(session: Session, version: int, day: str) -> None:
    """Let a version be in force from a day on, past the gate."""
    for step in ("submitted", "approved", "published"):
        session.execute(
            text("INSERT INTO gridmap.version_step VALUES (:id, :step, 'li', now(), 'command')"),
            {"id": version, "step": step},
        )
    session.execute(
        text(
            "INSERT INTO gridmap.publication SELECT version_id, community_code, :day"
            " FROM gridmap.plan_community WHERE version_id = :id"
        ),
        {"id": version, "day": day},
    )


@pytest.fixture
def published(session: Session, version: int) -> int:
    put_in_force(session, version, "2026-01-01T00:00Z")
    return version


def column(session: Session, query: str) -> list[object]:
    return list(session.execute(text(query)).scalars())


def homes(session: Session) -> list[object]:
    return column(session, "SELECT placed_in FROM gridmap.household WHERE placed_in IS NOT NULL")


@pytest.mark.parametrize("grid", sorted(GRIDS))
def test_a_worker_reads_households_of_their_own_grid_and_of_no_other(
    session: Session, published: int, grid: str
) -> None:
    assert published
    everything = homes(session)
    with acting(session, add(session, "worker", GRIDS[grid])):
        own = homes(session)
    assert sorted(map(str, own)) == sorted(str(at) for at in everything if at in IN_GRID[grid])
    assert 0 < len(own) < len(everything)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT household_id FROM gridmap.household WHERE placed_in = 'B2'",
        "SELECT household_id FROM gridmap.household WHERE community_code = '440305001002' OR true",
        "SELECT household_id FROM gridmap.assignment JOIN gridmap.household ON true",
        "TABLE gridmap.household",
        "SELECT household_id FROM gridmap.household WHERE placed_in IS NULL",
        "SELECT building_id FROM gridmap.building WHERE building_id LIKE 'B%'",
        "SELECT code FROM gridmap.grid WHERE code <> '440305001001001'",
        "SELECT building_id FROM gridmap.assignment WHERE grid_code <> '440305001001001'",
        "SELECT worker_id FROM gridmap.worker",
        "SELECT fields ->> 'building' FROM gridmap.fault",
    ],
)
def test_however_a_worker_asks_nothing_of_another_grid_is_there(
    session: Session, published: int, query: str
) -> None:
    assert published
    assert session.execute(text(query)).all() != []
    with acting(session, add(session, "worker", GRIDS["a1"])):
        found = {str(value) for row in session.execute(text(query)) for value in row}
    elsewhere = {
        "p1",
        "p2",
        "H4",
        "H5",
        "H7",
        "H9",
        "A3",
        "A4",
        "B1",
        "B2",
        GRIDS["a2"],
        GRIDS["b1"],
    }
    assert found & elsewhere == set()


@pytest.mark.parametrize("role", ["planner", "approver", "dispatcher"])
def test_who_acts_in_a_community_reads_it_and_no_other(
    session: Session, version: int, role: Role
) -> None:
    assert version
    with acting(session, add(session, role, A)):
        assert set(homes(session)) == {"A1", "A2", "A3", "A4"}
        assert set(column(session, "SELECT building_id FROM gridmap.building")) == HOUSES[A]
        assert set(column(session, "SELECT code FROM gridmap.grid")) == {GRIDS["a1"], GRIDS["a2"]}
        assert set(column(session, "SELECT building_id FROM gridmap.assignment")) == HOUSES[A]


@pytest.mark.parametrize("role", ["leader", "admin"])
def test_who_needs_only_figures_reads_no_household(
    session: Session, version: int, role: Role
) -> None:
    assert version
    with acting(session, add(session, role)):
        assert column(session, "SELECT household_id FROM gridmap.household") == []
        assert set(column(session, "SELECT code FROM gridmap.grid")) == set(GRIDS.values())


def test_who_acts_everywhere_also_reads_what_has_no_place(session: Session, version: int) -> None:
    assert version
    count = "SELECT count(*) FROM gridmap.household"
    total = column(session, count)
    with acting(session, add(session, "dispatcher")):
        assert column(session, count) == total
        assert "O1" in column(session, "SELECT building_id FROM gridmap.building")


@pytest.mark.parametrize("who", ["nobody", "disabled", "without areas", "worker without a plan"])
def test_who_acts_nowhere_reads_nothing(session: Session, dataset: int, who: str) -> None:
    assert dataset
    account = Account(0, "", "planner")
    if who == "disabled":
        add(session, "admin")
        account = add(session, "planner", A, name="gone")
        disable(session, "gone")
    elif who == "without areas":
        account = add_account(session, "idle", PASSWORD, "planner", areas=[])
    elif who == "worker without a plan":
        account = add(session, "worker", GRIDS["a1"])
    with acting(session, account):
        for table in ("household", "building", "grid", "assignment"):
            assert column(session, f"SELECT count(*) FROM gridmap.{table}") == [0]  # noqa: S608


def test_no_account_at_all_reads_nothing(session: Session, version: int) -> None:
    assert version
    session.execute(text("SET LOCAL ROLE gridmap_service"))
    assert homes(session) == []


def test_a_worker_answers_for_the_grid_that_is_in_force(
    session: Session, dataset: int, draft: Draft
) -> None:
    worker = add(session, "worker", GRIDS["a1"])
    other = {GRIDS["a1"]: GRIDS["a2"], GRIDS["a2"]: GRIDS["a1"]}
    swapped = replace(
        draft,
        grids=draft.grids.rename(index=other).replace({"enclosed_by": other}),
        assignment=draft.assignment.replace({"grid_code": other}),
    )
    first, second, third = (add_draft(session, dataset, one) for one in (draft, swapped, draft))
    seen = []
    for version, day in (
        (0, ""),
        (first, "2026-01-01"),
        (second, "2026-02-01"),
        (third, "2999-01-01"),
    ):
        if version:
            put_in_force(session, version, day)
        with acting(session, worker):
            seen.append(set(homes(session)))
    assert seen == [set(), {"A1", "A2"}, {"A3", "A4"}, {"A3", "A4"}]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT password_hash FROM gridmap.account",
        "SELECT code FROM gridmap.account_area",
        "SELECT token_hash FROM gridmap.sign_in",
        "SELECT token_hash FROM gridmap.api_token",
        "SELECT who FROM gridmap.household_read",
        "UPDATE gridmap.household SET persons = 0",
        "DELETE FROM gridmap.building",
        "UPDATE gridmap.grid SET worker = 'me'",
        "INSERT INTO gridmap.account_area VALUES (1, 'x')",
    ],
)
def test_who_acts_neither_reads_accounts_nor_writes(
    session: Session, version: int, query: str
) -> None:
    assert version
    with (
        pytest.raises(ProgrammingError) as refused,
        acting(session, add(session, "planner")),
    ):
        session.execute(text(query))
    assert isinstance(refused.value.orig, InsufficientPrivilege)


def test_a_read_of_households_is_written_down_under_the_readers_rights(
    session: Session, dataset: int
) -> None:
    planner = add(session, "planner", B)
    act_as(session, planner)
    rows = read_bin(session, dataset, "placed", who=planner.name, why="a visit")
    assert set(rows["placed_in"]) == {"B2"}
    session.execute(text("RESET ROLE"))
    assert [(read.who, read.households) for read in read_reads(session)] == [("planner", 1)]


def test_nobody_signs_a_read_with_anothers_name(session: Session, dataset: int) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        acting(session, add(session, "planner", B)),
    ):
        read_bin(session, dataset, "placed", who="somebody else", why="a visit")


def test_acting_ends_with_the_transaction(engine: Engine) -> None:
    makes_sessions = sessions(engine)
    who = text("SELECT current_user, current_setting('gridmap.account', true)")
    with makes_sessions.begin() as session:
        owner = session.scalar(text("SELECT current_user"))
        act_as(session, add(session, "planner", A))
        assert session.execute(who).one()[0] == "gridmap_service"
    with makes_sessions.begin() as session:
        assert tuple(session.execute(who).one()) in {(owner, ""), (owner, None)}


@pytest.fixture
def county(postgis_url: str) -> Iterator[tuple[psycopg.Connection, URL]]:
    """Give a database of an owner who may not make roles, and its administrator."""
    name, password = f"test_{secrets.token_hex(6)}", secrets.token_hex(8)
    place = make_url(postgis_url).set(drivername="postgresql", database="postgres")
    with psycopg.connect(place.render_as_string(hide_password=False), autocommit=True) as server:
        server.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        server.execute(f"CREATE DATABASE {name} OWNER {name}")
        inside = place.set(database=name).render_as_string(hide_password=False)
        with psycopg.connect(inside, autocommit=True) as database:
            database.execute("CREATE EXTENSION postgis")
        yield server, place.set(username=name, password=password, database=name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        server.execute(f"DROP ROLE {name}")


def test_an_owner_who_may_not_make_roles_is_told_what_to_ask_for(
    template_database: str, county: tuple[psycopg.Connection, URL]
) -> None:
    assert template_database  # its migration has made the role, for the whole server
    server, url = county
    engine = open_engine(url.render_as_string(hide_password=False))
    with sessions(engine).begin() as session:
        with pytest.raises(StoreError, match=f"GRANT gridmap_service TO {url.username};"):
            require_service_role(session)
        add(session, "planner", A)
    server.execute(f"GRANT gridmap_service TO {url.username}")
    with sessions(engine).begin() as session:
        require_service_role(session)
        act_as(session, Account(1, "planner", "planner"))
        assert column(session, "SELECT current_user") == ["gridmap_service"]
        assert homes(session) == []
    engine.dispose()
