"""
Where a private cluster lives on disk, and which server process, if any, is on its data.

A folder (`.gridmap/`) holds a pointer to the cluster's home, its password, its last port and a
lock. The home holds the data, the log and the socket; it is inside the folder, or under
`/var/lib/gridmap` where the server's account cannot get into the folder, as in root's own home.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gridmap.errors import StoreError
from gridmap.messages import Message
from gridmap.store.system_account import SystemAccount, server_account

if TYPE_CHECKING:
    from collections.abc import Iterator

HOMES: Final = Path("/var/lib/gridmap")
SOCKET_PATH_BYTES: Final = 107
READY_LINES: Final = 8
"""A server writes its pid file line by line; the eighth says whether it takes connections."""


@dataclass(frozen=True, slots=True)
class Home:
    """One cluster on disk; `root` holds the data, the log and the socket."""

    folder: Path
    root: Path
    account: SystemAccount

    @property
    def data(self) -> Path:
        """The folder that PostgreSQL calls its own."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.root / "log"

    @property
    def version(self) -> int:
        """Major version of the PostgreSQL that made it."""
        return int((self.data / "PG_VERSION").read_text("ascii"))

    @property
    def last_port(self) -> int:
        """The port of last time, so that an address somebody noted down stays true; or 0."""
        file = self.folder / "port"
        return int(file.read_text("ascii")) if file.exists() else 0

    def pid_lines(self) -> list[str]:
        """Read the pid file: pid, data, start, port, socket folder, address, memory, state."""
        try:
            return (self.data / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return []

    def server_pid(self) -> int | None:
        """Give the pid of the server on this data; a leftover number may be anybody's by now."""
        lines = self.pid_lines()
        if not lines or not lines[0].isdigit():
            return None
        try:
            words = Path(f"/proc/{lines[0]}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return None
        return int(lines[0]) if os.fsencode(self.data) in words else None

    def socket_folder(self) -> Path:
        """Make the folder of the socket, which has no more than 107 bytes for its whole path."""
        folder = self.root / "socket"
        longest = os.fsencode(folder / ".s.PGSQL.65535.lock")
        if len(longest) > SOCKET_PATH_BYTES or b"," in longest:
            folder = Path(tempfile.mkdtemp(prefix="gridmap-"))
        for leftover in folder.glob(".s.PGSQL.*"):
            leftover.unlink()
        return self.account.own(folder)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[Path]:
    """
    Let one process at a time start or stop what belongs to a folder.

    Parameters
    ----------
    folder
        Made if missing.

    Yields
    ------
    place
        The folder with every link resolved.

    Raises
    ------
    StoreError
        If the folder, or anything in it that is needed, cannot be read or written.
    """
    lock = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = folder.resolve()
        lock = os.open(place / "cluster.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _give_to_owner(place / "cluster.lock")
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield place
    except OSError as error:
        fields = {"folder": str(folder), "reason": error.strerror or str(error)}
        raise StoreError(Message("store.folder_unusable", fields)) from error
    finally:
        if lock is not None:
            os.close(lock)


def find_home(folder: Path) -> Home | None:
    """
    Find the cluster of a folder.

    Parameters
    ----------
    folder
        With every link resolved.

    Returns
    -------
    home
        None where no whole cluster was made.
    """
    pointer = folder / "cluster"
    if not pointer.is_file():
        return None
    root = folder / pointer.read_text("utf-8")  # an absolute path replaces the folder
    return Home(folder, root, server_account(root)) if (root / "data").is_dir() else None


def new_home(folder: Path) -> Home:
    """
    Make room for a cluster; it is found only once :func:`point_to` was called.

    Parameters
    ----------
    folder
        With every link resolved.

    Returns
    -------
    home
        An empty folder of the server's account.
    """
    root = folder / "postgres"
    account = server_account(root)
    if not account.reaches(folder):
        HOMES.mkdir(mode=0o755, parents=True, exist_ok=True)
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
        root = HOMES / f"{digest}-{secrets.token_hex(4)}"
    return Home(folder, account.own(root), account)


def point_to(home: Home) -> None:
    """
    Write down where the cluster is, once it is whole.

    Parameters
    ----------
    home
        The cluster. A path inside its folder is written without the folder, so that it can move.
    """
    inside = home.root.is_relative_to(home.folder)
    root = home.root.relative_to(home.folder) if inside else home.root
    write_private(home.folder / "cluster", str(root))


def read_password(folder: Path) -> str:
    """
    Give the password of a folder's cluster, made on first need.

    Parameters
    ----------
    folder
        With every link resolved.

    Returns
    -------
    password
        Random, kept in a file that only its owner reads.
    """
    file = folder / "password"
    if not file.exists():
        write_private(file, secrets.token_urlsafe(24))
    return file.read_text("ascii")


def write_private(file: Path, text: str) -> None:
    """
    Write a small file that only its owner reads, at one stroke.

    Parameters
    ----------
    file
        Replaced if it is there.
    text
        What it says.
    """
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)
    _give_to_owner(draft)
    draft.replace(file)


def _give_to_owner(file: Path) -> None:
    """Leave nothing of root's in somebody's folder, or they could not start their own cluster."""
    if os.geteuid() == 0:
        owner = file.parent.stat()
        os.chown(file, owner.st_uid, owner.st_gid)
