"""
A few touching parts divided anew, out of all the sets that could be their parts.

Where parts hold few nodes, moving single nodes and cutting trees find few divisions inside the
window, or none: but then all connected sets inside it can be listed, on ground many times larger
than a proof can be had for. The parts of a region are chosen from that list: the linear programme
over all sets says what nodes earn, and among the sets that cost least above it the choice is made
by branch and bound. The rest of the division stays as it is [1]_.

References
----------
.. [1] P. Shaw (1998). "Using constraint programming and local search methods to solve vehicle
   routing problems." CP 1998, 417-431. doi:10.1007/3-540-49481-2_30 (large neighbourhood search)
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array

from gridmap.compiled import warm
from gridmap.plan.partition.coarsen import melt
from gridmap.plan.partition.dice import new_dice
from gridmap.plan.partition.graph import Graph, renumber
from gridmap.plan.partition.net import net_of
from gridmap.plan.partition.objective import rule_of
from gridmap.plan.partition.score import TINY, excess_by_part, score_division
from gridmap.plan.partition.search import Search
from gridmap.plan.partition.warming import warm_up as warm_up_search
from gridmap.plan.partition.window import Window
from gridmap.plan.proof.listing import list_sets, price_sets

FEW: Final = 8
"""Nodes a part, on average, up to which a graph is gone along."""

ALONG: Final = (4, 6, 8, 10)
"""Parts of the regions it is gone along in, one after the other."""

MOST_REGIONS: Final = 300
"""As many regions of one graph are divided anew on the way."""

MOST_SETS: Final = 12_000
MOST_STEPS: Final = 1_000_000
"""Where there are more sets, or more to look at, a region is left as it is."""

MOST_CHOICES: Final = 1_000
"""Among as many sets the choice is made."""

SOLVER_NODES: Final = 50

SOLVED: Final = 0
"""What the solver calls a programme that it came to the end of."""

SHARES: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
"""How much of a part a melted node may hold, the finest first."""


def go_along(graph: Graph, search: Search, labels: np.ndarray) -> np.ndarray:
    """
    Divide region after region anew, around each part, where parts hold few nodes.

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
        of a higher objective at the same excess; as they were where parts hold many nodes.
    """
    if len(graph) > FEW * (int(labels.max(initial=-1)) + 1):
        return renumber(labels)
    done, labels = set[bytes](), renumber(labels)
    for size in ALONG:
        for seed in range(len(graph)):
            if search.is_over or len(done) >= MOST_REGIONS:
                return labels
            if (labels[:seed] == labels[seed]).any():
                continue
            parts = parts_around(graph, labels, int(labels[seed]), size)
            ground = np.isin(labels, parts).tobytes()
            if ground not in done:
                done.add(ground)
                labels = divide_anew(graph, search, labels, parts)
    return labels


def parts_around(graph: Graph, labels: np.ndarray, part: int, size: int) -> list[int]:
    """
    Give the parts around one, nearest first.

    Parameters
    ----------
    graph
        Any graph.
    labels
        (n,) the part of each node.
    part
        The one in the middle.
    size
        How many parts are wanted.

    Returns
    -------
    parts
        With that one; fewer than `size` if no more hang together with it.
    """
    found = [part]
    for each in found:
        if len(found) >= size:
            break
        found += [other for other in graph.parts_beside(labels, each) if other not in found]
    return found[:size]


def divide_anew(graph: Graph, search: Search, labels: np.ndarray, parts: list[int]) -> np.ndarray:
    """
    Divide the ground of some parts anew, if all that could be parts there can be listed.

    Parameters
    ----------
    graph
        Any graph.
    search
        The rule, the weights and the deadline.
    labels
        (n,) connected parts, numbered from 0.
    parts
        Which hang together. If they hold many nodes, what hangs together in them is melted first.

    Returns
    -------
    labels
        (n,) connected parts, numbered as they appear. Never further out of the window, and never
        of a higher objective at the same excess.
    """
    warm_up()
    nodes = np.flatnonzero(np.isin(labels, parts))
    region, before = graph.part(nodes), renumber(labels[nodes])
    melted = melted_inside(region, search, before, max(FEW * len(parts), FEW))
    if melted is None:
        return renumber(labels)
    small, coarse = region.contract(melted), np.zeros(int(melted.max()) + 1, np.int64)
    coarse[melted] = before
    chosen = _chosen(small, search, coarse)
    if chosen is None or _rank(small, search, chosen) >= _rank(small, search, coarse):
        return renumber(labels)
    anew = labels.copy()
    anew[nodes] = chosen[melted] + labels.max() + 1
    return renumber(anew)


def melted_inside(graph: Graph, search: Search, labels: np.ndarray, most: int) -> np.ndarray | None:
    """
    Melt nodes inside parts, no more than needed.

    Parameters
    ----------
    graph
        Any graph.
    search
        The rule and the weights.
    labels
        (n,) connected parts, numbered from 0.
    most
        How many nodes may be left.

    Returns
    -------
    melted
        (n,) the new node of each node, from 0; None if more than `most` would be left.
    """
    if len(graph) <= most:
        return np.arange(len(graph))
    warm_up_search()
    rule = rule_of(search.window, search.weights)
    net = net_of(graph, rule.high, search.weights.cut)
    for share in SHARES:
        dice = new_dice(np.random.default_rng(0))
        melted, count = melt(net, labels, share * rule.high, float(len(graph)), 0.0, dice)
        if count <= most:
            return melted
    return None


@dataclass(frozen=True, slots=True)
class _Choices:
    """Sets of nodes, a column each, what they cost, and how many of them are inside the window."""

    members: csc_array
    costs: np.ndarray
    inside: int

    def some(self, wanted: np.ndarray) -> _Choices:
        """Leave out all others."""
        return _Choices(self.members[:, wanted], self.costs[wanted], 0)


def _chosen(region: Graph, search: Search, labels: np.ndarray) -> np.ndarray | None:
    """Choose parts for a region; None if there are too many to choose from, or no time."""
    choices = _choices(region, search, labels)
    if choices is None or search.is_over:
        return None
    ones, now = np.ones(len(region)), float(choices.costs[choices.inside :].sum())
    in_time = _in_time(search)
    solved = linprog(
        choices.costs, A_eq=choices.members, b_eq=ones, method="highs", options=in_time
    )
    if solved.status != SOLVED or solved.fun >= now - TINY * max(now, 1.0):
        return None
    above = choices.costs - choices.members.T @ solved.eqlin.marginals
    order = np.argsort(above[: choices.inside], kind="stable")[:MOST_CHOICES]
    near = order[above[order] <= now - solved.fun]
    few = choices.some(np.append(near, np.arange(choices.inside, len(above))))
    taken = milp(
        few.costs,
        constraints=[LinearConstraint(few.members, 1, 1)],
        integrality=np.ones(len(few.costs)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0, "node_limit": SOLVER_NODES, **in_time},
    )
    if taken.x is None:
        return None
    which = few.members[:, np.flatnonzero(np.round(taken.x) == 1)].tocoo()
    chosen = np.zeros(len(region), np.int64)
    chosen[which.row] = which.col
    return renumber(chosen)


def _in_time(search: Search) -> dict[str, float]:
    """Tell the solver how long it may take."""
    left = max(0.0, search.deadline_s - time.monotonic())
    return {"time_limit": left} if np.isfinite(left) else {}


def _choices(region: Graph, search: Search, labels: np.ndarray) -> _Choices | None:
    """List what is inside the window, and behind it the parts there are, fined for their excess."""
    rule = rule_of(search.window, search.weights)
    net = net_of(region, rule.high, search.weights.cut)
    listed = list_sets(net, rule, MOST_SETS, MOST_STEPS)
    if not listed.is_complete:
        return None
    sizes = np.bincount(labels)
    start = np.concatenate([listed.start, listed.start[-1] + np.cumsum(sizes)])
    nodes = np.concatenate([listed.nodes, np.argsort(labels, kind="stable")])
    costs, inside = price_sets(net, rule, start, nodes), len(listed.start) - 1
    fine = max(1.0, float(costs[inside:].mean()))
    costs[inside:] += fine * excess_by_part(region, labels, search.window)
    shape = len(region), len(costs)
    return _Choices(csc_array((np.ones(len(nodes)), nodes, start), shape=shape), costs, inside)


def _rank(graph: Graph, search: Search, labels: np.ndarray) -> tuple[float, float]:
    """Rank a division; rounded, so that noise decides nothing."""
    score = score_division(graph, labels, search.window, search.weights)
    return round(score.excess, 6), round(score.value, 6)


@cache
def warm_up() -> None:
    """List and price the sets of a pair, once a process, while no other process compiles."""
    pair = Graph(np.array([2, 2]), np.array([2, 2]), np.array([0]), np.array([1]), np.ones(1))
    search = Search(Window(1, 4, 4), np.random.default_rng(0))
    with warm():
        _choices(pair, search, np.arange(2))
