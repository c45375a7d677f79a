"""Where PostgreSQL's own programs are on this machine."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gridmap.errors import StoreError
from gridmap.messages import Message

PROGRAMS: Final = Path("/usr/lib/postgresql")
EXTENSIONS: Final = Path("/usr/share/postgresql")
NEEDED: Final = ("postgis", "pgrouting")


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installed PostgreSQL that PostGIS and pgRouting are installed for."""

    folder: Path
    version: int

    def program(self, name: str) -> str:
        """Give the path of one program, as a command line wants it."""
        return str(self.folder / name)


def find_binaries(
    version: int | None = None,
    *,
    programs: Path = PROGRAMS,
    extensions: Path = EXTENSIONS,
    path: str | None = None,
) -> Binaries:
    """
    Find the newest PostgreSQL that can hold maps.

    Debian and Ubuntu keep each major version in a folder of its own and leave it off the PATH,
    so those folders are looked through first; elsewhere `pg_config` says where things are.

    Parameters
    ----------
    version
        Major version that is needed, because a cluster was made by it; None takes the highest.
    programs
        Folder of `<version>/bin` folders.
    extensions
        Folder of `<version>/extension` folders.
    path
        Search path for `pg_config`; None is the environment's.

    Returns
    -------
    binaries
        The folder of the programs, and their major version.

    Raises
    ------
    StoreError
        If there is none: the sentence says what to install.
    """
    found = _distribution(programs, extensions) + _configured(path)
    fitting = [one for one in found if version in (None, one.version)]
    if not fitting:
        wanted = str(version or "")
        raise StoreError(Message("store.postgis_missing", {"version": wanted}))
    return max(fitting, key=lambda one: one.version)


def _distribution(programs: Path, extensions: Path) -> list[Binaries]:
    folders = [folder for folder in programs.glob("*/bin") if folder.parent.name.isdigit()]
    return [
        Binaries(folder, int(folder.parent.name))
        for folder in folders
        if (folder / "initdb").exists()
        and _holds_maps(extensions / folder.parent.name / "extension")
    ]


def _configured(path: str | None) -> list[Binaries]:
    command = shutil.which("pg_config", path=path)
    if command is None:
        return []
    asked = [command, "--bindir", "--sharedir", "--version"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    if answer.returncode != 0:
        return []
    folder, share, name = answer.stdout.splitlines()
    digits = name.split()[1].split(".")[0]
    usable = (
        digits.isdigit()
        and (Path(folder) / "initdb").exists()
        and _holds_maps(Path(share) / "extension")
    )
    return [Binaries(Path(folder), int(digits))] if usable else []


def _holds_maps(extension: Path) -> bool:
    return all((extension / f"{name}.control").exists() for name in NEEDED)
