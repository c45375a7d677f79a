"""More time, or more rounds, never makes a division worse."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.plan.partition import (
    Effort,
    Graph,
    Search,
    Weights,
    Window,
    partition,
    score_division,
    search,
)
from gridmap.plan.partition.warming import warm_up
from tests.properties.test_plan import graphs

WINDOW = Window(300, 500, 2500)


@dataclass
class Clock:
    """A second passes whenever somebody looks at it."""

    looks: int = 0

    def monotonic(self) -> float:
        """Give the time."""
        self.looks += 1
        return float(self.looks)


def rank(graph: Graph, seed: int, deadline_s: float, effort: Effort) -> tuple[float, float]:
    """Divide a graph until a deadline: what is out of the window, and the objective."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "time", Clock())
        wanted = Search(WINDOW, np.random.default_rng(seed), deadline_s, effort=effort)
        score = score_division(graph, partition(graph, wanted), WINDOW, Weights())
    return round(score.excess, 4), round(score.value, 4)


@settings(max_examples=25)
@given(graphs(), st.integers(0, 5), st.lists(st.integers(1, 400), min_size=4, max_size=8))
def test_more_time_never_gives_a_worse_division(
    graph: Graph, seed: int, deadlines_s: list[int]
) -> None:
    warm_up()
    effort = Effort(divisions=3, sweeps=6)
    ranks = [rank(graph, seed, limit, effort) for limit in [*sorted(deadlines_s), float("inf")]]
    assert ranks == sorted(ranks, reverse=True)


@settings(max_examples=25)
@given(graphs(), st.integers(0, 5))
def test_more_rounds_never_give_a_worse_division(graph: Graph, seed: int) -> None:
    effort = Effort(divisions=2, sweeps=4)
    ranks = [
        rank(graph, seed, float("inf"), replace(effort, rounds=rounds)) for rounds in (1, 2, 4)
    ]
    assert ranks == sorted(ranks, reverse=True)
