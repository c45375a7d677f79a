"""
Towers: buildings above the band of micro-grids, and where they can be cut without a line.

A tower is a row of steps: the floors of its first entrance from the ground up, then those of the
next one. A micro-grid of its own is a run of steps; the first ones may go to the foot, which is
one micro-grid with the houses around and with the feet of other towers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridmap.rules import Rules
    from gridmap.schema import Community

ROOM: Final = 10**12
"""What costs less is always less than one of what costs more, see :func:`_cost`."""


class Strip(NamedTuple):
    """Floors of one entrance above `below` up to `top`; "" is a tower without known entrances."""

    entrance: str
    below: int
    top: int


@dataclass(frozen=True, slots=True)
class Tower:
    """
    A building above the band, as the steps it can be cut into.

    `households` and `persons` are (n + 1,), of its first 0 to n steps; `floors` steps belong to
    each of the `entrances`, shared out evenly. `backwards` tells that it starts at its last one.
    """

    building: int
    entrances: tuple[str, ...]
    floors: int
    households: np.ndarray
    persons: np.ndarray
    backwards: bool = False

    @classmethod
    def of(cls, building: int, counts: Sequence[tuple[str, int, int]], floors: int) -> Tower:
        """Share out evenly by floor the households and persons of each entrance."""
        names, households, persons = zip(*counts, strict=True)
        shared = _by_floor(households, floors), _by_floor(persons, floors)
        return cls(building, names, floors, *shared)

    @property
    def steps(self) -> int:
        """How many pieces it can be cut into at most."""
        return len(self.entrances) * self.floors

    def cuts(self) -> np.ndarray:
        """Give the steps after which it can be cut, from 0 to the last, without empty ones."""
        return np.unique(self.households, return_index=True)[1]

    def views(self) -> list[Tower]:
        """Give the ways to walk through it: from its first entrance on, and from its last."""
        if len(self.entrances) == 1:
            return [self]
        households, persons = (
            np.concatenate([[0], np.diff(count).reshape(-1, self.floors)[::-1].cumsum()])
            for count in (self.households, self.persons)
        )
        other = replace(
            self,
            entrances=self.entrances[::-1],
            households=households,
            persons=persons,
            backwards=True,
        )
        return [self, other]


class Piece(NamedTuple):
    """The steps of a tower after `first` up to `last`."""

    tower: Tower
    first: int
    last: int

    @property
    def households(self) -> int:
        """How many live there."""
        return int(self.tower.households[self.last] - self.tower.households[self.first])

    @property
    def persons(self) -> int:
        """How many live there."""
        return int(self.tower.persons[self.last] - self.tower.persons[self.first])

    def strips(self) -> list[Strip]:
        """Give its floors by entrance, in the order of the entrances."""
        floors, found = self.tower.floors, []
        for number in range(self.first // floors, -(-self.last // floors)):
            below, top = self.first - number * floors, self.last - number * floors
            name = self.tower.entrances[number]
            found.append(Strip(name, max(below, 0), min(top, floors)))
        return found[::-1] if self.tower.backwards else found

    def place(self) -> tuple[int, int]:
        """Say where it begins: at which entrance, above which floor."""
        lowest = self.strips()[0]
        number = self.tower.entrances.index(lowest.entrance)
        return (-number if self.tower.backwards else number), lowest.below


def towers_of(community: Community, rules: Rules) -> dict[int, Tower]:
    """
    Find the buildings that can be divided without a line, and have to be.

    Parameters
    ----------
    community
        Its buildings may have `floors`, and it may have `entrances`.
    rules
        For `micro_high`, above which a building is divided.

    Returns
    -------
    towers
        By the position of the building. Entrances count where they hold all of its households
        and persons, and there are several; otherwise it is divided by floors alone.
    """
    buildings = community.buildings
    households, persons = (buildings[name].to_numpy(np.int64) for name in ("households", "persons"))
    floors = floors_of(community)
    entrances = _entrances(community)
    towers = {}
    for row in np.flatnonzero(households > rules.micro_high).tolist():
        counts = entrances.get(str(buildings.index[row]), [])
        whole = ("", int(households[row]), int(persons[row]))
        if len(counts) < 2 or _summed(counts) != whole:  # noqa: PLR2004 (several)
            counts = [whole]
        tower = Tower.of(row, counts, max(int(floors[row]), 1))
        if tower.steps > 1:
            towers[row] = tower
    return towers


def floors_of(community: Community) -> np.ndarray:
    """
    Give the floors of each building.

    Parameters
    ----------
    community
        Its buildings may have `floors`.

    Returns
    -------
    floors
        By building; 0 where their number is unknown.
    """
    buildings = community.buildings
    if "floors" not in buildings:
        return np.zeros(len(buildings), np.int64)
    return buildings["floors"].fillna(0).clip(0).to_numpy(np.int64)


def divide_towers(
    towers: Sequence[Tower], beside: int, rules: Rules
) -> tuple[list[Piece], list[Piece]]:
    """
    Cut some towers into micro-grids.

    So that, in this order, the fewest households are out of the band; the fewest entrances are
    parted and feet shared; there are the fewest micro-grids; and they are as equal as can be. Of
    all cuts these are the best, found by dynamic programming.

    Parameters
    ----------
    towers
        Of one part of the ground.
    beside
        Households of the houses around them.
    rules
        The band of micro-grids.

    Returns
    -------
    upper
        Each a micro-grid, tower by tower, in the order of entrances and floors.
    foot
        What is one micro-grid with the houses around.
    """
    band = rules.micro_low, rules.micro_high
    most = max(beside, 2 * rules.micro_high)
    feet: dict[int, tuple[int, tuple[_Foot, ...]]] = {beside: (0, ())}
    for tower in towers:
        ways = [_Way.of(view, band) for view in tower.views()]
        found: dict[int, tuple[int, tuple[_Foot, ...]]] = {}
        for held, (cost, taken) in feet.items():
            for foot in (foot for way in ways for foot in way.feet(held, most)):
                total = cost + foot.cost
                if foot.held not in found or total < found[foot.held][0]:
                    found[foot.held] = total, (*taken, foot)
        feet = found
    held = min(feet, key=lambda held: feet[held][0] + (_cost(held, band) if held else 0))
    chosen = feet[held][1]
    upper = [piece for foot in chosen for piece in foot.way.pieces(foot.number)]
    return upper, [foot.piece for foot in chosen if foot.number]


class _Foot(NamedTuple):
    """So many of a tower's cuts below its lowest piece; what the foot holds then, and the cost."""

    way: _Way
    number: int
    held: int
    cost: int

    @property
    def piece(self) -> Piece:
        return Piece(self.way.tower, 0, self.way.cuts[self.number])


