"""Moves: buildings, drawn areas and whole grids go to another grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridmap.errors import RefusedError
from gridmap.messages import Message
from gridmap.redraw.desk import change_plots, require_grids
from gridmap.redraw.figures import count_grids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridmap.redraw.desk import Desk, Redraw
    from gridmap.redraw.plan import Plan


def move_plots(desk: Desk, plan: Plan, plots: np.ndarray, *, to: int) -> Redraw:
    """
    Move plots, with all who live there, to a grid.

    Parameters
    ----------
    desk, plan
        What is redrawn.
    plots
        Positions of plots.
    to
        Number of a grid.

    Returns
    -------
    redraw
        With the plan after it.

    Raises
    ------
    RefusedError
        If a hard rule would be broken, as of :func:`gridmap.redraw.desk.change_plots`.
    """
    require_grids(desk, plan, [to])
    return change_plots(desk, plan, plots, np.full(len(plots), to), operation="move")


def give_area(desk: Desk, plan: Plan, area: shapely.Geometry, *, to: int) -> Redraw:
    """
    Give all plots inside a drawn area to a grid, but for dedicated ground.

    Parameters
    ----------
    desk, plan
        What is redrawn.
    area
        Polygon or MultiPolygon in the metres of the terrain.
    to
        Number of a grid.

    Returns
    -------
    redraw
        With the plan after it. A plot is inside if the point is that decides where it belongs.

    Raises
    ------
    RefusedError
        If a hard rule would be broken, or nothing is inside.
    """
    terrain = desk.terrain
    require_grids(desk, plan, [to])
    inside = shapely.intersects_xy(area, terrain.x, terrain.y) & ~terrain.is_fixed
    plots = np.flatnonzero(inside)
    return change_plots(desk, plan, plots, np.full(len(plots), to), operation="give_area")


def swap_plots(desk: Desk, plan: Plan, one: np.ndarray, other: np.ndarray) -> Redraw:
    """
    Let plots of two grids change places in one step.

    Parameters
    ----------
    desk, plan
        What is redrawn.
    one, other
        Positions of plots, each of a single grid.

    Returns
    -------
    redraw
        With the plan after it.

    Raises
    ------
    RefusedError
        If a hard rule would be broken, or the plots are not of one grid each.
    """
    numbers = [np.unique(plan.number_of[plots]) for plots in (one, other)]
    if [len(each) for each in numbers] != [1, 1] or numbers[0] == numbers[1]:
        raise RefusedError(Message("redraw.swap_two"))
    to = np.concatenate([np.full(len(one), numbers[1][0]), np.full(len(other), numbers[0][0])])
    return change_plots(desk, plan, np.concatenate([one, other]), to, operation="swap")


def merge_grids(desk: Desk, plan: Plan, numbers: Sequence[int]) -> Redraw:
    """
    Make one grid of several.

    Parameters
    ----------
    desk, plan
        What is redrawn.
    numbers
        Of two grids or more.

    Returns
    -------
    redraw
        With the plan after it: the grid with most households keeps its code, of equals the one
        with the lowest; the others end.

    Raises
    ------
    RefusedError
        If a hard rule would be broken, or fewer than two grids are named.
    """
    require_grids(desk, plan, numbers)
    if len(set(numbers)) < 2:  # noqa: PLR2004
        raise RefusedError(Message("redraw.merge_two"))
    figures = count_grids(desk.terrain, plan.number_of, numbers, desk.window)
    kept = max(figures.values(), key=lambda grid: (grid.households, -grid.number)).number
    plots = np.flatnonzero(np.isin(plan.number_of, list(set(numbers) - {kept})))
    to = np.full(len(plots), kept)
    return change_plots(desk, plan, plots, to, operation="merge", ends=set(numbers) - {kept})
