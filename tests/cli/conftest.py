"""What the tests of the command line share: the command, a village, a plan of it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

import gis_data
from tests.cli.command import Command
from tests.cli.office import Office, opened
from tests.cli.village import write_village
from tests.postgis import new_database

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
    return command_for(tmp_path / "work", database_url)


def command_for(folder: Path, url: str) -> Command:
    """Give the command with a PostGIS that is there."""
    folder.mkdir(exist_ok=True)
    plain = make_url(url).set(drivername="postgresql")
    return command_in(folder, GRIDMAP_DATABASE_URL=plain.render_as_string(hide_password=False))


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a town of six communities once; nobody may change it."""
    folder = tmp_path_factory.mktemp("towns") / "town"
    gis_data.write_town(folder, buildings=300, seed=5)
    return folder


@pytest.fixture(scope="session")
def town_database(
    tmp_path_factory: pytest.TempPathFactory, template_database: str, town: Path
) -> Iterator[str]:
    """Import the town once, to copy from."""
    with new_database(template_database, template=make_url(template_database).database) as url:
        assert command_for(tmp_path_factory.mktemp("work"), url)("import", town).code == 0
        yield url


@pytest.fixture
def office(tmp_path: Path, town_database: str) -> Iterator[Office]:
    """Give an office with the town in a database of its own."""
    with (
        new_database(town_database, template=make_url(town_database).database) as url,
        opened(command_for(tmp_path / "work", url), url) as office,
    ):
        yield office
