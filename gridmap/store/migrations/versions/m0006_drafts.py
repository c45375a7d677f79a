"""Drafts: named branches of a community's plan, redrawn step by step."""

from gridmap.store.migrations.sql import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables, and what keeps their steps in order and unedited."""
    run_sql("0006_drafts.sql")


def downgrade() -> None:
    """Take them away again."""
    run_sql("0006_drafts_down.sql")
