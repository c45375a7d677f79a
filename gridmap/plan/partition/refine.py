"""
Moving single nodes over a border, one after the other, also downhill for a while.

The search starts at one node of a border and goes on among its neighbours, as in [1]_: the best
move is made even if it is for the worse, and what did not pay in the end is taken back. There is
no balance to keep but the window, which is part of what a move is worth. A part stays in one
piece: a node whose neighbours in its part cannot reach each other without it does not move.

References
----------
.. [1] P. Sanders, C. Schulz (2011). "Engineering Multilevel Graph Partitioning Algorithms."
   ESA 2011, LNCS 6942. https://doi.org/10.1007/978-3-642-23719-9_40
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gridmap.compiled import compiled
from gridmap.plan.partition.dice import shuffled
from gridmap.plan.partition.net import Board, Net, enter_group, leave_group, value_of
from gridmap.plan.partition.objective import EXCESS_PRICE, Rule, out_of, points_of

TINY = 1e-7
"""Points that are only rounding."""

WANTED = -2
"""Mark of a node that has to be reached."""

CANDIDATES = 48
"""Nodes that one search keeps in view."""


HOPELESS = 100.0
"""A search does not start with a move that costs more points than this."""


@compiled
def border_nodes(net: Net, board: Board) -> np.ndarray:
    """
    List the nodes on the borders of parts that have changed since the last time.

    Parameters
    ----------
    net, board
        The division; no part counts as changed afterwards.

    Returns
    -------
    nodes
        In order.
    """
    is_border = np.zeros(len(board.label), np.bool_)
    for edge in range(len(net.first)):
        one, other = net.first[edge], net.second[edge]
        here, there = board.label[one], board.label[other]
        if here != there and (board.is_new[here] or board.is_new[there]):
            is_border[one] = True
            is_border[other] = True
    board.is_new[:] = False
    return np.flatnonzero(is_border)


@compiled
def refine(
    net: Net, rule: Rule, board: Board, seeds: np.ndarray, patience: int, dice: np.ndarray
) -> float:
    """
    Search from each of some nodes for moves that pay.

    Parameters
    ----------
    net, rule, board
        The division, changed in place; it never gets worse.
    seeds
        Where to start.
    patience
        How many moves in a row may be for the worse; 0 makes only moves that pay by themselves.
    dice
        Decides the order.

    Returns
    -------
    gain
        Points won, not negative.
    """
    gain = 0.0
    locked = np.zeros(len(board.label), np.bool_)
    front = Front(
        np.empty(CANDIDATES, np.int64), np.empty(CANDIDATES, np.int64), np.empty(CANDIDATES)
    )
    for place in shuffled(len(seeds), dice):
        if not locked[seeds[place]]:
            gain += _search(net, rule, board, front, seeds[place], patience, locked)
    return gain


class Front(NamedTuple):
    """Nodes in view of one search: where each would best go, and what that changed when seen."""

    node: np.ndarray
    to: np.ndarray
    change: np.ndarray


@compiled
def _search(
    net: Net, rule: Rule, board: Board, front: Front, seed: int, patience: int, locked: np.ndarray
) -> float:
    count = _see(net, rule, board, front, 0, seed)
    if count == 0 or front.change[0] > (HOPELESS if patience else -TINY):
        return 0.0
    trail = np.empty((4 * CANDIDATES, 2), np.int64)
    total, best, kept, made = 0.0, 0.0, 0, 0
    while count and made - kept <= patience and made < len(trail):
        place = _best_place(net, rule, board, front, count)
        node, to, change = front.node[place], front.to[place], front.change[place]
        if to < 0 or (patience == 0 and change > -TINY):
            break
        count -= 1
        front.node[place] = front.node[count]
        front.to[place], front.change[place] = front.to[count], front.change[count]
        if not stays_whole(net, board, node):
            continue
        trail[made, 0], trail[made, 1] = node, board.label[node]
        made += 1
        locked[node] = True
        move(net, rule, board, node, to)
        total += change
        if total < best - TINY:
            best, kept = total, made
        if made - kept <= patience:
            count = _look_around(net, rule, board, front, count, node, locked)
    for at in range(made - 1, kept - 1, -1):
        locked[trail[at, 0]] = False
        move(net, rule, board, trail[at, 0], trail[at, 1])
    _mark_changed(board, trail[:kept])
    return -best


@compiled
def _mark_changed(board: Board, trail: np.ndarray) -> None:
    """Mark the parts that nodes have left, and those they are in now."""
    for node, before in trail:
        board.is_new[before] = True
        board.is_new[board.label[node]] = True


@compiled
def _best_place(net: Net, rule: Rule, board: Board, front: Front, count: int) -> int:
    """Find the best move in view, as it is now: what was seen before may not hold any more."""
    for _ in range(count):
        place = int(np.argmin(front.change[:count]))
        seen = front.change[place]
        front.to[place], front.change[place] = best_target(net, rule, board, front.node[place])
        if front.change[place] <= seen + 1e-9:
            return place
    return int(np.argmin(front.change[:count]))


@compiled
def _see(net: Net, rule: Rule, board: Board, front: Front, count: int, node: int) -> int:
    """Put a node, if it is on a border, into view; give how many are."""
    to, change = best_target(net, rule, board, node)
    if to < 0:
        return count
    front.node[count], front.to[count], front.change[count] = node, to, change
    return count + 1


@compiled
def _look_around(
    net: Net, rule: Rule, board: Board, front: Front, count: int, node: int, locked: np.ndarray
) -> int:  # fmt: skip
    """See the neighbours of a node that has moved, those in view anew."""
    for at in range(net.start[node], net.start[node + 1]):
        other = net.to[at]
        if locked[other]:
            continue
        place = 0
        while place < count and front.node[place] != other:
            place += 1
        if place < count:
            front.to[place], front.change[place] = best_target(net, rule, board, other)
        elif count < CANDIDATES:
            count = _see(net, rule, board, front, count, other)
    return count


@compiled
def best_target(net: Net, rule: Rule, board: Board, node: int) -> tuple[int, float]:
    """
    Find the neighbouring part that a node is best moved to.

    Parameters
    ----------
    net, rule, board
        The division; `beside` is used and left as it was.
    node
        Any; a park may have thousands of neighbours.

    Returns
    -------
    part, change
        -1 where there is no other part beside it; the points it changes.
    """
    here = board.label[node]
    start, stop = net.start[node], net.start[node + 1]
    inner_cost, inner_m, all_m = 0.0, 0.0, 0.0
    is_border = False
    for at in range(start, stop):
        edge = net.edge[at]
        all_m += net.length[edge]
        if board.label[net.to[at]] == here:
            inner_cost += net.cost[edge]
            inner_m += net.length[edge]
        else:
            is_border = True
            to = board.beside[board.label[net.to[at]]]
            to[0] += net.cost[edge]
            to[1] += net.length[edge]
            to[2] = 1.0
    best, part = np.inf, -1
    if not is_border:
        return part, best
    perimeter = board.perimeter[here] - net.outline[node] - all_m + 2 * inner_m
    gone = _changed(net, rule, board, node, here, -1, perimeter) - board.value[here]
    for at in range(start, stop):
        other = board.label[net.to[at]]
        if other == here or board.beside[other, 2] == 0.0:
            continue
        cost, metres = board.beside[other, 0], board.beside[other, 1]
        board.beside[other, 0] = 0.0
        board.beside[other, 1] = 0.0
        board.beside[other, 2] = 0.0
        perimeter = board.perimeter[other] + net.outline[node] + all_m - 2 * metres
        come = _changed(net, rule, board, node, other, 1, perimeter) - board.value[other]
        change = gone + come + inner_cost - cost
        if change < best:
            best, part = change, other
    return part, best


@compiled
def _changed(
    net: Net, rule: Rule, board: Board, node: int, part: int, sign: int, perimeter: float
) -> float:
    """Give what a part would be worth with a node more or less."""
    if board.nodes[part] + sign == 0:
        return 0.0
    out = 0.0
    for kind in range(net.loads.shape[1]):
        load = board.loads[part, kind] + sign * net.loads[node, kind]
        out += out_of(rule, kind, load, 1.0)
    groups = board.groups[part]
    group = net.group[node]
    if group >= 0:
        had = board.members[group, part]
        groups += int(had + sign > 0) - int(had > 0)
    households = board.loads[part, 0] + sign * net.loads[node, 0]
    area_m2 = board.area[part] + sign * net.area[node]
    return EXCESS_PRICE * out + points_of(rule, households, area_m2, perimeter, groups)


@compiled
def stays_whole(  # noqa: C901 (a walk over neighbours, in compiled code)
    net: Net, board: Board, node: int
) -> bool:
    """
    Tell whether a part would be in one piece without a node.

    Parameters
    ----------
    net, board
        The division; `place` is used and left as it was.
    node
        Any.

    Returns
    -------
    is_whole
        Also where nothing is left of the part.
    """
    part = board.label[node]
    missing = 0
    start = -1
    for at in range(net.start[node], net.start[node + 1]):
        other = net.to[at]
        if board.label[other] == part:
            board.place[other] = WANTED
            missing += 1
            start = other
    if missing == 0:
        return board.nodes[part] == 1
    queue = np.empty(board.nodes[part], np.int64)
    queue[0], found, done = start, 1, 0
    board.place[start] = 0
    board.place[node] = 0
    missing -= 1
    while done < found and missing:
        here = queue[done]
        done += 1
        for at in range(net.start[here], net.start[here + 1]):
            other = net.to[at]
            if board.place[other] < 0 and board.label[other] == part:
                missing -= board.place[other] == WANTED
                board.place[other] = 0
                queue[found] = other
                found += 1
    board.place[node] = -1
    for at in range(found):
        board.place[queue[at]] = -1
    for at in range(net.start[node], net.start[node + 1]):
        board.place[net.to[at]] = -1
    return missing == 0


@compiled
def move(  # noqa: C901 (loops over neighbours and loads, in compiled code)
    net: Net, rule: Rule, board: Board, node: int, to: int
) -> None:
    """
    Put a node into another part.

    Parameters
    ----------
    net, rule, board
        The division, changed in place.
    node
        Not needed to keep its part in one piece.
    to
        A part; it may be one that has been emptied.
    """
    here = board.label[node]
    all_m, inner_m, outer_m = 0.0, 0.0, 0.0
    for at in range(net.start[node], net.start[node + 1]):
        metres, other = net.length[net.edge[at]], net.to[at]
        all_m += metres
        if board.label[other] == here:
            inner_m += metres
            if board.seed[here] == node:
                board.seed[here] = other
        elif board.label[other] == to:
            outer_m += metres
    board.perimeter[here] += 2 * inner_m - all_m - net.outline[node]
    board.perimeter[to] += all_m + net.outline[node] - 2 * outer_m
    for part, sign in ((here, -1), (to, 1)):
        for kind in range(board.loads.shape[1]):
            board.loads[part, kind] += sign * net.loads[node, kind]
        board.area[part] += sign * net.area[node]
        board.nodes[part] += sign
    leave_group(net, board, node, here)
    enter_group(net, board, node, to)
    board.label[node] = to
    if board.nodes[to] == 1:
        board.seed[to] = node
        _use(board, to)
    board.value[to] = value_of(rule, board, to)
    board.value[here] = value_of(rule, board, here)
    if board.nodes[here] == 0:
        board.loads[here] = 0.0
        board.area[here] = 0.0
        board.perimeter[here] = 0.0
        board.free[0] += 1
        board.free[board.free[0]] = here


@compiled
def _use(board: Board, part: int) -> None:
    """Take the number of a part out of those that are free."""
    for at in range(board.free[0], 0, -1):
        if board.free[at] == part:
            board.free[at] = board.free[board.free[0]]
            board.free[0] -= 1
            return
