"""Engines, sessions and migrations."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import Error as DriverError
from psycopg import OperationalError as DriverOperationalError
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from gridmap.errors import StoreError
from gridmap.messages import Message
from gridmap.store.address import plain_url, shown_url
from gridmap.store.tables import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator

MIGRATION_LOCK: Final = 0x6772_6964  # "grid": one migration at a time in one database


def open_engine(url: str) -> Engine:
    """
    Open a database and bring its tables up to date.

    Parameters
    ----------
    url
        As :func:`gridmap.store.cluster.database_url` gives it.

    Returns
    -------
    engine
        With every table there.

    Raises
    ------
    StoreError
        If the database cannot be reached, has no PostGIS and cannot get it, or does not let
        tables be made.
    """
    engine = create_engine(plain_url(url), pool_pre_ping=True)
    try:
        migrate(engine)
    except OperationalError as error:
        engine.dispose()
        fields = {"url": shown_url(url), "reason": _reason(error)}
        raise StoreError(Message("store.unreachable", fields)) from error
    except StoreError:
        engine.dispose()
        raise
    return engine


def sessions(engine: Engine) -> sessionmaker[Session]:
    """
    Make the one way to the database; `with sessions.begin() as session` is a transaction.

    Parameters
    ----------
    engine
        As :func:`open_engine` gives it.

    Returns
    -------
    sessions
        Makes sessions; nothing but the end of their `begin` block commits.
    """
    return sessionmaker(engine)


@contextmanager
def breaks_said() -> Iterator[None]:
    """
    Say in a sentence that the database broke off: a full disk, a server that goes away.

    Raises
    ------
    StoreError
        If it did; what the transaction had written is not there then.
    """
    try:
        yield
    except (OperationalError, DriverOperationalError) as error:
        reason = _reason(error) if isinstance(error, DBAPIError) else _first_line(error)
        raise StoreError(Message("store.broke_off", {"reason": reason})) from error


def require_answer(session: Session) -> None:
    """
    Ask the database something that costs nothing, and let it fail if it does not answer.

    Parameters
    ----------
    session
        Open transaction.
    """
    session.execute(text("SELECT 1"))


def check_now(session: Session) -> None:
    """
    Let the guards that wait for the end of the transaction look now.

    What they refuse is then refused where it was written, not where the transaction ends.

    Parameters
    ----------
    session
        Open transaction; it cannot go on after a refusal.

    Raises
    ------
    StoreError
        If the database refuses what was written, in the guard's own words.
    """
    session.flush()
    try:
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    except IntegrityError as error:
        raise StoreError(Message("store.refused", {"reason": _reason(error)})) from error
    session.execute(text("SET CONSTRAINTS ALL DEFERRED"))


def migrate(engine: Engine, revision: str = "head") -> None:
    """
    Bring the tables to a revision, up or down; all of it happens or nothing.

    Parameters
    ----------
    engine
        Database to change.
    revision
        Alembic revision; `head` is the newest, `base` takes every table away.

    Raises
    ------
    StoreError
        If the database has no PostGIS and it cannot be created there, or the tables cannot.
    """
    try:
        with engine.begin() as connection:
            _migrate(connection, revision)
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        fields = {"url": str(engine.url), "reason": _reason(error)}
        raise StoreError(Message("store.not_writable", fields)) from error


def _migrate(connection: Connection, revision: str) -> None:
    config = Config(attributes={})
    config.set_main_option("script_location", "gridmap.store:migrations")
    script = ScriptDirectory.from_config(config)
    if revision == "head" and _revision(connection) == script.get_current_head():
        return
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    _require_postgis(connection)
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    config.attributes["connection"] = connection
    go = command.downgrade if revision == "base" else command.upgrade
    go(config, revision)


def _revision(connection: Connection) -> str | None:
    options = {"version_table_schema": SCHEMA}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def _require_postgis(connection: Connection) -> None:
    try:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
    except DBAPIError as error:
        fields = {"url": str(connection.engine.url), "reason": _reason(error)}
        raise StoreError(Message("store.not_postgis", fields)) from error


def _reason(error: DBAPIError) -> str:
    """Give the database's own first line."""
    return _first_line(error.orig if isinstance(error.orig, DriverError) else error)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
