"""
Cutting a region in two along a spanning tree.

A spanning tree has one way between any two nodes, so taking one edge out leaves two connected
sides whatever the edge: contiguity costs nothing. Trees are drawn at random, but keep dear edges,
so that the cuts they offer run along barriers. The idea is recombination as in [1]_, with a window
on both sides in place of equal populations. All cuts of a tree are priced in one pass: what a side
is made of is summed up along the tree, and an edge of the graph is inside every side that holds
the node where the ways from its two ends meet.

References
----------
.. [1] D. DeFord, M. Duchin, J. Solomon (2021). "Recombination: A Family of Markov Chains for
   Redistricting." Harvard Data Science Review, 3(1). https://doi.org/10.1162/99608f92.eb30390f
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridmap.compiled import compiled
from gridmap.plan.partition.dice import throw
from gridmap.plan.partition.forest import root_of
from gridmap.plan.partition.objective import (
    EXCESS_PRICE,
    Rule,
    excess_of,
    points_of,
    shortage_of,
)

if TYPE_CHECKING:
    from gridmap.plan.partition.region import Region


CHEAP = 1e-3
"""Points added to every edge: what costs nothing to cut is still an edge."""


class Tree(NamedTuple):
    """A spanning tree: nodes from the root outwards, the parent and the depth of each."""

    order: np.ndarray
    parent: np.ndarray
    depth: np.ndarray


class Sums(NamedTuple):
    """What hangs on each node of a tree, itself included."""

    loads: np.ndarray  # (r, L)
    area: np.ndarray
    base: np.ndarray  # metres of border that stays border
    cost: np.ndarray  # points of the edges that leave
    length: np.ndarray  # metres of them


@compiled
def best_cut(
    region: Region,
    rule: Rule,
    trees: int,
    is_final: bool,
    dice: np.ndarray,
) -> tuple[float, np.ndarray]:
    """
    Find a good way to cut a connected region in two.

    Parameters
    ----------
    region
        Two nodes at least.
    rule
        Window and weights.
    trees
        How many spanning trees to draw.
    is_final
        Judge the sides as parts; else by how well they can be divided further.
    dice
        Decides the trees.

    Returns
    -------
    score, side
        Points of the cut, and one side; both sides are connected.
    """
    best, side = np.inf, np.zeros(len(region.area), np.bool_)
    for _ in range(trees):
        tree = draw_tree(region, dice)
        sums = _sum_up(region, tree)
        score, root = _best_of_tree(tree, sums, rule, is_final)
        if score < best - 1e-9:
            best = score
            side[:] = False
            for node in tree.order:
                side[node] = node == root or (node != tree.order[0] and side[tree.parent[node]])
    return best, side


@compiled
def draw_tree(region: Region, dice: np.ndarray) -> Tree:
    """
    Draw a random spanning tree that keeps dear edges (Kruskal).

    Parameters
    ----------
    region
        Connected.
    dice
        Changed in place.

    Returns
    -------
    tree
        Rooted anywhere.
    """
    count, edges = len(region.area), len(region.first)
    keys = np.empty(edges)
    for edge in range(edges):
        keys[edge] = (0.05 + throw(dice)) / (region.cost[edge] + CHEAP)
    head, after = np.full(count, -1), np.empty(2 * count, np.int64)
    towards = np.empty(2 * count, np.int64)
    root = np.arange(count)
    kept = 0
    for edge in np.argsort(keys):
        one, other = root_of(root, region.first[edge]), root_of(root, region.second[edge])
        if one != other:
            root[one] = other
            for start, stop in (
                (region.first[edge], region.second[edge]),
                (region.second[edge], region.first[edge]),
            ):
                towards[kept], after[kept] = stop, head[start]
                head[start] = kept
                kept += 1
            if kept == 2 * (count - 1):
                break
    return _rooted(head, after, towards, int(throw(dice) * count))


@compiled
def _rooted(head: np.ndarray, after: np.ndarray, towards: np.ndarray, root: int) -> Tree:
    count = len(head)
    order, parent, depth = np.empty(count, np.int64), np.full(count, -1), np.zeros(count, np.int64)
    order[0] = root
    found = 1
    for place in range(count):
        if place == found:  # not connected: what is missing hangs on nothing
            break
        node = order[place]
        at = head[node]
        while at >= 0:
            other = towards[at]
            if other != parent[node]:
                parent[other] = node
                depth[other] = depth[node] + 1
                order[found] = other
                found += 1
            at = after[at]
    return Tree(order[:found], parent, depth)


@compiled
def _sum_up(region: Region, tree: Tree) -> Sums:
    count = len(region.area)
    cost, length = np.zeros(count), np.zeros(count)
    for edge in range(len(region.first)):
        one, other = region.first[edge], region.second[edge]
        price, metres = region.cost[edge], region.length[edge]
        cost[one] += price
        cost[other] += price
        length[one] += metres
        length[other] += metres
        while one != other:
            if tree.depth[one] < tree.depth[other]:
                one, other = other, one
            one = tree.parent[one]
        cost[one] -= 2 * price
        length[one] -= 2 * metres
    sums = Sums(region.loads.copy(), region.area.copy(), region.base.copy(), cost, length)
    for place in range(len(tree.order) - 1, 0, -1):
        node = tree.order[place]
        to = tree.parent[node]
        for kind in range(sums.loads.shape[1]):
            sums.loads[to, kind] += sums.loads[node, kind]
        sums.area[to] += sums.area[node]
        sums.base[to] += sums.base[node]
        cost[to] += cost[node]
        length[to] += length[node]
    return sums


@compiled
def _best_of_tree(
    tree: Tree,
    sums: Sums,
    rule: Rule,
    is_final: bool,
) -> tuple[float, int]:
    root = tree.order[0]
    best, at = np.inf, -1
    rest = np.empty(sums.loads.shape[1])
    for place in range(1, len(tree.order)):
        node = tree.order[place]
        load = sums.loads[node]
        for kind in range(len(rest)):
            rest[kind] = sums.loads[root, kind] - load[kind]
        if is_final:
            out = excess_of(rule, load) + excess_of(rule, rest)
        else:
            out = shortage_of(rule, load) + shortage_of(rule, rest)
        score = EXCESS_PRICE * out + sums.cost[node]
        if score >= best:
            continue
        if is_final:
            perimeter = sums.base[node] + sums.length[node]
            score += points_of(rule, load[0], sums.area[node], perimeter, 0.0)
            perimeter = sums.base[root] - sums.base[node] + sums.length[node]
            score += points_of(rule, rest[0], sums.area[root] - sums.area[node], perimeter, 0.0)
        else:  # halves before slices, as far as it costs nothing
            total = max(sums.loads[root, 0], 1.0)
            score *= 1.0 + 0.5 * ((load[0] - rest[0]) / total) ** 2
        if score < best:
            best, at = score, node
    return best, at
