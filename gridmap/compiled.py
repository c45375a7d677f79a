"""
Compiled functions: Python with plain arrays, turned into machine code once and kept on disk.

Numba keeps what it compiled by the file a function stands in, and does not notice when a function
that it calls has changed in another file. So the code is kept in a folder named after all the
compiled sources together. Two processes that compile at the same time may spoil each other's
files: whoever calls compiled code first does so inside :func:`warm`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Function = TypeVar("Function", bound="Callable[..., object]")

MARK = "from gridmap.compiled import compiled"
"""Files with this line are compiled sources."""


@cache
def cache_folder() -> Path:
    """
    Name the folder that keeps the machine code of this version of the sources.

    Returns
    -------
    folder
        Exists and can be written; in the user's cache, else a temporary one.
    """
    words = hashlib.sha256(f"{numba.__version__} {os.uname().machine}".encode())
    for source in _sources():
        words.update(source)
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    folder = base / "gridmap" / words.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="gridmap-"))
    return folder if os.access(folder, os.W_OK) else Path(tempfile.mkdtemp(prefix="gridmap-"))


def compiled(function: Function) -> Function:
    """
    Compile a function on its first call, or load what was compiled before.

    Parameters
    ----------
    function
        Of numbers and arrays alone; it may call other compiled functions.

    Returns
    -------
    function
        The same, in machine code.
    """
    numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]
    return cast("Function", numba.njit(cache=True, error_model="numpy")(function))


@contextmanager
def warm() -> Iterator[None]:
    """
    Compile or load inside, one process at a time.

    Yields
    ------
    nothing
        While no other process of this user is inside.
    """
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sources() -> list[bytes]:
    root = Path(str(files("gridmap")))
    found = (file.read_bytes() for file in sorted(root.rglob("*.py")))
    return [text for text in found if MARK.encode() in text]
