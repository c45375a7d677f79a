"""What is in a column: do its values look like counts, like addresses, like known ids."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.layers.numerals import half_width, read_numbers

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from pandas import Series

SAMPLE: Final = 500
SHOWS: Final = 0.5
"""A column is what at least this share of its values is."""
MOSTLY: Final = 0.8
LARGEST_COUNT: Final = 20_000
FLOORS: Final = (-10, 200)
LONGITUDES: Final = (73.0, 136.0)
LATITUDES: Final = (3.0, 54.0)
ADDRESS: Final = re.compile(
    r"[\u4e00-\u9fff].*(?:[路街巷弄道里村苑园区庄组]|小区|胡同).*[0-9一二三四五六七八九十]"
    r"|[\u4e00-\u9fff].*[0-9一二三四五六七八九十]+(?:号|弄|栋|幢|座|单元|室)"
    r"|[\u4e00-\u9fff]+(?:省|市|县).*[\u4e00-\u9fff]+(?:路|街|镇|乡|村|小区)"
    r"|\d+\s*,?\s+\w+.*\b(?:st|street|rd|road|ave|avenue|lane|ln|rue|drive|dr)\b"
    r"|\b(?:street|road|avenue|lane|rue)\b.*\d",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Shares from 0 to 1 of a column's values that look like one thing or another."""

    counts: float
    addresses: float
    known_ids: float
    floors: float
    longitudes: float
    latitudes: float
    repeats: float
    filled: int  # how many values were looked at

    def speaks_for(self, kind: str) -> bool:
        """Say whether the content is what a column of this kind holds."""
        shares = {
            "count": self.counts,
            "address": self.addresses,
            "known_id": self.known_ids,
            "floor": self.floors,
            "lon": self.longitudes,
            "lat": self.latitudes,
        }
        return self.filled > 0 and shares.get(kind, 0.0) >= (
            SHOWS if kind in ("address", "known_id") else MOSTLY
        )

    def speaks_against(self, kind: str) -> bool:
        """Say whether the content is what no column of this kind holds."""
        if not self.filled:
            return False
        if kind == "address":
            return self.counts >= MOSTLY and self.addresses == 0
        return kind in ("id", "known_id", "count", "floor") and self.addresses >= SHOWS


def weigh(told: Series, known_ids: AbstractSet[str] = frozenset()) -> Evidence:
    """
    Look at what a column holds.

    Parameters
    ----------
    told
        A column of any type; the first `SAMPLE` different values are looked at.
    known_ids
        Ids of the buildings, where they are known.

    Returns
    -------
    evidence
        Nothing but zeros where the column is empty.
    """
    filled = told.dropna().head(20 * SAMPLE)
    words = half_width(filled)
    words = words[words != ""]
    different = words.drop_duplicates().head(SAMPLE)
    if different.empty:
        return Evidence(0, 0, 0, 0, 0, 0, 0, 0)
    numbers = read_numbers(different).to_numpy()
    whole = np.isfinite(numbers) & (np.floor(numbers) == numbers)

    def between(low: float, high: float) -> float:
        return float(((numbers >= low) & (numbers <= high)).mean())

    return Evidence(
        counts=float((whole & (numbers >= 0) & (numbers <= LARGEST_COUNT)).mean()),
        addresses=float(np.mean([bool(ADDRESS.search(word)) for word in different])),
        known_ids=float(np.mean([word in known_ids for word in different])),
        floors=float((whole & (numbers >= FLOORS[0]) & (numbers <= FLOORS[1])).mean()),
        longitudes=between(*LONGITUDES),
        latitudes=between(*LATITUDES),
        repeats=1 - len(words.drop_duplicates()) / len(words),
        filled=len(different),
    )
