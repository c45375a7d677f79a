"""The private PostGIS starts for anybody, once, and again after anything that may happen to it."""

import multiprocessing
import os
import pwd
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from gridmap.errors import StoreError
from gridmap.messages import Message
from gridmap.store import cluster

BUSY = """
    DO $$ BEGIN
        WHILE clock_timestamp() < now() + interval '6 s' LOOP END LOOP;
    END $$
"""
"""It looks at nothing but the clock: no server that is gone, no client that hangs up."""

RUNS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE state = 'active' AND query LIKE '%LOOP%' AND pid <> pg_backend_pid()
"""
IS_ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")

pytestmark = pytest.mark.usefixtures("postgis_installed")


@pytest.fixture(scope="module")
def folder(server_folder: Path, postgis_installed: None) -> Iterator[Path]:
    """Give the folder of a running cluster."""
    assert postgis_installed is None
    place = server_folder / "module"
    cluster.start(place)
    yield place
    cluster.stop(place)


@pytest.fixture
def fresh(server_folder: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Give a folder for a cluster of this test's own, and take away what it made elsewhere."""
    place = server_folder / request.node.name
    yield place
    home = cluster.status(place).home
    cluster.stop(place)
    if home is not None:
        shutil.rmtree(home)


def ask(url: str, question: str) -> object:
    """Ask what has one answer, or tell what has none."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        answer = connection.execute(question.encode())
        row = answer.fetchone() if answer.description else None
    return row[0] if row else None


def forked(work: Callable[[], object], *, account: pwd.struct_passwd | None = None) -> object:
    """Do some work in a process of its own, as somebody else if root runs the tests."""
    return answers([work], account=account)[0]


def answers(
    works: list[Callable[[], object]], *, account: pwd.struct_passwd | None = None
) -> list[object]:
    """Do several things at the same time, each in a process of its own."""
    context = multiprocessing.get_context("fork")
    pipes = [context.Pipe(duplex=False) for _ in works]
    workers = [
        context.Process(target=_answer, args=(work, pipe[1], account))
        for work, pipe in zip(works, pipes, strict=True)
    ]
    for worker in workers:
        worker.start()
    found = [pipe[0].recv() for pipe in pipes]
    for worker in workers:
        worker.join()
    return found


def _answer(
    work: Callable[[], object], there: Connection, account: pwd.struct_passwd | None
) -> None:
    if account is not None and IS_ROOT:
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    try:
        there.send(work())
    except StoreError as error:
        there.send(error)


def test_it_has_postgis_and_pgrouting(folder: Path) -> None:
    url = cluster.start(folder)
    assert str(ask(url, "SELECT postgis_version()")).startswith("3.")
    assert str(ask(url, "SELECT pgr_version()")).startswith("3.")


def test_a_running_server_is_used_again(folder: Path) -> None:
    before = cluster.status(folder)
    url = cluster.start(folder)
    assert cluster.start(folder) == url
    assert cluster.status(folder) == before
    assert before.state == "running"
    assert make_url(url).port == before.port


def test_no_server_runs_as_root(folder: Path) -> None:
    home = cluster.status(folder).home
    assert home is not None
    assert home.stat().st_uid != 0
    assert home.stat().st_mode & 0o777 == 0o700


def test_only_the_owner_reads_the_password_and_reaches_the_socket(folder: Path) -> None:
    place = cluster.status(folder).socket
    assert place is not None
    assert place.stat().st_mode & 0o777 == 0o700
    assert (folder / "password").stat().st_mode & 0o777 == 0o600
    assert len((folder / "password").read_text("ascii")) >= 24


@pytest.mark.parametrize("password", [None, "guess"])
def test_nobody_gets_in_over_tcp_without_the_password(folder: Path, password: str | None) -> None:
    port = make_url(cluster.start(folder)).port
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(
            host="127.0.0.1", port=port, user="gridmap", dbname="gridmap", password=password
        )


def test_stopping_and_starting_keeps_data_and_address(folder: Path) -> None:
    url = cluster.start(folder)
    ask(url, "CREATE TABLE kept AS SELECT 7 AS n")
    cluster.stop(folder)
    assert cluster.status(folder).state == "stopped"
    cluster.stop(folder)
    assert cluster.start(folder) == url
    assert ask(url, "SELECT n FROM kept") == 7


def test_it_survives_sigkill_of_the_server(folder: Path) -> None:
    url = cluster.start(folder)
    ask(url, "CREATE TABLE survived AS SELECT 8 AS n")
    pid = cluster.status(folder).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert cluster.start(folder) == url
    assert ask(url, "SELECT n FROM survived") == 8
    assert cluster.status(folder).pid != pid


def test_a_query_that_outlives_its_killed_server_is_waited_for(folder: Path) -> None:
    url = make_url(cluster.start(folder)).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as busy:
        query = threading.Thread(target=_fail_at, args=(busy, BUSY))
        query.start()
        while not ask(str(cluster.start(folder)), RUNS):
            query.join(0.01)
        os.kill(cluster.status(folder).pid or 0, signal.SIGKILL)
        assert ask(cluster.start(folder), "SELECT 10") == 10
        query.join()


def _fail_at(connection: psycopg.Connection, query: str) -> None:
    with suppress(psycopg.OperationalError):
        connection.execute(query.encode())


def test_a_pid_that_is_somebody_elses_by_now_is_no_server(folder: Path) -> None:
    cluster.start(folder)
    cluster.stop(folder)
    home = cluster.status(folder).home
    assert home is not None
    (home / "data" / "postmaster.pid").write_text(
        f"{os.getpid()}\n{home}/data\n1\n1\n/\n\n\nready\n"
    )
    assert cluster.status(folder).state == "stopped"
    cluster.start(folder)
    assert cluster.status(folder).state == "running"


def test_a_port_that_is_taken_is_left_to_its_owner(folder: Path) -> None:
    port = make_url(cluster.start(folder)).port
    cluster.stop(folder)
    with socket.create_server(("127.0.0.1", port or 0)):
        assert make_url(cluster.start(folder)).port != port
    assert cluster.status(folder).state == "running"


def test_a_port_that_is_taken_between_choice_and_start_is_given_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.start(folder)
    cluster.stop(folder)
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        free = cluster._free_port  # noqa: SLF001 (the moment between two of its lines)
        choices = iter([occupied.getsockname()[1]])
        monkeypatch.setattr(cluster, "_free_port", lambda last: next(choices, 0) or free(last))
        port = make_url(cluster.start(folder)).port
        assert port != occupied.getsockname()[1]


def test_two_starts_at_once_make_one_server(fresh: Path) -> None:
    urls = answers([lambda: cluster.start(fresh)] * 3)
    assert len(set(urls)) == 1
    assert ask(str(urls[0]), "SELECT 5") == 5


def test_an_unprivileged_user_has_a_cluster_too(server_folder: Path) -> None:
    place = server_folder / "nobody"
    place.mkdir()
    if IS_ROOT:
        os.chown(place, NOBODY.pw_uid, NOBODY.pw_gid)
    found = forked(lambda: (cluster.start(place), cluster.status(place)), account=NOBODY)
    assert isinstance(found, tuple)
    url, status = found
    assert ask(url, "SELECT 6") == 6
    assert status.home == place / "postgres"
    assert cluster.start(place) == url  # root uses what is there, as its owner
    forked(lambda: cluster.stop(place), account=NOBODY)
    assert cluster.status(place).state == "stopped"


@pytest.mark.skipif(not IS_ROOT, reason="only root has a home that the server cannot get into")
def test_a_folder_the_server_cannot_get_into_has_its_data_elsewhere(
    fresh: Path, server_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh.mkdir(mode=0o700)
    homes = server_folder / "homes"
    monkeypatch.setattr("gridmap.store.home.HOMES", homes)
    url = cluster.start(fresh / ".gridmap")
    home = cluster.status(fresh / ".gridmap").home
    cluster.stop(fresh / ".gridmap")
    assert home is not None
    assert home.parent == homes
    assert cluster.start(fresh / ".gridmap") == url
    cluster.stop(fresh / ".gridmap")


def test_a_path_too_long_for_a_socket_has_its_socket_elsewhere(server_folder: Path) -> None:
    place = server_folder / ("long" * 25) / ".gridmap"
    assert ask(cluster.start(place), "SELECT 9") == 9
    elsewhere = cluster.status(place).socket
    cluster.stop(place)
    assert elsewhere is not None
    assert not elsewhere.is_relative_to(server_folder)
    shutil.rmtree(elsewhere)


def test_a_folder_that_can_move_keeps_its_cluster(server_folder: Path) -> None:
    before, after = server_folder / "before", server_folder / "after"
    ask(cluster.start(before), "CREATE TABLE moved AS SELECT 4 AS n")
    cluster.stop(before)
    before.rename(after)
    assert ask(cluster.start(after), "SELECT n FROM moved") == 4
    cluster.stop(after)


def test_without_postgis_there_is_a_sentence_and_nothing_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(version: int | None = None) -> None:
        raise StoreError(Message("store.postgis_missing", {"version": str(version or "")}))

    monkeypatch.setattr(cluster, "find_binaries", missing)
    with pytest.raises(StoreError, match="apt-get install"):
        cluster.start(tmp_path / ".gridmap")
    assert cluster.status(tmp_path / ".gridmap").state == "none"
    assert not (tmp_path / ".gridmap" / "postgres").exists()


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot hold the private database"):
        cluster.start(tmp_path / "file")


def test_a_server_that_does_not_start_says_why(folder: Path) -> None:
    cluster.start(folder)
    cluster.stop(folder)
    home = cluster.status(folder).home
    assert home is not None
    settings = home / "data" / "postgresql.auto.conf"
    before = settings.read_text("utf-8")
    settings.write_text("shared_buffers = nonsense\n")
    with pytest.raises(StoreError, match="shared_buffers"):
        cluster.start(folder)
    settings.write_text(before)


def test_looking_makes_nothing(tmp_path: Path) -> None:
    assert cluster.status(tmp_path / "nothing").state == "none"
    cluster.stop(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_ones_own_database_is_used_as_it_is_given(tmp_path: Path, scheme: str) -> None:
    asked = {"GRIDMAP_DATABASE_URL": f"{scheme}://me:word@db.example/grids"}
    url = cluster.database_url(tmp_path / ".gridmap", asked)
    assert url == "postgresql+psycopg://me:word@db.example/grids"
    assert not (tmp_path / ".gridmap").exists()


@pytest.mark.parametrize("asked", ["sqlite:///grids.db", "not an address"])
def test_an_address_of_something_else_is_refused(tmp_path: Path, asked: str) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        cluster.database_url(tmp_path, {"GRIDMAP_DATABASE_URL": asked})


def test_without_an_address_the_private_one_is_started(folder: Path) -> None:
    assert cluster.database_url(folder, {}) == cluster.start(folder)
