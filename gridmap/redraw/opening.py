"""Opening a drawn plan for redrawing: from its table of grids to the grid of every plot."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridmap.errors import InputError
from gridmap.redraw.plan import Card, Plan
from gridmap.schema import Fault, GridCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geopandas import GeoDataFrame

    from gridmap.redraw.desk import Desk


def open_plan(
    desk: Desk, grids: GeoDataFrame, assignment: GeoDataFrame, *, given: Iterable[str] = ()
) -> Plan:
    """
    Lay a drawn plan of a community on the desk.

    Parameters
    ----------
    desk
        Of the community.
    grids
        `DRAWN_GRIDS` of this community, in the metres of the terrain; a column `locked`, where
        there is one, tells which are.
    assignment
        `ASSIGNMENT`, which may hold buildings of other communities too.
    given
        Codes of this community that are given out already: no new grid gets one of them, nor any
        below the highest.

    Returns
    -------
    plan
        A plot with a building is in the grid that is assigned to it, any other in the grid its
        deciding point lies in.

    Raises
    ------
    InputError
        If a code of the plan is not of this community, or a plot lies in no grid: then the plan
        was made of other layers.
    """
    codes = [str(code) for code in grids.index]
    numbers = np.array([_number(desk, code) for code in codes], np.int64)
    terrain = desk.terrain
    points = shapely.points(terrain.x, terrain.y)
    point, grid = shapely.STRtree(grids.geometry.to_numpy()).query(points, predicate="intersects")
    at = np.full(len(terrain), -1)
    at[point[::-1]] = grid[::-1]
    said = assignment["grid_code"].reindex(pd.Index(terrain.buildings))
    told = pd.Index(codes).get_indexer(pd.Index(said.astype(object)))
    known = told >= 0
    at[terrain.plot_of[known]] = told[known]
    if (at < 0).any():
        raise InputError(_fault("plan_of_other_layers", {"community": str(terrain.community)}))
    locked = grids["locked"] if "locked" in grids.columns else np.zeros(len(grids), bool)
    cards = {
        number: Card(str(name), bool(is_locked))
        for number, name, is_locked in zip(numbers.tolist(), grids["name"], locked, strict=True)
    }
    return Plan(numbers[at], cards, max([0, *numbers.tolist(), *_readable(desk, given)]))


def _readable(desk: Desk, codes: Iterable[str]) -> list[int]:
    """Give the numbers of codes; one of another profile is never made again anyway."""
    numbers = []
    for code in codes:
        with suppress(InputError):
            numbers.append(_number(desk, code))
    return numbers


def _number(desk: Desk, code: str) -> int:
    community, number = desk.profile.parse(GridCode(code))
    if community != desk.terrain.community:
        fields = {"code": code, "community": str(desk.terrain.community)}
        raise InputError(_fault("grid_of_other_community", fields))
    return number


def _fault(kind: str, fields: dict[str, str]) -> Fault:
    return Fault("grids", None, kind, "refused", fields)
