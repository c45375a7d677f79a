"""
The private PostGIS: a real cluster, started by gridmap itself on a socket and a loopback port.

It belongs to one folder (`.gridmap/` beside the work) and is started on first need. Passwords
are asked for over TCP; the socket trusts whoever can reach it, and its folder is the server
account's alone. Nothing here is in memory only: a killed tool, a killed server or two tools
starting at once all end with one server on the same data.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import shlex
import shutil
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import psycopg
from psycopg import sql
from sqlalchemy import URL

from gridmap.errors import StoreError
from gridmap.messages import Message
from gridmap.store.account import Account, server_account
from gridmap.store.address import plain_url
from gridmap.store.binaries import Binaries, find_binaries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DATABASE: Final = "gridmap"
ROLE: Final = "gridmap"
HOMES: Final = Path("/var/lib/gridmap")
"""Where data lies when its own folder is closed to the server's account, as root's home is."""

PATIENCE_S: Final = 60.0
POLL_S: Final = 0.05
ATTEMPTS: Final = 20
SOCKET_PATH_BYTES: Final = 107
SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_permissions": "0700",
    "jit": "off",  # compiling takes longer than any query here runs
    "max_parallel_workers_per_gather": "0",  # their shared memory is 64 MB in a container
    "max_wal_size": "2GB",
    "log_checkpoints": "off",
}

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


@dataclass(frozen=True, slots=True)
class _Cluster:
    """One folder's cluster on disk: `home` holds the data, the log and the socket."""

    folder: Path
    home: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def version(self) -> int:
        return int((self.data / "PG_VERSION").read_text("ascii"))


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
    with _locked(folder) as place:
        cluster = _find(place) or _make(place)
        password = _password(place)
        port = _answering(cluster, password, DATABASE)
        if port is None:
            binaries = find_binaries(cluster.version)
            if not _wait_for_other(cluster, password):
                _start_server(cluster, binaries)
            _prepare(cluster, password)
            port = _port_of(cluster)
    url = URL.create("postgresql+psycopg", ROLE, password, "127.0.0.1", port, DATABASE)
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
    if status(folder).state != "running":
        return
    with _locked(folder) as place:
        cluster = _find(place)
        if cluster is None or _owner(cluster) is None:
            return
        program = find_binaries(cluster.version).program("pg_ctl")
        command = (program, "stop", "-D", str(cluster.data), "-m", "fast", "-w")
        done = cluster.account.run(*command, folder=cluster.home)
        if done.returncode != 0:
            reason = {"folder": str(folder), "reason": _last_line(done.stderr)}
            raise StoreError(Message("store.stop_failed", reason))


