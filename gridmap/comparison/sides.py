"""The two sides of a comparison: in which grid every building is, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.crs import require_metric
from gridmap.errors import CrsError, InputError
from gridmap.messages import Message
from gridmap.plan.model import ASSIGNMENT, DRAWN_GRIDS
from gridmap.schema import Count, Fault, Table, Text, require

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

NOWHERE: Final = ""
"""The code of no grid: where a building is that only the other plan knows, or that lies in none."""

BUILDING_MOVES: Final = Table(
    "buildings",
    "building_id",
    {
        "change": Text,  # stays, moved, recoded, appeared, disappeared, gained, lost
        "old_code": Text,
        "new_code": Text,
        "old_ground": Text,  # as old_code, but where there is none the grid on whose ground it is
        "new_ground": Text,
        "old_worker": Text,
        "new_worker": Text,
        "households_before": Count,
        "households_after": Count,
        "persons_before": Count,
        "persons_after": Count,
    },
    ("Point",),
)


@dataclass(frozen=True, slots=True, eq=False)
class DrawnPlan:
    """A plan as far as it is compared: its `DRAWN_GRIDS` and its `ASSIGNMENT`, in metres."""

    grids: GeoDataFrame
    assignment: GeoDataFrame


def require_comparable(old: DrawnPlan, new: DrawnPlan) -> None:
    """
    Refuse plans that cannot be compared.

    Parameters
    ----------
    old, new
        Two plans.

    Raises
    ------
    MissingColumnError
        If a frame does not fit its table.
    CrsError
        If a frame is not in metres, or not in the CRS of the others.
    InputError
        If a code or a building is there twice, or the plans have no building in common.
    """
    for plan in (old, new):
        for frame, table in ((plan.grids, DRAWN_GRIDS), (plan.assignment, ASSIGNMENT)):
            require_metric(require(frame, table))
            if frame.crs != new.grids.crs:
                raise CrsError(Message("compare.two_crs"))
            twice = frame.index[frame.index.duplicated()]
            if len(twice):
                raise InputError(_fault("plan_doubled", id=str(twice[0])))
    is_empty = not len(old.assignment) and not len(new.assignment)
    if not is_empty and old.assignment.index.intersection(new.assignment.index).empty:
        raise InputError(_fault("plans_apart"))


def pair_buildings(old: DrawnPlan, new: DrawnPlan) -> GeoDataFrame:
    """
    Say of every building of either plan in which grid it is in both.

    Parameters
    ----------
    old, new
        That can be compared.

    Returns
    -------
    buildings
        `BUILDING_MOVES` in the order of the new plan, then those only the old one has, with their
        points. `change` is `appeared` or `disappeared` where only one plan has the building,
        `gained` or `lost` where only one has it in a grid; where both have, it is `stays` until
        it is known which grid goes on as which.
    """
    index = new.assignment.index.union(old.assignment.index, sort=False)
    before, after = (plan.assignment.reindex(index) for plan in (old, new))
    points = after.geometry.where(after.geometry.notna(), before.geometry)
    codes = {
        "old": _codes(before["grid_code"], old.grids),
        "new": _codes(after["grid_code"], new.grids),
    }
    columns: dict[str, object] = {}
    for when, plan in (("old", old), ("new", new)):
        code, worker = codes[when], plan.grids["worker"]
        at = code.copy()
        lost = np.flatnonzero(code == NOWHERE)
        at[lost] = locate_points(points.to_numpy()[lost], plan.grids)
        columns |= {f"{when}_code": code, f"{when}_ground": at}
        columns[f"{when}_worker"] = worker.reindex(code).fillna("").to_numpy(object)
    for measure in ("households", "persons"):
        for when, frame in (("before", before), ("after", after)):
            columns[f"{measure}_{when}"] = frame[measure].fillna(0).to_numpy(np.int64)
    columns["change"] = np.select(
        [
            ~index.isin(old.assignment.index),
            ~index.isin(new.assignment.index),
            (codes["old"] == NOWHERE) & (codes["new"] != NOWHERE),
            (codes["old"] != NOWHERE) & (codes["new"] == NOWHERE),
        ],
        ["appeared", "disappeared", "gained", "lost"],
        "stays",
    )
    index = pd.Index(index, name=BUILDING_MOVES.index)
    frame = gpd.GeoDataFrame(columns, index=index, geometry=points.to_numpy(), crs=old.grids.crs)
    frame = frame[[*BUILDING_MOVES.columns, "geometry"]]
    return frame.astype(dict(BUILDING_MOVES.columns))


def locate_points(points: np.ndarray, grids: GeoDataFrame) -> np.ndarray:
    """
    Give the code of the grid each point lies in.

    Parameters
    ----------
    points
        (n,) Points in the CRS of the grids.
    grids
        `DRAWN_GRIDS`.

    Returns
    -------
    codes
        (n,) text; of a point on a line the first code in order, "" outside all grids.
    """
    found = np.full(len(points), NOWHERE, object)
    order = np.argsort(grids.index.to_numpy(object).astype(str), kind="stable")
    point, grid = shapely.STRtree(grids.geometry.to_numpy()[order]).query(
        points, predicate="intersects"
    )
    best = np.full(len(points), len(grids))
    np.minimum.at(best, point, grid)
    codes = np.append(grids.index.to_numpy(object)[order], NOWHERE)
    found[:] = codes[best]
    return found


def _codes(said: pd.Series[str], grids: GeoDataFrame) -> np.ndarray:
    """Give the code of each building, where the plan has a grid of that code."""
    known = said.isin(grids.index)
    return np.where(known, said.fillna(NOWHERE).to_numpy(object), NOWHERE)


def _fault(kind: str, **fields: str) -> Fault:
    return Fault("plan", None, kind, "refused", fields)