@dataclass(frozen=True, slots=True)
class _Way:
    """The best pieces of a tower from each of its cuts on: what they cost, and the next cut."""

    tower: Tower
    cuts: list[int]
    cost: list[int]
    following: list[int]

    @classmethod
    def of(cls, tower: Tower, band: tuple[int, int]) -> _Way:
        cuts = tower.cuts().tolist()
        held, last = tower.households[cuts].tolist(), len(cuts) - 1
        cost, following = [0] * len(cuts), [last] * len(cuts)
        for start in range(last - 1, -1, -1):
            offers: list[tuple[int, int]] = []
            for end in range(start + 1, last + 1):
                size = held[end] - held[start]
                if offers and size > 2 * band[1]:
                    break
                parted = _parted(tower, cuts[end]) * ROOM**2
                offers.append((cost[end] + _cost(size, band) + parted, -end))
            cost[start], end = min(offers)
            following[start] = -end
        return cls(tower, cuts, cost, following)

    def feet(self, held: int, most: int) -> list[_Foot]:
        """Offer to put its first steps to a foot of `held` households, which holds `most`."""
        found = [_Foot(self, 0, held, self.cost[0])]
        for number, cut in enumerate(self.cuts[1:], start=1):
            together = held + int(self.tower.households[cut])
            if together > most:
                break
            joined = _parted(self.tower, cut) + (held > 0)
            found.append(_Foot(self, number, together, self.cost[number] + joined * ROOM**2))
        return found

    def pieces(self, number: int) -> list[Piece]:
        """Give the pieces above a cut, in the order of entrances and floors."""
        found = []
        while number < len(self.cuts) - 1:
            end = self.following[number]
            found.append(Piece(self.tower, self.cuts[number], self.cuts[end]))
            number = end
        return sorted(found, key=Piece.place)


def _parted(tower: Tower, cut: int) -> bool:
    """Tell whether a cut is inside an entrance, and not between two of them."""
    return len(tower.entrances) > 1 and cut % tower.floors > 0


def _cost(size: int, band: tuple[int, int]) -> int:
    """
    Give what a micro-grid costs as one number.

    Households out of the band count first; then what it parts or joins, which is added at its
    place; then that it is one more; then its square, the least where all are equal.
    """
    out = max(band[0] - size, size - band[1], 0)
    return out * ROOM**3 + ROOM + size * size


def _by_floor(counts: Sequence[int], floors: int) -> np.ndarray:
    shares = np.array(counts, np.int64)[:, None] * np.arange(floors + 1) // floors
    return np.concatenate([[0], np.diff(shares, axis=1).ravel().cumsum()])


def _summed(counts: Sequence[tuple[str, int, int]]) -> tuple[str, int, int]:
    return "", sum(each[1] for each in counts), sum(each[2] for each in counts)


def _entrances(community: Community) -> dict[str, list[tuple[str, int, int]]]:
    """Give names, households and persons of the entrances of each building, in their order."""
    found: dict[str, list[tuple[str, int, int]]] = {}
    told = community.entrances
    columns = (told[name].tolist() for name in ("entrance", "households", "persons"))
    for building, *counts in zip(told.index, *columns, strict=True):
        name, households, persons = counts
        found.setdefault(str(building), []).append((str(name), int(households), int(persons)))
    return found
