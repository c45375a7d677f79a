"""Cuts: a grid split by a line, along a barrier or evenly, and a border shifted to a barrier."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gridmap.errors import RefusedError
from gridmap.messages import Message
from gridmap.plan.partition import Search, Weights, partition
from gridmap.plan.zoning import components
from gridmap.redraw.desk import change_plots, require_grids
from gridmap.redraw.parts import (
    dissolve_plots,
    graph_of,
    join_empty,
    make_whole,
    number_parts,
    weigh_plots,
)

if TYPE_CHECKING:
    from gridmap.redraw.desk import Desk, Redraw
    from gridmap.redraw.plan import Plan

EVENNESS: Final = (0.05, 0.1, 0.2, 0.35, 0.6)
"""By how much parts may differ from equal; the first at which so many are found is taken."""


def split_along_line(desk: Desk, plan: Plan, number: int, line: shapely.Geometry) -> Redraw:
    """
    Split a grid by a drawn line.

    Parameters
    ----------
    desk, plan
        What is redrawn.
    number
        Of the grid.
    line
        LineString in the metres of the terrain, from outside the grid to outside, or to itself.

    Returns
    -------
    redraw
        With the plan after it. A plot is on the side its deciding point lies on; the part with
        most households keeps the code.

    Raises
    ------
    RefusedError
        If the line does not divide the grid, or a hard rule would be broken.
    """
    require_grids(desk, plan, [number])
    plots, terrain = np.flatnonzero(plan.number_of == number), desk.terrain
    area = dissolve_plots(terrain, plan.number_of, number)
    noded = shapely.union_all([area.boundary, line])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    points = shapely.points(terrain.x[plots], terrain.y[plots])
    found = shapely.STRtree(faces).query_nearest(points, all_matches=False)
    side = np.zeros(len(plots), np.int64)
    side[found[0]] = found[1]
    part = make_whole(terrain, plots, side)
    return _split(desk, plan, plots, part, Message("redraw.line_divides_nothing"), "split_line")


def split_along_barrier(desk: Desk, plan: Plan, number: int, barrier: str) -> Redraw:
    """
    Split a grid along a barrier that runs through it.

    Parameters
    ----------
    desk, plan
        What is redrawn.
    number
        Of the grid.
    barrier
        Its name, or its kind where it has none.

    Returns
    -------
    redraw
        With the plan after it; the part with most households keeps the code.

    Raises
    ------
    RefusedError
        If the barrier does not divide the grid, or a hard rule would be broken.
    """
    require_grids(desk, plan, [number])
    plots = np.flatnonzero(plan.number_of == number)
    part = _sides_of(desk, plots, barrier)
    why = Message("redraw.barrier_divides_nothing", {"barrier": barrier})
    return _split(desk, plan, plots, part, why, "split_barrier")


def split_evenly(desk: Desk, plan: Plan, number: int, *, parts: int, seed: int = 0) -> Redraw:
    """
    Split a grid into parts with as many households each as can be.

    Parameters
    ----------
    desk, plan
        What is redrawn.
    number
        Of the grid.
    parts
        How many.
    seed
        What random choices come from.

    Returns
    -------
    redraw
        With the plan after it; the part with most households keeps the code.

    Raises
    ------
    RefusedError
        If no such division was found, or a hard rule would be broken.
    """
    require_grids(desk, plan, [number])
    plots = np.flatnonzero(plan.number_of == number)
    graph, mean = graph_of(desk.terrain, plots), desk.terrain.loads[plots, 0].sum() / max(parts, 1)
    why = Message("redraw.not_so_many", {"code": desk.code(number), "parts": parts})
    for share in EVENNESS if 1 < parts <= len(plots) else ():
        window = replace(
            desk.window,
            low=int(np.ceil(mean * (1 - share))),
            high=max(int(mean * (1 + share)), 1),
            cap=int(graph.persons.sum()) + 1,
            others=(),
        )
        weights = replace(Weights.of(desk.rules), target=mean)
        search = Search(window, np.random.default_rng(seed), weights=weights)
        part = partition(replace(graph, others=None), search)
        if part.max() + 1 == parts:
            return _split(desk, plan, plots, part, why, "split_evenly")
    raise RefusedError(why)


def shift_border(desk: Desk, plan: Plan, one: int, other: int, *, barrier: str) -> Redraw:
    """
    Shift the border between two grids to a barrier.

    Parameters
    ----------
    desk, plan
        What is redrawn.
    one, other
        Numbers of two grids.
    barrier
        Its name, or its kind where it has none.

    Returns
    -------
    redraw
        With the plan after it: each side of the barrier goes to the grid that most of its
        households are in.

    Raises
    ------
    RefusedError
        If the barrier does not divide the two, or a hard rule would be broken.
    """
    require_grids(desk, plan, [one, other])
    terrain = desk.terrain
    plots = np.flatnonzero(np.isin(plan.number_of, [one, other]))
    part = _sides_of(desk, plots, barrier)
    weight = weigh_plots(terrain, plots)
    is_one = plan.number_of[plots] == one
    ours = np.bincount(part, weight * is_one) >= np.bincount(part, weight * ~is_one)
    if ours.all() or not ours.any():
        fields = {"barrier": barrier}
        raise RefusedError(Message("redraw.barrier_divides_nothing", fields))
    side = make_whole(terrain, plots, np.where(ours[part], 0, 1))
    first = bool(ours[part[0]])  # parts are numbered as they appear
    to = np.where((side == 0) == first, one, other)
    return change_plots(desk, plan, plots, to, operation="shift_border")


def _sides_of(desk: Desk, plots: np.ndarray, barrier: str) -> np.ndarray:
    """Give each plot the side of a barrier it is on; sides that nobody lives on join others."""
    terrain, stretches = desk.terrain, desk.terrain.stretches
    along = (stretches.name == barrier) | ((stretches.name == "") & (stretches.kind == barrier))
    count = len(terrain)
    parted = stretches.first[along] * count + stretches.second[along]
    place = np.full(count, -1)
    place[plots] = np.arange(len(plots))
    borders = terrain.borders
    joined = borders.is_passable & (place[borders.first] >= 0) & (place[borders.second] >= 0)
    joined &= ~np.isin(borders.first * count + borders.second, parted)
    first, second = place[borders.first[joined]], place[borders.second[joined]]
    side = components(len(plots), first, second)
    return join_empty(terrain, plots, side)


def _split(
    desk: Desk, plan: Plan, plots: np.ndarray, part: np.ndarray, why: Message, operation: str
) -> Redraw:
    """Make grids of the parts of one, if there are two or more."""
    if not part.any():
        raise RefusedError(why)
    to = number_parts(desk, plan, plots, part)
    return change_plots(desk, plan, plots, to, operation=operation)
