"""A backup holds everything, and a restore puts all of it back or changes nothing."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from gridmap.errors import StoreError
from gridmap.layers.decisions import Decision
from gridmap.layers.ledger import Ledger
from gridmap.plan.model import Draft
from gridmap.schema import Layers
from gridmap.store.archive import backup, restore
from gridmap.store.audit import audit_version
from gridmap.store.datasets import latest_dataset, read_balance
from gridmap.store.decisions import add_decisions, read_decisions
from gridmap.store.households import read_bin, read_reads
from gridmap.store.imports import import_layers
from gridmap.store.mappings import read_mappings, remember_mappings
from gridmap.store.plans import add_draft, latest_version
from gridmap.store.session import open_engine, sessions
from gridmap.store.versions import read_versions

World = tuple[Layers, Ledger]
DECIDED = (Decision("waive", "H7", reason="空户", by="李"),)
CONFIRMED = {("households", "abc"): {"columns": {"household_id": "户编号"}}}


def imports(url: str) -> int:
    """Count the imports in a database, newest number."""
    engine = open_engine(url)
    with sessions(engine)() as session:
        newest = latest_dataset(session)
    engine.dispose()
    return newest


@pytest.fixture
def planned(engine: Engine, world: World, draft: Draft) -> Engine:
    """Give a database with an import and a plan, committed."""
    with sessions(engine).begin() as session:
        add_draft(session, import_layers(session, *world, source="kept"), draft)
        add_decisions(session, DECIDED)
        remember_mappings(session, CONFIRMED)
        read_bin(session, 1, "conflict", who="李", why="核对")
    return engine


def test_what_was_backed_up_comes_back_and_what_came_after_is_gone(
    planned: Engine, database_url: str, world: World, tmp_path: Path
) -> None:
    backup(database_url, tmp_path / "all.backup")
    with sessions(planned).begin() as session:
        import_layers(session, *world, source="later")
    planned.dispose()
    assert imports(database_url) == 2
    restore(database_url, tmp_path / "all.backup")
    assert imports(database_url) == 1
    with sessions(planned).begin() as session:
        assert read_balance(session, 1) == world[1].balance
        assert audit_version(session, latest_version(session)).passes
        assert tuple(read_decisions(session)) == DECIDED
        assert read_mappings(session) == CONFIRMED
        assert [one.who for one in read_reads(session)] == ["李"]
        assert [version.dataset for version in read_versions(session)] == [1]


def test_the_guards_come_back_too(
    planned: Engine, database_url: str, draft: Draft, tmp_path: Path
) -> None:
    backup(database_url, tmp_path / "all.backup")
    planned.dispose()
    restore(database_url, tmp_path / "all.backup")
    wrong = draft.grids.assign(households=99)
    with (
        pytest.raises(StoreError, match="says 2 buildings, 99 households"),
        sessions(planned).begin() as session,
    ):
        add_draft(session, 1, Draft(**{**vars_of(draft), "grids": wrong}))


def vars_of(draft: Draft) -> dict[str, object]:
    return {name: getattr(draft, name) for name in draft.__slots__}


def test_a_restore_cuts_off_who_is_connected(
    planned: Engine, database_url: str, tmp_path: Path
) -> None:
    backup(database_url, tmp_path / "all.backup")
    with planned.connect() as connection:
        restore(database_url, tmp_path / "all.backup")
        connection.invalidate()
    assert imports(database_url) == 1


@pytest.mark.parametrize("damage", ["cut short", "something else", "empty", "missing"])
def test_a_damaged_backup_changes_nothing(
    planned: Engine, database_url: str, tmp_path: Path, damage: str
) -> None:
    file = tmp_path / "all.backup"
    backup(database_url, file)
    whole = file.read_bytes()
    file.write_bytes(
        {"cut short": whole[: len(whole) // 2], "something else": b"PK\3\4"}.get(damage, b"")
    )
    if damage == "missing":
        file.unlink()
    with pytest.raises(StoreError, match=r"as it was|not a backup"):
        restore(database_url, file)
    with sessions(planned)() as session:
        assert latest_dataset(session) == 1


def test_a_backup_of_another_database_is_refused(
    planned: Engine, database_url: str, tmp_path: Path
) -> None:
    other = make_url(database_url).set(database="postgres")
    backup(other.render_as_string(hide_password=False), tmp_path / "other.backup")
    with pytest.raises(StoreError, match="not a backup of gridmap"):
        restore(database_url, tmp_path / "other.backup")
    with sessions(planned)() as session:
        assert latest_dataset(session) == 1


def test_a_failed_backup_leaves_the_older_one(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "all.backup"
    file.write_text("older")
    nowhere = make_url(database_url).set(database="nowhere")
    with pytest.raises(StoreError, match="failed"):
        backup(nowhere.render_as_string(hide_password=False), file)
    assert file.read_text() == "older"
    assert list(tmp_path.iterdir()) == [file]


def test_a_backup_is_its_owners_to_read(database_url: str, tmp_path: Path) -> None:
    backup(database_url, tmp_path / "all.backup")
    assert (tmp_path / "all.backup").stat().st_mode & 0o777 == 0o600
