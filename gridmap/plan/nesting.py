"""
Nesting: grids and micro-grids solved together, so that both bands are kept at once.

Micro-grids of a grid are a function of what is in it: `Nest.divide`. Grids that were drawn without
a thought of them often cannot be divided well, because one house too few or too many is inside. So
where a micro-grid is out of its band, its grid and one neighbour are drawn anew, as unions of
micro-grids that both bands allow, if that brings households into the band at less than their price
and no grid further out of its own.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.pairs import Critique, redraw_pairs
from gridmap.plan.partition import (
    TINY,
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


@dataclass(frozen=True, slots=True)
class Nest:
    """
    A community as micro-grids divide it, and the rule they are made by.

    `homes` is the graph of `zoning` with the households that a part may hold beside the whole
    micro-grids of a tower; `price` is for each that a micro-grid has too many or too few. `marks`
    tell atoms apart by their buildings, whatever their number.
    """

    zoning: Zoning
    homes: Graph
    marks: np.ndarray
    window: Window
    weights: Weights
    price: float
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
        price=rules.weight_micro,
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
    critic, grid_of = _NestCritic(nest, coarse, search), renumber(labels)[coarse]
    wrong = critic.weigh(np.arange(len(grid_of)), grid_of).grids
    settled = np.zeros(len(zoning.graph), np.int64)
    settled[coarse] = redraw_pairs(nest.homes, grid_of, wrong, critic, search)
    return renumber(settled)


@dataclass(frozen=True, slots=True)
class _NestCritic:
    """What is wrong is households of micro-grids that are out of their band."""

    nest: Nest
    coarse: np.ndarray
    search: Search

    @property
    def price(self) -> float:
        """Points for a household of a micro-grid that is out of its band."""
        return self.nest.price

    def weigh(self, nodes: np.ndarray, grid_of: np.ndarray) -> Critique:
        """Divide grids into micro-grids, and add up what is out of their band, worst first."""
        nest, numbers = self.nest, np.unique(grid_of[nodes])
        grids, region = renumber(grid_of[nodes]), nest.homes.part(nodes)
        micro = self._micro(nodes, grids)
        out = excess_by_part(region, micro, nest.window)
        by_grid = np.zeros(len(numbers))
        home = np.zeros(len(out), np.int64)
        home[micro] = np.searchsorted(numbers, grid_of[nodes])
        np.add.at(by_grid, home, out)
        order = np.argsort(-by_grid, kind="stable")
        plain, window, weights = (
            nest.zoning.graph.part(nodes),
            self.search.window,
            self.search.weights,
        )
        grid = score_division(plain, grids, window, weights)
        points = score_division(region, micro, nest.window, nest.weights).value
        return Critique(
            grid.excess,
            float(out.sum()),
            grid.value + MICRO_SHARE * points,
            numbers[order[by_grid[order] > TINY]].tolist(),
        )

    def offers(self, nodes: np.ndarray, grid_of: np.ndarray) -> Iterator[np.ndarray]:
        """Divide some grids into micro-grids, and these into grids that leave compounds whole."""
        homes, plain = self.nest.homes.part(nodes), self.nest.zoning.graph.part(nodes)
        before, whole = grid_of[nodes], renumber(self.coarse[nodes])
        cross = before[homes.first] != before[homes.second]
        along = replace(homes, cut_cost=np.where(cross, 0.0, homes.cut_cost))
        quick = replace(self.search, effort=OFFER)
        for number in range(OFFERS):
            search = self.nest.search(self.search.rng, OFFER)
            micro = partition(along if number % 2 else homes, search)
            tied = _joined(micro, whole)
            yield partition(plain.contract(tied), quick)[tied]

    def _micro(self, nodes: np.ndarray, grids: np.ndarray) -> np.ndarray:
        """Give the micro-grid of each of some atoms, divided by grids from 0."""
        micro, count = np.zeros(len(nodes), np.int64), 0
        order = np.argsort(grids, kind="stable")
        for inside in np.split(order, np.flatnonzero(np.diff(grids[order])) + 1):
            found = self.nest.divide(nodes[inside])
            micro[inside] = found + count
            count += int(found.max()) + 1
        return micro


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
