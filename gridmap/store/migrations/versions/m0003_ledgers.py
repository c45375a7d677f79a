"""Ledgers as they are kept: sheets, ways of placing and how sure they are."""

from gridmap.store.migrations.sql import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what a reconciled ledger says of each row."""
    run_sql("0003_ledgers.sql")


def downgrade() -> None:
    """Take it away again."""
    run_sql("0003_ledgers_down.sql")
