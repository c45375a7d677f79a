"""
The partition: a graph in, connected parts inside a window out.

Nothing here knows of ground, buildings or communities; the names are nodes, edges and parts. The
steps are a file each: `graph` (the world), `window` (the rule), `coarsen`, `trees` (one cut),
`search` (all of them), `refine` (single nodes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.partition.coarsen import coarsen
from gridmap.plan.partition.graph import Graph, renumber
from gridmap.plan.partition.refine import refine
from gridmap.plan.partition.search import (
    Search,
    divide,
    halve,
    rank_of,
    recombine,
    unavoidable_excess,
)
from gridmap.plan.partition.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS: Final = 4

__all__ = ["Graph", "Search", "Window", "partition", "partition_quickly", "renumber"]


def partition(graph: Graph, search: Search) -> np.ndarray:
    """
    Divide a graph into connected parts inside the window, at a low price of cut edges.

    Parameters
    ----------
    graph
        Any graph; parts never join two of its components.
    search
        The rule, the dice and the deadline.

    Returns
    -------
    labels
        (n,) part of each node, numbered as they appear. Every part is connected. The same graph,
        window and dice give the same labels, unless the deadline cut the search short.
    """
    return _by_component(graph, search, _divide_component)


def partition_quickly(graph: Graph, search: Search) -> np.ndarray:
    """
    Divide a graph as :func:`partition` does, but with one attempt in place of many.

    For small graphs by the hundred, in a window they often cannot keep: there the search for
    better divisions would take most of the time and find little.

    Parameters
    ----------
    graph, search
        As for :func:`partition`.

    Returns
    -------
    labels
        (n,) as of :func:`partition`.
    """
    return _by_component(graph, search, _divide_once)


def _by_component(
    graph: Graph, search: Search, divide_region: Callable[[Graph, Search], np.ndarray]
) -> np.ndarray:
    labels = np.zeros(len(graph), np.int64)
    components = graph.components()
    count = 0
    for component in range(int(components.max(initial=-1)) + 1):
        nodes = np.flatnonzero(components == component)
        fine = divide_region(graph.part(nodes), search)
        labels[nodes] = fine + count
        count += int(fine.max()) + 1
    return labels


def _divide_once(region: Graph, search: Search) -> np.ndarray:
    labels = recombine(region, halve(region, search), search)
    return renumber(refine(region, labels, search))


def _divide_component(region: Graph, search: Search) -> np.ndarray:
    """Search on melted nodes, then on single ones; again, while somebody is out of rule."""
    melted = coarsen(region, search.window)
    melted_region = region.contract(melted)
    best, rank = np.zeros(len(region), np.int64), None
    for _ in range(ROUNDS):
        labels = refine(region, divide(melted_region, search)[melted], search)
        labels = recombine(region, labels, search, is_repair=True)
        labels = renumber(refine(region, labels, search))
        found = rank_of(region, labels, search)
        if rank is not None and found >= rank:
            break
        best, rank = labels, found
        if rank[0] <= unavoidable_excess(region, search) or search.is_over:
            break
    return best
