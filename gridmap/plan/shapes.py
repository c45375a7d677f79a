"""
Shapes: grids that keep the rule and look wrong all the same, drawn anew.

The objective weighs how compact a grid is, which a neck hardly changes: a bar one house wide
between two blocks is short. And it knows nothing of grids inside another one. Both are seen only
once the ground is drawn, so they are mended afterwards: the grid and a neighbour are divided anew,
if that leaves fewer such grids and nobody further out of the band.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.metrics import (
    NARROW_M,
    find_surrounding,
    measure_compactness,
    measure_necks,
)
from gridmap.plan.partition import Effort, partition, renumber, score_division
from gridmap.plan.polygons import dissolve_cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridmap.ground.adjacency import Ground
    from gridmap.plan.partition import Search
    from gridmap.plan.zoning import Zoning

OFFER: Final = Effort(rounds=1, divisions=1, cycles=2, sweeps=2)
"""For a look at what else there is."""

ROUNDER: Final = (1.0, 4.0, 16.0)
"""What the weight of shape is multiplied by in the offers that are drawn, one after the other."""

COMPACT: Final = 0.5
"""A grid with a neck is less compact than this (Polsby–Popper): others are not drawn for it."""

TINY: Final = 1e-6
"""Less than this out of the window is rounding."""


def mend_shapes(ground: Ground, zoning: Zoning, labels: np.ndarray, search: Search) -> np.ndarray:
    """
    Draw grids anew that have a neck, or lie within another one.

    Parameters
    ----------
    ground
        Of the community.
    zoning
        Its atoms.
    labels
        (n,) grid of each atom, every grid connected.
    search
        The rule, the dice and the deadline.

    Returns
    -------
    labels
        (n,) numbered as they appear; every grid connected. Nobody is further out of the band
        than before, and there are no more grids that look wrong.
    """
    if not len(labels):
        return labels
    mending = _Mending(ground, zoning, search, renumber(labels))
    mending.run()
    return mending.labels


@dataclass(slots=True)
class _Mending:
    """The grid of every atom, changed pair by pair of grids."""

    ground: Ground
    zoning: Zoning
    search: Search
    labels: np.ndarray
    looked_at: set[bytes] = field(default_factory=set)
    narrow: dict[bytes, bool] = field(default_factory=dict)

    def run(self) -> None:
        """Go on until every grid that looks wrong was looked at in vain."""
        while not self.search.is_over:
            wrong = next(self._wrong(), None)
            if wrong is None:
                break
            self.looked_at.add(np.flatnonzero(self.labels == wrong).tobytes())
            self._redraw_around(wrong)

    def _wrong(self) -> Iterator[int]:
        everything = np.arange(int(self.labels.max()) + 1)
        for grid in everything[self._is_odd(self.labels, everything)].tolist():
            if np.flatnonzero(self.labels == grid).tobytes() not in self.looked_at:
                yield grid

    def _redraw_around(self, grid: int) -> None:
        """Draw a grid anew with that neighbour where it pays most."""
        graph, labels = self.zoning.graph, self.labels
        first, second = labels[graph.first], labels[graph.second]
        beside = np.concatenate([second[first == grid], first[second == grid]])
        best: tuple[tuple[int, float], np.ndarray] | None = None
        for other in np.unique(beside[beside != grid]).tolist():
            if self.search.is_over:
                break
            nodes = np.flatnonzero((labels == grid) | (labels == other))
            excess, odd, points = self._weigh(labels, nodes)
            for offer in self._offers(nodes):
                now = self._weigh(offer, nodes)
                rank = now[1] - odd, round(now[2] - points, 6)
                is_better = now[0] <= excess + TINY and now[1] < odd
                if is_better and (best is None or rank < best[0]):
                    best = rank, offer
        if best is not None:
            self.labels = renumber(best[1])

    def _offers(self, nodes: np.ndarray) -> Iterator[np.ndarray]:
        """Divide some grids anew, rounder and rounder; gives the grid of every atom."""
        region = self.zoning.graph.part(nodes)
        for times in ROUNDER:
            weights = replace(self.search.weights, shape=times * self.search.weights.shape)
            found = partition(region, replace(self.search, weights=weights, effort=OFFER))
            labels = self.labels.copy()
            labels[nodes] = found + labels.max() + 1
            yield renumber(labels)

    def _weigh(self, labels: np.ndarray, nodes: np.ndarray) -> tuple[float, int, float]:
        """Give what some grids leave out of the band, how many look wrong, and their points."""
        region, inside = self.zoning.graph.part(nodes), renumber(labels[nodes])
        score = score_division(region, inside, self.search.window, self.search.weights)
        odd = self._is_odd(labels, np.unique(labels[nodes]))
        return score.excess, int(odd.sum()), score.value

    def _is_odd(self, labels: np.ndarray, grids: np.ndarray) -> np.ndarray:
        """Tell which of some grids have a neck or lie within another one."""
        atom = self.zoning.atom
        dedicated = labels.max() + 1 + self.zoning.zone
        grid_of = np.where(atom >= 0, labels[atom], dedicated)
        surrounding = find_surrounding(self.ground, grid_of)[grids]
        return (surrounding >= 0) | self._is_narrow(grid_of, grids)

    def _is_narrow(self, grid_of: np.ndarray, grids: np.ndarray) -> np.ndarray:
        """Tell which of some grids have a neck; each is drawn once."""
        cells = [np.flatnonzero(grid_of == grid) for grid in grids.tolist()]
        keys = [each.tobytes() for each in cells]
        new = [place for place, key in enumerate(keys) if key not in self.narrow]
        if new:
            inside = np.concatenate([cells[place] for place in new])
            shapes = self.ground.cells.geometry.to_numpy()[inside]
            numbers = np.repeat(np.arange(len(new)), [len(cells[place]) for place in new])
            areas = dissolve_cells(shapes, numbers)
            loose = np.flatnonzero(measure_compactness(areas) < COMPACT)
            necks = np.full(len(areas), np.inf)
            necks[loose] = measure_necks(areas[loose])
            for place, neck in zip(new, necks.tolist(), strict=True):
                self.narrow[keys[place]] = neck < NARROW_M
        return np.array([self.narrow[key] for key in keys], bool)
