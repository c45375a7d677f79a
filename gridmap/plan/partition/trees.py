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
from gridmap.plan.partition.ordering import nearly_sorted

if TYPE_CHECKING:
    from gridmap.plan.partition.region import Region


CHEAP = 1e-3
"""Points added to every edge: what costs nothing to cut is still an edge."""


class Tree(NamedTuple):
    """A spanning tree from the root outwards: nothing stands before what it hangs on."""

    order: np.ndarray  # (r,) the node in each place
    place: np.ndarray  # (r,) the place of each node
    parent: np.ndarray  # (r,) the place that each place hangs on; -1 for the root


class Sums(NamedTuple):
    """What hangs on each place of a tree, itself included."""

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
        score, top = _best_of_tree(sums, rule, is_final)
        if score < best - 1e-9:
            best = score
            side[tree.order[0]] = False
            for at in range(1, len(side)):
                side[tree.order[at]] = at == top or side[tree.order[tree.parent[at]]]
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
    for edge in nearly_sorted(keys):
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
    tree = Tree(np.empty(count, np.int64), np.full(count, -1), np.full(count, -1))
    tree.order[0] = root
    tree.place[root] = 0
    found = 1
    for here in range(count):
        at = head[tree.order[here]]
        while at >= 0:
            node = towards[at]
            if tree.place[node] < 0:
                tree.order[found] = node
                tree.place[node] = found
                tree.parent[found] = here
                found += 1
            at = after[at]
    return tree


@compiled
def _sum_up(region: Region, tree: Tree) -> Sums:
    count = len(region.area)
    cost, length = np.zeros(count), np.zeros(count)
    for edge in range(len(region.first)):
        one, other = tree.place[region.first[edge]], tree.place[region.second[edge]]
        price, metres = region.cost[edge], region.length[edge]
        cost[one] += price
        cost[other] += price
        length[one] += metres
        length[other] += metres
        while one != other:
            if one > other:
                one = tree.parent[one]
            else:
                other = tree.parent[other]
        cost[one] -= 2 * price
        length[one] -= 2 * metres
    order = tree.order
    sums = Sums(region.loads[order], region.area[order], region.base[order], cost, length)
    for at in range(count - 1, 0, -1):
        to = tree.parent[at]
        for kind in range(sums.loads.shape[1]):
            sums.loads[to, kind] += sums.loads[at, kind]
        sums.area[to] += sums.area[at]
        sums.base[to] += sums.base[at]
        cost[to] += cost[at]
        length[to] += length[at]
    return sums


@compiled
def _best_of_tree(sums: Sums, rule: Rule, is_final: bool) -> tuple[float, int]:
    best, top = np.inf, -1
    rest = np.empty(sums.loads.shape[1])
    for at in range(1, len(sums.cost)):
        load = sums.loads[at]
        for kind in range(len(rest)):
            rest[kind] = sums.loads[0, kind] - load[kind]
        if is_final:
            out = excess_of(rule, load) + excess_of(rule, rest)
        else:
            out = shortage_of(rule, load) + shortage_of(rule, rest)
        score = EXCESS_PRICE * out + sums.cost[at]
        if score >= best:
            continue
        if is_final:
            perimeter = sums.base[at] + sums.length[at]
            score += points_of(rule, load[0], sums.area[at], perimeter, 0.0)
            perimeter = sums.base[0] - sums.base[at] + sums.length[at]
            score += points_of(rule, rest[0], sums.area[0] - sums.area[at], perimeter, 0.0)
        else:  # halves before slices, as far as it costs nothing
            total = max(sums.loads[0, 0], 1.0)
            score *= 1.0 + 0.5 * ((load[0] - rest[0]) / total) ** 2
        if score < best:
            best, top = score, at
    return best, top
