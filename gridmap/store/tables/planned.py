"""The tables of planning: a version, its grids, which building is where, and what is wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gridmap.store.tables.base import Base, not_negative, one_of, shape, spatial, valid
from gridmap.store.tables.imported import DatasetRow


class PlanVersionRow(Base):
    """One plan of communities of one dataset; only a finished one is a draft."""

    __tablename__ = "plan_version"
    __table_args__ = (
        UniqueConstraint("id", "dataset_id"),
        one_of("status", "planning", "draft"),
        CheckConstraint("status = 'planning' OR figures IS NOT NULL", name="draft_has_figures"),
        Index(None, "dataset_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey(DatasetRow.id))
    status: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seed: Mapped[int]
    rules: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any] | None]
    balance: Mapped[dict[str, Any] | None]

    grids: Mapped[list[GridRow]] = relationship(back_populates="version", lazy="raise")


class PlanCommunityRow(Base):
    """One community that a version divides."""

    __tablename__ = "plan_community"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "dataset_id"],
            ["plan_version.id", "plan_version.dataset_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["dataset_id", "community_code"], ["community.dataset_id", "community.code"]
        ),
    )

    version_id: Mapped[int] = mapped_column(primary_key=True)
    community_code: Mapped[str] = mapped_column(primary_key=True)
    dataset_id: Mapped[int]


class GridRow(Base):
    """One grid polygon of one plan version; `revision` counts every change to it or its homes."""

    __tablename__ = "grid"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "dataset_id"],
            ["plan_version.id", "plan_version.dataset_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["version_id", "community_code"],
            ["plan_community.version_id", "plan_community.community_code"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("version_id", "dataset_id", "code"),
        one_of("kind", "general", "dedicated", "empty"),
        one_of(
            "status", "ok", "over_band", "under_band", "over_persons", "over_load", "under_load"
        ),
        CheckConstraint("status = 'ok' OR reason IS NOT NULL", name="exception_has_reason"),
        CheckConstraint("kind <> 'empty' OR households = 0", name="empty_is_empty"),
        CheckConstraint("area_m2 > 0", name="area_positive"),
        CheckConstraint("clear_share BETWEEN 0 AND 1", name="clear_share_is_share"),
        CheckConstraint("compactness BETWEEN 0 AND 1", name="compactness_is_share"),
        CheckConstraint("neck_m >= 0", name="neck_measured"),
        CheckConstraint("enclosed_by <> code", name="enclosed_by_another"),
        CheckConstraint("code <> ''", name="has_code"),
        *not_negative("households", "persons", "buildings"),
        valid(),
        spatial("grid"),
    )

    version_id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    dataset_id: Mapped[int]
    community_code: Mapped[str]
    seq: Mapped[int]
    revision: Mapped[int] = mapped_column(server_default=text("0"))
    name: Mapped[str]
    kind: Mapped[str]
    households: Mapped[int]
    persons: Mapped[int]
    loads: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))  # further ones
    buildings: Mapped[int]
    area_m2: Mapped[float]
    clear_share: Mapped[float | None]  # NULL without an inner border
    compactness: Mapped[float]
    neck_m: Mapped[float | None]  # NULL in plans older than the column
    enclosed_by: Mapped[str] = mapped_column(server_default="")
    worker: Mapped[str]
    status: Mapped[str]
    reason: Mapped[dict[str, Any] | None]
    bounds: Mapped[dict[str, Any] | None]
    why: Mapped[dict[str, Any] | None]
    geom: Mapped[WKBElement] = shape("MULTIPOLYGON")

    version: Mapped[PlanVersionRow] = relationship(back_populates="grids", lazy="raise")


class AssignmentRow(Base):
    """Which grid a building is in: the key allows one grid a building and version."""

    __tablename__ = "assignment"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "dataset_id", "grid_code"],
            ["grid.version_id", "grid.dataset_id", "grid.code"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["dataset_id", "building_id"], ["building.dataset_id", "building.building_id"]
        ),
        Index(None, "version_id", "grid_code"),
        Index(None, "dataset_id", "building_id"),
    )

    version_id: Mapped[int] = mapped_column(primary_key=True)
    building_id: Mapped[str] = mapped_column(primary_key=True)
    dataset_id: Mapped[int]
    grid_code: Mapped[str]
    micro_code: Mapped[str]


class MicrogridRow(Base):
    """One micro-grid inside a grid."""

    __tablename__ = "microgrid"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "grid_code"], ["grid.version_id", "grid.code"], ondelete="CASCADE"
        ),
        *not_negative("households", "persons"),
        valid(),
        Index(None, "version_id", "grid_code"),
        spatial("microgrid"),
    )

    version_id: Mapped[int] = mapped_column(primary_key=True)
    micro_code: Mapped[str] = mapped_column(primary_key=True)
    grid_code: Mapped[str]
    seq: Mapped[int]
    households: Mapped[int]
    persons: Mapped[int]
    made_of: Mapped[str]
    geom: Mapped[WKBElement] = shape("MULTIPOLYGON")


class FaultRow(Base):
    """One fault of an import, or of a plan made from it."""

    __tablename__ = "fault"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "dataset_id"],
            ["plan_version.id", "plan_version.dataset_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["dataset_id", "community_code"],
            ["community.dataset_id", "community.code"],
            ondelete="CASCADE",
        ),
        one_of("stage", "layers", "ledger", "plan"),
        one_of("level", "refused", "repaired", "noted"),
        CheckConstraint("(stage = 'plan') = (version_id IS NOT NULL)", name="plan_has_version"),
        Index(None, "dataset_id"),
        Index(None, "version_id"),
        spatial("fault"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey(DatasetRow.id, ondelete="CASCADE"))
    version_id: Mapped[int | None]
    stage: Mapped[str]  # what was being done when it was found
    community_code: Mapped[str | None]
    layer: Mapped[str]
    row: Mapped[int | None]
    sheet: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str]
    level: Mapped[str]
    fields: Mapped[dict[str, Any]]
    geom: Mapped[WKBElement | None] = shape("GEOMETRY")
