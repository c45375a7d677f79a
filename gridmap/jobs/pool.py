"""A pool of processes that plans one community each, with few of them in memory at once."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from gridmap.pipeline import plan_community

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gridmap.plan.model import CommunityPlan
    from gridmap.rules import Rules
    from gridmap.schema import Community

WORTH_A_POOL: Final = 3000
"""Below this many buildings a second process costs more to start than it saves."""


@dataclass(frozen=True, slots=True)
class Order:
    """How communities are to be planned; `deadline_s` is on the monotonic clock."""

    rules: Rules
    seed: int = 0
    deadline_s: float = float("inf")
    processes: int = 1
    with_microgrids: bool = False


def processes_for(buildings: int) -> int:
    """
    Choose how many processes are worth starting.

    Parameters
    ----------
    buildings
        How many are to be planned in all.

    Returns
    -------
    processes
        1 for a small job, else one a core.
    """
    return len(os.sched_getaffinity(0)) if buildings >= WORTH_A_POOL else 1


def plan_communities(
    communities: Iterable[Community],
    order: Order,
    *,
    progress: Callable[[CommunityPlan], None] = lambda _: None,
) -> Iterator[CommunityPlan]:
    """
    Plan communities, in the order they come.

    Parameters
    ----------
    communities
        Taken one by one as there is room, so that they may be streamed from files or tables.
    order
        How; the plans are the same on any number of processes.
    progress
        Told each plan as it is handed on.

    Yields
    ------
    plan
        One a community, in their order.

    Raises
    ------
    CodesExhaustedError
        If a community has more grids than its code has numbers.
    """
    work = partial(
        plan_community,
        rules=order.rules,
        seed=order.seed,
        deadline_s=order.deadline_s,
        with_microgrids=order.with_microgrids,
    )
    if order.processes == 1:
        plans: Iterable[CommunityPlan] = map(work, communities)
    else:
        plans = _pooled(work, communities, order.processes)
    for plan in plans:
        progress(plan)
        yield plan


def _pooled(
    work: Callable[[Community], CommunityPlan], communities: Iterable[Community], processes: int
) -> Iterator[CommunityPlan]:
    # Spawned, not forked: GDAL, Arrow and psycopg all have threads that do not survive a fork.
    context = multiprocessing.get_context("spawn")
    coming = iter(communities)
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        under_way: deque[Future[CommunityPlan]] = deque()
        try:
            for community in islice(coming, 2 * processes):
                under_way.append(pool.submit(work, community))
            while under_way:
                plan = under_way.popleft().result()
                under_way.extend(pool.submit(work, each) for each in islice(coming, 1))
                yield plan
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
