"""What a changed plan means for those who work with it: workers, notice boards, incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.comparison.sides import NOWHERE, locate_points
from gridmap.schema import Count, Table, Text

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame

VACANT: Final = ""

WORKER_CHANGES: Final = Table(
    "workers",
    "worker_id",  # "" are the vacancies
    {
        "old_grids": Text,  # codes, ", " between
        "new_grids": Text,
        "households_before": Count,
        "households_after": Count,
        "gained": Count,  # households that came from another worker or are new
        "lost": Count,
    },
)
BOARDS: Final = Table(
    "boards",
    "grid_code",
    {"action": Text, "reasons": Text},  # put_up, take_down, replace; of REASONS, ", " between
)
REASONS: Final = ("place", "outline", "name", "worker")
INCIDENT_MOVES: Final = Table(
    "incidents",
    "incident_id",
    {"old_code": Text, "new_code": Text, "old_worker": Text, "new_worker": Text},
    ("Point",),
)


def count_workers(old: GeoDataFrame, new: GeoDataFrame, buildings: DataFrame) -> DataFrame:
    """
    Count what each worker answers for, before and after.

    Parameters
    ----------
    old, new
        `DRAWN_GRIDS` of both plans.
    buildings
        `BUILDING_MOVES`.

    Returns
    -------
    workers
        `WORKER_CHANGES` of every worker of either plan, in order, those whom nothing changes for
        among them; vacancies last.
    """
    others = buildings[buildings["old_worker"] != buildings["new_worker"]]
    columns: dict[str, pd.Series] = {}
    for end, when, plan, moved in (
        ("old", "before", old, "lost"),
        ("new", "after", new, "gained"),
    ):
        codes = pd.Series(plan.index.astype(str), index=plan["worker"].to_numpy(object))
        columns[f"{end}_grids"] = codes.groupby(level=0).agg(lambda held: ", ".join(sorted(held)))
        held = buildings[buildings[f"{end}_code"] != NOWHERE]
        columns[f"households_{when}"] = held.groupby(f"{end}_worker")[f"households_{when}"].sum()
        passed = others[others[f"{end}_code"] != NOWHERE]
        columns[moved] = passed.groupby(f"{end}_worker")[f"households_{when}"].sum()
    workers = pd.DataFrame(columns)
    workers = workers.fillna({"old_grids": "", "new_grids": ""}).fillna(0)
    workers = workers.iloc[np.argsort(workers.index == VACANT, kind="stable")]
    workers.index.name = WORKER_CHANGES.index
    return workers[list(WORKER_CHANGES.columns)].astype(dict(WORKER_CHANGES.columns))


def list_boards(grids: DataFrame, *, tolerance_m: float) -> DataFrame:
    """
    List the notice boards to put up, take down or replace.

    Parameters
    ----------
    grids
        `GRID_CHANGES`.
    tolerance_m
        An outline that moved less looks the same.

    Returns
    -------
    boards
        `BOARDS` in the order of the codes: those that begin, end, or stand for something else.
    """
    old = grids[grids["old_code"] != NOWHERE].set_index("old_code")
    new = grids[grids["new_code"] != NOWHERE].set_index("new_code")
    stays = new[new.index.isin(old.index)]
    is_other = (stays["old_code"] != stays.index).to_numpy()
    flags = {
        "place": is_other,
        "outline": ~is_other
        & (
            (stays["outline_m"] > tolerance_m)
            | stays["kind"].isin(("moved_line", "split", "merge", "redrawn"))
        ).to_numpy(),
        "name": (stays["old_name"] != stays["new_name"]).to_numpy() & ~is_other,
        "worker": (stays["old_worker"] != stays["new_worker"]).to_numpy() & ~is_other,
    }
    reasons = [
        ", ".join(reason for reason, holds in zip(flags, row, strict=True) if holds)
        for row in zip(*flags.values(), strict=True)
    ]
    replaced = pd.DataFrame({"action": "replace", "reasons": reasons}, index=stays.index)
    begun = new.index.difference(old.index), {"action": "put_up", "reasons": ""}
    ended = old.index.difference(new.index), {"action": "take_down", "reasons": ""}
    others = (pd.DataFrame(told, index=codes) for codes, told in (begun, ended))
    boards = pd.concat([replaced[replaced["reasons"] != ""], *others]).sort_index()
    return boards.rename_axis(index=BOARDS.index).astype(dict(BOARDS.columns))


def find_incidents(incidents: GeoDataFrame, old: GeoDataFrame, new: GeoDataFrame) -> GeoDataFrame:
    """
    Find the open incidents that change owner.

    Parameters
    ----------
    incidents
        Points indexed by `incident_id`, in the CRS of the grids.
    old, new
        `DRAWN_GRIDS` of both plans.

    Returns
    -------
    moved
        `INCIDENT_MOVES` of those that lie in a grid of another code, or of another worker. One on
        a line belongs to the first code in order.
    """
    moved = incidents[["geometry"]].copy()
    for end, plan in (("old", old), ("new", new)):
        code = locate_points(incidents.geometry.to_numpy(), plan)
        moved[f"{end}_code"] = code
        moved[f"{end}_worker"] = plan["worker"].reindex(code).fillna(VACANT).to_numpy(object)
    is_other = (moved["old_code"] != moved["new_code"]) | (
        moved["old_worker"] != moved["new_worker"]
    )
    moved = moved[is_other].rename_axis(index=INCIDENT_MOVES.index)
    return moved[[*INCIDENT_MOVES.columns, "geometry"]].astype(dict(INCIDENT_MOVES.columns))
