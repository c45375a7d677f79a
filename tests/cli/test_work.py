"""`gridmap work`: jobs are planned, gone on with after any death, and each ends in one way."""

import os
import signal
from pathlib import Path

import psutil

from gridmap.messages import Message
from gridmap.store import cluster
from gridmap.store.datasets import community_codes, latest_dataset
from gridmap.store.jobs import cancel_job
from gridmap.store.session import sessions
from tests.cli.conftest import command_for
from tests.cli.office import Office, opened, planners


def codes(office: Office) -> list[str]:
    with sessions(office.engine).begin() as session:
        return community_codes(session, latest_dataset(session))


def test_a_job_stores_the_version_that_the_command_would(office: Office) -> None:
    whole, part = office.ask(), office.ask(*codes(office)[:2], seed=3)
    office.hire()
    office.wait_for("done", whole, part)
    for job, words in (
        (whole, ["--all"]),
        (part, ["--seed", "3", *(f"--community={code}" for code in codes(office)[:2])]),
    ):
        row = office.look(job)
        assert row.done_buildings == row.buildings > 0
        told = office.command("plan", *words, "--json").document
        assert office.plan_of(row.version_id) == office.plan_of(told["plan"])
    assert office.rows("SELECT FROM gridmap.planning_parcel") == []
    office.wait(lambda: not office.rows("SELECT FROM gridmap_queue.procrastinate_jobs"))


def test_a_job_of_a_killed_worker_is_gone_on_with_where_it_was(office: Office) -> None:
    job = office.ask()
    worker = office.hire()
    office.wait_until_midway(job)
    (planner,) = planners(worker)
    worker.kill()
    worker.join()
    psutil.wait_procs([planner], timeout=60)
    assert not planner.is_running()
    before = office.noted(job)
    office.hire()
    office.wait_for("done", job)
    after = office.noted(job)
    assert before.items() <= after.items()
    assert set(after) == set(codes(office))
    assert set(after.values()) == {1, 2}
    assert office.versions() == [office.look(job).version_id]


def test_a_worker_that_is_stopped_gives_its_job_back(office: Office) -> None:
    job = office.ask()
    worker = office.hire()
    office.wait_until_midway(job)
    worker.terminate()
    worker.join()
    assert worker.exitcode == 0
    assert office.look(job).state == "queued"
    assert office.versions() == []
    office.hire(stalled_s=600)  # it was given back: nobody has to be found dead first
    office.wait_for("done", job)
    assert len(set(office.noted(job).values())) == 2
    assert len(office.versions()) == 1


def test_a_job_that_waits_is_cancelled_at_once_and_never_begun(office: Office) -> None:
    waiting, next_one = office.ask(), office.ask(codes(office)[0])
    with sessions(office.engine).begin() as session:
        assert cancel_job(session, waiting).state == "cancelled"
    office.hire()
    office.wait_for("done", next_one)
    assert office.look(waiting).attempt == 0
    assert office.versions() == [office.look(next_one).version_id]


def test_a_job_that_runs_is_cancelled_at_once_and_leaves_nothing(office: Office) -> None:
    running = office.ask()
    worker = office.hire(stalled_s=600)
    office.wait_until_midway(running)
    (planner,) = planners(worker)
    planner.suspend()  # it would find out by itself that nobody wants its next community
    with sessions(office.engine).begin() as session:
        cancel_job(session, running)
    psutil.wait_procs([planner], timeout=3)
    assert not planner.is_running()
    assert office.rows("SELECT FROM gridmap.planning_parcel") == []
    next_one = office.ask(codes(office)[0])
    office.wait_for("done", next_one)
    assert office.look(running).state == "cancelled"
    assert office.versions() == [office.look(next_one).version_id]


def test_a_job_that_kills_whoever_plans_it_is_given_up_in_a_sentence(office: Office) -> None:
    job = office.ask()
    worker = office.hire(stalled_s=600)
    for attempt in (1, 2, 3):
        office.wait(lambda: planners(worker))
        assert office.look(job).attempt == attempt
        (planner,) = planners(worker)
        planner.kill()
        office.wait(lambda: planner not in planners(worker))  # noqa: B023 (called at once)
    office.wait_for("failed", job)
    (reason,) = office.look(job).failures
    assert "3 times running" in Message.from_json(reason).text("en")
    assert office.versions() == []


def test_two_workers_do_the_jobs_of_two_accounts_in_order_and_each_once(office: Office) -> None:
    one, other = codes(office)[:2]
    jobs = [
        office.ask(one if n % 2 else other, by="li" if n % 2 else "wang", seed=n) for n in range(8)
    ]
    office.hire(stalled_s=600)
    office.hire(stalled_s=600)
    office.wait_for("done", *jobs)
    rows = [office.look(job) for job in jobs]
    assert [row.attempt for row in rows] == [1] * len(jobs)
    begun = [row.started_at for row in rows]
    assert all(early < late for early, late in zip(begun, begun[2:], strict=False))
    assert sorted(office.versions()) == sorted(row.version_id for row in rows)


def test_what_cannot_be_planned_fails_in_a_sentence(office: Office) -> None:
    job = office.ask(rules={"profile": "own", "loads": {"dogs": {"low": 1, "high": 2}}})
    office.hire()
    office.wait_for("failed", job)
    assert "dogs" in Message.from_json(office.look(job).failures[0]).text("en")
    assert office.versions() == []


def test_a_job_that_fell_out_of_the_queue_is_put_back_into_it(office: Office) -> None:
    job = office.ask(codes(office)[0])
    office.rows("DELETE FROM gridmap_queue.procrastinate_jobs RETURNING id")
    office.hire()
    office.wait_for("done", job)


def test_a_job_is_finished_after_postgresql_was_killed(
    server_folder: Path, postgis_installed: None, tmp_path: Path, town: Path
) -> None:
    assert postgis_installed is None
    folder = server_folder / "killed"
    url = cluster.start(folder)
    work = command_for(tmp_path / "work", url)
    try:
        assert work("import", town).code == 0
        with opened(work, url) as office:
            job = office.ask()
            worker = office.hire()
            office.wait_until_midway(job)
            before = office.noted(job)
            os.kill(cluster.status(folder).pid or 0, signal.SIGKILL)
            assert cluster.start(folder) == url
            office.wait_for("done", job)
            assert worker.is_alive()
            after = office.noted(job)
            assert before.items() <= after.items()
            assert set(after) == set(codes(office))
            assert office.versions() == [office.look(job).version_id]
    finally:
        cluster.stop(folder)
