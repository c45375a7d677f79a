"""The migrations make what the tables say, go down as they came up, and never run twice at once."""

import hashlib
import secrets
from collections.abc import Iterator

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from procrastinate.schema import SchemaManager
from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url

from gridmap.errors import StoreError
from gridmap.store.session import migrate, open_engine
from gridmap.store.tables import SCHEMA, Base

QUEUE_TABLES = "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009"
CATALOGUE = {
    "columns": """
        SELECT table_name, column_name, udt_name, is_nullable, column_default, is_identity
        FROM information_schema.columns WHERE table_schema = 'gridmap' ORDER BY 1, 2
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'gridmap'::regnamespace AND contype <> 't' ORDER BY 1, 2
    """,
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'gridmap' ORDER BY 1, 2
    """,
    "shapes": """
        SELECT f_table_name, f_geometry_column, srid, type FROM geometry_columns
        WHERE f_table_schema = 'gridmap' ORDER BY 1, 2
    """,
}


@pytest.fixture
def emptied(engine: Engine) -> Engine:
    """Give a database without the tables."""
    migrate(engine, "base")
    return engine


def described(connection: Connection, what: str) -> list[tuple[object, ...]]:
    rows = connection.execute(text(CATALOGUE[what]))
    return [
        tuple(row) for row in rows if row[0] not in {"alembic_version", "gridmap.alembic_version"}
    ]


@pytest.fixture
def made_by_tables(emptied: Engine) -> Iterator[Connection]:
    with emptied.begin() as connection:
        Base.metadata.create_all(connection)
        yield connection


@pytest.mark.parametrize("what", sorted(CATALOGUE))
def test_migrations_make_what_the_tables_say(
    shared_engine: Engine, made_by_tables: Connection, what: str
) -> None:
    with shared_engine.connect() as migrated:
        assert described(migrated, what) == described(made_by_tables, what)


def test_autogenerate_finds_nothing_to_do(shared_engine: Engine) -> None:
    options = {
        "version_table_schema": SCHEMA,
        "include_schemas": True,
        "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
        "compare_type": True,
    }
    elsewhere = create_engine(  # the schema bears the role's name, so it would be the default one
        shared_engine.url, connect_args={"options": "-c search_path=public"}
    )
    with elsewhere.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
    elsewhere.dispose()


def test_going_down_leaves_nothing_and_up_again_everything(engine: Engine) -> None:
    left = text(
        "SELECT (SELECT count(*) FROM pg_tables WHERE schemaname = 'gridmap'),"
        " (SELECT count(*) FROM pg_proc WHERE pronamespace = 'gridmap'::regnamespace),"
        " (SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('gridmap_queue'))"
    )
    with engine.connect() as connection:
        before = connection.execute(left).one()
    migrate(engine, "base")
    with engine.connect() as connection:
        assert connection.execute(left).one() == (1, 0, 0)
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(left).one() == before


def test_migrating_what_is_up_to_date_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    with engine.connect() as connection:
        version = connection.execute(text("SELECT version_num FROM gridmap.alembic_version"))
        assert version.scalars().all() == ["0015"]


def test_the_queue_is_the_one_that_the_migration_was_written_for() -> None:
    digest = hashlib.sha256(SchemaManager.get_schema().encode()).hexdigest()
    said = "the queue's library has other tables now: its own migrations belong into one of ours"
    assert digest == QUEUE_TABLES, said


def test_every_geometry_column_has_a_gist_index(shared_engine: Engine) -> None:
    bare = text("""
        SELECT c.f_table_name, c.f_geometry_column FROM geometry_columns c
        WHERE c.f_table_schema = 'gridmap' AND NOT EXISTS (
            SELECT FROM pg_indexes i WHERE i.schemaname = 'gridmap'
            AND i.tablename = c.f_table_name
            AND i.indexdef LIKE '%USING gist (' || c.f_geometry_column || ')%')
    """)
    with shared_engine.connect() as connection:
        assert connection.execute(bare).all() == []


def test_a_database_that_cannot_be_reached_is_named_without_its_password() -> None:
    with pytest.raises(StoreError, match="cannot be reached") as error:
        open_engine("postgresql://me:secret@127.0.0.1:1/gridmap")
    assert "secret" not in str(error.value)


@pytest.fixture
def stranger(postgis_url: str) -> Iterator[URL]:
    """Give a role without rights, and a database of somebody else's without PostGIS."""
    name, password = f"test_{secrets.token_hex(6)}", secrets.token_hex(8)
    place = make_url(postgis_url).set(drivername="postgresql", database="postgres")
    with psycopg.connect(place.render_as_string(hide_password=False), autocommit=True) as server:
        server.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        server.execute(f"CREATE DATABASE {name}")
        yield place.set(username=name, password=password, database=name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        server.execute(f"DROP ROLE {name}")


def test_a_user_who_may_not_create_postgis_is_told(stranger: URL) -> None:
    with pytest.raises(StoreError, match="has no PostGIS"):
        open_engine(stranger.render_as_string(hide_password=False))


def test_a_user_who_may_not_make_tables_is_told(stranger: URL, template_database: str) -> None:
    there = stranger.set(database=make_url(template_database).database)
    engine = create_engine(there.set(drivername="postgresql+psycopg"))
    with pytest.raises(StoreError, match="does not let gridmap make its tables"):
        migrate(engine, "base")
    engine.dispose()
