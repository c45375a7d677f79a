"""Publication: signed exceptions, approval by different people, and what is in force when."""

from gridmap.store.migrations.sql import run_sql

revision = "0009"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables, and what keeps their order."""
    run_sql("0009_publications.sql")


def downgrade() -> None:
    """Take them away again."""
    run_sql("0009_publications_down.sql")
