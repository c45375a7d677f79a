"""
Why a part cannot be mended: pieces of which, in every division, some part is outside the window.

The surest and cheapest arguments come first. *Total*: ground shut in by nodes that fill a part by
themselves, with households that no number of parts could share. *Hinge*: a node through which all
else is reached, and which is too big for what must be left over behind it. *Neighbourhood*: all
connected sets around the part are listed, and no choice of them holds the part's nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from gridmap.plan.partition.objective import Weights, rule_of
from gridmap.plan.proof.columns import MOST_NODES, Wanted, field_of, list_columns, warm_up
from gridmap.plan.proof.field import fits_some_number

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph
    from gridmap.plan.partition.window import Window

REACHES: Final = (24, MOST_NODES)
"""Nodes of the neighbourhoods that are tried, the small one first."""

SETS: Final = 6_000
STEPS: Final = 1_000_000
SOLVER_NODES: Final = 2_000
INFEASIBLE: Final = 2


@dataclass(frozen=True, slots=True)
class Cause:
    """
    Nodes that no division keeps in the window.

    In every division into connected parts, some part that holds one of `nodes` is outside the
    window; ground without households is never named, it can go with anything. `kind` is the
    argument: total, hinge or neighbourhood. `hinge` is the node everything must go through, -1 for
    other arguments; `left_over` are the households that at least must join it.
    """

    kind: str
    nodes: np.ndarray
    hinge: int = -1
    left_over: int = 0


def find_cause(
    graph: Graph, window: Window, part: np.ndarray, *, is_quick: bool = False
) -> Cause | None:
    """
    Prove that a part outside the window cannot be mended.

    Parameters
    ----------
    graph
        Any graph.
    window
        What a part may hold.
    part
        The nodes of a part outside the window.
    is_quick
        Try the cheap arguments only, not the neighbourhood's.

    Returns
    -------
    cause
        Proven, and touching the part. None where no proof was found, which proves nothing.
    """
    warm_up()
    loose = np.flatnonzero(graph.households < window.high)
    part = np.intersect1d(part[graph.households[part] > 0], loose)
    if not len(part):
        return None
    rest = graph.part(loose)  # nothing with households can share a part with what fills one
    own = np.searchsorted(loose, part)
    component = rest.components()
    for piece in np.unique(component[own]).tolist():
        nodes = np.flatnonzero(component == piece)
        own_here = np.flatnonzero(np.isin(nodes, own))
        cause = _cause_within(rest.part(nodes), window, own_here, is_quick=is_quick)
        if cause is not None:
            names = loose[nodes]
            hinge = int(names[cause.hinge]) if cause.hinge >= 0 else -1
            return Cause(cause.kind, names[cause.nodes], hinge, cause.left_over)
    return None


def _cause_within(
    graph: Graph, window: Window, part: np.ndarray, *, is_quick: bool
) -> Cause | None:
    """Look for a cause in a connected graph."""
    rule, homes = rule_of(window, Weights()), np.flatnonzero(graph.households)
    loads = np.minimum(graph.loads(), rule.high)
    if not fits_some_number(loads[homes].sum(axis=0), loads.sum(axis=0), rule):
        return Cause("total", homes)
    cause = _hinge(graph, window, part)
    return cause if cause or is_quick else _neighbourhood(graph, window, part)


def _hinge(graph: Graph, window: Window, part: np.ndarray) -> Cause | None:
    """Look for one node, in the part or beside it, that what lies behind it does not fit with."""
    inside = np.zeros(len(graph), bool)
    inside[part] = True
    beside = inside.copy()
    beside[graph.second[inside[graph.first]]] = True
    beside[graph.first[inside[graph.second]]] = True
    for hinge in np.flatnonzero(beside & (graph.households > 0)).tolist():
        others = np.delete(np.arange(len(graph)), hinge)
        pieces = graph.part(others).components()
        homes = np.bincount(pieces, graph.households[others]).astype(np.int64)
        left = np.array([_left_over(int(each), window) for each in homes], np.int64)
        near = np.bincount(pieces, inside[others]) > 0
        order = np.lexsort((-left, ~near))
        weight = graph.households[hinge] + np.cumsum(left[order])
        enough = int(np.searchsorted(weight, window.high, side="right")) + 1
        if enough <= len(order) and (near[order[0]] or inside[hinge]):
            guilty = order[:enough][left[order[:enough]] > 0]
            behind = np.isin(pieces, guilty) & (graph.households[others] > 0)
            nodes = np.sort(np.append(others[behind], hinge))
            return Cause("hinge", nodes, hinge, int(left[guilty].sum()))
    return None


def _left_over(households: int, window: Window) -> int:
    """Say how many households, at the least, no parts inside the window can take."""
    if not window.low:
        return 0
    most_parts = floor(households / window.low)
    return max(0, households - most_parts * window.high)


def _neighbourhood(graph: Graph, window: Window, part: np.ndarray) -> Cause | None:
    """Try all connected sets around the part: for the part's nodes, then for all that are near."""
    for reach in REACHES:
        if len(part) > reach:
            continue
        near = _nearest(graph, part, reach)
        outside = np.ones(len(graph), bool)
        outside[near] = False
        is_open = np.zeros(len(graph), bool)
        is_open[graph.first[outside[graph.second]]] = True
        is_open[graph.second[outside[graph.first]]] = True
        region = graph.part(near)
        rule = rule_of(window, Weights())
        field = field_of(region, rule, beyond=is_open[near])
        for roots in (len(part), len(near)):
            wanted = Wanted(np.zeros(len(near)), limit=SETS, steps=STEPS, roots=roots)
            columns = list_columns(field, rule, wanted)
            core = np.flatnonzero(region.households[:roots])
            if columns.is_complete and _is_impossible(columns.members(len(near)), core):
                core = _shrunk(columns.members(len(near)), core)
                return Cause("neighbourhood", np.sort(near[core]))
        if len(near) == len(graph):
            break
    return None


def _nearest(graph: Graph, part: np.ndarray, reach: int) -> np.ndarray:
    """Give the part's nodes and then those around it, nearest first, `reach` in all."""
    beside = graph.matrix(np.ones(len(graph.first)))
    found, ring = part.tolist(), part
    seen = np.zeros(len(graph), bool)
    seen[part] = True
    while len(ring) and len(found) < reach:
        ring = np.unique(beside[ring].indices)
        ring = ring[~seen[ring]]
        seen[ring] = True
        found += ring.tolist()
    return np.array(found[:reach])


def _shrunk(members: np.ndarray, core: np.ndarray) -> np.ndarray:
    """Leave out of a core, the farthest nodes first, what it is impossible without."""
    bare = core[~members[:, core].any(axis=0)]
    if len(bare):
        return bare[:1]
    for node in core[::-1].tolist():
        fewer = core[core != node]
        if _is_impossible(members, fewer):
            core = fewer
    return core


def _is_impossible(members: np.ndarray, core: np.ndarray) -> bool:
    """Is there no choice of disjoint sets that holds each node of the core."""
    if not members[:, core].any(axis=0).all():
        return True
    if not len(core):
        return False
    useful = members[members[:, core].any(axis=1)]
    lower = np.zeros(members.shape[1])
    lower[core] = 1
    solved = milp(
        np.zeros(len(useful)),
        constraints=LinearConstraint(csr_array(useful.T.astype(float)), lower, 1),
        integrality=np.ones(len(useful)),
        bounds=Bounds(0, 1),
        options={"node_limit": SOLVER_NODES},
    )
    return bool(solved.status == INFEASIBLE)
