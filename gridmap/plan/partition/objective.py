"""
The objective: what a division costs, in points, as one formula.

    J = Σ cut edges w_cut · metres · price of what lies there
      + Σ parts     w_size  · ((households - target) / half the band)²
      + Σ parts     w_shape · (perimeter² / (4π · area) - 1)
      +             w_split · (pieces of divided compounds beyond the first)

and, outside the search, `w_moved` for every household that changes grid. What is out of the
window comes before all of it: one household there weighs more than any border. Every term is a
sum over edges or over parts, so that a change is judged by the parts it touches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridmap.compiled import compiled

if TYPE_CHECKING:
    from gridmap.plan.partition.window import Window
    from gridmap.rules import Rules

EXCESS_PRICE = 1e5
"""Points for one household out of the window: more than any border is worth."""

SNAKE = 60.0
"""A shape is not worse than this: beyond, it is ground that is cut up, not a grid."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each term of the objective counts for."""

    cut: float = 1.0
    target: float = 400.0
    size: float = 0.0
    shape: float = 0.0
    split: float = 0.0
    moved: float = 0.0

    @classmethod
    def of(cls, rules: Rules) -> Weights:
        """Take the weights from the rule."""
        return cls(
            cut=rules.weight_cut,
            target=rules.target,
            size=rules.weight_size,
            shape=rules.weight_shape,
            split=rules.weight_split,
            moved=rules.weight_moved,
        )


class Rule(NamedTuple):
    """Window and weights as compiled code reads them; arrays have one entry a load."""

    low: np.ndarray
    high: np.ndarray
    unit: np.ndarray  # what one of a load out of the window counts for, in households
    target: float
    span: float
    size: float
    shape: float
    split: float


def rule_of(window: Window, weights: Weights) -> Rule:
    """
    Put a window and weights into the form that compiled code reads.

    Parameters
    ----------
    window
        The bounds of every load.
    weights
        The points.

    Returns
    -------
    rule
        Households first.
    """
    low, high = window.bounds()
    size = np.where(np.isfinite(high), high, low)  # of a band without an upper end, its lower one
    unit = np.maximum(high[0], 1.0) / np.maximum(size, 1.0)
    span = max((high[0] - low[0]) / 2, 1.0)
    return Rule(
        low,
        high,
        unit,
        float(weights.target),
        float(span),
        float(weights.size),
        float(weights.shape),
        float(weights.split),
    )


@compiled
def out_of(rule: Rule, kind: int, load: float, parts: float) -> float:
    """
    Count how far one load is outside the window of so many parts, in households.

    Parameters
    ----------
    rule
        Bounds and units.
    kind
        Which load.
    load
        What the parts hold of it together.
    parts
        How many.

    Returns
    -------
    excess
        0 inside.
    """
    under, over = parts * rule.low[kind] - load, load - parts * rule.high[kind]
    return rule.unit[kind] * max(0.0, under, over)


@compiled
def excess_of(rule: Rule, load: np.ndarray) -> float:
    """
    Count how far a part is outside the window, in households.

    Parameters
    ----------
    rule
        Bounds and units.
    load
        (L,) what the part holds; single nodes above a bound count as the bound.

    Returns
    -------
    excess
        0 inside.
    """
    out = 0.0
    for kind in range(len(load)):
        out += out_of(rule, kind, load[kind], 1.0)
    return out


@compiled
def points_of(
    rule: Rule, households: float, area_m2: float, perimeter_m: float, groups: float
) -> float:
    """
    Give the points of one part, without its border.

    Parameters
    ----------
    rule
        The weights.
    households, area_m2, perimeter_m
        Of the part; no area, no shape.
    groups
        How many divided compounds it has a piece of.

    Returns
    -------
    points
        Not negative.
    """
    points = size_points(rule, households) + rule.split * groups
    return points + shape_points(rule, area_m2, perimeter_m)


@compiled
def size_points(rule: Rule, households: float) -> float:
    """
    Give the points for being off the target.

    Parameters
    ----------
    rule
        The weights.
    households
        Of the part.

    Returns
    -------
    points
        The weight where the part is half the band off.
    """
    off = (households - rule.target) / rule.span
    return rule.size * off * off


@compiled
def shape_points(rule: Rule, area_m2: float, perimeter_m: float) -> float:
    """
    Give the points for being no circle.

    Parameters
    ----------
    rule
        The weights.
    area_m2, perimeter_m
        Of the part; no area, no shape.

    Returns
    -------
    points
        0 for a circle.
    """
    if area_m2 <= 0.0 or rule.shape <= 0.0:
        return 0.0
    return rule.shape * min(perimeter_m**2 / (4 * np.pi * area_m2) - 1.0, SNAKE)


@compiled
def shortage_of(rule: Rule, load: np.ndarray) -> float:
    """
    Say how far out of the window some part of this much must be, however well it is cut.

    Parameters
    ----------
    rule
        The bounds.
    load
        (L,) what is to be shared out.

    Returns
    -------
    shortage
        In households; 0 where some number of parts could hold it, were it in single homes.
    """
    fewest = 1.0
    for kind in range(len(load)):
        fewest = max(fewest, np.ceil(load[kind] / rule.high[kind] - 1e-9))
    best = np.inf
    for parts in (fewest, fewest - 1.0):
        if parts >= 1.0:
            out = 0.0
            for kind in range(len(load)):
                out += out_of(rule, kind, load[kind], parts)
            best = min(best, out)
    return best
