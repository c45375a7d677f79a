"""
Storeys: how a tower that is more than one micro-grid is shared out, by entrances and floors.

Some entrances or upper floors of a tower are micro-grids of their own, as many as there is room
for, and what is left over one together with what is around it, be it a small house or the foot of
the tower next to it. So all of them have one polygon, and no line is invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.messages import Message
from gridmap.plan.towers import divide_towers, floors_of, towers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridmap.plan.towers import Piece
    from gridmap.rules import Rules
    from gridmap.schema import Community

NAMED: Final = 4
"""How many buildings of a micro-grid are named before the rest are only counted."""

PAIR: Final = 2
"""So many entrances are both named; more are told by the first and the last of them."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One micro-grid: its ground, who lives there, its buildings, what it is made of."""

    part: int
    households: int
    persons: int
    buildings: tuple[int, ...]
    made_of: Message


def households_beside(community: Community, rules: Rules) -> np.ndarray:
    """
    Count the households of each building that its part has to hold, in the window of one part.

    Entrances and upper floors of a tower are micro-grids of their own; the least that can be left
    over counts, so that there is the most room for the houses around.

    Parameters
    ----------
    community
        Its buildings may have `floors`, and it may have `entrances`.
    rules
        The band of micro-grids.

    Returns
    -------
    households
        By building. Where a part holds from `micro_low` to `micro_high` of them, its households
        can be shared out in that band, but for floors that do not divide evenly.
    """
    households = community.buildings["households"].to_numpy(np.int64).copy()
    for row, tower in towers_of(community, rules).items():
        held = int(households[row])
        fewest, most = ceil(held / rules.micro_high), held // max(rules.micro_low, 1)
        above = min(max(fewest, most), tower.steps) - 1
        least = max(held - rules.micro_high * above, rules.micro_low)
        households[row] = min(least, held - rules.micro_low * above)
    return households


class Stack:
    """
    Turns parts of the ground into micro-grids, by entrances and floors where a tower asks for it.

    Parameters
    ----------
    community
        Its buildings may have `floors`, and it may have `entrances`; names are taken from their
        addresses.
    part_of
        (n,) part of each building, -1 for none.
    rules
        The band of micro-grids.
    """

    def __init__(self, community: Community, part_of: np.ndarray, rules: Rules) -> None:
        buildings = community.buildings
        self.rules = rules
        self.part_of = part_of
        self.towers = towers_of(community, rules)
        self.floors = floors_of(community)
        self.households = buildings["households"].to_numpy(np.int64)
        self.persons = buildings["persons"].to_numpy(np.int64)
        said = zip(buildings["address"], buildings["name"], buildings.index, strict=True)
        self.names = [str(address or name or building) for address, name, building in said]

    def slices(self, part: int) -> list[Slice]:
        """
        Divide one part into its micro-grids: mostly it is one.

        Parameters
        ----------
        part
            Its number.

        Returns
        -------
        slices
            From the ground up; together they hold what the part holds.
        """
        rows = np.flatnonzero(self.part_of == part).tolist()
        towers = [self.towers[row] for row in rows if row in self.towers]
        rest = [row for row in rows if row not in self.towers]
        houses = [row for row in rest if not self._is_big(row)]
        beside = int(self.households[houses].sum())
        upper, foot = divide_towers(towers, beside, self.rules)
        ground: tuple[list[Piece], list[int]] = foot, houses
        whole: list[tuple[list[Piece], list[int]]] = [
            ([], [row]) for row in rest if self._is_big(row)
        ]
        ranges: list[tuple[list[Piece], list[int]]] = [([piece], []) for piece in upper]
        held = beside + sum(piece.households for piece in foot)
        if ranges and not held:
            ranges[0], ground = ([*ranges[0][0], *foot], houses), ([], [])
        elif whole and not ranges and held < self.rules.micro_low:
            whole[0], ground = (foot, [*whole[0][1], *houses]), ([], [])
        lowest = [ground] if any(ground) else []
        return [self._slice(part, *each) for each in (*lowest, *whole, *ranges)]

    def _is_big(self, row: int) -> bool:
        return bool(self.households[row] > self.rules.micro_high)

    def _slice(self, part: int, pieces: Sequence[Piece], rows: Sequence[int]) -> Slice:
        parts = [said for piece in pieces for said in self._spoken(piece)]
        parts += [
            self._undivided(self._building(row), row, int(self.households[row]))
            for row in rows
            if self._is_big(row)
        ]
        houses = [row for row in rows if not self._is_big(row)]
        if not parts or self.households[houses].any():
            parts.append(self._named(houses))
        made_of = parts[0]
        for more in parts[1:]:
            made_of = Message("plan.clause_pair", {"first": made_of, "second": more})
        return Slice(
            part,
            int(self.households[rows].sum()) + sum(piece.households for piece in pieces),
            int(self.persons[rows].sum()) + sum(piece.persons for piece in pieces),
            (*(piece.tower.building for piece in pieces), *rows),
            made_of,
        )

    def _spoken(self, piece: Piece) -> list[Message]:
        """Name some entrances of a tower, and some floors of it or of an entrance."""
        name = self._building(piece.tower.building)
        floors = piece.tower.floors
        strips = piece.strips()
        whole = [each for each in strips if each.entrance and each.top - each.below == floors]
        said = [self._entrances(name, [each.entrance for each in whole])] if whole else []
        if strips == whole[:1] and floors == 1 and piece.households > self.rules.micro_high:
            return [self._undivided(said[0], piece.tower.building, piece.households)]
        for strip in strips:
            if strip not in whole:
                at = self._entrances(name, [strip.entrance]) if strip.entrance else name
                told: dict[str, Message | int] = {
                    "building": at,
                    "first": strip.below + 1,
                    "last": strip.top,
                    "floors": floors,
                }
                said.append(Message("plan.micro_floors", told))
        return said

    def _entrances(self, building: Message, names: Sequence[str]) -> Message:
        if len(names) == 1:
            return Message("plan.micro_entrance", {"building": building, "entrance": names[0]})
        kind = "plan.micro_two_entrances" if len(names) == PAIR else "plan.micro_entrances"
        told: dict[str, Message | str] = {
            "building": building,
            "first": names[0],
            "last": names[-1],
        }
        return Message(kind, told)

    def _undivided(self, name: Message, row: int, households: int) -> Message:
        """Say why a building, or an entrance of it, is whole though it is too big."""
        kind = "plan.micro_one_floor" if self.floors[row] else "plan.micro_floors_unknown"
        return Message(kind, {"building": name, "households": households})

    def _building(self, row: int) -> Message:
        return Message("plan.building", {"name": self.names[row]})

    def _named(self, rows: Sequence[int]) -> Message:
        """Name the buildings with homes, the biggest first; count them where they are many."""
        homes = [row for row in rows if self.households[row]]
        if not homes:
            return Message("plan.micro_ground")
        if len(homes) == 1:
            return Message("plan.building", {"name": self.names[homes[0]]})
        homes.sort(key=lambda row: (-self.households[row], row))
        names = "; ".join(self.names[row] for row in homes[:NAMED])
        kind = "plan.micro_buildings" if len(homes) <= NAMED else "plan.micro_many"
        return Message(kind, {"count": len(homes), "names": names})
