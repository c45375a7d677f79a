"""
Pairs: a grid that something is wrong with, drawn anew together with one neighbour.

What is wrong is for a critic to say, be it the shape of a grid or the micro-grids in it. Grids are
looked at one by one, and what is drawn in their place is looked at again, until nothing is wrong or
nothing helps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from gridmap.plan.partition import TINY, renumber

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridmap.plan.partition import Graph, Search


@dataclass(frozen=True, slots=True)
class Critique:
    """Of some grids: households out of the band, how wrong they are, points, and which are."""

    excess: float
    wrong: float
    points: float
    grids: list[int]

    def gain(self, before: Critique, price: float) -> float:
        """Give how many points better this is, wrong ones priced; 0 if it does not help."""
        if self.excess > before.excess + TINY or self.wrong >= before.wrong - TINY:
            return 0.0
        return round(price * (before.wrong - self.wrong) + before.points - self.points, 6)


class Critic(Protocol):
    """Says what is wrong and what that is worth, in points, and has other divisions to offer."""

    @property
    def price(self) -> float:
        """Points for each that is wrong."""

    def weigh(self, nodes: np.ndarray, grid_of: np.ndarray) -> Critique:
        """Weigh the grids of some nodes; `grid_of` is by node of the whole graph."""

    def offers(self, nodes: np.ndarray, grid_of: np.ndarray) -> Iterator[np.ndarray]:
        """Divide some nodes, two grids as yet, anew."""


def redraw_pairs(
    graph: Graph, grid_of: np.ndarray, wrong: list[int], critic: Critic, search: Search
) -> np.ndarray:
    """
    Draw grids anew that something is wrong with, each with the neighbour where it pays most.

    Parameters
    ----------
    graph
        Any graph.
    grid_of
        (n,) grid of each node, every grid connected.
    wrong
        The grids to look at, the worst first.
    critic
        What is wrong and what else there is; its offers are connected.
    search
        Has the deadline.

    Returns
    -------
    grid_of
        (n,) numbered as they appear. Nobody is further out of the band than before, and no more
        is wrong.
    """
    waiting, grid_of, looked_at = list(wrong), grid_of.copy(), set[bytes]()
    while waiting and not search.is_over:
        grid = waiting.pop(0)
        key = np.flatnonzero(grid_of == grid).tobytes()
        if key and key not in looked_at:
            looked_at.add(key)
            best = _best_offer(graph, grid_of, grid, critic, search)
            if best is not None:
                grid_of, still_wrong = best
                waiting += still_wrong
    return renumber(grid_of)


def _best_offer(
    graph: Graph, grid_of: np.ndarray, grid: int, critic: Critic, search: Search
) -> tuple[np.ndarray, list[int]] | None:
    best: tuple[float, np.ndarray, list[int]] | None = None
    for other in graph.parts_beside(grid_of, grid):
        if search.is_over:
            break
        nodes = np.flatnonzero((grid_of == grid) | (grid_of == other))
        before = critic.weigh(nodes, grid_of)
        for offer in critic.offers(nodes, grid_of):
            trial = grid_of.copy()
            trial[nodes] = offer + grid_of.max() + 1
            after = critic.weigh(nodes, trial)
            gain = after.gain(before, critic.price)
            if gain > (best[0] if best else TINY):
                best = gain, trial, after.grids
    return None if best is None else best[1:]
