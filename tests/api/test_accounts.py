"""Accounts through the service: an administrator keeps them, and out is out at once."""

import pytest
from fastapi.testclient import TestClient

from tests.api.service import PASSWORD, Service


@pytest.fixture
def boss(service: Service) -> TestClient:
    service.add("boss", "admin")
    return service.browser("boss")


def test_an_account_is_added_with_a_password_that_works_and_is_not_shown_again(
    service: Service, boss: TestClient
) -> None:
    given = {"name": "王敏", "role": "planner", "areas": ["B", "A"]}
    added = boss.post("/accounts", json=given)
    assert added.status_code == 201
    assert added.json()["account"]["areas"] == ["A", "B"]
    password = added.json()["password"]
    assert password not in boss.get("/accounts").text
    signing_in = {"name": "王敏", "password": password}
    assert service.anonymous().post("/sessions", json=signing_in).status_code == 201


def test_a_name_that_is_taken_is_refused(boss: TestClient) -> None:
    given = {"name": "boss", "role": "leader", "areas": None}
    refused = boss.post("/accounts", json=given)
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:gridmap:problem:refused"


@pytest.mark.parametrize(
    "given",
    [
        {"name": "a/b", "role": "leader", "areas": None},
        {"name": "a\0", "role": "leader", "areas": None},
        {"name": "a", "role": "king", "areas": None},
        {"name": "a", "role": "leader"},
        {"name": "a", "role": "leader", "areas": None, "is_god": True},
        {"name": "a", "role": "worker", "areas": [""]},
    ],
)
def test_an_account_that_cannot_be_is_refused_and_not_repeated(
    boss: TestClient, given: dict[str, object]
) -> None:
    refused = boss.post("/accounts", json=given)
    assert refused.status_code == 422
    assert {"detail", "pointer"} <= refused.json()["errors"][0].keys()
    assert "king" not in refused.text


def test_a_disabled_account_is_out_at_once_with_its_scripts(
    service: Service, boss: TestClient
) -> None:
    service.add("王敏", "planner")
    clients = service.browser("王敏"), service.script("王敏")
    assert [client.get("/tokens").status_code for client in clients] == [200, 200]
    assert boss.put("/accounts/王敏/state", json={"is_active": False}).json()["is_active"] is False
    assert [client.get("/tokens").status_code for client in clients] == [401, 401]
    assert boss.put("/accounts/王敏/state", json={"is_active": True}).json()["is_active"] is True
    assert [client.get("/tokens").status_code for client in clients] == [401, 401]


def test_the_last_administrator_cannot_lock_everybody_out(boss: TestClient) -> None:
    refused = boss.put("/accounts/boss/state", json={"is_active": False})
    assert refused.status_code == 409
    assert boss.get("/accounts").status_code == 200


def test_areas_are_said_anew(service: Service, boss: TestClient) -> None:
    service.add("王敏", "planner", ["A"])
    assert boss.put("/accounts/王敏/areas", json={"areas": ["B"]}).json()["areas"] == ["B"]
    assert boss.put("/accounts/王敏/areas", json={"areas": None}).json()["areas"] is None
    assert boss.put("/accounts/ghost/areas", json={"areas": None}).status_code == 404


def test_a_worker_never_acts_everywhere(service: Service, boss: TestClient) -> None:
    service.add("worker", "worker", ["A001"])
    assert boss.put("/accounts/worker/areas", json={"areas": None}).status_code == 409


def test_another_password_ends_what_the_old_one_opened(service: Service, boss: TestClient) -> None:
    service.add("王敏", "planner")
    client = service.browser("王敏")
    renewed = boss.post("/accounts/王敏/password").json()["password"]
    assert client.get("/tokens").status_code == 401
    tries = [{"name": "王敏", "password": password} for password in (PASSWORD, renewed)]
    answers = [service.anonymous().post("/sessions", json=given).status_code for given in tries]
    assert answers == [401, 201]


def test_accounts_are_listed_page_by_page(service: Service, boss: TestClient) -> None:
    for name in ("c", "a"):
        service.add(name, "leader")
    first = boss.get("/accounts", params={"limit": 2}).json()
    rest = boss.get("/accounts", params={"limit": 2, "after": first["next"]}).json()
    names = [[account["name"] for account in page["accounts"]] for page in (first, rest)]
    assert names == [["a", "boss"], ["c"]]
    assert rest["next"] is None
