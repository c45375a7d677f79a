"""Who the database server runs as: PostgreSQL refuses to be root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gridmap.errors import StoreError
from gridmap.messages import Message

SERVER_ACCOUNT: Final = "postgres"
"""Made by the distribution's packages; only used when gridmap itself runs as root."""


@dataclass(frozen=True, slots=True)
class SystemAccount:
    """A system account; `is_other` when it is not the one this process runs as."""

    name: str
    uid: int
    gid: int
    is_other: bool

    def run(self, *command: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """
        Run a program as this account, in `folder`, and wait for it.

        The environment's `PG…` variables are left out, because they would point the programs at
        somebody else's server.
        """
        environment = {key: value for key, value in os.environ.items() if key[:2] != "PG"}
        return subprocess.run(  # noqa: S603
            command,
            cwd=folder,
            env={**environment, "LC_ALL": "C.UTF-8"},
            user=self.uid if self.is_other else None,
            group=self.gid if self.is_other else None,
            extra_groups=os.getgrouplist(self.name, self.gid) if self.is_other else None,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def own(self, folder: Path) -> Path:
        """Make `folder` for this account alone, and return it."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.is_other:
            os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)
        return folder

    def reaches(self, folder: Path) -> bool:
        """Can this account go into `folder`, through every folder above it."""
        return not self.is_other or (
            self.run("test", "-x", str(folder), folder=Path("/")).returncode == 0
        )


def server_account(home: Path) -> SystemAccount:
    """
    Choose who the server runs as.

    Parameters
    ----------
    home
        The cluster's folder, if there is one already: its owner stays the owner.

    Returns
    -------
    account
        This process's own; for root the owner of `home`, or `postgres`.

    Raises
    ------
    StoreError
        If the account is not in the system's list, which PostgreSQL insists on.
    """
    uid = os.geteuid()
    try:
        if uid != 0:
            entry = pwd.getpwuid(uid)
        elif home.is_dir() and home.stat().st_uid != 0:
            entry = pwd.getpwuid(home.stat().st_uid)
        else:
            entry = pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError as error:
        raise StoreError(Message("store.no_account", {"account": str(error.args[0])})) from error
    return SystemAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, is_other=entry.pw_uid != uid)
