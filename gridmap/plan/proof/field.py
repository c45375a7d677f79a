"""A small graph as bits, and what sets of its nodes hold and cost, in compiled loops."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gridmap.compiled import compiled
from gridmap.plan.partition.objective import Rule, points_of

NOISE = 1e-9

Mask = np.uint64


class Field(NamedTuple):
    """A graph of at most 64 nodes made ready for listing its connected sets."""

    neighbours: np.ndarray  # (n,) uint64
    weights: np.ndarray  # (n, n) half the price of the edge between two nodes, 0 for none
    loads: np.ndarray  # (n, L) none above its bound
    open_nodes: np.uint64  # those nodes from which a set may go on outside the graph
    area: np.ndarray  # (n,) m², 0 where shapes do not count
    outline: np.ndarray  # (n,) m
    length: np.ndarray  # (n, n) metres of border between two nodes
    group: np.ndarray  # (n,) the divisible compound it is a piece of, below 64; -1 for none


@compiled
def lowest(mask: np.uint64) -> int:
    """
    Give the number of the lowest bit that is set.

    Parameters
    ----------
    mask
        Not empty.

    Returns
    -------
    node
        From 0.
    """
    bit = mask & (~mask + np.uint64(1))
    place = 0
    for width in (32, 16, 8, 4, 2, 1):
        if bit >> np.uint64(width):
            bit >>= np.uint64(width)
            place += width
    return place


@compiled
def flood(start: np.uint64, allowed: np.uint64, neighbours: np.ndarray) -> np.uint64:
    """
    Spread over a graph.

    Parameters
    ----------
    start, allowed
        Sets of nodes.
    neighbours
        (n,) of each node.

    Returns
    -------
    found
        `start` and all of `allowed` that hangs together with it.
    """
    found, fresh = start, start
    while fresh:
        node = lowest(fresh)
        fresh &= fresh - np.uint64(1)
        more = neighbours[node] & allowed & ~found
        found |= more
        fresh |= more
    return found


@compiled
def total(mask: np.uint64, weights: np.ndarray) -> float:
    """
    Add up the weights of a set.

    Parameters
    ----------
    mask
        The set.
    weights
        (n,) of the nodes.

    Returns
    -------
    total
        0 for no nodes.
    """
    added = 0.0
    while mask:
        added += weights[lowest(mask)]
        mask &= mask - np.uint64(1)
    return added


@compiled
def price_set(mask: Mask, field: Field, rule: Rule, households: float) -> float:
    """
    Say what a set costs as a part: half its border, its size, shape and pieces of compounds.

    Parameters
    ----------
    mask
        The set.
    field, rule
        The graph and the weights.
    households
        What it holds.

    Returns
    -------
    points
        Not negative.
    """
    area, perimeter, border, groups = 0.0, 0.0, 0.0, np.uint64(0)
    rest = mask
    while rest:
        node = lowest(rest)
        rest &= rest - np.uint64(1)
        area += field.area[node]
        perimeter += field.outline[node]
        outside = field.neighbours[node] & ~mask
        perimeter += total(outside, field.length[node])
        border += total(outside, field.weights[node])
        if field.group[node] >= 0:
            groups |= np.uint64(1) << np.uint64(field.group[node])
    pieces = 0.0
    while groups:
        groups &= groups - np.uint64(1)
        pieces += 1.0
    return border + points_of(rule, households, area, perimeter, pieces)


@compiled
def fits_some_number(least: np.ndarray, most: np.ndarray, rule: Rule) -> bool:
    """
    Could so much be shared by some number of parts inside the window, were it in single homes.

    Parameters
    ----------
    least, most
        (L,) what the parts hold together.
    rule
        The bounds.

    Returns
    -------
    fits
        Whether the fewest parts that hold it are not more than it can fill.
    """
    fewest, fill = 1.0, np.inf
    for kind in range(len(rule.low)):
        fewest = max(fewest, np.ceil(least[kind] / max(rule.high[kind], 1e-9) - NOISE))
        if rule.low[kind] > 0.0:
            fill = min(fill, np.floor(most[kind] / rule.low[kind] + NOISE))
    return fewest <= fill
