"""Drawn plans to compare: from a desk where a plan was redrawn, or from rectangles."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridmap.comparison import DrawnPlan
from gridmap.plan.model import ASSIGNMENT, DRAWN_GRIDS
from gridmap.redraw.parts import dissolve_plots
from gridmap.redraw.plan import Plan
from gridmap.schema import Community, anchors
from tests import worlds
from tests.redraws import Table


def draw_plan(table: Table, plan: Plan, community: Community) -> DrawnPlan:
    """Draw a plan as it lies on the desk; grid 7 is worker w7's."""
    numbers, terrain = sorted(plan.cards), table.desk.terrain
    code = {number: str(table.desk.code(number)) for number in numbers}
    areas = {code[number]: dissolve_plots(terrain, plan.number_of, number) for number in numbers}
    held = community.buildings.loc[list(terrain.buildings)]
    return DrawnPlan(
        worlds.lay(
            DRAWN_GRIDS,
            areas,
            name=[plan.cards[number].name for number in numbers],
            worker=[f"w{number}" for number in numbers],
        ),
        worlds.lay(
            ASSIGNMENT,
            dict(zip(held.index, anchors(held), strict=True)),
            grid_code=[code[number] for number in plan.number_of[terrain.plot_of].tolist()],
            households=held["households"].tolist(),
            persons=held["persons"].tolist(),
        ),
    )


def draw_row(
    grids: Mapping[str, tuple[float, float]],
    houses: Mapping[str, tuple[float, int]] | None = None,
    *,
    names: Mapping[str, str] | None = None,
    workers: Mapping[str, str] | None = None,
) -> DrawnPlan:
    """
    Draw grids side by side, each from here to there, 100 m high.

    Houses are where they are and their households; without any there is one of 10 every 10 m up
    to 200 m. Each stands in the grid it lies in.
    """
    areas: dict[str, BaseGeometry] = {
        code: worlds.box(west, 0, east, 100) for code, (west, east) in grids.items()
    }
    stand = {f"h{n:02d}": (10.0 * n + 5, 10) for n in range(20)} if houses is None else houses
    code = {
        house: next((code for code, (west, east) in grids.items() if west < x < east), "")
        for house, (x, _) in stand.items()
    }
    return DrawnPlan(
        worlds.lay(
            DRAWN_GRIDS,
            areas,
            name=[(names or {}).get(code, "") for code in areas],
            worker=[(workers or {}).get(code, "") for code in areas],
        ),
        worlds.lay(
            ASSIGNMENT,
            {house: shapely.Point(worlds.at(x, 50)) for house, (x, _) in stand.items()},
            grid_code=[code[house] for house in stand],
            households=[households for _, households in stand.values()],
            persons=[2 * households for _, households in stand.values()],
        ),
    )


def jittered(plan: DrawnPlan, most_m: float, seed: int = 0) -> DrawnPlan:
    """Draw the outlines a second time, each corner up to `most_m` from where it was."""
    dice = np.random.default_rng(seed)

    def shake(corners: np.ndarray) -> np.ndarray:
        ways = dice.uniform(0, 2 * np.pi, len(corners))
        moved: np.ndarray = corners + most_m * np.column_stack([np.cos(ways), np.sin(ways)])
        return moved

    shapes = []
    for shape in plan.grids.geometry:
        ring = shapely.get_coordinates(shapely.segmentize(shape.exterior, 20.0))[:-1]
        shapes.append(shapely.Polygon(shake(ring)))
    return DrawnPlan(plan.grids.set_geometry(shapes, crs=plan.grids.crs), plan.assignment)
