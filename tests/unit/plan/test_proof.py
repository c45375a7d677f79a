"""What is proven of hand-drawn graphs, and what a proof says when it may not look far."""

import numpy as np
import pytest

from gridmap.plan.partition import Graph, Search, Weights, Window
from gridmap.plan.proof import Limit, assure, bound_cost, prove
from tests.smallgraphs import WINDOW, graph_of, row


def lattice(wide: int, high: int) -> Graph:
    """Make a rectangle of nodes whose edges have prices that differ."""
    at = np.arange(wide * high).reshape(high, wide)
    pairs = np.concatenate(
        [
            np.column_stack([at[:, :-1].ravel(), at[:, 1:].ravel()]),
            np.column_stack([at[:-1].ravel(), at[1:].ravel()]),
        ]
    )
    weights = 40 + 13 * np.arange(wide * high) % 29
    prices = 1 + (7 * pairs[:, 0] + 3 * pairs[:, 1]) % 11
    return Graph(weights, 2 * weights, pairs[:, 0], pairs[:, 1], prices.astype(float))


def search_of(window: Window = WINDOW) -> Search:
    return Search(window, np.random.default_rng(0))


def test_a_worse_division_is_replaced_by_the_best() -> None:
    graph = graph_of([200] * 4, [(0, 1), (1, 2), (2, 3), (0, 3)], [9.0, 1.0, 9.0, 1.0])
    proof = prove(graph, WINDOW, Weights(), np.array([0, 1, 1, 0]))
    assert proof is not None
    assert proof.labels.tolist() == [0, 0, 1, 1]
    assert (proof.value, proof.lower_bound, proof.gap) == (2.0, 2.0, 0.0)


def test_less_out_of_the_window_comes_before_a_lower_cost() -> None:
    graph = graph_of([300, 200, 300], [(0, 1), (1, 2)], [50.0, 50.0])
    proof = prove(graph, WINDOW, Weights(), np.zeros(3, np.int64))
    assert proof is not None
    assert (proof.excess, proof.value) == (0.0, 50.0)


def test_a_tower_is_alone_in_the_best_division() -> None:
    proof = prove(row(300, 640, 300), WINDOW, Weights(), np.zeros(3, np.int64))
    assert proof is not None
    assert proof.labels.tolist() == [0, 1, 2]
    assert proof.least_excess == 0.0


def test_more_nodes_than_a_mask_has_bits_are_not_proven() -> None:
    assert prove(row(*[50] * 65), WINDOW, Weights(), np.arange(65) // 8) is None


def test_thirty_nodes_are_proven_within_the_limits() -> None:
    graph = lattice(6, 5)
    proof = prove(graph, WINDOW, Weights(), np.arange(30) // 6)
    assert proof is not None
    assert proof.is_optimal


@pytest.mark.parametrize("steps", [50, 3_000])
def test_a_proof_that_may_not_look_far_still_tells_no_lie(steps: int) -> None:
    graph, start = lattice(6, 5), np.arange(30) // 6
    short = prove(
        graph, Window(200, 400, 900), Weights(), start, limit=Limit(steps=steps, rounds=3)
    )
    full = prove(graph, Window(200, 400, 900), Weights(), start)
    assert short is not None
    assert full is not None
    assert full.is_optimal
    assert short.lower_bound <= full.value <= short.value
    assert 0 < short.gap <= 1


def test_the_bound_of_a_big_graph_is_above_nothing_and_below_what_a_division_costs() -> None:
    graph = lattice(16, 16)
    labels = (np.arange(256) // 64) * 4 + (np.arange(256) % 16) // 4
    cost = graph.cost_of(labels)
    bound = bound_cost(graph, search_of(Window(500, 1000, 5000)), excess=0.0, value=cost)
    assert bound is not None
    assert cost / 10 < bound < cost


def test_a_graph_beyond_all_reach_has_no_bound() -> None:
    graph = row(*[50] * 2_100)
    assert bound_cost(graph, search_of(), excess=0.0, value=1e6) is None
    assert assure(graph, search_of(), np.arange(2_100) // 7).lower_bound is None
