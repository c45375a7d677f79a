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
from scipy.spatial import Delaunay

from gridmap.crs import PRECISION_M
from gridmap.ground.barriers import CUT_COST
from gridmap.ground.blocks import faces_inside, node_lines

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gridmap.ground.blocks import Linebook

STEP_M: Final = 4.0
"""Outlines of footprints are sampled this densely: finer draws smoother cell borders, slower."""

INSET_M: Final = 0.3
"""Footprints are drawn in by this much, so that houses wall to wall are told apart."""

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

    @property
    def length_m(self) -> np.ndarray:
        """Length of every stretch."""
        return np.hypot(self.ends[:, 2] - self.ends[:, 0], self.ends[:, 3] - self.ends[:, 1])

    @property
    def middles(self) -> np.ndarray:
        """The middle of every stretch, as a Point."""
        return shapely.points((self.ends[:, :2] + self.ends[:, 2:]) / 2)


def divide_blocks(blocks: np.ndarray, buildings: GeoDataFrame, block_of: np.ndarray) -> np.ndarray:
    """
    Draw the lines halfway between the buildings of each block.

    Within a block, ground belongs to the building it is nearest to: a Voronoi diagram of the
    points along the footprints, of which only the edges between two buildings are kept, as in the
    morphological tessellation of [1]_.

    Parameters
    ----------
    blocks
        Polygons in metres.
    buildings
        Footprints or points, in metres.
    block_of
        Position of each building's block.

    Returns
    -------
    lines
        LineStrings inside the blocks, each of one block.

    References
    ----------
    .. [1] M. Fleischmann, A. Feliciotti, O. Romice, S. Porta (2020). "Morphological tessellation
       as a way of partitioning space." Computers, Environment and Urban Systems, 80, 101441.
       https://doi.org/10.1016/j.compenvurbsys.2019.101441
    """
    points, building = _sample_outlines(buildings)
    block = block_of[building]
    order = np.argsort(block, kind="stable")
    starts = np.flatnonzero(np.diff(block[order], prepend=-1))
    lines, inside = [], []
    for group in np.split(order, starts[1:]):
        if not len(group) or building[group[0]] == building[group[-1]]:
            continue
        part = _halfway_lines(points[group], building[group])
        lines.append(part)
        inside.append(np.full(len(part), block[group[0]]))
    if not lines:
        return np.empty(0, object)
    return _clip_each(shapely.linestrings(np.concatenate(lines)), blocks[np.concatenate(inside)])


def split_ground(
    boundary: shapely.Geometry, lines: np.ndarray, divides: np.ndarray
) -> tuple[np.ndarray, Sides]:
    """
    Cut a community along barriers and the lines between buildings into its smallest pieces.

    Parameters
    ----------
    boundary
        The community.
    lines, divides
        LineStrings inside it, in metres.

    Returns
    -------
    faces
        Polygons that tile the community, ordered by where they lie.
    sides
        What lies on each side of every border; positions into `faces`.
    """
    # Long lines are noded four times as fast as the short stretches they are made of.
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(divides)))
    noded = node_lines(np.array([shapely.boundary(boundary)]), lines, merged)
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
    neighbours = list_neighbours(sides, kinds, len(faces))
    grow_homes(home, neighbours, np.flatnonzero(home >= 0))
    by_area = np.lexsort((np.arange(len(faces)), -shapely.area(faces)))
    for face in by_area[home[by_area] < 0]:  # ground that touches no cell: a part with no building
        if home[face] < 0:
            home[face] = face
            grow_homes(home, neighbours, np.array([face]))
    return np.unique(home, return_inverse=True)[1]


def face_kinds(sides: Sides, book: Linebook) -> np.ndarray:
    """
    Look up the linework position of the barrier on each stretch of border.

    Within a block too: a street that ends there encloses nothing and is plain to see all the same.

    Parameters
    ----------
    sides
        Stretches between faces.
    book
        The community's lines.

    Returns
    -------
    lines
        Position in the linework, -1 where there is no barrier or outside.
    """
    inner = sides.right >= 0
    lines = np.full(len(sides.left), -1)
    lines[inner] = book.lines_at(sides.middles[inner])
    return lines


