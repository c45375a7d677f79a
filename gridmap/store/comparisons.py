"""Stored plans side by side: versions, and drafts as they stand, of one community."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from pyproj import CRS

from gridmap.comparison import DrawnPlan, compare_plans
from gridmap.errors import MissingError
from gridmap.messages import Message
from gridmap.plan.model import DRAWN_GRIDS
from gridmap.rules import Rules
from gridmap.store.datasets import find_dataset
from gridmap.store.drafts import list_grids, open_draft
from gridmap.store.drawn import read_assignment, read_grids
from gridmap.store.frames import framed
from gridmap.store.plans import find_version
from gridmap.store.projection import Projection
from gridmap.store.tables import PlanCommunityRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geopandas import GeoDataFrame
    from sqlalchemy.orm import Session

    from gridmap.comparison import Comparison
    from gridmap.store.drafts import OpenDraft, Rooms


def compare_versions(session: Session, community: str, old: int, new: int) -> Comparison:
    """
    Compare two versions of a community.

    Parameters
    ----------
    session
        Open transaction.
    community
        Its code; versions may hold others too.
    old, new
        Their numbers.

    Returns
    -------
    comparison
        In the metres of the new one. Where the two were made of imports that have no building in
        common, it goes by their ground alone.

    Raises
    ------
    MissingError
        If there is no such version, or the community is not in it.
    """
    projection = _projection(session, new)
    before = _version(session, community, old, projection)
    return _compared(before, _version(session, community, new, projection))


def compare_draft(
    session: Session, community: str, old: int, draft: int, rooms: Rooms
) -> Comparison:
    """
    Compare a draft as it stands with a version.

    Parameters
    ----------
    session
        Open transaction.
    community
        Its code.
    old
        Number of the version.
    draft
        Of this community.
    rooms
        Those that are open already.

    Returns
    -------
    comparison
        In the metres of the draft. A grid has the worker that its code has in the version the
        draft began from: who answers for a new one is settled when a version is made.

    Raises
    ------
    MissingError
        If there is no such version or draft, or the community is not in the version.
    """
    opened = open_draft(session, draft, rooms)
    before = _version(session, community, old, opened.projection)
    return _compared(before, _draft(session, community, opened))


def _compared(old: DrawnPlan, new: DrawnPlan) -> Comparison:
    if old.assignment.index.intersection(new.assignment.index).empty:
        old, new = (DrawnPlan(each.grids, each.assignment.iloc[:0]) for each in (old, new))
    return compare_plans(old, new)


def _projection(session: Session, version: int) -> Projection:
    dataset = find_dataset(session, find_version(session, version).dataset_id)
    return Projection.of(CRS.from_wkt(dataset.metric_crs))


def _version(session: Session, community: str, version: int, projection: Projection) -> DrawnPlan:
    rules = Rules.of(find_version(session, version).rules)
    if session.get(PlanCommunityRow, (version, community)) is None:
        fields: Mapping[str, Any] = {"version": version, "community": community}
        raise MissingError(Message("store.not_in_version", fields))
    return DrawnPlan(
        read_grids(session, version, projection, rules, community=community),
        read_assignment(session, version, projection, rules, community=community),
    )


def _draft(session: Session, community: str, opened: OpenDraft) -> DrawnPlan:
    """Take the grids of a draft from their table, and its buildings from where it began."""
    base = _version(session, community, opened.version, opened.projection)
    terrain, plan = opened.desk.terrain, opened.plan
    codes = {number: str(opened.desk.code(number)) for number in plan.cards}
    grid_of = pd.Series(
        [codes[number] for number in plan.number_of[terrain.plot_of].tolist()],
        index=terrain.buildings,
    )
    said = grid_of.reindex(base.assignment.index).fillna("").to_numpy(object)
    assignment = base.assignment.assign(grid_code=said)
    return DrawnPlan(_draft_grids(session, opened, base.grids), assignment)


def _draft_grids(session: Session, opened: OpenDraft, base: GeoDataFrame) -> GeoDataFrame:
    workers = base["worker"].to_dict()
    told: dict[str, Any] = dict.fromkeys((*DRAWN_GRIDS.columns, DRAWN_GRIDS.index))
    rows = [
        {
            **told,
            "grid_code": row.code,
            "name": row.name,
            "kind": "dedicated" if row.is_dedicated else "general",
            "community_code": str(opened.desk.terrain.community),
            "households": row.households,
            "persons": row.persons,
            "buildings": row.buildings,
            "area_m2": row.area_m2,
            "clear_share": row.clear_share,
            "compactness": row.compactness,
            "worker": workers.get(row.code, ""),
            "status": row.status,
            "geometry": bytes(row.geom.data),
        }
        for row in list_grids(session, opened.id)
    ]
    return framed(pd.DataFrame(rows, dtype=object), DRAWN_GRIDS, opened.projection)
