"""What the tests of the command line share: the command, a village, a plan of it."""

import os
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.cli.command import Command
from tests.cli.village import write_village

KEPT = ("PATH", "HOME", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")


def command_in(folder: Path, **environment: str) -> Command:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return Command(folder, {**kept, "GRIDMAP_LANG": "en", **environment})


@pytest.fixture
def gridmap(tmp_path: Path) -> Command:
    """Give the command in an empty folder; there is no database it could reach."""
    folder = tmp_path / "work"
    folder.mkdir()
    return command_in(folder, GRIDMAP_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nowhere")


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the village once; nobody may change it."""
    return write_village(tmp_path_factory.mktemp("layers") / "village")


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory, village: Path) -> Path:
    """Plan the village once; nobody may change the file."""
    folder = tmp_path_factory.mktemp("planned")
    answer = command_in(folder)("plan", village, "--out", "plan.gpkg")
    assert answer.code == 0, answer
    return folder / "plan.gpkg"


@pytest.fixture
def stored(tmp_path: Path, database_url: str) -> Command:
    """Give the command with a PostGIS of its own."""
    folder = tmp_path / "work"
    folder.mkdir()
    url = make_url(database_url).set(drivername="postgresql")
    return command_in(folder, GRIDMAP_DATABASE_URL=url.render_as_string(hide_password=False))
