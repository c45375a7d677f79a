"""The plan as it is redrawn: which grid every plot is in, and the change from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a grid beside its ground."""

    name: str = ""
    is_locked: bool = False


class CardChange(NamedTuple):
    """The card of one grid before and after; None where the grid is not there."""

    before: Card | None
    after: Card | None


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """
    What one operation changes, both ways.

    `plots` (k,) go from the grids `before` to the grids `after`; `cards` are those of grids that
    begin, end, or get another name or lock; `issued` is the highest number ever given out, before
    and after. Grids go by their number in the community.
    """

    plots: np.ndarray
    before: np.ndarray
    after: np.ndarray
    cards: Mapping[int, CardChange] = field(default_factory=dict)
    issued: tuple[int, int] = (0, 0)

    @property
    def inverse(self) -> Change:
        """The change that takes this one back."""
        cards = {number: CardChange(each.after, each.before) for number, each in self.cards.items()}
        return Change(self.plots, self.after, self.before, cards, self.issued[::-1])

    @property
    def grids(self) -> frozenset[int]:
        """The grids it touches."""
        ends = np.unique(np.concatenate([self.before, self.after]))
        return frozenset(ends.tolist()) | frozenset(self.cards)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """
    Which grid every plot is in; a plan never changes, a changed one is another plan.

    `number_of` (n,) is the number of each plot's grid in the community, `cards` has one entry for
    every grid, and `issued` is the highest number ever given out.
    """

    number_of: np.ndarray
    cards: Mapping[int, Card]
    issued: int

    def fits(self, change: Change) -> bool:
        """Tell whether everything a change starts from is so in this plan."""
        cards = change.cards.items()
        return (
            np.array_equal(self.number_of[change.plots], change.before)
            and all(self.cards.get(number) == each.before for number, each in cards)
            and (self.issued == change.issued[0] or change.issued[0] == change.issued[1])
        )

    def changed(self, change: Change) -> Plan:
        """
        Make a change.

        Parameters
        ----------
        change
            That fits.

        Returns
        -------
        plan
            The next one.

        Raises
        ------
        ValueError
            If it does not fit.
        """
        if not self.fits(change):
            msg = "the change starts from another plan"
            raise ValueError(msg)
        number_of = self.number_of.copy()
        number_of[change.plots] = change.after
        cards = dict(self.cards)
        for number, each in change.cards.items():
            if each.after is None:
                del cards[number]
            else:
                cards[number] = each.after
        return replace(
            self,
            number_of=number_of,
            cards=cards,
            issued=self.issued + change.issued[1] - change.issued[0],
        )

    def equals(self, other: Plan) -> bool:
        """Tell whether two plans are the same in everything."""
        return (
            np.array_equal(self.number_of, other.number_of)
            and dict(self.cards) == dict(other.cards)
            and self.issued == other.issued
        )
