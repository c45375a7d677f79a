"""Lineage: what every grid in force has to do with those that were in force before it."""

from gridmap.store.migrations.sql import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the table, and let the service read it, and certificates, within an account's areas."""
    run_sql("0013_lineage.sql")


def downgrade() -> None:
    """Take the table and the rights to read it away."""
    run_sql("0013_lineage_down.sql")
