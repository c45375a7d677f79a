"""A region: a few parts taken out of the net, to be cut anew and put back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gridmap.compiled import compiled
from gridmap.plan.partition.net import Board, Net, enter_group, leave_group, value_of
from gridmap.plan.partition.objective import EXCESS_PRICE, Rule, excess_of, points_of


class Region(NamedTuple):
    """Nodes numbered from 0 with the edges between them; `base` is border that stays border."""

    nodes: np.ndarray  # (r,) in the net
    first: np.ndarray  # (e,)
    second: np.ndarray
    cost: np.ndarray
    length: np.ndarray
    loads: np.ndarray  # (r, L)
    area: np.ndarray  # (r,)
    base: np.ndarray  # (r,) metres to what is outside
    group: np.ndarray  # (r,)


@compiled
def nodes_of(net: Net, board: Board, parts: np.ndarray) -> np.ndarray:
    """
    Walk through some parts, each from its seed.

    Parameters
    ----------
    net, board
        The division.
    parts
        Numbers of parts.

    Returns
    -------
    nodes
        Part after part.
    """
    total = 0
    for part in parts:
        total += board.nodes[part]
    nodes = np.empty(total, np.int64)
    found, done = 0, 0
    for part in parts:
        nodes[found] = board.seed[part]
        board.place[nodes[found]] = found
        found += 1
        while done < found:
            node = nodes[done]
            done += 1
            for at in range(net.start[node], net.start[node + 1]):
                other = net.to[at]
                if board.label[other] == part and board.place[other] < 0:
                    board.place[other] = found
                    nodes[found] = other
                    found += 1
    for node in nodes:
        board.place[node] = -1
    return nodes


@compiled
def take_region(  # noqa: C901 (two passes over the edges, in compiled code)
    net: Net, nodes: np.ndarray, place: np.ndarray
) -> Region:
    """
    Take nodes out of a net.

    Parameters
    ----------
    net
        From it.
    nodes
        (r,) these.
    place
        (n,) scratch, -1 everywhere, and again afterwards.

    Returns
    -------
    region
        In the order of `nodes`.
    """
    for at in range(len(nodes)):
        place[nodes[at]] = at
    edges = 0
    for node in nodes:
        for at in range(net.start[node], net.start[node + 1]):
            edges += place[net.to[at]] > place[node]
    first, second = np.empty(edges, np.int64), np.empty(edges, np.int64)
    cost, length = np.empty(edges), np.empty(edges)
    base = net.outline[nodes]
    edge = 0
    for here in range(len(nodes)):
        node = nodes[here]
        for at in range(net.start[node], net.start[node + 1]):
            there = place[net.to[at]]
            if there < 0:
                base[here] += net.length[net.edge[at]]
            elif there > here:
                first[edge], second[edge] = here, there
                cost[edge], length[edge] = net.cost[net.edge[at]], net.length[net.edge[at]]
                edge += 1
    for node in nodes:
        place[node] = -1
    return Region(
        nodes, first, second, cost, length, net.loads[nodes], net.area[nodes], base,
        net.group[nodes],
    )  # fmt: skip


@compiled
def narrow(region: Region, label: np.ndarray, part: int) -> Region:
    """
    Take the nodes of one label out of a region.

    Parameters
    ----------
    region
        From it.
    label
        (r,) of each node.
    part
        The label wanted.

    Returns
    -------
    region
        Its `nodes` are positions in the region it was taken from.
    """
    nodes = np.flatnonzero(label == part)
    place = np.full(len(label), -1)
    for at in range(len(nodes)):
        place[nodes[at]] = at
    base = region.base[nodes]
    kept = np.empty(len(region.first), np.int64)
    edges = 0
    for edge in range(len(region.first)):
        one, other = place[region.first[edge]], place[region.second[edge]]
        if one >= 0 and other >= 0:
            kept[edges] = edge
            edges += 1
        elif one >= 0:
            base[one] += region.length[edge]
        elif other >= 0:
            base[other] += region.length[edge]
    kept = kept[:edges]
    return Region(
        nodes,
        place[region.first[kept]],
        place[region.second[kept]],
        region.cost[kept],
        region.length[kept],
        region.loads[nodes],
        region.area[nodes],
        base,
        region.group[nodes],
    )


@compiled
def value_region(region: Region, label: np.ndarray, parts: int, rule: Rule) -> float:
    """
    Give the points of a division of a region, what is out of the window included.

    Parameters
    ----------
    region
        What is divided.
    label
        (r,) part of each node.
    parts
        How many.
    rule
        Window and weights.

    Returns
    -------
    points
        Of the parts and the borders between them.
    """
    loads = np.zeros((parts, region.loads.shape[1]))
    area, perimeter = np.zeros(parts), np.zeros(parts)
    for node in range(len(label)):
        for kind in range(loads.shape[1]):
            loads[label[node], kind] += region.loads[node, kind]
        area[label[node]] += region.area[node]
        perimeter[label[node]] += region.base[node]
    points = 0.0
    for edge in range(len(region.first)):
        one, other = label[region.first[edge]], label[region.second[edge]]
        if one != other:
            points += region.cost[edge]
            perimeter[one] += region.length[edge]
            perimeter[other] += region.length[edge]
    for part in range(parts):
        groups = _groups_in(region, label, part)
        points += EXCESS_PRICE * excess_of(rule, loads[part])
        points += points_of(rule, loads[part, 0], area[part], perimeter[part], groups)
    return points


@compiled
def _groups_in(region: Region, label: np.ndarray, part: int) -> int:
    found = 0
    for node in range(len(label)):
        group = region.group[node]
        if group >= 0 and label[node] == part:
            is_first = True
            for other in range(node):
                if region.group[other] == group and label[other] == part:
                    is_first = False
                    break
            found += is_first
    return found


@compiled
def put_back(
    net: Net, rule: Rule, board: Board, region: Region, label: np.ndarray, names: np.ndarray
) -> None:
    """
    Put a region back into its net, divided anew.

    Parameters
    ----------
    net, rule, board
        The division, changed in place.
    region
        All nodes of some parts of the board.
    label
        (r,) new part of each node, from 0.
    names
        Number on the board of each new part; the parts it was made of are emptied before.
    """
    for at in range(len(label)):
        node = region.nodes[at]
        leave_group(net, board, node, board.label[node])
        board.nodes[board.label[node]] -= 1
    for part in names:
        board.loads[part] = 0.0
        board.area[part] = 0.0
        board.perimeter[part] = 0.0
    for at in range(len(label)):
        node, part = region.nodes[at], names[label[at]]
        board.label[node] = part
        for kind in range(board.loads.shape[1]):
            board.loads[part, kind] += region.loads[at, kind]
        board.area[part] += region.area[at]
        board.perimeter[part] += region.base[at]
        board.nodes[part] += 1
        board.seed[part] = node
        enter_group(net, board, node, part)
    for edge in range(len(region.first)):
        one, other = names[label[region.first[edge]]], names[label[region.second[edge]]]
        if one != other:
            board.perimeter[one] += region.length[edge]
            board.perimeter[other] += region.length[edge]
    for part in names:
        board.value[part] = value_of(rule, board, part)
        board.is_new[part] = True
