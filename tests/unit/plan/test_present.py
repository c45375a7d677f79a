"""Planning on from grids that exist: whoever keeps the rule stays, and codes keep their sense."""

from dataclasses import replace

import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from gridmap.messages import Message
from gridmap.pipeline import assemble_draft, plan_community
from gridmap.plan.certificate import audit_draft
from gridmap.plan.model import CommunityPlan
from gridmap.plan.present import start_from
from gridmap.rules import Rules
from gridmap.schema import COMPOUNDS, GRIDS, Community
from tests import worlds

RULES = Rules()
CODE = "990101001001"


def grids(
    areas: dict[str, BaseGeometry], *, names: list[str] | None = None, locked: str = ""
) -> pd.DataFrame:
    """Lay present grids; their codes are the community's with these numbers after them."""
    coded = {f"{CODE}{number}": area for number, area in areas.items()}
    return worlds.lay(
        GRIDS,
        coded,
        name=names or [""] * len(areas),
        locked=[number == locked for number in areas],
    )


def planned(plan: CommunityPlan) -> pd.DataFrame:
    """Give the grids of a plan as present grids."""
    names = plan.grids["name"].to_list()
    return worlds.lay(GRIDS, dict(plan.grids.geometry), name=names).sample(frac=1, random_state=1)


def go_on(community: Community, present: pd.DataFrame) -> CommunityPlan:
    (held,) = start_from([community], present)
    return plan_community(held, rules=RULES)


def excess(plan: CommunityPlan) -> int:
    general = plan.grids[plan.grids["kind"] == "general"]
    households, persons = general["households"], general["persons"]
    short = (RULES.low - households).clip(lower=0)
    over = (households - RULES.high).clip(lower=0)
    crowd = (persons - RULES.persons_cap).clip(lower=0) / 2.6
    return int(short.sum() + np.maximum(over, crowd).sum())


def street(*households: int) -> Community:
    """Draw a street of houses from west to east, 20 m apart."""
    houses = {
        f"h{number:02d}": worlds.box(20 * number + 4, 100, 20 * number + 16, 120)
        for number in range(len(households))
    }
    return worlds.community(
        houses, households, boundary=worlds.box(0, 50, 20 * len(households), 200)
    )


def stretch(first: int, after: int) -> shapely.Polygon:
    """Draw the ground of some houses of a street."""
    return worlds.box(20 * first, 50, 20 * after, 200)


@settings(max_examples=10)
@given(worlds.communities())
def test_planning_on_from_a_plan_moves_nobody_unless_it_mends_something(
    community: Community,
) -> None:
    plan = plan_community(community, rules=RULES)
    again = go_on(community, planned(plan))
    if excess(again) == excess(plan):
        assert again.moved_households == 0
        before, after = (pd.DataFrame(each.grids.drop(columns="why")) for each in (plan, again))
        pd.testing.assert_frame_equal(after, before)
        kept = again.grids[(again.grids["kind"] == "general") & (again.grids["status"] == "ok")]
        assert kept["why"].str.contains("plan.why_unchanged", regex=False).all()
        pd.testing.assert_frame_equal(pd.DataFrame(again.assignment), pd.DataFrame(plan.assignment))
    assert excess(again) <= excess(plan)


@st.composite
def lines_on_paper(draw: st.DrawFn) -> pd.DataFrame:
    """Draw present grids that overlap, leave gaps, lie in pieces, and are locked now and then."""
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    areas: dict[str, BaseGeometry] = {}
    for number in range(draw(st.integers(1, 6))):
        x, y = int(dice.integers(-50, 350)), int(dice.integers(-50, 250))
        area = worlds.box(x, y, x + int(dice.integers(20, 300)), y + int(dice.integers(20, 300)))
        areas[f"{int(dice.integers(1, 90)) * 10 + number:03d}"] = area
    return grids(areas, locked=draw(st.sampled_from(["", *areas])))


