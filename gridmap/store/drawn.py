"""The grids of a plan and which building is in which, into their tables and out of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from sqlalchemy import and_, func, select

from gridmap.messages import Message
from gridmap.plan.model import ASSIGNMENT, DRAWN_GRIDS
from gridmap.schema import with_loads
from gridmap.store.frames import Stored, columns_of, framed, read_columns
from gridmap.store.loads import open_loads, pack_loads
from gridmap.store.tables import AssignmentRow, BuildingRow, GridRow

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from sqlalchemy.orm import Session

    from gridmap.plan.model import Draft
    from gridmap.rules import Rules
    from gridmap.schema import Table
    from gridmap.store.projection import Projection

GRID: Final = Stored(DRAWN_GRIDS, GridRow, {"grid_code": "code"})
SAYINGS: Final = ("reason", "bounds", "why")
"""Columns that hold a message: one line of JSON in the frame, JSON in the table."""


def grid_columns(draft: Draft, projection: Projection, *, after: int) -> dict[str, Any]:
    """
    Take the columns of a draft's grids out, as their table names them.

    Parameters
    ----------
    draft
        In the projection's metric CRS.
    projection
        The way to degrees.
    after
        How many grids the version has already.

    Returns
    -------
    columns
        By name in the table.
    """
    columns = columns_of(draft.grids, GRID, projection)
    sayings = {name: [line or None for line in draft.grids[name]] for name in SAYINGS}
    loads = pack_loads(draft.grids)
    return {**columns, **sayings, "loads": loads, "seq": columns["seq"] + after + 1}


def assignment_columns(draft: Draft) -> dict[str, Any]:
    """
    Take the columns of a draft's buildings out, as their table names them.

    Parameters
    ----------
    draft
        Any.

    Returns
    -------
    columns
        By name in the table, without households, persons and further loads: they are the
        building's, and the guards compare them.
    """
    frame = draft.assignment
    return {
        "building_id": frame.index,
        "grid_code": frame["grid_code"],
        "micro_code": frame["micro_code"],
    }


def read_grids(
    session: Session,
    version: int,
    projection: Projection,
    rules: Rules,
    *,
    community: str | None = None,
) -> GeoDataFrame:
    """
    Read the grids of a version.

    Parameters
    ----------
    session
        Open transaction.
    version
        Its number.
    projection
        The way to metres.
    rules
        What it was planned by.
    community
        Only those of this community; None is all of them.

    Returns
    -------
    grids
        `DRAWN_GRIDS` with a column for every further load of the rule.
    """
    names = {name: GRID.column(name) for name in (DRAWN_GRIDS.index, *DRAWN_GRIDS.columns)}
    raw = read_columns(
        session,
        GridRow,
        {**names, "loads": "loads", "geometry": "geom"},
        GridRow.version_id == version,
        *([] if community is None else [GridRow.community_code == community]),
    )
    for name in SAYINGS:
        raw[name] = [_line(plain) for plain in raw[name]]
    return _framed(raw, DRAWN_GRIDS, projection, rules)


def read_assignment(
    session: Session,
    version: int,
    projection: Projection,
    rules: Rules,
    *,
    community: str | None = None,
) -> GeoDataFrame:
    """
    Read which building of a version is in which grid.

    Parameters
    ----------
    session
        Open transaction.
    version
        Its number.
    projection
        The way to metres.
    rules
        What it was planned by.
    community
        Only the buildings of this community; None is all of them.

    Returns
    -------
    assignment
        `ASSIGNMENT` with a column for every further load of the rule, by id.
    """
    its_building = and_(
        BuildingRow.dataset_id == AssignmentRow.dataset_id,
        BuildingRow.building_id == AssignmentRow.building_id,
    )
    asked = (
        select(
            AssignmentRow.building_id,
            AssignmentRow.grid_code,
            AssignmentRow.micro_code,
            BuildingRow.households,
            BuildingRow.persons,
            BuildingRow.loads,
            func.ST_AsBinary(BuildingRow.anchor).label("geometry"),
        )
        .join(BuildingRow, its_building)
        .where(AssignmentRow.version_id == version)
    )
    if community is not None:
        asked = asked.where(BuildingRow.community_code == community)
    found = session.execute(asked).all()
    names = [column["name"] for column in asked.column_descriptions]
    raw = pd.DataFrame([tuple(row) for row in found], columns=names, dtype=object)
    return _framed(raw, ASSIGNMENT, projection, rules).sort_index()


def _framed(raw: pd.DataFrame, table: Table, projection: Projection, rules: Rules) -> GeoDataFrame:
    loads = open_loads(raw["loads"], rules.load_names)
    return framed(raw.join(loads), with_loads(table, rules.load_names), projection)


def _line(plain: object) -> str:
    """Write a stored message as it was: the database does not keep the order of its fields."""
    return Message.from_json(json.dumps(plain)).to_json() if plain else ""
