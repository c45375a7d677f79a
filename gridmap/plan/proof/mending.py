"""
Parts out of the window, divided anew with all around them, exactly.

Where no cause is known for a part to be out of the window, it is taken together with its
neighbours; what hangs together in these is melted until an exact search can be done. If that does
not help, wider regions are divided anew, as long as all that could be parts there can be listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.partition.graph import renumber
from gridmap.plan.partition.score import TINY, excess_by_part
from gridmap.plan.proof.cause import find_cause
from gridmap.plan.proof.columns import MOST_NODES
from gridmap.plan.proof.optimum import QUICK, prove
from gridmap.plan.proof.redivision import divide_anew, melted_inside, parts_around

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph
    from gridmap.plan.partition.search import Search

MOST_PARTS: Final = 8
"""So many parts of one graph are tried, those farthest out of the window first."""

WIDER: Final = (4, 8, 12, 18, 27, 40)
"""Parts of the regions around one, one after the other, until it is mended."""


def mend(graph: Graph, search: Search, labels: np.ndarray) -> np.ndarray:
    """
    Bring parts into the window where an exact search around them can.

    Parameters
    ----------
    graph
        Connected.
    search
        The rule, the weights and the deadline.
    labels
        (n,) connected parts, numbered from 0.

    Returns
    -------
    labels
        (n,) connected parts, numbered as they appear. Never further out of the window, and never
        of a higher objective at the same excess.
    """
    excess = excess_by_part(graph, labels, search.window)
    order = np.argsort(-excess, kind="stable")
    guilty = [np.flatnonzero(labels == part) for part in order[excess[order] > TINY].tolist()]
    for nodes in guilty[:MOST_PARTS]:
        if search.is_over:
            break
        part = labels[nodes[0]]
        is_there = np.array_equal(np.flatnonzero(labels == part), nodes)
        if is_there and find_cause(graph, search.window, nodes, is_quick=True) is None:
            labels = _proven_anew(graph, search, labels, int(part))
            labels = _widely_anew(graph, search, labels, nodes)
    return renumber(labels)


def _proven_anew(graph: Graph, search: Search, labels: np.ndarray, part: int) -> np.ndarray:
    """Divide a part and its neighbours anew, if they can be melted to few enough nodes."""
    nodes = np.flatnonzero(np.isin(labels, [part, *graph.parts_beside(labels, part)]))
    region, before = graph.part(nodes), renumber(labels[nodes])
    melted = melted_inside(region, search, before, MOST_NODES)
    if melted is None:
        return labels
    coarse = np.zeros(int(melted.max()) + 1, np.int64)
    coarse[melted] = before
    proof = prove(
        region.contract(melted),
        search.window,
        search.weights,
        coarse,
        limit=QUICK,
        deadline_s=search.deadline_s,
    )
    if proof is None:
        return labels
    anew = labels.copy()
    anew[nodes] = proof.labels[melted] + labels.max() + 1
    return renumber(anew)


def _widely_anew(graph: Graph, search: Search, labels: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Divide wider and wider regions around some nodes anew, until these are in the window."""
    for size in WIDER:
        excess = excess_by_part(graph, labels, search.window)[labels[nodes]]
        if search.is_over or excess.max() <= TINY:
            break
        parts = parts_around(graph, labels, int(labels[nodes[excess.argmax()]]), size)
        labels = divide_anew(graph, search, labels, parts)
    return labels
