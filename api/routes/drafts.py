"""Drafts of a community's plan: begun, redrawn step by step, and made versions of."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from api.auth import ClerkDep, CommunityDep, PlannerDep, RestrictedDep
from api.caching import OWN, IfNoneMatch, unchanged
from api.db import RoomsDep, SessionDep
from api.errors import problems
from api.links import AFTER_DRAFT, AFTER_STEP, AFTER_VERSION
from api.media import GEOJSON, TILE
from api.paging import AfterNumber, Limit, cut_page
from api.schemas.drafts import (
    DraftGridsOut,
    DraftIn,
    DraftOut,
    DraftsOut,
    FeaturesAsked,
    GridOut,
    SeenIn,
    StepIn,
    StepOut,
    StepsOut,
    VersionOut,
)
from api.schemas.fields import NumberPath
from gridmap.store import drafts, steps, tiles
from gridmap.store.drafts import OpenDraft
from gridmap.store.operations import perform
from gridmap.store.settling import settle_draft
from gridmap.store.tables import DraftRow

router = APIRouter(prefix="/communities/{community}/drafts", tags=["drafts"])

Version = Annotated[int, Query(ge=1, le=2**31 - 1, description="The version they start from.")]
Level = Annotated[int, Path(ge=0, le=2**31 - 1)]


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a tile is."""

    z: int
    x: int
    y: int


async def get_tile(z: Level, x: Level, y: Level) -> Tile:
    """Take a tile's place out of the address."""
    return Tile(z, x, y)


async def get_place(community: CommunityDep, clerk: ClerkDep) -> str:
    """Give the community, to whoever has a say in its plan."""
    del clerk
    return community


PlaceDep = Annotated[str, Depends(get_place)]


def get_draft(place: PlaceDep, number: NumberPath, session: RestrictedDep) -> DraftRow:
    """Find the draft of a route, as far as it is the reader's."""
    return drafts.find_draft(session, number, place)


DraftDep = Annotated[DraftRow, Depends(get_draft)]
TileDep = Annotated[Tile, Depends(get_tile)]


@router.get("")
def list_drafts(
    place: PlaceDep,
    session: RestrictedDep,
    version: Version,
    after: AfterNumber = 0,
    limit: Limit = 100,
) -> DraftsOut:
    """List the drafts that start from a version."""
    found = drafts.list_drafts(session, version, place, after=after, most=limit + 1)
    shown, last = cut_page(found, limit)
    return DraftsOut(drafts=[DraftOut.of(row) for row in shown], next=last.id if last else None)


@router.post("", status_code=201, responses=problems(404, 409, 422) | AFTER_DRAFT)
def begin_draft(
    community: CommunityDep, given: DraftIn, planner: PlannerDep, session: SessionDep
) -> DraftOut:
    """Begin a draft from a version."""
    number = drafts.begin_draft(session, given.version, community, name=given.name, by=planner.name)
    return DraftOut.of(drafts.find_draft(session, number, community))


@router.get("/{number}", responses=problems(404))  # noqa: FAST003 (get_draft takes it)
def show_draft(draft: DraftDep, session: RestrictedDep) -> DraftGridsOut:
    """Show a draft with its grids as they are now."""
    grids = [GridOut.of(grid) for grid in drafts.list_grids(session, draft.id)]
    return DraftGridsOut(draft=DraftOut.of(draft), grids=grids)


@router.get(
    "/{number}/features",  # noqa: FAST003 (get_draft takes it)
    response_class=Response,
    responses={
        200: {"content": {GEOJSON: {}}},
        304: {"description": "Unchanged."},
        **problems(404),
    },
)
def show_features(
    draft: DraftDep,
    session: RestrictedDep,
    request: Request,
    asked: Annotated[FeaturesAsked, Query()],
    if_none_match: IfNoneMatch = "",
) -> Response:
    """Show the grids of a draft as GeoJSON, in degrees: all, or those in a box or of some codes."""
    known = _known(draft)
    if same := unchanged(known, if_none_match):
        return same
    found = tiles.list_features(
        session,
        draft.id,
        box=asked.bbox,
        codes=asked.codes,
        after=asked.after,
        most=asked.limit + 1,
    )
    shown, last = cut_page(found, asked.limit)
    more = request.url.include_query_params(after=last["id"]) if last else None
    links = [{"href": str(more), "rel": "next", "type": GEOJSON}] if more else []
    collection = {"type": "FeatureCollection", "features": shown, "links": links}
    return JSONResponse(collection, headers=known, media_type=GEOJSON)


