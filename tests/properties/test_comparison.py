"""Any redraw of any town compared with what was there before: nobody is lost, the kind is right."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from gridmap.comparison import DrawnPlan, compare_plans, compose_weights, restate_counts
from gridmap.errors import GridmapError
from gridmap.redraw.cuts import split_evenly
from gridmap.redraw.desk import Redraw, set_cards
from gridmap.redraw.moves import merge_grids, move_plots
from gridmap.redraw.plan import Card
from gridmap.schema import Community
from tests import worlds
from tests.comparisons import draw_plan
from tests.redraws import SMALL, Table, lay_out, try_something

THOROUGH = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def redrawn(community: Community, seed: int, steps: int = 6) -> tuple[DrawnPlan, DrawnPlan]:
    """Draw the plan of a community before and after a few operations of any kind."""
    table = lay_out(community, SMALL)
    plan, dice = table.plan, np.random.default_rng(seed)
    for _ in range(steps):
        done = try_something(table, plan, dice)
        plan = plan if done is None else done.plan
    return draw_plan(table, table.plan, community), draw_plan(table, plan, community)


def held(plan: DrawnPlan, measure: str) -> dict[str, int]:
    """Count by grid, but for those that hold nothing."""
    return plain(plan.assignment.groupby("grid_code")[measure].sum())


def sums(matrix: pd.DataFrame, axis: Literal[0, 1]) -> dict[str, int]:
    return plain(matrix.sum(axis=axis))


def plain(counts: pd.Series) -> dict[str, int]:
    return {str(code): int(count) for code, count in counts.items() if count}


@THOROUGH
@given(worlds.communities(), st.integers(0, 2**32))
def test_every_household_and_person_is_counted_once_on_either_side(
    community: Community, seed: int
) -> None:
    old, new = redrawn(community, seed)
    found = compare_plans(old, new)
    assert sums(found.matrix("households_before"), axis=1) == held(old, "households")
    assert sums(found.matrix("households_after"), axis=0) == held(new, "households")
    assert sums(found.matrix("persons_before"), axis=1) == held(old, "persons")
    assert sums(found.matrix("persons_after"), axis=0) == held(new, "persons")
    lost, gained = (int(found.workers[name].sum()) for name in ("lost", "gained"))
    assert lost == gained
    assert sorted(set(found.grids["old_code"]) - {""}) == sorted(old.grids.index)
    assert sorted(set(found.grids["new_code"]) - {""}) == sorted(new.grids.index)
    assert found.pairs["area_m2"].sum() == pytest.approx(old.grids.area.sum(), rel=1e-3)


@THOROUGH
@given(worlds.communities(), st.integers(0, 2**32))
def test_weights_of_every_code_add_up_and_restating_there_and_back_keeps_totals(
    community: Community, seed: int
) -> None:
    old, new = redrawn(community, seed)
    crosswalk = compare_plans(old, new).crosswalk
    for weights, codes in ((crosswalk.forward, old.grids), (crosswalk.backward, new.grids)):
        whole = weights.groupby("from_code")[["part", "share"]].sum()
        assert whole["part"].to_dict() == dict(
            zip(weights["from_code"], weights["whole"], strict=True)
        )
        assert whole["share"].to_numpy() == pytest.approx(1.0)
        assert set(whole.index) == set(codes.index)
    dice = np.random.default_rng(seed)
    cases = dice.integers(0, 1000, len(old.grids))
    counts = pd.DataFrame({"cases": cases, "hours": cases / 7}, index=old.grids.index)
    there = restate_counts(counts, crosswalk.forward)
    back = restate_counts(there.drop(index="", errors="ignore"), crosswalk.backward)
    for restated in (there, back):
        assert restated["cases"].sum() == cases.sum()
        assert restated["hours"].sum() == pytest.approx(cases.sum() / 7)
    homes = pd.DataFrame({"homes": held(old, "households")}, dtype="int64")
    assert plain(restate_counts(homes, crosswalk.forward)["homes"]) == held(new, "households")


def split(table: Table, dice: np.random.Generator) -> Redraw:
    return split_evenly(table.desk, table.plan, some_grid(table, dice), parts=2)


def merge(table: Table, dice: np.random.Generator) -> Redraw:
    return merge_grids(table.desk, table.plan, [some_grid(table, dice), some_grid(table, dice)])


def move(table: Table, dice: np.random.Generator) -> Redraw:
    plots = dice.integers(0, len(table.desk.terrain), 1)
    return move_plots(table.desk, table.plan, plots, to=some_grid(table, dice))


def rename(table: Table, dice: np.random.Generator) -> Redraw:
    cards = {some_grid(table, dice): Card("another name")}
    return set_cards(table.desk, table.plan, cards, operation="rename")


def some_grid(table: Table, dice: np.random.Generator) -> int:
    return int(dice.choice(sorted(table.plan.cards)))


OPERATIONS = {"split": split, "merge": merge, "moved_line": move, "renamed": rename}


def attempt(kind: str, table: Table, dice: np.random.Generator) -> Redraw | None:
    """Try an operation a few times; None where it is always refused."""
    for _ in range(10):
        try:
            return OPERATIONS[kind](table, dice)
        except GridmapError:
            continue
    return None


@THOROUGH
@given(worlds.communities(), st.integers(0, 2**32))
def test_the_kind_of_change_is_the_operation_that_was_done_and_nothing_is_no_change(
    community: Community, seed: int
) -> None:
    table, dice = lay_out(community, SMALL), np.random.default_rng(seed)
    old = draw_plan(table, table.plan, community)
    same = compare_plans(old, old)
    assert set(same.grids["kind"]) == {"unchanged"}
    assert same.boards.empty
    assert same.moves.empty
    for kind in OPERATIONS:
        done = attempt(kind, table, dice)
        if done is None:
            continue
        event(kind)
        grids = compare_plans(old, draw_plan(table, done.plan, community)).grids
        touched = [str(table.desk.code(number)) for number in done.change.grids]
        has_part = grids["old_code"].isin(touched) | grids["new_code"].isin(touched)
        assert set(grids.loc[has_part, "kind"]) == {kind}
        assert set(grids.loc[~has_part, "kind"]) <= {"unchanged"}


@THOROUGH
@given(worlds.communities(), st.integers(0, 2**32), st.integers(2, 4))
def test_counts_restated_over_several_plans_keep_their_totals(
    community: Community, seed: int, plans: int
) -> None:
    chain = [compare_plans(*redrawn(community, seed + n, steps=3)).crosswalk for n in range(plans)]
    # Every plan begins from the same grids, so there and back again is a way through all of them.
    steps = [step for each in chain for step in (each.forward, each.backward)]
    weights = compose_weights(steps)
    whole = weights.groupby("from_code")[["part", "share"]].sum()
    assert (whole["part"] == weights.groupby("from_code")["whole"].first()).all()
    assert whole["share"].to_list() == pytest.approx([1.0] * len(whole))
    codes = sorted(set(steps[0]["from_code"]))
    assert codes == sorted(whole.index)
    dice = np.random.default_rng(seed)
    visits = dice.integers(0, 10_000, len(codes))
    counts = pd.DataFrame({"visits": visits, "hours": visits / 7}, index=codes)
    restated = restate_counts(counts, weights)
    assert restated["visits"].sum() == visits.sum()
    assert restated["hours"].sum() == pytest.approx(counts["hours"].sum())
