"""What must be alike wherever a town is planned, so that it comes out the same to the bit."""

from __future__ import annotations

import platform
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

PACKAGES: Final = ("gridmap", "geopandas", "numba", "numpy", "pandas", "pyproj", "scipy", "shapely")
"""Ours, and those that figures and corners come out of."""

SOURCES: Final = (".py", ".toml")


@cache
def own_kit() -> dict[str, str]:
    """
    Say what this process plans with.

    Returns
    -------
    kit
        Versions of Python and of the packages that matter, and a check sum of gridmap's own code.
    """
    versions = {"python": platform.python_version()}
    versions |= {name: version(name) for name in PACKAGES}
    return {**versions, "code": _code_sum()}


def difference(kit: dict[str, str], other: dict[str, str | None]) -> tuple[str, str, str] | None:
    """
    Find the first thing that two kits differ in.

    Parameters
    ----------
    kit
        Of :func:`own_kit`.
    other
        Another one, perhaps with gaps; what it does not name is not compared.

    Returns
    -------
    difference
        What it is, and its version here and there ("" where it is missing); None if there is none.
    """
    for name, wanted in kit.items():
        found = other.get(name, wanted)
        if found != wanted:
            return name, wanted, found or ""
    return None


def _code_sum() -> str:
    total = blake2b(digest_size=8)
    for file in _sources(files("gridmap")):
        total.update(file.name.encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def _sources(folder: Traversable) -> Iterator[Traversable]:
    for item in sorted(folder.iterdir(), key=lambda one: one.name):
        if item.is_dir():
            yield from _sources(item)
        elif item.name.endswith(SOURCES):
            yield item
