"""What a version or a draft would change, before anybody approves it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import ClerkDep, CommunityDep, RestrictedDep
from api.db import NowDep, RoomsDep
from api.errors import problems
from api.schemas.comparison import (
    ComparisonAsked,
    ComparisonOut,
    DraftComparisonAsked,
    SideOut,
)
from api.schemas.fields import NumberPath
from gridmap.store import comparisons, drafts
from gridmap.store.register import publication_in_force

router = APIRouter(prefix="/communities/{community}", tags=["comparisons"])


@router.get("/versions/{number}/comparison", responses=problems(404))
def compare_version(
    community: CommunityDep,
    number: NumberPath,
    clerk: ClerkDep,
    session: RestrictedDep,
    now: NowDep,
    asked: Annotated[ComparisonAsked, Query()],
) -> ComparisonOut:
    """Compare a version with what is in force, or with another one."""
    del clerk
    other = asked.other
    if other == "in_force":
        other = _in_force(session, community, now)
    found = comparisons.compare_versions(session, community, other, number)
    return ComparisonOut.of(found, old=SideOut(version=other), new=SideOut(version=number))


@router.get("/drafts/{number}/comparison", responses=problems(404))
def compare_draft(  # noqa: PLR0913, PLR0917 (what a route depends on)
    community: CommunityDep,
    number: NumberPath,
    clerk: ClerkDep,
    session: RestrictedDep,
    rooms: RoomsDep,
    now: NowDep,
    asked: Annotated[DraftComparisonAsked, Query()],
) -> ComparisonOut:
    """
    Compare a draft as it stands with the version it began from, what is in force, or another.

    Workers go by the codes of the version it began from: who answers for a new grid is settled
    when a version is made.
    """
    del clerk
    base = drafts.find_draft(session, number, community).version_id
    other = base if asked.other == "base" else asked.other
    if other == "in_force":
        other = _in_force(session, community, now)
    found = comparisons.compare_draft(session, community, other, number, rooms)
    new = SideOut(version=base, draft=number)
    return ComparisonOut.of(found, old=SideOut(version=other), new=new)


def _in_force(session: RestrictedDep, community: str, now: datetime) -> int:
    return publication_in_force(session, community, at=now).version_id