@settings(max_examples=10)
@given(worlds.communities(), lines_on_paper())
def test_any_present_grids_lead_to_a_plan_that_keeps_the_hard_rules(
    community: Community, present: pd.DataFrame
) -> None:
    plan = go_on(community, present)
    areas = plan.grids.geometry.to_numpy()
    locked = set(present.index[present["locked"]])
    assert shapely.coverage_is_valid(areas)
    assert abs(shapely.area(areas).sum() - community.boundary.area) <= 1e-6 * (
        community.boundary.area
    )
    assert plan.grids.index.is_unique
    assert list(plan.grids.index) == sorted(plan.grids.index)
    assert set(plan.grids.index[plan.grids.geom_type != "Polygon"]) <= locked
    draft = assemble_draft(
        [plan], balance=worlds.sheet(plan), faults=(), rules=RULES, seed=0, crs=plan.grids.crs
    )
    assert {fault.kind for fault in audit_draft(draft).findings} <= {"grid_in_pieces"}
    assert draft.balance.grid_households == community.buildings["households"].sum()


@settings(max_examples=10)
@given(worlds.communities(), lines_on_paper())
def test_a_second_time_nobody_moves_but_for_the_better(
    community: Community, present: pd.DataFrame
) -> None:
    present = present.assign(locked=False)
    plan = go_on(community, present)
    again = go_on(community, planned(plan))
    assert again.moved_households == 0 or excess(again) < excess(plan)


def test_grids_that_keep_the_rule_stay_with_their_codes_and_names() -> None:
    row = street(*[40] * 20)
    present = grids({"017": stretch(0, 11), "004": stretch(11, 20)}, names=["东里", "西里"])
    plan = go_on(row, present)
    assert dict(plan.grids["name"]) == {f"{CODE}004": "西里", f"{CODE}017": "东里"}
    assert list(plan.assignment["grid_code"]) == [f"{CODE}017"] * 11 + [f"{CODE}004"] * 9
    assert plan.moved_households == 0


def test_a_grid_that_is_too_big_is_divided_and_the_others_stay() -> None:
    row = street(*[40] * 30)
    present = grids({"002": stretch(0, 20), "007": stretch(20, 30)}, names=["大里", "小里"])
    plan = go_on(row, present)
    held = plan.assignment["grid_code"]
    assert set(held[20:]) == {f"{CODE}007"}
    assert set(held[:20]) == {f"{CODE}002", f"{CODE}008"}
    assert (plan.grids["status"] == "ok").all()
    assert plan.grids.loc[f"{CODE}002", "name"] == "大里"
    assert plan.grids.loc[f"{CODE}008", "name"] == "石村 008"
    assert plan.grids.loc[f"{CODE}002", "households"] >= plan.grids.loc[f"{CODE}008", "households"]
    assert plan.moved_households == plan.grids.loc[f"{CODE}008", "households"]


def test_two_grids_that_are_too_small_become_one_with_the_code_of_the_bigger() -> None:
    row = street(*[40] * 10)
    plan = go_on(row, grids({"001": stretch(0, 4), "002": stretch(4, 10)}))
    assert list(plan.grids.index) == [f"{CODE}002"]
    assert plan.moved_households == 160


def test_a_code_that_ends_is_not_used_again() -> None:
    row = street(*[20] * 8, *[40] * 20)
    present = {"001": stretch(0, 2), "005": stretch(2, 8), "002": stretch(8, 28)}
    plan = go_on(row, grids(present))
    assert f"{CODE}005" not in plan.grids.index or f"{CODE}001" not in plan.grids.index
    new = set(plan.grids.index) - {f"{CODE}{number}" for number in present}
    assert new <= {f"{CODE}006", f"{CODE}007"}


def test_few_households_move_when_few_are_missing() -> None:
    row = street(*[20] * 40)
    plan = go_on(
        row, grids({"001": stretch(0, 13), "002": stretch(13, 36), "003": stretch(36, 40)})
    )
    assert (plan.grids["status"] == "ok").all()
    assert plan.moved_households is not None
    assert plan.moved_households <= 220


