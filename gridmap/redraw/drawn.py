"""A redrawn plan drawn up again: with shapes, reasons and borders, as planning gives it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridmap.errors import RefusedError
from gridmap.messages import Message
from gridmap.plan.drawing import Division, Drawing
from gridmap.plan.metrics import count_split, measure_borders
from gridmap.plan.model import MICROGRIDS, CommunityPlan, Objective
from gridmap.plan.partition import Weights, renumber, score_division
from gridmap.plan.polygons import dissolve_cells
from gridmap.plan.present import Heritage
from gridmap.plan.proof import Assurance
from gridmap.plan.reasons import is_proven
from gridmap.plan.zoning import zone_ground
from gridmap.redraw.terrain import NO_COMPOUND_FITS

if TYPE_CHECKING:
    from gridmap.ground.adjacency import Ground
    from gridmap.redraw.desk import Desk
    from gridmap.redraw.plan import Plan
    from gridmap.schema import Community


def draw_plan(
    desk: Desk, plan: Plan, community: Community, ground: Ground, *, first: Plan
) -> CommunityPlan:
    """
    Draw a redrawn plan up.

    Parameters
    ----------
    desk, plan
        What was redrawn.
    community, ground
        What its terrain was surveyed from.
    first
        The plan it started from: whoever is in another grid now has moved.

    Returns
    -------
    drawn
        As :func:`gridmap.pipeline.plan_community` gives it. A grid out of the rule without a
        proven cause says that it was drawn so by hand.

    Raises
    ------
    RefusedError
        If the ground is not that of the terrain, because layers or software are others now.
    """
    terrain = desk.terrain
    cells = ground.cells.geometry.to_numpy()
    is_same = len(cells) == len(terrain.cells)
    if not is_same or not shapely.equals_identical(cells, terrain.cells).all():
        raise RefusedError(Message("redraw.other_ground", {"community": str(community.code)}))
    division = _division(desk, plan, community, ground)
    numbers = np.unique(plan.number_of)
    cards = [plan.cards[number] for number in numbers.tolist()]
    moved = int(terrain.loads[plan.number_of != first.number_of, 0].sum())
    heritage = Heritage(
        numbers=numbers,
        names=np.array([card.name for card in cards], object),
        is_kept=np.zeros(len(numbers), bool),
        is_locked=np.array([card.is_locked for card in cards], bool),
        moved_households=moved,
    )
    areas = dissolve_cells(cells, division.grid_of)
    codes = [desk.code(number) for number in numbers.tolist()]
    drawing = Drawing(community, ground, division, division.grid_of, areas, codes, heritage)
    borders = measure_borders(ground, division.grid_of)
    grids = drawing.grids(borders)
    grids["reason"] = [_said(line) for line in grids["reason"]]
    return CommunityPlan(
        community=community.code,
        grids=grids,
        assignment=drawing.assignment(),
        microgrids=MICROGRIDS.empty(community.crs),
        faults=(*drawing.ties(), *drawing.linked_grids()),
        border_m=borders.total_m,
        clear_m=borders.total_clear_m,
        cut_cost=borders.cut_cost,
        split_compounds=count_split(division.grid_of, division.zoning.compound),
        objective=_objective(desk, division, moved),
        seconds={},
        moved_households=moved,
    )


def _division(desk: Desk, plan: Plan, community: Community, ground: Ground) -> Division:
    """Give the redrawn plan the form in which plans are drawn; its atoms are plots."""
    fine = zone_ground(ground, community, replace(desk.window, high=NO_COMPOUND_FITS))
    grid_of = np.searchsorted(np.unique(plan.number_of), plan.number_of)
    labels = grid_of[: len(fine.graph)]
    cells = grid_of[desk.terrain.plot_of_cell]
    nothing: dict[int, int] = {}
    return Division(
        zoning=fine,
        window=desk.window,
        grid_of=cells,
        present=None,
        kept=nothing,
        is_cut_short=False,
        assurance=Assurance(renumber(labels)),
    )


def _objective(desk: Desk, division: Division, moved: int) -> Objective:
    weights = Weights.of(desk.rules)
    graph, labels = division.zoning.graph, division.assurance.labels
    score = score_division(graph, labels, division.window, weights)
    return Objective(score.cut, score.size, score.shape, score.split, weights.moved * moved)


def _said(line: str) -> str:
    """Keep a reason that is proven; in place of a search that failed, name the planner."""
    if not line or is_proven(Message.from_json(line)):
        return line
    return Message("plan.drawn_by_hand").to_json()
