"""What people decided, in the database: only ever added to, and replayed on every import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from gridmap.errors import StoreError
from gridmap.layers.decisions import Decision, Decisions
from gridmap.messages import Message
from gridmap.store.tables import DecisionRow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gridmap.layers.decisions import Verdict


def read_decisions(session: Session) -> Decisions:
    """
    Read every decision.

    Parameters
    ----------
    session
        Open transaction.

    Returns
    -------
    decisions
        Oldest first; one that bears no time counts from when it was written down.
    """
    told = func.coalesce(DecisionRow.decided_at, DecisionRow.recorded_at)
    rows = session.scalars(select(DecisionRow).order_by(told, DecisionRow.id))
    return Decisions(
        tuple(
            Decision(
                verdict=cast("Verdict", row.verdict),
                subject=row.subject,
                building_id=row.building_id,
                reason=row.reason,
                by=row.decided_by,
                at=row.decided_at,
            )
            for row in rows
        )
    )


def add_decisions(session: Session, decisions: Iterable[Decision], *, source: str = "") -> int:
    """
    Write decisions down; one that is there word for word is not repeated.

    Parameters
    ----------
    session
        Open transaction.
    decisions
        Oldest first. A time without a zone is this machine's.
    source
        The file they come in, or the command.

    Returns
    -------
    added
        How many were new.

    Raises
    ------
    StoreError
        If a waiver has no reason or no name, or a match names no building.
    """
    rows = [_row(one, source) for one in decisions]
    if not rows:
        return 0
    new = insert(DecisionRow).on_conflict_do_nothing().returning(DecisionRow.id)
    try:
        with session.begin_nested():
            return len(session.execute(new, rows).all())
    except IntegrityError as error:
        reason = str(error.orig).splitlines()[0]
        raise StoreError(Message("store.refused", {"reason": reason})) from error


def _row(decision: Decision, source: str) -> dict[str, Any]:
    return {
        "verdict": decision.verdict,
        "subject": decision.subject,
        "building_id": decision.building_id,
        "reason": decision.reason,
        "decided_by": decision.by,
        "decided_at": _with_zone(decision.at),
        "source": source,
    }


def _with_zone(at: datetime | None) -> datetime | None:
    return at.astimezone() if at is not None and at.tzinfo is None else at
