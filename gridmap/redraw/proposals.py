"""Proposals: grids out of the rule repaired with few moves, and a selection drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridmap.plan.partition import Search, Weights, renumber
from gridmap.plan.repair import redraw, repair
from gridmap.plan.zoning import components
from gridmap.redraw.desk import change_plots, require_grids
from gridmap.redraw.parts import graph_of, number_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gridmap.plan.partition import Graph
    from gridmap.redraw.desk import Desk, Redraw
    from gridmap.redraw.plan import Plan

    Divide = Callable[[Graph, np.ndarray, Search], np.ndarray]


def repair_grids(
    desk: Desk, plan: Plan, *, seed: int = 0, deadline_s: float = float("inf")
) -> Redraw:
    """
    Bring grids that break the rule back into it with few moves.

    Parameters
    ----------
    desk, plan
        What is redrawn; locked grids are not touched.
    seed
        What random choices come from.
    deadline_s
        On the monotonic clock: when to stop.

    Returns
    -------
    redraw
        With the plan after it.

    Raises
    ------
    RefusedError
        If nothing is out of the rule, or nothing can be done about it.
    """
    numbers = [number for number, card in plan.cards.items() if not card.is_locked]
    search = _search(desk, seed, deadline_s)
    return _divided_anew(desk, plan, numbers, search, divide=repair, operation="repair")


def replan_grids(
    desk: Desk,
    plan: Plan,
    numbers: Collection[int],
    *,
    seed: int = 0,
    deadline_s: float = float("inf"),
) -> Redraw:
    """
    Draw some grids anew, and no others.

    Parameters
    ----------
    desk, plan
        What is redrawn.
    numbers
        Of the grids, none of them locked.
    seed
        What random choices come from.
    deadline_s
        On the monotonic clock: when to stop.

    Returns
    -------
    redraw
        With the plan after it.

    Raises
    ------
    RefusedError
        If a grid is locked, or the best division found is the one there is.
    """
    require_grids(desk, plan, numbers)
    search = _search(desk, seed, deadline_s)
    return _divided_anew(desk, plan, numbers, search, divide=redraw, operation="replan")


def _search(desk: Desk, seed: int, deadline_s: float) -> Search:
    dice = np.random.default_rng(seed)
    return Search(desk.window, dice, deadline_s, Weights.of(desk.rules))


def _divided_anew(
    desk: Desk,
    plan: Plan,
    numbers: Collection[int],
    search: Search,
    *,
    divide: Divide,
    operation: str,
) -> Redraw:
    plots = np.flatnonzero(np.isin(plan.number_of, list(numbers)) & ~desk.terrain.is_fixed)
    before = plan.number_of[plots]
    if not len(plots):
        return change_plots(desk, plan, plots, before, operation=operation)
    graph = graph_of(desk.terrain, plots)
    part = divide(graph, _pieces(graph, before), search)
    to = number_parts(desk, plan, plots, part)
    ended = set(np.unique(before).tolist()) - set(np.unique(to).tolist())
    return change_plots(desk, plan, plots, to, operation=operation, ends=ended)


def _pieces(graph: Graph, number: np.ndarray) -> np.ndarray:
    """Tell the pieces of grids apart: a part is always in one piece."""
    same = number[graph.first] == number[graph.second]
    return renumber(components(len(number), graph.first[same], graph.second[same]))
