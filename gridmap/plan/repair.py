"""
Repair of a division that exists: what is out of rule is mended, what keeps it is left alone.

Each part that is out of rule is looked at with as little around it as will do: by itself, then
with single nodes of its neighbours, then with one neighbour, then with all of them. A change is
made only where it brings households into the window, so a division that nothing can better comes
back as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gridmap.plan.partition import (
    TINY,
    Weights,
    excess_by_part,
    partition,
    renumber,
    score_division,
    shift,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridmap.plan.partition import Graph, Search


def repair(graph: Graph, labels: np.ndarray, search: Search) -> np.ndarray:
    """
    Bring the parts of a division into the window, and move few.

    Parameters
    ----------
    graph
        Any graph.
    labels
        (n,) part of each node, every part connected.
    search
        The rule, the dice and the deadline.

    Returns
    -------
    labels
        (n,) part of each node, numbered as they appear; every part is connected. Where nothing
        was out of rule, or nothing could be done about it, the parts are the same. Never further
        out of rule than before.
    """
    labels, changed = renumber(labels), True
    while changed and not search.is_over:
        changed = False
        for part in _parts_out_of_rule(graph, labels, search):
            nodes = np.flatnonzero(labels == part)
            if not len(nodes) or search.is_over:  # redrawn with a part before it
                continue
            offer = _best_offer(graph, labels, part, search)
            if offer is not None:
                labels[offer.nodes] = offer.labels + labels.max() + 1
                changed = True
        labels = renumber(labels)
    return labels


def redraw(graph: Graph, labels: np.ndarray, search: Search) -> np.ndarray:
    """
    Divide anew what is divided already, as if nothing was there, unless that is worse.

    Parameters
    ----------
    graph
        Any graph.
    labels
        (n,) part of each node, every part connected.
    search
        The rule, the dice and the deadline.

    Returns
    -------
    labels
        (n,) part of each node, numbered as they appear; every part is connected. Of a division
        made afresh, one with single nodes moved over the borders there are, and one with only the
        parts out of rule mended, the best by what is out of rule, then by the objective with what
        the households cost that move.
    """
    if not len(graph):
        return labels
    mended = repair(graph, labels, search)
    if search.is_over:
        return mended  # a division afresh takes its time, and has none left to be any better
    shifted = shift(graph, mended, search)
    found = [partition(graph, search), shifted, mended]
    return min(found, key=lambda after: _rank(graph, labels, after, search))


@dataclass(frozen=True, slots=True)
class _Offer:
    """A way to divide some nodes anew: what it leaves out of rule, and its price."""

    nodes: np.ndarray
    labels: np.ndarray
    excess: float  # beside what it was
    is_clean: bool  # nothing is out of rule after it
    points: float  # of the objective, those for households that move included

    @property
    def rank(self) -> tuple[float, float]:
        return (self.excess, self.points)


def _parts_out_of_rule(graph: Graph, labels: np.ndarray, search: Search) -> list[int]:
    excess = excess_by_part(graph, labels, search.window)
    order = np.argsort(-excess, kind="stable")
    return order[excess[order] > 0].tolist()


def _best_offer(graph: Graph, labels: np.ndarray, part: int, search: Search) -> _Offer | None:
    """Take the first clean offer, the narrowest look first; else what helps most, if anything."""
    found: list[_Offer] = []
    for offers in _looks(graph, labels, part, search):
        clean = [offer for offer in offers if offer.is_clean]
        if clean:
            return min(clean, key=lambda offer: offer.rank)
        found += offers
        if search.is_over:
            break
    return min(found, key=lambda offer: offer.rank, default=None)


def _looks(graph: Graph, labels: np.ndarray, part: int, search: Search) -> Iterator[list[_Offer]]:
    around = graph.parts_beside(labels, part)
    yield _offers(graph, labels, [[part]], search)
    yield _shifts(graph, labels, [part, *around], search)
    yield _offers(graph, labels, [[part, other] for other in around], search)
    if len(around) > 1:
        yield _offers(graph, labels, [[part, *around]], search)


def _offers(
    graph: Graph, labels: np.ndarray, groups: list[list[int]], search: Search
) -> list[_Offer]:
    """Divide each group of parts anew."""
    offers = []
    for group in groups:
        nodes = np.flatnonzero(np.isin(labels, group))
        region = graph.part(nodes)
        offers += _offer(region, nodes, labels[nodes], partition(region, search), search)
    return offers


def _shifts(graph: Graph, labels: np.ndarray, group: list[int], search: Search) -> list[_Offer]:
    """Move single nodes of a group of parts over their borders: few of them, or well."""
    nodes = np.flatnonzero(np.isin(labels, group))
    region = graph.part(nodes)
    free = region.unpriced()  # nobody moves for a price
    few = replace(search, weights=Weights(cut=0.0))  # and no further than into the window
    return [
        offer
        for wanted in (few, search)
        for offer in _offer(
            region, nodes, labels[nodes], shift(free, labels[nodes], wanted), search
        )
    ]


def _offer(
    region: Graph, nodes: np.ndarray, before: np.ndarray, after: np.ndarray, search: Search
) -> list[_Offer]:
    """Make an offer of a division, if it is nearer to the rule than what is there."""
    after = renumber(after)
    was = excess_by_part(region, renumber(before), search.window).sum()
    excess, points = _rank(region, before, after, search)
    if excess >= was - TINY:
        return []
    return [_Offer(nodes, after, round(excess - was, 6), excess <= TINY, points)]


def _rank(
    graph: Graph, before: np.ndarray, after: np.ndarray, search: Search
) -> tuple[float, float]:
    """Weigh a division that comes after another: excess, then its points and its moves."""
    before, after = renumber(before), renumber(after)
    score = score_division(graph, after, search.window, search.weights)
    moved = search.weights.moved * _moved(before, after, graph.households)
    return round(score.excess, 6), round(score.value + moved, 6)


def _moved(before: np.ndarray, after: np.ndarray, households: np.ndarray) -> int:
    """Count the households that are not in the part that follows on theirs."""
    shared = np.zeros((before.max() + 1, after.max() + 1), np.int64)
    np.add.at(shared, (before, after), households)
    heir = shared.argmax(axis=1)
    kept = np.zeros(shared.shape[1], np.int64)
    np.maximum.at(kept, heir, shared.max(axis=1))
    return int(households.sum() - kept.sum())
