"""
The private PostGIS: a real cluster, started by gridmap itself on a socket and a loopback port.

It belongs to one folder (`.gridmap/` beside the work) and is started on first need. Passwords
are asked for over TCP; the socket trusts whoever can reach it, and its folder is the server
account's alone. Nothing here is in memory only: a killed tool, a killed server or two tools
starting at once all end with one server on the same data.
"""

from __future__ import annotations

import shlex
import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import psycopg
from psycopg import sql
from sqlalchemy import URL

from gridmap.errors import StoreError
from gridmap.messages import Message
from gridmap.store.address import plain_url
from gridmap.store.archive import backup, restore
from gridmap.store.binaries import Binaries, find_binaries
from gridmap.store.home import (
    READY_LINES,
    Home,
    find_home,
    locked,
    new_home,
    point_to,
    read_password,
    write_private,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ClusterStatus",
    "backup",
    "database_url",
    "restore",
    "start",
    "status",
    "stop",
]

DATABASE: Final = "gridmap"
ROLE: Final = "gridmap"
HOST: Final = "127.0.0.1"
PATIENCE_S: Final = 60.0
POLL_S: Final = 0.05
SETTINGS: Final = {
    "listen_addresses": HOST,
    "unix_socket_permissions": "0700",
    "jit": "off",  # compiling takes longer than any query here runs
    "max_parallel_workers_per_gather": "0",  # their shared memory is 64 MB in a container
    "max_wal_size": "2GB",
    "log_checkpoints": "off",
}

WRONG: Final = ("FATAL", "rror", "invalid", "could not")

State = Literal["none", "stopped", "running"]


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """What there is in a folder; `port`, `socket` and `pid` are of a running server."""

    state: State
    home: Path | None = None
    version: int | None = None
    pid: int | None = None
    port: int | None = None
    socket: Path | None = None


def database_url(folder: Path, environ: Mapping[str, str]) -> str:
    """
    Say which database to use: the one that is asked for, else the private one, started.

    Parameters
    ----------
    folder
        The private cluster's folder, `.gridmap`.
    environ
        Environment; `GRIDMAP_DATABASE_URL` points to a PostGIS of one's own.

    Returns
    -------
    url
        SQLAlchemy address, with its password.

    Raises
    ------
    StoreError
        If the address cannot be read, or the private cluster cannot be started.
    """
    asked = environ.get("GRIDMAP_DATABASE_URL", "")
    return plain_url(asked) if asked else start(folder)


def start(folder: Path) -> str:
    """
    Start the private cluster unless it runs, making it if there is none.

    Parameters
    ----------
    folder
        Folder it belongs to; made if missing.

    Returns
    -------
    url
        SQLAlchemy address over loopback TCP, with its password.

    Raises
    ------
    StoreError
        If PostGIS is not installed, the folder cannot be used or the server does not start.
    """
    with locked(folder) as place:
        home = find_home(place) or _make(place)
        password = read_password(place)
        port = _answering(home, password, DATABASE)
        if port is None:
            binaries = find_binaries(home.version)
            if not _wait_for_other(home, password):
                _start_server(home, binaries)
            port = _prepare(home, password)
    url = URL.create("postgresql+psycopg", ROLE, password, HOST, port, DATABASE)
    return url.render_as_string(hide_password=False)


def stop(folder: Path) -> None:
    """
    Stop the private cluster; one that does not run is left as it is.

    Parameters
    ----------
    folder
        Folder it belongs to.

    Raises
    ------
    StoreError
        If the server does not stop.
    """
    if not folder.is_dir():
        return
    with locked(folder) as place:
        home = find_home(place)
        if home is None or home.server_pid() is None:
            return
        program = find_binaries(home.version).program("pg_ctl")
        command = (program, "stop", "-D", str(home.data), "-m", "fast", "-w")
        done = home.account.run(*command, folder=home.root)
        if done.returncode != 0:
            fields = {"folder": str(folder), "reason": _telling_line(done.stderr)}
            raise StoreError(Message("store.stop_failed", fields))


def status(folder: Path) -> ClusterStatus:
    """
    Look what there is, without starting anything.

    Parameters
    ----------
    folder
        Folder a cluster may belong to.

    Returns
    -------
    status
        Whether there is a cluster, and where it answers.

    Raises
    ------
    StoreError
        If the folder cannot be read.
    """
    if not folder.is_dir():
        return ClusterStatus("none")
    with locked(folder) as place:
        home = find_home(place)
        if home is None:
            return ClusterStatus("none")
        lines, pid = home.pid_lines(), home.server_pid()
        if pid is None or len(lines) < READY_LINES:
            return ClusterStatus("stopped", home.root, home.version)
        port, socket_folder = int(lines[3]), Path(lines[4])
        return ClusterStatus("running", home.root, home.version, pid, port, socket_folder)


