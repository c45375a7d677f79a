"""
A real PostGIS for tests, as a pytest plugin.

One private cluster serves all workers of a run, started by gridmap's own tool, or the server that
`GRIDMAP_TEST_DATABASE_URL` names. A test database is a copy of a migrated template: 0.2 s.
"""

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from gridmap.errors import StoreError
from gridmap.store import cluster
from gridmap.store.address import plain_url
from gridmap.store.binaries import find_binaries
from gridmap.store.session import open_engine


@pytest.fixture(scope="session")
def postgis_installed(pytestconfig: pytest.Config) -> None:
    """Skip without PostGIS on this machine, or fail where it is required."""
    try:
        find_binaries()
    except StoreError as missing:
        if pytestconfig.getoption("--require-postgis"):
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """Make a folder for a cluster that the server's account can get into, whoever runs tests."""
    folder = Path(tempfile.mkdtemp(prefix="gridmap-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgis_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the address of a PostGIS in which databases may be made."""
    asked = os.environ.get("GRIDMAP_TEST_DATABASE_URL", "")
    if asked:
        yield plain_url(asked)
        return
    request.getfixturevalue("postgis_installed")
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or secrets.token_hex(4)
    with _shared_cluster(Path(tempfile.gettempdir()) / f"gridmap-test-{run}") as url:
        yield url


@contextmanager
def _shared_cluster(folder: Path) -> Iterator[str]:
    """Start one cluster for all workers; the last to leave takes it away."""
    folder.mkdir(mode=0o755, exist_ok=True)
    with (folder / "workers").open("w") as workers:
        fcntl.flock(workers, fcntl.LOCK_SH)
        url = cluster.start(folder / "cluster")
        with _connect(url, "postgres") as server:  # nothing here outlives the run
            server.execute("ALTER SYSTEM SET fsync = off")
            server.execute("SELECT pg_reload_conf()")
        yield url
        try:
            fcntl.flock(workers, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        cluster.stop(folder / "cluster")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template_database(postgis_url: str) -> Iterator[str]:
    """Make a database with every table, to copy from."""
    with new_database(postgis_url, template=None) as url:
        open_engine(url).dispose()
        yield url


@pytest.fixture
def database_url(template_database: str) -> Iterator[str]:
    """Give a database of this test's own, with every table and no row."""
    template = make_url(template_database).database
    with new_database(template_database, template=template) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Open the test's own database; what is committed there stays there."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def module_engine(template_database: str) -> Iterator[Engine]:
    """Open a database that is filled once for the tests of a file, which only read it."""
    with new_database(template_database, template=make_url(template_database).database) as url:
        engine = open_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture(scope="session")
def shared_engine(template_database: str) -> Iterator[Engine]:
    """Open the database that tests share by rolling back."""
    with new_database(template_database, template=make_url(template_database).database) as url:
        engine = open_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def session(shared_engine: Engine) -> Iterator[Session]:
    """Open a session that is rolled back, whatever the test did."""
    with shared_engine.connect() as connection, connection.begin() as transaction:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        if transaction.is_active:
            transaction.rollback()


@contextmanager
def new_database(url: str, *, template: str | None) -> Iterator[str]:
    """Make a database beside another, empty or as a copy, for as long as the block lasts."""
    name = f"test_{secrets.token_hex(6)}"
    make = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template:
        make += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    with _connect(url, "postgres") as server:
        server.execute(make)
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        server.execute(drop.format(sql.Identifier(name)))


def _connect(url: str, database: str) -> psycopg.Connection:
    place = make_url(url).set(drivername="postgresql", database=database)
    return psycopg.connect(place.render_as_string(hide_password=False), autocommit=True)
