"""The desk: where a plan is changed, and where what would break a hard rule is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gridmap.codes import profile_for
from gridmap.errors import InputError, RefusedError
from gridmap.messages import Message
from gridmap.plan.partition import Window
from gridmap.redraw.figures import count_grids
from gridmap.redraw.plan import Card, CardChange, Change, Plan
from gridmap.schema import CommunityCode, GridCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gridmap.codes import CodeProfile
    from gridmap.redraw.figures import GridFigures
    from gridmap.redraw.terrain import Terrain
    from gridmap.rules import Rules


@dataclass(frozen=True, slots=True)
class Desk:
    """What does not change while a community is redrawn: its terrain, the rule, its codes."""

    terrain: Terrain
    window: Window
    rules: Rules
    profile: CodeProfile

    @classmethod
    def of(cls, terrain: Terrain, rules: Rules) -> Desk:
        """Lay a community on the desk."""
        profile = profile_for(terrain.community, rules.code_profile)
        return cls(terrain, Window.of(rules), rules, profile)

    def code(self, number: int) -> GridCode:
        """Write the code of a grid."""
        return self.profile.format(self.terrain.community, number)

    def number(self, code: str) -> int:
        """
        Read the number of a grid out of its code.

        Parameters
        ----------
        code
            As people write it.

        Returns
        -------
        number
            In this community; whether a plan has that grid is another question.

        Raises
        ------
        RefusedError
            If it is no code of this community.
        """
        try:
            community, number = self.profile.parse(GridCode(code))
        except InputError:
            community, number = CommunityCode(""), 0
        if community != self.terrain.community:
            raise RefusedError(Message("redraw.no_such_grid", {"code": code}))
        return number


@dataclass(frozen=True, slots=True)
class Redraw:
    """
    One operation, done: the change, the plan after it, and the figures of the grids it touched.

    A grid that begins has no figures before, one that ends none after.
    """

    operation: str
    change: Change
    plan: Plan
    before: Mapping[int, GridFigures]
    after: Mapping[int, GridFigures]

    @property
    def moved_households(self) -> int:
        """How many households change grid; those of a grid that ends among them."""
        gained = 0
        for number, grid in self.after.items():
            held = self.before[number].households if number in self.before else 0
            gained += max(0, grid.households - held)
        return gained


def change_plots(
    desk: Desk,
    plan: Plan,
    plots: np.ndarray,
    to: np.ndarray,
    *,
    operation: str,
    ends: Iterable[int] = (),
) -> Redraw:
    """
    Give plots to grids, if every hard rule is kept.

    Parameters
    ----------
    desk, plan
        What is redrawn.
    plots, to
        (k,) plots, and the number of the grid each goes to; a number above all that were issued
        begins a grid.
    operation
        What it is called in the log.
    ends
        The grids that are to end by it; any other keeps some ground.

    Returns
    -------
    redraw
        With the plan after it.

    Raises
    ------
    RefusedError
        If it changes nothing; if a plot is not of this community, or dedicated ground, or a grid
        is locked; if a grid would end that is not to, or would be left in pieces.
    CodesExhaustedError
        If the code profile has no number for a grid that begins.
    """
    _require_plots(desk, plots)
    moving = plan.number_of[plots] != to
    plots, to = plots[moving], to[moving]
    if not len(plots):
        raise RefusedError(Message("redraw.nothing_changes"))
    change = _change(desk, plan, plots, to)
    _require_free(desk, plan, change)
    return make_change(desk, plan, change, operation=operation, ends=ends)


def make_change(
    desk: Desk, plan: Plan, change: Change, *, operation: str, ends: Iterable[int] = ()
) -> Redraw:
    """
    Make a change that fits a plan, if every grid stays whole.

    Parameters
    ----------
    desk, plan
        What is redrawn.
    change
        As it starts from this plan.
    operation, ends
        As of :func:`change_plots`.

    Returns
    -------
    redraw
        With the plan after it.

    Raises
    ------
    RefusedError
        If a grid would end that is not to, or would be left in pieces.
    """
    gone = set(change.before.tolist()) - set(plan.number_of[_others(plan, change)].tolist())
    gone -= set(change.after.tolist())
    change = _with_ended(plan, change, gone)
    for number in sorted(gone - set(ends)):
        raise RefusedError(Message("redraw.would_end", {"code": desk.code(number)}))
    after = plan.changed(change)
    before = count_grids(desk.terrain, plan.number_of, change.grids, desk.window)
    counted = count_grids(desk.terrain, after.number_of, change.grids, desk.window)
    for number, grid in counted.items():
        was = before[number].pieces if number in before else 1
        if not grid.is_dedicated and grid.pieces > max(was, 1):
            code, pieces = str(desk.code(number)), grid.pieces
            raise RefusedError(Message("redraw.in_pieces", {"code": code, "pieces": pieces}))
    return Redraw(operation, change, after, before, counted)


def set_cards(desk: Desk, plan: Plan, cards: Mapping[int, Card], *, operation: str) -> Redraw:
    """
    Lock and unlock grids, or give them another name.

    Parameters
    ----------
    desk, plan
        What is redrawn.
    cards
        What is to be known of each grid; a locked one may be renamed.
    operation
        What it is called in the log.

    Returns
    -------
    redraw
        With the plan after it.

    Raises
    ------
    RefusedError
        If there is no such grid, or it changes nothing.
    """
    require_grids(desk, plan, cards)
    changed = {
        number: CardChange(plan.cards[number], card)
        for number, card in cards.items()
        if plan.cards[number] != card
    }
    if not changed:
        raise RefusedError(Message("redraw.nothing_changes"))
    nothing = np.empty(0, np.int64)
    change = Change(nothing, nothing, nothing, changed, (plan.issued, plan.issued))
    return make_change(desk, plan, change, operation=operation)


def require_grids(desk: Desk, plan: Plan, numbers: Iterable[int]) -> None:
    """
    Refuse numbers of grids that are not in a plan.

    Parameters
    ----------
    desk, plan
        What is redrawn.
    numbers
        Of grids.

    Raises
    ------
    RefusedError
        If there is no such grid.
    """
    for number in sorted(set(numbers) - set(plan.cards)):
        raise RefusedError(Message("redraw.no_such_grid", {"code": desk.code(number)}))


def _require_plots(desk: Desk, plots: np.ndarray) -> None:
    if len(plots) and not 0 <= plots.min() <= plots.max() < len(desk.terrain):
        raise RefusedError(Message("redraw.not_here", {"community": desk.terrain.community}))
    if desk.terrain.is_fixed[plots].any():
        raise RefusedError(Message("redraw.dedicated"))


def _require_free(desk: Desk, plan: Plan, change: Change) -> None:
    """Refuse what touches a locked grid, or gives ground to a dedicated one."""
    for number in sorted(change.grids & set(plan.cards)):
        if plan.cards[number].is_locked:
            raise RefusedError(Message("redraw.locked", {"code": desk.code(number)}))
    taking = np.isin(plan.number_of, change.after)
    if desk.terrain.is_fixed[taking].any():
        raise RefusedError(Message("redraw.dedicated"))


def _change(desk: Desk, plan: Plan, plots: np.ndarray, to: np.ndarray) -> Change:
    new = [number for number in np.unique(to).tolist() if number not in plan.cards]
    for number in new:
        desk.code(number)  # refuses a number that no code has
        if number <= plan.issued:
            raise RefusedError(Message("redraw.no_such_grid", {"code": desk.code(number)}))
    cards = {number: CardChange(None, Card()) for number in new}
    issued = (plan.issued, max([plan.issued, *new]))
    return Change(plots, plan.number_of[plots], to, cards, issued)


def _with_ended(plan: Plan, change: Change, gone: set[int]) -> Change:
    """Take the cards of grids that end away."""
    ended = {
        number: CardChange(plan.cards[number], None)
        for number in sorted(gone)
        if number in plan.cards and number not in change.cards
    }
    return replace(change, cards={**change.cards, **ended})


def _others(plan: Plan, change: Change) -> np.ndarray:
    stays = np.ones(len(plan.number_of), bool)
    stays[change.plots] = False
    return stays
