"""Lists that could grow without end go on page by page; features of a draft are chosen from."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.service import Service
from tests.api.test_drafts import DRAFTS, Desk, code, desk

__all__ = ["desk"]


def pages(client: TestClient, where: str, key: str, **asked: Any) -> list[list[Any]]:  # noqa: ANN401
    """Go through a list, two at a time."""
    found, after = [], None
    while True:
        more: dict[str, Any] = {} if after is None else {"after": after}
        body = client.get(where, params={"limit": 2, **asked, **more}).json()
        found.append(body[key])
        after = body["next"]
        if after is None:
            return found


def test_steps_and_drafts_and_tokens_go_on_page_by_page(desk: Desk, service: Service) -> None:
    draft = desk.begin("a")
    others = [desk.begin(name).rpartition("/")[2] for name in ("b", "c")]
    for seen in range(3):
        to = code(1 + seen % 2)
        assert desk.do(desk.li, draft, seen, operation="move", buildings=["h10"], to=to)
    for _ in range(3):
        service.wait(seconds=1)
        service.script("li")
    for where, key, name in (
        (f"{draft}/steps", "steps", "number"),
        (DRAFTS, "drafts", "id"),
        ("/tokens", "tokens", "name"),
    ):
        asked = {"version": desk.version} if key == "drafts" else {}
        found = pages(desk.li, where, key, **asked)
        assert [len(page) for page in found] == [2, 1], key
        whole = desk.li.get(where, params=asked).json()
        assert whole["next"] is None
        assert [row[name] for page in found for row in page] == [row[name] for row in whole[key]]
    assert len(others) == 2


@pytest.fixture
def shown(desk: Desk) -> tuple[TestClient, str]:
    return desk.wang, f"{desk.begin()}/features"


def codes(client: TestClient, where: str, **asked: Any) -> list[str]:  # noqa: ANN401
    answer = client.get(where, params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    return [feature["id"] for feature in answer.json()["features"]]


def test_features_of_a_draft_are_those_of_a_box_or_of_some_codes(
    shown: tuple[TestClient, str],
) -> None:
    client, where = shown
    every = [code(1), code(2), code(3)]
    assert codes(client, where) == every
    assert codes(client, where, code=code(2)) == [code(2)]
    assert codes(client, where, code=[code(3), code(1)]) == [code(1), code(3)]
    assert codes(client, where, code=f"{code(3)}, {code(1)}") == [code(1), code(3)]
    ring = client.get(where).json()["features"][0]["geometry"]["coordinates"][0][0]
    west, south = min(x for x, _ in ring), min(y for _, y in ring)
    assert codes(client, where, bbox=f"{west},{south},{west + 1e-5},{south + 1e-5}") == [code(1)]
    assert codes(client, where, bbox="0,0,1,1") == []
    assert client.get(where, params={"bbox": "0,0,1"}).status_code == 422


def test_the_next_link_leads_through_all_features(shown: tuple[TestClient, str]) -> None:
    client, where = shown
    found, here = [], f"{where}?limit=2"
    while here:
        body = client.get(here).json()
        found.append([feature["id"] for feature in body["features"]])
        here = next((link["href"] for link in body["links"] if link["rel"] == "next"), "")
    assert found == [[code(1), code(2)], [code(3)]]


def test_features_that_are_known_are_not_sent_again_until_a_step_is_taken(
    desk: Desk, shown: tuple[TestClient, str]
) -> None:
    client, where = shown
    known = client.get(where).headers["etag"]
    again = client.get(where, headers={"If-None-Match": known})
    assert (again.status_code, again.content) == (304, b"")
    draft = where.removesuffix("/features")
    desk.do(desk.li, draft, 0, operation="move", buildings=["h10"], to=code(1))
    assert client.get(where, headers={"If-None-Match": known}).status_code == 200
