"""The tables."""

from alembic import op

from gridmap.store.migrations.sql import run_sql

revision = "0001"
down_revision = None

TABLES = (
    "microgrid",
    "assignment",
    "grid",
    "fault",
    "plan_community",
    "plan_version",
    "household",
    "building",
    "link",
    "worker",
    "todays_grid",
    "dedicated",
    "compound",
    "wall",
    "water",
    "railway",
    "road",
    "community",
    "balance",
    "dataset",
)


def upgrade() -> None:
    """Make every table."""
    run_sql("0001_tables.sql")


def downgrade() -> None:
    """Take every table away, with what is in them."""
    for table in TABLES:
        op.drop_table(table, schema="gridmap")
