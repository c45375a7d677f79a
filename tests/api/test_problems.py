"""What is not answered as asked is a problem (RFC 9457), in the client's language."""

import json
import logging

import pytest
from fastapi import APIRouter
from sqlalchemy import create_engine

from api.errors import KINDS, STATUS
from api.logging import Lines
from api.main import PREFIX
from gridmap.errors import CrsError, GridmapError, InputError, ThrottledError
from gridmap.messages import Message
from gridmap.schema import Fault
from tests.api.service import Service


def family(parent: type[GridmapError]) -> list[type[GridmapError]]:
    return [parent, *(kin for child in parent.__subclasses__() for kin in family(child))]


def raising(service: Service, error: Exception) -> Service:
    router = APIRouter()

    @router.get("/raise/{household}")
    def fail(household: str) -> None:
        del household
        raise error

    service.app.include_router(router, prefix=PREFIX)
    return service


def test_every_error_of_the_library_has_a_status_and_no_other() -> None:
    assert set(STATUS) == set(family(GridmapError))
    assert {int(status) for status in STATUS.values()} <= set(KINDS)


@pytest.mark.parametrize(
    ("wish", "language", "title"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh", "尚未登录"),
        ("en;q=0.5, zh;q=0.6", "zh", "尚未登录"),
        ("de, en;q=0.1", "en", "Not signed in"),
        ("zh;q=nonsense, en", "en", "Not signed in"),
        ("", "en", "Not signed in"),
    ],
)
def test_a_problem_speaks_the_clients_language(
    service: Service, wish: str, language: str, title: str
) -> None:
    answer = service.anonymous(accept_language=wish).get("/tokens")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == language
    problem = answer.json()
    assert (problem["title"], problem["status"]) == (title, 401)
    assert problem["type"] == "urn:gridmap:problem:not_signed_in"


def test_an_error_of_the_library_is_said_in_its_own_words(service: Service) -> None:
    error = CrsError(Message("crs.not_metric", {"crs": "EPSG:4490"}))
    answer = raising(service, error).anonymous().get("/raise/1")
    assert (answer.status_code, answer.json()["detail"]) == (422, str(error))


def test_every_fault_of_an_input_is_listed(service: Service) -> None:
    faults = [
        Fault("roads", row, "missing_column", "refused", {"columns": "class"}) for row in (1, 2)
    ]
    answer = raising(service, InputError(*faults)).anonymous().get("/raise/1")
    listed = [flaw["detail"] for flaw in answer.json()["errors"]]
    assert listed == [fault.text("en") for fault in faults]


def test_too_many_attempts_say_when_to_come_back(service: Service) -> None:
    error = ThrottledError(Message("store.throttled", {"seconds": 7}))
    answer = raising(service, error).anonymous().get("/raise/1")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


def test_what_nobody_foresaw_is_told_without_a_word_of_what_it_was(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answer = raising(service, ZeroDivisionError("张三家")).anonymous().get("/raise/张三")
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:gridmap:problem:own_fault"
    for text in (answer.text, *map(Lines().format, caplog.records)):
        assert "张三" not in text
        assert "Traceback" not in text
    failed, request = [
        json.loads(Lines().format(record))
        for record in caplog.records
        if record.name == "api.guard"
    ]
    assert (failed["error"], request["status"]) == ("ZeroDivisionError", 500)
    assert failed["at"][-1].startswith("test_problems.py:")
    assert failed["request"] == request["request"] == answer.headers["x-request-id"]


def test_a_request_is_logged_by_its_pattern_and_account(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    boss = service.add("boss", "admin")
    service.browser("boss").put("/accounts/张三/areas", json={"areas": ["A"]})
    [record] = [record for record in caplog.records if record.name == "api.guard"]
    line = json.loads(Lines().format(record))
    assert (line["event"], line["method"], line["status"]) == ("request", "PUT", 404)
    assert line["route"].endswith("/accounts/{name}/areas")
    assert line["account"] == boss.id


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("PATCH", "/health", 405)]
)
def test_a_way_that_is_not_there_is_a_problem_too(
    service: Service, method: str, path: str, status: int
) -> None:
    answer = service.anonymous().request(method, path)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_broken_json_and_missing_fields_are_pointed_at(service: Service) -> None:
    client = service.anonymous()
    headers = {"content-type": "application/json"}
    broken = client.post("/sessions", content=b"{", headers=headers)
    assert broken.status_code == 422
    missing = client.post("/sessions", json={"name": "x"}).json()["errors"]
    assert missing == [{"detail": "This is missing.", "pointer": "body/password"}]


def test_what_does_not_fit_is_never_repeated(service: Service) -> None:
    answer = service.anonymous().post("/sessions", json={"name": "x", "password": ["secret"]})
    assert answer.status_code == 422
    assert "secret" not in answer.text


def test_without_its_database_the_service_says_so() -> None:
    nowhere = create_engine("postgresql+psycopg://me:secret@127.0.0.1:1/nowhere")
    answer = Service(nowhere).anonymous().get("/health")
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:gridmap:problem:unavailable"
    assert "secret" not in answer.text


def test_answers_are_not_kept_by_caches_on_the_way(service: Service) -> None:
    answer = service.anonymous().get("/health")
    assert answer.json() == {"status": "ok"}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
