"""
Why a grid is out of the rule, in words that name the cause.

A reason is looked for from the surest cause to the weakest: one building too big; a community, or
a settlement cut off by a barrier, too small; a total no number of grids can share; and last the
biggest piece that had to stay whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gridmap.messages import Message
from gridmap.plan.loads import LoadJudge
from gridmap.plan.names import Names

if TYPE_CHECKING:
    from gridmap.ground.adjacency import Ground
    from gridmap.plan.partition import Window
    from gridmap.plan.zoning import Zoning
    from gridmap.schema import Community


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a grid keeps the rule: `ok` or the rule it breaks, and then why."""

    status: str
    reason: Message | None = None


@dataclass(frozen=True, slots=True)
class Judge:
    """
    Judges the general grids of one community.

    `grid_of` numbers the grid of each cell; `is_cut_short` says that time ran out before the
    search was done, which is then part of every reason that is not certain.
    """

    community: Community
    ground: Ground
    zoning: Zoning
    grid_of: np.ndarray
    window: Window
    is_cut_short: bool = False
    is_kept: np.ndarray | None = None  # by grid: a present one that was not to be touched
    component: np.ndarray = field(init=False)  # of each atom
    names: Names = field(init=False)
    further: LoadJudge = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "component", self.zoning.graph.components())
        names = Names(self.community, self.ground, self.zoning.households)
        object.__setattr__(self, "names", names)
        further = LoadJudge(self.window, self.zoning.held, names, self.is_cut_short)
        object.__setattr__(self, "further", further)

    def verdict(self, grid: int) -> Verdict:
        """
        Judge one grid.

        Parameters
        ----------
        grid
            Its number.

        Returns
        -------
        verdict
            With a reason whenever the status is not `ok`.
        """
        inside = self.grid_of == grid
        households = int(self.zoning.households[inside].sum())
        persons = int(self.zoning.persons[inside].sum())
        if households > self.window.high:
            return Verdict("over_band", self._reason(inside))
        if persons > self.window.cap:
            return Verdict("over_persons", self._reason(inside))
        if households < self.window.low:
            return Verdict("under_band", self._reason(inside))
        broken = self.further.broken(inside)
        if broken is not None:
            place, status = broken
            return Verdict(status, self.further.reason(place, inside, self._settlement(inside)))
        return Verdict("ok")

    def _reason(self, inside: np.ndarray) -> Message:
        return (
            self._big_building(inside)
            or self._small_whole(inside)
            or self._indivisible_total(inside)
            or self.further.rivalry(self._settlement(inside))
            or self._hemmed_in(inside)
            or self._stubborn_piece(inside)
        )

    def _big_building(self, inside: np.ndarray) -> Message | None:
        cells = np.flatnonzero(inside)
        households, persons = self.zoning.households[cells], self.zoning.persons[cells]
        if not len(cells):
            return None
        most, crowd = int(np.argmax(households)), int(np.argmax(persons))
        if households[most] > self.window.high:
            fields = {"households": int(households[most]), "high": self.window.high}
            alone = np.count_nonzero(self.ground.cell_of == cells[most]) == 1
            reason = "plan.over_building" if alone else "plan.over_spot"
            return Message(reason, {"building": self.names.building_in(cells[most]), **fields})
        if persons[crowd] > self.window.cap:
            fields = {"persons": int(persons[crowd]), "cap": self.window.cap}
            return Message(
                "plan.crowded_building",
                {"building": self.names.building_in(cells[crowd]), **fields},
            )
        return None

    def _small_whole(self, inside: np.ndarray) -> Message | None:
        """Name a community, or a settlement nobody can walk out of, that is below the band."""
        whole = self._settlement(inside)
        households = int(self.zoning.households[whole].sum())
        if households >= self.window.low:
            return None
        fields: dict[str, str | int | float | Message]
        fields = {"households": households, "low": self.window.low}
        if households == int(self.zoning.households.sum()):
            return Message(
                "plan.small_community", {"community": self.names.whole_community(), **fields}
            )
        barrier, building = self.names.barrier_around(whole), self.names.chief(whole)
        return Message("plan.cut_off", {"barrier": barrier, "building": building, **fields})

    def _indivisible_total(self, inside: np.ndarray) -> Message | None:
        whole = self._settlement(inside)
        households = int(self.zoning.households[whole].sum())
        persons = int(self.zoning.persons[whole].sum())
        if self.window.fits_some_number(households, persons):
            return None
        place = self.names.whole_community()
        if households != int(self.zoning.households.sum()):
            place = Message("plan.settlement", {"building": self.names.chief(whole)})
        return Message(
            "plan.indivisible_total",
            {
                "place": place,
                "households": households,
                "persons": persons,
                "low": self.window.low,
                "high": self.window.high,
                "cap": self.window.cap,
            },
        )

    def _hemmed_in(self, inside: np.ndarray) -> Message | None:
        """Name the grids around that were not to be touched; no piece is at fault beside them."""
        if self.is_kept is None or not self.is_kept[self.grid_of[self._beside(inside)]].any():
            return None
        return Message("plan.hemmed_in", {"low": self.window.low, "high": self.window.high})

    def _stubborn_piece(self, inside: np.ndarray) -> Message:
        """Name the biggest piece, of this grid or of those around it, that had to stay whole."""
        near = inside | self._beside(inside)
        atom = self.zoning.atom
        weights = np.where(near & (atom >= 0), self.zoning.graph.households[atom], -1)
        heaviest = int(np.argmax(weights))
        fields: dict[str, str | int | float | Message]
        fields = {
            "households": int(weights[heaviest]),
            "low": self.window.low,
            "high": self.window.high,
        }
        compound = int(self.zoning.compound[heaviest])
        if compound >= 0 and weights[heaviest] > self.zoning.households[heaviest]:
            piece = self.names.compound(compound, heaviest)
            reason = "plan.whole_piece"
        else:
            piece = self.names.chief(atom == atom[heaviest])
            reason = "plan.heavy_piece"
        if self.is_cut_short:
            reason = "plan.cut_short"
        return Message(reason, {"piece": piece, **fields})

    def _settlement(self, inside: np.ndarray) -> np.ndarray:
        """Find all general cells that one can walk to from a grid."""
        atom = self.zoning.atom
        own = self.component[atom[inside & (atom >= 0)]]
        return (atom >= 0) & np.isin(self.component[atom], own)

    def _beside(self, inside: np.ndarray) -> np.ndarray:
        touch = self.ground.touch
        first, second = inside[touch.first], inside[touch.second]
        beside = np.zeros(len(inside), bool)
        beside[touch.second[first & ~second]] = True
        beside[touch.first[second & ~first]] = True
        general = self.zoning.atom >= 0
        return general & np.isin(self.grid_of, self.grid_of[beside & general])
