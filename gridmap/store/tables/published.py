"""The tables of publication: signed exceptions, steps of approval, and what is in force when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from gridmap.store.tables.base import Base, one_of
from gridmap.store.tables.planned import PlanVersionRow

STEPS = ("submitted", "approved", "published", "filed")
"""What happens to a version, in this order; each step is taken once."""


class SignedExceptionRow(Base):
    """A grid that may be published as it is, and who answers for that."""

    __tablename__ = "signed_exception"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "code"], ["grid.version_id", "grid.code"], ondelete="CASCADE"
        ),
        one_of("rule", "band", "owner"),
        CheckConstraint("why <> ''", name="has_why"),
        CheckConstraint("signed_by <> ''", name="is_signed"),
    )

    version_id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    why: Mapped[str]
    signed_by: Mapped[str]
    signed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class VersionStepRow(Base):
    """One step of a version on its way to the files; two in a row are by different people."""

    __tablename__ = "version_step"
    __table_args__ = (
        one_of("step", *STEPS),
        one_of("way", "service", "command"),
        CheckConstraint("taken_by <> ''", name="has_name"),
    )

    version_id: Mapped[int] = mapped_column(ForeignKey(PlanVersionRow.id), primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    taken_by: Mapped[str]
    taken_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    way: Mapped[str]  # by an account of the service, or on the command line of the server
    note: Mapped[str] = mapped_column(server_default="")


class PublicationRow(Base):
    """The grids of one community in force from a day on, until those that follow."""

    __tablename__ = "publication"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "community_code"],
            ["plan_community.version_id", "plan_community.community_code"],
        ),
        Index("uq_publication_in_force", "community_code", "valid_from", unique=True),
    )

    version_id: Mapped[int] = mapped_column(primary_key=True)
    community_code: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[datetime]


class CertificateRow(Base):
    """What was certified when a version was published, and the hash of just that."""

    __tablename__ = "certificate"
    __table_args__ = (CheckConstraint("length(sha256) = 64", name="hash_is_whole"),)

    version_id: Mapped[int] = mapped_column(ForeignKey(PlanVersionRow.id), primary_key=True)
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str]
