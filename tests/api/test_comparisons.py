"""Comparison, lineage and crosswalk over HTTP: what a plan changes, before and long after."""

from __future__ import annotations

import csv
import io

import pytest

from tests.api.service import Service
from tests.api.test_drafts import Desk, code, desk
from tests.api.test_publications import VERSIONS
from tests.store.world import A, B

__all__ = ["desk"]

HERE = f"/communities/{A}"


def publish(desk: Desk, service: Service, version: int, valid_from: str) -> None:
    """Take a version through four pairs of hands."""
    place, zhao, qian = f"{VERSIONS}/{version}", service.browser("zhao"), service.browser("qian")
    for number in (1, 2, 3, 4):
        for rule in ("owner", "band"):
            signed = {"code": code(number), "rule": rule, "why": "recruiting"}
            zhao.post(f"{place}/exceptions", json=signed)
    assert desk.li.post(f"{place}/submission", json={}).status_code == 204
    assert zhao.post(f"{place}/approval", json={}).status_code == 204
    answer = qian.post(f"{place}/publication", json={"valid_from": valid_from})
    assert answer.status_code == 201, answer.text


@pytest.fixture
def history(desk: Desk, service: Service) -> tuple[int, int]:
    """Publish the plan as it is, and one where a house moved and a grid was split."""
    for name in ("zhao", "qian"):
        service.add(name, "approver", [A])
    versions = []
    for name, day in (("first", "2026-03-01"), ("second", "2026-06-01")):
        draft, seen = desk.begin(name), 0
        if name == "second":
            desk.do(desk.li, draft, 0, operation="move", buildings=["h10"], to=code(1))
            desk.do(desk.li, draft, 1, operation="split_evenly", grid=code(3), parts=2)
            seen = 2
        made = desk.li.post(f"{draft}/versions", json={"seen": seen}).json()["version"]
        publish(desk, service, made, f"{day}T00:00:00+00:00")
        versions.append(made)
    return versions[0], versions[1]


def test_a_draft_is_compared_with_where_it_began(desk: Desk, service: Service) -> None:
    draft = desk.begin()
    desk.do(desk.li, draft, 0, operation="move", buildings=["h10"], to=code(1))
    service.add("chief", "approver", [A])
    answer = service.browser("chief").get(f"{draft}/comparison")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["old"] == {"version": desk.version, "draft": None}
    assert found["new"]["version"] == desk.version
    assert found["kinds"]["moved_line"] == 2
    (move,) = found["moves"]
    assert (move["old_code"], move["new_code"]) == (code(2), code(1))
    assert (move["buildings"], move["households"], move["persons"]) == (1, 10, 25)
    assert found["matrix"] == {
        "old_codes": [code(1), code(2)],
        "new_codes": [code(1), code(2)],
        "households": [[100, 0], [10, 90]],
    }
    assert [board["grid_code"] for board in found["boards"]] == [code(1), code(2)]
    kept = {grid["new_code"]: grid["ground_kept"] for grid in found["grids"]}
    assert kept[code(2)] == pytest.approx(0.9, abs=0.01)
    assert found["incidents"] == []
    nothing = desk.li.get(f"{draft}/comparison", params={"with": "in_force"})
    assert nothing.status_code == 404
    assert "nothing was in force" in nothing.json()["detail"]


def test_a_version_is_compared_with_what_is_in_force_or_any_other(
    desk: Desk, history: tuple[int, int]
) -> None:
    first, second = history
    unchanged = desk.li.get(f"{VERSIONS}/{second}/comparison").json()
    assert unchanged["old"]["version"] == second
    assert (unchanged["moves"], unchanged["boards"]) == ([], [])
    found = desk.li.get(f"{VERSIONS}/{second}/comparison", params={"with": first}).json()
    assert {grid["kind"] for grid in found["grids"]} == {"moved_line", "split"}
    draft = desk.begin("third")
    against = desk.li.get(f"{draft}/comparison", params={"with": "in_force"}).json()
    assert against["old"]["version"] == second
    for place, asked in ((f"{VERSIONS}/999", {}), (f"{VERSIONS}/{first}", {"with": 999})):
        assert desk.li.get(f"{place}/comparison", params=asked).status_code == 404
    strange = desk.li.get(f"{VERSIONS}/{first}/comparison", params={"with": "yesterday"})
    assert strange.status_code == 422


