"""Publishing over HTTP: the gate, four eyes, the certificate, and who owned what when."""

from __future__ import annotations

import pytest

from tests.api.service import Service
from tests.api.test_drafts import DRAFTS, Desk, code, desk
from tests.store.world import A

__all__ = ["desk"]

VERSIONS = f"/communities/{A}/versions"


@pytest.fixture
def version(desk: Desk, service: Service) -> str:
    """Move a house, and make a version of it; two approvers wait."""
    draft = desk.begin()
    desk.do(desk.li, draft, 0, operation="move", buildings=["h10"], to=code(1))
    made = desk.li.post(f"{draft}/versions", json={"seen": 1}).json()["version"]
    for name in ("zhao", "qian"):
        service.add(name, "approver", [A])
    return f"{VERSIONS}/{made}"


def test_a_version_goes_through_four_pairs_of_hands(
    desk: Desk, service: Service, version: str
) -> None:
    li, zhao, qian = desk.li, service.browser("zhao"), service.browser("qian")
    gate = li.get(f"{version}/gate", headers={"Accept-Language": "en"}).json()
    assert (gate["is_open"], len(gate["findings"])) == (False, 3)
    shut = li.post(f"{version}/submission", json={})
    assert shut.status_code == 409
    assert len(shut.json()["errors"]) == 3
    for number in (1, 2, 3):
        signed = {"code": code(number), "rule": "owner", "why": "recruiting"}
        assert zhao.post(f"{version}/exceptions", json=signed).status_code == 201
    assert li.get(f"{version}/gate").json()["is_open"] is True
    assert li.post(f"{version}/submission", json={}).status_code == 204
    assert zhao.post(f"{version}/approval", json={"note": "好"}).status_code == 204
    body = {"valid_from": "2100-01-01T00:00:00+08:00"}
    assert zhao.post(f"{version}/publication", json=body).status_code == 409
    published = qian.post(f"{version}/publication", json=body)
    assert published.status_code == 201, published.text
    assert li.post(f"{version}/filing", json={}).status_code == 204
    certificate = li.get(f"{version}/certificate").json()
    assert certificate == published.json()
    assert certificate["holds"] is True
    owner = li.get(f"/communities/{A}/owner", params={"building": "h10"})
    assert owner.json()["code"] == code(1)
    early = {"building": "h10", "at": "2099-12-31T00:00:00+08:00"}
    assert li.get(f"/communities/{A}/owner", params=early).status_code == 404
    assert li.get(f"/communities/{A}/owner").status_code == 409


def test_a_version_of_more_communities_is_not_published_by_one_of_them(desk: Desk) -> None:
    assert desk.li.get(f"{VERSIONS}/999/gate").status_code == 404
    assert desk.li.get(DRAFTS, params={"version": 999}).json() == {"drafts": [], "next": None}
    assert desk.li.get(f"{VERSIONS}/{desk.version}/certificate").status_code == 404
