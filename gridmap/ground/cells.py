"""
Cells: the ground nearest to each building, inside its block.

The cells of a community tile it exactly: they are unions of faces of one noded planar graph, so
two neighbours share their border to the bit, and so does any union of cells. A cell holds the
buildings whose anchors lie in it. Usually that is one; buildings that cannot be told apart on the
ground (a footprint drawn twice) share a cell; parks, water and empty blocks are cells with none.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gridmap.crs import PRECISION_M
from gridmap.ground.barriers import CUT_COST
from gridmap.ground.blocks import faces_inside, node_lines

if TYPE_CHECKING:
    from gridmap.ground.linework import Linebook

SETTLING: Final = 5
"""Lines are rounded again at most this often; the second time is hardly ever needed."""

CRACK_M: Final = 0.05
"""A community's outline may grow by this much by rounding; a crack along it is longer."""

SLIVER_WIDTH_M: Final = 15.0
SLIVER_AREA_M2: Final = 400.0
"""Empty ground narrower or smaller than this is what two lines left between them, not a place."""


@dataclass(frozen=True, slots=True)
class Sides:
    """
    Every stretch of border with the two pieces of ground it lies between.

    A stretch is one straight segment of the noded graph. `right` is -1 outside the community.
    """

    ends: np.ndarray  # (n, 4) x1, y1, x2, y2; the left piece is on the left of this direction
    left: np.ndarray
    right: np.ndarray

    def only(self, wanted: np.ndarray) -> Sides:
        """Give the wanted stretches alone."""
        return Sides(self.ends[wanted], self.left[wanted], self.right[wanted])

    @property
    def length_m(self) -> np.ndarray:
        """Length of every stretch."""
        return np.hypot(self.ends[:, 2] - self.ends[:, 0], self.ends[:, 3] - self.ends[:, 1])

    @property
    def middles(self) -> np.ndarray:
        """The (n, 2) middle of every stretch."""
        return (self.ends[:, :2] + self.ends[:, 2:]) / 2


def split_ground(
    boundary: shapely.Geometry, lines: np.ndarray, divides: np.ndarray
) -> tuple[np.ndarray, Sides]:
    """
    Cut a community along barriers and the lines between buildings into its smallest pieces.

    Parameters
    ----------
    boundary
        The community.
    lines
        The lines of its blocks, noded, the outline among them.
    divides
        LineStrings inside the blocks, in metres.

    Returns
    -------
    faces
        Polygons that tile the community, ordered by where they lie.
    sides
        What lies on each side of every border; positions into `faces`.
    """
    noded = node_lines(lines, divides)
    for _ in range(SETTLING):
        faces = faces_inside(noded, boundary)
        sides = match_sides(faces)
        if _is_closed(sides, boundary):
            break
        # Rounding moved a line past a corner by less than a lattice step: round what came of it.
        noded = node_lines(noded)
    return faces, sides


def _is_closed(sides: Sides, boundary: shapely.Geometry) -> bool:
    """Tell whether what borders on the outside is the outline, and not the edge of a crack."""
    outer_m = sides.length_m[sides.right < 0].sum()
    return bool(abs(outer_m - shapely.length(boundary)) <= CRACK_M)


def match_sides(areas: np.ndarray) -> Sides:
    """
    Find the two areas on the sides of every stretch of border.

    Parameters
    ----------
    areas
        Polygons that share their borders vertex by vertex.

    Returns
    -------
    sides
        One row a stretch, each stretch once, ordered by its ends; `left` and `right` are
        positions in `areas`.
    """
    areas = shapely.orient_polygons(areas)  # outer rings counter-clockwise: the area is on the left
    ring_parts, owner = shapely.get_rings(areas, return_index=True)
    coordinates, ring = shapely.get_coordinates(ring_parts, return_index=True)
    same = ring[1:] == ring[:-1]
    segments = np.hstack([coordinates[:-1], coordinates[1:]])[same]
    left = owner[ring[:-1][same]]
    forward = (segments[:, 0] < segments[:, 2]) | (
        (segments[:, 0] == segments[:, 2]) & (segments[:, 1] < segments[:, 3])
    )
    ends = np.where(forward[:, None], segments, segments[:, [2, 3, 0, 1]])
    order = np.lexsort((~forward, *ends.T[::-1]))
    ends, left, forward = ends[order], left[order], forward[order]
    twin = np.zeros(len(ends), bool)
    twin[:-1] = (ends[:-1] == ends[1:]).all(axis=1)
    second = np.zeros(len(ends), bool)
    second[1:] = twin[:-1]
    right = np.full(len(ends), -1)
    right[np.flatnonzero(twin)] = left[np.flatnonzero(second)]
    kept = ~second
    ends, left, right, forward = ends[kept], left[kept], right[kept], forward[kept]
    ends = np.where(forward[:, None], ends, ends[:, [2, 3, 0, 1]])
    return Sides(ends, left, right)


