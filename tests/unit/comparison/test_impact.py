"""Workers, incidents, counts and buildings of a changed plan."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gridmap.comparison import DrawnPlan, compare_plans, restate_counts
from gridmap.errors import CrsError, InputError, MissingColumnError
from tests import worlds
from tests.comparisons import draw_row

TWO = {"a": (0.0, 100.0), "b": (100.0, 200.0)}
MOVED = {"a": (0.0, 120.0), "b": (120.0, 200.0)}


def test_workers_gain_and_lose_what_changes_hands() -> None:
    workers = {"a": "wang", "b": "li"}
    found = compare_plans(draw_row(TWO, workers=workers), draw_row(MOVED, workers=workers)).workers
    assert found[["gained", "lost"]].T.to_dict() == {
        "li": {"gained": 0, "lost": 20},
        "wang": {"gained": 20, "lost": 0},
    }
    assert found["households_after"].to_dict() == {"li": 80, "wang": 120}


def test_a_worker_of_both_grids_gains_nothing_by_a_line_between_them() -> None:
    workers = {"a": "wang", "b": "wang"}
    found = compare_plans(draw_row(TWO, workers=workers), draw_row(MOVED, workers=workers)).workers
    assert found[["gained", "lost"]].to_numpy().tolist() == [[0, 0]]
    assert found["old_grids"].tolist() == ["a, b"]


def test_a_vacancy_is_listed_last() -> None:
    found = compare_plans(draw_row(TWO), draw_row(TWO, workers={"b": "li"})).workers
    assert found.index.tolist() == ["li", ""]
    assert found["lost"].to_dict() == {"li": 0, "": 100}
    assert found["gained"].to_dict() == {"li": 100, "": 0}


def test_only_incidents_whose_grid_or_worker_changes_are_listed() -> None:
    at = {"i1": 50, "i2": 110, "i3": 150, "i4": 500}
    points = [shapely.Point(worlds.at(x, 50)) for x in at.values()]
    index = pd.Index(list(at), name="incident_id")
    incidents = gpd.GeoDataFrame({"geometry": points}, index=index, crs=worlds.CRS)
    found = compare_plans(
        draw_row(TWO, workers={"a": "wang"}),
        draw_row(MOVED, workers={"a": "zhao"}),
        incidents=incidents,
    ).incidents
    assert found.drop(columns="geometry").to_dict("index") == {
        "i1": {"old_code": "a", "new_code": "a", "old_worker": "wang", "new_worker": "zhao"},
        "i2": {"old_code": "b", "new_code": "a", "old_worker": "", "new_worker": "zhao"},
    }


def test_buildings_of_one_plan_only_appear_and_disappear() -> None:
    old = draw_row(TWO, {"x": (10, 30), "gone": (150, 70)})
    new = draw_row(TWO, {"x": (10, 35), "built": (110, 90)})
    found = compare_plans(old, new)
    assert found.buildings["change"].to_dict() == {
        "x": "stays",
        "built": "appeared",
        "gone": "disappeared",
    }
    assert found.matrix().loc[["", "a", "b"]].to_numpy().tolist() == [
        [0, 0, 90],
        [0, 35, 0],
        [0] * 3,
    ]
    assert found.matrix("households_before").loc["b"].to_dict() == {"": 70, "a": 0, "b": 0}
    assert set(found.grids["kind"]) == {"unchanged"}


def test_counts_are_restated_whole_and_none_is_lost() -> None:
    old, new = draw_row({"a": (0, 200)}), draw_row({"a": (0, 70), "b": (70, 140), "c": (140, 200)})
    counts = pd.DataFrame({"cases": [10], "hours": [5.0]}, index=pd.Index(["a"]))
    restated = restate_counts(counts, compare_plans(old, new).crosswalk.forward)
    assert restated["cases"].to_dict() == {"a": 4, "b": 3, "c": 3}
    assert restated["hours"].to_dict() == pytest.approx({"a": 1.75, "b": 1.75, "c": 1.5})


def test_a_demolished_house_counts_where_it_stood() -> None:
    old = draw_row({"a": (0, 200)}, {"x": (10, 30), "gone": (150, 70)})
    new = draw_row(TWO, {"x": (10, 30)})
    forward = compare_plans(old, new).crosswalk.forward
    assert forward.set_index("to_code")["share"].to_dict() == {"a": 0.3, "b": 0.7}


def test_counts_of_a_stranger_are_refused() -> None:
    weights = compare_plans(draw_row(TWO), draw_row(MOVED)).crosswalk.forward
    with pytest.raises(InputError, match="does not know these grids: z"):
        restate_counts(pd.DataFrame({"cases": [1]}, index=pd.Index(["z"])), weights)


def test_plans_that_cannot_be_compared_are_refused() -> None:
    plan = draw_row(TWO)
    with pytest.raises(InputError, match="no building in common"):
        compare_plans(plan, draw_row(TWO, {"other": (10, 30)}))
    other = DrawnPlan(plan.grids.to_crs("EPSG:32650"), plan.assignment.to_crs("EPSG:32650"))
    with pytest.raises(CrsError, match="different coordinate systems"):
        compare_plans(other, plan)
    degrees = DrawnPlan(plan.grids.to_crs("EPSG:4326"), plan.assignment)
    with pytest.raises(CrsError):
        compare_plans(degrees, plan)
    with pytest.raises(MissingColumnError, match="worker"):
        compare_plans(DrawnPlan(plan.grids.drop(columns="worker"), plan.assignment), plan)
    twice = DrawnPlan(plan.grids, pd.concat([plan.assignment, plan.assignment.iloc[:1]]))
    with pytest.raises(InputError, match="h00 is there more than once"):
        compare_plans(plan, twice)


def test_two_plans_without_buildings_are_compared_by_their_ground() -> None:
    found = compare_plans(draw_row(TWO, {}), draw_row({"a": (0, 200)}, {}))
    assert found.grids["kind"].tolist() == ["merge", "merge"]
    assert found.crosswalk.backward["part"].tolist() == [10_000, 10_000]
