"""`gridmap work`: jobs are planned, gone on with after any death, and each ends in one way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

import gis_data
from gridmap.rules import load_rules
from gridmap.store.datasets import community_codes, latest_dataset
from gridmap.store.jobs import add_job
from gridmap.store.session import open_engine, sessions
from gridmap.store.tables import PlanningJobRow
from tests.cli.command import Command

TURN_S = 0.02
LIMIT_TURNS = 6000
STALLED = ("--stalled-after", 1)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a town of several communities once; nobody may change it."""
    folder = tmp_path_factory.mktemp("towns") / "town"
    gis_data.write_town(folder, buildings=300, seed=5)
    return folder


@dataclass
class Office:
    """A database with a town in it, where jobs are asked for and workers come and go."""

    command: Command
    engine: Engine
    workers: list[BaseProcess]
    dice: int = 0

    def hire(self) -> BaseProcess:
        worker = self.command.start("work", *STALLED)
        self.workers.append(worker)
        return worker

    def ask(self, *codes: str, seed: int = 0, by: str = "li", **known: Any) -> int:  # noqa: ANN401
        with sessions(self.engine).begin() as session:
            dataset = latest_dataset(session)
            wish = PlanningJobRow(
                asked_by=by,
                dataset_id=dataset,
                communities=list(codes) or community_codes(session, dataset),
                is_whole=not codes,
                rules=load_rules().to_dict(),
                seed=seed,
                time_limit_s=known.get("time_limit_s"),
                from_present=known.get("from_present", False),
            )
            return add_job(session, wish).id

    def rows(self, question: str, **fields: object) -> list[Any]:
        with self.engine.begin() as connection:
            return list(connection.execute(text(question), fields))

    def look(self, job: int) -> Any:  # noqa: ANN401
        (row,) = self.rows("SELECT * FROM gridmap.planning_job WHERE id = :job", job=job)
        return row

    def versions(self) -> int:
        return len(self.rows("SELECT FROM gridmap.plan_version"))

    def wait(self, is_so: Callable[[], object]) -> None:
        turner = self.workers[-1]
        for _ in range(LIMIT_TURNS):
            if is_so():
                return
            turner.join(TURN_S)
        pytest.fail("it never came to that")

    def wait_for(self, state: str, *jobs: int) -> None:
        ends = {state, "done", "failed", "cancelled"}
        self.wait(lambda: {self.look(job).state for job in jobs} <= ends)
        found = {job: self.look(job) for job in jobs}
        assert {row.state for row in found.values()} == {state}, found

    def wait_until_midway(self, job: int) -> list[tuple[str, int]]:
        """Wait until a community is planned, and others are not."""
        self.wait(lambda: self.look(job).done_buildings > 0)
        kept = self.rows(
            "SELECT community_code, attempt FROM gridmap.planning_parcel WHERE job_id = :job",
            job=job,
        )
        assert self.look(job).state == "running", "it was over before it could be stopped"
        return [(code, attempt) for code, attempt in kept]


@pytest.fixture
def office(stored: Command, town: Path, database_url: str) -> Iterator[Office]:
    assert stored("import", town).code == 0
    engine = open_engine(database_url)
    workers: list[BaseProcess] = []
    yield Office(stored, engine, workers)
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join()
    engine.dispose()


def plan_alike(office: Office, version: int) -> dict[str, Any]:
    """Give all that a plan is, but for its number and how long it took."""
    grids = office.rows(
        "SELECT code, community_code, households, status, ST_AsBinary(geom) FROM gridmap.grid"
        " WHERE version_id = :version ORDER BY seq",
        version=version,
    )
    homes = office.rows(
        "SELECT building_id, grid_code FROM gridmap.assignment WHERE version_id = :version"
        " ORDER BY building_id",
        version=version,
    )
    (whole,) = office.rows(
        "SELECT dataset_id, status, seed, rules, balance, figures - 'seconds'"
        " FROM gridmap.plan_version WHERE id = :version",
        version=version,
    )
    return {"grids": grids, "homes": homes, "whole": tuple(whole)}


def test_a_job_stores_the_version_that_the_command_would(office: Office) -> None:
    job = office.ask()
    office.hire()
    office.wait_for("done", job)
    row = office.look(job)
    assert row.done_buildings == row.buildings > 0
    told = office.command("plan", "--all", "--json").document
    assert plan_alike(office, row.version_id) == plan_alike(office, told["plan"])
    assert office.rows("SELECT FROM gridmap.planning_parcel") == []
    office.wait(lambda: not office.rows("SELECT FROM gridmap_queue.procrastinate_jobs"))