def merge_faces(
    faces: np.ndarray, sides: Sides, kinds: np.ndarray, *, is_core: np.ndarray, is_block: np.ndarray
) -> np.ndarray:
    """
    Give every face that is no place of its own to the cell it belongs with.

    Faces that hold an anchor are cells; so are whole blocks with no building that are wide enough
    to be a place. All other faces (the far end of a footprint astride a road, the strip between
    two carriageways) join a neighbour: across the weakest barrier first, then the longest border.

    Parameters
    ----------
    faces, sides
        From :func:`split_ground`.
    kinds
        Kind of barrier of each stretch of border.
    is_core
        Which faces hold an anchor.
    is_block
        Which faces lie in a block without buildings.

    Returns
    -------
    cell_of
        Cell of each face, numbered from 0 in the order of the faces.
    """
    width_m = 2 * shapely.area(faces) / np.maximum(shapely.length(faces), PRECISION_M)
    is_place = is_block & (width_m >= SLIVER_WIDTH_M) & (shapely.area(faces) >= SLIVER_AREA_M2)
    home = np.where(is_core | is_place, np.arange(len(faces)), -1)
    homeless = home < 0
    wanted = homeless[sides.left] | homeless[sides.right]
    neighbours = list_neighbours(sides.only(wanted), kinds[wanted], len(faces))
    near_homeless = np.unique(np.concatenate([sides.left[wanted], sides.right[wanted]]))
    grow_homes(home, neighbours, near_homeless[home[near_homeless] >= 0])
    by_area = np.lexsort((np.arange(len(faces)), -shapely.area(faces)))
    for face in by_area[home[by_area] < 0]:  # ground that touches no cell: a part with no building
        if home[face] < 0:
            home[face] = face
            grow_homes(home, neighbours, np.array([face]))
    return np.unique(home, return_inverse=True)[1]


def face_lines(
    sides: Sides, book: Linebook, block_of: np.ndarray, is_open: np.ndarray
) -> np.ndarray:
    """
    Look up the linework position of the barrier on each stretch of border.

    Within a block too: a street that ends there encloses nothing and is plain to see all the same.

    Parameters
    ----------
    sides
        Stretches between faces.
    book
        The community's lines.
    block_of
        Block of each face.
    is_open
        In which blocks a line ends.

    Returns
    -------
    lines
        Position in the linework, -1 where there is no barrier or outside.
    """
    left, right = block_of[sides.left], block_of[sides.right]
    asked = (sides.right >= 0) & ((left != right) | is_open[left])
    lines = np.full(len(sides.left), -1)
    lines[asked] = book.lines_at(sides.only(asked).middles)
    return lines


Neighbours = list[list[tuple[float, float, int]]]
"""For every piece of ground what it touches: minus price a metre, minus metres, the neighbour."""


def list_neighbours(sides: Sides, kinds: np.ndarray, count: int) -> Neighbours:
    """
    List for every piece of ground what it touches.

    Parameters
    ----------
    sides
        Stretches of border.
    kinds
        Kind of barrier on each.
    count
        How many pieces there are.

    Returns
    -------
    neighbours
        The best border to give up sorts first: weakest barrier, then longest.
    """
    inner = np.flatnonzero((sides.right >= 0) & (sides.left != sides.right))
    length_m = sides.length_m[inner]
    cost = length_m * CUT_COST[kinds[inner]]
    return sum_neighbours(sides.left[inner], sides.right[inner], cost, length_m, count=count)


def sum_neighbours(
    first: np.ndarray, second: np.ndarray, cost: np.ndarray, length_m: np.ndarray, *, count: int
) -> Neighbours:
    """
    Add up the borders between each two pieces of ground.

    Parameters
    ----------
    first, second, cost, length_m
        Borders, several a pair if need be: the two pieces, price in points, metres.
    count
        How many pieces there are.

    Returns
    -------
    neighbours
        As :func:`list_neighbours`.
    """
    keys = np.minimum(first, second) * count + np.maximum(first, second)
    pairs, at = np.unique(keys, return_inverse=True)
    ends = np.column_stack([pairs // count, pairs % count])
    metres = np.bincount(at, length_m, len(pairs))
    prices = np.bincount(at, cost, len(pairs)) / np.maximum(metres, PRECISION_M)
    found: Neighbours = [[] for _ in range(count)]
    for (a, b), price, metre in zip(ends.tolist(), prices.tolist(), metres.tolist(), strict=True):
        key = (-round(price, 3), -round(metre, 3))
        found[a].append((*key, b))
        found[b].append((*key, a))
    return found


def grow_homes(home: np.ndarray, neighbours: Neighbours, seeds: np.ndarray) -> None:
    """
    Let `seeds` take all homeless ground they can reach, best border first.

    Parameters
    ----------
    home
        Home of each piece, -1 where homeless; filled in place.
    neighbours
        From :func:`list_neighbours`.
    seeds
        Pieces that have a home and may share it.
    """
    edge = [
        (price, metres, other, int(home[seed]))
        for seed in seeds.tolist()
        for price, metres, other in neighbours[seed]
        if home[other] < 0
    ]
    heapq.heapify(edge)
    while edge:
        _, _, face, cell = heapq.heappop(edge)
        if home[face] >= 0:
            continue
        home[face] = cell
        for price, metres, other in neighbours[face]:
            if home[other] < 0:
                heapq.heappush(edge, (price, metres, other, cell))
