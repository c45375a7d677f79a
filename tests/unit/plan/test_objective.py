"""The objective of a plan: what is printed is what the drawn grids cost by the rule's weights."""

from dataclasses import asdict, replace

import pytest

from gridmap.pipeline import assemble_draft, plan_community
from gridmap.plan.model import CommunityPlan, Figures, Objective
from gridmap.plan.present import start_from
from gridmap.rules import Rules
from gridmap.schema import GRIDS, Community
from tests import worlds

RULES = Rules()


def street(*, code: str = "990101001001", east_m: float = 0.0) -> Community:
    """Draw a street of 17 houses with 50 households each, a lane across it."""
    houses = {
        f"{code}-{number:02d}": worlds.box(
            east_m + 20 * number + 4, 100, east_m + 20 * number + 16, 120
        )
        for number in range(17)
    }
    return worlds.community(
        houses,
        [50] * 17,
        boundary=worlds.box(east_m, 50, east_m + 340, 200),
        barriers=[("lane", worlds.line((east_m + 160, 0), (east_m + 160, 250)))],
        code=code,
    )


@pytest.fixture(scope="module")
def plan() -> CommunityPlan:
    return plan_community(street(), rules=RULES)


def test_every_term_is_what_the_drawn_grids_say(plan: CommunityPlan) -> None:
    households, compactness = plan.grids["households"], plan.grids["compactness"]
    assert len(plan.grids) == 2
    off = (households - RULES.target) / ((RULES.high - RULES.low) / 2)
    assert plan.objective.cut == pytest.approx(RULES.weight_cut * plan.cut_cost)
    assert plan.objective.size == pytest.approx(RULES.weight_size * (off**2).sum())
    assert plan.objective.shape == pytest.approx(RULES.weight_shape * (1 / compactness - 1).sum())
    assert (plan.objective.split, plan.objective.moved) == (0.0, 0.0)
    assert plan.objective.value == pytest.approx(sum(asdict(plan.objective).values()))
    assert min(plan.objective.cut, plan.objective.size, plan.objective.shape) > 0


def test_households_that_change_grid_are_paid_for() -> None:
    present = worlds.lay(
        GRIDS,
        {
            "990101001001003": worlds.box(0, 50, 100, 200),
            "990101001001008": worlds.box(100, 50, 340, 200),
        },
        name=["", ""],
        locked=[False, False],
    )
    (held,) = start_from([street()], present)
    plan = plan_community(held, rules=RULES)
    assert plan.moved_households
    assert plan.objective.moved == RULES.weight_moved * plan.moved_households


def test_a_dedicated_area_is_no_part_of_it() -> None:
    world = worlds.community(
        {
            f"h{number}": worlds.box(20 * number + 4, 100, 20 * number + 16, 120)
            for number in range(8)
        },
        [50] * 8,
        boundary=worlds.box(0, 50, 240, 200),
        dedicated={"菜市场": worlds.box(160, 50, 240, 200)},
    )
    plan = plan_community(world, rules=RULES)
    assert sorted(plan.grids["kind"]) == ["dedicated", "general"]
    assert (plan.objective.cut, plan.objective.size) == (0.0, 0.0)
    general = plan.grids[plan.grids["kind"] == "general"]
    shape = RULES.weight_shape * (1 / general["compactness"] - 1).sum()
    assert plan.objective.shape == pytest.approx(shape)


def test_a_draft_costs_what_its_communities_cost(plan: CommunityPlan) -> None:
    other = plan_community(street(code="990101001002", east_m=340.0), rules=RULES)
    draft = assemble_draft(
        [plan, other],
        balance=worlds.sheet(plan, other),
        faults=(),
        rules=RULES,
        seed=0,
        crs=plan.grids.crs,
    )
    assert draft.figures.objective == plan.objective + other.objective


def test_figures_come_back_from_where_they_were_kept_and_from_before_there_was_an_objective() -> (
    None
):
    figures = Figures(1.0, 0.5, 2, {}, objective=Objective(1.0, 2.0, 3.0, 4.0, 5.0))
    kept = asdict(figures)
    assert Figures.from_dict(kept) == figures
    del kept["objective"]
    assert Figures.from_dict(kept) == replace(figures, objective=None)
