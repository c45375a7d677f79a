"""Communities of an import as a town to plan, read as they are needed."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pyproj import CRS

from gridmap.ground.communities import split_communities
from gridmap.jobs.town import Town
from gridmap.plan.present import start_from
from gridmap.store.datasets import (
    buildings_by_community,
    community_codes,
    find_dataset,
    read_balance,
    require_communities,
)
from gridmap.store.layers import read_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from geopandas import GeoDataFrame
    from sqlalchemy.orm import Session

    from gridmap.schema import Community, Fault

AT_ONCE: Final = 5000
"""Buildings that are read in one go; a community that has more is read by itself."""


@dataclass(frozen=True, slots=True)
class Present:
    """Grids to plan on from, those of them that are to be redrawn, and what was wrong with them."""

    grids: GeoDataFrame | None = None
    redrawn: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()


def town_in(
    session: Session,
    dataset: int,
    *,
    codes: Sequence[str] | None = None,
    present: Present | None = None,
    reading: Callable[[], AbstractContextManager[Session]] | None = None,
) -> Town:
    """
    Give the communities of an import that are named, or all of them.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        Number of the import.
    codes
        Of the communities; None is the whole import, with the households that belong nowhere.
    present
        Grids to plan on from.
    reading
        Opens a transaction to read some communities in, as often as they are needed, because a
        city takes longer to plan than a transaction should be open; None reads in `session`.

    Returns
    -------
    town
        To be planned.

    Raises
    ------
    StoreError
        If there is no such import, or it lacks one of the communities.
    """
    start = present or Present()
    if codes is None:
        wanted = community_codes(session, dataset)
    else:
        wanted = require_communities(session, dataset, codes)
    sizes = buildings_by_community(session, dataset, communities=wanted)

    def read(left: Sequence[str]) -> Iterator[Community]:
        for some in _batches(left, sizes):
            with reading() if reading else nullcontext(session) as opened:
                layers, ledger = read_layers(opened, dataset, communities=some)
            here = split_communities(layers, ledger, codes=some)
            yield from start_from(here, start.grids, redrawn=start.redrawn)

    return Town(
        codes=wanted,
        read=read,
        buildings=sum(sizes.values()),
        balance=read_balance(session, dataset, communities=codes),
        faults=start.faults,
        crs=CRS.from_wkt(find_dataset(session, dataset).crs),
    )


def _batches(codes: Sequence[str], sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """Put small communities together to be read at once; memory does not grow with the city."""
    some: list[str] = []
    room = AT_ONCE
    for code in codes:
        if some and sizes.get(code, 0) > room:
            yield some
            some, room = [], AT_ONCE
        some.append(code)
        room -= sizes.get(code, 0)
    if some:
        yield some