def test_a_locked_grid_keeps_its_homes_whatever_they_come_to() -> None:
    row = street(*[40] * 20)
    plan = go_on(row, grids({"001": stretch(0, 2), "002": stretch(2, 20)}, locked="001"))
    held = plan.assignment["grid_code"]
    assert list(held[:2]) == [f"{CODE}001"] * 2
    assert f"{CODE}001" not in set(held[2:])
    reason = Message.from_json(plan.grids.loc[f"{CODE}001", "reason"]).text("en")
    assert plan.grids.loc[f"{CODE}001", "status"] == "under_band"
    assert reason == "the grid is locked and stays as it is"


def test_the_line_of_a_locked_grid_goes_through_a_compound_and_no_other_line_does() -> None:
    row = street(*[40] * 20)
    compound = worlds.lay(COMPOUNDS, {"c": stretch(8, 12)})
    row = replace(row, compounds=compound)
    present = {"001": stretch(0, 10), "002": stretch(10, 20)}
    locked = go_on(row, grids(present, locked="001")).assignment["grid_code"]
    free = go_on(row, grids(present)).assignment["grid_code"]
    assert list(locked) == [f"{CODE}001"] * 10 + [f"{CODE}002"] * 10
    assert len(set(free[8:12])) == 1


def test_micro_grids_keep_to_a_locked_line_through_a_small_compound() -> None:
    row = street(*[20] * 40)
    row = replace(row, compounds=worlds.lay(COMPOUNDS, {"c": stretch(19, 21)}))
    present = grids({"001": stretch(0, 20), "002": stretch(20, 40)}, locked="001")
    (held,) = start_from([row], present)
    plan = plan_community(held, rules=RULES, with_microgrids=True)
    for code, rows in plan.microgrids.groupby("grid_code"):
        assert rows["households"].sum() == plan.grids.loc[code, "households"]
        assert shapely.union_all(rows.geometry.to_numpy()).equals(plan.grids.geometry[code])


def test_a_home_in_two_grids_is_in_the_one_with_the_lower_code() -> None:
    row = street(*[40] * 20)
    plan = go_on(row, grids({"002": stretch(0, 12), "001": stretch(9, 20)}))
    assert list(plan.assignment["grid_code"]) == [f"{CODE}002"] * 9 + [f"{CODE}001"] * 11
    assert plan.moved_households == 0


def test_homes_outside_all_grids_join_one_and_have_not_moved() -> None:
    row = street(*[40] * 20)
    plan = go_on(row, grids({"001": stretch(0, 9), "002": stretch(11, 20)}))
    assert set(plan.assignment["grid_code"]) == {f"{CODE}001", f"{CODE}002"}
    assert plan.moved_households == 0


def test_codes_nobody_can_read_are_replaced_and_nobody_has_moved_for_that() -> None:
    row = street(*[40] * 20)
    present = worlds.lay(GRIDS, {"B": stretch(0, 10), "A": stretch(10, 20)}, name=["西里", "东里"])
    plan = go_on(row, present)
    assert dict(plan.grids["name"]) == {f"{CODE}001": "西里", f"{CODE}002": "东里"}
    assert plan.moved_households == 0


def test_a_community_without_present_grids_is_planned_afresh() -> None:
    row = street(*[40] * 20)
    afresh = plan_community(row, rules=RULES)
    for present, moved in ((None, None), (GRIDS.empty(row.crs), 0)):
        (held,) = start_from([row], present)
        plan = plan_community(held, rules=RULES)
        pd.testing.assert_frame_equal(pd.DataFrame(plan.grids), pd.DataFrame(afresh.grids))
        assert plan.moved_households == moved


def test_a_community_gets_the_grids_that_touch_it_and_no_others() -> None:
    row = street(*[40] * 20)
    far = worlds.box(900, 50, 990, 200)
    (held,) = start_from([row], grids({"001": stretch(0, 20), "002": far}))
    assert held.present is not None
    assert list(held.present.index) == [f"{CODE}001"]
