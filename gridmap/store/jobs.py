"""Planning jobs as those who ask for them see them: asked for, looked at, cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, text, update

from gridmap.errors import MissingError, RefusedError
from gridmap.messages import Message
from gridmap.store.datasets import (
    buildings_by_community,
    community_codes,
    find_dataset,
    require_communities,
)
from gridmap.store.errands import drop_parcels
from gridmap.store.queue import QUEUE_SCHEMA, deliver, withdraw
from gridmap.store.tables import PlanningJobRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gridmap.store.accounts import Account


def own_communities(
    session: Session, account: Account, dataset: int, asked: Sequence[str] | None
) -> list[str]:
    """
    Say which communities an account may have planned.

    Parameters
    ----------
    session
        Open transaction.
    account
        Who asks.
    dataset
        Number of the import.
    asked
        Codes, every one of which the account acts in; None is all of them.

    Returns
    -------
    codes
        Each once.

    Raises
    ------
    MissingError
        If the import lacks one that is asked for, or has none of the account's.
    """
    if asked is not None:
        return require_communities(session, dataset, asked)
    own = [code for code in community_codes(session, dataset) if account.acts_in(code)]
    if not own:
        raise MissingError(Message("store.no_own_community", {"dataset": dataset}))
    return own


def add_job(session: Session, wish: PlanningJobRow) -> PlanningJobRow:
    """
    Write a job down and put it into the queue.

    Parameters
    ----------
    session
        Open transaction; both happen when it ends, or neither.
    wish
        With who asks, the import, communities that it has, rules, seed, time limit in seconds, and
        whether to plan on from its grids.

    Returns
    -------
    job
        The same, as it was stored.

    Raises
    ------
    StoreError
        If there is no such import.
    """
    find_dataset(session, wish.dataset_id)
    sizes = buildings_by_community(session, wish.dataset_id, communities=wish.communities)
    wish.buildings = sum(sizes.values())
    session.add(wish)
    session.flush()
    wish.delivery = deliver(session, wish.id)
    session.flush()
    session.refresh(wish)
    return wish


def find_job(session: Session, number: int) -> PlanningJobRow:
    """
    Find a job by its number.

    Parameters
    ----------
    session
        Open transaction.
    number
        Its number.

    Returns
    -------
    job
        As it is now.

    Raises
    ------
    MissingError
        If there is no such job, or it is not the reader's.
    """
    row = session.get(PlanningJobRow, number, populate_existing=True)
    if row is None:
        raise MissingError(Message("store.no_job", {"job": number}))
    return row


def require_own(job: PlanningJobRow, account: Account) -> None:
    """
    Make sure that a job is of communities which an account acts in, as the database does.

    Parameters
    ----------
    job
        As the owner of the tables found it.
    account
        Who wants something of it.

    Raises
    ------
    MissingError
        If it is not: nothing is said of the jobs of others.
    """
    if not all(account.acts_in(code) for code in job.communities):
        raise MissingError(Message("store.no_job", {"job": job.id}))


def list_jobs(session: Session, *, after: int = 0, most: int | None = None) -> list[PlanningJobRow]:
    """
    List jobs in the order they were asked for.

    Parameters
    ----------
    session
        Open transaction.
    after
        Only those with a higher number.
    most
        No more than so many; None is all.

    Returns
    -------
    jobs
        Those that the reader may see.
    """
    listed = select(PlanningJobRow).where(PlanningJobRow.id > after)
    return list(session.scalars(listed.order_by(PlanningJobRow.id).limit(most)))


def cancel_job(session: Session, number: int) -> PlanningJobRow:
    """
    End a job: nothing will be stored of it from here on, whoever works on it.

    Parameters
    ----------
    session
        Open transaction.
    number
        Of the job.

    Returns
    -------
    job
        Cancelled.

    Raises
    ------
    MissingError
        If there is no such job.
    RefusedError
        If it is over.
    """
    row = find_job(session, number)
    session.refresh(row, with_for_update=True)
    if row.is_over:
        raise RefusedError(Message("store.job_over", {"job": number}))
    if row.delivery is not None:
        withdraw(session, row.delivery)
    row.state, row.ended_at = "cancelled", func.clock_timestamp()
    session.flush()
    drop_parcels(session, number)
    session.refresh(row)
    return row


def deliver_again(session: Session) -> list[int]:
    """
    Put jobs that are not over, but have fallen out of the queue, back into it.

    A job falls out if the worker that has it answers for it wrongly: two of them had it, or
    something happened to one that nobody foresaw.

    Parameters
    ----------
    session
        Open transaction.

    Returns
    -------
    jobs
        Their numbers.
    """
    lost = session.scalars(text(_LOST)).all()
    for number in lost:
        moved = update(PlanningJobRow).where(PlanningJobRow.id == number)
        session.execute(moved.values(delivery=deliver(session, number)))
    return list(lost)


_LOST = f"""
    SELECT j.id FROM gridmap.planning_job j
    WHERE j.state IN ('queued', 'running') AND NOT EXISTS (
        SELECT FROM {QUEUE_SCHEMA}.procrastinate_jobs q
        WHERE q.id = j.delivery AND q.status IN ('todo', 'doing')
    )
    ORDER BY j.id FOR UPDATE SKIP LOCKED
"""  # noqa: S608 (a name of ours)
