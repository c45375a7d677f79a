"""Signing in elsewhere: a real provider, the whole way there and back."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine

from api.auth import COOKIE, CSRF_COOKIE
from api.settings import Settings, read_settings
from gridmap.errors import RefusedError
from gridmap.store.accounts import disable, expire_password, find_account
from gridmap.store.session import sessions
from tests.api.service import PASSWORD, Service

PEOPLE = {"u1": "王敏", "u2": "nobody-here"}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Run a provider of OpenID Connect that lets in who says to be one of `PEOPLE`."""
    told = [json.dumps({"sub": sub, "preferred_username": name}) for sub, name in PEOPLE.items()]
    users = [word for each in told for word in ("--user-claims", each)]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", "0", "--require-nonce", "true"]
    with subprocess.Popen([*command, *users], stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stderr is not None
        line = next(filter(None, map(_address, process.stderr)))
        yield line
        process.kill()


def _address(line: str) -> str | None:
    found = re.search(r"running on (http://127\.0\.0\.1:\d+)", line)
    return found[1] if found else None


@pytest.fixture
def service(engine: Engine, provider: str) -> Service:
    settings = Settings(
        oidc_issuer=provider, oidc_client_id="gridmap", oidc_client_secret=SecretStr("between us")
    )
    service = Service(engine, settings=settings)
    service.add("王敏", "planner", ["A"])
    return service


def go_there(client: TestClient) -> str:
    answer = client.get("/sessions/oidc")
    assert answer.status_code == 302
    return answer.headers["location"]


def sign_in_there(place: str, **form: str) -> str:
    answer = httpx2.post(place, data=form)
    assert answer.status_code == 302
    return answer.headers["location"]


def test_who_signed_in_there_is_signed_in_here(service: Service) -> None:
    client = service.anonymous()
    place = go_there(client)
    asked = parse_qs(urlsplit(place).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["state"] != asked["nonce"]
    answer = client.get(sign_in_there(place, sub="u1"))
    assert (answer.status_code, answer.headers["location"]) == (302, "/")
    lines = [line for line in answer.headers.get_list("set-cookie") if line.startswith(COOKIE)]
    assert "HttpOnly" in lines[0]
    assert client.cookies[CSRF_COOKIE]
    assert client.get("/sessions/current").json()["account"]["name"] == "王敏"


def test_nobody_comes_back_who_did_not_set_out_from_this_browser(service: Service) -> None:
    back = sign_in_there(go_there(service.anonymous()), sub="u1")
    other = service.anonymous()
    assert other.get(back).status_code == 401
    assert other.cookies.get(COOKIE) is None


def test_a_way_back_is_good_for_one_time(service: Service) -> None:
    client = service.anonymous()
    back = sign_in_there(go_there(client), sub="u1")
    assert client.get(back).status_code == 302
    assert client.get(back).status_code == 401


def test_who_is_refused_there_is_not_signed_in_here(service: Service) -> None:
    client = service.anonymous()
    answer = client.get(sign_in_there(go_there(client), action="deny"))
    assert answer.status_code == 401
    assert "begin again" in answer.json()["detail"]


def test_without_an_active_account_here_nobody_gets_in(service: Service) -> None:
    client = service.anonymous()
    answer = client.get(sign_in_there(go_there(client), sub="u2"))
    assert (answer.status_code, "nobody-here" in answer.json()["detail"]) == (401, True)
    service.add("root", "admin")
    with sessions(service.engine).begin() as session:
        disable(session, "王敏")
    assert client.get(sign_in_there(go_there(client), sub="u1")).status_code == 401


def test_a_password_that_others_know_ends_when_it_is_not_needed(service: Service) -> None:
    with sessions(service.engine).begin() as session:
        expire_password(session, "王敏")
    client = service.anonymous()
    client.get(sign_in_there(go_there(client), sub="u1"))
    assert client.get("/tokens").status_code == 200
    given = {"name": "王敏", "password": PASSWORD}
    assert service.anonymous().post("/sessions", json=given).status_code == 401
    with sessions(service.engine).begin() as session:
        assert find_account(session, "王敏").password_expired is False


def test_a_provider_that_does_not_answer_is_said(engine: Engine) -> None:
    settings = Settings(
        oidc_issuer="http://127.0.0.1:9", oidc_client_id="x", oidc_client_secret=SecretStr("y")
    )
    answer = Service(engine, settings=settings).anonymous().get("/sessions/oidc")
    assert (answer.status_code, "does not answer" in answer.json()["detail"]) == (503, True)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"OIDC_ISSUER": "http://login.example"}, "GRIDMAP_OIDC_ISSUER"),
        ({"OIDC_ISSUER": "https://login.example"}, "GRIDMAP_OIDC_CLIENT_ID"),
        (
            {"OIDC_ISSUER": "https://login.example", "OIDC_CLIENT_ID": "x"},
            "GRIDMAP_OIDC_CLIENT_SECRET",
        ),
    ],
)
def test_half_a_setting_or_an_unsafe_one_is_named(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], named: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"GRIDMAP_{name}", value)
    with pytest.raises(RefusedError, match=named):
        read_settings()
