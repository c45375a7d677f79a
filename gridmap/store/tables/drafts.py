"""The tables of the redraw: terrain, drafts, their steps, and the grids as they are now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from gridmap.store.tables.base import Base, not_negative, one_of, shape, spatial, valid
from gridmap.store.tables.planned import PlanVersionRow


class TerrainRow(Base):
    """The plots of one community of one version: what its drafts are redrawn on, kept for good."""

    __tablename__ = "terrain"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "community_code"],
            ["plan_community.version_id", "plan_community.community_code"],
            ondelete="CASCADE",
        ),
    )

    version_id: Mapped[int] = mapped_column(primary_key=True)
    community_code: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class DraftRow(Base):
    """A named branch of the plan of one community; `head` is the number of its last step."""

    __tablename__ = "draft"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "community_code"],
            ["terrain.version_id", "terrain.community_code"],
        ),
        UniqueConstraint("version_id", "community_code", "name"),
        CheckConstraint("name <> ''", name="has_name"),
        *not_negative("head"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(PlanVersionRow.id))
    community_code: Mapped[str]
    name: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    head: Mapped[int] = mapped_column(server_default=text("0"))


class DraftStepRow(Base):
    """One step of a draft, written once: an operation, or one taken back or done again."""

    __tablename__ = "draft_step"
    __table_args__ = (
        one_of("kind", "do", "undo", "redo"),
        CheckConstraint("number > 0", name="numbered_from_one"),
        CheckConstraint("(kind = 'do') = (of_number IS NULL)", name="names_what_it_undoes"),
        CheckConstraint("of_number < number", name="undoes_what_was"),
    )

    draft_id: Mapped[int] = mapped_column(ForeignKey(DraftRow.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    of_number: Mapped[int | None]
    operation: Mapped[str]
    change: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any]]  # of the grids it touched, before and after
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    why: Mapped[str] = mapped_column(server_default="")


class DraftSnapshotRow(Base):
    """The whole plan of a draft after one of its steps, so that few steps have to be gone along."""

    __tablename__ = "draft_snapshot"
    __table_args__ = (*not_negative("number"),)

    draft_id: Mapped[int] = mapped_column(ForeignKey(DraftRow.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class DraftGridRow(Base):
    """One grid of a draft as it is now: what pages, tiles and exports show."""

    __tablename__ = "draft_grid"
    __table_args__ = (
        one_of(
            "status", "ok", "over_band", "under_band", "over_persons", "over_load", "under_load"
        ),
        *not_negative("households", "persons", "buildings"),
        CheckConstraint("area_m2 > 0", name="area_positive"),
        UniqueConstraint("draft_id", "code"),
        valid(),
        spatial("draft_grid"),
    )

    draft_id: Mapped[int] = mapped_column(ForeignKey(DraftRow.id), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[int]  # that drew it so
    code: Mapped[str]
    name: Mapped[str]
    is_locked: Mapped[bool]
    is_dedicated: Mapped[bool]
    households: Mapped[int]
    persons: Mapped[int]
    buildings: Mapped[int]
    area_m2: Mapped[float]
    clear_share: Mapped[float | None]
    compactness: Mapped[float]
    status: Mapped[str]
    geom: Mapped[WKBElement] = shape("MULTIPOLYGON")
