"""A proof says what trying everything would say."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.plan.partition import (
    Graph,
    Search,
    Weights,
    Window,
    partition,
    renumber,
    score_division,
)
from gridmap.plan.partition.objective import rule_of
from gridmap.plan.proof import assure, bound_cost, find_cause, prove
from gridmap.plan.proof.columns import Wanted, field_of, list_columns
from gridmap.rules import Band
from tests.smallgraphs import (
    WINDOW,
    connected_sets,
    cost_of,
    divisions,
    excess_of,
    labels_of,
    shaped_graphs,
    small_graphs,
)

WINDOWS = (WINDOW, Window(0, 500, 2500), Window(300, 500, 700), Window(100, 200, 1000))
LOADED = (*WINDOWS, Window(300, 500, 2500, (Band("need", 2, 5),)))
POINTS = (Weights(), Weights(cut=0.5, size=9, shape=4, split=20), Weights(size=40, split=3))


def search_of(window: Window = WINDOW, weights: Weights = POINTS[0]) -> Search:
    return Search(window, np.random.default_rng(0), weights=weights)


def fit(window: Window, graph: Graph) -> Graph:
    """Leave out the loads that a window does not know."""
    kept = None if graph.others is None else graph.others[:, : len(window.others)]
    return replace(graph, others=kept)


def sets_of(masks: np.ndarray) -> list[frozenset[int]]:
    return [frozenset(n for n in range(64) if mask >> n & 1) for mask in masks.tolist()]


@given(small_graphs())
def test_every_connected_set_is_listed_once(graph: Graph) -> None:
    everything = rule_of(Window(0, 10**6, 10**7), Weights())
    columns = list_columns(field_of(graph, everything), everything, Wanted(np.zeros(len(graph))))
    listed = sets_of(columns.masks)
    assert columns.is_complete
    assert len(listed) == len(set(listed))
    assert set(listed) == set(connected_sets(graph))


@settings(deadline=None)
@given(shaped_graphs(), st.sampled_from(LOADED), st.sampled_from([0.0, 40.0, 300.0]))
def test_what_is_listed_keeps_the_rule_and_nothing_else_does(
    graph: Graph, window: Window, excess: float
) -> None:
    graph, rule = fit(window, graph), rule_of(window, Weights())
    wanted = Wanted(np.zeros(len(graph)), excess=excess)
    listed = sets_of(list_columns(field_of(graph, rule), rule, wanted).masks)
    fitting = {
        each for each in connected_sets(graph) if excess_of(graph, each, window) <= excess + 1e-9
    }
    assert set(listed) == fitting


@settings(deadline=None)
@given(shaped_graphs(), st.integers(0, 2**32 - 1), st.floats(-40, 20), st.sampled_from(POINTS))
def test_no_set_worth_its_price_is_passed_over(
    graph: Graph, seed: int, worth: float, weights: Weights
) -> None:
    graph, rule = fit(WINDOW, graph), rule_of(WINDOW, weights)
    field = field_of(graph, rule, cut=weights.cut)
    earnings = np.random.default_rng(seed).uniform(-5, 30, len(graph))
    columns = list_columns(field, rule, Wanted(earnings, worth=worth))
    everything = list_columns(field, rule, Wanted(np.zeros(len(graph))))
    price = everything.cost - everything.members(len(graph)) @ earnings
    clear = np.abs(price - worth) > 1e-9
    cheap = set(sets_of(everything.masks[clear & (price <= worth)]))
    dear = set(sets_of(everything.masks[clear & (price > worth)]))
    assert cheap <= set(sets_of(columns.masks))
    assert not dear & set(sets_of(columns.masks))


@settings(max_examples=60, deadline=None)
@given(shaped_graphs(), st.sampled_from(LOADED), st.sampled_from(POINTS))
def test_the_proven_optimum_is_the_best_of_all_divisions(
    graph: Graph, window: Window, weights: Weights
) -> None:
    graph = fit(window, graph)

    def rank(labels: np.ndarray) -> tuple[float, float]:
        score = score_division(graph, labels, window, weights)
        return round(score.excess, 6), round(score.value, 5)

    start = partition(graph, search_of(window, weights))
    found = prove(graph, window, weights, start)
    assert found is not None
    assert found.is_optimal
    best = min(rank(labels_of(graph, parts)) for parts in divisions(graph))
    assert np.allclose((found.excess, found.value), best, atol=2e-4)
    assert np.allclose((found.least_excess, found.lower_bound), best, atol=2e-4)
    assert np.allclose(rank(found.labels), best, atol=2e-4)


@settings(max_examples=30, deadline=None)
@given(small_graphs())
def test_a_poor_start_does_not_change_what_is_proven(graph: Graph) -> None:
    alone = prove(graph, WINDOW, Weights(), np.arange(len(graph)))
    whole = prove(graph, WINDOW, Weights(), renumber(graph.components()))
    assert alone is not None
    assert whole is not None
    assert np.allclose(alone.excess, whole.excess, atol=1e-5)
    assert np.allclose(alone.value, whole.value, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(small_graphs(), st.sampled_from(WINDOWS))
def test_a_cause_is_never_named_that_some_division_disproves(graph: Graph, window: Window) -> None:
    labels = partition(graph, search_of(window))
    for number in range(labels.max() + 1):
        part = np.flatnonzero(labels == number)
        if excess_of(graph, frozenset(part.tolist()), window) == 0:
            continue
        cause = find_cause(graph, window, part)
        if cause is None:
            continue
        named = set(cause.nodes.tolist())
        for parts in divisions(graph):
            touched = [each for each in parts if each & named]
            assert any(excess_of(graph, each, window) > 0 for each in touched)


@settings(max_examples=60, deadline=None)
@given(small_graphs(), st.sampled_from(WINDOWS))
def test_what_the_best_division_leaves_out_of_the_window_has_a_cause(
    graph: Graph, window: Window
) -> None:
    lived_in = Graph(
        graph.households + 30, graph.persons + 30, graph.first, graph.second, graph.cut_cost
    )
    found = prove(lived_in, window, Weights(), renumber(lived_in.components()))
    assert found is not None
    for number in range(found.labels.max() + 1):
        part = np.flatnonzero(found.labels == number)
        if excess_of(lived_in, frozenset(part.tolist()), window) > 0:
            assert find_cause(lived_in, window, part) is not None


@settings(max_examples=60, deadline=None)
@given(small_graphs())
def test_no_division_costs_less_than_the_bound(graph: Graph) -> None:
    ranks = [
        (sum(excess_of(graph, part) for part in parts), cost_of(graph, parts))
        for parts in divisions(graph)
    ]
    dearest = max(cost for _, cost in ranks)
    for excess in {excess for excess, _ in ranks}:
        bound = bound_cost(graph, search_of(), excess=excess, value=dearest)
        assert bound is not None
        assert bound <= min(cost for beyond, cost in ranks if beyond <= excess + 1e-9) + 1e-6


@settings(max_examples=40, deadline=None)
@given(small_graphs(), small_graphs())
def test_components_are_assured_one_by_one(left: Graph, right: Graph) -> None:
    both = Graph(
        np.append(left.households, right.households),
        np.append(left.persons, right.persons),
        np.append(left.first, right.first + len(left)),
        np.append(left.second, right.second + len(left)),
        np.append(left.cut_cost, right.cut_cost),
    )
    start = partition(both, search_of())
    sure = assure(both, search_of(), start)
    assert sure.lower_bound is not None
    assert np.isclose(sure.lower_bound, both.cost_of(sure.labels), atol=1e-4)
    assert np.array_equal(sure.labels, renumber(sure.labels))
    inside = sure.labels[both.first] == sure.labels[both.second]
    whole = Graph(
        both.households,
        both.persons,
        both.first[inside],
        both.second[inside],
        np.ones(inside.sum()),
    )
    assert len(np.unique(whole.components())) == sure.labels.max() + 1
