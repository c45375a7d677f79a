"""Drafts over HTTP: begun, redrawn, undone, made versions of; the second of two is told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from gridmap.store.imports import import_layers
from gridmap.store.plans import add_draft
from gridmap.store.session import sessions
from tests.api.service import Service
from tests.store.streets import draw_street, plan_street
from tests.store.world import EAST, NORTH, A

DRAFTS = f"/communities/{A}/drafts"


@dataclass
class Desk:
    """Two planners and a plan."""

    service: Service
    version: int
    li: TestClient
    wang: TestClient

    def begin(self, name: str = "spring") -> str:
        answer = self.li.post(DRAFTS, json={"version": self.version, "name": name})
        assert answer.status_code == 201, answer.text
        return f"{DRAFTS}/{answer.json()['id']}"

    def do(self, client: TestClient, draft: str, seen: int, **wish: Any) -> Any:  # noqa: ANN401
        rebase = wish.pop("rebase", False)
        body = {"seen": seen, "wish": wish, "why": "the tower is finished", "rebase": rebase}
        return client.post(f"{draft}/steps", json=body)

    def homes(self, draft: str) -> dict[str, int]:
        grids = self.wang.get(draft).json()["grids"]
        return {grid["code"][-3:]: grid["households"] for grid in grids}


@pytest.fixture
def desk(service: Service) -> Desk:
    layers, ledger = draw_street()
    with sessions(service.engine).begin() as session:
        dataset = import_layers(session, layers, ledger, source="a drawing")
        version = add_draft(session, dataset, plan_street(layers, ledger))
    for name in ("li", "wang"):
        service.add(name, "planner", [A])
    return Desk(service, version, service.browser("li"), service.browser("wang"))


def code(number: int) -> str:
    return f"{A}{number:03d}"


def in_degrees(desk: Desk, x0: float, x1: float) -> list[list[float]]:
    """Take the corners of a strip of the street, from south to north over all of it."""
    asked = text(
        "SELECT ST_X(p), ST_Y(p) FROM (SELECT"
        " ST_Transform(ST_SetSRID(ST_Point(:x, :y), 4549), 4326) AS p) one"
    )
    corners = [(x0, -10), (x1, -10), (x1, 110), (x0, 110), (x0, -10)]
    with sessions(desk.service.engine)() as session:
        return [
            list(session.execute(asked, {"x": EAST + x, "y": NORTH + y}).one()) for x, y in corners
        ]


def test_a_step_answers_with_figures_before_and_after(desk: Desk) -> None:
    draft = desk.begin()
    answer = desk.do(desk.li, draft, 0, operation="move", buildings=["h10"], to=code(1))
    assert answer.status_code == 201
    step = answer.json()
    assert (step["number"], step["kind"], step["made_by"]) == (1, "do", "li")
    assert step["before"][code(2)]["households"] == 100
    assert step["after"][code(2)]["households"] == 90
    assert desk.homes(draft) == {"001": 110, "002": 90, "003": 100}


def test_the_second_planner_is_told_and_can_go_on_top(desk: Desk) -> None:
    draft = desk.begin()
    desk.do(desk.li, draft, 0, operation="move", buildings=["h10"], to=code(1))
    late = desk.do(desk.wang, draft, 0, operation="move", buildings=["h20"], to=code(2))
    assert late.status_code == 409
    assert late.headers["content-type"] == "application/problem+json"
    assert "li: do move" in late.json()["detail"]
    top = desk.do(desk.wang, draft, 0, operation="move", buildings=["h20"], to=code(2), rebase=True)
    assert top.status_code == 201
    assert desk.homes(draft) == {"001": 110, "002": 100, "003": 90}
    same = desk.do(
        desk.wang, draft, 0, operation="move", buildings=["h10"], to=code(3), rebase=True
    )
    assert same.status_code == 409


def test_every_operation_can_be_asked_for(desk: Desk) -> None:
    draft = desk.begin()
    wishes: list[dict[str, Any]] = [
        {"operation": "merge", "grids": [code(1), code(2)]},
        {"operation": "split_evenly", "grid": code(1), "parts": 2},
        {"operation": "rename", "grid": code(1), "name": "一号网格"},
        {"operation": "lock", "grids": [code(3)]},
        {"operation": "unlock", "grids": [code(3)]},
        {
            "operation": "give_area",
            "area": {"type": "Polygon", "coordinates": [in_degrees(desk, 178, 222)]},
            "to": code(1),
        },
        {
            "operation": "split_line",
            "grid": code(3),
            "line": {"type": "LineString", "coordinates": in_degrees(desk, 500, 700)[::3][:2]},
        },
        {"operation": "replan", "grids": [code(3), code(5)]},
    ]
    for seen, wish in enumerate(wishes):
        answer = desk.do(desk.li, draft, seen, **wish)
        assert answer.status_code == 201, (wish, answer.text)
    log = desk.li.get(f"{draft}/steps").json()["steps"]
    assert [step["operation"] for step in log] == [wish["operation"] for wish in wishes]
    assert sum(desk.homes(draft).values()) == 300
    for seen in range(len(wishes), 2 * len(wishes)):
        assert desk.li.post(f"{draft}/undo", json={"seen": seen}).status_code == 201
    assert desk.homes(draft) == {"001": 100, "002": 100, "003": 100}
    assert desk.li.post(f"{draft}/redo", json={"seen": 2 * len(wishes)}).status_code == 201


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"operation": "move", "buildings": ["nobody"], "to": code(1)}, 409),
        ({"operation": "move", "buildings": ["h15"], "to": code(1)}, 409),
        ({"operation": "merge", "grids": ["nonsense", code(1)]}, 409),
        ({"operation": "repair"}, 409),
        ({"operation": "repair", "time_limit_s": 0}, 422),
        ({"operation": "repair", "time_limit_s": 3600}, 422),
        ({"operation": "replan", "grids": [code(1), code(2)], "time_limit_s": 1e-9}, 409),
        ({"operation": "explode"}, 422),
        ({"operation": "split_evenly", "grid": code(1), "parts": 1}, 422),
        ({"operation": "move", "buildings": ["h10"], "to": code(1), "more": 1}, 422),
        (
            {
                "operation": "split_line",
                "grid": code(1),
                "line": {"type": "LineString", "coordinates": [[1e9, 1e9], [1e9, 1e9]]},
            },
            409,
        ),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(
    desk: Desk, wish: dict[str, Any], status: int
) -> None:
    draft = desk.begin()
    answer = desk.do(desk.li, draft, 0, **wish)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert desk.wang.get(draft).json()["draft"]["head"] == 0


def test_a_draft_of_another_community_or_a_step_to_come_is_not_there(desk: Desk) -> None:
    draft = desk.begin()
    assert desk.li.get(f"{DRAFTS}/999").status_code == 404
    assert desk.do(desk.li, draft, 7, operation="repair").status_code == 404
    assert desk.li.post(DRAFTS, json={"version": 99, "name": "x"}).status_code == 404
    twice = desk.li.post(DRAFTS, json={"version": desk.version, "name": "spring"})
    assert twice.status_code == 409
    listed = desk.li.get(DRAFTS, params={"version": desk.version}).json()["drafts"]
    assert [each["name"] for each in listed] == ["spring"]


def test_a_draft_is_made_a_version(desk: Desk) -> None:
    draft = desk.begin()
    desk.do(desk.li, draft, 0, operation="move", buildings=["h10"], to=code(1))
    made = desk.li.post(f"{draft}/versions", json={"seen": 1})
    assert made.status_code == 201
    assert made.json()["version"] > desk.version


def test_a_change_is_in_the_next_tile(desk: Desk) -> None:
    draft = desk.begin()
    with sessions(desk.service.engine)() as session:
        asked = "SELECT ST_X(ST_Centroid(geom)), ST_Y(ST_Centroid(geom)) FROM gridmap.community"
        longitude, latitude = session.execute(text(asked)).one()
    z = 14
    x = int((longitude + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * 2**z)
    tile = f"{draft}/tiles/{z}/{x}/{y}"
    before = desk.wang.get(tile)
    assert before.status_code == 200
    assert before.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert code(1).encode() in before.content
    unchanged = desk.wang.get(tile, headers={"If-None-Match": before.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    desk.do(desk.li, draft, 0, operation="move", buildings=["h10"], to=code(1))
    after = desk.wang.get(tile, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.content != before.content
    nowhere = desk.wang.get(f"{draft}/tiles/{z}/0/0")
    assert (nowhere.status_code, nowhere.content) == (200, b"")
    assert desk.wang.get(f"{draft}/tiles/3/99/0").status_code == 404


def test_a_draft_is_shown_as_features(desk: Desk) -> None:
    draft = desk.begin()
    shown = desk.wang.get(f"{draft}/features").json()
    assert shown["type"] == "FeatureCollection"
    codes = [each["properties"]["code"] for each in shown["features"]]
    assert codes == [code(1), code(2), code(3)]
    assert {each["geometry"]["type"] for each in shown["features"]} == {"MultiPolygon"}
