"""Long jobs: a durable queue, and what is planned through it."""

from procrastinate.schema import SchemaManager

from gridmap.store.migrations.sql import run_script, run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the queue's tables as its library has them, in a schema of their own, and ours."""
    run_sql("0012_queue.sql")
    run_script(SchemaManager.get_schema())
    run_sql("0012_jobs.sql")


def downgrade() -> None:
    """Take all of it away, with every job; versions that were planned stay."""
    run_sql("0012_jobs_down.sql")
