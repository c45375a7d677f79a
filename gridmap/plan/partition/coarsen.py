"""Melting together what a division keeps together: fewer nodes for the search to think of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridmap.compiled import compiled
from gridmap.plan.partition.dice import throw
from gridmap.plan.partition.forest import root_of
from gridmap.plan.partition.ordering import nearly_sorted

if TYPE_CHECKING:
    from gridmap.plan.partition.net import Net


CHEAP = 1e-9
"""Added to the price of every edge: one that costs nothing is the last to be melted."""


@compiled
def melt(
    net: Net, label: np.ndarray, caps: np.ndarray, most: float, noise: float, dice: np.ndarray
) -> tuple[np.ndarray, int]:
    """
    Melt nodes along their dearest edges, inside the parts of a division.

    Edges are taken from the dearest on, rated by the price of cutting against the size of the two
    ends, and melted while the result stays small.

    Parameters
    ----------
    net
        What is divided.
    label
        (n,) part of each node: nothing is melted across.
    caps
        (L,) how much of each load a melted node may hold.
    most
        How many nodes: ground where nobody lives would melt into bands that part the rest.
    noise
        By which share the rating is left to chance.
    dice
        Changed in place.

    Returns
    -------
    melted, count
        (n,) the melted node of each node, numbered as they appear, each connected; how many.
    """
    nodes, kinds = net.loads.shape
    size = net.loads[:, 0] + 0.1 * caps[0]
    rating = np.empty(len(net.first))
    for edge in range(len(rating)):
        one, other = net.first[edge], net.second[edge]
        rating[edge] = size[one] * size[other] / (net.cost[edge] ** 2 + CHEAP)
        rating[edge] *= 1.0 + noise * (2.0 * throw(dice) - 1.0)
    root, loads, weight = np.arange(nodes), net.loads.copy(), np.ones(nodes)
    for edge in nearly_sorted(rating):
        one, other = net.first[edge], net.second[edge]
        if label[one] != label[other] or net.group[one] != net.group[other]:
            continue
        one, other = root_of(root, one), root_of(root, other)
        fits = one != other and weight[one] + weight[other] <= most
        for kind in range(kinds):
            fits &= loads[one, kind] + loads[other, kind] <= caps[kind]
        if fits:
            root[other] = one
            for kind in range(kinds):
                loads[one, kind] += loads[other, kind]
            weight[one] += weight[other]
    return _numbered(root)


@compiled
def _numbered(root: np.ndarray) -> tuple[np.ndarray, int]:
    number, melted = np.full(len(root), -1), np.empty(len(root), np.int64)
    count = 0
    for node in range(len(root)):
        at = root_of(root, node)
        if number[at] < 0:
            number[at] = count
            count += 1
        melted[node] = number[at]
    return melted, count
