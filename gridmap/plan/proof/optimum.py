"""The best division there is, with the proof that there is no better one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.partition.graph import renumber
from gridmap.plan.proof.columns import MOST_NODES, Field, masks_of
from gridmap.plan.proof.master import Answer, Limit, Master, Problem

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph
    from gridmap.plan.partition.window import Window
    from gridmap.plan.proof.master import PartCost

QUANTUM: Final = 1 / 13
"""Excess comes in whole households and in persons of which 2.6 make one: in thirteenths."""

TOLERANCE: Final = 1e-6
"""Excess, and share of a cost, that counts as nothing."""


@dataclass(frozen=True, slots=True)
class Proof:
    """
    A division and how far from the best it can be.

    `excess` is its households outside the window and `value` its cost; every division has at least
    `least_excess`, and one with no more excess than this one costs at least `lower_bound`.
    `is_optimal` is whether nothing is left between.
    """

    labels: np.ndarray
    excess: float
    value: float
    least_excess: float
    lower_bound: float
    is_optimal: bool

    @property
    def gap(self) -> float:
        """Share of the value that may be too much: 0 where the division is optimal."""
        return 0.0 if self.is_optimal else (self.value - self.lower_bound) / max(self.value, 1e-12)


def prove(
    graph: Graph,
    window: Window,
    labels: np.ndarray,
    *,
    part_cost: PartCost | None = None,
    limit: Limit | None = None,
) -> Proof | None:
    """
    Find the best division of a small graph, or say how far from it a division can be.

    First the least excess is found, then the least cost with that excess.

    Parameters
    ----------
    graph
        At most 64 nodes.
    window
        What a part may hold.
    labels
        (n,) connected parts to start from; the better they are, the sooner the proof is done.
    part_cost
        What parts cost beside half the price of their border.
    limit
        How much work it may be.

    Returns
    -------
    proof
        With the best division, or `labels` where nothing better was found. None where the graph
        has no nodes or too many.
    """
    if not 0 < len(graph) <= MOST_NODES:
        return None
    problem = Problem(graph, window, Field.of(graph), part_cost, limit or Limit())
    start = _Start.of(problem, renumber(labels))
    least = _least_excess(problem, start)
    if least.value < start.excess - TOLERANCE:
        start = _Start.of(problem, least.labels)
    best = _cheapest(problem, start)
    is_optimal = least.bound >= start.excess - TOLERANCE and best.bound >= best.value
    return Proof(best.labels, start.excess, best.value, least.bound, best.bound, is_optimal)


@dataclass(frozen=True, slots=True)
class _Start:
    """A division as columns."""

    labels: np.ndarray
    masks: np.ndarray
    border: np.ndarray
    excesses: np.ndarray

    @classmethod
    def of(cls, problem: Problem, labels: np.ndarray) -> _Start:
        graph, count = problem.graph, int(labels.max()) + 1
        cut = labels[graph.first] != labels[graph.second]
        half = graph.cut_cost[cut] / 2
        border = np.bincount(labels[graph.first[cut]], half, count)
        border += np.bincount(labels[graph.second[cut]], half, count)
        excesses = np.array([problem.excess(labels == part) for part in range(count)])
        return cls(labels, masks_of(labels), border, excesses)

    @property
    def excess(self) -> float:
        return float(self.excesses.sum())


def _least_excess(problem: Problem, start: _Start) -> Answer:
    """Find how few households must be outside the window, whatever it costs."""
    if start.excess <= TOLERANCE:
        return Answer(start.labels, 0.0, 0.0)
    field = replace(problem.field, weights=np.zeros_like(problem.field.weights))
    master = Master(
        replace(problem, field=field, part_cost=None),
        budget=start.excess,
        masks=start.masks,
        costs=start.excesses,
        excesses=start.excesses,
        fine=1.0,
        slack=QUANTUM / 2,
    )
    answer = master.solve(start.labels)
    bound = np.ceil((answer.bound - TOLERANCE) / QUANTUM) * QUANTUM
    return replace(answer, bound=min(answer.value, float(bound)))


def _cheapest(problem: Problem, start: _Start) -> Answer:
    """Find the cheapest division with no more excess than `start`."""
    costs = start.border + problem.rest(start.masks)
    master = Master(
        problem,
        budget=start.excess,
        masks=start.masks,
        costs=costs,
        excesses=start.excesses,
        slack=TOLERANCE * max(1.0, float(costs.sum())),
    )
    return master.solve(start.labels)
