"""What a plan says of the shape of each grid, and why it looks so."""

from gridmap.store.migrations.sql import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns; plans that are there already leave them empty."""
    run_sql("0004_explanations.sql")


def downgrade() -> None:
    """Take them away again."""
    run_sql("0004_explanations_down.sql")
