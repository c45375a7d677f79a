"""The operations of the redraw on a street of houses, seen one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest

from gridmap.errors import InputError, RefusedError
from gridmap.redraw.cuts import (
    shift_border,
    split_along_barrier,
    split_along_line,
    split_evenly,
)
from gridmap.redraw.desk import Redraw, set_cards
from gridmap.redraw.journal import Journal
from gridmap.redraw.moves import give_area, merge_grids, move_plots, swap_plots
from gridmap.redraw.opening import open_plan
from gridmap.redraw.plan import Card, Plan
from gridmap.redraw.proposals import repair_grids, replan_grids
from gridmap.rules import Rules
from gridmap.schema import GRIDS, Community
from tests import worlds
from tests.redraws import Table, lay_out

RULES = Rules(low=300, high=500, target=400)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def street(*, dedicated: bool = False) -> Community:
    """Draw 30 houses of 40 households from west to east, 20 m each; a road crosses after 12."""
    houses = {f"h{n:02d}": worlds.box(20 * n + 4, 100, 20 * n + 16, 120) for n in range(30)}
    return worlds.community(
        houses,
        [40] * len(houses),
        boundary=worlds.box(0, 50, 600, 200),
        barriers=[("tertiary", worlds.line((240, 50), (240, 200)))],
        dedicated={"school": worlds.box(500, 50, 600, 200)} if dedicated else {},
    )


def desk(*ends: int, dedicated: bool = False) -> Table:
    """Lay the street on the desk, with grids that end before these houses."""
    table = lay_out(street(dedicated=dedicated), RULES)
    terrain, number_of = table.desk.terrain, table.plan.number_of.copy()
    general = ~terrain.is_fixed
    house = ((terrain.x - worlds.WEST) // 20).astype(int)
    number_of[general] = np.searchsorted(ends, house[general], side="right") + 1
    cards = {int(number): Card() for number in np.unique(number_of)}
    return Table(table.desk, Plan(number_of, cards, max(cards)))


def plots(table: Table, *houses: int) -> np.ndarray:
    return table.desk.terrain.plots_of([f"h{house:02d}" for house in houses])


def homes(redraw: Redraw) -> tuple[dict[int, int], dict[int, int]]:
    before, after = (
        {number: grid.households for number, grid in side.items()}
        for side in (redraw.before, redraw.after)
    )
    return before, after


def test_a_move_answers_with_the_figures_of_the_two_grids_before_and_after() -> None:
    table = desk(10, 20)
    done = move_plots(table.desk, table.plan, plots(table, 10), to=1)
    assert homes(done) == ({1: 400, 2: 400}, {1: 440, 2: 360})
    assert done.moved_households == 40
    grid = done.after[1]
    assert (grid.persons, grid.buildings, grid.pieces, grid.status) == (880, 11, 1, "ok")
    assert grid.area_m2 == pytest.approx(220 * 150, rel=0.01)
    assert grid.compactness == pytest.approx(4 * np.pi * 220 * 150 / 740**2, rel=0.02)
    assert grid.clear_share == pytest.approx(0.0)
    assert done.before[1].clear_share == pytest.approx(0.0)


def test_a_move_that_breaks_the_band_is_made_and_says_so() -> None:
    table = desk(10, 20)
    done = move_plots(table.desk, table.plan, plots(table, 10, 11, 12), to=1)
    assert [grid.status for grid in done.after.values()] == ["over_band", "under_band"]


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda t: move_plots(t.desk, t.plan, plots(t, 15), to=1), "in 2 pieces"),
        (lambda t: move_plots(t.desk, t.plan, plots(t, *range(10)), to=2), "without any ground"),
        (lambda t: move_plots(t.desk, t.plan, plots(t, 3), to=1), "changes no grid"),
        (lambda t: move_plots(t.desk, t.plan, plots(t, 3), to=9), "no grid 990101001001009"),
        (lambda t: move_plots(t.desk, t.plan, np.array([-1]), to=2), "choose again"),
        (lambda t: swap_plots(t.desk, t.plan, plots(t, 1), plots(t, 2)), "between two grids"),
        (lambda t: merge_grids(t.desk, t.plan, [1, 1]), "two grids or more"),
        (lambda t: merge_grids(t.desk, t.plan, [1, 3]), "in 2 pieces"),
        (lambda t: split_evenly(t.desk, t.plan, 1, parts=99), "cannot be divided into 99"),
        (lambda t: split_along_barrier(t.desk, t.plan, 1, "tertiary路"), "does not run through"),
        (lambda t: shift_border(t.desk, t.plan, 1, 2, barrier="nowhere"), "does not run through"),
        (
            lambda t: split_along_line(t.desk, t.plan, 1, worlds.line((5, 60), (50, 90))),
            "from outside the grid to outside",
        ),
        (lambda t: set_cards(t.desk, t.plan, {1: Card()}, operation="lock"), "changes no grid"),
        (lambda t: repair_grids(t.desk, t.plan), "changes no grid"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    act: Callable[[Table], Redraw], why: str
) -> None:
    with pytest.raises(RefusedError, match=why):
        act(desk(10, 20))


def test_a_locked_grid_neither_gives_nor_takes() -> None:
    table = desk(10, 20)
    locked = set_cards(table.desk, table.plan, {2: Card(is_locked=True)}, operation="lock").plan
    for houses, to in ((10, 1), (9, 2)):
        with pytest.raises(RefusedError, match="grid 990101001001002 is locked"):
            move_plots(table.desk, locked, plots(table, houses), to=to)
    free = set_cards(table.desk, locked, {2: Card()}, operation="unlock").plan
    assert move_plots(table.desk, free, plots(table, 10), to=1).moved_households == 40


def test_dedicated_ground_is_not_redrawn() -> None:
    table = desk(10, 18, dedicated=True)
    fixed = np.flatnonzero(table.desk.terrain.is_fixed)
    school = int(table.plan.number_of[fixed[0]])
    with pytest.raises(RefusedError, match="dedicated ground"):
        move_plots(table.desk, table.plan, fixed, to=1)
    with pytest.raises(RefusedError, match="dedicated ground"):
        move_plots(table.desk, table.plan, plots(table, 24), to=school)


def test_a_merge_keeps_the_code_with_most_households_and_ends_the_other_for_good() -> None:
    table = desk(8, 20)
    done = merge_grids(table.desk, table.plan, [1, 2])
    assert homes(done) == ({1: 320, 2: 480}, {2: 800})
    assert set(done.plan.cards) == {2, 3}
    again = split_evenly(table.desk, done.plan, 2, parts=2)
    assert set(again.plan.cards) == {2, 3, 4}


def test_a_split_keeps_the_code_on_the_part_with_most_households() -> None:
    table = desk(16)
    line = worlds.line((120, 0), (120, 300))
    done = split_along_line(table.desk, table.plan, 1, line)
    assert homes(done) == ({1: 640}, {1: 400, 3: 240})
    even = split_evenly(table.desk, table.plan, 1, parts=2)
    assert homes(even)[1] == {1: 320, 3: 320}


def test_a_split_and_a_shift_follow_a_road() -> None:
    table = desk(20)
    done = split_along_barrier(table.desk, table.plan, 1, "tertiary路")
    assert homes(done)[1] == {1: 480, 3: 320}
    assert done.after[3].clear_share == pytest.approx(0.5, abs=0.01)  # the road, and bare ground
    shifted = shift_border(table.desk, desk(10, 20).plan, 1, 2, barrier="tertiary路")
    assert homes(shifted)[1] == {1: 480, 2: 320}
    assert shifted.after[1].clear_share == pytest.approx(1.0)


def test_a_drawn_area_goes_to_a_grid_and_a_swap_is_one_step() -> None:
    table = desk(10, 20)
    given = give_area(table.desk, table.plan, worlds.box(152, 0, 200, 300), to=2)
    assert homes(given)[1] == {1: 320, 2: 480}
    plan = move_plots(table.desk, desk(10).plan, plots(table, 9), to=2).plan
    with pytest.raises(RefusedError, match="pieces"):
        swap_plots(table.desk, plan, plots(table, 7), plots(table, 9))
    crossed = swap_plots(table.desk, desk(1, 29).plan, plots(table, 0), plots(table, *range(1, 29)))
    assert homes(crossed)[1] == {1: 1120, 2: 40}


def test_a_repair_moves_few_and_a_selection_is_drawn_anew() -> None:
    table = desk(14, 20)
    done = repair_grids(table.desk, table.plan)
    assert all(grid.status == "ok" for grid in done.after.values())
    assert done.moved_households == 80
    anew = replan_grids(table.desk, table.plan, [1, 2])
    assert {grid.status for grid in anew.after.values()} == {"ok"}
    assert 3 not in anew.after


def test_a_change_fits_only_the_plan_it_starts_from() -> None:
    table = desk(10, 20)
    done = move_plots(table.desk, table.plan, plots(table, 10), to=1)
    assert not done.plan.fits(done.change)
    with pytest.raises(ValueError, match="another plan"):
        done.plan.changed(done.change)
    elsewhere = move_plots(table.desk, table.plan, plots(table, 20), to=2)
    assert done.plan.fits(elsewhere.change)  # so it can be made on top of the first


def test_nothing_is_undone_before_the_first_step_or_redone_after_the_last() -> None:
    table = desk(10, 20)
    journal = Journal(table.plan)
    with pytest.raises(RefusedError, match="nothing to undo"):
        journal.undo()
    done = move_plots(table.desk, table.plan, plots(table, 10), to=1)
    journal = journal.after(done, by="li", at=NOON, why="the tower is finished")
    assert journal.done[0].why == "the tower is finished"
    with pytest.raises(RefusedError, match="nothing to redo"):
        journal.redo()
    undone = journal.undo()
    other = move_plots(table.desk, undone.plan, plots(table, 20), to=2)
    assert undone.after(other, by="li", at=NOON).undone == ()


def test_a_plan_of_other_layers_is_not_opened() -> None:
    community = street()
    table = lay_out(community, RULES)
    grids = worlds.lay(GRIDS, {"990101001001001": worlds.box(0, 0, 100, 300)}, name=["一"])
    nobody = grids.iloc[:0].assign(grid_code="")
    with pytest.raises(InputError, match="made of other layers"):
        open_plan(table.desk, grids, nobody)
    elsewhere = grids.rename(index={"990101001001001": "990101001002001"})
    with pytest.raises(InputError, match="not of community"):
        open_plan(table.desk, elsewhere, nobody)