def status(folder: Path) -> ClusterStatus:
    """
    Look what there is, without changing anything.

    Parameters
    ----------
    folder
        Folder a cluster may belong to.

    Returns
    -------
    status
        Whether there is a cluster, and where it answers.
    """
    cluster = _find(folder.resolve())
    if cluster is None:
        return ClusterStatus("none")
    lines, pid = _pid_lines(cluster), _owner(cluster)
    if pid is None or len(lines) < 8:  # noqa: PLR2004 (the last line says "ready")
        return ClusterStatus("stopped", cluster.home, cluster.version)
    return ClusterStatus(
        "running", cluster.home, cluster.version, pid, int(lines[3]), Path(lines[4])
    )


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    """Let one process at a time start or stop what belongs to `folder`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = folder.resolve()
        lock = os.open(place / "cluster.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unusable(folder, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield place
    except OSError as error:
        raise _unusable(folder, error) from error
    finally:
        os.close(lock)


def _unusable(folder: Path, error: OSError) -> StoreError:
    fields = {"folder": str(folder), "reason": error.strerror or str(error)}
    return StoreError(Message("store.folder_unusable", fields))


def _find(place: Path) -> _Cluster | None:
    pointer = place / "cluster"
    if not pointer.is_file():
        return None
    home = place / pointer.read_text("utf-8")  # an absolute path replaces `place`
    return _Cluster(place, home, server_account(home)) if (home / "data").is_dir() else None


def _make(place: Path) -> _Cluster:
    """Make an empty cluster; the pointer to it is written last, so that half of one is none."""
    account = server_account(place / "postgres")
    inside = account.reaches(place)
    digest = hashlib.sha256(os.fsencode(place)).hexdigest()[:12]
    home = place / "postgres" if inside else HOMES / f"{digest}-{secrets.token_hex(4)}"
    if not inside:
        HOMES.mkdir(mode=0o755, parents=True, exist_ok=True)
    cluster = _Cluster(place, account.own(home), account)
    shutil.rmtree(cluster.data, ignore_errors=True)
    command = [find_binaries().program("initdb"), "-D", str(cluster.data), "-U", ROLE]
    command += ["-E", "UTF8", "--locale=C.UTF-8", "--auth-local=trust"]
    command += ["--auth-host=scram-sha-256", "--no-instructions"]
    done = account.run(*command, folder=home)
    if done.returncode != 0:
        raise _start_error(cluster, done.stderr)
    _write_private(place / "cluster", "postgres" if inside else str(home))
    return cluster


def _password(place: Path) -> str:
    file = place / "password"
    if not file.exists():
        _write_private(file, secrets.token_urlsafe(24))
    return file.read_text("ascii")


def _write_private(file: Path, text: str) -> None:
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as open_file:
        open_file.write(text)
    draft.replace(file)


def _pid_lines(cluster: _Cluster) -> list[str]:
    """Read what the server wrote down: pid, data, start, port, socket, address, memory, state."""
    try:
        return (cluster.data / "postmaster.pid").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []


def _owner(cluster: _Cluster) -> int | None:
    """Give the pid of the server on this data; a leftover number may be anybody's by now."""
    lines = _pid_lines(cluster)
    if not lines or not lines[0].isdigit():
        return None
    try:
        words = Path(f"/proc/{lines[0]}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    return int(lines[0]) if os.fsencode(cluster.data) in words else None


def _port_of(cluster: _Cluster) -> int:
    return int(_pid_lines(cluster)[3])


def _answering(cluster: _Cluster, password: str, database: str) -> int | None:
    """Give the port at which this cluster's own server lets us in, if it does."""
    lines = _pid_lines(cluster)
    if _owner(cluster) is None or len(lines) < 8 or lines[7].strip() != "ready":  # noqa: PLR2004
        return None
    try:
        with _connect("127.0.0.1", int(lines[3]), database, password=password) as connection:
            answer = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return None
    return int(lines[3]) if answer == (str(cluster.data),) else None


def _connect(host: str, port: int, database: str, **options: Any) -> psycopg.Connection:  # noqa: ANN401
    return psycopg.connect(
        host=host, port=port, user=ROLE, dbname=database, connect_timeout=5, autocommit=True,
        **options,
    )  # fmt: skip


def _wait_for_other(cluster: _Cluster, password: str) -> bool:
    """Wait while a server on this data is starting or stopping; is one there in the end."""
    patience = time.monotonic() + PATIENCE_S
    while _owner(cluster) is not None and time.monotonic() < patience:
        if _answering(cluster, password, "postgres") is not None:
            return True
        time.sleep(POLL_S)
    if _owner(cluster) is not None:
        raise _start_error(cluster, "it is there but does not answer")
    return False


def _start_server(cluster: _Cluster, binaries: Binaries) -> None:
    """Start the server; a port taken meanwhile and the memory of a killed one are tried again."""
    preferred = _last_port(cluster)
    for _ in range(ATTEMPTS):
        port = _free_port(preferred)
        (cluster.data / "postmaster.pid").unlink(missing_ok=True)  # nobody's: we hold the lock
        before = cluster.log.stat().st_size if cluster.log.exists() else 0
        options = " ".join(shlex.quote(word) for word in _options(cluster, port))
        command = [binaries.program("pg_ctl"), "start", "-D", str(cluster.data), "-w"]
        command += ["-t", str(int(PATIENCE_S)), "-l", str(cluster.log), "-o", options]
        done = cluster.account.run(*command, folder=cluster.home)
        if done.returncode == 0:
            return
        said = cluster.log.read_bytes()[before:].decode("utf-8", "replace")
        if "Address already in use" in said:
            preferred = 0
        elif "still in use" in said:
            time.sleep(POLL_S * 4)
        else:
            raise _start_error(cluster, said or done.stderr)
    raise _start_error(cluster, said)


def _options(cluster: _Cluster, port: int) -> list[str]:
    words = ["-p", str(port), "-k", str(_socket_folder(cluster))]
    for name, value in SETTINGS.items():
        words += ["-c", f"{name}={value}"]
    return words


def _socket_folder(cluster: _Cluster) -> Path:
    """Make the folder of the socket, which has no more than 107 bytes for its whole path."""
    folder = cluster.home / "socket"
    longest = os.fsencode(folder / ".s.PGSQL.65535.lock")
    if len(longest) > SOCKET_PATH_BYTES or b"," in longest:
        folder = Path(tempfile.mkdtemp(prefix="gridmap-"))
    for leftover in folder.glob(".s.PGSQL.*"):
        leftover.unlink()
    return cluster.account.own(folder)


def _last_port(cluster: _Cluster) -> int:
    """Give the port of last time, so that an address somebody noted down stays true."""
    file = cluster.folder / "port"
    return int(file.read_text("ascii")) if file.exists() else 0


def _free_port(preferred: int) -> int:
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return 0


def _prepare(cluster: _Cluster, password: str) -> None:
    """Set the password and make the database; a half-made one never bears its name."""
    place, port = _pid_lines(cluster)[4], _port_of(cluster)
    name, draft = sql.Identifier(DATABASE), sql.Identifier(f"{DATABASE}_new")
    with _connect(place, port, "postgres") as server:
        server.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(ROLE), password))
        known = "SELECT FROM pg_database WHERE datname = %s"
        if server.execute(known, [DATABASE]).fetchone() is None:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(draft))
            server.execute(sql.SQL("CREATE DATABASE {}").format(draft))
            with _connect(place, port, f"{DATABASE}_new") as database:
                database.execute("CREATE EXTENSION postgis")
                database.execute("CREATE EXTENSION pgrouting")
            server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(draft, name))
    _write_private(cluster.folder / "port", str(port))


def _start_error(cluster: _Cluster, said: str) -> StoreError:
    fields = {"folder": str(cluster.folder), "reason": _last_line(said)}
    return StoreError(Message("store.start_failed", fields))


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "rror" in line]
    return (telling or lines or ["–"])[-1].strip()
