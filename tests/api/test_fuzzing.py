"""
Everything the OpenAPI document allows, and much that it does not: never a fault of the service's
own, and never an answer that the document does not know.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import AuthContext, Case
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.auth import COOKIE, CSRF_HEADER
from api.main import PREFIX
from gridmap.store.accounts import find_account
from gridmap.store.credentials import open_session
from gridmap.store.session import sessions
from gridmap.store.tables import ROLES
from tests.api.service import Service
from tests.api.test_drafts import Desk, desk
from tests.store.test_publications import put_in_force
from tests.store.world import A

__all__ = ["desk"]

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
CONFIG = {
    "seed": 5,
    "phases": {
        **{name: {"enabled": False} for name in ("examples", "coverage", "fuzzing")},
        "stateful": {"max-steps": 20},
    },
    "generation": {"max-examples": 20, "deterministic": True},
    # Not whether what is spoilt is refused and what fits is taken: `at_home` mends what was spoilt,
    # and no schema says which filters can be read, or which rules there are.
    "checks": {"enabled": False} | {check.__name__: {"enabled": True} for check in CHECKS},
}
HOME = {
    "community": A,
    "number": "1",
    "name": "leader",
    "household": "H1",
    "code": f"{A}001",
    "collectionId": "grids",
    "itemId": f"1.{A}001",
    "tileMatrixSetId": "WebMercatorQuad",
}
MOST_MADE = 50
LIKELY: dict[str, Any] = {
    "version": 1,
    "wish": {"operation": "move", "buildings": ["h10"], "to": f"{A}001"},
}
"""What a body has to say so that something can follow."""

NOTHING_TO_SEE = {
    "POST /sessions",  # nobody guesses a password
    "GET /sessions/oidc",
    "GET /sessions/oidc/callback",
    "GET /households/{household}",  # the street's homes are counted, not listed
}
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
QUICK = settings(
    max_examples=30,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def signed_in(service: Service, name: str) -> dict[str, str]:
    """Give headers of a browser that was signed in just now: some requests end their session."""
    with sessions(service.engine).begin() as session:
        account = find_account(session, name)
        opened = open_session(session, account, now=service.now, lasts=timedelta(hours=1))
    return {"Cookie": f"{COOKIE}={opened.token}", CSRF_HEADER: opened.csrf}


@pytest.fixture
def schema(desk: Desk) -> Any:  # noqa: ANN401 (of many versions)
    """Give the document over a service in which a street is planned and redrawn."""
    desk.begin()
    with sessions(desk.service.engine).begin() as session:
        put_in_force(session, desk.version, datetime(2026, 1, 1, tzinfo=UTC))
    job = desk.li.post("/jobs", json={"communities": [A]}).json()["id"]
    desk.li.post(f"/jobs/{job}/cancellation")  # one that goes on is watched for as long
    for role in ROLES:
        desk.service.add(role, role, [A])
    return schemathesis.openapi.from_asgi(
        f"{PREFIX}/openapi.json",
        desk.service.app,
        headers=signed_in(desk.service, "admin"),
        config=schemathesis.Config.from_dict(CONFIG),
    )


def at_home(case: Case[Any], turn: int) -> Case[Any]:
    """Let most cases be of what is there; the others stay as they were made up."""
    if turn % 4:
        case.headers.pop("Authorization", None)
        case.cookies.clear()
        for name in HOME.keys() & case.path_parameters.keys():
            case.path_parameters[name] = HOME[name]
    return case


def in_sequence(case: Case[Any]) -> Case[Any]:
    """Let a case be of what is there, or of what a request before it made: that has few numbers."""
    number = case.path_parameters.get("number")
    at_home(case, 1)
    if str(number).isdecimal() and int(number or 0) <= MOST_MADE:
        case.path_parameters["number"] = number
    if isinstance(case.body, dict):
        case.body |= {name: part for name, part in LIKELY.items() if name in case.body}
    return case


def who(path: str) -> str:
    """Name somebody who may: an administrator reads no household."""
    return "planner" if path.startswith(f"{PREFIX}/households/") else "admin"


def hammer(operation: Any, service: Service) -> set[int]:  # noqa: ANN401
    """Ask one route for whatever the document allows; give the statuses it answered with."""
    answered: set[int] = set()
    turns = count()
    fits, spoilt = (operation.as_strategy(generation_mode=mode) for mode in MODES)

    @QUICK
    @given(case=st.one_of(fits, spoilt))
    def ask(case: Case[Any]) -> None:
        at_home(case, next(turns))
        answer = case.call(headers=signed_in(service, who(case.path)))
        answered.add(int(answer.status_code))
        case.validate_response(answer, checks=CHECKS)

    ask()
    return answered


def test_no_request_finds_a_fault_of_the_services_own(desk: Desk, schema: Any) -> None:  # noqa: ANN401
    operations = [found.ok() for found in schema.get_all_operations()]
    answered = {operation.label: hammer(operation, desk.service) for operation in operations}
    dull = {label for label, statuses in answered.items() if statuses <= {401, 403, 404, 422}}
    assert {label.replace(PREFIX, "") for label in dull} <= NOTHING_TO_SEE


@pytest.mark.parametrize(
    ("paths", "reached"),
    [
        ("", set()),
        (r"/(drafts|versions)\b", {"make_version", "look_at_gate", "undo", "show_draft"}),
        ("/(tokens|jobs)", {"end_token", "show_job", "cancel_job"}),
    ],
)
def test_no_sequence_of_requests_finds_one(
    desk: Desk,
    schema: Any,  # noqa: ANN401
    paths: str,
    reached: set[str],
) -> None:
    @schema.auth(cache_by_key=None, refresh_interval=None)
    class Visitor:
        """Comes anew with every request, as somebody who may."""

        def get(self, case: Case[Any], _context: AuthContext) -> dict[str, str]:
            return signed_in(desk.service, who(case.path))

        def set(self, case: Case[Any], headers: dict[str, str], _context: AuthContext) -> None:
            in_sequence(case).headers.update(headers)

    wrong: list[object] = []
    tried, done = 0, set[str]()
    for event in schemathesis.engine.from_schema(schema.include(path_regex=paths)).execute():
        if isinstance(event, NonFatalError | FatalError):
            wrong.append(event)
        if isinstance(event, ScenarioFinished):
            tried += len(event.recorder.interactions)
            done |= names_done(event.recorder)
            wrong += [
                (check.name, check.failure_info)
                for checks in event.recorder.checks.values()
                for check in checks
                if check.failure_info
            ]
    assert wrong == []
    assert tried > 100
    assert reached <= done


def names_done(recorded: Any) -> set[str]:  # noqa: ANN401 (of many versions)
    """Name the routes that did what was asked."""
    return {
        recorded.cases[number].value.operation.definition.raw["operationId"]
        for number, each in recorded.interactions.items()
        if each.response and each.response.status_code < 300
    }
