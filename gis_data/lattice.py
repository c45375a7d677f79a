"""
The lattice of communities: where main roads cross, and the ground between them.

A community is one cell of a warped lattice. Its ground is covered by a net of `UNITS` by `UNITS`
points; streets, blocks and outlines run through these points only, so that what meets on the map
meets to the bit. A side shared by two cells is computed once, from the lattice, for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import starmap
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

UNITS: Final = 12
"""Steps of the net along one side of a community; one step is about 32 m."""

RIVER: Final = (5, 7)
"""Rows of the net between which the river runs, where it runs."""

RAIL: Final = (5, 6)
"""Columns of the net between which the railway runs, where it runs."""

ORIGIN_M: Final = (540_000.0, 3_300_000.0)
"""South-west corner in EPSG:4550: open sea, so that the town is nobody's town."""

TURN: Final = 0.12
"""How far the whole town is turned from north, in radians."""

_RIVER_EVERY: Final = 16
_RAIL_EVERY: Final = 24
_MILLIMETRES: Final = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of the lattice; `number` counts the communities row by row from the south-west."""

    column: int
    row: int
    number: int


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """
    The main roads of a town, and everything that follows from where they cross.

    The arrays are a few numbers a crossing: they are all of the town that is held at once.
    """

    seed: int
    communities: int
    columns: int
    rows: int
    nodes: NDArray[np.float64]  # (columns + 1, rows + 1, 2), metres
    bends: NDArray[np.float64]  # (2, columns + 1, rows + 1, 2): sway of each side, metres

    def __iter__(self) -> Iterator[Cell]:
        for number in range(self.communities):
            yield Cell(number % self.columns, number // self.columns, number)

    def neighbour(self, cell: Cell, *, columns: int = 0, rows: int = 0) -> Cell | None:
        """Give the cell so many columns east and rows north, or None where the town ends."""
        column, row = cell.column + columns, cell.row + rows
        number = row * self.columns + column
        if not 0 <= column < self.columns or not 0 <= number < self.communities:
            return None
        return Cell(column, row, number)

    def has_river(self, cell: Cell) -> bool:
        """Say whether the river runs through `cell`, from west to east."""
        return cell.row % _RIVER_EVERY == 1

    def has_rail(self, cell: Cell) -> bool:
        """Say whether the railway runs through `cell`, from south to north."""
        return cell.column % _RAIL_EVERY == 1

    def horizontal(self, column: int, row: int) -> NDArray[np.float64]:
        """Give the points of the side from crossing (column, row) to the one east of it."""
        return self._side(0, (column, row), (column + 1, row))

    def vertical(self, column: int, row: int) -> NDArray[np.float64]:
        """Give the points of the side from crossing (column, row) to the one north of it."""
        return self._side(1, (column, row), (column, row + 1))

    def net(self, cell: Cell) -> NDArray[np.float64]:
        """
        Cover a cell with its net of points.

        Between the four sides the points are blended as in a Coons patch; on the sides they are
        those of the sides, to the bit.

        Parameters
        ----------
        cell
            A cell of this lattice.

        Returns
        -------
        net
            Shape (UNITS + 1, UNITS + 1, 2): steps east, steps north, x and y in metres.
        """
        column, row = cell.column, cell.row
        south, north = self.horizontal(column, row), self.horizontal(column, row + 1)
        west, east = self.vertical(column, row), self.vertical(column + 1, row)
        step = np.linspace(0.0, 1.0, UNITS + 1)
        s, t = step[:, None, None], step[None, :, None]
        ruled = (1 - t) * south[:, None] + t * north[:, None]
        ruled = ruled + (1 - s) * west[None] + s * east[None]
        corners = (1 - s) * ((1 - t) * south[0] + t * north[0])
        corners = corners + s * ((1 - t) * south[-1] + t * north[-1])
        net: NDArray[np.float64] = np.round(ruled - corners, _MILLIMETRES)
        net[:, 0], net[:, -1], net[0], net[-1] = south, north, west, east
        return net

    def _side(self, axis: int, start: tuple[int, int], end: tuple[int, int]) -> NDArray[np.float64]:
        first, last = self.nodes[start], self.nodes[end]
        step = np.linspace(0.0, 1.0, UNITS + 1)
        bow, swing = self.bends[(axis, *start)]
        sway = bow * np.sin(np.pi * step) + swing * np.sin(2 * np.pi * step)
        along = (last - first) / np.hypot(*(last - first))
        across = np.array([-along[1], along[0]])
        points = first + step[:, None] * (last - first) + sway[:, None] * across
        points[0], points[-1] = first, last
        rounded: NDArray[np.float64] = np.round(points, _MILLIMETRES)
        return rounded


def make_lattice(communities: int, seed: int) -> Lattice:
    """
    Lay out the main roads of a town.

    Parameters
    ----------
    communities
        How many cells there are; the last row may be short.
    seed
        Of everything random in it.

    Returns
    -------
    lattice
        As square as the number allows.
    """
    rng = np.random.default_rng([seed, 1])
    columns = max(2, int(np.sqrt(communities)))
    rows = -(-communities // columns)
    u = np.concatenate([[0.0], rng.uniform(360, 430, columns).cumsum()])
    v = np.concatenate([[0.0], rng.uniform(340, 395, rows).cumsum()])
    flat = np.stack(np.meshgrid(u, v, indexing="ij"), axis=-1)
    wave = np.stack(list(starmap(_wave, _phases(rng, flat))), axis=-1)
    flat = flat + wave + rng.normal(0.0, 7.0, flat.shape).clip(-14, 14)
    turn = np.array([[np.cos(TURN), np.sin(TURN)], [-np.sin(TURN), np.cos(TURN)]])
    nodes = np.round(flat @ turn + ORIGIN_M, _MILLIMETRES)
    bends = rng.normal(0.0, [6.0, 3.0], (2, columns + 1, rows + 1, 2)).clip(-11, 11)
    return Lattice(seed, communities, columns, rows, nodes, bends)


def _phases(
    rng: np.random.Generator, flat: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.float64], float]]:
    for axis in (1, 0):
        yield flat[..., axis] + 0.3 * flat[..., 1 - axis], rng.uniform(0, 2 * np.pi)


def _wave(along: NDArray[np.float64], phase: float) -> NDArray[np.float64]:
    return 38.0 * np.sin(2 * np.pi * along / 1900.0 + phase)
