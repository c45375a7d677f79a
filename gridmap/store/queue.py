"""
Handing jobs to the queue within a transaction of ours: both are there, or neither.

The functions asked here are those that the queue's library itself asks; they bear a version in
their names, so that they stay when it goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

QUEUE_SCHEMA: Final = "gridmap_queue"
QUEUE: Final = "planning"
TASK: Final = "plan"
STALLED_S: Final = 15.0
"""Without a sign of life for so long, a worker is given up and its job taken up by another."""


def deliver(session: Session, job: int) -> int:
    """
    Put a job at the end of the queue.

    Parameters
    ----------
    session
        Open transaction; a worker sees it when it ends.
    job
        Its number.

    Returns
    -------
    delivery
        Its number in the queue.
    """
    deferred = session.execute(
        text(f"""
            SELECT unnest({QUEUE_SCHEMA}.procrastinate_defer_jobs_v1(ARRAY[
                ROW(:queue, :task, 0, NULL, NULL, jsonb_build_object('job', :job), NULL)
                ::{QUEUE_SCHEMA}.procrastinate_job_to_defer_v1
            ]))
        """),
        {"queue": QUEUE, "task": TASK, "job": job},
    )
    return int(deferred.scalar_one())


def withdraw(session: Session, delivery: int) -> None:
    """
    Take a job out of the queue, or let the worker that has it know that it is not wanted.

    Parameters
    ----------
    session
        Open transaction.
    delivery
        As :func:`deliver` gave it.
    """
    session.execute(
        text(f"SELECT {QUEUE_SCHEMA}.procrastinate_cancel_job_v1(:delivery, true, true)"),
        {"delivery": delivery},
    )
