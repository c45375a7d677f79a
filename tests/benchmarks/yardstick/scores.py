"""What a division of a town is worth, counted the same way for our engine and for its peers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.metrics import count_split
from gridmap.plan.partition import Graph
from gridmap.plan.zoning import components

if TYPE_CHECKING:
    from gridmap.plan.partition import Window
    from tests.benchmarks.yardstick.towns import Net, Town

SNAKE: Final = 0.2
"""A grid less compact than this (Polsby–Popper) is worth a look."""


@dataclass(frozen=True, slots=True)
class Score:
    """
    The figures of one division; shares are of 1.

    Of the inner border, `clear_share` is on a barrier, and `needless_share` neither on a barrier
    nor inside a compound that no grid can hold, where there may be no barrier to follow.
    """

    grids: int
    in_band: float
    in_pieces: int
    cut_cost: float
    clear_share: float
    needless_share: float
    split_compounds: int
    compactness: np.ndarray
    enclaves: int
    seconds: float


def score(town: Town, net: Net, labels: np.ndarray, window: Window, seconds: float) -> Score:
    """
    Score a division of a town's graph.

    A grid is in the band, too, when it is over the top for one node alone that is. Compounds
    count as split when they would fit into one grid.
    """
    cut = labels[net.first] != labels[net.second]
    fitting = _that_fit(town, net, window)
    border_m = max(net.length_m[cut].sum(), 1e-9)
    grid_of_cell = np.where(net.node_of >= 0, labels[net.node_of], -1)
    return Score(
        grids=int(labels.max()) + 1,
        in_band=float(_keeps_band(net, labels, window).mean()),
        in_pieces=count_pieces(net, labels),
        cut_cost=float(net.cut_cost[cut].sum()),
        clear_share=float(net.clear_m[cut].sum() / border_m),
        needless_share=float(_needless_m(net, fitting)[cut].sum() / border_m),
        split_compounds=count_split(grid_of_cell, fitting),
        compactness=compactness_of(town, grid_of_cell),
        enclaves=count_enclaves(town, grid_of_cell),
        seconds=seconds,
    )


def _needless_m(net: Net, fitting: np.ndarray) -> np.ndarray:
    """Measure the ground without a barrier along each edge, outside compounds too large."""
    fits = np.isin(net.compound, fitting) & (net.compound >= 0)
    is_same = (net.compound[net.first] == net.compound[net.second]) & (net.compound[net.first] >= 0)
    return np.where(is_same & ~fits[net.first], 0.0, net.length_m - net.clear_m)


def graph_of(net: Net) -> Graph:
    """Give the net as the partition wants it."""
    return Graph(net.households, net.persons, net.first, net.second, net.cut_cost)


def count_pieces(net: Net, labels: np.ndarray) -> int:
    """Count the parts that are in more than one piece."""
    inside = labels[net.first] == labels[net.second]
    piece = components(len(net), net.first[inside], net.second[inside])
    _, at = np.unique(piece, return_index=True)
    return int((np.bincount(labels[at]) > 1).sum())


def compactness_of(town: Town, grid_of_cell: np.ndarray) -> np.ndarray:
    """Measure Polsby–Popper of every grid, straight from the stretches of border."""
    sides, count = town.ground.sides, int(grid_of_cell.max()) + 1
    outline_m = add_outlines(sides.left, sides.right, sides.length_m, grid_of_cell, count)
    inside = grid_of_cell >= 0
    areas_m2 = town.ground.cells.area.to_numpy()[inside]
    area_m2 = np.bincount(grid_of_cell[inside], areas_m2, count)
    return 4 * np.pi * area_m2 / np.maximum(outline_m, 1e-9) ** 2


def count_enclaves(town: Town, grid_of_cell: np.ndarray) -> int:
    """Count the grids that lie inside one other, with no way to the outside of the town."""
    sides = town.ground.sides
    one = grid_of_cell[sides.left]
    other = np.where(sides.right >= 0, grid_of_cell[sides.right], -1)
    ends = np.column_stack([np.concatenate([one, other]), np.concatenate([other, one])])
    beside = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    grid, neighbours = np.unique(beside[:, 0], return_counts=True)
    return int(((neighbours == 1) & (grid >= 0) & ~np.isin(grid, _at_edge(beside))).sum())


def _at_edge(beside: np.ndarray) -> np.ndarray:
    return beside[beside[:, 1] < 0, 0]


def add_outlines(
    left: np.ndarray, right: np.ndarray, length_m: np.ndarray, part_of: np.ndarray, count: int
) -> np.ndarray:
    """Add up the outline of every part of the ground, in metres, from all its stretches."""
    one = part_of[left]
    other = np.where(right >= 0, part_of[right], -1)
    ends, lengths = np.concatenate([one, other]), np.tile(length_m, 2)
    outer = np.tile(one != other, 2) & (ends >= 0)
    return np.bincount(ends[outer], lengths[outer], count)


def _keeps_band(net: Net, labels: np.ndarray, window: Window) -> np.ndarray:
    count = int(labels.max()) + 1
    biggest, most = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.maximum.at(biggest, labels, net.households)
    np.maximum.at(most, labels, net.persons)
    households = np.bincount(labels, net.households, count)
    persons = np.bincount(labels, net.persons, count)
    return (
        (households >= window.low)
        & (households <= np.maximum(biggest, window.high))
        & (persons <= np.maximum(most, window.cap))
    )


def _that_fit(town: Town, net: Net, window: Window) -> np.ndarray:
    """Give each cell its compound where that would fit into one grid, else -1."""
    compound, buildings = net.compound_of_cell, town.community.buildings
    of_building = compound[town.ground.cell_of]
    inside = of_building >= 0
    households, persons = (
        np.bincount(of_building[inside], buildings[name].to_numpy()[inside], compound.max() + 1)
        for name in ("households", "persons")
    )
    fits = (households <= window.high) & (persons <= window.cap)
    return np.where((compound >= 0) & np.append(fits, False)[compound], compound, -1)
