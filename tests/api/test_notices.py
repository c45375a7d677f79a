"""The public notice: everybody reads the grids in force, and nobody reads of a resident."""

import re

import pytest
from sqlalchemy import text

from gridmap.store.session import sessions
from tests.api.service import Service, plan_world, publish_world
from tests.store.test_rights import put_in_force
from tests.store.world import GRIDS, LEDGER, A, B


@pytest.fixture
def planned(service: Service) -> int:
    return plan_world(service)


@pytest.fixture
def published(service: Service) -> int:
    return publish_world(service)


def test_what_is_not_published_is_not_on_the_notice(service: Service, planned: int) -> None:
    assert planned
    client = service.anonymous()
    assert client.get("/notices").json() == {"notices": []}
    assert "No grids are in force" in client.get("/notices.html").text
    assert client.get(f"/notices/{A}").status_code == 404
    assert client.get(f"/notices/{A}.html").status_code == 404


def test_everybody_reads_the_grids_in_force(service: Service, published: int) -> None:
    client = service.anonymous()
    listed = client.get("/notices").json()["notices"]
    assert [(row["community"], row["grids"]) for row in listed] == [(A, 2), (B, 1)]
    shown = client.get(f"/notices/{A}").json()
    assert shown["notice"]["version"] == published
    assert [grid["code"] for grid in shown["grids"]] == [GRIDS["a1"], GRIDS["a2"]]


def test_figures_under_five_and_residents_are_not_told(service: Service, published: int) -> None:
    with sessions(service.engine).begin() as session:
        counted = session.execute(text("SELECT code, households FROM gridmap.grid"))
        told: dict[str, int] = {row.code: row.households for row in counted}
    assert published
    client = service.anonymous()
    for community in (A, B):
        answer = client.get(f"/notices/{community}")
        for grid in answer.json()["grids"]:
            count = told[grid["code"]]
            assert grid["households"] == (count if count >= 5 or count == 0 else None)
        page = client.get(f"/notices/{community}.html").text
        for household in LEDGER:
            assert not re.search(rf"\b{household['household_id']}\b", answer.text + page)
    assert any(0 < count < 5 for count in told.values())
    assert "fewer than 5" in client.get(f"/notices/{A}.html").text


def test_the_page_speaks_both_languages_and_fetches_nothing(
    service: Service, published: int
) -> None:
    assert published
    client = service.anonymous()
    page = client.get(f"/notices/{A}.html", headers={"accept-language": "zh-CN"})
    assert page.headers["content-language"] == "zh"
    assert "户数" in page.text
    assert "Households" in client.get(f"/notices/{A}.html?language=en").text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert re.findall(r"""(?:src|href)=["'](?!\?|\.\./notices\.html|notices/)""", page.text) == []
    assert page.text.count("<path d=") == 2


def test_a_name_is_text_on_the_page_and_never_markup(service: Service, planned: int) -> None:
    with sessions(service.engine).begin() as session:
        session.execute(text("UPDATE gridmap.grid SET name = '<script>alert(1)</script>'"))
        put_in_force(session, planned, "2026-01-01")
    page = service.anonymous().get(f"/notices/{A}.html").text
    assert "<script" not in page
    assert "&lt;script&gt;" in page
