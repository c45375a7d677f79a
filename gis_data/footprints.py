"""Footprints of buildings, drawn many at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    Floats = NDArray[np.float64]
    Shapes = NDArray[np.object_]

RECTANGLE: Final = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) / 2
L_SHAPE: Final = np.array([(-5, -5), (5, -5), (5, 0), (-1, 0), (-1, 5), (-5, 5)]) / 10
U_SHAPE: Final = (
    np.array([(-5, -5), (5, -5), (5, 5), (2.5, 5), (2.5, -1), (-2.5, -1), (-2.5, 5), (-5, 5)]) / 10
)
_T_FRONT: Final = ((-5, -5), (-1, -5), (-1, -3), (1, -3), (1, -5), (5, -5))
_T_BACK: Final = ((5, 3), (2, 3), (2, 5), (-2, 5), (-2, 3), (-5, 3))
T_SHAPE: Final = np.array([*_T_FRONT, *_T_BACK]) / 10
"""The plan of a tower: a notch for the door, a core at the back."""

MILLIMETRES: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Stock:
    """
    Buildings of one kind on one block, as columns of equal length.

    `homes` is how many households fit; `label` is what the building is called on its block.
    """

    geometry: Shapes
    floors: NDArray[np.int64]
    units_per_floor: NDArray[np.int64]
    entrances: NDArray[np.int64]
    use: str
    label: str = ""  # 幢, 号楼, …; "" where a building has only a number

    def __len__(self) -> int:
        return len(self.geometry)

    def where(self, kept: NDArray[np.bool_]) -> Stock:
        """Leave out the buildings that are not `kept`."""
        return replace(
            self,
            geometry=self.geometry[kept],
            floors=self.floors[kept],
            units_per_floor=self.units_per_floor[kept],
            entrances=self.entrances[kept],
        )

    @property
    def homes(self) -> NDArray[np.int64]:
        """Households that fit into each building."""
        return self.floors * self.units_per_floor


def draw(shape: Floats, centre: Floats, size: Floats, turn: float) -> Shapes:
    """
    Draw one shape at many places.

    Parameters
    ----------
    shape
        Corners within half a unit around the origin, counter-clockwise.
    centre
        (n, 2), metres.
    size
        (n, 2): width and depth, metres.
    turn
        In radians, for all of them.

    Returns
    -------
    polygons
        n polygons on a lattice of a millimetre.
    """
    flat = shape[None] * size[:, None]
    corners = centre[:, None] + flat @ rotation(turn)
    polygons: Shapes = shapely.polygons(np.round(corners, MILLIMETRES))
    return polygons


def rotation(turn: float) -> Floats:
    """Give the matrix that turns row vectors by `turn` radians, counter-clockwise."""
    cos, sin = np.cos(turn), np.sin(turn)
    return np.array([[cos, sin], [-sin, cos]])


@dataclass(frozen=True, slots=True, eq=False)
class Yard:
    """
    Ground to build on: four corners to lay things out by, and the plot nothing may leave.

    Blocks are never quite square; rows follow the corners, so that few places are lost.
    """

    corners: Floats  # (4, 2), counter-clockwise from the south-west, metres
    plot: BaseGeometry

    @property
    def turn(self) -> float:
        """The direction of its rows, in radians."""
        sides = self.corners[1] - self.corners[0] + self.corners[2] - self.corners[3]
        return float(np.arctan2(sides[1], sides[0]))

    @property
    def size(self) -> Floats:
        """The width and depth at its middle, metres."""
        return _spans(self.corners)

    def spots(self, shares: Floats) -> Floats:
        """Give the places at shares of its width and depth, in metres."""
        return _blend(self.corners, shares)

    def slots(self, pitch: tuple[float, float]) -> tuple[Floats, Floats]:
        """
        Divide it into slots.

        Parameters
        ----------
        pitch
            The width and depth of a slot, metres; it may become an eighth less.

        Returns
        -------
        centres
            (n, 2), row by row from the south; none where not even one fits.
        size
            (2,): what a slot became once the lattice was fitted, metres.
        """
        counts = (self.size / pitch + 0.12).astype(int)
        if (counts < 1).any():
            return np.empty((0, 2)), np.zeros(2)
        columns, rows = np.meshgrid(np.arange(counts[0]) + 0.5, np.arange(counts[1]) + 0.5)
        shares = np.column_stack([columns.ravel(), rows.ravel()]) / counts
        return self.spots(shares), self.size / counts

    def holds(self, polygons: Shapes) -> NDArray[np.bool_]:
        """Say which polygons lie wholly on the plot."""
        shapely.prepare(self.plot)
        held: NDArray[np.bool_] = shapely.covers(self.plot, polygons)
        return held


def inset(corners: Floats, west: float, east: float, south: float, north: float) -> Floats:
    """Move the four sides of a block inwards by so many metres."""
    wide, deep = _spans(corners)
    low, high = (west / wide, south / deep), (1 - east / wide, 1 - north / deep)
    return _blend(corners, np.array([low, (high[0], low[1]), high, (low[0], high[1])]))


def _spans(corners: Floats) -> Floats:
    """Give the mean width and depth of four corners."""
    sides = corners[[1, 2, 3, 0]] - corners
    south, east, north, west = np.hypot(sides[:, 0], sides[:, 1])
    return np.array([(south + north) / 2, (west + east) / 2])


def _blend(corners: Floats, shares: Floats) -> Floats:
    """Give the places at shares of the way between four corners, east and north."""
    s, t = shares[:, :1], shares[:, 1:]
    southern = (1 - s) * corners[0] + s * corners[1]
    northern = (1 - s) * corners[3] + s * corners[2]
    places: Floats = (1 - t) * southern + t * northern
    return places


def draw_patches(yard: Yard, low: Floats, high: Floats) -> Shapes:
    """
    Draw four-cornered houses that follow the corners of their block.

    Parameters
    ----------
    yard
        The ground they stand on.
    low, high
        (n, 2): from and to, as shares of its width and depth.

    Returns
    -------
    polygons
        n polygons on a lattice of a millimetre; shares that do not overlap give houses that
        do not.
    """
    shares = np.stack(
        [low, np.c_[high[:, 0], low[:, 1]], high, np.c_[low[:, 0], high[:, 1]]], axis=1
    )
    corners = yard.spots(shares.reshape(-1, 2)).reshape(-1, 4, 2)
    polygons: Shapes = shapely.polygons(np.round(corners, MILLIMETRES))
    return polygons


def whole(low: int, high: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw `count` whole numbers from `low` up to, not including, `high`."""
    return rng.integers(low, high, count)


def same(value: int, count: int) -> NDArray[np.int64]:
    """Repeat a number."""
    return np.full(count, value, dtype=np.int64)
