"""Which household was looked at, and passwords that have to be changed."""

from gridmap.store.migrations.sql import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add both; what was read until now was read by the bin."""
    run_sql("0014_reads.sql")


def downgrade() -> None:
    """Take both away again."""
    run_sql("0014_reads_down.sql")
