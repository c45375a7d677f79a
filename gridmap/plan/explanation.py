"""
Why each grid looks as it does: one sentence of what its border follows and what made its size.

Only what anybody can check on the ground or in the plan is told, never what the search may have
had in mind. Why a grid breaks the rule is not repeated here, for its reason says it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gridmap.ground.cells import Sides
from gridmap.messages import Message
from gridmap.plan.names import Names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridmap.ground.adjacency import Ground
    from gridmap.plan.bounds import Frontage
    from gridmap.plan.metrics import Borders
    from gridmap.plan.partition import Window
    from gridmap.plan.present import Present
    from gridmap.plan.zoning import Zoning
    from gridmap.schema import Community, GridCode

MOST_FOLLOWED: Final = 3
FOLLOWED_SHARE: Final = 0.15
"""So many things that a border follows are named, when they lie along this much of it."""

BARE_SHARE: Final = 0.2
"""A border between two grids that lies on nothing is told of when it is this much of it."""

NOTHING_NEAR_M: Final = 50.0
"""Further away than this nobody would look for something that a border could follow."""

TELLING_SHARE: Final = 0.25
"""A building or a compound explains the size of a grid with this much of the most it may hold."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    What is known of the grids of one community when they are explained.

    By cell: `grid_of`, the number of its grid. By grid: `codes`, the grid it lies within in
    `surrounding` (-1 for none), whether it is locked, and whether it keeps the rule.
    """

    community: Community
    ground: Ground
    zoning: Zoning
    window: Window
    present: Present | None
    grid_of: np.ndarray
    codes: Sequence[GridCode]
    frontage: Frontage
    borders: Borders
    surrounding: np.ndarray
    is_locked: np.ndarray
    keeps_rule: np.ndarray


def explain_grids(evidence: Evidence) -> list[Message]:
    """
    Say of each grid why it looks so.

    Parameters
    ----------
    evidence
        Of one community.

    Returns
    -------
    explanations
        One message a grid, in the order of the codes: the things its border follows longest, how
        much of it lies on nothing, and the most telling cause of its size.
    """
    followed, bare = _followed(evidence), _bare(evidence)
    causes = _Causes(evidence)
    explanations = []
    for grid in range(len(evidence.codes)):
        around = int(evidence.surrounding[grid])
        clauses = [followed.get(grid), bare.get(grid), causes.cause(grid)]
        if around >= 0:
            clauses.insert(1, Message("plan.why_enclosed", {"code": evidence.codes[around]}))
        explanations.append(reduce(_clause_pair, [clause for clause in clauses if clause]))
    return explanations


def _clause_pair(first: Message, second: Message) -> Message:
    return Message("plan.clause_pair", {"first": first, "second": second})


def _followed(evidence: Evidence) -> dict[int, Message]:
    """Name what lies longest along each grid's border, if anything but buildings does."""
    frontage = evidence.frontage
    border_m = np.bincount(frontage.grid, frontage.length_m, len(evidence.codes))
    on_thing = frontage.thing >= -1
    pairs = np.column_stack([frontage.grid[on_thing], frontage.thing[on_thing]])
    keys, at = np.unique(pairs, axis=0, return_inverse=True)
    metres = np.round(np.bincount(at, frontage.length_m[on_thing], len(keys)), 3)
    order = np.lexsort((keys[:, 1], -metres, keys[:, 0]))
    named: dict[int, list[Message]] = {}
    for (grid, thing), length in zip(keys[order].tolist(), metres[order].tolist(), strict=True):
        told = named.setdefault(grid, [])
        is_long = not told or length >= FOLLOWED_SHARE * border_m[grid]
        if is_long and len(told) < MOST_FOLLOWED:
            told.append(frontage.name(thing))
    return {
        grid: Message("plan.why_follows", {"barriers": _enumerated(told)})
        for grid, told in named.items()
    }


def _enumerated(things: list[Message]) -> Message:
    if len(things) == 1:
        return things[0]
    key = "plan.bound_pair" if len(things) == 2 else "plan.bound_triple"  # noqa: PLR2004
    return Message(key, dict(zip(("first", "second", "third"), things, strict=False)))


