"""
Every part a plan could be made of: the connected sets of nodes inside the rule.

A graph of at most 64 nodes is a row of bits, and so is each set.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.compiled import warm
from gridmap.plan.partition.graph import Graph
from gridmap.plan.partition.net import net_of
from gridmap.plan.partition.objective import Weights, rule_of
from gridmap.plan.partition.window import Window
from gridmap.plan.proof.enumeration import enumerate_sets
from gridmap.plan.proof.field import Field, fits_some_number, price_set

if TYPE_CHECKING:
    from gridmap.plan.partition.objective import Rule

MOST_NODES: Final = 64
"""As many as a mask has bits."""


@dataclass(frozen=True, slots=True)
class Columns:
    """
    Connected sets of nodes, and what they cost.

    `masks` (m,) has bit i set where node i is in the set; `cost` (m,) is half the price of the
    edges that leave it and what it costs beside them; `excess` (m,) its households outside the
    window. `is_complete` is whether all sets that were asked for are listed; `steps` is how many
    branches were looked at.
    """

    masks: np.ndarray
    cost: np.ndarray
    excess: np.ndarray
    is_complete: bool
    steps: int

    def __len__(self) -> int:
        return len(self.masks)

    def members(self, count: int) -> np.ndarray:
        """Spell the sets out as truth values of shape (m, `count`)."""
        return members_of(self.masks, count)


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    Which connected sets are wanted.

    Those at most `excess` households outside the window whose price is at most `worth` above what
    their nodes earn. The price is the cost plus `fine` for each household outside the window;
    `earnings` (n,) are by node. No more than `limit` sets are listed, `a_root` with the same lowest
    node, and no more than `steps` branches looked at. Unless `may_strand`, sets are left out that
    leave ground behind which no number of parts could share. Sets hold one of the first `roots`
    nodes, if that is a number.
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


def field_of(
    graph: Graph, rule: Rule, *, cut: float = 1.0, beyond: np.ndarray | None = None
) -> Field:
    """
    Make a graph ready for listing its connected sets.

    Parameters
    ----------
    graph
        At most 64 nodes.
    rule
        The bounds; a node above one counts as the bound, so that it is forgiven.
    cut
        What the price of an edge is multiplied by.
    beyond
        (n,) which nodes have neighbours that the graph leaves out; None if there are none.

    Returns
    -------
    field
        The same graph.
    """
    net = net_of(graph, rule.high, cut)
    count = len(graph)
    neighbours, weights, length = [0] * count, np.zeros((count, count)), np.zeros((count, count))
    for first, second in zip(net.first.tolist(), net.second.tolist(), strict=True):
        neighbours[first] |= 1 << second
        neighbours[second] |= 1 << first
    for one, other in ((net.first, net.second), (net.second, net.first)):
        np.add.at(weights, (one, other), net.cost / 2)
        np.add.at(length, (one, other), net.length)
    rim = 0 if beyond is None else sum(1 << int(node) for node in np.flatnonzero(beyond))
    return Field(
        np.array(neighbours, np.uint64),
        weights,
        net.loads,
        np.uint64(rim),
        net.area,
        net.outline,
        length,
        net.group,
    )


def list_columns(field: Field, rule: Rule, wanted: Wanted) -> Columns:
    """
    List the connected sets of nodes that are wanted.

    Parameters
    ----------
    field
        The graph.
    rule
        What a part may hold, and what it costs beside its border. A set that holds one of the open
        nodes may grow beyond the graph, so the lower bounds do not count for it.
    wanted
        Which sets.

    Returns
    -------
    columns
        Each set once, in an order that depends on nothing but the arguments.
    """
    warm_up()
    return _list(field, rule, wanted)


def price_parts(field: Field, rule: Rule, masks: np.ndarray) -> np.ndarray:
    """
    Say what parts cost: half their border, and what counts beside it.

    Parameters
    ----------
    field, rule
        The graph and the weights.
    masks
        (m,) bit i is node i.

    Returns
    -------
    points
        (m,) not negative.
    """
    warm_up()
    held = members_of(masks, len(field.loads)) @ field.loads[:, 0]
    priced = [price_set(mask, field, rule, load) for mask, load in zip(masks, held, strict=True)]
    return np.array(priced, float)


@cache
def warm_up() -> None:
    """List the sets of a pair, once a process, while no other process compiles."""
    pair = Graph(np.array([2, 2]), np.array([2, 2]), np.array([0]), np.array([1]), np.ones(1))
    rule = rule_of(Window(1, 4, 4), Weights())
    with warm():
        field = field_of(pair, rule)
        _list(field, rule, Wanted(np.zeros(2), may_strand=False))
        price_set(np.uint64(1), field, rule, 1.0)
        fits_some_number(field.loads[0], field.loads[1], rule)


def _list(field: Field, rule: Rule, wanted: Wanted) -> Columns:
    count = len(field.loads)
    roots = count if wanted.roots is None else min(wanted.roots, count)
    masks, cost, excess, is_complete, steps = enumerate_sets(
        field,
        rule,
        np.ascontiguousarray(wanted.earnings, np.float64),
        (float(wanted.worth), float(wanted.excess), float(wanted.fine)),
        (wanted.limit, wanted.a_root, wanted.steps, wanted.may_strand, roots),
    )
    return Columns(masks, cost, excess, bool(is_complete), int(steps))


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
