"""
Parts out of the window, divided anew with all around them, exactly.

Where no cause is known for a part to be out of the window, it is taken together with its
neighbours; what hangs together in these is melted until an exact search can be done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.partition.coarsen import melt
from gridmap.plan.partition.dice import new_dice
from gridmap.plan.partition.graph import renumber
from gridmap.plan.partition.net import net_of
from gridmap.plan.partition.objective import rule_of
from gridmap.plan.partition.score import TINY, excess_by_part
from gridmap.plan.partition.warming import warm_up
from gridmap.plan.proof.cause import find_cause
from gridmap.plan.proof.columns import MOST_NODES
from gridmap.plan.proof.optimum import QUICK, prove

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph
    from gridmap.plan.partition.search import Search

SHARES: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
"""How much of a part a melted node may hold, the finest first."""

MOST_PARTS: Final = 8
"""So many parts of one graph are tried, those farthest out of the window first."""


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
            labels = _divided_anew(graph, search, labels, int(part))
    return renumber(labels)


def _divided_anew(graph: Graph, search: Search, labels: np.ndarray, part: int) -> np.ndarray:
    """Divide a part and its neighbours anew, if they can be melted to few enough nodes."""
    nodes = np.flatnonzero(np.isin(labels, [part, *graph.parts_beside(labels, part)]))
    region, before = graph.part(nodes), renumber(labels[nodes])
    melted = _melted(region, search, before)
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
    return anew


def _melted(region: Graph, search: Search, labels: np.ndarray) -> np.ndarray | None:
    """Melt nodes inside parts, no more than needed."""
    if len(region) <= MOST_NODES:
        return np.arange(len(region))
    warm_up()
    rule = rule_of(search.window, search.weights)
    net = net_of(region, rule.high, search.weights.cut)
    for share in SHARES:
        dice = new_dice(np.random.default_rng(0))
        melted, count = melt(net, labels, share * rule.high, float(len(region)), 0.0, dice)
        if count <= MOST_NODES:
            return melted
    return None