def _bare(evidence: Evidence) -> dict[int, Message]:
    """Tell of grids with much border on nothing, and whether anything would be near there."""
    told = np.flatnonzero(1 - evidence.borders.clear_share > BARE_SHARE)  # never where it is NaN
    if not len(told):
        return {}
    ground, count = evidence.ground, len(evidence.codes)
    sides = ground.sides
    left, right = evidence.grid_of[sides.left], evidence.grid_of[sides.right]
    on_nothing = (sides.right >= 0) & (left != right) & (ground.lines < 0)
    at = np.flatnonzero(on_nothing & (np.isin(left, told) | np.isin(right, told)))
    near = np.zeros(len(at), bool)
    if len(ground.linework.lines):
        tree = shapely.STRtree(ground.linework.lines)
        middles = shapely.points(Sides(sides.ends[at], left[at], right[at]).middles)
        found = tree.query_nearest(middles, max_distance=NOTHING_NEAR_M, all_matches=False)
        near[found[0]] = True
    grids, metres = np.concatenate([left[at], right[at]]), np.tile(sides.length_m[at], 2)
    bare_m = np.bincount(grids, metres, count)
    lonely_m = np.bincount(grids, metres * np.tile(~near, 2), count)
    messages = {}
    for grid in told.tolist():
        fields: dict[str, str | int | float | Message] = {"metres": max(1, round(bare_m[grid]))}
        key = "plan.why_bare"
        if lonely_m[grid] > bare_m[grid] / 2:
            key, fields = "plan.why_bare_nothing", {**fields, "reach": int(NOTHING_NEAR_M)}
        messages[grid] = Message(key, fields)
    return messages


@dataclass(frozen=True, slots=True)
class _Causes:
    """Finds the most telling cause of the size of each grid."""

    evidence: Evidence
    names: Names = field(init=False)
    households: np.ndarray = field(init=False)  # of each grid
    zone: np.ndarray = field(init=False)  # of each grid
    settlement: np.ndarray = field(init=False)  # of each cell, -1 on dedicated ground
    settlements: dict[int, _Settlement] = field(init=False)
    buildings: dict[int, tuple[int, int]] = field(init=False)  # by grid: households and place
    compounds: dict[int, tuple[int, int]] = field(init=False)  # by grid: households and number
    unchanged: dict[int, str] = field(init=False)  # by grid the code of the present one

    def __post_init__(self) -> None:
        one, zoning = self.evidence, self.evidence.zoning
        count = len(one.codes)
        households = np.bincount(one.grid_of, zoning.households, count).astype(np.int64)
        zone = np.full(count, -1)
        zone[one.grid_of] = zoning.zone
        atoms = np.append(zoning.graph.components(), -1)
        found = {
            "names": Names(one.community, one.ground, zoning.households),
            "households": households,
            "zone": zone,
            "settlement": atoms[zoning.atom],
            "settlements": _settlements(one, atoms[zoning.atom], households),
            "buildings": _biggest_buildings(one),
            "compounds": _whole_compounds(one),
            "unchanged": _unchanged(one),
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)

    def cause(self, grid: int) -> Message:
        """Name the first that applies, what was given before what was found."""
        return (
            self._given(grid)
            or self._all_there_is(grid)
            or self._heavy_piece(grid)
            or self._share(grid)
        )

    def _given(self, grid: int) -> Message | None:
        """Name what left nothing to choose, or is explained elsewhere."""
        households = int(self.households[grid])
        if self.zone[grid] >= 0:
            return self._dedicated(int(self.zone[grid]))
        if self.evidence.is_locked[grid]:
            return Message("plan.why_locked")
        if not self.evidence.keeps_rule[grid]:
            return Message("plan.why_reason", {"households": households})
        if grid in self.unchanged:
            return Message("plan.why_unchanged", {"code": self.unchanged[grid]})
        return None if households else Message("plan.why_empty")

    def _dedicated(self, zone: int) -> Message:
        areas = self.evidence.community.dedicated
        place = int(self.evidence.zoning.area_of_zone[zone])
        name = str(areas["name"].iloc[place]) or str(areas.index[place])
        owner = str(areas["owner"].iloc[place])
        if owner:
            return Message("plan.why_dedicated_owned", {"name": name, "owner": owner})
        return Message("plan.why_dedicated", {"name": name})

    def _all_there_is(self, grid: int) -> Message | None:
        """Tell of a grid that is a whole community, or all of a settlement that is cut off."""
        here = self._settlement_of(grid)
        households = int(self.households[grid])
        if here is None or here.households != households:
            return None
        if self._is_everybody(here):
            name = self.names.whole_community()
            return Message("plan.why_whole", {"community": name, "households": households})
        if len(self.settlements) == 1:  # the others live on dedicated ground: nothing is cut off
            return None
        chief = self.names.building_in(here.chief)
        barrier = self.names.barrier_around(self.settlement == here.number)
        return Message(
            "plan.why_settlement",
            {"building": chief, "barrier": barrier, "households": households},
        )

    def _heavy_piece(self, grid: int) -> Message | None:
        """Name the building, or the compound kept whole, that a large part of a grid lives in."""
        least = TELLING_SHARE * self.evidence.window.high
        homes, building = self.buildings.get(grid, (0, -1))
        inside, compound = self.compounds.get(grid, (0, -1))
        fields: dict[str, str | int | float | Message]
        fields = {"households": int(self.households[grid])}
        if inside >= max(least, 2 * homes):  # a tower in a compound tells more than its walls
            cell = int(np.argmax(self.evidence.zoning.compound == compound))
            name = self.names.compound(compound, cell)
            if inside == fields["households"]:
                return Message("plan.why_all_compound", {"compound": name, "homes": inside})
            return Message("plan.why_compound", {"compound": name, "homes": inside, **fields})
        if homes >= least:
            name = self.names.building(building)
            return Message("plan.why_building", {"building": name, "homes": homes, **fields})
        return None

    def _share(self, grid: int) -> Message:
        """Tell among how many grids the households of a community or settlement are shared."""
        here = self._settlement_of(grid)
        place = self.names.whole_community()
        total, count = int(self.households.sum()), int(np.count_nonzero(self.households))
        if here is not None and not self._is_everybody(here):
            total, count = here.households, here.grids
            chief = self.names.building_in(here.chief)
            place = Message("plan.settlement", {"building": chief})
        households = int(self.households[grid])
        return Message(
            "plan.why_share",
            {"place": place, "total": total, "count": count, "households": households},
        )

    def _is_everybody(self, here: _Settlement) -> bool:
        return here.households == int(self.households.sum())

    def _settlement_of(self, grid: int) -> _Settlement | None:
        """Find the one settlement a grid is in; a grid of several pieces may be in more."""
        cells = np.flatnonzero(self.evidence.grid_of == grid)
        numbers = np.unique(self.settlement[cells])
        return self.settlements.get(int(numbers[0])) if len(numbers) == 1 else None


