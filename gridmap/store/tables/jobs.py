"""The tables of long jobs: what is asked for, how far it is, and communities that are done."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridmap.store.tables.base import Base, not_negative, one_of
from gridmap.store.tables.imported import DatasetRow
from gridmap.store.tables.planned import PlanVersionRow

JobState = Literal["queued", "running", "done", "failed", "cancelled"]
JOB_STATES: Final[tuple[JobState, ...]] = get_args(JobState)


class PlanningJobRow(Base):
    """Communities to plan; `delivery` is its number in the queue, `change` counts its changes."""

    __tablename__ = "planning_job"
    __table_args__ = (
        one_of("state", *JOB_STATES),
        UniqueConstraint("version_id"),
        CheckConstraint("asked_by <> ''", name="has_name"),
        CheckConstraint("cardinality(communities) > 0", name="has_communities"),
        CheckConstraint("version_id IS NULL OR state = 'done'", name="only_done_has_version"),
        CheckConstraint(
            "(ended_at IS NOT NULL) = (state IN ('done', 'failed', 'cancelled'))",
            name="ends_once_over",
        ),
        CheckConstraint("time_limit_s > 0", name="limit_is_some"),
        CheckConstraint("done_buildings BETWEEN 0 AND buildings", name="done_counted"),
        Index(
            "ix_planning_job_under_way",
            "id",
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index(None, "dataset_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    delivery: Mapped[int | None] = mapped_column(BigInteger)
    asked_by: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    dataset_id: Mapped[int] = mapped_column(ForeignKey(DatasetRow.id, ondelete="CASCADE"))
    communities: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_whole: Mapped[bool]  # all of the import, with the households that belong nowhere
    rules: Mapped[dict[str, Any]]
    seed: Mapped[int]
    time_limit_s: Mapped[float | None]
    from_present: Mapped[bool]
    state: Mapped[str] = mapped_column(server_default="queued")
    change: Mapped[int] = mapped_column(server_default=text("1"))
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    deaths: Mapped[int] = mapped_column(server_default=text("0"))  # since a community was planned
    buildings: Mapped[int]
    done_buildings: Mapped[int] = mapped_column(server_default=text("0"))
    version_id: Mapped[int | None] = mapped_column(
        ForeignKey(PlanVersionRow.id, ondelete="SET NULL")
    )
    failures: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @property
    def is_over(self) -> bool:
        """Say whether nothing will come of it any more that is not there."""
        return self.ended_at is not None


class PlanningParcelRow(Base):
    """The plan of one community of a job that is not over."""

    __tablename__ = "planning_parcel"
    __table_args__ = not_negative("buildings")

    job_id: Mapped[int] = mapped_column(
        ForeignKey(PlanningJobRow.id, ondelete="CASCADE"), primary_key=True
    )
    community_code: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int]
    kit: Mapped[str]
    buildings: Mapped[int]
    content: Mapped[bytes]
