"""The redraw over random towns and random operations: what must hold whatever is done."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmap.plan.zoning import components
from gridmap.redraw.figures import count_grids
from gridmap.redraw.journal import Journal
from gridmap.redraw.parts import dissolve_plots
from gridmap.redraw.plan import Plan
from tests.redraws import Table, tables, try_something

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STEPS = 8
THOROUGH = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def drawn(table: Table, plan: Plan) -> dict[int, shapely.Geometry]:
    return {
        number: dissolve_plots(table.desk.terrain, plan.number_of, number) for number in plan.cards
    }


@THOROUGH
@given(tables(), st.integers(0, 2**32))
def test_as_many_undos_restore_geometry_counts_codes_and_log(table: Table, seed: int) -> None:
    dice, journals = np.random.default_rng(seed), [Journal(table.plan)]
    for step in range(STEPS):
        done = try_something(table, journals[-1].plan, dice)
        if done is not None:
            journals.append(journals[-1].after(done, by="planner", at=NOON, why=str(step)))
    journal = journals[-1]
    for before in journals[-2::-1]:
        journal = journal.undo()
        assert journal.plan.equals(before.plan)
        assert journal.done == before.done
    numbers, first = list(table.plan.cards), table.plan
    window, terrain = table.desk.window, table.desk.terrain
    assert count_grids(terrain, journal.plan.number_of, numbers, window) == count_grids(
        terrain, first.number_of, numbers, window
    )
    assert drawn(table, journal.plan) == drawn(table, first)
    for after in journals[1:]:
        journal = journal.redo()
        assert journal.plan.equals(after.plan)
        assert journal.done == after.done


@THOROUGH
@given(tables(), st.integers(0, 2**32))
def test_any_operation_loses_nobody_and_leaves_every_grid_whole(table: Table, seed: int) -> None:
    dice, plan, terrain = np.random.default_rng(seed), table.plan, table.desk.terrain
    everyone = count_grids(terrain, plan.number_of, plan.cards, table.desk.window)
    for _ in range(STEPS):
        done = try_something(table, plan, dice)
        plan = plan if done is None else done.plan
    after = count_grids(terrain, plan.number_of, plan.cards, table.desk.window)
    assert set(after) == set(plan.cards) == set(plan.number_of.tolist())
    for held in ("households", "persons", "buildings", "plots"):
        assert sum(getattr(each, held) for each in after.values()) == sum(
            getattr(each, held) for each in everyone.values()
        )
    borders = terrain.borders
    same = borders.is_passable & (plan.number_of[borders.first] == plan.number_of[borders.second])
    piece = components(len(terrain), borders.first[same], borders.second[same])
    pieces = {number: len(np.unique(piece[plan.number_of == number])) for number in plan.cards}
    for number, grid in after.items():
        was = everyone[number].pieces if number in everyone else 1
        assert grid.pieces == pieces[number]
        assert grid.is_dedicated or grid.pieces <= max(was, 1)


@THOROUGH
@given(tables(), st.integers(0, 2**32))
def test_quick_figures_are_those_of_the_drawn_grids(table: Table, seed: int) -> None:
    dice, plan, terrain = np.random.default_rng(seed), table.plan, table.desk.terrain
    whole = shapely.union_all(terrain.cells)
    for _ in range(STEPS):
        done = try_something(table, plan, dice)
        if done is None:
            continue
        plan = done.plan
        for number, figures in done.after.items():
            area = dissolve_plots(terrain, plan.number_of, number)
            here = plan.number_of[terrain.plot_of] == number
            assert figures.area_m2 == pytest.approx(shapely.area(area))
            assert figures.perimeter_m == pytest.approx(shapely.length(area))
            assert figures.buildings == here.sum()
            assert 0.0 <= figures.clear_m <= figures.inner_m + 1e-6
            outer = shapely.length(shapely.intersection(area.boundary, whole.boundary))
            assert figures.inner_m == pytest.approx(figures.perimeter_m - outer, abs=0.5)
    assert sum(shapely.area(area) for area in drawn(table, plan).values()) == pytest.approx(
        shapely.area(whole)
    )


@THOROUGH
@given(tables(), st.integers(0, 2**32))
def test_a_number_that_was_given_out_is_given_to_nothing_else(table: Table, seed: int) -> None:
    dice, plan = np.random.default_rng(seed), table.plan
    ended: set[int] = set()
    for _ in range(STEPS):
        done = try_something(table, plan, dice)
        if done is None:
            continue
        assert not ended & set(done.plan.cards)
        assert done.plan.issued >= max(done.plan.cards)
        assert all(number > plan.issued for number in set(done.plan.cards) - set(plan.cards))
        ended |= set(plan.cards) - set(done.plan.cards)
        plan = done.plan
