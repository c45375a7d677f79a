"""
Cutting a region in two along a spanning tree.

A spanning tree has one way between any two nodes, so taking one edge out leaves two connected
sides whatever the edge: contiguity costs nothing. Trees are drawn at random, but keep dear edges,
so that the cuts they offer run along barriers. The idea is recombination as in [1]_, with a window
on both sides in place of equal populations.

References
----------
.. [1] D. DeFord, M. Duchin, J. Solomon (2021). "Recombination: A Family of Markov Chains for
   Redistricting." Harvard Data Science Review, 3(1). https://doi.org/10.1162/99608f92.eb30390f
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph

Excess = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Given households and persons of the sides on offer, how far each cut is out of rule."""

CANDIDATES: Final = 24
"""Cuts of one tree whose true price is counted, after ranking by what they leave out of rule."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One way to part a region: how much is out of rule after it, its price, and one side."""

    excess: float
    cost: float
    side: np.ndarray  # (n,) bool

    @property
    def rank(self) -> tuple[float, float]:
        """Rule first, price second."""
        return (round(self.excess, 6), self.cost)


def best_cut(
    graph: Graph,
    excess: Excess,
    *,
    trees: int,
    rng: np.random.Generator,
) -> Cut | None:
    """
    Find a good way to cut a connected region in two.

    Parameters
    ----------
    graph
        The region.
    excess
        Given households and persons of the sides on offer, how far each cut leaves the region
        out of rule, both sides together.
    trees
        How many spanning trees to draw.
    rng
        Decides the trees.

    Returns
    -------
    cut
        The best cut found, both its sides connected; None if the region is one node.
    """
    if len(graph) < 2:  # noqa: PLR2004
        return None
    found: Cut | None = None
    for _ in range(trees):
        order, size = _draw_tree(graph, rng)
        cut = _best_of_tree(graph, order, size, excess)
        if found is None or cut.rank < found.rank:
            found = cut
    return found


def _draw_tree(graph: Graph, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Give the nodes of a random tree in preorder, and the size of the subtree of each place."""
    noise = rng.random(len(graph.first))
    order = np.argsort((0.05 + noise) / (graph.cut_cost + 1e-3), kind="stable")
    beside = _spanning_edges(len(graph), graph.first[order].tolist(), graph.second[order].tolist())
    root = int(rng.integers(len(graph)))
    places, parents = [], [-1] * len(graph)
    stack = [root]
    while stack:
        node = stack.pop()
        places.append(node)
        for other in beside[node]:
            if other != parents[node]:
                parents[other] = node
                stack.append(other)
    sizes = [1] * len(graph)
    for node in reversed(places[1:]):
        sizes[parents[node]] += sizes[node]
    preorder = np.array(places)
    return preorder, np.array(sizes)[preorder]


def _spanning_edges(count: int, first: list[int], second: list[int]) -> list[list[int]]:
    """Take edges in order while they join something new (Kruskal); give each node's neighbours."""
    root = list(range(count))
    beside: list[list[int]] = [[] for _ in range(count)]
    missing = count - 1
    for a, b in zip(first, second, strict=True):
        at, to = a, b
        while root[at] != at:
            root[at] = root[root[at]]
            at = root[at]
        while root[to] != to:
            root[to] = root[root[to]]
            to = root[to]
        if at != to:
            root[to] = at
            beside[a].append(b)
            beside[b].append(a)
            missing -= 1
            if not missing:
                break
    return beside


def _best_of_tree(
    graph: Graph,
    order: np.ndarray,
    size: np.ndarray,
    excess: Excess,
) -> Cut:
    starts = np.arange(1, len(order))
    stops = starts + size[1:]
    households = np.concatenate([[0], np.cumsum(graph.households[order])])
    persons = np.concatenate([[0], np.cumsum(graph.persons[order])])
    out = excess(households[stops] - households[starts], persons[stops] - persons[starts])
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    low, high = np.sort(np.column_stack([place[graph.first], place[graph.second]]), axis=1).T
    pick = np.argsort(out, kind="stable")
    pick = pick[: max(CANDIDATES, int(np.count_nonzero(out <= out[pick[0]])))][: 4 * CANDIDATES]
    start, stop = starts[pick][:, None], stops[pick][:, None]
    crossing = ((low >= start) & (low < stop)) != ((high >= start) & (high < stop))
    cost = crossing @ graph.cut_cost
    best = int(np.lexsort((cost, np.round(out[pick], 6)))[0])
    side = np.zeros(len(order), bool)
    side[order[starts[pick[best]] : stops[pick[best]]]] = True
    return Cut(float(out[pick[best]]), float(cost[best]), side)
