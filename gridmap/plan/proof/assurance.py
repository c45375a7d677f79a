"""How sure a division is: made the best there is where that can be proven, bounded elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.partition.graph import renumber
from gridmap.plan.partition.objective import Weights
from gridmap.plan.partition.score import TINY, score_division
from gridmap.plan.proof.bound import bound_cost
from gridmap.plan.proof.mending import mend
from gridmap.plan.proof.optimum import QUICK, prove
from gridmap.plan.proof.redivision import go_along

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph
    from gridmap.plan.partition.score import Score
    from gridmap.plan.partition.search import Search
    from gridmap.plan.proof.master import Limit

BRIEF: Final = replace(QUICK, steps=QUICK.steps // 4)
"""For a second proof, of the cuts alone."""

CUTS_ALONE: Final = Weights()
"""What counts where the cost of the cuts is all that is asked for."""


@dataclass(frozen=True, slots=True)
class Assurance:
    """
    A division, and what any other with no more excess is worth at least; None if nobody looked.

    `lower_bound` is of the price of the cut edges, before weights, `objective_bound` of the
    objective, in points.
    """

    labels: np.ndarray
    lower_bound: float | None = None
    objective_bound: float | None = None


def assure(graph: Graph, search: Search, labels: np.ndarray) -> Assurance:
    """
    Prove a division the best there is, or replace it by a better one, and bound it from below.

    Parameters
    ----------
    graph
        Any graph. Components of at most 64 nodes are tried exactly, within limits; in others, what
        is out of the window is, with all around it, and region after region where parts hold few
        nodes.
    search
        The rule, the weights and the deadline, at which all that is not known yet stays unknown.
    labels
        (n,) connected parts.

    Returns
    -------
    assurance
        Its labels are numbered as they appear, never further out of the window, and never of a
        higher objective at the same excess.
    """
    components, best = graph.components(), labels.copy()
    found = list[_Bounds]()
    for component in range(int(components.max(initial=-1)) + 1):
        nodes = np.flatnonzero(components == component)
        region = graph.part(nodes)
        anew = _improved(region, search, renumber(labels[nodes]))
        best[nodes] = anew.labels + component * len(graph)
        found.append(_bounds(region, search, anew))
    best = renumber(best)
    objective = score_division(graph, best, search.window, search.weights).value
    gap = _total([bounds.gap for bounds in found])
    least = None if gap is None else max(0.0, objective - gap)
    return Assurance(best, _total([bounds.cut for bounds in found]), least)


@dataclass(frozen=True, slots=True)
class _Division:
    """A division of a connected graph, and how much its objective may be too high, if known."""

    labels: np.ndarray
    gap: float | None = None


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What cuts must cost at least, and how much the objective may be too high."""

    cut: float | None
    gap: float | None


def _improved(region: Graph, search: Search, labels: np.ndarray) -> _Division:
    """Look for a better division, exactly where that is possible."""
    if search.is_over:
        return _Division(labels)
    proof = prove(
        region, search.window, search.weights, labels, limit=QUICK, deadline_s=search.deadline_s
    )
    if proof is None:
        return _Division(go_along(region, search, mend(region, search, labels)))
    return _Division(proof.labels, proof.value - proof.lower_bound)


def _bounds(region: Graph, search: Search, division: _Division) -> _Bounds:
    """Bound the cost of the cuts, and the objective by it where nothing better is known."""
    score = score_division(region, division.labels, search.window, search.weights)
    gap = division.gap
    limit = BRIEF if gap is not None and gap <= TINY * score.value else None
    cut = _least_cut(region, search, division.labels, score, limit)
    if cut is not None:
        wide = score.value - search.weights.cut * cut
        gap = wide if gap is None else min(gap, wide)
    return _Bounds(cut, gap)


def _least_cut(
    region: Graph, search: Search, labels: np.ndarray, score: Score, limit: Limit | None
) -> float | None:
    """
    Say what the cuts of any division no further out of the window cost at least.

    It is tried exactly, within a limit, where there is one: where the objective was hopeless, so
    are the cuts.
    """
    if search.is_over:
        return None
    value = region.cost_of(labels)
    known = bound_cost(region, search, excess=score.excess, value=value)
    if limit is None:
        return known
    proof = prove(
        region, search.window, CUTS_ALONE, labels, limit=limit, deadline_s=search.deadline_s
    )
    if proof is None or proof.excess < score.excess - TINY:
        return known
    return max(known or 0.0, proof.lower_bound)


def _total(numbers: list[float | None]) -> float | None:
    """Add up, if all is known."""
    known = [number for number in numbers if number is not None]
    return float(sum(known)) if len(known) == len(numbers) else None
