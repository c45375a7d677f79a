"""Rights in the database: what an account of the service may read at all."""

from gridmap.store.migrations.sql import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Put policies on what is somebody's, and make the role the service acts in if that may be."""
    run_sql("0010_rights.sql")


def downgrade() -> None:
    """Take the policies away; the role stays, because another database may know it too."""
    run_sql("0010_rights_down.sql")
