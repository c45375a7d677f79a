"""Further loads that a rule gives a band of their own."""

from gridmap.store.migrations.sql import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns; imports and plans that are there already have no further loads."""
    run_sql("0005_loads.sql")


def downgrade() -> None:
    """Take them away again."""
    run_sql("0005_loads_down.sql")
