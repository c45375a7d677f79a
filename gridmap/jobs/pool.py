"""Communities on the processes of this machine, with few of them in memory at once."""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Final

from gridmap.errors import ClusterError
from gridmap.jobs.order import pack_community
from gridmap.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gridmap.jobs.order import Order
    from gridmap.schema import Community

AHEAD: Final = 2
"""Communities a process, one under way and one to go on with."""

MOST_DEATHS: Final = 3
"""So often a process may die with nothing planned in between before it is given up."""


def plan_here(communities: Iterable[Community], order: Order) -> Iterator[bytes]:
    """
    Plan communities in this process and others like it.

    Parameters
    ----------
    communities
        Taken one by one as there is room, so that they may be streamed from files or tables.
    order
        How; with 1 process no other one is started.

    Yields
    ------
    parcel
        One a community, in the order they are done.

    Raises
    ------
    ClusterError
        If processes die again and again: most likely memory is short.
    """
    if order.processes == 1:
        yield from map(order.plan, communities)
        return
    coming: Iterator[bytes] = map(pack_community, communities)
    deaths = 0
    while deaths < MOST_DEATHS:
        taken: dict[int, bytes] = {}
        try:
            for parcel in _pooled(coming, taken, order):
                deaths = 0
                yield parcel
        except BrokenProcessPool:
            deaths += 1
            coming = chain(taken.values(), coming)
        else:
            return
    raise ClusterError(Message("jobs.processes_die", {"times": MOST_DEATHS}))


def _pooled(coming: Iterator[bytes], taken: dict[int, bytes], order: Order) -> Iterator[bytes]:
    """Plan what comes; what was `taken` and is not planned yet stays there."""
    # Spawned, not forked: GDAL, Arrow and psycopg all have threads that do not survive a fork.
    context = multiprocessing.get_context("spawn")
    under_way: dict[Future[bytes], int] = {}
    numbers = count()
    with ProcessPoolExecutor(order.processes, context, _leave_with_parent) as pool:
        try:
            while True:
                for packed in islice(coming, AHEAD * order.processes - len(under_way)):
                    number = next(numbers)
                    taken[number] = packed
                    under_way[pool.submit(order.plan_packed, packed)] = number
                if not under_way:
                    return
                for done in wait(under_way, return_when=FIRST_COMPLETED).done:
                    parcel = done.result()
                    del taken[under_way.pop(done)]
                    yield parcel
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _leave_with_parent() -> None:
    """Let a process end when the one that started it was killed: nobody waits for its plans."""

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
