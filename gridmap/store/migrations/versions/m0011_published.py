"""What is published, as views: for OGC API, and for whoever reads the database itself."""

from gridmap.store.migrations.sql import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make a schema with the views of what is published."""
    run_sql("0011_published.sql")


def downgrade() -> None:
    """Take the views away; what they show stays."""
    run_sql("0011_published_down.sql")