@router.get(
    "/{number}/tiles/{z}/{x}/{y}",  # noqa: FAST003 (get_draft and get_tile take them)
    response_class=Response,
    responses={200: {"content": {TILE: {}}}, 304: {"description": "Unchanged."}, **problems(404)},
)
def show_tile(
    draft: DraftDep, tile: TileDep, session: RestrictedDep, if_none_match: IfNoneMatch = ""
) -> Response:
    """Draw a vector tile of a draft as it is now: grids, and from zoom 14 on buildings."""
    known = _known(draft)
    if same := unchanged(known, if_none_match):
        return same
    content = tiles.draw_tile(session, draft.id, tile.z, tile.x, tile.y)
    return Response(content, media_type=TILE, headers=known)


@router.get("/{number}/steps", responses=problems(404))  # noqa: FAST003 (get_draft takes it)
def list_steps(
    draft: DraftDep, session: RestrictedDep, after: AfterNumber = 0, limit: Limit = 100
) -> StepsOut:
    """Show who did what, when and why."""
    found = drafts.read_steps(session, draft.id, after=after, most=limit + 1)
    shown, last = cut_page(found, limit)
    return StepsOut(steps=[StepOut.of(row) for row in shown], next=last.number if last else None)


@router.post("/{number}/steps", status_code=201, responses=problems(404, 409) | AFTER_STEP)
def take_step(
    community: CommunityDep,
    number: NumberPath,
    given: StepIn,
    planner: PlannerDep,
    session: SessionDep,
    rooms: RoomsDep,
) -> StepOut:
    """
    Do an operation on a draft, with the figures of the grids it touches before and after.

    Whoever has not seen the last step is told what was done since; with `rebase` the operation is
    made on top of that where the changes do not touch.
    """
    drafts.find_draft(session, number, community)
    wish = given.wish.model_dump(mode="json")
    name = wish.pop("operation")
    seen = drafts.open_draft(session, number, rooms, at=given.seen)
    redraw = perform(seen, name, wish)
    if given.rebase:
        seen = drafts.open_draft(session, number, rooms)
        redraw = steps.rebase_redraw(seen, redraw)
    after = steps.record_step(session, seen, redraw, by=planner.name, why=given.why)
    return _shown(session, after)


@router.post("/{number}/undo", status_code=201, responses=problems(404, 409) | AFTER_STEP)
def undo(
    community: CommunityDep,
    number: NumberPath,
    given: SeenIn,
    planner: PlannerDep,
    session: SessionDep,
    rooms: RoomsDep,
) -> StepOut:
    """Take the last operation back, as a step of its own."""
    drafts.find_draft(session, number, community)
    seen = drafts.open_draft(session, number, rooms, at=given.seen)
    return _shown(session, steps.undo_step(session, seen, by=planner.name))


@router.post("/{number}/redo", status_code=201, responses=problems(404, 409) | AFTER_STEP)
def redo(
    community: CommunityDep,
    number: NumberPath,
    given: SeenIn,
    planner: PlannerDep,
    session: SessionDep,
    rooms: RoomsDep,
) -> StepOut:
    """Do the operation again that was taken back last."""
    drafts.find_draft(session, number, community)
    seen = drafts.open_draft(session, number, rooms, at=given.seen)
    return _shown(session, steps.redo_step(session, seen, by=planner.name))


@router.post("/{number}/versions", status_code=201, responses=problems(404, 409) | AFTER_VERSION)
def make_version(
    community: CommunityDep,
    number: NumberPath,
    given: SeenIn,
    planner: PlannerDep,
    session: SessionDep,
) -> VersionOut:
    """Make a version of a draft as it was seen, whole and ready to be submitted."""
    del planner
    drafts.find_draft(session, number, community)
    return VersionOut(version=settle_draft(session, number, at=given.seen))


def _known(draft: DraftRow) -> dict[str, str]:
    """Say which state of a draft is shown, and that only its reader may keep it."""
    return {"ETag": f'"{draft.id}-{draft.head}"', "Cache-Control": OWN}


def _shown(session: SessionDep, after: OpenDraft) -> StepOut:
    (row,) = drafts.read_steps(session, after.id, after=after.head - 1)
    return StepOut.of(row)