def test_a_code_tells_where_it_came_from_and_what_came_of_it(
    desk: Desk, history: tuple[int, int]
) -> None:
    begun = desk.li.get(f"{HERE}/grids/{code(4)}/lineage").json()
    assert [(link["old_code"], link["kind"]) for link in begun["parents"]] == [(code(3), "split")]
    assert begun["since"].startswith("2026-06-01")
    parent = desk.li.get(f"{HERE}/grids/{code(3)}/lineage").json()
    (child,) = parent["children"]
    assert (child["new_code"], child["new_version"]) == (code(4), history[1])
    assert child["households"] == 50
    assert desk.li.get(f"{HERE}/grids/{code(9)}/lineage").status_code == 404


def test_counts_are_restated_between_two_days_and_between_two_versions(
    desk: Desk, history: tuple[int, int]
) -> None:
    days = {"from": "2026-03-05", "to": "2026-07-01T08:00:00+08:00"}
    found = desk.li.get(f"{HERE}/crosswalk", params=days).json()
    numbers = {"from": history[0], "to": history[1]}
    assert found == desk.li.get(f"{HERE}/crosswalk", params=numbers).json()
    assert (found["start"]["version"], found["end"]["version"]) == history
    sums: dict[str, float] = {}
    for weight in found["weights"]:
        sums[weight["from_code"]] = sums.get(weight["from_code"], 0.0) + weight["share"]
    assert sums == pytest.approx(dict.fromkeys([code(1), code(2), code(3)], 1.0))
    back = {"from": history[1], "to": history[0]}
    returned = desk.li.get(f"{HERE}/crosswalk", params=back).json()["weights"]
    assert {"from_code": code(4), "to_code": code(3)}.items() <= returned[-1].items()
    early = {"from": "2026-02-01", "to": "2026-07-01"}
    assert desk.li.get(f"{HERE}/crosswalk", params=early).status_code == 404
    assert desk.li.get(f"{HERE}/crosswalk", params={"from": "soon", "to": 1}).status_code == 422


def test_a_crosswalk_comes_as_a_table_of_separated_values(
    desk: Desk, history: tuple[int, int]
) -> None:
    asked: dict[str, str | int] = {"from": history[0], "to": history[1]}
    plain = desk.li.get(f"{HERE}/crosswalk", params=asked).json()["weights"]
    by_format = desk.li.get(f"{HERE}/crosswalk", params={**asked, "format": "csv"})
    accepts = {"Accept": "text/csv"}
    by_header = desk.li.get(f"{HERE}/crosswalk", params=asked, headers=accepts)
    assert by_format.headers["content-type"].startswith("text/csv")
    assert by_header.text == by_format.text
    rows = list(csv.DictReader(io.StringIO(by_format.text)))
    assert [row["to_code"] for row in rows] == [weight["to_code"] for weight in plain]
    assert [float(row["share"]) for row in rows] == [weight["share"] for weight in plain]


def test_nobody_compares_what_is_not_theirs(
    desk: Desk, service: Service, history: tuple[int, int]
) -> None:
    service.add("far", "planner", [B])
    far = service.browser("far")
    for place in ("grids/x/lineage", "crosswalk?from=1&to=1", f"versions/{history[0]}/comparison"):
        assert far.get(f"{HERE}/{place}").status_code == 403
    elsewhere = far.get(f"/communities/{B}/versions/{history[0]}/comparison?with={history[1]}")
    assert elsewhere.status_code == 404
    assert desk.li.get(f"{HERE}/crosswalk?from={history[0]}&to=1").status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        "crosswalk?from=0&to=1",
        "crosswalk?from=99999999999999999999&to=1",
        "crosswalk?from=9999-12-31T23:59:59-23:59&to=0001-01-01T00:00:00%2B23:59",
        "crosswalk?from=0001-01-01&to=9999-12-31",
        "crosswalk?from=NaN&to=inf",
        "crosswalk?from=2026-02-30&to=%00",
        "crosswalk",
        "grids/%00/lineage",
        "grids/%E7%BD%91/lineage",
        "versions/1/comparison?with=-1",
        "versions/1/comparison?with=99999999999",
        "versions/1/comparison?other=1",
    ],
)
def test_odd_wishes_are_answered_with_a_problem(desk: Desk, asked: str) -> None:
    answer = desk.li.get(f"{HERE}/{asked}")
    assert answer.status_code in {404, 422}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
