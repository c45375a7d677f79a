"""`gridmap import` stopped midway: the version before stays in force, and the next one works."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.cli.command import Command
from tests.cli.village import HOUSES, rename_street

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


def stop_at(table: str, stored: Command, folder: Path, stop: Callable[[BaseProcess], None]) -> int:
    """Start an import, stop it when it comes to a table, and give its exit code."""
    url = stored.environment["GRIDMAP_DATABASE_URL"]
    with stopped_at(table, url) as connection, psycopg.connect(url, autocommit=True) as watch:
        (here,) = watch.execute(HERE).fetchone() or (0,)
        process = stored.start("import", folder)
        while process.is_alive() and watch.execute(WAITING, [here]).fetchone() == (0,):
            process.join(TURN_S)
        assert process.is_alive(), "it was over before it came to the table"
        stop(process)
        process.join()
        connection.rollback()
    assert process.exitcode is not None
    return process.exitcode


def press_ctrl_c(process: BaseProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGINT)


def imported(url: str) -> list[tuple[object, ...]]:
    """List the datasets and how many buildings each has, once no import is under way."""
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE gridmap.dataset IN ACCESS EXCLUSIVE MODE")
        return connection.execute(
            "SELECT d.id, d.state, count(b.dataset_id) FROM gridmap.dataset d"
            " LEFT JOIN gridmap.building b ON b.dataset_id = d.id GROUP BY d.id ORDER BY d.id"
        ).fetchall()


@pytest.fixture
def newer(village: Path, tmp_path: Path) -> Path:
    """Give the next version of the village."""
    return rename_street(village, tmp_path / "newer", "新石板街")


@pytest.mark.parametrize("table", ["dataset", "community", "building", "road", "layer_version"])
def test_a_killed_import_was_never_there_and_the_next_one_works(
    stored: Command, village: Path, newer: Path, table: str
) -> None:
    url = stored.environment["GRIDMAP_DATABASE_URL"]
    assert stored("import", village).code == 0
    before = imported(url)
    assert [row[1:] for row in before] == [("complete", HOUSES)]
    stop_at(table, stored, newer, BaseProcess.kill)
    assert imported(url) == before
    assert stored("import", village, "--json").document["changed"] is False
    assert stored("import", newer).code == 0
    assert [row[1:] for row in imported(url)] == 2 * [("complete", HOUSES)]
    assert stored("plan", "--all").code == 0
    assert stored("audit").code == 0


def test_ctrl_c_leaves_the_version_before_in_force(
    stored: Command, village: Path, newer: Path
) -> None:
    url = stored.environment["GRIDMAP_DATABASE_URL"]
    stored("import", village)
    before = imported(url)
    assert stop_at("building", stored, newer, press_ctrl_c) == 130
    assert imported(url) == before
    assert stored("import", newer, "--json").document["changed"] is True


def test_a_database_that_goes_away_is_told_in_one_sentence(
    stored: Command, village: Path, newer: Path
) -> None:
    url = stored.environment["GRIDMAP_DATABASE_URL"]
    stored("import", village)
    before = imported(url)

    def cut_off(_process: BaseProcess) -> None:
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())"
            )

    assert stop_at("building", stored, newer, cut_off) == 2
    (sentence,) = stored.said().splitlines()
    assert "nothing was stored" in sentence
    assert imported(url) == before
