"""Melting together what no good plan would part, so that the search has fewer nodes to think of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.partition.graph import renumber

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph
    from gridmap.plan.partition.window import Window

CAP_SHARE: Final = 0.12
"""A melted node holds at most this share of a part: enough of them that sizes can be met."""


def coarsen(graph: Graph, window: Window) -> np.ndarray:
    """
    Melt nodes along their dearest edges.

    Edges are taken from the dearest on, rated by the price of cutting against the size of the two
    ends, and melted while the result stays small against the window.

    Parameters
    ----------
    graph
        Any graph.
    window
        Sets how big a melted node may be.

    Returns
    -------
    labels
        (n,) the melted node of each node, numbered as they appear; each is connected.
    """
    cap_households = max(1.0, CAP_SHARE * window.high)
    cap_persons = max(1.0, CAP_SHARE * window.cap)
    size = graph.households + 0.1 * cap_households
    rating = graph.cut_cost**2 / (size[graph.first] * size[graph.second])
    order = np.lexsort((graph.second, graph.first, -rating))
    root = list(range(len(graph)))
    households, persons = graph.households.tolist(), graph.persons.tolist()

    def find(node: int) -> int:
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for first, second in zip(
        graph.first[order].tolist(), graph.second[order].tolist(), strict=True
    ):
        a, b = find(first), find(second)
        if (
            a != b
            and households[a] + households[b] <= cap_households
            and persons[a] + persons[b] <= cap_persons
        ):
            root[b] = a
            households[a] += households[b]
            persons[a] += persons[b]
    return renumber(np.array([find(node) for node in range(len(graph))], np.int64))
