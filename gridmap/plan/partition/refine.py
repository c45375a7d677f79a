"""Moving single nodes over a border, where that makes a division better."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph
    from gridmap.plan.partition.search import Search

SWEEPS: Final = 4


class _Parts:
    """Running totals of the parts, so that a move is judged by what it touches."""

    def __init__(self, graph: Graph, labels: np.ndarray, search: Search) -> None:
        self.graph = graph
        self.labels = labels.tolist()
        self.search = search
        self.households = np.bincount(labels, graph.households).astype(int).tolist()
        self.persons = np.bincount(labels, graph.persons).astype(int).tolist()
        self.biggest = np.zeros(len(self.households), int)
        self.most = np.zeros(len(self.households), int)
        np.maximum.at(self.biggest, labels, graph.households)
        np.maximum.at(self.most, labels, graph.persons)
        self.count = np.bincount(labels).tolist()
        matrix = graph.matrix(graph.cut_cost + 1e-9)  # an edge that costs nothing is still one
        self.neighbours = [
            list(zip(matrix.indices[a:b].tolist(), matrix.data[a:b].tolist(), strict=True))
            for a, b in zip(matrix.indptr[:-1].tolist(), matrix.indptr[1:].tolist(), strict=True)
        ]

    def excess(self, part: int, households: int, persons: int) -> float:
        """Tell how far `part` would be out of the window with these totals."""
        return self.search.window.excess(
            households, persons, int(self.biggest[part]), int(self.most[part])
        )

    def gain(self, node: int, to: int) -> tuple[float, float]:
        """Tell what moving `node` changes: excess first, price second; negative is better."""
        at = self.labels[node]
        households, persons = int(self.graph.households[node]), int(self.graph.persons[node])
        excess = 0.0
        for part, sign in ((at, -1), (to, 1)):
            had = (self.households[part], self.persons[part])
            gets = (had[0] + sign * households, had[1] + sign * persons)
            excess += self.excess(part, *gets) - self.excess(part, *had)
        cost = 0.0
        for other, price in self.neighbours[node]:
            cost += price * ((self.labels[other] == at) - (self.labels[other] == to))
        return (round(excess, 6), round(cost, 6))

    def leaves_whole(self, node: int) -> bool:
        """Would the part `node` is in stay in one piece without it."""
        part = self.labels[node]
        if self.count[part] == 1:
            return False
        ends = [other for other, _ in self.neighbours[node] if self.labels[other] == part]
        missing, seen, queue = set(ends[1:]), {node, ends[0]}, deque(ends[:1])
        while queue and missing:
            for other, _ in self.neighbours[queue.popleft()]:
                if self.labels[other] == part and other not in seen:
                    seen.add(other)
                    missing.discard(other)
                    queue.append(other)
        return not missing

    def move(self, node: int, to: int) -> None:
        """Put `node` into part `to`."""
        at = self.labels[node]
        for part, sign in ((at, -1), (to, 1)):
            self.households[part] += sign * int(self.graph.households[node])
            self.persons[part] += sign * int(self.graph.persons[node])
            self.count[part] += sign
        self.biggest[to] = max(self.biggest[to], self.graph.households[node])
        self.most[to] = max(self.most[to], self.graph.persons[node])
        self.labels[node] = to


def refine(graph: Graph, labels: np.ndarray, search: Search) -> np.ndarray:
    """
    Move single nodes to a neighbouring part while that helps.

    Parameters
    ----------
    graph
        Connected.
    labels
        (n,) part of each node, every part connected.
    search
        The rule and the deadline.

    Returns
    -------
    labels
        (n,) every part still connected; never further out of rule, never dearer at the same
        excess.
    """
    parts = _Parts(graph, labels, search)
    for _ in range(SWEEPS):
        ends = np.array(parts.labels)
        cut = ends[graph.first] != ends[graph.second]
        border = np.unique(np.concatenate([graph.first[cut], graph.second[cut]]))
        moved = False
        for node in border.tolist():
            if search.is_over:
                return np.array(parts.labels)
            moved |= _move_if_better(parts, node)
        if not moved:
            break
    return np.array(parts.labels)


def _move_if_better(parts: _Parts, node: int) -> bool:
    around = {parts.labels[other] for other, _ in parts.neighbours[node]}
    around.discard(parts.labels[node])
    offers = sorted((parts.gain(node, to), to) for to in around)
    if not offers or offers[0][0] >= (0, 0) or not parts.leaves_whole(node):
        return False
    parts.move(node, offers[0][1])
    return True
