"""Single households, for whoever has to find them; every look is written down."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.auth import AdminDep, RestrictedDep, require_role
from api.db import NowDep, SessionDep
from api.errors import problems
from api.paging import cut_page
from api.schemas.fields import PRINTED
from api.schemas.households import HouseholdAsked, HouseholdOut, ReadOut, ReadsAsked, ReadsOut
from gridmap.store import households
from gridmap.store.accounts import Account

router = APIRouter(tags=["households"])

FinderDep = Annotated[Account, Depends(require_role("planner", "approver", "dispatcher", "worker"))]
HouseholdPath = Annotated[str, Path(min_length=1, max_length=80, pattern=PRINTED, examples=["H1"])]


@router.get("/households/{household}", responses=problems(404))
def read_household(
    household: HouseholdPath,
    finder: FinderDep,
    session: RestrictedDep,
    now: NowDep,
    asked: Annotated[HouseholdAsked, Query()],
) -> HouseholdOut:
    """Read one household of one's own area or grids; who looked, when and why is kept."""
    found = households.read_household(
        session, household, at=asked.at or now, who=finder.name, why=asked.why
    )
    return HouseholdOut.of(found)


@router.get("/household-reads")
def list_reads(
    admin: AdminDep, session: SessionDep, asked: Annotated[ReadsAsked, Query()]
) -> ReadsOut:
    """List who read which household, when and why."""
    del admin
    found = households.read_reads(
        session, household=asked.household or "", after=asked.after, most=asked.limit + 1
    )
    shown, last = cut_page(found, asked.limit)
    return ReadsOut(reads=[ReadOut.of(row) for row in shown], next=last.id if last else None)
