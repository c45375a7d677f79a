"""What is asked for when communities are to be planned, and the one place that does it."""

from __future__ import annotations

import os
import pickle
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from pyproj import CRS

from gridmap.jobs.parcels import pack_plan
from gridmap.pipeline import plan_community

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gridmap.rules import Alternative, Rules
    from gridmap.schema import Community

WORTH_A_POOL: Final = 3000
"""Below this many buildings a second process costs more to start than it saves."""

LEAST_SHARE: Final = 1e-9
"""Of the time that is left, where a community has hardly any of the buildings that are left."""


@dataclass(frozen=True, slots=True)
class Order:
    """
    How communities are to be planned; `deadline_s` is on the monotonic clock.

    `scheduler` is the address of a Dask cluster to plan on; otherwise it is done on this machine.
    Of the time that is left when its turn comes, a community gets the `share` it has of the
    `buildings` that are left then, times the processes.
    """

    rules: Rules
    seed: int = 0
    deadline_s: float = float("inf")
    processes: int = 1
    with_microgrids: bool = False
    scheduler: str | None = None
    alternative: Alternative | None = None
    buildings: int = 0
    share: float = 1.0

    def away(self) -> Order:
        """Give the same for another machine, whose monotonic clock is its own: seconds left."""
        return replace(self, deadline_s=self.deadline_s - time.monotonic())

    def here(self) -> Order:
        """Give the same as it was before :meth:`away`, on the clock of this machine."""
        return replace(self, deadline_s=self.deadline_s + time.monotonic())

    def shared(self, communities: Iterable[Community]) -> Iterator[tuple[Order, Community]]:
        """Give each community an order of its own, so that the last have time to search too."""
        left = self.buildings
        for community in communities:
            buildings = len(community.buildings)
            share = max(buildings / left, LEAST_SHARE) if left > 0 else 1.0
            left -= buildings
            yield replace(self, share=min(share, 1.0)), community

    def stop_at(self, now_s: float) -> float:
        """Give the deadline of a community whose turn comes `now_s`, on the same clock."""
        return now_s + (self.deadline_s - now_s) * min(self.share * self.processes, 1.0)

    def plan(self, community: Community) -> bytes:
        """Plan one community; gives its parcel."""
        plan = plan_community(
            community,
            rules=self.rules,
            seed=self.seed,
            deadline_s=self.stop_at(time.monotonic()),
            with_microgrids=self.with_microgrids,
            alternative=self.alternative,
        )
        return pack_plan(plan)

    def plan_packed(self, community: bytes) -> bytes:
        """Plan one community out of :func:`pack_community`; gives its parcel."""
        return self.plan(_Opener(BytesIO(community)).load())


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


def pack_community(community: Community) -> bytes:
    """
    Pack a community for another process of ours.

    Parameters
    ----------
    community
        With all that planning it needs.

    Returns
    -------
    packed
        A pickle, so it is never read from a disk. A CRS goes as its text, once a process: to make
        one takes as long as to plan a hamlet.
    """
    packed = BytesIO()
    _Packer(packed).dump(community)
    return packed.getvalue()


class _Packer(pickle.Pickler):
    """Pickles a CRS as its text."""

    def __init__(self, file: BytesIO) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.texts: dict[int, str] = {}  # by id: a CRS is hashed by its text

    def persistent_id(self, value: Any) -> str | None:  # noqa: ANN401 (whatever is pickled)
        if not isinstance(value, CRS):
            return None
        if id(value) not in self.texts:
            self.texts[id(value)] = value.to_wkt()
        return self.texts[id(value)]


class _Opener(pickle.Unpickler):
    """Makes one CRS of a text, however often it comes."""

    def persistent_load(self, name: str) -> CRS:
        return _crs(name)


@lru_cache(maxsize=16)
def _crs(text: str) -> CRS:
    return CRS.from_wkt(text)
