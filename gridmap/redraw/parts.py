"""Parts of ground that follow on grids: made whole, and given the numbers they inherit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gridmap.codes import number_from_northwest
from gridmap.plan.partition import Graph, Shape, renumber
from gridmap.plan.zoning import components

if TYPE_CHECKING:
    from gridmap.redraw.desk import Desk
    from gridmap.redraw.plan import Plan
    from gridmap.redraw.terrain import Terrain

LITTLE: Final = 1.0
"""All ground together counts for less than one household: it decides where nobody lives."""


def graph_of(terrain: Terrain, plots: np.ndarray) -> Graph:
    """
    Give some plots as the partition wants them.

    Parameters
    ----------
    terrain
        Of the community.
    plots
        (k,) positions, in order.

    Returns
    -------
    graph
        A node a plot; edges where one can walk across.
    """
    place = np.full(len(terrain), -1)
    place[plots] = np.arange(len(plots))
    borders = terrain.borders
    inside = borders.is_passable & (place[borders.first] >= 0) & (place[borders.second] >= 0)
    held = borders.only(inside)
    first, second = place[held.first], place[held.second]
    outline_m = terrain.perimeter_m[plots].copy()
    for end in (first, second):
        outline_m -= np.bincount(end, held.length_m, len(plots))
    loads = terrain.loads[plots]
    return Graph(
        loads[:, 0],
        loads[:, 1],
        first,
        second,
        held.cut_cost,
        shape=Shape(terrain.area_m2[plots], np.maximum(outline_m, 0.0), held.length_m),
        others=loads[:, 2:] if loads.shape[1] > 2 else None,  # noqa: PLR2004
        group=terrain.compound[plots],
    )


def weigh_plots(terrain: Terrain, plots: np.ndarray) -> np.ndarray:
    """
    Weigh plots by who lives there, and by their ground where nobody does.

    Parameters
    ----------
    terrain
        Of the community.
    plots
        (k,) positions.

    Returns
    -------
    weight
        (k,) in households; all ground together weighs less than one.
    """
    ground = LITTLE * terrain.area_m2[plots] / (terrain.area_m2.sum() + 1.0)
    return terrain.loads[plots, 0] + ground


def make_whole(terrain: Terrain, plots: np.ndarray, part: np.ndarray) -> np.ndarray:
    """
    Let every part be one piece: what does not hang together goes to what it touches most.

    Parameters
    ----------
    terrain
        Of the community.
    plots
        (k,) that hang together.
    part
        (k,) of each.

    Returns
    -------
    part
        (k,) numbered as they appear. Of each part the piece with most households stays, of
        equals the one with most ground.
    """
    graph = graph_of(terrain, plots)
    weight = weigh_plots(terrain, plots)
    part = renumber(part)
    while True:
        same = part[graph.first] == part[graph.second]
        piece = components(len(plots), graph.first[same], graph.second[same])
        heavy = np.bincount(piece, weight)
        owner = np.zeros(len(heavy), np.int64)
        owner[piece] = part
        order = np.lexsort((np.arange(len(heavy)), -heavy, owner))
        chief = order[np.unique(owner[order], return_index=True)[1]]
        loose = ~np.isin(piece, chief)
        if not loose.any():
            return renumber(part)
        part = _joined(graph, part, piece, loose)


def join_empty(terrain: Terrain, plots: np.ndarray, part: np.ndarray) -> np.ndarray:
    """
    Let parts that nobody lives in join a part they touch.

    Parameters
    ----------
    terrain
        Of the community.
    plots
        (k,) the ground.
    part
        (k,) of each; every part is in one piece.

    Returns
    -------
    part
        (k,) numbered as they appear; as before where nobody lives anywhere.
    """
    graph = graph_of(terrain, plots)
    part = renumber(part)
    while True:
        empty = np.bincount(part, graph.households) == 0
        joined = renumber(_joined(graph, part, part, empty[part]))
        if empty.all() or len(np.unique(joined)) == len(empty):
            return part
        part = joined


def _joined(graph: Graph, part: np.ndarray, piece: np.ndarray, loose: np.ndarray) -> np.ndarray:
    """Give each loose piece to the part that it shares most border with."""
    assert graph.shape is not None  # noqa: S101 (terrain has shapes)
    ends = np.concatenate([graph.first, graph.second])
    others = np.concatenate([graph.second, graph.first])
    metres = np.tile(graph.shape.length_m, 2)
    out = loose[ends] & (piece[ends] != piece[others]) & ~loose[others]
    if not out.any():  # loose pieces touch only one another: let them go together
        out = loose[ends] & (piece[ends] != piece[others])
    table = np.zeros((int(piece.max()) + 1, int(part.max()) + 1))
    np.add.at(table, (piece[ends[out]], part[others[out]]), metres[out] + 1e-9)
    goes = table.sum(axis=1) > 0
    to = table.argmax(axis=1)
    return np.where(goes[piece] & loose, to[piece], part)


def number_parts(desk: Desk, plan: Plan, plots: np.ndarray, part: np.ndarray) -> np.ndarray:
    """
    Give parts the numbers of the grids they follow on.

    Parameters
    ----------
    desk, plan
        What is redrawn.
    plots
        (k,) the ground.
    part
        (k,) its new part, from 0.

    Returns
    -------
    to
        (k,) numbers. A grid hands its number to the part with most of its households; of several
        that would have the same part, the one with most households there. The others get the next
        free numbers, from the north-west on.
    """
    before, terrain = plan.number_of[plots], desk.terrain
    numbers, place = np.unique(before, return_inverse=True)
    weight = weigh_plots(terrain, plots)
    shares = np.zeros((int(part.max()) + 1, len(numbers)))
    np.add.at(shares, (part, place), weight)
    heir = np.full(len(shares), -1)
    for grid in np.argsort(-shares.max(axis=0), kind="stable").tolist():
        follower = int(shares[:, grid].argmax())
        if heir[follower] < 0:
            heir[follower] = grid
    number = np.where(heir >= 0, numbers[heir], 0)
    new = np.flatnonzero(heir < 0)
    middle = [
        np.bincount(part, terrain.area_m2[plots] * axis[plots]) for axis in (terrain.x, terrain.y)
    ]
    ground = np.bincount(part, terrain.area_m2[plots])
    number[new] = plan.issued + number_from_northwest(*(each[new] / ground[new] for each in middle))
    return number[part]


def dissolve_plots(terrain: Terrain, number_of: np.ndarray, number: int) -> shapely.Geometry:
    """
    Draw the ground of one grid.

    Parameters
    ----------
    terrain
        Of the community.
    number_of
        (n,) the grid of each plot.
    number
        Of the grid.

    Returns
    -------
    area
        Polygon, or MultiPolygon where the grid is in pieces, with every corner of its cells.
    """
    cells = terrain.cells[(number_of == number)[terrain.plot_of_cell]]
    return shapely.normalize(shapely.coverage_union_all(cells))
