"""How sure a division is: made the best there is where that can be proven, bounded elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.partition.graph import renumber
from gridmap.plan.proof.bound import bound_cost
from gridmap.plan.proof.master import Limit
from gridmap.plan.proof.optimum import prove

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph
    from gridmap.plan.partition.window import Window

QUICK: Final = Limit(columns=20_000, steps=1_000_000, batch=5_000, rounds=30, nodes=1_000)
"""About a second of work for the hardest graphs; most are proven in a tenth of it."""


@dataclass(frozen=True, slots=True)
class Assurance:
    """A division, and what any other with no more excess costs at least; None if nobody knows."""

    labels: np.ndarray
    lower_bound: float | None


def assure(graph: Graph, window: Window, labels: np.ndarray) -> Assurance:
    """
    Prove a division the best there is, or replace it by the best, or bound it from below.

    Parameters
    ----------
    graph
        Any graph. Components of at most 64 nodes are tried exactly, within limits.
    window
        What a part may hold.
    labels
        (n,) connected parts.

    Returns
    -------
    assurance
        Its labels are numbered as they appear, never further out of the window and never dearer.
    """
    components = graph.components()
    best, bounds = labels.copy(), list[float | None]()
    for component in range(int(components.max(initial=-1)) + 1):
        nodes = np.flatnonzero(components == component)
        anew, bound = _assure_component(graph.part(nodes), window, renumber(labels[nodes]))
        best[nodes] = anew + component * len(graph)
        bounds.append(bound)
    known = [bound for bound in bounds if bound is not None]
    total = float(sum(known)) if len(known) == len(bounds) else None
    return Assurance(renumber(best), total)


def _assure_component(
    region: Graph, window: Window, labels: np.ndarray
) -> tuple[np.ndarray, float | None]:
    proof = prove(region, window, labels, limit=QUICK)
    if proof is not None and proof.is_optimal:
        return proof.labels, proof.lower_bound
    if proof is not None:
        labels = proof.labels
    excess = sum(
        window.excess(int(homes.sum()), int(persons.sum()), int(homes.max()), int(persons.max()))
        for homes, persons in (
            (region.households[labels == part], region.persons[labels == part])
            for part in range(int(labels.max()) + 1)
        )
    )
    bound = bound_cost(region, window, excess=excess, value=region.cost_of(labels))
    return labels, bound if proof is None else max(bound or 0.0, proof.lower_bound)
