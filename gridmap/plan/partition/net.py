"""
The graph and a division of it, as compiled code reads them: plain arrays and running totals.

A :class:`Net` never changes. A :class:`Board` is a division of a net that the search changes in
place: the part of every node, and for every part what it holds, so that a move is judged by what
it touches. Parts come and go; numbers not in use wait in `free`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridmap.compiled import compiled
from gridmap.plan.partition.objective import EXCESS_PRICE, Rule, excess_of, points_of

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph


class Net(NamedTuple):
    """A connected graph: edges listed once, and the neighbours of every node in a row (CSR)."""

    first: np.ndarray  # (m,)
    second: np.ndarray
    cost: np.ndarray
    length: np.ndarray
    start: np.ndarray  # (n + 1,)
    to: np.ndarray  # (2m,) the neighbour
    edge: np.ndarray  # (2m,) the edge to it
    loads: np.ndarray  # (n, L) none above its bound
    area: np.ndarray  # (n,) 0 where shapes do not count
    outline: np.ndarray  # (n,)
    group: np.ndarray  # (n,) -1 for none


class Board(NamedTuple):
    """A division of a net into parts, with totals by part; arrays change in place."""

    label: np.ndarray  # (n,)
    loads: np.ndarray  # (K, L)
    area: np.ndarray  # (K,)
    perimeter: np.ndarray  # (K,)
    nodes: np.ndarray  # (K,) how many
    groups: np.ndarray  # (K,) divided compounds it has a piece of
    members: np.ndarray  # (G, K) nodes of each divided compound
    seed: np.ndarray  # (K,) some node of the part
    value: np.ndarray  # (K,) points, what is out of the window included
    is_new: np.ndarray  # (K,) changed since its border was last gone along
    free: np.ndarray  # (K + 1,) how many numbers are free, then these
    place: np.ndarray  # (n,) scratch: -1 between uses
    beside: np.ndarray  # (K, 3) scratch, 0 between uses: price and metres to a part, 1 if touched


def net_of(graph: Graph, high: np.ndarray, cut: float = 1.0) -> Net:
    """
    Put a graph into arrays for compiled code.

    Parameters
    ----------
    graph
        Any graph.
    high
        (L,) upper bounds; a node above one counts as the bound, so that it is forgiven.
    cut
        What the price of an edge is multiplied by.

    Returns
    -------
    net
        The same graph.
    """
    count, edges = len(graph), len(graph.first)
    shape, group = graph.shape, graph.group
    nothing = np.zeros(count)
    return _net(
        np.ascontiguousarray(graph.first, np.int64),
        np.ascontiguousarray(graph.second, np.int64),
        np.ascontiguousarray(graph.cut_cost * cut, float),
        np.zeros(edges) if shape is None else np.ascontiguousarray(shape.length_m, float),
        np.minimum(graph.loads(), high),
        nothing if shape is None else np.ascontiguousarray(shape.area_m2, float),
        nothing if shape is None else np.ascontiguousarray(shape.outline_m, float),
        np.full(count, -1) if group is None else _dense(group),
    )


def _dense(group: np.ndarray) -> np.ndarray:
    """Give groups of two nodes and more a number from 0; a group of one cannot be divided."""
    numbers, at, count = np.unique(group, return_inverse=True, return_counts=True)
    divisible = (numbers >= 0) & (count > 1)
    return np.where(divisible, np.cumsum(divisible) - 1, -1)[at].astype(np.int64)


@compiled
def _net(
    first: np.ndarray,
    second: np.ndarray,
    cost: np.ndarray,
    length: np.ndarray,
    loads: np.ndarray,
    area: np.ndarray,
    outline: np.ndarray,
    group: np.ndarray,
) -> Net:
    count, edges = len(loads), len(first)
    start = np.zeros(count + 1, np.int64)
    for edge in range(edges):
        start[first[edge] + 1] += 1
        start[second[edge] + 1] += 1
    start = np.cumsum(start)
    fill = start[:-1].copy()
    to, at = np.empty(2 * edges, np.int64), np.empty(2 * edges, np.int64)
    for edge in range(edges):
        for one, other in ((first[edge], second[edge]), (second[edge], first[edge])):
            to[fill[one]] = other
            at[fill[one]] = edge
            fill[one] += 1
    return Net(first, second, cost, length, start, to, at, loads, area, outline, group)


@compiled
def contracted(net: Net, label: np.ndarray, count: int) -> Net:
    """
    Melt the nodes of each label into one.

    Parameters
    ----------
    net
        Any net.
    label
        (n,) the new node of each node, 0 … count-1; never across two groups.
    count
        How many there are.

    Returns
    -------
    coarse
        Parallel edges are added up.
    """
    loads = np.zeros((count, net.loads.shape[1]))
    area, outline = np.zeros(count), np.zeros(count)
    group = np.full(count, -1)
    for node in range(len(label)):
        at = label[node]
        for kind in range(loads.shape[1]):
            loads[at, kind] += net.loads[node, kind]
        area[at] += net.area[node]
        outline[at] += net.outline[node]
        group[at] = net.group[node]
    keys = np.empty(len(net.first), np.int64)
    kept = 0
    source = np.empty(len(net.first), np.int64)
    for edge in range(len(net.first)):
        one, other = label[net.first[edge]], label[net.second[edge]]
        if one != other:
            keys[kept] = min(one, other) * count + max(one, other)
            source[kept] = edge
            kept += 1
    order = np.argsort(keys[:kept], kind="mergesort")
    first, second = np.empty(kept, np.int64), np.empty(kept, np.int64)
    cost, length = np.zeros(kept), np.zeros(kept)
    last, edges = -1, 0
    for place in order:
        if keys[place] != last:
            last = keys[place]
            first[edges], second[edges] = last // count, last % count
            edges += 1
        cost[edges - 1] += net.cost[source[place]]
        length[edges - 1] += net.length[source[place]]
    return _net(
        first[:edges].copy(),
        second[:edges].copy(),
        cost[:edges].copy(),
        length[:edges].copy(),
        loads,
        area,
        outline,
        group,
    )


@compiled
def value_of(rule: Rule, board: Board, part: int) -> float:
    """
    Give what a part is worth in points, what is out of the window included.

    Parameters
    ----------
    rule
        Window and weights.
    board, part
        Which.

    Returns
    -------
    points
        0 for a part without nodes.
    """
    if board.nodes[part] == 0:
        return 0.0
    out = excess_of(rule, board.loads[part])
    return EXCESS_PRICE * out + points_of(
        rule, board.loads[part, 0], board.area[part], board.perimeter[part], board.groups[part]
    )


@compiled
def board_of(net: Net, rule: Rule, label: np.ndarray) -> Board:
    """
    Set up the totals of a division.

    Parameters
    ----------
    net, rule
        What is divided, by what.
    label
        (n,) part of each node, from 0.

    Returns
    -------
    board
        With room for as many parts as there are nodes.
    """
    nodes, room = len(label), len(label) + 1
    groups = net.group.max() + 1 if nodes else 0
    board = Board(
        label.copy(),
        np.zeros((room, net.loads.shape[1])),
        np.zeros(room),
        np.zeros(room),
        np.zeros(room, np.int64),
        np.zeros(room, np.int64),
        np.zeros((groups, room), np.int64),
        np.full(room, -1),
        np.zeros(room),
        np.ones(room, np.bool_),
        np.zeros(room + 1, np.int64),
        np.full(nodes, -1),
        np.zeros((room, 3)),
    )
    for node in range(nodes):
        part = label[node]
        for kind in range(board.loads.shape[1]):
            board.loads[part, kind] += net.loads[node, kind]
        board.area[part] += net.area[node]
        board.perimeter[part] += net.outline[node]
        board.nodes[part] += 1
        board.seed[part] = node
        enter_group(net, board, node, part)
    for edge in range(len(net.first)):
        one, other = label[net.first[edge]], label[net.second[edge]]
        if one != other:
            board.perimeter[one] += net.length[edge]
            board.perimeter[other] += net.length[edge]
    for part in range(room - 1, -1, -1):
        board.value[part] = value_of(rule, board, part)
        if board.nodes[part] == 0:
            board.free[0] += 1
            board.free[board.free[0]] = part
    return board


@compiled
def enter_group(net: Net, board: Board, node: int, part: int) -> None:
    """
    Count a node among the pieces of its compound in a part.

    Parameters
    ----------
    net, board
        The division, changed in place.
    node, part
        Who comes where.
    """
    group = net.group[node]
    if group >= 0:
        board.members[group, part] += 1
        if board.members[group, part] == 1:
            board.groups[part] += 1


@compiled
def leave_group(net: Net, board: Board, node: int, part: int) -> None:
    """
    Count a node no more among the pieces of its compound in a part.

    Parameters
    ----------
    net, board
        The division, changed in place.
    node, part
        Who leaves where.
    """
    group = net.group[node]
    if group >= 0:
        board.members[group, part] -= 1
        if board.members[group, part] == 0:
            board.groups[part] -= 1


@compiled
def rank_board(net: Net, rule: Rule, board: Board) -> tuple[float, float]:
    """
    Rank a division: what is out of the window first, the objective second.

    Parameters
    ----------
    net, rule
        What is divided, by what.
    board
        The division.

    Returns
    -------
    rank
        Excess in households, objective in points.
    """
    excess, points = 0.0, 0.0
    for edge in range(len(net.first)):
        if board.label[net.first[edge]] != board.label[net.second[edge]]:
            points += net.cost[edge]
    for part in range(len(board.nodes)):
        if board.nodes[part]:
            out = excess_of(rule, board.loads[part])
            excess += out
            points += board.value[part] - EXCESS_PRICE * out
    return excess, points
