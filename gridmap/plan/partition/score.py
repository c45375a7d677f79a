"""A division weighed: how far it is out of the window, and each term of the objective."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.partition.net import board_of, net_of
from gridmap.plan.partition.objective import Weights, rule_of, shape_points, size_points
from gridmap.plan.partition.warming import warm_up

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph
    from gridmap.plan.partition.window import Window


TINY: Final = 1e-6
"""Less than this out of the window is rounding."""


@dataclass(frozen=True, slots=True)
class Score:
    """Households out of the window, and the terms of the objective in points."""

    excess: float = 0.0
    cut: float = 0.0
    size: float = 0.0
    shape: float = 0.0
    split: float = 0.0

    @property
    def value(self) -> float:
        """The objective: all terms together."""
        return self.cut + self.size + self.shape + self.split


def excess_by_part(graph: Graph, labels: np.ndarray, window: Window) -> np.ndarray:
    """
    Tell how far each part is out of the window.

    Parameters
    ----------
    graph
        Any graph.
    labels
        (n,) part of each node, from 0.
    window
        The bounds. A node above a bound counts as the bound.

    Returns
    -------
    excess
        (k,) in households; 0 inside.
    """
    rule, count = rule_of(window, Weights()), int(labels.max(initial=-1)) + 1
    loads = np.minimum(graph.loads(), rule.high)
    held = np.column_stack([np.bincount(labels, load, count) for load in loads.T])
    return np.maximum(np.maximum(rule.low - held, held - rule.high), 0.0) @ rule.unit


def score_division(graph: Graph, labels: np.ndarray, window: Window, weights: Weights) -> Score:
    """
    Weigh a division.

    Parameters
    ----------
    graph
        Any graph.
    labels
        (n,) part of each node, from 0 without gaps.
    window, weights
        What a good division is.

    Returns
    -------
    score
        Term by term.
    """
    if not len(graph):
        return Score()
    warm_up()
    rule = rule_of(window, weights)
    net = net_of(graph, rule.high, weights.cut)
    board = board_of(net, rule, np.asarray(labels, np.int64))
    parts = int(labels.max()) + 1
    divided = int((board.members.sum(axis=1) > 0).sum())
    cut = labels[net.first] != labels[net.second]
    return Score(
        excess=float(excess_by_part(graph, labels, window).sum()),
        cut=float(net.cost[cut].sum()),
        size=sum(size_points(rule, held) for held in board.loads[:parts, 0]),
        shape=sum(map(shape_points, repeat(rule), board.area[:parts], board.perimeter[:parts])),
        split=float(rule.split * (board.groups.sum() - divided)),
    )
