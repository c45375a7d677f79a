"""
Why a grid is out of the rule, in words that name the cause.

A reason is looked for from the plainest cause to the deepest: one building too big; a community, or
a settlement cut off by a barrier, too small; a total no number of grids can share; homes that can
only join what is too big for them; a neighbourhood of which every division was tried. All of these
are proven. Where no cause is found, the reason says that the search failed and no more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.messages import Message
from gridmap.plan.loads import LoadJudge
from gridmap.plan.names import Names
from gridmap.plan.proof import find_cause

if TYPE_CHECKING:
    from gridmap.ground.adjacency import Ground
    from gridmap.plan.partition import Window
    from gridmap.plan.proof import Cause
    from gridmap.plan.zoning import Zoning
    from gridmap.schema import Community

UNPROVEN: Final = frozenset(
    {"plan.not_found", "plan.cut_short", "plan.kept_locked", "plan.drawn_by_hand"}
)
"""Reasons that do not say that the rule cannot be kept."""


def is_proven(reason: Message) -> bool:
    """Tell whether a reason says that no plan could keep the rule there."""
    return reason.key not in UNPROVEN


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
            or self._cause(inside)
            or self._not_found(inside)
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

    def _cause(self, inside: np.ndarray) -> Message | None:
        """Name what was proven to be in the way."""
        atoms = np.unique(self.zoning.atom[inside & (self.zoning.atom >= 0)])
        cause = find_cause(self.zoning.graph, self.window, atoms, is_quick=self.is_cut_short)
        if cause is None:
            return None
        homes = self.zoning.graph.households
        if cause.kind == "hinge":
            return self._hinge(cause)
        limits = {"low": self.window.low, "high": self.window.high, "cap": self.window.cap}
        place = self._piece(cause.nodes)
        fields: dict[str, str | int | float | Message]
        fields = {"households": int(homes[cause.nodes].sum()), **limits}
        if cause.kind == "total":
            persons = int(self.zoning.graph.persons[cause.nodes].sum())
            place = Message("plan.settlement", {"building": place})
            return Message("plan.indivisible_total", {"place": place, "persons": persons, **fields})
        return Message("plan.no_choice", {"piece": place, **fields})

    def _hinge(self, cause: Cause) -> Message:
        weight = int(self.zoning.graph.households[cause.hinge])
        return Message(
            "plan.hinge",
            {
                "piece": self._piece(cause.nodes[cause.nodes != cause.hinge]),
                "left": cause.left_over,
                "hinge": self._piece(np.array([cause.hinge])),
                "weight": weight,
                "together": weight + cause.left_over,
                "high": self.window.high,
            },
        )

    def _not_found(self, inside: np.ndarray) -> Message:
        """Say that the search failed, and name the biggest piece of this grid or around it."""
        near = inside | self._beside(inside)
        atoms = np.unique(self.zoning.atom[near & (self.zoning.atom >= 0)])
        reason = "plan.cut_short" if self.is_cut_short else "plan.not_found"
        fields: dict[str, str | int | float | Message]
        fields = {
            "households": int(self.zoning.graph.households[atoms].max()),
            "low": self.window.low,
            "high": self.window.high,
        }
        return Message(reason, {"piece": self._piece(atoms), **fields})

    def _piece(self, atoms: np.ndarray) -> Message:
        """Name the heaviest of some atoms."""
        graph, zoning = self.zoning.graph, self.zoning
        heaviest = atoms[int(np.argmax(graph.households[atoms]))]
        cells = zoning.atom == heaviest
        chief = int(np.argmax(np.where(cells, zoning.households, -1)))
        compound = int(zoning.compound[chief])
        if compound >= 0 and graph.households[heaviest] > zoning.households[chief]:
            return self.names.compound(compound, chief)
        return self.names.building_in(chief)

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
