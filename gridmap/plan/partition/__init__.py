"""
The partition: a graph in, connected parts inside a window out.

Nothing here knows of ground, buildings or communities; the names are nodes, edges and parts. The
world is in `graph` (nodes and edges), `window` (the rule) and `objective` (the price), and in `net`
once more as compiled code reads it; the steps are a file each: `coarsen`, `trees` (one cut),
`neighbours`, `region` and `recombine` (cutting a few parts anew), `refine` (single nodes), and
`search` (all of them). `score` weighs what came of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridmap.plan.partition.graph import Graph, Shape, renumber
from gridmap.plan.partition.objective import Weights
from gridmap.plan.partition.score import TINY, Score, excess_by_part, score_division
from gridmap.plan.partition.search import Effort, Search, search_division, shift_nodes
from gridmap.plan.partition.warming import warm_up
from gridmap.plan.partition.window import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "TINY",
    "Effort",
    "Graph",
    "Score",
    "Search",
    "Shape",
    "Weights",
    "Window",
    "excess_by_part",
    "partition",
    "renumber",
    "score_division",
    "shift",
]


def partition(graph: Graph, search: Search) -> np.ndarray:
    """
    Divide a graph into connected parts inside the window, at a low price of cut edges.

    Parameters
    ----------
    graph
        Any graph; parts never join two of its components.
    search
        The rule, the dice and the deadline.

    Returns
    -------
    labels
        (n,) part of each node, numbered as they appear. Every part is connected. The same graph,
        window and dice give the same labels, unless the deadline cut the search short.
    """
    warm_up()
    labels = np.zeros(len(graph), np.int64)
    components = graph.components()
    count = 0
    for nodes in _groups(components):
        fine = renumber(search_division(graph.part(nodes), search))
        labels[nodes] = fine + count
        count += int(fine.max()) + 1
    return labels


def shift(graph: Graph, labels: np.ndarray, search: Search) -> np.ndarray:
    """
    Move single nodes to a neighbouring part while that helps.

    Parameters
    ----------
    graph
        Any graph.
    labels
        (n,) part of each node, every part connected.
    search
        The rule, the dice and the deadline.

    Returns
    -------
    labels
        (n,) numbered as they appear; every part still connected. Never further out of rule, never
        dearer at the same excess.
    """
    warm_up()
    return renumber(shift_nodes(graph, renumber(labels), search))


def _groups(components: np.ndarray) -> Sequence[np.ndarray]:
    order = np.argsort(components, kind="stable")
    starts = np.flatnonzero(np.diff(components[order], prepend=-1))
    return np.split(order, starts[1:]) if len(order) else []
