"""
Communities on a Dask cluster: as `plan_here`, on machines that share neither disk nor clock.

A community travels inside its task, so nothing is lost with a worker: the scheduler has another
one do the task again. The scheduler needs no gridmap, only Dask; workers need the very same.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import count, islice
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

import distributed
from distributed.client import FutureCancelledError
from distributed.comm import CommClosedError, connect
from distributed.scheduler import KilledWorker

from gridmap.errors import ClusterError
from gridmap.jobs.kit import PACKAGES, difference, own_kit
from gridmap.jobs.order import pack_community
from gridmap.messages import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gridmap.jobs.order import Order
    from gridmap.schema import Community

CONNECT_S: Final = 5
WORKERS_S: Final = 10
"""So long a cluster that has just been started may take until its first worker is there."""

DESERTED_S: Final = 60
LOOK_S: Final = 2
AHEAD: Final = 2
"""Communities a worker's thread, one under way and one to go on with."""

GONE: Final = (FutureCancelledError, CommClosedError, OSError)
QUIET: Final = ("distributed", "distributed.client", "distributed.core", "tornado.application")


def plan_away(communities: Iterable[Community], order: Order) -> Iterator[bytes]:
    """
    Plan communities on the cluster of the order.

    Parameters
    ----------
    communities
        Taken one by one as there is room.
    order
        With the address of a scheduler.

    Yields
    ------
    parcel
        One a community, in the order they are done.

    Raises
    ------
    ClusterError
        If the cluster cannot be reached or goes away, has no workers, or workers with another
        gridmap; or if a community costs worker after worker its life.
    """
    address = str(order.scheduler)
    with _quiet(), _connected(address) as client:
        _require_alike(client)
        try:
            yield from _streamed(client, order.shared(communities), str(order.scheduler))
        except KilledWorker as error:
            fields = {"workers": error.allowed_failures}
            raise ClusterError(Message("jobs.community_lost", fields)) from error
        except GONE as error:
            raise ClusterError(Message("jobs.scheduler_gone", {"address": address})) from error


def require_cluster(address: str) -> None:
    """
    Make sure of a cluster before any work is done for it.

    Parameters
    ----------
    address
        Of its scheduler.

    Raises
    ------
    ClusterError
        If it cannot be reached, has no workers, or workers with another gridmap.
    """
    with _quiet(), _connected(address) as client:
        _require_alike(client)


def run_errand(kit: dict[str, str], order: Order, community: bytes) -> bytes:
    """
    Plan one community on a worker.

    Parameters
    ----------
    kit
        What it is to be planned with.
    order
        How, with the seconds left in place of a deadline.
    community
        Of :func:`pack_community`.

    Returns
    -------
    parcel
        Its plan.

    Raises
    ------
    ClusterError
        If this worker plans with anything else.
    """
    _refuse_difference(distributed.get_worker().address, difference(kit, dict(own_kit())))
    return order.here().plan_packed(community)


def _streamed(
    client: distributed.Client, coming: Iterator[tuple[Order, Community]], address: str
) -> Iterator[bytes]:
    kit, call, run = own_kit(), _caller(), time.time_ns()
    done: SimpleQueue[distributed.Future] = SimpleQueue()
    under_way: set[distributed.Future] = set()
    lonely_since = time.monotonic()
    for number in count():
        threads = sum(client.nthreads().values())
        lonely_since = time.monotonic() if threads else lonely_since
        if time.monotonic() - lonely_since > DESERTED_S:
            raise ClusterError(Message("jobs.no_workers", {"address": address}))
        room = max(0, AHEAD * threads - len(under_way))
        for at, (own, community) in enumerate(islice(coming, room)):
            away = replace(own.away(), processes=threads)
            errand = pickle.dumps(partial(run_errand, kit, away, pack_community(community)))
            future = client.submit(call, errand, key=f"gridmap-{run}-{number}-{at}", pure=False)
            future.add_done_callback(done.put)
            under_way.add(future)
        if not under_way and threads:
            return
        with suppress(Empty):
            future = done.get(timeout=LOOK_S)
            parcel = future.result(timeout=DESERTED_S)
            under_way.remove(future)
            yield parcel


def _caller() -> Callable[[bytes], bytes]:
    """Make a function that is sent by its value, so that the scheduler need not know gridmap."""

    def call(errand: bytes) -> bytes:
        return pickle.loads(errand)()  # noqa: S301 (of this very run)

    return call


@contextmanager
def _connected(address: str) -> Iterator[distributed.Client]:
    async def reach() -> None:
        await (await connect(address, timeout=CONNECT_S)).close()

    try:
        with ThreadPoolExecutor(1) as aside:  # a notebook has a loop of its own in this thread
            aside.submit(lambda: asyncio.run(reach())).result()
        # Only now a client: one that has failed once is never quite gone.
        client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError, ImportError) as error:
        raise ClusterError(Message("jobs.no_scheduler", {"address": address})) from error
    try:
        try:
            client.wait_for_workers(1, timeout=WORKERS_S)
        except TimeoutError as error:
            raise ClusterError(Message("jobs.no_workers", {"address": address})) from error
        yield client
    finally:
        client.close(timeout=CONNECT_S)


def _require_alike(client: distributed.Client) -> None:
    """Refuse workers that would plan differently, and a scheduler that cannot pass tasks on."""
    found = client.get_versions(packages=list(PACKAGES))
    mine: Mapping[str, Any] = found["client"]["packages"]
    basis = {name: mine[name] for name in ("python", "distributed")}
    _refuse_difference(client.scheduler.address, difference(basis, found["scheduler"]["packages"]))
    kit = {name: mine[name] for name in ("python", *PACKAGES)}
    for worker, its in sorted(found["workers"].items()):
        _refuse_difference(worker, difference(kit, its["packages"]))


def _refuse_difference(where: str, differs: tuple[str, str, str] | None) -> None:
    if differs is None:
        return
    name, here, there = differs
    if not there:
        raise ClusterError(Message("jobs.package_missing", {"where": where, "name": name}))
    fields = {"where": where, "name": name, "here": here, "there": there}
    raise ClusterError(Message("jobs.package_differs", fields))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Dask logs from a user: what matters is said in a sentence."""
    loggers = [logging.getLogger(name) for name in QUIET]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")  # a community is what it is
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
