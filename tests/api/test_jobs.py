"""Long jobs over HTTP: who may ask for what, what is told of them, and how they are cancelled."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text

from gridmap.errors import InputError
from gridmap.schema import Fault
from gridmap.store.errands import fail_job, take_job
from gridmap.store.imports import import_layers
from gridmap.store.session import sessions
from tests.api.service import Service
from tests.store.world import A, B, draw_world


@pytest.fixture
def service(service: Service) -> Service:
    """Give a service with two communities, and people of the first, of the second and of both."""
    with sessions(service.engine).begin() as session:
        import_layers(session, *draw_world(), source="a drawing")
    for name, areas in (("li", [A]), ("wang", [B]), ("zhao", [A, B]), ("sun", None)):
        service.add(name, "planner", areas)
    service.add("leader", "leader", [A])
    return service


def ask(service: Service, who: str, **wish: Any) -> Any:  # noqa: ANN401 (an answer)
    return service.browser(who).post("/jobs", json=wish)


def test_a_job_is_asked_for_and_the_answer_says_where_it_is(service: Service) -> None:
    answer = ask(service, "li", rules={"high": 450}, seed=3, time_limit_s=9.5)
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert answer.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert service.browser("leader").get(f"/jobs/{job['id']}").json() == job
    assert (job["state"], job["asked_by"], job["communities"]) == ("queued", "li", [A])
    assert (job["buildings"], job["done_buildings"], job["version"]) == (4, 0, None)
    assert (job["rules"]["high"], job["rules"]["profile"]) == (450, "cn-urban")
    assert (job["seed"], job["time_limit_s"], job["from_present"]) == (3, 9.5, False)


@pytest.mark.parametrize(
    ("who", "communities", "planned"),
    [
        ("li", None, [A]),
        ("zhao", None, [A, B]),
        ("sun", None, [A, B]),
        ("sun", [B, B], [B]),
    ],
)
def test_without_communities_all_are_planned_that_one_acts_in(
    service: Service, who: str, communities: list[str] | None, planned: list[str]
) -> None:
    job = ask(service, who, communities=communities).json()
    assert job["communities"] == planned
    with service.engine.begin() as connection:
        whole = connection.execute(text("SELECT is_whole FROM gridmap.planning_job")).scalar_one()
    assert whole is (who == "sun" and communities is None)


@pytest.mark.parametrize(
    ("who", "wish", "status"),
    [
        ("li", {"communities": [A, B]}, 403),
        ("sun", {"communities": ["990101001009"]}, 404),
        ("li", {"communities": []}, 422),
        ("li", {"rule": "/etc/passwd"}, 422),
        ("li", {"rule": "gridmap"}, 422),
        ("li", {"rules": {"target": 0}}, 422),
        ("li", {"rules": {"target": True}}, 422),
        ("li", {"rules": {"profile": "a\0b"}}, 422),
        ("li", {"rules": {"high": 10**400}}, 422),
        ("li", {"rules": {"nonsense": 1}}, 422),
        ("li", {"rules": {"code_profile": "xy99"}}, 422),
        ("li", {"time_limit_s": 0}, 422),
        ("li", {"seed": -1}, 422),
    ],
)
def test_what_cannot_be_planned_is_refused_before_it_is_queued(
    service: Service, who: str, wish: dict[str, Any], status: int
) -> None:
    answer = ask(service, who, **wish)
    assert answer.status_code == status, answer.text
    assert service.browser("sun").get("/jobs").json() == {"jobs": [], "next": None}
    with service.engine.begin() as connection:
        queued = "SELECT count(*) FROM gridmap_queue.procrastinate_jobs"
        assert connection.execute(text(queued)).scalar_one() == 0


def test_nobody_sees_or_cancels_a_job_of_communities_that_are_not_all_theirs(
    service: Service,
) -> None:
    own, both = (ask(service, who).json()["id"] for who in ("li", "zhao"))
    for who, seen in (("li", [own]), ("wang", []), ("zhao", [own, both]), ("leader", [own])):
        client = service.browser(who)
        assert [job["id"] for job in client.get("/jobs").json()["jobs"]] == seen
        for job in (own, both):
            expected = 200 if job in seen else 404
            assert client.get(f"/jobs/{job}").status_code == expected
            if job not in seen:
                assert client.get(f"/jobs/{job}/events").status_code == 404
                cancelled = client.post(f"/jobs/{job}/cancellation").status_code
                assert cancelled == (403 if who == "leader" else 404)


def test_jobs_are_listed_page_by_page(service: Service) -> None:
    jobs = [ask(service, "li", seed=seed).json()["id"] for seed in range(3)]
    client = service.browser("leader")
    first = client.get("/jobs", params={"limit": 2}).json()
    assert [job["id"] for job in first["jobs"]] == jobs[:2]
    rest = client.get("/jobs", params={"limit": 2, "after": first["next"]}).json()
    assert ([job["id"] for job in rest["jobs"]], rest["next"]) == (jobs[2:], None)


def test_a_job_is_cancelled_once(service: Service) -> None:
    job = ask(service, "li").json()["id"]
    client = service.browser("li")
    cancelled = client.post(f"/jobs/{job}/cancellation")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert cancelled.json()["ended_at"]
    assert client.post(f"/jobs/{job}/cancellation").status_code == 409


def events(stream: str) -> list[tuple[str, int, dict[str, Any]]]:
    """Read a stream of events: name, number and data of each."""
    found = []
    for block in stream.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line[0] != ":")
        if fields:
            found.append((fields["event"], int(fields["id"]), json.loads(fields["data"])))
    return found


def test_whoever_watches_what_is_over_is_told_so_unless_they_know(service: Service) -> None:
    client = service.browser("li")
    job = ask(service, "li").json()["id"]
    client.post(f"/jobs/{job}/cancellation")
    answer = client.get(f"/jobs/{job}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    ((name, number, told),) = events(answer.text)
    assert (name, told["state"], told["change"]) == ("end", "cancelled", number)
    again = client.get(f"/jobs/{job}/events", headers={"Last-Event-ID": str(number)})
    assert (again.status_code, events(again.text)) == (200, [])


def test_a_failure_is_said_in_the_readers_language(service: Service) -> None:
    job = ask(service, "li").json()["id"]
    flaw = InputError(Fault("grids", None, "no_present_grids", "refused"))
    with sessions(service.engine).begin() as session:
        errand = take_job(session, job)
        assert errand is not None
        fail_job(session, errand, flaw.reasons)
    client = service.browser("leader")
    for language in ("zh", "en"):
        shown = client.get(f"/jobs/{job}", headers={"Accept-Language": language}).json()
        assert shown["failures"] == flaw.sentences(language)
