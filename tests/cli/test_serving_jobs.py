"""`gridmap serve` with its workers: jobs are watched while they go, and workers come and go."""

import json
import socket
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from typing import Any

import httpx2
import psutil

from gridmap.store.accounts import add_account
from gridmap.store.credentials import add_token
from gridmap.store.session import sessions
from tests.cli.office import Office

Event = tuple[str, int, dict[str, Any]]
WATCHERS = 20  # more than the service has connections


@dataclass
class Server:
    """A server that runs, and a planner's client."""

    office: Office
    process: BaseProcess
    client: httpx2.Client

    def workers(self) -> list[psutil.Process]:
        """Give its workers: processes of its own that have processes of their own."""
        return [one for one in psutil.Process(self.process.pid).children() if one.children()]


@contextmanager
def serving(office: Office, *, workers: int) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with sessions(office.engine).begin() as session:
        planner = add_account(session, "li", "spring rain on tiles", "planner")
        _, token = add_token(
            session, planner, "test", now=datetime.now(UTC), lasts=timedelta(hours=1)
        )
    words = ("serve", "--port", port, "--workers", workers, "--stalled-after", 1)
    process = office.command.start(*words)
    office.workers.append(process)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(
        base_url=f"http://127.0.0.1:{port}/api/v1", headers=headers, timeout=60
    ) as client:

        def answers() -> bool:
            with suppress(httpx2.TransportError):
                return client.get("/health").status_code == 200
            return False

        office.wait(answers)
        yield Server(office, process, client)


def ask(server: Server, **wish: Any) -> int:  # noqa: ANN401 (as JSON has it)
    answer = server.client.post("/jobs", json=wish)
    assert answer.status_code == 202, answer.text
    return int(answer.json()["id"])


def watch(
    server: Server, job: int, *, after: int = 0
) -> Generator[tuple[str, int, dict[str, Any]]]:
    headers = {"Last-Event-ID": str(after)}
    with server.client.stream("GET", f"/jobs/{job}/events", headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        fields: dict[str, str] = {}
        for line in stream.iter_lines():
            name, _, value = line.partition(": ")
            fields[name] = value
            if not line and "data" in fields:
                yield fields["event"], int(fields["id"]), json.loads(fields["data"])
                fields = {}


def test_a_job_is_watched_from_its_beginning_to_its_version(office: Office) -> None:
    with serving(office, workers=1) as server:
        job = ask(server)
        told = list(watch(server, job))
        numbers = [number for _, number, _ in told]
        done = [state["done_buildings"] for _, _, state in told]
        assert numbers == sorted(set(numbers))
        assert done == sorted(done)
        assert done[0] == 0
        assert len(set(done)) >= 3, "nobody could see it go"
        assert [name for name, _, _ in told] == ["change"] * (len(told) - 1) + ["end"]
        _, last, state = told[-1]
        assert (state["state"], state["done_buildings"]) == ("done", state["buildings"])
        assert office.versions() == [state["version"]]
        assert [number for _, number, _ in watch(server, job, after=numbers[-2])] == [last]


def test_many_who_wait_hold_nothing_and_hear_of_the_end(office: Office) -> None:
    with serving(office, workers=0) as server, ExitStack() as kept:
        job = ask(server)
        streams = [watch(server, job) for _ in range(WATCHERS)]
        for stream in streams:
            kept.callback(stream.close)
            assert next(stream)[2]["state"] == "queued"
        held = "SELECT FROM pg_stat_activity WHERE datname = current_database()"
        idle = f"{held} AND state = 'idle in transaction' AND now() - xact_start > '1 s'"
        assert office.rows(idle) == []
        assert len(office.rows(held)) < WATCHERS
        assert server.client.post(f"/jobs/{job}/cancellation").status_code == 200
        for stream in streams:
            ((name, _, state),) = list(stream)
            assert (name, state["state"]) == ("end", "cancelled")


def test_a_worker_that_dies_is_followed_by_another_and_ends_with_its_server(
    office: Office,
) -> None:
    with serving(office, workers=1) as server:
        job = ask(server)
        office.wait_until_midway(job)
        (worker,) = server.workers()
        worker.kill()
        office.wait_for("done", job)
        assert set(office.noted(job).values()) == {1, 2}
        family = psutil.Process(server.process.pid).children(recursive=True)
        assert worker.pid not in {one.pid for one in family}
        server.process.terminate()
        server.process.join()
        assert server.process.exitcode in {0, -15}
        _, left = psutil.wait_procs(family, timeout=10)
        assert left == []


def test_workers_leave_when_their_server_is_killed(office: Office) -> None:
    with serving(office, workers=1) as server:
        job = ask(server)
        office.wait_until_midway(job)
        family = psutil.Process(server.process.pid).children(recursive=True)
        server.process.kill()
        _, left = psutil.wait_procs(family, timeout=60)
        assert left == []
        office.hire()
        office.wait_for("done", job)
        assert len(office.versions()) == 1
