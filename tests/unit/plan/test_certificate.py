"""The audit: a good draft passes, and each way of damaging one is found and named."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gridmap.messages import LANGUAGES
from gridmap.plan.certificate import Audit, audit_draft
from gridmap.plan.model import Draft
from gridmap.schema import Fault
from tests.unit.drafts import good_draft
from tests.worlds import at

FIRST, SECOND = "990101001001001", "990101001001002"


def audit(**changes: object) -> Audit:
    return audit_draft(replace(good_draft(), **changes))  # type: ignore[arg-type]


def findings(**changes: object) -> list[tuple[str, Mapping[str, Any]]]:
    """Audit the good draft with some parts changed; no finding is without words."""
    found = audit(**changes)
    assert not found.passes
    for finding in found.findings:
        assert all(finding.text(language) for language in LANGUAGES)
    return [(finding.kind, finding.fields) for finding in found.findings]


def with_shapes(shapes: Mapping[str, shapely.Geometry]) -> gpd.GeoDataFrame:
    grids = good_draft().grids
    areas = [shapes.get(str(code), area) for code, area in grids.geometry.items()]
    return grids.set_geometry(gpd.GeoSeries(areas, index=grids.index, crs=grids.crs))


def homes(code: str) -> pd.Index:
    assigned = good_draft().assignment["grid_code"]
    return assigned.index[assigned == code]


def changed(frame: gpd.GeoDataFrame, row: str, **values: object) -> gpd.GeoDataFrame:
    copy = frame.copy()
    for name, value in values.items():
        copy.loc[row, name] = value
    return copy


def test_a_good_draft_passes() -> None:
    found = audit_draft(good_draft())
    assert found.passes
    assert found.findings == ()


def test_a_household_less_in_the_bins_is_found() -> None:
    balance = good_draft().balance
    short = dict(balance.households) | {"placed": balance.households["placed"] - 1}
    ((kind, fields),) = findings(balance=replace(balance, households=short))
    assert kind == "not_balanced"
    assert fields["bins"] == fields["ledger"] - 1


def test_a_person_less_in_the_bins_is_found() -> None:
    balance = good_draft().balance
    short = dict(balance.persons) | {"placed": balance.persons["placed"] - 1}
    ((kind, _),) = findings(balance=replace(balance, persons=short))
    assert kind == "not_balanced"


def test_a_building_left_out_of_the_assignment_is_found_by_its_households() -> None:
    kinds = findings(assignment=good_draft().assignment.drop("w0"))
    assert [kind for kind, _ in kinds] == ["not_balanced", "count_wrong"]


def test_a_building_left_out_is_found_even_if_nobody_lives_in_it() -> None:
    draft = good_draft()
    empty = changed(draft.assignment, "w0", households=0, persons=0)
    grids = draft.grids.copy()
    grids.loc[FIRST, ["households", "persons"]] -= draft.assignment.loc[
        "w0", ["households", "persons"]
    ]
    balance = replace(
        draft.balance,
        ledger_households=draft.balance.ledger_households - 100,
        ledger_persons=draft.balance.ledger_persons - 200,
        households=dict(draft.balance.households)
        | {"placed": draft.balance.households["placed"] - 100},
        persons=dict(draft.balance.persons) | {"placed": draft.balance.persons["placed"] - 200},
    )
    assert "count_wrong" not in {
        finding.kind for finding in audit(assignment=empty, grids=grids, balance=balance).findings
    }
    found = findings(assignment=empty.drop("w0"), grids=grids, balance=balance)
    assert "count_wrong" in dict(found)


def test_what_a_draft_says_about_its_own_sum_is_not_taken_on_trust() -> None:
    balance = replace(good_draft().balance, grid_households=7)
    assert audit(balance=balance).passes


def test_a_building_in_two_grids_is_found() -> None:
    assigned = good_draft().assignment
    twice = pd.concat([assigned, changed(assigned.loc[["w0"]], "w0", grid_code=SECOND)])
    found = findings(assignment=twice)
    assert ("building_twice", {"building": "w0"}) in found
    assert ("building_elsewhere", {"building": "w0", "code": SECOND}) in found


def test_a_building_in_a_grid_that_does_not_exist_is_found() -> None:
    assigned = changed(good_draft().assignment, "w0", grid_code="990101001001999")
    found = findings(assignment=assigned)
    assert ("grid_unknown", {"building": "w0", "code": "990101001001999"}) in found
    assert "not_balanced" in dict(found)


def test_a_building_assigned_to_a_grid_it_does_not_lie_in_is_found() -> None:
    name = homes(FIRST)[0]
    found = findings(assignment=changed(good_draft().assignment, name, grid_code=SECOND))
    assert ("building_elsewhere", {"building": name, "code": SECOND}) in found
    assert [kind for kind, _ in found] == ["building_elsewhere", "count_wrong", "count_wrong"]


@pytest.mark.parametrize("column", ["households", "persons", "buildings"])
def test_a_grid_that_counts_wrong_is_found(column: str) -> None:
    wrong = changed(good_draft().grids, FIRST, **{column: 333})
    ((kind, fields),) = findings(grids=wrong)
    assert (kind, fields["code"]) == ("count_wrong", FIRST)


def test_grids_that_overlap_are_both_named() -> None:
    area = good_draft().grids.geometry[FIRST]
    found = findings(grids=with_shapes({FIRST: area.buffer(0.5, join_style="mitre")}))
    assert {kind for kind, _ in found} == {"border_unclean"}
    assert {FIRST, SECOND} <= {fields["code"] for _, fields in found}


def shared_corner() -> tuple[float, float]:
    """Give a corner that lies on the border between the first two grids."""
    areas = good_draft().grids.geometry
    x, y = shapely.get_coordinates(areas[FIRST].intersection(areas[SECOND]))[0]
    return float(x), float(y)


def test_a_border_that_differs_by_a_tenth_of_a_millimetre_is_found() -> None:
    corner = shared_corner()
    moved = shapely.transform(
        good_draft().grids.geometry[FIRST],
        lambda points: points + 1e-4 * (points == corner).all(axis=1)[:, None],
    )
    found = findings(grids=with_shapes({FIRST: moved}))
    assert FIRST in {fields["code"] for kind, fields in found if kind == "border_unclean"}


def test_a_gap_between_two_grids_is_found() -> None:
    area = good_draft().grids.geometry[FIRST]
    found = findings(grids=with_shapes({FIRST: area - shapely.Point(shared_corner()).buffer(3)}))
    assert "border_unclean" in dict(found)


def test_a_grid_in_pieces_is_found_unless_a_link_was_declared() -> None:
    area = good_draft().grids.geometry[FIRST]
    west, south, east, _ = area.bounds
    strip = shapely.box(west, south + 30, east, south + 31)
    grids = with_shapes({FIRST: shapely.MultiPolygon(list(shapely.get_parts(area - strip)))})
    pieces = shapely.get_num_geometries(grids.geometry[FIRST])
    assert pieces > 1
    assert ("grid_in_pieces", {"code": FIRST, "pieces": pieces}) in findings(grids=grids)
    linked = Fault("grids", None, "grid_linked", "noted", {"code": FIRST, "pieces": int(pieces)})
    kept = {finding.kind for finding in audit(grids=grids, faults=(linked,)).findings}
    assert "grid_in_pieces" not in kept


def test_a_grid_out_of_the_rule_without_a_reason_is_found() -> None:
    grids = good_draft().grids
    (tower,) = grids.index[grids["households"] == 640]
    assert findings(grids=changed(grids, tower, reason="")) == [("reason_missing", {"code": tower})]


def test_a_grid_above_the_cap_on_persons_needs_a_reason_too() -> None:
    draft = good_draft()
    tight = replace(draft.rules, persons_cap=1)
    silent = {fields["code"] for kind, fields in findings(rules=tight) if kind == "reason_missing"}
    grids = draft.grids
    assert silent == set(grids.index[(grids["kind"] == "general") & (grids["reason"] == "")])


def test_a_dedicated_grid_needs_no_reason() -> None:
    grids = good_draft().grids
    assert (grids.loc[grids["kind"] == "dedicated", "reason"] == "").all()
    assert (grids["kind"] == "dedicated").any()


def test_everything_that_is_wrong_is_found_at_once() -> None:
    draft: Draft = good_draft()
    name = homes(FIRST)[0]
    astray = changed(draft.assignment, name, grid_code=SECOND)
    astray.loc[name, "geometry"] = shapely.Point(at(-500, -500))
    (tower,) = draft.grids.index[draft.grids["households"] == 640]
    balance = replace(draft.balance, ledger_households=1)
    found = findings(
        grids=changed(draft.grids, tower, reason=""), assignment=astray, balance=balance
    )
    assert {kind for kind, _ in found} == {
        "not_balanced",
        "building_elsewhere",
        "count_wrong",
        "reason_missing",
    }
