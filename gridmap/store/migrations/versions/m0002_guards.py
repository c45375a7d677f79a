"""The guards: what only many rows together can tell."""

from gridmap.store.migrations.sql import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make every guard."""
    run_sql("0002_guards.sql")


def downgrade() -> None:
    """Take every guard away."""
    run_sql("0002_guards_down.sql")
