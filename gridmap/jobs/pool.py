"""Communities on the processes of this machine, with few of them in memory at once."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Final

from gridmap.errors import ClusterError
from gridmap.jobs.offspring import leave_with_parent
from gridmap.jobs.order import pack_community
from gridmap.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gridmap.jobs.order import Order
    from gridmap.schema import Community

    Errand = tuple[Order, bytes]

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
        for own, community in order.shared(communities):
            yield own.plan(community)
        return
    coming: Iterator[Errand] = (
        (own, pack_community(community)) for own, community in order.shared(communities)
    )
    deaths = 0
    while deaths < MOST_DEATHS:
        taken: dict[int, Errand] = {}
        try:
            for parcel in _pooled(coming, taken, order.processes):
                deaths = 0
                yield parcel
        except BrokenProcessPool:
            deaths += 1
            coming = chain(taken.values(), coming)
        else:
            return
    raise ClusterError(Message("jobs.processes_die", {"times": MOST_DEATHS}))


def _pooled(coming: Iterator[Errand], taken: dict[int, Errand], processes: int) -> Iterator[bytes]:
    """Plan what comes; what was `taken` and is not planned yet stays there."""
    # Spawned, not forked: GDAL, Arrow and psycopg all have threads that do not survive a fork.
    context = multiprocessing.get_context("spawn")
    under_way: dict[Future[bytes], int] = {}
    numbers = count()
    with ProcessPoolExecutor(processes, context, leave_with_parent) as pool:
        try:
            while True:
                for errand in islice(coming, AHEAD * processes - len(under_way)):
                    number, (own, packed) = next(numbers), errand
                    taken[number] = errand
                    under_way[pool.submit(own.plan_packed, packed)] = number
                if not under_way:
                    return
                for done in wait(under_way, return_when=FIRST_COMPLETED).done:
                    parcel = done.result()
                    del taken[under_way.pop(done)]
                    yield parcel
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
