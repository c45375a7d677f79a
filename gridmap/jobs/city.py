"""Many communities, wherever they are planned: here, on more processes, on a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gridmap.jobs.parcels import open_parcel
from gridmap.jobs.pool import plan_here
from gridmap.jobs.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gridmap.jobs.order import Order
    from gridmap.plan.model import CommunityPlan
    from gridmap.schema import Community


class Keeper(Protocol):
    """
    Where plans of communities are kept as soon as they are done: a spool, or rows in a table.

    `sizes` says which are there, by code, and how many buildings each has.
    """

    @property
    def sizes(self) -> Mapping[str, int]:
        """Tell which communities are kept, and how many buildings each has."""
        ...

    def keep(self, parcel: bytes) -> int:
        """Keep a parcel for good; gives its number of buildings."""
        ...

    def take(self, code: str) -> bytes:
        """Give the parcel of a community that is kept."""
        ...


def plan_communities(
    communities: Iterable[Community],
    order: Order,
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> list[CommunityPlan]:
    """
    Plan communities and keep their plans in memory.

    Parameters
    ----------
    communities
        Taken one by one as there is room, so that they may be streamed from files or tables.
    order
        How and where; the plans are the same wherever and on however many processes.
    progress
        Told how many buildings each community that is done has.

    Returns
    -------
    plans
        One a community, in their order.

    Raises
    ------
    CodesExhaustedError
        If a community has more grids than its code has numbers.
    ClusterError
        If there is nobody to plan, or nobody survives it.
    """
    codes: list[str] = []

    def noted() -> Iterator[Community]:
        for community in communities:
            codes.append(community.code)
            yield community

    spool = Spool()
    fill_spool(spool, noted(), order, progress=progress)
    return [open_parcel(spool.take(code)) for code in codes]


def fill_spool(
    keeper: Keeper,
    communities: Iterable[Community],
    order: Order,
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """
    Plan communities and keep each as soon as it is done.

    Parameters
    ----------
    keeper
        Is filled.
    communities
        Those that are not kept yet, taken one by one as there is room.
    order
        How and where.
    progress
        Told how many buildings each community that is done has.

    Raises
    ------
    CodesExhaustedError
        If a community has more grids than its code has numbers.
    ClusterError
        If there is nobody to plan, or nobody survives it.
    """
    for parcel in _planner(order)(communities, order):
        progress(keeper.keep(parcel))


def require_scheduler(address: str) -> None:
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
    from gridmap.jobs.scheduler import require_cluster  # noqa: PLC0415 (Dask, as below)

    require_cluster(address)


def _planner(order: Order) -> Callable[[Iterable[Community], Order], Iterator[bytes]]:
    if order.scheduler is None:
        return plan_here
    from gridmap.jobs.scheduler import plan_away  # noqa: PLC0415 (Dask, only for who asks for it)

    return plan_away
