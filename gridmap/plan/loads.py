"""
Further loads that a rule gives a band: which grid is out of one, and in whose words.

As for households, the surest cause comes first: one spot that holds more than the band; ground that
nobody can walk out of and that holds less than the band in all; loads that ask for different
numbers of grids there; and last, that no division was found which keeps all bands at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.messages import Message
from gridmap.schema import load_columns

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import Series

    from gridmap.plan.names import Names
    from gridmap.plan.partition import Window
    from gridmap.rules import Band, Rules

COUNTED: Final = ("households", "persons")
"""The loads that come before those a rule adds."""

SLACK: Final = 1e-9
"""Less than this is rounding: loads need not be whole numbers."""


@dataclass(frozen=True, slots=True)
class LoadJudge:
    """
    Judges the further loads of the general grids of one community.

    `loads` is by cell, (n, L): households, persons, then one column for every band of `window`.
    """

    window: Window
    loads: np.ndarray
    names: Names
    is_cut_short: bool = False

    def broken(self, inside: np.ndarray) -> tuple[int, str] | None:
        """
        Find the first band that a grid is out of.

        Parameters
        ----------
        inside
            (n,) is a cell in the grid.

        Returns
        -------
        place, status
            Which band of the window, `over_load` or `under_load`; None for a grid in all of them.
        """
        for place, band in enumerate(self.window.others):
            held = self._held(inside, place)
            if not band.holds(held):
                return place, "under_load" if held < band.low else "over_load"
        return None

    def reason(self, place: int, inside: np.ndarray, whole: np.ndarray) -> Message:
        """
        Say why a grid is out of a band.

        Parameters
        ----------
        place
            Which band of the window.
        inside
            (n,) is a cell in the grid.
        whole
            (n,) can one walk to a cell from the grid.

        Returns
        -------
        reason
            One sentence.
        """
        band = self.window.others[place]
        here: dict[str, str | int | float | Message]
        here = {"load": band.name, "band": _say_band(band)}
        loads = np.where(inside, self.loads[:, place + len(COUNTED)], -1.0)
        most = int(np.argmax(loads))
        if band.high is not None and loads[most] > band.high + SLACK:
            building = self.names.building_in(most)
            return Message(
                "plan.load_spot", {**here, "building": building, "held": _say(loads[most])}
            )
        total = self._held(whole, place)
        if total < band.low - SLACK:
            fields = {**here, "place": self._place(whole), "held": _say(total)}
            return Message("plan.load_scarce", fields)
        key = "plan.load_cut_short" if self.is_cut_short else "plan.load_uneven"
        unsure = Message(key, {**here, "held": _say(self._held(inside, place))})
        return self._clash(whole) or unsure

    def rivalry(self, whole: np.ndarray) -> Message | None:
        """
        Say why households or persons are out of band where further loads have a say in it.

        Parameters
        ----------
        whole
            (n,) can one walk to a cell from the grid.

        Returns
        -------
        reason
            One sentence; None where the rule has no further loads.
        """
        if not self.window.others:
            return None
        loads = ", ".join(band.name for band in self.window.others)
        key = "plan.loads_cut_short" if self.is_cut_short else "plan.loads_rival"
        return self._clash(whole) or Message(key, {"loads": loads})

    def _clash(self, whole: np.ndarray) -> Message | None:
        """Name two loads that ask for different numbers of grids on the same ground."""
        low, high = self.window.bounds()
        held = np.minimum(self.loads[whole], high).sum(axis=0)  # a spot above a bound is forgiven
        fewest = np.ceil(held / high - SLACK)
        most = np.full(len(low), np.inf)
        np.divide(held + SLACK, low, out=most, where=low > 0)
        more, fewer = int(np.argmax(fewest)), int(np.argmin(most))
        if fewest[more] <= np.floor(most[fewer]):
            return None
        return Message(
            "plan.load_clash",
            {
                "place": self._place(whole),
                "more": self._name(more),
                "fewest": int(fewest[more]),
                "fewer": self._name(fewer),
                "most": int(most[fewer]),
            },
        )

    def _held(self, cells: np.ndarray, place: int) -> float:
        return float(self.loads[cells, place + len(COUNTED)].sum())

    def _place(self, whole: np.ndarray) -> Message:
        if self.loads[whole, 0].sum() == self.loads[:, 0].sum():
            return self.names.whole_community()
        return Message("plan.settlement", {"building": self.names.chief(whole)})

    def _name(self, load: int) -> Message:
        if load < len(COUNTED):
            return Message(f"plan.count_{COUNTED[load]}")
        name = self.window.others[load - len(COUNTED)].name
        return Message("plan.load_named", {"load": name})


def keep_loads(grids: GeoDataFrame, rules: Rules) -> Series:
    """
    Tell which grids keep the bands of all further loads.

    Parameters
    ----------
    grids
        With a column for every load of the rule.
    rules
        Give the bands.

    Returns
    -------
    kept
        By grid; everywhere where the rule has no further loads.
    """
    kept = pd.Series(data=True, index=grids.index)
    for band, column in zip(rules.loads, load_columns(rules.load_names), strict=True):
        kept &= grids[column].map(band.holds).astype(bool)
    return kept


def _say_band(band: Band) -> Message:
    if band.high is None:
        return Message("plan.band_above", {"low": _say(band.low)})
    if band.low <= 0:
        return Message("plan.band_below", {"high": _say(band.high)})
    return Message("plan.band_between", {"low": _say(band.low), "high": _say(band.high)})


def _say(load: float) -> str:
    """Write a load to two decimals, and a whole number without any."""
    return f"{load:.2f}".rstrip("0").rstrip(".")
