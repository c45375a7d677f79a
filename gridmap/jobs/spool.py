"""
Plans of communities that are done, on a disk: a run that was killed goes on where it stopped.

A spool is a folder with one parcel a community. Its key says what is planned and how; a spool
that has another key begins anew. Only one process at a time has it, and whoever is done with it
takes it away.
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import IO, TYPE_CHECKING, Final

from gridmap.errors import InputError
from gridmap.jobs.parcels import read_label
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY: Final = "key.txt"
ENDING: Final = ".parcel"
UNFINISHED: Final = ".tmp"


@dataclass(frozen=True, slots=True)
class Spool:
    """
    Parcels of communities that are done, by their code: in a folder, or in memory without one.

    `is_new` is False where plans of an earlier run are among them; `replaced` counts those of an
    earlier run that were of something else.
    """

    folder: Path | None = None
    sizes: dict[str, int] = field(default_factory=dict)  # code to number of buildings
    held: dict[str, bytes] = field(default_factory=dict)
    replaced: int = 0

    def keep(self, parcel: bytes) -> int:
        """Keep a parcel for good; gives its number of buildings."""
        label = read_label(parcel)
        assert label is not None  # noqa: S101 (it was packed just now)
        code, size = label
        if self.folder is None:
            self.held[code] = parcel
        else:
            file = self._file(code)
            unfinished = file.with_suffix(UNFINISHED)
            unfinished.write_bytes(parcel)
            unfinished.replace(file)
        self.sizes[code] = size
        return size

    def take(self, code: str) -> bytes:
        """Give the parcel of a community that is done."""
        return self.held[code] if self.folder is None else self._file(code).read_bytes()

    def _file(self, code: str) -> Path:
        assert self.folder is not None  # noqa: S101 (asked by the two above only)
        name = blake2b(code.encode(), digest_size=16).hexdigest()  # a code may be any text
        return self.folder / f"{name}{ENDING}"


@contextmanager
def open_spool(folder: Path, key: str) -> Iterator[Spool]:
    """
    Open a folder for plans that are done, for as long as the block lasts.

    Parameters
    ----------
    folder
        Where it is, or shall be; the folder around it is there.
    key
        Says what is planned and how: what was done under another one is thrown away.

    Yields
    ------
    spool
        With what an earlier run under the same key has done. When the block ends well, the
        folder is gone; when it does not, it is left for the next run if it holds any plan.

    Raises
    ------
    InputError
        If another process has it, or the folder holds what is not ours.
    """
    _require_ours(folder)
    folder.mkdir(exist_ok=True)
    with (folder / KEY).open("a+", encoding="utf-8") as lock:
        _lock(lock, folder)
        spool = _opened(folder, key, lock)
        is_done = False
        try:
            yield spool
            is_done = True
        finally:
            if is_done or not spool.sizes:
                _remove(folder)


def discard_spool(folder: Path) -> None:
    """
    Throw away a spool that nobody will go on with, unless somebody has it.

    Parameters
    ----------
    folder
        Where it is; left alone if it holds what is not ours.
    """
    try:
        with open_spool(folder, ""):
            pass
    except InputError:
        return


def _require_ours(folder: Path) -> None:
    """Refuse to touch a folder of somebody else's that happens to have the name."""
    if not folder.exists():
        return
    names = [item.name for item in folder.iterdir()] if folder.is_dir() else [folder.name]
    if not all(name == KEY or name.endswith((ENDING, UNFINISHED)) for name in names):
        raise InputError(_fault("spool_in_the_way", folder))


def _lock(lock: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(_fault("spool_in_use", folder)) from None


def _opened(folder: Path, key: str, lock: IO[str]) -> Spool:
    lock.seek(0)
    old = lock.read()
    found = sorted(folder.glob(f"*{ENDING}"))
    if old != key:
        for file in found:
            file.unlink()
        lock.truncate(0)
        lock.write(key)
        lock.flush()
        return Spool(folder, replaced=len(found))
    labels = {file: read_label(file.read_bytes()) for file in found}
    return Spool(folder, dict(label for label in labels.values() if label is not None))


def _remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def _fault(kind: str, folder: Path) -> Fault:
    return Fault("plan", None, kind, "refused", {"folder": folder.name})
