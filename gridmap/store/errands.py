"""
Planning jobs as those who work on them see them: taken up, kept as they go, ended in one way only.

A job that is taken up has an `attempt`. Whoever writes for an older one finds nothing to write to:
a worker that was given up for dead and is not can do no harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select, update

from gridmap.errors import RefusedError
from gridmap.messages import Message
from gridmap.rules import Rules
from gridmap.store.plans import add_draft
from gridmap.store.tables import PlanningJobRow, PlanningParcelRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Update
    from sqlalchemy.orm import Session

    from gridmap.plan.model import Draft
    from gridmap.store.tables import JobState

UNDER_WAY: Final = ("queued", "running")


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be planned and how, and which attempt at it this is."""

    job: int
    attempt: int
    dataset: int
    codes: tuple[str, ...] | None  # None: the whole import
    rules: Rules
    seed: int
    time_limit_s: float | None
    from_present: bool


def take_job(session: Session, number: int) -> Errand | None:
    """
    Take a job up; whoever had it before writes nothing any more.

    Parameters
    ----------
    session
        Open transaction.
    number
        Of the job.

    Returns
    -------
    errand
        None if it is over.
    """
    taken = (
        update(PlanningJobRow)
        .where(PlanningJobRow.id == number, PlanningJobRow.state.in_(UNDER_WAY))
        .values(
            state="running",
            attempt=PlanningJobRow.attempt + 1,
            started_at=func.coalesce(PlanningJobRow.started_at, func.clock_timestamp()),
        )
        .returning(PlanningJobRow)
    )
    row = session.scalar(taken.execution_options(populate_existing=True))
    if row is None:
        return None
    return Errand(
        job=row.id,
        attempt=row.attempt,
        dataset=row.dataset_id,
        codes=None if row.is_whole else tuple(row.communities),
        rules=Rules.of(row.rules),
        seed=row.seed,
        time_limit_s=row.time_limit_s,
        from_present=row.from_present,
    )


def kept_sizes(session: Session, errand: Errand, *, kit: str) -> dict[str, int]:
    """
    Say which communities are planned already; what another kit planned is thrown away.

    Parameters
    ----------
    session
        Open transaction.
    errand
        As it was taken up.
    kit
        What is planned with now.

    Returns
    -------
    sizes
        Number of buildings by code.

    Raises
    ------
    RefusedError
        If the job is this attempt's no more.
    """
    of_job = PlanningParcelRow.job_id == errand.job
    session.execute(delete(PlanningParcelRow).where(of_job, PlanningParcelRow.kit != kit))
    kept = select(PlanningParcelRow.community_code, PlanningParcelRow.buildings).where(of_job)
    sizes = dict(session.execute(kept).all())
    _write(session, errand, done_buildings=sum(sizes.values()))
    return sizes


def keep_parcel(
    session: Session, errand: Errand, parcel: bytes, *, label: tuple[str, int], kit: str
) -> None:
    """
    Keep the plan of a community for the others to be laid beside it.

    Parameters
    ----------
    session
        Open transaction.
    errand
        As it was taken up.
    parcel
        The plan, packed.
    label
        The community's code and its number of buildings.
    kit
        What it was planned with.

    Raises
    ------
    RefusedError
        If the job is this attempt's no more: over, or taken up by somebody else.
    """
    code, size = label
    _write(session, errand, done_buildings=PlanningJobRow.done_buildings + size, deaths=0)
    session.add(
        PlanningParcelRow(
            job_id=errand.job,
            community_code=code,
            attempt=errand.attempt,
            kit=kit,
            buildings=size,
            content=parcel,
        )
    )


def take_parcel(session: Session, errand: Errand, code: str) -> bytes:
    """
    Give the plan of a community that is kept.

    Parameters
    ----------
    session
        Open transaction.
    errand
        As it was taken up.
    code
        Of the community.

    Returns
    -------
    parcel
        As it was kept.
    """
    return session.get_one(PlanningParcelRow, (errand.job, code)).content


def finish_job(session: Session, errand: Errand, draft: Draft) -> int:
    """
    Store what was planned and end the job with it, in this one transaction.

    Parameters
    ----------
    session
        Open transaction; it must not go on after a refusal.
    errand
        As it was taken up.
    draft
        All its communities.

    Returns
    -------
    version
        Its number.

    Raises
    ------
    RefusedError
        If the job is this attempt's no more.
    StoreError
        If a guard refuses the draft.
    """
    version = add_draft(session, errand.dataset, draft)
    # Last, so that whoever cancels need not wait until a city is written.
    _write(session, errand, version_id=version, **_over("done"))
    drop_parcels(session, errand.job)
    return version


def fail_job(session: Session, errand: Errand, failures: Sequence[Message]) -> None:
    """
    End a job that cannot be done, unless it is this attempt's no more.

    Parameters
    ----------
    session
        Open transaction.
    errand
        As it was taken up.
    failures
        Why, a sentence each.
    """
    told = [one.to_json() for one in failures]
    failed = _mine(errand).values(failures=told, **_over("failed"))
    if session.scalar(failed.returning(PlanningJobRow.id)) is not None:
        drop_parcels(session, errand.job)


def give_back(session: Session, errand: Errand) -> None:
    """
    Let a job wait for the next worker.

    Parameters
    ----------
    session
        Open transaction.
    errand
        As it was taken up; nothing is written for this attempt from here on.
    """
    waiting = _mine(errand).values(state="queued", attempt=PlanningJobRow.attempt + 1)
    session.execute(waiting)


def count_death(session: Session, errand: Errand) -> int:
    """
    Note that a process which planned was killed.

    Parameters
    ----------
    session
        Open transaction.
    errand
        As it was taken up.

    Returns
    -------
    deaths
        How many there were since a community was planned.
    """
    counted = _mine(errand).values(deaths=PlanningJobRow.deaths + 1)
    return session.scalar(counted.returning(PlanningJobRow.deaths)) or 0


def drop_parcels(session: Session, job: int) -> None:
    """
    Throw away what is kept of a job that is over.

    Parameters
    ----------
    session
        Open transaction.
    job
        Its number.
    """
    session.execute(delete(PlanningParcelRow).where(PlanningParcelRow.job_id == job))


def _mine(errand: Errand) -> Update:
    return update(PlanningJobRow).where(
        PlanningJobRow.id == errand.job,
        PlanningJobRow.attempt == errand.attempt,
        PlanningJobRow.state == "running",
    )


def _write(session: Session, errand: Errand, **known: Any) -> None:  # noqa: ANN401 (columns)
    written = _mine(errand).values(**known).returning(PlanningJobRow.id)
    if session.scalar(written) is None:
        raise RefusedError(Message("store.job_over", {"job": errand.job}))


def _over(state: JobState) -> dict[str, Any]:
    return {"state": state, "ended_at": func.clock_timestamp()}
