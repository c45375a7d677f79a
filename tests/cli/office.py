"""A database with a town in it, where jobs are asked for and workers come and go."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from typing import Any

import psutil
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from gridmap.rules import load_rules
from gridmap.store.datasets import community_codes, latest_dataset
from gridmap.store.jobs import add_job
from gridmap.store.session import sessions
from gridmap.store.tables import PlanningJobRow
from tests.cli.command import Command

TURN_S = 0.02
TURNS = 15_000
OVER = {"done", "failed", "cancelled"}
NOTE_PARCELS = """
    CREATE TABLE public.noted (job_id int, code text, attempt int);
    CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO public.noted VALUES (NEW.job_id, NEW.community_code, NEW.attempt);
        RETURN NEW;
    END
    $$;
    CREATE TRIGGER note AFTER INSERT ON gridmap.planning_parcel
        FOR EACH ROW EXECUTE FUNCTION public.note();
"""
"""Every community that is planned is noted: parcels themselves go when their job is over."""


@dataclass
class Office:
    """Asks for jobs, hires workers, and looks what becomes of it."""

    command: Command
    engine: Engine
    workers: list[BaseProcess] = field(default_factory=list)

    def hire(self, *, stalled_s: float = 1) -> BaseProcess:
        """Start a worker."""
        worker = self.command.start("work", "--stalled-after", stalled_s)
        self.workers.append(worker)
        return worker

    def ask(self, *codes: str, by: str = "li", **known: Any) -> int:  # noqa: ANN401 (columns)
        """Ask for communities to be planned, or for all of them."""
        with sessions(self.engine).begin() as session:
            dataset = latest_dataset(session)
            wish: dict[str, Any] = {
                "asked_by": by,
                "dataset_id": dataset,
                "communities": list(codes) or community_codes(session, dataset),
                "is_whole": not codes,
                "rules": load_rules().to_dict(),
                "seed": 0,
                "time_limit_s": None,
                "from_present": False,
            }
            return add_job(session, PlanningJobRow(**wish | known)).id

    def rows(self, question: str, **fields: object) -> list[Any]:
        """Ask the database."""
        with self.engine.begin() as connection:
            return list(connection.execute(text(question), fields))

    def look(self, job: int) -> Any:  # noqa: ANN401 (a row)
        """Give a job as it is."""
        (row,) = self.rows("SELECT * FROM gridmap.planning_job WHERE id = :job", job=job)
        return row

    def noted(self, job: int) -> dict[str, int]:
        """Say which attempt planned each community; none may be planned twice."""
        rows = self.rows("SELECT code, attempt FROM public.noted WHERE job_id = :job", job=job)
        assert len(rows) == len({code for code, _ in rows}), "a community was planned twice"
        return dict(map(tuple, rows))

    def wait(self, is_so: Callable[[], object]) -> None:
        """Wait until something is so; a database that is away is waited for."""
        for _ in range(TURNS):
            with suppress(OperationalError):
                if is_so():
                    return
            self.workers[-1].join(TURN_S)
        pytest.fail("it never came to that")

    def wait_for(self, state: str, *jobs: int) -> None:
        """Wait until jobs are over, or are what is waited for."""
        self.wait(lambda: {self.look(job).state for job in jobs} <= {state, *OVER})
        assert {self.look(job).state for job in jobs} == {state}, [*map(self.look, jobs)]

    def wait_until_midway(self, job: int) -> None:
        """Wait until a community is planned, and others are not."""
        self.wait(lambda: self.look(job).done_buildings > 0)
        assert self.look(job).state == "running", "it was over before it could be stopped"

    def plan_of(self, version: int) -> dict[str, Any]:
        """Give all that a plan is, but its number and how long it took."""
        asked = {
            "grids": "SELECT code, community_code, households, status, ST_AsBinary(geom)"
            " FROM gridmap.grid WHERE version_id = :version ORDER BY seq",
            "homes": "SELECT building_id, grid_code FROM gridmap.assignment"
            " WHERE version_id = :version ORDER BY building_id",
            "whole": "SELECT dataset_id, status, seed, rules, balance, figures - 'seconds'"
            " FROM gridmap.plan_version WHERE id = :version",
        }
        return {what: self.rows(each, version=version) for what, each in asked.items()}

    def versions(self) -> list[int]:
        """List the numbers of all versions there are, half ones too."""
        return [number for (number,) in self.rows("SELECT id FROM gridmap.plan_version")]


def planners(worker: BaseProcess | psutil.Process) -> list[psutil.Process]:
    """Give the processes in which a worker plans: they are forked by its server of processes."""
    with suppress(psutil.NoSuchProcess):
        servers = psutil.Process(worker.pid).children()
        return [planner for server in servers for planner in server.children()]
    return []


@contextmanager
def opened(command: Command, url: str) -> Iterator[Office]:
    """Open the office, and let every worker go in the end."""
    engine = create_engine(make_url(url), pool_pre_ping=True)
    with engine.begin() as connection:
        connection.execute(text(NOTE_PARCELS))
    office = Office(command, engine)
    try:
        yield office
    finally:
        for worker in office.workers:
            worker.terminate()
        for worker in office.workers:
            worker.join()
        engine.dispose()
