"""Signing in, staying in, and being out."""

import pytest
from fastapi.testclient import TestClient

from api.auth import COOKIE, CSRF_COOKIE, CSRF_HEADER
from api.settings import Settings
from gridmap.store.passwords import TRIES_OF_ONE
from tests.api.service import PASSWORD, Service


@pytest.fixture
def service(service: Service) -> Service:
    service.add("王敏", "planner", ["A"])
    return service


def sign_in(client: TestClient, password: str = PASSWORD, name: str = "王敏") -> int:
    return client.post("/sessions", json={"name": name, "password": password}).status_code


def test_a_browser_signs_in_is_known_and_signs_out(service: Service) -> None:
    client = service.anonymous()
    assert client.get("/sessions/current").status_code == 401
    answer = client.post("/sessions", json={"name": " 王敏 ", "password": PASSWORD})
    assert answer.status_code == 201
    assert answer.json()["account"] == {
        "name": "王敏",
        "role": "planner",
        "is_active": True,
        "areas": ["A"],
        "worker_id": "",
        "password_expired": False,
    }
    assert client.cookies[CSRF_COOKIE] == answer.json()["csrf_token"]
    known = client.get("/sessions/current")
    assert known.json()["account"]["name"] == "王敏"
    assert known.json()["expires_at"] == answer.json()["expires_at"]
    token = {CSRF_HEADER: client.cookies[CSRF_COOKIE]}
    kept = client.cookies[COOKIE]
    assert client.delete("/sessions/current", headers=token).status_code == 204
    assert client.cookies.get(COOKIE) is None
    client.cookies.set(COOKIE, kept)
    assert client.get("/sessions/current").status_code == 401


def test_the_session_is_kept_from_scripts_and_from_other_sites(service: Service) -> None:
    answer = service.anonymous().post("/sessions", json={"name": "王敏", "password": PASSWORD})
    cookies = {line.partition("=")[0]: line for line in answer.headers.get_list("set-cookie")}
    assert set(cookies) == {COOKIE, CSRF_COOKIE}
    for line in cookies.values():
        assert "SameSite=strict" in line
        assert "Secure" in line
    assert "HttpOnly" in cookies[COOKIE]
    assert "HttpOnly" not in cookies[CSRF_COOKIE]


def test_without_https_a_cookie_is_secure_only_if_asked(service: Service) -> None:
    secure = {}
    for asked in (None, True):
        plain = Service(service.engine, settings=Settings(cookie_secure=asked)).anonymous()
        plain.base_url = "http://service/api/v1"
        answer = plain.post("/sessions", json={"name": "王敏", "password": PASSWORD})
        secure[asked] = "Secure" in answer.headers["set-cookie"]
    assert secure == {None: False, True: True}


def test_a_wrong_password_a_wrong_name_and_a_disabled_account_are_answered_alike(
    service: Service,
) -> None:
    service.add("gone", "leader")
    service.add("boss", "admin")
    boss = service.browser("boss")
    assert boss.put("/accounts/gone/state", json={"is_active": False}).status_code == 200
    client = service.anonymous()
    answers = [
        client.post("/sessions", json={"name": name, "password": password})
        for name, password in (("王敏", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD))
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert "set-cookie" not in answers[0].headers


def test_guessing_is_slowed_down_even_for_the_right_password(service: Service) -> None:
    client = service.anonymous()
    assert {sign_in(client, "wrong") for _ in range(TRIES_OF_ONE)} == {401}
    refused = client.post("/sessions", json={"name": "王敏", "password": PASSWORD})
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "900"
    assert sign_in(client, "wrong", "other") == 401
    service.wait(minutes=15)
    assert sign_in(client) == 201


def test_getting_in_forgives_what_was_mistyped(service: Service) -> None:
    client = service.anonymous()
    for _ in range(2):
        assert {sign_in(client, "wrong") for _ in range(TRIES_OF_ONE - 1)} == {401}
        assert sign_in(client) == 201


def test_a_sign_in_ends_when_its_time_is_over(service: Service) -> None:
    client = service.browser("王敏")
    service.wait(hours=11, minutes=59)
    assert client.get("/sessions/current").status_code == 200
    service.wait(minutes=1)
    assert client.get("/sessions/current").status_code == 401


@pytest.mark.parametrize("token", [None, "", "made up"])
def test_a_change_needs_the_form_token_and_reading_does_not(
    service: Service, token: str | None
) -> None:
    client = service.browser("王敏")
    del client.headers[CSRF_HEADER]
    headers = {} if token is None else {CSRF_HEADER: token}
    refused = client.post("/tokens", json={"name": "x", "days": 1}, headers=headers)
    assert refused.status_code == 403
    assert CSRF_HEADER in refused.json()["detail"]
    assert client.get("/tokens", headers=headers).json()["tokens"] == []


def test_another_browsers_form_token_is_no_good(service: Service) -> None:
    here, there = service.browser("王敏"), service.browser("王敏")
    here.headers[CSRF_HEADER] = there.headers[CSRF_HEADER]
    assert here.delete("/sessions/current").status_code == 403


def test_a_form_of_another_site_signs_nobody_in(service: Service) -> None:
    form = {"name": "王敏", "password": PASSWORD}
    assert service.anonymous().post("/sessions", data=form).status_code == 422
    text = '{"name": "王敏", "password": "spring rain on tiles"}'.encode()
    plain = {"content-type": "text/plain"}
    assert service.anonymous().post("/sessions", content=text, headers=plain).status_code == 422


def choose(client: TestClient, current: str, new: str) -> int:
    given = {"current": current, "new": new}
    return client.put("/sessions/current/password", json=given).status_code


def test_who_chooses_another_password_is_signed_out_everywhere_else(service: Service) -> None:
    here, there, script = service.browser("王敏"), service.browser("王敏"), service.script("王敏")
    assert choose(here, PASSWORD, "old bridge over water") == 200
    assert there.get("/sessions/current").status_code == 401
    assert script.get("/sessions/current").status_code == 401
    assert here.get("/sessions/current").status_code == 200
    assert sign_in(service.anonymous()) == 401
    assert sign_in(service.anonymous(), "old bridge over water") == 201


@pytest.mark.parametrize(
    ("current", "new"),
    [("wrong", "old bridge over water"), (PASSWORD, "short"), (PASSWORD, PASSWORD)],
)
def test_a_password_is_not_changed_for_a_bad_one_or_by_a_guess(
    service: Service, current: str, new: str
) -> None:
    assert choose(service.browser("王敏"), current, new) == 409
    assert sign_in(service.anonymous()) == 201


def test_guesses_at_the_current_password_are_counted(service: Service) -> None:
    here = service.browser("王敏")
    for _ in range(TRIES_OF_ONE):
        assert choose(here, "a guess", "old bridge over water") == 409
    assert choose(here, PASSWORD, "old bridge over water") == 429


def test_a_password_that_somebody_else_made_opens_nothing_but_its_change(service: Service) -> None:
    service.add("root", "admin")
    given = {"name": "李", "role": "planner", "areas": ["A"]}
    made = service.browser("root").post("/accounts", json=given).json()["password"]
    client = service.anonymous()
    signed = client.post("/sessions", json={"name": "李", "password": made}).json()
    client.headers[CSRF_HEADER] = signed["csrf_token"]
    assert signed["account"]["password_expired"] is True
    assert client.get("/tokens").status_code == 403
    assert client.post("/tokens", json={"name": "t", "days": 1}).status_code == 403
    assert choose(client, made, "old bridge over water") == 200
    assert client.get("/tokens").status_code == 200
    assert sign_in(service.anonymous(), "old bridge over water", "李") == 201
