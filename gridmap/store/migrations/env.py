"""Runs the steps on the connection that `gridmap.store.session.migrate` hands over."""

from alembic import context

from gridmap.store.tables import SCHEMA, Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table_schema=SCHEMA,
)
context.run_migrations()
