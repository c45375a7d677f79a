"""
Every part a plan could be made of: the connected sets of nodes inside the rule.

A graph of at most 64 nodes is a row of bits, and so is each set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.proof.enumeration import enumerate_sets

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph
    from gridmap.plan.partition.window import Window

MOST_NODES: Final = 64
"""As many as a mask has bits."""


@dataclass(frozen=True, slots=True)
class Columns:
    """
    Connected sets of nodes, and what they cost.

    `masks` (m,) has bit i set where node i is in the set; `border` (m,) is half the price of the
    edges that leave it; `excess` (m,) its households outside the window. `is_complete` is whether
    all sets that were asked for are listed; `steps` is how many branches were looked at.
    """

    masks: np.ndarray
    border: np.ndarray
    excess: np.ndarray
    is_complete: bool
    steps: int

    def __len__(self) -> int:
        return len(self.masks)

    def members(self, count: int) -> np.ndarray:
        """Spell the sets out as truth values of shape (m, `count`)."""
        return members_of(self.masks, count)


@dataclass(frozen=True, slots=True)
class Field:
    """A graph of at most 64 nodes made ready for listing its connected sets."""

    neighbours: np.ndarray  # (n,) uint64
    weights: (
        np.ndarray
    )  # (n, n) half the price of the edge between two nodes, 0 where there is none
    households: np.ndarray  # (n,) int64
    persons: np.ndarray  # (n,) int64
    open_nodes: np.uint64  # those nodes from which a set may go on outside the graph

    @classmethod
    def of(cls, graph: Graph, *, open_nodes: np.ndarray | None = None) -> Field:
        """Make a graph ready; `open_nodes` (n,) tells which nodes have neighbours beyond it."""
        count = len(graph)
        neighbours = [0] * count
        weights = np.zeros((count, count))
        edges = zip(
            graph.first.tolist(), graph.second.tolist(), graph.cut_cost.tolist(), strict=True
        )
        for first, second, price in edges:
            neighbours[first] |= 1 << second
            neighbours[second] |= 1 << first
            weights[first, second] += price / 2
            weights[second, first] += price / 2
        rim = 0 if open_nodes is None else sum(1 << int(n) for n in np.flatnonzero(open_nodes))
        return cls(
            np.array(neighbours, np.uint64),
            weights,
            np.ascontiguousarray(graph.households, np.int64),
            np.ascontiguousarray(graph.persons, np.int64),
            np.uint64(rim),
        )

    def __len__(self) -> int:
        return len(self.households)


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    Which connected sets are wanted.

    Those at most `excess` households outside the window whose price is at most `worth` above what
    their nodes earn. The price is half the border's plus `fine` for each household outside the
    window; `earnings` (n,) are by node. No more than `limit` sets are listed, `a_root` with the
    same lowest node, and no more than `steps` branches looked at. Unless `may_strand`, sets are
    left out that leave ground behind which no number of parts could share. Sets hold one of the
    first `roots` nodes, if that is a number.
    """

    earnings: np.ndarray
    worth: float = float("inf")
    excess: float = 0.0
    fine: float = 0.0
    limit: int = 3_000_000
    a_root: int = 2**62
    steps: int = 200_000_000
    may_strand: bool = True
    roots: int | None = None


def list_columns(field: Field, window: Window, wanted: Wanted) -> Columns:
    """
    List the connected sets of nodes that are wanted.

    Parameters
    ----------
    field
        The graph.
    window
        What a part may hold. A set that holds one of the open nodes may grow beyond the graph, so
        the lower limit does not count for it.
    wanted
        Which sets.

    Returns
    -------
    columns
        Each set once, in an order that depends on nothing but the arguments.
    """
    roots = len(field) if wanted.roots is None else min(wanted.roots, len(field))
    masks, border, excess, is_complete, steps = enumerate_sets(
        (field.neighbours, field.weights, field.households, field.persons, field.open_nodes),
        (float(window.low), float(window.high), float(window.cap)),
        np.ascontiguousarray(wanted.earnings, np.float64),
        (float(wanted.worth), float(wanted.excess), float(wanted.fine)),
        (wanted.limit, wanted.a_root, wanted.steps, wanted.may_strand, roots),
    )
    return Columns(masks, border, excess, bool(is_complete), int(steps))


def members_of(masks: np.ndarray, count: int) -> np.ndarray:
    """
    Spell masks out.

    Parameters
    ----------
    masks
        (m,) bit i is node i.
    count
        How many nodes there are.

    Returns
    -------
    members
        (m, count) truth values.
    """
    bits = np.arange(count, dtype=np.uint64)
    return (masks[:, None] >> bits[None, :]) & np.uint64(1) == 1


def masks_of(labels: np.ndarray) -> np.ndarray:
    """
    Write the parts of a division as masks.

    Parameters
    ----------
    labels
        (n,) part of each node, 0 … k-1; n is at most 64.

    Returns
    -------
    masks
        (k,) bit i is node i.
    """
    masks = [0] * (int(labels.max(initial=-1)) + 1)
    for node, label in enumerate(labels.tolist()):
        masks[label] |= 1 << node
    return np.array(masks, np.uint64)
