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
from gridmap.plan.pairs import Critique, redraw_pairs
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

ODD_PRICE: Final = 1e3
"""Points for a grid that looks wrong: more than the border of any good one."""

COMPACT: Final = 0.5
"""A grid with a neck is less compact than this (Polsby–Popper): others are not drawn for it."""


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
    critic, labels = _ShapeCritic(ground, zoning, search), renumber(labels)
    odd = critic.odd(labels, np.arange(int(labels.max()) + 1))
    return redraw_pairs(zoning.graph, labels, odd.tolist(), critic, search)


@dataclass(slots=True)
class _ShapeCritic:
    """What is wrong is a neck, or to lie within another grid; `narrow` is what is known by now."""

    ground: Ground
    zoning: Zoning
    search: Search
    price: float = ODD_PRICE
    narrow: dict[bytes, bool] = field(default_factory=dict)

    def weigh(self, nodes: np.ndarray, grid_of: np.ndarray) -> Critique:
        """Count the grids that look wrong."""
        region, inside = self.zoning.graph.part(nodes), renumber(grid_of[nodes])
        score = score_division(region, inside, self.search.window, self.search.weights)
        odd = self.odd(grid_of, np.unique(grid_of[nodes])).tolist()
        return Critique(score.excess, len(odd), score.value, odd)

    def offers(self, nodes: np.ndarray, grid_of: np.ndarray) -> Iterator[np.ndarray]:  # noqa: ARG002
        """Divide some grids anew, rounder and rounder."""
        region = self.zoning.graph.part(nodes)
        for times in ROUNDER:
            weights = replace(self.search.weights, shape=times * self.search.weights.shape)
            yield partition(region, replace(self.search, weights=weights, effort=OFFER))

    def odd(self, labels: np.ndarray, grids: np.ndarray) -> np.ndarray:
        """Give those of some grids that have a neck or lie within another one."""
        atom = self.zoning.atom
        dedicated = labels.max() + 1 + self.zoning.zone
        grid_of = np.where(atom >= 0, labels[atom], dedicated)
        is_enclosed = find_surrounding(self.ground, grid_of, grids) >= 0
        return grids[is_enclosed | self._is_narrow(grid_of, grids)]

    def _is_narrow(self, grid_of: np.ndarray, grids: np.ndarray) -> np.ndarray:
        """Tell which of some grids have a neck; each is drawn once."""
        cells = np.flatnonzero(np.isin(grid_of, grids))
        cells = cells[np.argsort(grid_of[cells], kind="stable")]
        by_grid = np.split(cells, np.searchsorted(grid_of[cells], grids[1:]))
        keys = [each.tobytes() for each in by_grid]
        new = [place for place, key in enumerate(keys) if key not in self.narrow]
        if new:
            inside = np.concatenate([by_grid[place] for place in new])
            numbers = np.repeat(np.arange(len(new)), [len(by_grid[place]) for place in new])
            areas = dissolve_cells(self.ground.cells.geometry.to_numpy()[inside], numbers)
            loose = np.flatnonzero(measure_compactness(areas) < COMPACT)
            necks = np.full(len(areas), np.inf)
            necks[loose] = measure_necks(areas[loose])
            for place, neck in zip(new, necks.tolist(), strict=True):
                self.narrow[keys[place]] = neck < NARROW_M
        return np.array([self.narrow[key] for key in keys], bool)
