"""
A lower bound of what the cuts of any division cost, for graphs too big to try them all.

Parts are orthogonal vectors, so that the smallest eigenvalues of the graph's Laplacian, against the
households of the nodes, bound what any parts of that size can cost to cut out [1]_. As each node is
in one part, weights that add up to nothing may be put on the nodes without changing the cost of a
division; those that raise the bound most are looked for along its subgradient.

References
----------
.. [1] W. E. Donath, A. J. Hoffman (1973). "Lower bounds for the partitioning of graphs." IBM
   Journal of Research and Development, 17(5), 420-425. doi:10.1147/rd.175.0420
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import diags_array
from scipy.sparse.linalg import splu
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph
    from gridmap.plan.partition.search import Search

WORK: Final = 1e6
"""How many multiplications the search for weights may take, about; it has one round in any case."""

MOST_NODES: Final = 1_000
MOST_ROUNDS: Final = 40
PATIENCE: Final = 5
FLOOR: Final = 1e-9
"""Keeps ground that is joined for nothing from making the equations singular."""

SAFETY: Final = 1e-6
"""Share of the bound given up for rounding in the eigenvalues."""

DIGITS: Final = 1e-4
"""Bounds are given in such shares of the known value, so that all machines give the same."""


def bound_cost(graph: Graph, search: Search, *, excess: float, value: float) -> float | None:
    """
    Bound the cost of the cuts of any division from below.

    Parameters
    ----------
    graph
        Connected.
    search
        The rule, whose upper limit says how big parts may be, and the deadline, at which the
        search for a higher bound ends.
    excess
        Households outside the window: the bound holds for divisions with no more.
    value
        What a known division costs; how far the bound is from it sets the steps of the search.

    Returns
    -------
    bound
        At least 0 and at most `value`. None where the graph is too big to say.
    """
    window, homes = search.window, np.flatnonzero(graph.households > 0)
    sizes = np.minimum(graph.households[homes], window.high).astype(float)
    parts = _biggest_parts(float(sizes.sum()), window.high, excess)
    if len(parts) < 2 or value <= 0:  # noqa: PLR2004 (one part has no border)
        return 0.0
    if len(homes) > MOST_NODES:
        return None
    rounds = int(np.clip(WORK / len(homes) ** 3, 1, MOST_ROUNDS))
    with threadpool_limits(1, user_api="blas"):  # more would sum up in another order
        scaled = _laplacian(graph, homes) / np.sqrt(np.outer(sizes, sizes))
        best = _raise_bound(scaled, sizes, parts, value, rounds, search)
    floor = 0.5 * FLOOR * float(graph.cut_cost.max(initial=0.0)) * len(graph)
    sure = np.floor((best * (1 - SAFETY) - floor) / value / DIGITS) * DIGITS * value
    return float(np.clip(sure, 0.0, value))


def _raise_bound(
    scaled: np.ndarray,
    sizes: np.ndarray,
    parts: np.ndarray,
    value: float,
    rounds: int,
    search: Search,
) -> float:
    """Look for weights on the nodes that raise the bound; the step halves where none is found."""
    best, weights, at_best = 0.0, np.zeros(len(sizes)), np.zeros(len(sizes))
    parts = parts[: len(sizes)]
    goal, stalled = value / 2, 0
    for _ in range(rounds):
        if search.is_over:
            break
        found, vectors = eigh(
            scaled + np.diag(weights / sizes), subset_by_index=(0, len(parts) - 1)
        )
        bound = 0.5 * float(parts @ found)
        stalled += 1
        if bound > best:
            best, at_best, stalled = bound, weights, 0
        if stalled == PATIENCE:
            goal, weights, stalled = (best + goal) / 2, at_best, 0
        slope = 0.5 * (vectors**2 @ parts) / sizes
        slope -= slope.mean()
        if goal - bound <= SAFETY * value or not slope.any():
            break
        weights = weights + (goal - bound) / float(slope @ slope) * slope
        weights -= weights.mean()
    return best


def _biggest_parts(households: float, high: int, excess: float) -> np.ndarray:
    """Fill as few parts as can be: these sizes, biggest first, make the bound least."""
    first = min(households, high + excess)
    full, rest = divmod(households - first, high)
    sizes = [first, *[float(high)] * int(full)]
    return np.array([*sizes, rest] if rest > 0 else sizes)


def _laplacian(graph: Graph, homes: np.ndarray) -> np.ndarray:
    """Give the Laplacian on nodes with households; the others take values that cost least."""
    weights = graph.matrix(graph.cut_cost)
    whole = (diags_array(weights.sum(axis=1)) - weights).tocsc()
    empty = np.setdiff1d(np.arange(len(graph)), homes)
    inner = whole[homes][:, homes].toarray()
    if not len(empty):
        return inner
    across = whole[empty][:, homes].toarray()
    floor = FLOOR * float(graph.cut_cost.max(initial=0.0))
    block = whole[empty][:, empty] + floor * diags_array(np.ones(len(empty)))
    return inner - across.T @ splu(block.tocsc()).solve(across)
