"""The tables of publication: signed exceptions, steps of approval, and what is in force when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from gridmap.store.tables.base import Base, not_negative, one_of
from gridmap.store.tables.planned import PlanVersionRow

STEPS = ("submitted", "approved", "published", "filed")
"""What happens to a version, in this order; each step is taken once."""

DESCENT = ("same", "renamed", "split", "merge", "redrawn", "moved_line")
"""How a grid may be the child of another."""

LINEAGE_KINDS = (*DESCENT, "new", "ended", "ground", "outside")
"""The others are no descent: they begin, end, or share ground that nobody lives on."""


class SignedExceptionRow(Base):
    """A grid, or a version ("" for the code), that may be published as it is, and who says so."""

    __tablename__ = "signed_exception"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "grid_code"], ["grid.version_id", "grid.code"], ondelete="CASCADE"
        ),
        one_of("rule", "band", "owner", "no_place", "conflict"),
        CheckConstraint("(code = '') = (rule IN ('no_place', 'conflict'))", name="grid_or_version"),
        CheckConstraint("why <> ''", name="has_why"),
        CheckConstraint("signed_by <> ''", name="is_signed"),
    )

    version_id: Mapped[int] = mapped_column(
        ForeignKey(PlanVersionRow.id, ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(primary_key=True)
    grid_code: Mapped[str | None] = mapped_column(Computed("nullif(code, '')", persisted=True))
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


class LineageRow(Base):
    """
    What one grid in force has to do with one that was in force before it; "" is no grid.

    `part` by `whole` is the weight by which counts of the old grid are restated on the new one,
    `back_part` by `back_whole` that of the way back.
    """

    __tablename__ = "lineage"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "community_code"],
            ["publication.version_id", "publication.community_code"],
        ),
        ForeignKeyConstraint(
            ["old_version", "community_code"],
            ["publication.version_id", "publication.community_code"],
        ),
        one_of("kind", *LINEAGE_KINDS),
        one_of("measure", "", "households", "ground"),
        one_of("back_measure", "", "households", "ground"),
        CheckConstraint("old_code <> '' OR new_code <> ''", name="of_a_grid"),
        CheckConstraint("old_version IS NOT NULL OR old_code = ''", name="old_is_of_a_version"),
        CheckConstraint("share_of_area BETWEEN 0 AND 1", name="area_is_share"),
        CheckConstraint("part BETWEEN 0 AND whole", name="part_of_whole"),
        CheckConstraint("back_part BETWEEN 0 AND back_whole", name="back_part_of_whole"),
        *not_negative("households"),
        Index(None, "community_code", "old_version"),
    )

    version_id: Mapped[int] = mapped_column(primary_key=True)
    community_code: Mapped[str] = mapped_column(primary_key=True)
    old_code: Mapped[str] = mapped_column(primary_key=True)
    new_code: Mapped[str] = mapped_column(primary_key=True)
    old_version: Mapped[int | None]  # NULL where nothing was in force
    kind: Mapped[str]
    households: Mapped[int]  # that both have, as the new plan counts them
    share_of_area: Mapped[float]  # of the old grid's ground
    measure: Mapped[str]
    part: Mapped[int] = mapped_column(BigInteger)
    whole: Mapped[int] = mapped_column(BigInteger)
    back_measure: Mapped[str]
    back_part: Mapped[int] = mapped_column(BigInteger)
    back_whole: Mapped[int] = mapped_column(BigInteger)


class CertificateRow(Base):
    """What was certified when a version was published, and the hash of just that."""

    __tablename__ = "certificate"
    __table_args__ = (CheckConstraint("length(sha256) = 64", name="hash_is_whole"),)

    version_id: Mapped[int] = mapped_column(ForeignKey(PlanVersionRow.id), primary_key=True)
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str]
