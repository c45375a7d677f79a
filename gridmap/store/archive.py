"""Backups: one file with everything, and a restore that replaces the database or leaves it."""

from __future__ import annotations

import os
import secrets
import subprocess
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from gridmap.errors import StoreError
from gridmap.messages import Message
from gridmap.store.address import plain_url
from gridmap.store.binaries import find_binaries
from gridmap.store.tables import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL

MAINTENANCE: Final = "postgres"
"""The database to stand in while another one is renamed or dropped."""


def backup(url: str, file: Path) -> None:
    """
    Write the whole database into one file.

    Parameters
    ----------
    url
        Database.
    file
        Where to write; an older backup there is replaced once the new one is whole.

    Raises
    ------
    StoreError
        If the database or the file cannot be used; then the file is as it was.
    """
    draft = file.with_name(f"{file.name}.part")
    try:
        draft.touch(mode=0o600)
        _run("pg_dump", url, "-Fc", "--no-owner", "--no-privileges", "-f", str(draft))
        draft.replace(file)
    except (OSError, subprocess.CalledProcessError) as error:
        fields = {"file": str(file), "reason": _reason(error)}
        raise StoreError(Message("store.backup_failed", fields)) from error
    finally:
        draft.unlink(missing_ok=True)


def restore(url: str, file: Path) -> None:
    """
    Replace the database by a backup.

    The backup goes into a database of its own, which takes the other's name only when it is
    whole. Whoever is connected then is cut off.

    Parameters
    ----------
    url
        Database to replace.
    file
        As :func:`backup` wrote it.

    Raises
    ------
    StoreError
        If the file is no backup of gridmap, or cannot be restored whole; then the database is
        as it was.
    """
    place = make_url(plain_url(url))
    fresh = f"{place.database}_{secrets.token_hex(4)}"
    try:
        with _server(place) as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(fresh)))
            try:
                _fill(place.set(database=fresh), file)
                _swap(server, str(place.database), fresh)
            finally:
                gone = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                server.execute(gone.format(sql.Identifier(fresh)))
    except (psycopg.Error, OSError, subprocess.CalledProcessError) as error:
        fields = {"file": str(file), "reason": _reason(error)}
        raise StoreError(Message("store.restore_failed", fields)) from error


def _fill(place: URL, file: Path) -> None:
    url = place.render_as_string(hide_password=False)
    with file.open("rb") as opened:
        is_archive = opened.read(5) == b"PGDMP"
    if is_archive:
        _run("pg_restore", url, "--exit-on-error", "--no-owner", "--no-privileges", str(file))
    with psycopg.connect(**_parts(place)) as fresh:
        known = "SELECT to_regclass(%s)"
        if fresh.execute(known, [f"{SCHEMA}.alembic_version"]).fetchone() == (None,):
            raise StoreError(Message("store.not_a_backup", {"file": str(file)}))


def _swap(server: psycopg.Connection, name: str, fresh: str) -> None:
    """Give the fresh database the name, and what had it the fresh one's, in one transaction."""
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    old, new, aside = (sql.Identifier(one) for one in (name, fresh, f"{fresh}_old"))
    leave = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = ANY(%s) AND pid <> pg_backend_pid()"
    )
    with server.transaction():
        server.execute(leave, [[name, fresh]])
        server.execute(rename.format(old, aside))
        server.execute(rename.format(new, old))
        server.execute(rename.format(aside, new))


def _server(place: URL) -> psycopg.Connection:
    return psycopg.connect(**{**_parts(place), "dbname": MAINTENANCE}, autocommit=True)


def _parts(place: URL) -> dict[str, Any]:
    """Give an address as libpq names its parts."""
    parts = {
        "host": place.host,
        "port": str(place.port) if place.port else None,
        "user": place.username,
        "password": place.password,
        "dbname": place.database,
        **{key: str(value) for key, value in place.query.items()},
    }
    return {key: value for key, value in parts.items() if value}


def _run(program: str, url: str, *words: str) -> None:
    """Run one of PostgreSQL's programs; the password goes where no list of processes shows it."""
    parts = _parts(make_url(plain_url(url)))
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    secret = {names[key]: value for key, value in parts.items() if key in names}
    command = [find_binaries().program(program), "--dbname", parts["dbname"], *words]
    subprocess.run(  # noqa: S603
        command, env={**os.environ, **secret}, check=True, capture_output=True, text=True
    )


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        lines = str(error.stderr).strip().splitlines()
        return lines[0] if lines else str(error.returncode)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).strip().splitlines()[0]
