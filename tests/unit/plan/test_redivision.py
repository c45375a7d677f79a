"""Parts that hold few nodes are divided anew: far around what is wrong, then all along."""

import numpy as np

from gridmap.plan.partition import Graph, Search, Window, score_division
from gridmap.plan.proof import assure
from gridmap.plan.proof.redivision import go_along
from tests.smallgraphs import graph_of, row

LONG = 68
"""Nodes in a row: more than a proof of the whole can be had for."""


def search_of(window: Window, deadline_s: float = float("inf")) -> Search:
    return Search(window, np.random.default_rng(0), deadline_s=deadline_s)


def with_cheap_cuts() -> Graph:
    """Make a row that is cut at a tenth of the price behind every third node from the second on."""
    pairs = [(node, node + 1) for node in range(LONG - 1)]
    return graph_of([150] * LONG, pairs, [1.0 if n % 3 == 1 else 10.0 for n, _ in pairs])


def test_a_part_is_mended_though_parts_far_away_must_change_for_it() -> None:
    graph, window = row(*[150] * 69), Window(430, 470, 2500)
    shifted = (np.arange(69) + 2) // 3  # one node, then threes, then two nodes
    sure = assure(graph, search_of(window), shifted)
    assert score_division(graph, sure.labels, window, search_of(window).weights).excess == 0


def test_borders_are_moved_along_until_they_lie_where_they_cost_least() -> None:
    graph, window = with_cheap_cuts(), Window(300, 500, 2500)
    start = np.arange(LONG) // 3
    sure = assure(graph, search_of(window), start)
    assert graph.cost_of(start) == 220
    assert graph.cost_of(sure.labels) == 22
    assert score_division(graph, sure.labels, window, search_of(window).weights).excess == 0


def test_the_same_division_comes_of_the_same_start() -> None:
    graph, search = with_cheap_cuts(), search_of(Window(300, 500, 2500))
    first, second = (go_along(graph, search, np.arange(LONG) // 3) for _ in range(2))
    assert first.tolist() == second.tolist()


def test_nothing_is_gone_along_when_the_time_is_over() -> None:
    graph, start = with_cheap_cuts(), np.arange(LONG) // 3
    search = search_of(Window(300, 500, 2500), deadline_s=0.0)
    assert go_along(graph, search, start).tolist() == start.tolist()


def test_nothing_is_gone_along_where_parts_hold_many_nodes() -> None:
    graph, start = with_cheap_cuts(), np.arange(LONG) // 17
    search = search_of(Window(1500, 3500, 20000))
    assert go_along(graph, search, start).tolist() == start.tolist()
