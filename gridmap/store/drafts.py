"""
Drafts: named branches of a community's plan, changed one step at a time and never rewritten.

A draft is its version's grids and the steps since. Whoever changes it says which step they saw
last; the table decides who was first, and the second is told what the first one did.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pyproj import CRS
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from gridmap.errors import MissingError, TakenError
from gridmap.ground.adjacency import build_ground
from gridmap.ground.communities import split_communities
from gridmap.messages import Message
from gridmap.plan.partition import Window
from gridmap.redraw.desk import Desk
from gridmap.redraw.opening import open_plan
from gridmap.redraw.terrain import survey_terrain
from gridmap.rules import Rules
from gridmap.store.datasets import find_dataset
from gridmap.store.drawn import read_assignment, read_grids
from gridmap.store.layers import read_layers
from gridmap.store.outlines import draw_outlines
from gridmap.store.plans import find_version
from gridmap.store.projection import Projection
from gridmap.store.register import list_codes
from gridmap.store.tables import (
    DraftGridRow,
    DraftRow,
    DraftSnapshotRow,
    DraftStepRow,
    PlanCommunityRow,
    TerrainRow,
)
from gridmap.store.terrains import (
    open_packed_plan,
    open_terrain,
    pack_plan,
    pack_terrain,
    read_change,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gridmap.redraw.plan import Plan
    from gridmap.redraw.terrain import Terrain
    from gridmap.schema import Community


@dataclass(frozen=True, slots=True)
class Room:
    """What all drafts of one community's plan stand on: a desk, and the way to degrees."""

    desk: Desk
    projection: Projection


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """
    A draft on the desk, as it was after the step `head`.

    `done` are the steps that led to the plan, `undone` those that can be done again, last first.
    """

    id: int
    version: int
    name: str
    head: int
    desk: Desk
    projection: Projection
    plan: Plan
    done: tuple[int, ...]
    undone: tuple[int, ...]


MOST_ROOMS: Final = 64
"""So many are kept open."""

Rooms = MutableMapping[tuple[int, str], Room]
"""Rooms that are open already, by version and community."""


def begin_draft(session: Session, version: int, community: str, *, name: str, by: str) -> int:
    """
    Begin a draft of one community from a version.

    Parameters
    ----------
    session
        Open transaction.
    version
        A finished one.
    community
        Its code.
    name
        What the draft is called; no other one of the community is called so.
    by
        Who begins it.

    Returns
    -------
    draft
        Its number.

    Raises
    ------
    MissingError
        If there is no such version, or the community is not in it.
    TakenError
        If the community has a draft of that name.
    """
    find_version(session, version)
    if session.get(PlanCommunityRow, (version, community)) is None:
        raise MissingError(
            Message("store.not_in_version", {"version": version, "community": community})
        )
    room = _room(session, version, community)
    here = room.projection, room.desk.rules
    grids = read_grids(session, version, *here, community=community)
    assignment = read_assignment(session, version, *here, community=community)
    given = list_codes(session, community)
    plan = open_plan(room.desk, grids, assignment, given=given)
    draft = DraftRow(version_id=version, community_code=community, name=name, created_by=by)
    session.add(draft)
    try:
        session.flush()
    except IntegrityError as error:
        raise TakenError(Message("store.draft_name_taken", {"name": name})) from error
    session.add(DraftSnapshotRow(draft_id=draft.id, number=0, content=pack_plan(plan, (), ())))
    session.flush()
    opened = open_draft(session, draft.id, {(version, community): room})
    draw_outlines(session, opened, plan.cards)
    return draft.id


def open_draft(
    session: Session,
    draft: int,
    rooms: Rooms,
    *,
    at: int | None = None,
) -> OpenDraft:
    """
    Lay a draft on the desk.

    Parameters
    ----------
    session
        Open transaction.
    draft
        Its number.
    rooms
        Those that are open already, by version and community; this one's is added.
    at
        After which step; None is the last one.

    Returns
    -------
    opened
        The plan after that step.

    Raises
    ------
    MissingError
        If there is no such draft, or it has no such step.
    """
    row = session.get(DraftRow, draft, populate_existing=True)
    if row is None or not 0 <= (row.head if at is None else at) <= row.head:
        raise MissingError(Message("store.no_draft", {"draft": draft}))
    key = row.version_id, row.community_code
    if key not in rooms:
        if len(rooms) >= MOST_ROOMS:
            rooms.clear()  # opening them again costs little; memory must not grow with the city
        rooms[key] = _room(session, *key)
    head = row.head if at is None else at
    plan, done, undone = _replayed(session, draft, head)
    return OpenDraft(
        id=draft,
        version=row.version_id,
        name=row.name,
        head=head,
        desk=rooms[key].desk,
        projection=rooms[key].projection,
        plan=plan,
        done=done,
        undone=undone,
    )


