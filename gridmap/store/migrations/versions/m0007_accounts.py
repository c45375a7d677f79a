"""Accounts: who may act where, who is signed in, and tokens for scripts."""

from gridmap.store.migrations.sql import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the tables; there is no account until somebody adds one."""
    run_sql("0007_accounts.sql")


def downgrade() -> None:
    """Take them away again, with every account."""
    run_sql("0007_accounts_down.sql")