@dataclass(frozen=True, slots=True)
class _Settlement:
    """Ground that one can walk all over: its households, its grids and its fullest cell."""

    number: int
    households: int
    grids: int
    chief: int


def _settlements(
    evidence: Evidence, settlement: np.ndarray, households: np.ndarray
) -> dict[int, _Settlement]:
    """List the settlements that somebody lives in."""
    homes = evidence.zoning.households
    cells = np.flatnonzero((settlement >= 0) & (homes > 0))
    order = cells[np.lexsort((-homes[cells], settlement[cells]))]
    numbers, starts = np.unique(settlement[order], return_index=True)
    ends = np.append(starts, len(order))
    found = {}
    for number, (start, end) in zip(numbers.tolist(), pairwise(ends.tolist()), strict=True):
        inside = order[start:end]
        grids = np.unique(evidence.grid_of[inside])
        grids = grids[households[grids] > 0]
        total = int(homes[inside].sum())
        found[number] = _Settlement(number, total, len(grids), int(inside[0]))
    return found


def _biggest_buildings(evidence: Evidence) -> dict[int, tuple[int, int]]:
    """Find the building with most households in each grid, with its place."""
    homes = evidence.community.buildings["households"].to_numpy(np.int64)
    grid = evidence.grid_of[evidence.ground.cell_of]
    order = np.lexsort((-homes, grid))
    grids, first = np.unique(grid[order], return_index=True)
    places = order[first]
    found = zip(homes[places].tolist(), places.tolist(), strict=True)
    return dict(zip(grids.tolist(), found, strict=True))


def _whole_compounds(evidence: Evidence) -> dict[int, tuple[int, int]]:
    """Find the biggest compound that is in each grid as a whole, with its number."""
    compound, homes = evidence.zoning.compound, evidence.zoning.households
    lived_in = np.flatnonzero((compound >= 0) & (homes > 0))
    pairs = np.column_stack([compound[lived_in], evidence.grid_of[lived_in]])
    keys, at, cells = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    total = np.bincount(at, homes[lived_in], len(keys)).astype(int)
    parts = np.bincount(keys[:, 0])[keys[:, 0]] if len(keys) else np.zeros(0, int)
    whole = np.flatnonzero((parts == 1) & (cells > 1))  # one building is whole anyway
    order = whole[np.argsort(total[whole], kind="stable")]  # the biggest comes last and stays
    return {int(keys[row, 1]): (int(total[row]), int(keys[row, 0])) for row in order.tolist()}


def _unchanged(evidence: Evidence) -> dict[int, str]:
    """Find the grids with the same buildings as a present one, with its code."""
    present = evidence.present
    if present is None:
        return {}
    grid = evidence.grid_of[present.cell_of]
    pairs = np.unique(np.column_stack([grid, present.of_building]), axis=0)
    new, old = pairs[:, 0], pairs[:, 1]
    alone = np.bincount(new, minlength=1)[new] == 1
    alone &= np.bincount(old + 1, minlength=1)[old + 1] == 1
    alone &= old >= 0
    return {int(row[0]): present.codes[int(row[1])] for row in pairs[alone]}
