"""`gridmap demo` with its own cluster in .gridmap/, twice; and the `db` commands on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.cli.conftest import command_in

pytestmark = [
    pytest.mark.usefixtures("postgis_installed"),
    pytest.mark.xdist_group("private cluster"),
]


@pytest.fixture(scope="module")
def desk(server_folder: Path) -> Iterator[Command]:
    """Give the command in a folder where it starts a cluster of its own."""
    folder = server_folder / "desk"
    folder.mkdir()
    command = command_in(folder)
    yield command
    command("db", "stop")


def test_the_demo_runs_and_a_second_time_starts_from_what_is_there(desk: Command) -> None:
    first = desk("demo")
    assert (first.code, first.err) == (0, "")
    lines = first.out.splitlines()
    assert len(lines) <= 12
    assert "The audit passes" in first.out
    page = (desk.folder / "coverage.html").read_bytes()

    again = desk("demo")
    assert (again.code, again.err) == (0, "")
    assert again.out.splitlines()[:-2] == lines[:-2]  # then passwords, and how long it took
    assert "planner" in lines[-2]
    password = lines[-2].split()[2].rstrip(",")
    assert password not in again.out
    assert (desk.folder / "coverage.html").read_bytes() == page


def test_the_private_cluster_is_started_on_first_need_and_stopped_on_demand(desk: Command) -> None:
    assert desk("db", "url").out.startswith("postgresql://")
    assert "runs" in desk("db", "status").out
    assert desk("db", "stop").code == 0
    assert "does not run" in desk("db", "status").out
    assert desk("db", "start").code == 0
    assert "runs" in desk("db", "status").out
