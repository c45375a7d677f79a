"""
Dividing one connected graph: halve it until everything fits, then recombine neighbours.

The number of parts is a result. Recombination takes two touching parts and cuts their union anew
into one, two or three, and keeps what is better: less out of rule first, then cheaper to cut.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.partition.trees import Excess, best_cut

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph
    from gridmap.plan.partition.window import Window

HALVING_TREES: Final = 12
RECOMBINING_TREES: Final = 6
SWEEPS: Final = 8
ATTEMPTS: Final = 3
"""How often to start afresh."""

STUBBORN_GROUPS: Final = 6
"""How many wider groups to cut anew around each part that is out of rule."""


@dataclass(frozen=True, slots=True)
class Search:
    """What a search carries along: the rule, the dice, and when to stop (monotonic seconds)."""

    window: Window
    rng: np.random.Generator
    deadline_s: float = float("inf")

    @property
    def is_over(self) -> bool:
        """Is the time up."""
        return time.monotonic() >= self.deadline_s

    def excess(self, graph: Graph) -> float:
        """Tell how far the whole graph as one part is out of the window."""
        return self.window.excess(
            int(graph.households.sum()),
            int(graph.persons.sum()),
            int(graph.households.max(initial=0)),
            int(graph.persons.max(initial=0)),
        )


def divide(graph: Graph, search: Search) -> np.ndarray:
    """
    Divide a connected graph into parts inside the window.

    Parameters
    ----------
    graph
        Connected, at least one node.
    search
        The rule, the dice and the deadline. The first division is always finished; the search
        for better ones stops at the deadline.

    Returns
    -------
    labels
        (n,) part of each node, from 0; every part is connected.
    """
    best, rank = np.zeros(len(graph), np.int64), None
    for _ in range(ATTEMPTS):
        labels = recombine(graph, halve(graph, search), search)
        found = rank_of(graph, labels, search)
        if rank is None or found < rank:
            best, rank = labels, found
        if search.is_over:
            break
    return best


def halve(graph: Graph, search: Search) -> np.ndarray:
    """
    Cut a graph in two until no part is better off cut.

    Parameters
    ----------
    graph
        Connected.
    search
        As for :func:`divide`.

    Returns
    -------
    labels
        (n,) part of each node; every part is connected.
    """
    labels = np.zeros(len(graph), np.int64)
    heap, count = [np.arange(len(graph))], 0
    while heap:
        nodes = heap.pop()
        region = graph.part(nodes)
        side = _halving_side(region, search)
        if side is None:
            labels[nodes] = count
            count += 1
        else:
            heap += [nodes[side], nodes[~side]]
    return labels


def recombine(
    graph: Graph, labels: np.ndarray, search: Search, *, is_repair: bool = False
) -> np.ndarray:
    """
    Improve a division by cutting the union of touching parts anew.

    Parameters
    ----------
    graph
        Connected.
    labels
        (n,) part of each node.
    search
        As for :func:`divide`.
    is_repair
        Look only around parts that are out of rule.

    Returns
    -------
    labels
        (n,) never further out of rule, and never dearer at the same excess.
    """
    labels = labels.copy()
    for _ in range(SWEEPS):
        changed = False
        for group in _groups(graph, labels, search, is_repair=is_repair):
            if search.is_over:
                return labels
            nodes = np.flatnonzero(np.isin(labels, group))
            region = graph.part(nodes)
            if not len(region) or region.components().any():  # gone, or apart, since it was listed
                continue
            anew = _divide_anew(region, len(group), search)
            before, after = (rank_of(region, each, search) for each in (labels[nodes], anew))
            if after < before:
                labels[nodes] = np.where(anew == 0, group[0], anew + labels.max())
                changed = True
        if not changed:
            break
    return labels


def rank_of(graph: Graph, labels: np.ndarray, search: Search) -> tuple[float, float]:
    """
    Rank a division: excess over the window first, the price of the cuts second; less is better.

    Parameters
    ----------
    graph
        Any graph.
    labels
        (n,) part of each node.
    search
        The rule.

    Returns
    -------
    rank
        Households out of the window, points of cut edges; rounded, so that noise decides nothing.
    """
    excess = 0.0
    for part in np.unique(labels):
        excess += search.excess(graph.part(np.flatnonzero(labels == part)))
    return (round(excess, 6), round(graph.cost_of(labels), 6))


def unavoidable_excess(graph: Graph, search: Search) -> float:
    """
    Give a lower bound of the excess of any division.

    Parameters
    ----------
    graph
        Connected.
    search
        The rule.

    Returns
    -------
    excess
        What would be out of the window even if the graph came in single homes.
    """
    households, persons = _usable(graph, search.window)
    return float(_shortage(np.array([households]), np.array([persons]), search.window)[0])


def _usable(graph: Graph, window: Window) -> tuple[float, float]:
    """Add up what can be shared out: a node too big by itself fills one part and no more."""
    households = np.minimum(graph.households, window.high).sum()
    return float(households), float(np.minimum(graph.persons, window.cap).sum())


def _shortage(households: np.ndarray, persons: np.ndarray, window: Window) -> np.ndarray:
    """Say how far out of the window some part of this much must be, however well it is cut."""
    fewest = np.ceil(np.maximum(households / window.high, persons / window.cap))
    fewest = np.maximum(fewest, 1)
    under = np.maximum(fewest * window.low - households, 0)
    over = households - (fewest - 1) * window.high
    crowded = (persons - (fewest - 1) * window.cap) / 2.6
    return np.where(fewest > 1, np.minimum(under, np.maximum(over, crowded)), under)


def _halving_side(region: Graph, search: Search) -> np.ndarray | None:
    whole = search.excess(region)
    if whole == 0 or len(region) == 1:
        return None
    if region.households.sum() <= search.window.low and region.persons.sum() <= search.window.cap:
        return None
    cut = best_cut(region, _leftover(region, search), trees=HALVING_TREES, rng=search.rng)
    return cut.side if cut is not None and cut.excess < whole else None


def _leftover(region: Graph, search: Search) -> Excess:
    """Say how far out of rule two sides must stay, however well each is cut later."""
    window = search.window
    total, crowd = _usable(region, window)
    scale = total / max(int(region.households.sum()), 1)

    def excess(households: np.ndarray, persons: np.ndarray) -> np.ndarray:
        near, inside = households * scale, np.minimum(persons, crowd)
        lopsided = 1e-4 * np.abs(2 * near - total) / max(total, 1.0)  # halves before slices
        here = _shortage(near, inside, window)
        return here + _shortage(total - near, crowd - inside, window) + lopsided

    return excess


def _divide_anew(region: Graph, parts: int, search: Search) -> np.ndarray:
    """Cut a region anew: two parts into one, two or more; a bigger group by halving."""
    labels = np.zeros(len(region), np.int64)
    if search.excess(region) == 0:
        return labels
    if parts > 2:  # noqa: PLR2004
        return halve(region, search)
    cut = best_cut(region, _pair_excess(region, search), trees=RECOMBINING_TREES, rng=search.rng)
    if cut is None:
        return labels
    labels[cut.side] = 1
    for part in (0, 1):
        nodes = np.flatnonzero(labels == part)
        side = _halving_side(region.part(nodes), search)
        if side is not None:
            labels[nodes[side]] = labels.max() + 1
    return labels


def _pair_excess(region: Graph, search: Search) -> Excess:
    """Say how far out of the window two sides are as they are."""
    window = search.window
    total, crowd = region.households.sum(), region.persons.sum()
    high = max(window.high, int(region.households.max()))
    cap = max(window.cap, int(region.persons.max()))

    def out(households: np.ndarray, persons: np.ndarray) -> np.ndarray:
        over = np.maximum(households - high, np.maximum(persons - cap, 0) / 2.6)
        return np.maximum(window.low - households, 0) + np.maximum(over, 0)

    def excess(households: np.ndarray, persons: np.ndarray) -> np.ndarray:
        return out(households, persons) + out(total - households, crowd - persons)

    return excess


def _groups(
    graph: Graph, labels: np.ndarray, search: Search, *, is_repair: bool
) -> list[list[int]]:
    """List touching pairs in random order, and first, around parts out of rule, bigger groups."""
    ends = np.sort(np.column_stack([labels[graph.first], labels[graph.second]]), axis=1)
    pairs = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    around: dict[int, list[int]] = {}
    for a, b in pairs.tolist():
        around.setdefault(a, []).append(b)
        around.setdefault(b, []).append(a)
    groups = []
    for part in sorted(around):
        if search.excess(graph.part(np.flatnonzero(labels == part))):
            groups += [_grow_group(part, around, search.rng) for _ in range(STUBBORN_GROUPS)]
    return groups if is_repair else groups + search.rng.permutation(pairs).tolist()


def _grow_group(part: int, around: dict[int, list[int]], rng: np.random.Generator) -> list[int]:
    group = [part]
    while len(group) < rng.integers(3, 6):
        beside = sorted({other for each in group for other in around[each]} - set(group))
        if not beside:
            break
        group.append(int(rng.choice(beside)))
    return group
