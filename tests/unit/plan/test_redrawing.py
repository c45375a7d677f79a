"""Redrawing some grids and no others, and what a household that moves is worth."""

from itertools import pairwise

import geopandas as gpd
import pytest

from gridmap.messages import Message
from gridmap.pipeline import plan_community
from gridmap.plan.model import CommunityPlan
from gridmap.plan.present import start_from
from gridmap.rules import Rules
from gridmap.schema import GRIDS, Community
from tests import worlds

CODE = "990101001001"
HOMES = 40
WIDTHS = (12, 8, 11, 9)  # of the four grids there are, in houses: all keep the rule
FREE = Rules(weight_moved=0.0)


def street(*, households: int = HOMES) -> Community:
    """Draw a street of 40 houses from west to east, 20 m apart."""
    houses = {
        f"h{number:02d}": worlds.box(20 * number + 4, 100, 20 * number + 16, 120)
        for number in range(sum(WIDTHS))
    }
    boundary = worlds.box(0, 50, 20 * len(houses), 200)
    return worlds.community(houses, [households] * len(houses), boundary=boundary)


def present(*, locked: str = "") -> gpd.GeoDataFrame:
    """Draw the grids there are, in the order of their codes from west to east."""
    edges = [sum(WIDTHS[:count]) for count in range(len(WIDTHS) + 1)]
    return worlds.lay(
        GRIDS,
        {
            f"{CODE}{number:03d}": worlds.box(20 * first, 50, 20 * after, 200)
            for number, (first, after) in enumerate(pairwise(edges), start=1)
        },
        name=["甲", "乙", "丙", "丁"],
        locked=[f"{CODE}{number + 1:03d}" == locked for number in range(len(WIDTHS))],
    )


def redrawn(
    *numbers: int, rules: Rules = FREE, locked: str = "", world: Community | None = None
) -> CommunityPlan:
    chosen = frozenset(f"{CODE}{number:03d}" for number in numbers)
    (held,) = start_from([world or street()], present(locked=locked), redrawn=chosen)
    return plan_community(held, rules=rules)


def test_grids_that_are_selected_are_drawn_anew_and_all_others_stay_to_the_bit() -> None:
    before, after = redrawn(rules=Rules()), redrawn(1, 2)
    assert before.grids["households"].to_list() == [480, 320, 440, 360]
    assert after.grids["households"].to_list() == [400, 400, 440, 360]
    others = [f"{CODE}003", f"{CODE}004"]
    assert (before.grids.geometry[others].to_wkb() == after.grids.geometry[others].to_wkb()).all()
    assert after.grids["name"].to_list() == ["甲", "乙", "丙", "丁"]
    assert after.moved_households == 80


def test_grids_far_from_each_other_are_redrawn_each_for_itself() -> None:
    plan = redrawn(1, 4)
    assert plan.grids["households"].to_list() == [480, 320, 440, 360]
    assert (plan.grids.geom_type == "Polygon").all()


def test_a_selection_of_all_is_a_plan_afresh_that_hands_codes_down() -> None:
    plan = redrawn(1, 2, 3, 4)
    assert plan.grids["households"].to_list() == [400] * 4
    assert plan.grids.index.to_list() == [f"{CODE}{number:03d}" for number in (1, 2, 3, 4)]


def test_a_locked_grid_stays_to_the_bit_where_all_around_it_is_redrawn() -> None:
    before, after = redrawn(rules=Rules()), redrawn(1, 2, 3, 4, locked=f"{CODE}003")
    locked = f"{CODE}003"
    assert before.grids.geometry[locked].wkb == after.grids.geometry[locked].wkb
    assert after.grids["households"].to_list() == [400, 400, 440, 360]


def test_what_was_not_selected_and_breaks_the_rule_says_that_it_was_not_to_be_touched() -> None:
    world = street(households=52)  # 624, 416, 572 and 468 households
    plan = redrawn(2, 4, world=world)
    big = plan.grids.loc[f"{CODE}001"]
    assert (big["households"], big["status"]) == (624, "over_band")
    reason = Message.from_json(big["reason"])
    assert reason.text("en") == "only other grids were to be redrawn, and this one stays as it is"
    assert plan.grids.loc[f"{CODE}003", "households"] == 572


def test_selected_grids_that_nothing_is_worth_moving_for_stay() -> None:
    before, after = redrawn(rules=Rules()), redrawn(1, 2, rules=Rules())
    assert after.moved_households == 0
    assert (before.grids.geometry.to_wkb() == after.grids.geometry.to_wkb()).all()


def test_the_dearer_a_household_that_moves_the_fewer_do() -> None:
    prices = [0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 100.0]
    plans = [redrawn(1, 2, 3, rules=Rules(weight_moved=price)) for price in prices]
    moved = [plan.moved_households or 0 for plan in plans]
    assert moved == sorted(moved, reverse=True)
    assert moved[0] > 0
    assert moved[-1] == 0
    for price, plan in zip(prices, plans, strict=True):
        assert plan.objective.moved == pytest.approx(price * (plan.moved_households or 0))


def test_of_two_mends_the_one_that_moves_fewer_is_taken_where_moving_is_dear() -> None:
    homes = [200, 140, 90, 50, 120, 170, 150, 140, 130, 60, 180, 90]
    houses = {
        f"h{row:02d}-{column:03d}": worlds.box(column + 10, row + 10, column + 30, row + 30)
        for row in (0, 40, 80)
        for column in (0, 40, 80, 120)
    }
    streets = [("primary", worlds.line((x, -5), (x, 125))) for x in (80, 120)]
    world = worlds.community(houses, homes, boundary=worlds.box(0, 0, 160, 120), barriers=streets)
    rows = {f"{CODE}{n:03d}": worlds.box(0, 40 * n - 40, 160, 40 * n) for n in (1, 2, 3)}
    (held,) = start_from([world], worlds.lay(GRIDS, rows))
    free, dear = (plan_community(held, rules=Rules(weight_moved=price)) for price in (0.0, 50.0))
    assert (free.grids["status"] == "ok").all()
    assert (dear.grids["status"] == "ok").all()
    assert (dear.moved_households or 0) < (free.moved_households or 0)


def test_a_grid_that_kept_ones_hem_in_does_not_blame_a_building() -> None:
    plan = redrawn(2, world=street(households=20))  # 240, 160, 220 and 180 households
    left = plan.grids.loc[f"{CODE}002"]
    assert left["status"] == "under_band"
    assert "grids next to it were not to be touched" in Message.from_json(left["reason"]).text("en")
