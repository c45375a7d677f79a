"""Graphs small enough that every division of them can be written down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from gridmap.plan.partition import Graph, Shape, Window, excess_by_part

WINDOW = Window(300, 500, 2500)


def graph_of(
    households: list[int], edges: list[tuple[int, int]], prices: list[float] | None = None
) -> Graph:
    """Make a graph by hand; every household has two persons, every edge a price of 1."""
    ends = np.array(edges, np.int64).reshape(-1, 2)
    weights = np.array(households, np.int64)
    cost = np.ones(len(ends)) if prices is None else np.array(prices, float)
    return Graph(weights, 2 * weights, ends[:, 0], ends[:, 1], cost)


def row(*households: int) -> Graph:
    """Make a graph of nodes in a row."""
    return graph_of(list(households), [(n, n + 1) for n in range(len(households) - 1)])


@st.composite
def small_graphs(draw: st.DrawFn, *, most: int = 7) -> Graph:
    """Draw a connected graph of a few nodes, some empty, some above the window, some crowded."""
    count = draw(st.integers(1, most))
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    edges = {(int(dice.integers(0, n)), n) for n in range(1, count)}
    for _ in range(draw(st.integers(0, 6))):
        first, second = sorted(dice.integers(0, count, 2).tolist())
        if first != second:
            edges.add((first, second))
    ends = np.array(sorted(edges), np.int64).reshape(-1, 2)
    households = dice.choice([0, 40, 90, 150, 210, 280, 420, 640], count)
    persons = households * dice.choice([2, 2, 3, 6], count)
    prices = dice.integers(0, 30, len(ends)) / 2.0
    return Graph(households, persons, ends[:, 0], ends[:, 1], prices)


@st.composite
def shaped_graphs(draw: st.DrawFn, *, most: int = 6) -> Graph:
    """Draw a small graph with areas, a third load, and pieces of compounds."""
    graph = draw(small_graphs(most=most))
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, edges = len(graph), len(graph.first)
    area_m2 = dice.uniform(100, 5000, count)
    circle_m = 2 * np.sqrt(np.pi * area_m2)  # no outline is shorter
    shape = Shape(area_m2, circle_m * dice.uniform(1, 3, count), dice.uniform(0, 90, edges))
    others = dice.integers(0, 4, (count, 1)).astype(float)
    return replace(graph, shape=shape, others=others, group=dice.integers(-1, 2, count))


def labels_of(graph: Graph, parts: list[frozenset[int]]) -> np.ndarray:
    """Number the part of every node."""
    labels = np.empty(len(graph), np.int64)
    for number, part in enumerate(parts):
        labels[sorted(part)] = number
    return labels


def connected_sets(graph: Graph) -> list[frozenset[int]]:
    """List every connected set of nodes the long way."""
    sets = (
        frozenset(n for n in range(len(graph)) if mask >> n & 1)
        for mask in range(1, 2 ** len(graph))
    )
    return [each for each in sets if is_connected(graph, each)]


def is_connected(graph: Graph, nodes: frozenset[int]) -> bool:
    """Tell whether nodes hang together."""
    return not graph.part(np.array(sorted(nodes))).components().any()


def divisions(graph: Graph) -> Iterator[list[frozenset[int]]]:
    """Give every division of a graph into connected parts."""
    sets = connected_sets(graph)

    def complete(rest: frozenset[int]) -> Iterator[list[frozenset[int]]]:
        if not rest:
            yield []
        for part in sets if rest else []:
            if min(rest) in part and part <= rest:
                for others in complete(rest - part):
                    yield [part, *others]

    yield from complete(frozenset(range(len(graph))))


def excess_of(graph: Graph, part: frozenset[int], window: Window = WINDOW) -> float:
    """Count the households of a part outside the window."""
    nodes = np.array(sorted(part))
    return float(excess_by_part(graph.part(nodes), np.zeros(len(nodes), np.int64), window).sum())


def cost_of(graph: Graph, parts: list[frozenset[int]]) -> float:
    """Add up the price of the edges a division cuts."""
    return graph.cost_of(labels_of(graph, parts))
