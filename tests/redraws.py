"""Plans on the desk for tests of the redraw: drawn by hand, or planned at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from gridmap.errors import GridmapError
from gridmap.ground.adjacency import build_ground
from gridmap.pipeline import plan_community
from gridmap.plan.partition import Window
from gridmap.redraw.cuts import split_along_barrier, split_along_line, split_evenly
from gridmap.redraw.desk import Desk, Redraw, set_cards
from gridmap.redraw.moves import give_area, merge_grids, move_plots, swap_plots
from gridmap.redraw.opening import open_plan
from gridmap.redraw.plan import Card, Plan
from gridmap.redraw.proposals import repair_grids, replan_grids
from gridmap.redraw.terrain import survey_terrain
from gridmap.rules import Rules
from gridmap.schema import Community
from tests import worlds

SMALL = Rules(low=40, high=100, target=70)


@dataclass(frozen=True)
class Table:
    """A desk with a plan on it."""

    desk: Desk
    plan: Plan


def lay_out(community: Community, rules: Rules) -> Table:
    """Plan a community and lay it on the desk."""
    planned = plan_community(community, rules=rules)
    terrain = survey_terrain(community, build_ground(community), Window.of(rules))
    desk = Desk.of(terrain, rules)
    return Table(desk, open_plan(desk, planned.grids, planned.assignment))


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Draw any community, planned by a rule that makes several grids of it."""
    return lay_out(draw(worlds.communities()), SMALL)


def try_something(table: Table, plan: Plan, dice: np.random.Generator) -> Redraw | None:
    """Do an operation of any kind, wise or not; None where it is refused."""
    operation = OPERATIONS[int(dice.integers(len(OPERATIONS)))]
    try:
        return operation(table.desk, plan, dice)
    except GridmapError:
        return None


def _some_plots(desk: Desk, dice: np.random.Generator, most: int = 4) -> np.ndarray:
    """Choose a few plots around one of them, or anywhere."""
    count = int(dice.integers(1, most + 1))
    if dice.random() < 0.3:
        return dice.integers(0, len(desk.terrain), count)
    chosen = [int(dice.integers(len(desk.terrain)))]
    borders = desk.terrain.borders
    for _ in range(count - 1):
        beside = np.concatenate(
            [
                borders.second[borders.first == chosen[-1]],
                borders.first[borders.second == chosen[-1]],
            ]
        )
        if len(beside):
            chosen.append(int(dice.choice(beside)))
    return np.unique(chosen)


def _grid(plan: Plan, dice: np.random.Generator) -> int:
    return int(dice.choice(sorted(plan.cards)))


def _move(desk: Desk, plan: Plan, dice: np.random.Generator) -> Redraw:
    return move_plots(desk, plan, _some_plots(desk, dice), to=_neighbour(desk, plan, dice))


def _neighbour(desk: Desk, plan: Plan, dice: np.random.Generator) -> int:
    if dice.random() < 0.2:
        return int(dice.integers(1, plan.issued + 2))
    return int(plan.number_of[int(dice.integers(len(desk.terrain)))])


def _swap(desk: Desk, plan: Plan, dice: np.random.Generator) -> Redraw:
    borders = desk.terrain.borders
    edges = np.flatnonzero(plan.number_of[borders.first] != plan.number_of[borders.second])
    if not len(edges):
        return _move(desk, plan, dice)
    at = int(dice.choice(edges))
    one, other = borders.first[[at]], borders.second[[at]]
    if dice.random() < 0.3:
        other = _some_plots(desk, dice)
    return swap_plots(desk, plan, one, other)


def _area(desk: Desk, plan: Plan, dice: np.random.Generator) -> Redraw:
    x, y, wide, high = dice.uniform([0, 0, 5, 5], [400, 300, 150, 90])
    area = worlds.box(x, y, x + wide, y + high)
    return give_area(desk, plan, area, to=_grid(plan, dice))


def _line(desk: Desk, plan: Plan, dice: np.random.Generator) -> Redraw:
    ends = dice.uniform(-50, 450, (3, 2)).tolist()
    return split_along_line(desk, plan, _grid(plan, dice), worlds.line(*map(tuple, ends)))


def _barrier(desk: Desk, plan: Plan, dice: np.random.Generator) -> Redraw:
    names = sorted(set(desk.terrain.stretches.name.tolist())) or [""]
    return split_along_barrier(desk, plan, _grid(plan, dice), str(dice.choice(names)))


def _evenly(desk: Desk, plan: Plan, dice: np.random.Generator) -> Redraw:
    return split_evenly(desk, plan, _grid(plan, dice), parts=int(dice.integers(2, 4)))


def _merge(desk: Desk, plan: Plan, dice: np.random.Generator) -> Redraw:
    return merge_grids(desk, plan, [_grid(plan, dice), _neighbour(desk, plan, dice)])


def _lock(desk: Desk, plan: Plan, dice: np.random.Generator) -> Redraw:
    number = _grid(plan, dice)
    card = Card(plan.cards[number].name, is_locked=not plan.cards[number].is_locked)
    return set_cards(desk, plan, {number: card}, operation="lock")


def _repair(desk: Desk, plan: Plan, dice: np.random.Generator) -> Redraw:
    return repair_grids(desk, plan, seed=int(dice.integers(9)))


def _replan(desk: Desk, plan: Plan, dice: np.random.Generator) -> Redraw:
    return replan_grids(desk, plan, {_grid(plan, dice), _neighbour(desk, plan, dice)})


OPERATIONS = [_move, _move, _swap, _area, _line, _barrier, _evenly, _merge, _lock, _repair, _replan]
