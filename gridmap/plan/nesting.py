"""
Nesting: grids and micro-grids solved together, so that both bands are kept at once.

Micro-grids of a grid are a function of what is in it: `Nest.divide`. Grids that were drawn without
a thought of them often cannot be divided well, because one house too few or too many is inside. So
where a micro-grid is out of its band, its grid and one neighbour are drawn anew, as unions of
micro-grids that both bands allow, if that brings households into the band and no grid further out
of its own.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.partition import (
    Effort,
    Search,
    Weights,
    Window,
    excess_by_part,
    partition,
    renumber,
    score_division,
)
from gridmap.plan.storeys import households_beside
from gridmap.plan.zoning import components, zone_ground

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridmap.ground.adjacency import Ground
    from gridmap.plan.partition import Graph
    from gridmap.plan.zoning import Zoning
    from gridmap.rules import Rules
    from gridmap.schema import Community

NO_CAP: Final = 2**31 - 1

QUICK: Final = Effort(rounds=1, divisions=2, cycles=2, sweeps=4)
"""Hundreds of small graphs, in a window they often cannot keep: a long search would find little."""

OFFER: Final = Effort(rounds=1, divisions=1, cycles=1, sweeps=0)
"""For a look at what else there is."""

OFFERS: Final = 4
"""How often each pair of grids is drawn anew; every second time along the line they have."""

MICRO_SHARE: Final = 0.05
"""What a point of a micro-grid counts for beside a point of a grid: their lines are on no map."""

TINY: Final = 1e-6
"""Less than this out of the window is rounding."""


@dataclass(frozen=True, slots=True)
class Nest:
    """
    A community as micro-grids divide it, and the rule they are made by.

    `homes` is the graph of `zoning` with the households that a part may hold beside the whole
    micro-grids of a tower. `marks` tell atoms apart by their buildings, whatever their number.
    """

    zoning: Zoning
    homes: Graph
    marks: np.ndarray
    window: Window
    weights: Weights
    seed: int
    deadline_s: float
    found: dict[bytes, np.ndarray] = field(default_factory=dict)

    def divide(self, nodes: np.ndarray) -> np.ndarray:
        """
        Divide one grid into micro-grids.

        Parameters
        ----------
        nodes
            (n,) its atoms, in ascending order.

        Returns
        -------
        labels
            (n,) numbered as they appear. The same atoms give the same labels, whatever is around
            them and whatever the grid is called.
        """
        key = nodes.tobytes()
        if key not in self.found:
            mark = int(self.marks[nodes].sum(dtype=np.uint64))
            search = self.search(np.random.default_rng([self.seed, mark]), QUICK)
            self.found[key] = partition(self.homes.part(nodes), search)
        return self.found[key]

    def search(self, dice: np.random.Generator, effort: Effort) -> Search:
        """Give a search for micro-grids."""
        return Search(self.window, dice, self.deadline_s, self.weights, effort)


def build_nest(
    community: Community,
    ground: Ground,
    rules: Rules,
    *,
    seed: int = 0,
    deadline_s: float = float("inf"),
    melts_compounds: bool = True,
) -> Nest:
    """
    Sort the cells of a community for micro-grids.

    Parameters
    ----------
    community, ground
        What is divided.
    rules
        Bands and weights.
    seed, deadline_s
        Of the search; monotonic seconds.
    melts_compounds
        Compounds no bigger than a micro-grid stay whole.

    Returns
    -------
    nest
        Ready to divide.
    """
    high = rules.micro_high if melts_compounds else -1
    zoning = zone_ground(ground, community, replace(Window.of(rules), low=0, high=high))
    general = zoning.atom >= 0
    beside = np.bincount(ground.cell_of, households_beside(community, rules), len(general))
    count = len(zoning.graph)
    homes = np.bincount(zoning.atom[general], beside[general], count).astype(np.int64)
    return Nest(
        zoning=zoning,
        homes=replace(zoning.graph, households=homes, others=None, group=None),
        marks=_marks(community, ground, zoning),
        window=Window(rules.micro_low, rules.micro_high, NO_CAP),
        weights=replace(Weights.of(rules), target=(rules.micro_low + rules.micro_high) / 2),
        seed=seed,
        deadline_s=deadline_s,
    )


def reconcile_levels(nest: Nest, zoning: Zoning, labels: np.ndarray, search: Search) -> np.ndarray:
    """
    Draw grids anew where their micro-grids are out of their band.

    Parameters
    ----------
    nest
        The same community as micro-grids divide it.
    zoning
        As grids divide it; its atoms are unions of the nest's.
    labels
        (n,) grid of each atom of `zoning`, every grid connected.
    search
        The rule, the dice and the deadline of the grids.

    Returns
    -------
    labels
        (n,) numbered as they appear; every grid connected. Nobody is further out of the band of
        the grids than before, and nobody further out of that of the micro-grids.
    """
    general = np.flatnonzero(nest.zoning.atom >= 0)
    if not len(general) or (zoning.atom[general] < 0).any():
        return labels
    coarse = np.full(len(nest.homes), -1)
    coarse[nest.zoning.atom[general]] = zoning.atom[general]
    reconciliation = _Reconciliation(nest, coarse, search, renumber(labels)[coarse])
    reconciliation.run()
    settled = np.zeros(len(zoning.graph), np.int64)
    settled[coarse] = reconciliation.grid_of
    return renumber(settled)


Rank = tuple[float, float, float]
"""Households out of the grids' band, out of the micro-grids' band, and points."""


@dataclass(slots=True)
class _Reconciliation:
    """The grid of every atom of the nest, changed pair by pair of grids."""

    nest: Nest
    coarse: np.ndarray
    search: Search
    grid_of: np.ndarray
    looked_at: set[bytes] = field(default_factory=set)

    def run(self) -> None:
        """Go on until every micro-grid out of its band was looked at in vain."""
        while not self.search.is_over:
            wrong = next(self._wrong(), None)
            if wrong is None:
                break
            self.looked_at.add(wrong.tobytes())
            self._redraw_around(int(self.grid_of[wrong[0]]))

    def _wrong(self) -> Iterator[np.ndarray]:
        """Give the atoms of each micro-grid out of its band, the furthest first."""
        micro = self._micro(np.arange(len(self.grid_of)), self.grid_of)
        excess = excess_by_part(self.nest.homes, micro, self.nest.window)
        for part in np.argsort(-excess, kind="stable").tolist():
            nodes = np.flatnonzero(micro == part)
            if excess[part] > TINY and nodes.tobytes() not in self.looked_at:
                yield nodes

    def _redraw_around(self, grid: int) -> None:
        """Draw a grid anew with that neighbour where it pays most."""
        first, second = (
            self.grid_of[end] for end in (self.nest.homes.first, self.nest.homes.second)
        )
        beside = np.concatenate([second[first == grid], first[second == grid]])
        best: tuple[Rank, np.ndarray, np.ndarray] | None = None
        for other in np.unique(beside[beside != grid]).tolist():
            if self.search.is_over:
                break
            nodes = np.flatnonzero((self.grid_of == grid) | (self.grid_of == other))
            now = self._rank(nodes, self.grid_of[nodes])
            for offer in self._offers(nodes):
                gain = _difference(self._rank(nodes, offer), now)
                helps = gain[0] <= TINY and gain[1] < -TINY
                if helps and (best is None or gain < best[0]):
                    best = gain, nodes, offer
        if best is not None:
            _, nodes, offer = best
            grids = self.grid_of.copy()
            grids[nodes] = offer + grids.max() + 1
            self.grid_of = renumber(grids)

    def _offers(self, nodes: np.ndarray) -> Iterator[np.ndarray]:
        """Divide some grids into micro-grids, and these into grids that leave compounds whole."""
        homes, plain = self.nest.homes.part(nodes), self.nest.zoning.graph.part(nodes)
        before, whole = self.grid_of[nodes], renumber(self.coarse[nodes])
        cross = before[homes.first] != before[homes.second]
        along = replace(homes, cut_cost=np.where(cross, 0.0, homes.cut_cost))
        for number in range(OFFERS):
            micro = partition(
                along if number % 2 else homes, self.nest.search(self.search.rng, OFFER)
            )
            tied = _joined(micro, whole)
            quick = replace(self.search, effort=OFFER)
            yield partition(plain.contract(tied), quick)[tied]

    def _rank(self, nodes: np.ndarray, grids: np.ndarray) -> Rank:
        nest, grids = self.nest, renumber(grids)
        window, weights = self.search.window, self.search.weights
        grid = score_division(nest.zoning.graph.part(nodes), grids, window, weights)
        micro = score_division(
            nest.homes.part(nodes), self._micro(nodes, grids), nest.window, nest.weights
        )
        return grid.excess, micro.excess, grid.value + MICRO_SHARE * micro.value

    def _micro(self, nodes: np.ndarray, grids: np.ndarray) -> np.ndarray:
        """Give the micro-grid of each of some atoms, divided by grids."""
        micro, count = np.zeros(len(nodes), np.int64), 0
        for grid in np.unique(grids).tolist():
            inside = np.flatnonzero(grids == grid)
            found = self.nest.divide(nodes[inside])
            micro[inside] = found + count
            count += int(found.max()) + 1
        return micro


def _difference(rank: Rank, before: Rank) -> Rank:
    excess, micro, points = (round(a - b, 6) for a, b in zip(rank, before, strict=True))
    return excess, micro, points


def _joined(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Join what has either label in common; numbered as it appears."""
    nodes, ends = np.arange(len(first)), len(first) + first.max() + 1 + second
    everything = len(first) + int(first.max()) + int(second.max()) + 2
    pairs = np.concatenate([nodes, nodes]), np.concatenate([len(first) + first, ends])
    return renumber(components(everything, *pairs)[: len(first)])


def _marks(community: Community, ground: Ground, zoning: Zoning) -> np.ndarray:
    """Add up the check sums of the buildings in each atom."""
    sums = np.array([zlib.crc32(str(row).encode()) for row in community.buildings.index], np.uint64)
    marks, atom = np.zeros(len(zoning.graph), np.uint64), zoning.atom[ground.cell_of]
    np.add.at(marks, atom[atom >= 0], sums[atom >= 0])
    return marks
