"""`gridmap import` killed in the middle: the database is as before, and the next import works."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.cli.command import Command
from tests.cli.village import HOUSES

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = %s"
HERE = "SELECT oid FROM pg_database WHERE datname = current_database()"
TURN_S = 0.01


@contextmanager
def stopped_at(table: str, url: str) -> Iterator[psycopg.Connection]:
    """Let nobody touch a table, so that an import stops there and waits."""
    with psycopg.connect(url) as connection:
        lock = sql.SQL("LOCK TABLE gridmap.{} IN ACCESS EXCLUSIVE MODE")
        connection.execute(lock.format(sql.Identifier(table)))
        yield connection


def kill_at(table: str, stored: Command, village: Path) -> None:
    url = stored.environment["GRIDMAP_DATABASE_URL"]
    with stopped_at(table, url) as connection, psycopg.connect(url, autocommit=True) as watch:
        (here,) = watch.execute(HERE).fetchone() or (0,)
        process = stored.start("import", village)
        while process.is_alive() and watch.execute(WAITING, [here]).fetchone() == (0,):
            process.join(TURN_S)
        assert process.is_alive(), "it was over before it came to the table"
        process.kill()
        process.join()
        connection.rollback()


def imported(url: str) -> list[tuple[object, ...]]:
    """List the datasets and how many buildings each has, once no import is under way."""
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE gridmap.dataset IN ACCESS EXCLUSIVE MODE")
        return connection.execute(
            "SELECT d.id, d.state, count(b.dataset_id) FROM gridmap.dataset d"
            " LEFT JOIN gridmap.building b ON b.dataset_id = d.id GROUP BY d.id ORDER BY d.id"
        ).fetchall()


@pytest.mark.parametrize("table", ["dataset", "community", "building", "road"])
def test_a_killed_import_was_never_there_and_the_next_one_works(
    stored: Command, village: Path, table: str
) -> None:
    url = stored.environment["GRIDMAP_DATABASE_URL"]
    assert stored("import", village).code == 0
    before = imported(url)
    assert [row[1:] for row in before] == [("complete", HOUSES)]
    kill_at(table, stored, village)
    assert imported(url) == before
    assert stored("import", village).code == 0
    assert [row[1:] for row in imported(url)] == 2 * [("complete", HOUSES)]
    assert stored("plan", "--all").code == 0
    assert stored("audit").code == 0
