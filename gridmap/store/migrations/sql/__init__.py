"""The steps themselves, in SQL: what stands in the database is read here as it will stand there."""

from __future__ import annotations

from importlib.resources import files

from alembic import op


def run_sql(name: str) -> None:
    """Run one file of this folder."""
    run_script((files(__package__) / name).read_text("utf-8"))


def run_script(script: str) -> None:
    """Run SQL on the migration's connection, past SQLAlchemy: `%` and `:` are SQL's here."""
    connection = op.get_bind().connection.driver_connection
    assert connection is not None  # noqa: S101 (a connection in use has one; mypy asks)
    connection.execute(script)