def read_community(session: Session, dataset: int, code: str) -> Community:
    """
    Read one community of an import, ready to be planned or redrawn.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        Number of the import.
    code
        Of the community.

    Returns
    -------
    community
        With every household settled in its buildings.
    """
    layers, ledger = read_layers(session, dataset, communities=[code])
    (here,) = split_communities(layers, ledger, codes=[code])
    return here


def find_draft(session: Session, draft: int, community: str) -> DraftRow:
    """
    Find a draft of a community.

    Parameters
    ----------
    session
        Open transaction.
    draft
        Its number.
    community
        Whose it has to be.

    Returns
    -------
    row
        What is known of it.

    Raises
    ------
    MissingError
        If this community has no such draft.
    """
    row = session.get(DraftRow, draft, populate_existing=True)
    if row is None or row.community_code != community:
        raise MissingError(Message("store.no_draft", {"draft": draft}))
    return row


def list_grids(session: Session, draft: int) -> list[DraftGridRow]:
    """
    List the grids of a draft as they are now.

    Parameters
    ----------
    session
        Open transaction.
    draft
        Its number.

    Returns
    -------
    grids
        In the order of their numbers.
    """
    asked = select(DraftGridRow).where(DraftGridRow.draft_id == draft)
    return list(session.scalars(asked.order_by(DraftGridRow.number)))


def list_drafts(
    session: Session, version: int, community: str, *, after: int = 0, most: int | None = None
) -> list[DraftRow]:
    """
    List the drafts of a community's plan.

    Parameters
    ----------
    session
        Open transaction.
    version
        The version they start from.
    community
        Its code.
    after
        Only those whose number is higher.
    most
        How many at once; None is all.

    Returns
    -------
    drafts
        In the order they were begun.
    """
    asked = select(DraftRow).where(
        DraftRow.version_id == version, DraftRow.community_code == community, DraftRow.id > after
    )
    return list(session.scalars(asked.order_by(DraftRow.id).limit(most)))


def read_steps(
    session: Session, draft: int, *, after: int = 0, most: int | None = None
) -> list[DraftStepRow]:
    """
    Read the log of a draft.

    Parameters
    ----------
    session
        Open transaction.
    draft
        Its number.
    after
        Only what came after this step.
    most
        How many at once; None is all.

    Returns
    -------
    steps
        Who did what, when and why, in order.
    """
    asked = select(DraftStepRow).where(DraftStepRow.draft_id == draft, DraftStepRow.number > after)
    return list(session.scalars(asked.order_by(DraftStepRow.number).limit(most)))


def _room(session: Session, version: int, community: str) -> Room:
    row = find_version(session, version)
    rules = Rules.of(row.rules)
    terrain = _terrain(session, version, community, rules)
    metric = CRS.from_wkt(find_dataset(session, row.dataset_id).metric_crs)
    return Room(Desk.of(terrain, rules), Projection.of(metric))


def _terrain(session: Session, version: int, community: str, rules: Rules) -> Terrain:
    """Read the terrain of a community, or survey it for the first time and keep it."""
    kept = session.get(TerrainRow, (version, community))
    if kept is not None:
        return open_terrain(kept.content)
    dataset = find_version(session, version).dataset_id
    here = read_community(session, dataset, community)
    terrain = survey_terrain(here, build_ground(here), Window.of(rules))
    # Somebody else may survey it at the same moment: it comes to the same, and one keeps it.
    row = {"version_id": version, "community_code": community, "content": pack_terrain(terrain)}
    session.execute(insert(TerrainRow).values(row).on_conflict_do_nothing())
    return terrain


def _replayed(
    session: Session, draft: int, head: int
) -> tuple[Plan, tuple[int, ...], tuple[int, ...]]:
    """Go on from the last whole plan that was kept."""
    newest = select(DraftSnapshotRow).where(
        DraftSnapshotRow.draft_id == draft, DraftSnapshotRow.number <= head
    )
    snapshot = session.scalars(newest.order_by(DraftSnapshotRow.number.desc()).limit(1)).one()
    plan, done, undone = open_packed_plan(snapshot.content)
    for step in read_steps(session, draft, after=snapshot.number):
        if step.number > head:
            break
        plan = plan.changed(read_change(step.change))
        if step.kind == "do":
            done, undone = (*done, step.number), ()
        elif step.kind == "undo":
            done, undone = done[:-1], (done[-1], *undone)
        else:
            done, undone = (*done, undone[0]), undone[1:]
    return plan, done, undone
