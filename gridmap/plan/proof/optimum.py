"""The best division there is, with the proof that there is no better one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, gcd, lcm
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.partition.graph import renumber
from gridmap.plan.partition.objective import Weights, rule_of
from gridmap.plan.proof.columns import MOST_NODES, field_of, masks_of, price_parts
from gridmap.plan.proof.master import Answer, Limit, Master, Problem

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph
    from gridmap.plan.partition.window import Window

QUICK: Final = Limit(columns=2_000, steps=400_000, batch=5_000, rounds=30, nodes=50)
"""Half a second of work for the hardest graphs; most are proven in a tenth of it."""

NO_POINTS: Final = Weights(cut=0.0)
"""Nothing counts but the window."""

TOLERANCE: Final = 1e-6
"""Excess, and share of a cost, that counts as nothing."""


@dataclass(frozen=True, slots=True)
class Proof:
    """
    A division and how far from the best it can be.

    `excess` is its households outside the window and `value` its objective; every division has at
    least `least_excess`, and one with no more excess than this one is worth at least
    `lower_bound`. `is_optimal` is whether nothing is left between.
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
    weights: Weights,
    labels: np.ndarray,
    *,
    limit: Limit | None = None,
    deadline_s: float = float("inf"),
) -> Proof | None:
    """
    Find the best division of a small graph, or say how far from it a division can be.

    First the least excess is found, then the least objective with that excess.

    Parameters
    ----------
    graph
        At most 64 nodes.
    window, weights
        What a good division is.
    labels
        (n,) connected parts to start from; the better they are, the sooner the proof is done.
    limit
        How much work it may be.
    deadline_s
        When to stop, on the monotonic clock: then what is proven so far is told.

    Returns
    -------
    proof
        With the best division, or `labels` where nothing better was found. None where the graph
        has no nodes or too many.
    """
    if not 0 < len(graph) <= MOST_NODES:
        return None
    rule = rule_of(window, weights)
    field = field_of(graph, rule, cut=weights.cut)
    problem = Problem(field, rule, limit or Limit(), deadline_s)
    labels = renumber(labels)
    start = problem.excess(masks_of(labels)).sum()
    least = _least_excess(graph, window, problem, labels)
    if least.value < start - TOLERANCE:
        labels, start = least.labels, least.value
    best = _cheapest(problem, labels)
    free = _points_of_whole_compounds(problem)
    is_optimal = bool(least.bound >= start - TOLERANCE and best.bound >= best.value)
    value, bound = best.value - free, max(0.0, best.bound - free)
    return Proof(best.labels, float(start), value, least.bound, bound, is_optimal)


def _points_of_whole_compounds(problem: Problem) -> float:
    """Give the points that each compound costs for its first piece, which is free."""
    return float(problem.rule.split * (problem.field.group.max(initial=-1) + 1))


def _least_excess(graph: Graph, window: Window, problem: Problem, labels: np.ndarray) -> Answer:
    """Find how few households must be outside the window, whatever it costs."""
    masks = masks_of(labels)
    excesses = problem.excess(masks)
    if excesses.sum() <= TOLERANCE:
        return Answer(labels, 0.0, 0.0)
    rule = rule_of(window, NO_POINTS)
    quantum = _quantum(graph, window)
    master = Master(
        replace(problem, rule=rule, field=field_of(graph, rule, cut=0.0)),
        budget=float(excesses.sum()),
        masks=masks,
        costs=excesses,
        excesses=excesses,
        fine=1.0,
        slack=max(quantum / 2, TOLERANCE),
    )
    answer = master.solve(labels)
    bound = answer.bound
    if quantum:
        bound = ceil((bound - TOLERANCE) / quantum) * quantum
    return replace(answer, bound=min(answer.value, float(bound)))


def _quantum(graph: Graph, window: Window) -> float:
    """Give what any excess is a multiple of, where loads come in whole numbers; else 0."""
    low, high = window.bounds()
    size = np.where(np.isfinite(high), high, low)  # as the price of a load out of its band is set
    numbers = np.concatenate([low, size, graph.loads().ravel()])
    if (numbers != np.round(numbers)).any():
        return 0.0
    unit = [Fraction(max(int(size[0]), 1), max(int(bound), 1)) for bound in size]
    below = lcm(*(each.denominator for each in unit))
    return gcd(*(int(each * below) for each in unit)) / below


def _cheapest(problem: Problem, labels: np.ndarray) -> Answer:
    """Find the best division with no more excess than one there is."""
    masks = masks_of(labels)
    costs, excesses = price_parts(problem.field, problem.rule, masks), problem.excess(masks)
    master = Master(
        problem,
        budget=float(excesses.sum()),
        masks=masks,
        costs=costs,
        excesses=excesses,
        slack=TOLERANCE * max(1.0, float(costs.sum())),
    )
    return master.solve(labels)