def _make(place: Path) -> Home:
    """Make an empty cluster; the pointer to it is written last, so that half of one is none."""
    binaries = find_binaries()
    home = new_home(place)
    shutil.rmtree(home.data, ignore_errors=True)
    command = [binaries.program("initdb"), "-D", str(home.data), "-U", ROLE]
    command += ["-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"]
    command += ["--auth-local=trust", "--auth-host=scram-sha-256"]
    done = home.account.run(*command, folder=home.root)
    if done.returncode != 0:
        raise _start_error(home, done.stderr)
    point_to(home)
    return home


def _answering(home: Home, password: str, database: str) -> int | None:
    """Give the port at which this cluster's own server lets us in, if it does."""
    lines = home.pid_lines()
    if home.server_pid() is None or len(lines) < READY_LINES or lines[7].strip() != "ready":
        return None
    try:
        with _connect(HOST, int(lines[3]), database, password=password) as connection:
            answer = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return None
    return int(lines[3]) if answer == (str(home.data),) else None


def _connect(host: str, port: int, database: str, **options: Any) -> psycopg.Connection:  # noqa: ANN401
    return psycopg.connect(
        host=host,
        port=port,
        user=ROLE,
        dbname=database,
        connect_timeout=5,
        autocommit=True,
        **options,
    )


def _wait_for_other(home: Home, password: str) -> bool:
    """Wait while a server on this data is starting or stopping; is one there in the end."""
    patience = time.monotonic() + PATIENCE_S
    while home.server_pid() is not None and time.monotonic() < patience:
        if _answering(home, password, "postgres") is not None:
            return True
        time.sleep(POLL_S)
    if home.server_pid() is not None:
        raise _start_error(home, "it is there but does not answer")
    return False


def _start_server(home: Home, binaries: Binaries) -> None:
    """
    Start the server; a port taken meanwhile and the memory of a killed one are tried again.

    Queries of a killed server go on until they are over, and nobody may touch the data before.
    """
    port, said = _free_port(home.last_port), ""
    patience = time.monotonic() + PATIENCE_S
    while time.monotonic() < patience:
        (home.data / "postmaster.pid").unlink(missing_ok=True)  # nobody's: we hold the lock
        before = home.log.stat().st_size if home.log.exists() else 0
        options = " ".join(map(shlex.quote, _options(home, port)))
        command = [binaries.program("pg_ctl"), "start", "-D", str(home.data), "-w"]
        command += ["-t", str(int(PATIENCE_S)), "-l", str(home.log), "-o", options]
        done = home.account.run(*command, folder=home.root)
        if done.returncode == 0:
            return
        said = home.log.read_bytes()[before:].decode("utf-8", "replace") or done.stderr
        if "Address already in use" in said:
            port = _free_port(0)
        elif "still in use" in said:
            time.sleep(POLL_S)
        else:
            break
    raise _start_error(home, said)


def _options(home: Home, port: int) -> list[str]:
    words = ["-p", str(port), "-k", str(home.socket_folder())]
    for name, value in SETTINGS.items():
        words += ["-c", f"{name}={value}"]
    return words


def _free_port(preferred: int) -> int:
    """Ask the system for a port; what is free now may be taken when the server asks for it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, preferred))
        except OSError:
            probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _prepare(home: Home, password: str) -> int:
    """Set the password and make the database; a half-made one never bears its name."""
    lines = home.pid_lines()
    port, place = int(lines[3]), lines[4]
    name, draft = sql.Identifier(DATABASE), sql.Identifier(f"{DATABASE}_new")
    try:
        with _connect(place, port, "postgres") as server:
            change = sql.SQL("ALTER ROLE {} PASSWORD {}")
            server.execute(change.format(sql.Identifier(ROLE), password))
            known = "SELECT FROM pg_database WHERE datname = %s"
            if server.execute(known, [DATABASE]).fetchone() is None:
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(draft))
                server.execute(sql.SQL("CREATE DATABASE {}").format(draft))
                with _connect(place, port, f"{DATABASE}_new") as database:
                    database.execute("CREATE EXTENSION postgis")
                    database.execute("CREATE EXTENSION pgrouting")
                server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(draft, name))
    except psycopg.Error as error:
        raise _start_error(home, str(error)) from error
    write_private(home.folder / "port", str(port))
    return port


def _start_error(home: Home, said: str) -> StoreError:
    fields = {"folder": str(home.folder), "reason": _telling_line(said)}
    return StoreError(Message("store.start_failed", fields))


def _telling_line(text: str) -> str:
    """Give the first line that says what is wrong; those after it only follow from it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if any(sign in line for sign in WRONG)]
    return next(iter([*telling, *lines[::-1]]), "–")
