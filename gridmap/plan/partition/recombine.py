"""Improving a division by cutting the union of a few touching parts anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridmap.compiled import compiled
from gridmap.plan.partition.dice import throw
from gridmap.plan.partition.forest import root_of
from gridmap.plan.partition.objective import Rule, excess_of, shortage_of
from gridmap.plan.partition.region import (
    Region,
    narrow,
    nodes_of,
    put_back,
    take_region,
    value_region,
)
from gridmap.plan.partition.trees import best_cut

if TYPE_CHECKING:
    from gridmap.plan.partition.net import Board, Net


TINY = 1e-7
"""Points that are only rounding."""

FREE_SHARE = 0.15
"""How often a pair may be cut into any number of parts rather than into two."""


@compiled
def cut_nodes(
    net: Net, rule: Rule, nodes: np.ndarray, place: np.ndarray, trees: int, dice: np.ndarray
) -> np.ndarray:
    """
    Cut a connected set of nodes in two, if that brings it nearer to the rule.

    Parameters
    ----------
    net, rule
        What is divided, by what.
    nodes
        Some of the net's.
    place
        (n,) scratch, -1 everywhere.
    trees
        How many spanning trees to draw.
    dice
        Changed in place.

    Returns
    -------
    side
        (r,) one side; empty where the set is better left whole.
    """
    region = take_region(net, nodes, place)
    label = np.zeros(len(nodes), np.int64)
    if not _split(region, rule, label, 0, trees, 1.0, dice):
        return np.zeros(0, np.bool_)
    return label > 0


@compiled
def recombine(
    net: Net, rule: Rule, board: Board, groups: np.ndarray, trees: int, heat: float,
    dice: np.ndarray,
) -> int:  # fmt: skip
    """
    Cut groups of touching parts anew, one after the other.

    Parameters
    ----------
    net, rule, board
        The division, changed in place.
    groups
        (g, p) numbers of parts that touched when they were listed; -1 fills up.
    trees
        How many spanning trees a cut.
    heat
        Points by which a change may be for the worse, now and then; 0 for never.
    dice
        Changed in place.

    Returns
    -------
    changed
        How many groups were divided anew.
    """
    changed = 0
    for row in range(len(groups)):
        parts = np.unique(groups[row][groups[row] >= 0])
        is_there = True
        for part in parts:
            is_there &= board.nodes[part] > 0
        if is_there:
            changed += _cut_anew(net, rule, board, parts, trees, heat, dice)
    return changed


@compiled
def _cut_anew(
    net: Net, rule: Rule, board: Board, parts: np.ndarray, trees: int, heat: float,
    dice: np.ndarray,
) -> bool:  # fmt: skip
    region = take_region(net, nodes_of(net, board, parts), board.place)
    before = np.searchsorted(parts, board.label[region.nodes])
    if not _is_connected(region):
        return False
    free = FREE_SHARE if len(parts) < 3 else 0.5  # noqa: PLR2004
    label = np.zeros(len(region.nodes), np.int64)
    count = divide(region, rule, label, trees, free, dice)
    change = value_region(region, label, count, rule)
    change -= value_region(region, before, len(parts), rule)
    if change > -TINY and (heat <= 0.0 or change < TINY or throw(dice) >= np.exp(-change / heat)):
        return False
    names = np.empty(count, np.int64)
    for part in range(max(count, len(parts))):
        if part >= len(parts):
            names[part] = board.free[board.free[0]]
            board.free[0] -= 1
        elif part < count:
            names[part] = parts[part]
        else:
            board.free[0] += 1
            board.free[board.free[0]] = parts[part]
    put_back(net, rule, board, region, label, names)
    return True


@compiled
def divide(
    region: Region, rule: Rule, label: np.ndarray, trees: int, free: float, dice: np.ndarray
) -> int:
    """
    Divide a region until nothing is gained by cutting further.

    Parameters
    ----------
    region
        Connected.
    rule
        Window and weights.
    label
        (r,) all 0; filled in place.
    trees
        How many spanning trees a cut.
    free
        How often a side may be more than one part where two parts would do.
    dice
        Changed in place.

    Returns
    -------
    count
        How many parts.
    """
    count, done = 1, 0
    while done < count:
        part = narrow(region, label, done)
        inner = np.zeros(len(part.nodes), np.int64)
        if _split(part, rule, inner, 1, trees, free, dice):
            for at in range(len(inner)):
                if inner[at]:
                    label[part.nodes[at]] = count
            count += 1
        else:
            done += 1
    return count


@compiled
def _split(  # noqa: C901 (loops over loads, in compiled code)
    region: Region, rule: Rule, label: np.ndarray, final: int, trees: int, free: float,
    dice: np.ndarray,
) -> bool:  # fmt: skip
    """Mark one side of a cut with 1, if cutting brings the region nearer to the rule."""
    load = np.zeros(region.loads.shape[1])
    for at in range(len(label)):
        for kind in range(len(load)):
            load[kind] += region.loads[at, kind]
    whole = excess_of(rule, load)
    if whole <= 0.0 or len(label) < 2:  # noqa: PLR2004
        return False
    fits_two = True
    for kind in range(len(load)):
        fits_two &= load[kind] <= 2 * rule.high[kind]
    is_final = final > 0 and fits_two and throw(dice) >= free
    _, side = best_cut(region, rule, trees, is_final, dice)
    out = np.zeros((2, len(load)))
    for at in range(len(label)):
        for kind in range(len(load)):
            out[int(side[at]), kind] += region.loads[at, kind]
    left = 0.0
    for half in range(2):
        left += excess_of(rule, out[half]) if is_final else shortage_of(rule, out[half])
    if left >= whole - 1e-9:
        return False
    for at in range(len(label)):
        label[at] = int(side[at])
    return True


@compiled
def _is_connected(region: Region) -> bool:
    root = np.arange(len(region.nodes))
    missing = len(root) - 1
    for edge in range(len(region.first)):
        one, other = root_of(root, region.first[edge]), root_of(root, region.second[edge])
        if one != other:
            root[one] = other
            missing -= 1
    return missing == 0
