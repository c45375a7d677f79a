"""The window a part must fit in: a band for every load."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gridmap.rules import Band, Rules


@dataclass(frozen=True, slots=True)
class Window:
    """
    Households between `low` and `high`, persons up to `cap`, and any other load in its band.

    A node that is too big by itself is forgiven: a part is as good as it can be when it holds
    nothing beside that node.
    """

    low: int
    high: int
    cap: int
    others: tuple[Band, ...] = ()

    @classmethod
    def of(cls, rules: Rules) -> Window:
        """Take the window of the grids from the rule."""
        return cls(rules.low, rules.high, rules.persons_cap, rules.loads)

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Give lower and upper bounds, (L,) each: households, persons, then the others."""
        low = [self.low, 0, *(band.low for band in self.others)]
        tops = (inf if band.high is None else band.high for band in self.others)
        high = [self.high, self.cap, *tops]
        return np.array(low, float), np.array(high, float)

    def fits_some_number(self, households: float, persons: float) -> bool:
        """Could this much be divided into parts inside the window, if it came in single homes."""
        fewest = max(ceil(households / self.high), ceil(persons / self.cap), 1)
        return fewest * self.low <= households
