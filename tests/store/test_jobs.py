"""Jobs in PostGIS: one attempt writes at a time, a version comes with its end, rights are kept."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridmap.errors import MissingError, RefusedError
from gridmap.plan.model import Draft
from gridmap.rules import Rules
from gridmap.store.errands import (
    Errand,
    finish_job,
    give_back,
    keep_parcel,
    kept_sizes,
    take_job,
    take_parcel,
)
from gridmap.store.jobs import add_job, cancel_job, deliver_again, find_job, list_jobs
from gridmap.store.queue import withdraw
from gridmap.store.tables import PlanningJobRow, PlanVersionRow, Role
from tests.store.test_rights import acting, add
from tests.store.world import A, B

KIT = "kit"


def ask(session: Session, dataset: int, *codes: str) -> int:
    wish = PlanningJobRow(
        asked_by="li",
        dataset_id=dataset,
        communities=list(codes),
        is_whole=False,
        rules=Rules().to_dict(),
        seed=0,
        from_present=False,
    )
    return add_job(session, wish).id


def taken(session: Session, job: int) -> Errand:
    errand = take_job(session, job)
    assert errand is not None
    return errand


def keep(session: Session, errand: Errand, code: str, *, kit: str = KIT) -> None:
    keep_parcel(session, errand, code.encode(), label=(code, 2), kit=kit)


def queued(session: Session) -> list[tuple[object, ...]]:
    asked = "SELECT id, args->'job' FROM gridmap_queue.procrastinate_jobs ORDER BY id"
    return [tuple(row) for row in session.execute(text(asked))]


def test_a_job_is_in_the_queue_as_soon_as_it_is_there(session: Session, dataset: int) -> None:
    job = find_job(session, ask(session, dataset, A, B))
    assert queued(session) == [(job.delivery, job.id)]
    assert (job.state, job.buildings, job.change) == ("queued", 6, 2)


def test_what_is_planned_is_kept_for_the_next_attempt(session: Session, dataset: int) -> None:
    job = ask(session, dataset, A, B)
    keep(session, taken(session, job), A)
    second = taken(session, job)
    assert second.attempt == 2
    assert kept_sizes(session, second, kit=KIT) == {A: 2}
    assert take_parcel(session, second, A) == A.encode()
    assert find_job(session, job).done_buildings == 2


def test_what_another_kit_planned_is_planned_anew(session: Session, dataset: int) -> None:
    job = ask(session, dataset, A, B)
    errand = taken(session, job)
    keep(session, errand, A, kit="old")
    keep(session, errand, B)
    assert kept_sizes(session, errand, kit=KIT) == {B: 2}
    assert find_job(session, job).done_buildings == 2


def test_an_attempt_that_was_given_up_writes_nothing(
    session: Session, dataset: int, draft: Draft
) -> None:
    job = ask(session, dataset, A, B)
    slow, quick = taken(session, job), taken(session, job)
    with pytest.raises(RefusedError, match="is over"):
        keep(session, slow, A)
    with pytest.raises(RefusedError, match="is over"), session.begin_nested():
        finish_job(session, slow, draft)
    give_back(session, slow)
    assert find_job(session, job).state == "running"
    keep(session, quick, A)
    version = finish_job(session, quick, draft)
    row = find_job(session, job)
    assert (row.state, row.version_id, row.is_over) == ("done", version, True)
    assert session.scalars(select(PlanVersionRow.id)).all() == [version]


def test_a_job_that_is_over_is_not_taken_up_and_stays_so(
    session: Session, dataset: int, draft: Draft
) -> None:
    done, cancelled = ask(session, dataset, A, B), ask(session, dataset, A)
    finish_job(session, taken(session, done), draft)
    late = taken(session, cancelled)
    cancel_job(session, cancelled)
    assert take_job(session, done) is None
    assert take_job(session, cancelled) is None
    with pytest.raises(RefusedError, match="is over"), session.begin_nested():
        finish_job(session, late, draft)
    with pytest.raises(RefusedError, match="is over"):
        cancel_job(session, done)
    assert session.scalar(select(func.count()).select_from(PlanVersionRow)) == 1
    with pytest.raises(DBAPIError, match="is over"):
        session.execute(
            text(
                "UPDATE gridmap.planning_job SET state = 'queued', ended_at = NULL WHERE id = :id"
            ),
            {"id": cancelled},
        )


def test_every_change_has_the_next_number(session: Session, dataset: int) -> None:
    job = ask(session, dataset, A, B)
    seen = [find_job(session, job).change]
    errand = taken(session, job)
    seen.append(find_job(session, job).change)
    keep(session, errand, A)
    seen.append(find_job(session, job).change)
    cancel_job(session, job)
    seen.append(find_job(session, job).change)
    assert seen == sorted(set(seen))


def test_a_cancelled_job_is_in_the_queue_no_more(session: Session, dataset: int) -> None:
    cancel_job(session, ask(session, dataset, A))
    assert queued(session) == []
    assert deliver_again(session) == []


def test_only_what_fell_out_of_the_queue_is_put_back(session: Session, dataset: int) -> None:
    there, lost = ask(session, dataset, A), ask(session, dataset, B)
    withdraw(session, find_job(session, lost).delivery or 0)
    assert deliver_again(session) == [lost]
    assert [job for _, job in queued(session)] == [there, lost]
    assert deliver_again(session) == []


@pytest.mark.parametrize("role", ["planner", "approver", "leader", "dispatcher"])
def test_an_account_sees_the_jobs_that_are_wholly_in_its_areas(
    session: Session, dataset: int, role: Role
) -> None:
    own, both = ask(session, dataset, A), ask(session, dataset, A, B)
    with acting(session, add(session, role, A)):
        assert [job.id for job in list_jobs(session)] == [own]
        with pytest.raises(MissingError, match=f"no job {both}"):
            find_job(session, both)
    with acting(session, add(session, "admin")):
        assert [job.id for job in list_jobs(session)] == [own, both]


def test_a_worker_sees_no_job_and_nobody_sees_parcels(session: Session, dataset: int) -> None:
    job = ask(session, dataset, A)
    keep(session, taken(session, job), A)
    with acting(session, add(session, "worker", A)):
        assert list_jobs(session) == []
    for role in ("admin", "planner"):
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            acting(session, add(session, role, A, name=f"{role} of A")),
        ):
            session.execute(text("SELECT FROM gridmap.planning_parcel"))
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            acting(session, add(session, role, A, name=f"{role} too")),
        ):
            session.execute(text("UPDATE gridmap.planning_job SET state = 'running'"))
