"""
Storeys: how a tower that is more than one micro-grid is shared out, floor by floor.

The upper floors of a tower are micro-grids of their own, as many as there is room for, and its
lowest floors one together with what is around it, be it a small house or the foot of the tower
next to it. So all of them lie above each other and have one polygon, and no line is invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from gridmap.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridmap.rules import Rules
    from gridmap.schema import Community

NAMED: Final = 4
"""How many buildings of a micro-grid are named before the rest are only counted."""

TRIED: Final = 3
"""So many numbers of micro-grids are tried, from the fewest on: floors do not divide evenly."""


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

    The upper floors of a tower are micro-grids of their own, of `micro_low` households at least;
    what is left over, in the fewest of them, counts.

    Parameters
    ----------
    community
        Its buildings may have `floors`.
    rules
        The band of micro-grids.

    Returns
    -------
    households
        By building. Where a part holds from `micro_low` to `micro_high` of them, its households
        can be shared out in that band, but for floors that do not divide evenly.
    """
    households, floors = _columns(community)
    is_tower = (households > rules.micro_high) & (floors > 1)
    fewest = np.minimum(-(-households // rules.micro_high), floors)
    return households - np.where(is_tower, rules.micro_low * (fewest - 1), 0)


class Stack:
    """
    Turns parts of the ground into micro-grids, floor by floor where a tower asks for it.

    Parameters
    ----------
    community
        Its buildings may have `floors`; names are taken from their addresses.
    part_of
        (n,) part of each building, -1 for none.
    rules
        The band of micro-grids.
    """

    def __init__(self, community: Community, part_of: np.ndarray, rules: Rules) -> None:
        buildings = community.buildings
        self.rules = rules
        self.part_of = part_of
        self.households, self.floors = _columns(community)
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
        rows = np.flatnonzero(self.part_of == part)
        is_tower = self.households[rows] > self.rules.micro_high
        towers = rows[is_tower & (self.floors[rows] > 1)].tolist()
        undivided = rows[is_tower & (self.floors[rows] <= 1)].tolist()
        houses = rows[~is_tower].tolist()
        whole = [[_Piece(tower)] for tower in undivided]
        upper, foot = self._ranges(towers, houses)
        ranges = [[piece] for piece in upper]
        foot += [_Piece(house) for house in houses]
        if ranges and not self._held(foot):
            ranges[0], foot = [*ranges[0], *foot], []
        elif whole and not ranges and self._held(foot) < self.rules.micro_low:
            whole[0], foot = [*whole[0], *foot], []
        ground = [foot] if foot else []
        return [self._slice(part, pieces) for pieces in (*ground, *whole, *ranges)]

    def _ranges(
        self, towers: Sequence[int], houses: Sequence[int]
    ) -> tuple[list[_Piece], list[_Piece]]:
        """Cut towers into ranges of floors, as equal as can be, and a foot for what is around."""
        if not towers:
            return [], []
        everyone = int(self.households[[*towers, *houses]].sum())
        fewest = ceil(everyone / self.rules.micro_high)
        beside = int(self.households[list(houses)].sum())
        found = []
        for count in range(fewest, fewest + TRIED):
            upper, foot = self._cut(towers, everyone / count)
            sizes = [self._held([piece]) for piece in upper]
            sizes += [beside + self._held(foot)] if foot or beside else []
            found.append((sum(map(self._out, sizes)), count, upper, foot))
        _, _, upper, foot = min(found, key=lambda each: each[:2])
        return upper, foot

    def _cut(self, towers: Sequence[int], size: float) -> tuple[list[_Piece], list[_Piece]]:
        """Cut ranges of about one size off towers, from the top down; what is left is the foot."""
        upper, foot = [], []
        for tower in towers:
            floors, households = int(self.floors[tower]), int(self.households[tower])
            deep = max(size * floors / households, 1.0)  # floors of a range, one at least
            number = int(floors / deep + 1e-9)
            ends = [floors - round(n * deep) for n in range(number + 1)]
            tops = sorted({max(end, 0) for end in ends})
            upper += [_Piece(tower, below, top) for below, top in pairwise(tops)]
            if tops[0]:
                foot.append(_Piece(tower, 0, tops[0]))
        return upper, foot

    def _out(self, households: int) -> int:
        low, high = self.rules.micro_low, self.rules.micro_high
        return max(low - households, households - high, 0)

    def _held(self, pieces: Sequence[_Piece]) -> int:
        return sum(self._share(self.households, piece) for piece in pieces)

    def _share(self, counts: np.ndarray, piece: _Piece) -> int:
        """Share out what lives in a tower evenly by floor."""
        count, floors = int(counts[piece.building]), int(self.floors[piece.building])
        if piece.top is None:
            return count
        return count * piece.top // floors - count * piece.below // floors

    def _slice(self, part: int, pieces: Sequence[_Piece]) -> Slice:
        houses = [piece.building for piece in pieces if self._is_house(piece)]
        parts = [self._spoken(piece) for piece in pieces if not self._is_house(piece)]
        if not parts or self.households[houses].any():
            parts.append(self._named(houses))
        made_of = parts[0]
        for more in parts[1:]:
            made_of = Message("plan.clause_pair", {"first": made_of, "second": more})
        return Slice(
            part,
            self._held(pieces),
            sum(self._share(self.persons, piece) for piece in pieces),
            tuple(piece.building for piece in pieces),
            made_of,
        )

    def _is_house(self, piece: _Piece) -> bool:
        return piece.top is None and self.households[piece.building] <= self.rules.micro_high

    def _spoken(self, piece: _Piece) -> Message:
        """Name some floors of a tower, or one that is whole though it is too big."""
        name = Message("plan.building", {"name": self.names[piece.building]})
        floors = int(self.floors[piece.building])
        if piece.top is not None:
            first, last = piece.below + 1, piece.top
            told: dict[str, Message | int] = {
                "building": name,
                "first": first,
                "last": last,
                "floors": floors,
            }
            return Message("plan.micro_floors", told)
        kind = "plan.micro_one_floor" if floors else "plan.micro_floors_unknown"
        households = int(self.households[piece.building])
        return Message(kind, {"building": name, "households": households})

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


class _Piece(NamedTuple):
    """A building, or the floors of a tower above `below` up to `top`."""

    building: int
    below: int = 0
    top: int | None = None


def _columns(community: Community) -> tuple[np.ndarray, np.ndarray]:
    """Give households and floors by building; 0 floors where their number is unknown."""
    buildings = community.buildings
    households = buildings["households"].to_numpy(np.int64)
    if "floors" not in buildings:
        return households, np.zeros(len(buildings), np.int64)
    return households, buildings["floors"].fillna(0).clip(0).to_numpy(np.int64)
