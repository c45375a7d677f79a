"""Who answers for a new grid: the worker of today's grid that most of its households come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridmap.schema import anchors, posts_of

if TYPE_CHECKING:
    from gridmap.schema import Community


def find_owners(community: Community, grid_of: np.ndarray, count: int) -> list[str]:
    """
    Find the worker of each new grid.

    A grid goes to the worker of today's grid that most of its households live in; where nobody is
    posted there the post is vacant, and stays visibly so. Each of today's grids hands its worker
    to one new grid only, the one it shares most households with, so that nobody is spread over
    several by an accident of numbers.

    Parameters
    ----------
    community
        With today's grids and the workers.
    grid_of
        New grid of each building, in the order of the community's buildings.
    count
        How many new grids there are.

    Returns
    -------
    owners
        `worker_id` of each new grid, "" for a vacancy.
    """
    today = community.grids
    owners = [""] * count
    posted = _posted_workers(community)
    if not len(today) or not posted or not len(grid_of):
        return owners
    building, old = shapely.STRtree(today.geometry.to_numpy()).query(
        anchors(community.buildings).to_numpy(), predicate="intersects"
    )
    building, first = np.unique(building, return_index=True)
    old = old[first]
    households = community.buildings["households"].to_numpy()[building]
    shared = np.zeros((len(today), count), np.int64)
    np.add.at(shared, (old, grid_of[building]), households)
    order = np.argsort(-shared, axis=None, kind="stable")
    given: set[int] = set()
    for place in order[: np.count_nonzero(shared)].tolist():
        before, grid = divmod(place, count)
        worker = posted.get(str(today.index[before]), "")
        if worker and before not in given and not owners[grid]:
            owners[grid] = worker
            given.add(before)
    return owners


def _posted_workers(community: Community) -> dict[str, str]:
    posted: dict[str, str] = {}
    for worker, grids in community.workers["grids"].sort_index().items():
        for code in posts_of(str(grids)):
            posted.setdefault(code, str(worker))
    return posted
