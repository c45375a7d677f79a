"""
A worker: takes planning jobs out of the queue, one after the other, until it is stopped.

Each job is planned in a process of its own. A thread cannot be ended when somebody cancels, and of
a pool of processes only all can. The processes are forked from one that has imported everything
and done nothing, which saves each job the seconds that takes.

The worker itself holds nothing: whatever is killed, be it the worker, its process or PostgreSQL,
the job is found by another worker or by this one and gone on with.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import signal
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.forkserver import ensure_running
from typing import TYPE_CHECKING, Any, Final

from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from gridmap.jobs.errand import BROKE_OFF, run_errand
from gridmap.messages import Message
from gridmap.store.errands import count_death, fail_job, give_back, take_job
from gridmap.store.jobs import deliver_again
from gridmap.store.queue import QUEUE, QUEUE_SCHEMA, STALLED_S, TASK
from gridmap.store.session import open_engine, sessions

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkServerProcess

    from sqlalchemy.orm import Session, sessionmaker

    from gridmap.store.errands import Errand

BEATS: Final = 5
"""Signs of life in the time after which a worker is given up."""

POLL_S: Final = 1.0
PATIENCE_S: Final = 5
MOST_DEATHS: Final = 3

STARTER: Final = multiprocessing.get_context("forkserver")
QUIET: Final = ("procrastinate", "psycopg.pool")
"""They log, with a stack trace, what is only another turn here."""

log = logging.getLogger(__name__)


class _GivenUp(Exception):  # noqa: N818 (it goes no further than the queue)
    """Nothing came of the job this time; it is delivered again."""


def work(url: str, *, stalled_s: float = STALLED_S) -> None:
    """
    Work jobs until SIGTERM or SIGINT; a job that is under way is given back then.

    Parameters
    ----------
    url
        Database, as :func:`gridmap.store.cluster.database_url` gives it.
    stalled_s
        Seconds without a sign of life after which another worker is given up.

    Raises
    ------
    StoreError
        If the database cannot be had when the work begins; later it is waited for.
    """
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    engine = open_engine(url)
    STARTER.set_forkserver_preload(["__main__", "gridmap.jobs.errand"])
    ensure_running()  # it imports while there is nothing to do
    try:
        asyncio.run(_Worker(url, sessions(engine), stalled_s).run())
    finally:
        engine.dispose()


@dataclass(frozen=True, slots=True)
class _Worker:
    """One worker; it comes back to a database that went away."""

    url: str
    opened: sessionmaker[Session]
    stalled_s: float

    async def run(self) -> None:
        """Work until somebody stops it."""
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        stopping = asyncio.create_task(stopped.wait())
        while not stopped.is_set():
            working = asyncio.create_task(self._work())
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            working.cancel()
            with suppress(asyncio.CancelledError):
                try:
                    await working
                except ConnectorException:
                    log.warning("database_gone")
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), POLL_S)

    async def _work(self) -> None:
        async with self._app().open_async() as app:
            looking = asyncio.create_task(self._look_after(app))
            try:
                await app.run_worker_async(
                    queues=[QUEUE],
                    fetch_job_polling_interval=POLL_S,
                    abort_job_polling_interval=POLL_S,
                    shutdown_graceful_timeout=0,
                    update_heartbeat_interval=self.stalled_s / BEATS,
                    stalled_worker_timeout=self.stalled_s,
                    install_signal_handlers=False,
                    delete_jobs="always",  # what came of a job stands in a table of ours
                )
            finally:
                looking.cancel()

    def _app(self) -> App:
        connector = PsycopgConnector(
            conninfo=make_url(self.url)
            .set(drivername="postgresql")
            .render_as_string(hide_password=False),
            kwargs={
                "options": f"-c search_path={QUEUE_SCHEMA}",
                "connect_timeout": PATIENCE_S,
            },
            min_size=0,  # a database that is not there yet is found out when it is asked
            max_size=4,
            timeout=PATIENCE_S,
        )
        app = App(connector=connector)
        again = RetryStrategy(wait=1, retry_exceptions=[_GivenUp])
        app.task(name=TASK, pass_context=True, retry=again)(self._plan)
        return app

    async def _look_after(self, app: App) -> None:
        """Take up what others have let fall."""
        while True:
            with suppress(ConnectorException, OperationalError):
                await asyncio.to_thread(self._ask, deliver_again)
                for job in await app.job_manager.get_stalled_jobs(
                    queue=QUEUE, seconds_since_heartbeat=self.stalled_s
                ):
                    log.warning("job_stalled", extra={"job": job.task_kwargs["job"]})
                    await app.job_manager.retry_job(job)
            await asyncio.sleep(self.stalled_s / BEATS)

    async def _plan(self, context: JobContext, job: int) -> None:
        """Plan one job; the queue calls this."""
        try:
            errand = await asyncio.to_thread(self._ask, take_job, job)
            if errand is not None:
                await self._watch(context, errand)
        except OperationalError as error:
            raise _GivenUp from error

    async def _watch(self, context: JobContext, errand: Errand) -> None:
        process = STARTER.Process(
            target=run_errand, args=(self.url, errand), name=f"job {errand.job}"
        )
        process.start()
        log.info("job_begins", extra={"job": errand.job, "attempt": errand.attempt})
        try:
            code = await _exit_code(process)
        except asyncio.CancelledError:
            process.kill()
            process.join()
            if context.abort_reason() is AbortReason.USER_REQUEST:
                raise JobAborted from None
            await asyncio.to_thread(self._ask, give_back, errand)
            raise _GivenUp from None
        log.info("job_left", extra={"job": errand.job, "code": code})
        if await asyncio.to_thread(self._ask, _judge, errand, code):
            raise _GivenUp

    def _ask(self, question: Callable[..., Any], *about: Any) -> Any:  # noqa: ANN401 (any of the store)
        with self.opened.begin() as session:
            return question(session, *about)


async def _exit_code(process: ForkServerProcess) -> int:
    """Wait until a process is gone."""
    over, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(process.sentinel, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(process.sentinel)
    process.join()
    return process.exitcode or 0


def _judge(session: Session, errand: Errand, code: int) -> bool:
    """Say whether a job whose process is gone is to be delivered again; one that is over is not."""
    if code == BROKE_OFF:
        return True
    if code < 0 and count_death(session, errand) < MOST_DEATHS:
        return True
    if code < 0:
        fail_job(session, errand, [Message("jobs.job_dies", {"times": MOST_DEATHS})])
    elif code > 0:
        fail_job(session, errand, [Message("jobs.job_unforeseen")])
    return False
