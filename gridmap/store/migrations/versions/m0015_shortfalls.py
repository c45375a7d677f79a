"""Signatures for households that are in no grid."""

from gridmap.store.migrations.sql import run_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Let somebody sign for a whole version."""
    run_sql("0015_shortfalls.sql")


def downgrade() -> None:
    """Let signatures be of grids alone again; those of whole versions go."""
    run_sql("0015_shortfalls_down.sql")
