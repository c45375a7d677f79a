"""Long jobs: asked for, watched, cancelled; workers do them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.auth import PlannerDep, ReaderDep, RestrictedDep
from api.db import SessionDep, transaction
from api.errors import problems, spoken_language
from api.links import AFTER_JOB
from api.paging import AfterNumber, Limit, cut_page
from api.schemas.fields import NumberPath
from api.schemas.jobs import JobIn, JobOut, JobsOut
from gridmap.codes import profile_for
from gridmap.errors import MissingError, NotAllowedError, StoreError
from gridmap.messages import Language, Message
from gridmap.rules import rules_from
from gridmap.schema import CommunityCode
from gridmap.store import jobs
from gridmap.store.accounts import Account
from gridmap.store.datasets import latest_dataset
from gridmap.store.rights import act_as
from gridmap.store.tables import PlanningJobRow

LOOK_S: Final = 0.5
"""How often somebody who watches is told of changes: each look is a short transaction."""

router = APIRouter(prefix="/jobs", tags=["jobs"])

LastEventId = Annotated[int, Header(ge=0, le=2**31 - 1, description="The last change seen.")]


async def get_language(request: Request) -> Language:
    """Give the language that whoever asks reads."""
    return spoken_language(request)


LanguageDep = Annotated[Language, Depends(get_language)]


@dataclass(frozen=True, slots=True)
class View:
    """One job as one account sees it, looked at again and again."""

    request: Request
    account: Account
    language: Language
    number: int

    def look(self) -> JobOut:
        """Look at the job in a transaction of its own, with the rights the account has now."""
        with transaction(self.request) as session:
            act_as(session, self.account)
            return JobOut.of(jobs.find_job(session, self.number), self.language)


def get_view(
    number: NumberPath,
    request: Request,
    reader: ReaderDep,
    session: RestrictedDep,
    language: LanguageDep,
) -> View:
    """Find the job that is to be watched, while there can still be another answer."""
    jobs.find_job(session, number)
    return View(request, reader, language, number)


ViewDep = Annotated[View, Depends(get_view)]


@router.get("")
def list_jobs(
    reader: ReaderDep,
    session: RestrictedDep,
    language: LanguageDep,
    after: AfterNumber = 0,
    limit: Limit = 100,
) -> JobsOut:
    """List the jobs of one's areas in the order they were asked for."""
    del reader
    found = jobs.list_jobs(session, after=after, most=limit + 1)
    shown, last = cut_page(found, limit)
    return JobsOut(jobs=[JobOut.of(row, language) for row in shown], next=last.id if last else None)


@router.post("", status_code=202, responses=problems(404, 422) | AFTER_JOB)
def ask_for_job(
    given: JobIn,
    planner: PlannerDep,
    session: SessionDep,
    request: Request,
    response: Response,
) -> JobOut:
    """Ask for communities of the newest import to be planned; the answer says where to watch."""
    for community in given.communities or ():
        if not planner.acts_in(community):
            raise NotAllowedError(Message("api.wrong_area", {"community": community}))
    rules = rules_from(given.rule, given.rules)
    profile_for(CommunityCode(""), rules.code_profile)
    dataset = latest_dataset(session)
    wish = PlanningJobRow(
        asked_by=planner.name,
        dataset_id=dataset,
        communities=jobs.own_communities(session, planner, dataset, given.communities),
        is_whole=given.communities is None and planner.everywhere,
        rules=rules.to_dict(),
        seed=given.seed,
        time_limit_s=given.time_limit_s,
        from_present=given.from_present,
    )
    job = JobOut.of(jobs.add_job(session, wish), spoken_language(request))
    response.headers["Location"] = f"{request.url.path}/{job.id}"
    return job


@router.get("/{number}", responses=problems(404))
def show_job(
    number: NumberPath, reader: ReaderDep, session: RestrictedDep, language: LanguageDep
) -> JobOut:
    """Show a job: how far it is, and what came of it."""
    del reader
    return JobOut.of(jobs.find_job(session, number), language)


@router.get(
    "/{number}/events",  # noqa: FAST003 (get_view takes it)
    response_class=EventSourceResponse,
    responses=problems(404),
)
async def watch_job(
    view: ViewDep, last_event_id: LastEventId = 0
) -> AsyncIterator[ServerSentEvent]:
    """
    Watch a job: it is sent as it is now and after every change, until `end`.

    Each event bears the number of the change; whoever comes back with it as `Last-Event-ID` is
    sent only what is newer. A client closes at `end`, or it would be connected anew.
    """
    seen = last_event_id
    while True:
        try:
            job = await run_in_threadpool(view.look)
        except MissingError:
            return  # it is not theirs any more
        except StoreError:
            await asyncio.sleep(LOOK_S)  # the database will be back
            continue
        if job.change > seen:
            seen, name = job.change, "change" if job.ended_at is None else "end"
            yield ServerSentEvent(data=job, event=name, id=str(seen))
        if job.ended_at is not None:
            return
        await asyncio.sleep(LOOK_S)


@router.post("/{number}/cancellation", responses=problems(404, 409))
def cancel_job(
    number: NumberPath, planner: PlannerDep, session: SessionDep, language: LanguageDep
) -> JobOut:
    """Cancel a job that is not over; nothing is stored of it from this answer on."""
    jobs.require_own(jobs.find_job(session, number), planner)
    return JobOut.of(jobs.cancel_job(session, number), language)
