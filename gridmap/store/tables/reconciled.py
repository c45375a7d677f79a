"""What people said of the data and what became of it: versions, offers, decisions, reads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from gridmap.layers.balance import BINS
from gridmap.layers.decisions import VERDICTS
from gridmap.store.tables.base import Base, not_negative, one_of
from gridmap.store.tables.imported import DatasetRow


class LayerVersionRow(Base):
    """One layer of one import, and since which import it has been just this."""

    __tablename__ = "layer_version"
    __table_args__ = (
        *not_negative("rows"),
        CheckConstraint("unchanged_since < dataset_id", name="older"),
    )

    dataset_id: Mapped[int] = mapped_column(
        ForeignKey(DatasetRow.id, ondelete="CASCADE"), primary_key=True
    )
    layer: Mapped[str] = mapped_column(primary_key=True)
    rows: Mapped[int]
    file: Mapped[str]  # as the user calls it; "" where nobody said
    fingerprint: Mapped[str]
    unchanged_since: Mapped[int | None]  # an import that may have been deleted since


class OfferRow(Base):
    """One building that a household without a place may live in, for a person to decide."""

    __tablename__ = "offer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["dataset_id", "seq"],
            ["household.dataset_id", "household.seq"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["dataset_id", "building_id"],
            ["building.dataset_id", "building.building_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("score BETWEEN 0 AND 1", name="score_is_share"),
    )

    dataset_id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)  # of the household, which has the address
    building_id: Mapped[str] = mapped_column(primary_key=True)
    score: Mapped[float]


class DecisionRow(Base):
    """One decision about a ledger; it is replayed on every import and never taken back."""

    __tablename__ = "decision"
    __table_args__ = (
        one_of("verdict", *VERDICTS),
        CheckConstraint("btrim(subject) <> ''", name="has_subject"),
        CheckConstraint(
            "(verdict IN ('waive', 'restore')) = (building_id = '')", name="has_building"
        ),
        CheckConstraint("verdict <> 'waive' OR btrim(reason) <> ''", name="waiver_has_reason"),
        CheckConstraint("btrim(decided_by) <> ''", name="is_signed"),
        Index(
            "uq_decision_said_once",
            "verdict",
            "subject",
            "building_id",
            "reason",
            "decided_by",
            "decided_at",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    verdict: Mapped[str]
    subject: Mapped[str]
    building_id: Mapped[str]
    reason: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime | None]
    source: Mapped[str]  # the file it came in, or the command


class ColumnMappingRow(Base):
    """What somebody confirmed about the columns under one header."""

    __tablename__ = "column_mapping"

    layer: Mapped[str] = mapped_column(primary_key=True)
    header_fingerprint: Mapped[str] = mapped_column(primary_key=True)
    mapping: Mapped[dict[str, Any]]
    confirmed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class HouseholdReadRow(Base):
    """Somebody read single households: who, why, and which."""

    __tablename__ = "household_read"
    __table_args__ = (
        one_of("bin", *BINS),
        CheckConstraint("btrim(who) <> '' AND btrim(why) <> ''", name="signed"),
        CheckConstraint("household_id = '' OR households = 1", name="one_is_one"),
        *not_negative("households"),
        Index(None, "household_id", postgresql_where=text("household_id <> ''")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    read_at: Mapped[datetime] = mapped_column(server_default=func.now())
    who: Mapped[str]
    why: Mapped[str]
    dataset_id: Mapped[int]  # that it was read is known for longer than what was read
    bin: Mapped[str]
    communities: Mapped[str]  # codes, ";" between; "" for all
    households: Mapped[int]
    # Of a single one; written even when empty, because who writes may not read it back.
    household_id: Mapped[str] = mapped_column(default="", server_default="")