def _sample_outlines(buildings: GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    geometry = buildings.geometry.to_numpy()
    dense = shapely.segmentize(shapely.simplify(geometry, 0.2), STEP_M)
    points, building = shapely.get_coordinates(dense, return_index=True)
    anchor = shapely.get_coordinates(shapely.point_on_surface(geometry))
    inward = anchor[building] - points
    distance_m = np.hypot(*inward.T)
    share = np.minimum(INSET_M / np.maximum(distance_m, PRECISION_M), 0.2)
    points = np.vstack([points + inward * share[:, None], anchor])
    building = np.concatenate([building, np.arange(len(buildings))])
    points = np.round(points / PRECISION_M) * PRECISION_M
    order = np.lexsort((points[:, 1], points[:, 0], building))
    return points[order], building[order]


def _halfway_lines(points: np.ndarray, building: np.ndarray) -> np.ndarray:
    """Give the Voronoi edges between points of different buildings, as (n, 2, 2) segments."""
    low, high = points.min(axis=0), points.max(axis=0)
    points, first = np.unique(points - low, axis=0, return_index=True)
    far_m = 20 * max(float((high - low).max()), 100.0)
    turn = np.linspace(0, 2 * np.pi, 8, endpoint=False) + 0.1
    ring = (high - low) / 2 + far_m * np.column_stack([np.cos(turn), np.sin(turn)])
    owner = np.concatenate([building[first], np.full(len(ring), -1)])
    net = Delaunay(np.vstack([points, ring]))
    corner = owner[net.simplices]
    opposite = np.array([[1, 2], [2, 0], [0, 1]])
    ends = corner[:, opposite]  # (triangles, 3 sides, 2 ends)
    apart = (ends[..., 0] != ends[..., 1]) & (ends >= 0).all(axis=2)
    here = np.arange(len(net.simplices))[:, None]
    triangle, side = np.nonzero(apart & (net.neighbors > here))
    centre = _circumcentres(net.points[net.simplices], limit=far_m)
    segments = np.stack([centre[triangle], centre[net.neighbors[triangle, side]]], axis=1)
    segments = np.round((segments + low) / PRECISION_M) * PRECISION_M
    return segments[(segments[:, 0] != segments[:, 1]).any(axis=1)]


def _circumcentres(triangles: np.ndarray, *, limit: float) -> np.ndarray:
    origin = triangles[:, 0]
    side_b, side_c = triangles[:, 1] - origin, triangles[:, 2] - origin
    square_b, square_c = (side_b**2).sum(axis=1), (side_c**2).sum(axis=1)
    twice_area = 2 * (side_b[:, 0] * side_c[:, 1] - side_b[:, 1] * side_c[:, 0])
    twice_area = np.where(np.abs(twice_area) < PRECISION_M**2, np.inf, twice_area)
    offset = np.column_stack(
        [
            side_c[:, 1] * square_b - side_b[:, 1] * square_c,
            side_b[:, 0] * square_c - side_c[:, 0] * square_b,
        ]
    )
    return origin + np.clip(offset / twice_area[:, None], -limit, limit)


def _clip_each(lines: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    shapely.prepare(blocks)
    whole = shapely.covers(blocks, lines)
    crossing = ~whole & shapely.intersects(blocks, lines)
    cut = shapely.get_parts(shapely.intersection(lines[crossing], blocks[crossing]))
    cut = shapely.get_parts(cut[shapely.get_dimensions(cut) == 1])
    return np.concatenate([lines[whole], cut[shapely.get_dimensions(cut) == 1]])


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
    ends = np.sort(np.column_stack([first, second]), axis=1)
    pairs, at = np.unique(ends, axis=0, return_inverse=True)
    metres = np.bincount(at, length_m, len(pairs))
    prices = np.bincount(at, cost, len(pairs)) / np.maximum(metres, PRECISION_M)
    found: Neighbours = [[] for _ in range(count)]
    for (a, b), price, metre in zip(pairs.tolist(), prices.tolist(), metres.tolist(), strict=True):
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
