"""The window a part must fit in, and how far outside it a part is."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridmap.rules import Rules


@dataclass(frozen=True, slots=True)
class Window:
    """
    Households between `low` and `high`, persons up to `cap`.

    A node that is too big by itself is forgiven: a part is as good as it can be when it holds
    nothing beside that node.
    """

    low: int
    high: int
    cap: int

    @classmethod
    def of(cls, rules: Rules) -> Window:
        """Take the window of the grids from the rule."""
        return cls(rules.low, rules.high, rules.persons_cap)

    def excess(self, households: int, persons: int, biggest: int, most: int) -> float:
        """
        Count how many households a part is outside the window.

        Parameters
        ----------
        households, persons
            Of the part.
        biggest, most
            Households and persons of its biggest nodes, which cannot be divided.

        Returns
        -------
        excess
            0 inside the window; persons over the cap count as households of 2.6 persons.
        """
        over = max(0, households - max(self.high, biggest))
        crowd = max(0, persons - max(self.cap, most)) / 2.6
        return max(0, self.low - households) + max(over, crowd)

    def fits_some_number(self, households: float, persons: float) -> bool:
        """Could this much be divided into parts inside the window, if it came in single homes."""
        fewest = max(ceil(households / self.high), ceil(persons / self.cap), 1)
        return fewest * self.low <= households
