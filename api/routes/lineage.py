"""Where a grid came from, what came of it, and how counts are restated on another base."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Response

from api.auth import CommunityDep, RestrictedDep, require_role
from api.errors import problems
from api.schemas.fields import CodePath
from api.schemas.lineage import CrosswalkAsked, CrosswalkOut, LineageOut
from gridmap.store import lineage, register
from gridmap.store.accounts import Account
from gridmap.store.tables import PublicationRow

CSV: Final = "text/csv"

router = APIRouter(prefix="/communities/{community}", tags=["lineage"])

AskerDep = Annotated[
    Account, Depends(require_role("planner", "approver", "dispatcher", "leader", "admin"))
]


@router.get("/grids/{code}/lineage", responses=problems(404))
def show_lineage(
    community: CommunityDep, code: CodePath, asker: AskerDep, session: RestrictedDep
) -> LineageOut:
    """Show the parents and children of a grid through all publications."""
    del asker
    return LineageOut.of(lineage.trace_ancestry(session, community, code))


@router.get(
    "/crosswalk",
    response_model=CrosswalkOut,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}, **problems(404)},
)
def show_crosswalk(
    community: CommunityDep,
    asker: AskerDep,
    session: RestrictedDep,
    asked: Annotated[CrosswalkAsked, Query()],
    accept: Annotated[str, Header(max_length=500)] = "",
) -> CrosswalkOut | Response:
    """Show how counts by the grids of one publication are restated on those of another."""
    del asker
    start, end = (_publication(session, community, when) for when in (asked.start, asked.end))
    found = lineage.restate(session, start, end)
    if asked.format == "csv" or (asked.format is None and accept.strip().startswith(CSV)):
        text = found.weights.to_csv(index=False, lineterminator="\r\n")
        return Response(text, media_type=CSV, headers={"Vary": "Accept"})
    return CrosswalkOut.of(found)


def _publication(
    session: RestrictedDep, community: str, when: int | datetime | date
) -> PublicationRow:
    """Find the publication of a version, or what was in force on a day."""
    if isinstance(when, int):
        return lineage.find_publication(session, community, when)
    at = when if isinstance(when, datetime) else datetime.combine(when, time(), UTC)
    return register.publication_in_force(session, community, at=at)
