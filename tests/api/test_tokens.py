"""Tokens: a script has its account's rights for a time, and cannot make itself more time."""

import pytest

from api.settings import Settings
from tests.api.service import Service


@pytest.fixture
def service(service: Service) -> Service:
    service.add("王敏", "planner", ["A"])
    return service


def test_a_token_is_shown_once_and_stands_for_its_account(service: Service) -> None:
    browser = service.browser("王敏")
    made = browser.post("/tokens", json={"name": "nightly", "days": 2})
    assert made.status_code == 201
    secret = made.json()["token"]
    assert secret not in browser.get("/tokens").text
    script = service.anonymous(authorization=f"Bearer {secret}")
    known = script.get("/sessions/current").json()
    assert (known["account"]["name"], known["expires_at"]) == ("王敏", None)
    service.wait(days=2)
    assert script.get("/sessions/current").status_code == 401


def test_a_token_taken_back_is_good_for_nothing(service: Service) -> None:
    browser = service.browser("王敏")
    made = browser.post("/tokens", json={"name": "nightly", "days": 2}).json()
    assert browser.post("/tokens", json={"name": "nightly", "days": 2}).status_code == 409
    assert browser.delete(f"/tokens/{made['id']}").status_code == 204
    assert browser.delete(f"/tokens/{made['id']}").status_code == 404
    script = service.anonymous(authorization=f"Bearer {made['token']}")
    assert script.get("/tokens").status_code == 401


def test_a_script_changes_without_a_form_token_but_makes_no_tokens(service: Service) -> None:
    service.add("boss", "admin")
    script = service.script("boss")
    given = {"name": "new", "role": "leader", "areas": None}
    assert script.post("/accounts", json=given).status_code == 201
    assert script.post("/tokens", json={"name": "more", "days": 9}).status_code == 403
    assert script.delete("/sessions/current").status_code == 403


def test_nobody_takes_back_or_sees_anothers_token(service: Service) -> None:
    service.add("other", "planner")
    made = service.browser("王敏").post("/tokens", json={"name": "x", "days": 2}).json()
    other = service.browser("other")
    assert other.delete(f"/tokens/{made['id']}").status_code == 404
    assert other.get("/tokens").json() == {"tokens": [], "next": None}


@pytest.mark.parametrize("authorization", ["Bearer made-up", "Bearer", "Basic YTpi", "x"])
def test_a_bad_token_is_not_mended_by_a_good_cookie(service: Service, authorization: str) -> None:
    browser = service.browser("王敏")
    answer = browser.get("/tokens", headers={"authorization": authorization})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_how_long_a_token_may_last_is_a_setting(service: Service) -> None:
    strict = Service(service.engine, settings=Settings(token_days=30))
    browser = strict.browser("王敏")
    refused = browser.post("/tokens", json={"name": "x", "days": 31})
    assert refused.status_code == 409
    assert "30 days" in refused.json()["detail"]
