"""
Each connected set inside the rule exactly once, in a graph of any size, in compiled loops.

From its lowest node on, the nodes that touch a set are decided one by one, in the order they were
met: taken in, or left out for good. What is too heavy is not gone on with. That is all the bound
there is, and enough where parts hold few nodes: then the sets are few, however many nodes there
are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridmap.compiled import compiled
from gridmap.plan.partition.objective import excess_of, points_of

if TYPE_CHECKING:
    from gridmap.plan.partition.net import Net
    from gridmap.plan.partition.objective import Rule

NOISE = 1e-9


class Listed(NamedTuple):
    """Sets of nodes, one after the other, and whether these are all there are."""

    start: np.ndarray  # (m + 1,) where each set begins
    nodes: np.ndarray  # (start[m],)
    is_complete: bool


class Walk(NamedTuple):
    """The nodes met so far from one root on, and what was decided about them."""

    met: np.ndarray  # (n,) in the order they were met
    is_met: np.ndarray  # (n,)
    is_in: np.ndarray  # (n,) by place in `met`
    before: np.ndarray  # (n,) how many were met before the node of that place was taken in
    load: np.ndarray  # (n + 1, L) what the set holds before that place is decided


@compiled
def list_sets(net: Net, rule: Rule, most: int, most_steps: int) -> Listed:
    """
    List the connected sets of nodes inside the window.

    Parameters
    ----------
    net, rule
        The graph, and what a part may hold.
    most, most_steps
        The list ends, incomplete, after so many sets, or so many nodes decided.

    Returns
    -------
    listed
        In an order that depends on nothing but the graph and the rule.
    """
    count = len(net.loads)
    start, nodes = np.zeros(most + 1, np.int64), np.empty(1024, np.int64)
    walk = Walk(
        np.empty(count, np.int64),
        np.zeros(count, np.bool_),
        np.zeros(count, np.bool_),
        np.zeros(count, np.int64),
        np.zeros((count + 1, net.loads.shape[1])),
    )
    found, steps, is_complete = 0, 0, True
    for root in range(count):
        walk.met[0], walk.is_met[root] = root, True
        at, end = 0, 1
        while at >= 0:
            if at == end:
                at, end = _back(walk, at, end)
                continue
            steps += 1
            end, has_grown = _decide(net, rule, walk, at, end)
            at += 1
            if not has_grown or excess_of(rule, walk.load[at]) > NOISE:
                continue
            if found == most or steps > most_steps:
                is_complete = False
                break
            nodes = _noted(walk, at, nodes, start, found)
            found += 1
        if not is_complete:
            break
    return Listed(start[: found + 1], nodes[: start[found]], is_complete)


@compiled
def _decide(net: Net, rule: Rule, walk: Walk, at: int, end: int) -> tuple[int, bool]:
    """Take in the node at a place, if it fits; say how many are met then, and whether it did."""
    node = walk.met[at]
    walk.is_in[at], walk.before[at] = True, end
    for kind in range(len(rule.high)):
        walk.load[at + 1, kind] = walk.load[at, kind] + net.loads[node, kind]
        if walk.load[at + 1, kind] > rule.high[kind] + NOISE:
            walk.is_in[at] = False
    if not walk.is_in[at]:
        walk.load[at + 1] = walk.load[at]
        return end, False
    for place in range(net.start[node], net.start[node + 1]):
        other = net.to[place]
        if other > walk.met[0] and not walk.is_met[other]:
            walk.met[end], walk.is_met[other] = other, True
            end += 1
    return end, True


@compiled
def _back(walk: Walk, at: int, end: int) -> tuple[int, int]:
    """Go back to the last node that is in, leave it out, and go on behind it; -1 at the root."""
    at -= 1
    while at > 0 and not walk.is_in[at]:
        at -= 1
    before = walk.before[at] if at > 0 else 0
    for place in range(before, end):
        walk.is_met[walk.met[place]] = False
    if at == 0:
        return -1, 0
    walk.is_in[at] = False
    walk.load[at + 1] = walk.load[at]
    return at + 1, before


@compiled
def _noted(walk: Walk, at: int, nodes: np.ndarray, start: np.ndarray, found: int) -> np.ndarray:
    """Write the set down, in more room if there is too little."""
    end = start[found]
    if end + at > len(nodes):
        more = np.empty(2 * len(nodes) + at, np.int64)
        more[:end] = nodes[:end]
        nodes = more
    for place in range(at):
        if walk.is_in[place]:
            nodes[end] = walk.met[place]
            end += 1
    start[found + 1] = end
    return nodes


@compiled
def price_sets(net: Net, rule: Rule, start: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """
    Say what sets cost as parts: half their border, and what counts beside it.

    Parameters
    ----------
    net, rule
        The graph and the weights.
    start, nodes
        (m + 1,) and (start[m],) the sets, one after the other.

    Returns
    -------
    points
        (m,) not negative.
    """
    points = np.zeros(len(start) - 1)
    mark = np.full(len(net.loads), -1)
    groups = np.full(len(net.loads) + 1, -1)
    for one in range(len(points)):
        held, area, perimeter, border, pieces = 0.0, 0.0, 0.0, 0.0, 0.0
        for place in range(start[one], start[one + 1]):
            node = nodes[place]
            mark[node] = one
            held += net.loads[node, 0]
            area += net.area[node]
            perimeter += net.outline[node]
            group = net.group[node]
            if group >= 0 and groups[group] != one:
                groups[group] = one
                pieces += 1.0
        for place in range(start[one], start[one + 1]):
            metres, price = _beyond(net, mark, nodes[place], one)
            perimeter += metres
            border += price
        points[one] = border / 2 + points_of(rule, held, area, perimeter, pieces)
    return points


@compiled
def _beyond(net: Net, mark: np.ndarray, node: int, one: int) -> tuple[float, float]:
    """Add up metres and price of the edges that lead from a node out of its set."""
    metres, price = 0.0, 0.0
    for place in range(net.start[node], net.start[node + 1]):
        if mark[net.to[place]] != one:
            metres += net.length[net.edge[place]]
            price += net.cost[net.edge[place]]
    return metres, price
