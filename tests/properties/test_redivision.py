"""What is listed of a graph of any size is what trying everything would list."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.plan.partition import Graph, Search, Weights, Window, score_division
from gridmap.plan.partition.net import net_of
from gridmap.plan.partition.objective import rule_of
from gridmap.plan.proof.listing import list_sets, price_sets
from gridmap.plan.proof.redivision import divide_anew
from gridmap.rules import Band
from tests.smallgraphs import (
    connected_sets,
    divisions,
    excess_of,
    labels_of,
    shaped_graphs,
    small_graphs,
)

WINDOWS = (
    Window(300, 500, 2500),
    Window(0, 500, 2500),
    Window(100, 700, 1400),
    Window(100, 500, 2500, (Band("need", 1, 5),)),
)
WEIGHTS = Weights(cut=0.5, size=9, shape=4, split=20)


@settings(deadline=None)
@given(shaped_graphs(), st.sampled_from(WINDOWS))
def test_every_connected_set_inside_the_window_is_listed_once(graph: Graph, window: Window) -> None:
    graph, rule = fit(window, graph), rule_of(window, WEIGHTS)
    listed = list_sets(net_of(graph, rule.high), rule, 1_000, 100_000)
    sets = [frozenset(each.tolist()) for each in np.split(listed.nodes, listed.start[1:-1])]
    wanted = [each for each in connected_sets(graph) if excess_of(graph, each, window) <= 1e-9]
    assert listed.is_complete
    assert len(listed.start) - 1 == len(wanted)
    assert not wanted or (len(set(sets)) == len(sets) and set(sets) == set(wanted))


@settings(deadline=None)
@given(shaped_graphs(), st.integers(0, 5))
def test_a_list_that_may_not_be_long_says_so(graph: Graph, most: int) -> None:
    rule = rule_of(WINDOWS[1], WEIGHTS)
    net = net_of(fit(WINDOWS[1], graph), rule.high)
    listed, full = list_sets(net, rule, most, 10_000), list_sets(net, rule, 1_000, 10_000)
    assert listed.is_complete == (len(full.start) - 1 <= most)
    assert len(listed.start) - 1 == min(most, len(full.start) - 1)


@settings(deadline=None)
@given(shaped_graphs())
def test_the_prices_of_parts_add_up_to_the_objective(graph: Graph) -> None:
    window, rule = WINDOWS[3], rule_of(WINDOWS[3], WEIGHTS)
    net = net_of(graph, rule.high, WEIGHTS.cut)
    free = WEIGHTS.split * (net.group.max() + 1)
    for parts in list(divisions(graph))[:20]:
        nodes = np.concatenate([sorted(part) for part in parts])
        start = np.cumsum([0, *map(len, parts)])
        value = score_division(graph, labels_of(graph, parts), window, WEIGHTS).value
        assert np.isclose(price_sets(net, rule, start, nodes).sum() - free, value)


@settings(max_examples=60, deadline=None)
@given(small_graphs(), st.sampled_from(WINDOWS[:3]), st.integers(0, 2**16))
def test_parts_divided_anew_are_never_worse_and_the_best_there_is_inside_the_window(
    graph: Graph, window: Window, at: int
) -> None:
    search = Search(window, np.random.default_rng(0), weights=WEIGHTS)
    ranks = {}
    for parts in divisions(graph):
        labels = labels_of(graph, parts)
        score = score_division(graph, labels, window, WEIGHTS)
        ranks[tuple(labels.tolist())] = round(score.excess, 6), round(score.value, 6)
    start = list(ranks)[at % len(ranks)]
    anew = divide_anew(graph, search, np.array(start), sorted(set(start)))
    score = score_division(graph, anew, window, WEIGHTS)
    assert (round(score.excess, 6), round(score.value, 6)) <= ranks[start]
    if ranks[start][0] == 0:
        assert np.isclose(score.value, min(ranks.values())[1], atol=1e-4)


def fit(window: Window, graph: Graph) -> Graph:
    """Leave out the loads that a window does not know."""
    kept = None if graph.others is None else graph.others[:, : len(window.others)]
    return Graph(
        graph.households,
        graph.persons,
        graph.first,
        graph.second,
        graph.cut_cost,
        shape=graph.shape,
        others=kept,
        group=graph.group,
    )
