"""Workers that belong to a server: started with it, started again if they die, ended with it."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Final

from gridmap.errors import StoreError
from gridmap.jobs.offspring import leave_with_parent
from gridmap.jobs.worker import work
from gridmap.store.queue import STALLED_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

PAUSE_S: Final = 1.0
"""Before a worker that died is started again, so that one which cannot live costs little."""

FAREWELL_S: Final = 10.0


@contextmanager
def crew(url: str, workers: int, *, stalled_s: float = STALLED_S) -> Iterator[None]:
    """
    Keep so many workers at work for as long as the block lasts.

    Parameters
    ----------
    url
        Database.
    workers
        How many; none is allowed.
    stalled_s
        As for :func:`gridmap.jobs.worker.work`.

    Yields
    ------
    nothing
        The workers are processes of their own. If this one is killed they leave too.
    """
    ended = threading.Event()
    here, there = multiprocessing.Pipe(duplex=False)
    keepers = [
        threading.Thread(target=_keep, args=(url, stalled_s, ended, here)) for _ in range(workers)
    ]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        ended.set()
        there.close()  # which wakes whoever waits at the other end
        for keeper in keepers:
            keeper.join()
        here.close()


def _keep(
    url: str,
    stalled_s: float,
    ended: threading.Event,
    farewell: Connection,
) -> None:
    """Keep one worker at work until the end."""
    while not ended.is_set():
        worker = multiprocessing.get_context("spawn").Process(
            target=_work_here, args=(url, stalled_s), name="worker"
        )
        worker.start()
        wait([worker.sentinel, farewell])
        if ended.is_set():
            _end(worker)
        worker.join()
        ended.wait(PAUSE_S)


def _end(worker: SpawnProcess) -> None:
    worker.terminate()
    worker.join(FAREWELL_S)
    if worker.is_alive():
        worker.kill()


def _work_here(url: str, stalled_s: float) -> None:
    leave_with_parent()
    try:
        work(url, stalled_s=stalled_s)
    except StoreError:
        sys.exit(1)  # the next one will try again
