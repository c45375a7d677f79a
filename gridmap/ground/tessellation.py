"""
Tessellation: the lines halfway between the buildings of each block.

Everything is done for all blocks of a community at once, in arrays, but for the triangulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from scipy.spatial import Delaunay

from gridmap.crs import PRECISION_M
from gridmap.ground.sampling import Samples, sample_outlines

PLAIN_M: Final = 0.5
PLAIN_SHARE: Final = 0.5
"""
A halfway line is drawn plainer, by at most so many metres and by at most this share of its
distance to the nearest footprint: no building changes sides, and nobody sees the difference.
"""

RING: Final = 8
FAR: Final = 6
"""So many points, so many times as far out as a block is long, keep all halfway lines finite."""


WAY_THROUGH: Final = 2
"""Where this many edges meet, one goes on as the other; elsewhere lines fork or end."""


def divide_blocks(
    blocks: np.ndarray, footprints: np.ndarray, anchors: np.ndarray, block_of: np.ndarray
) -> np.ndarray:
    """
    Draw the lines halfway between the buildings of each block.

    Within a block, ground belongs to the building it is nearest to: a Voronoi diagram of the
    points along the footprints, of which only the edges between two buildings are kept, as in the
    morphological tessellation of [1]_.

    Parameters
    ----------
    blocks
        Polygons in metres.
    footprints
        Of buildings: areas or points, in metres.
    anchors
        A point inside each.
    block_of
        Position of each building's block.

    Returns
    -------
    lines
        LineStrings inside the blocks, each of one block, that meet at their ends.

    References
    ----------
    .. [1] M. Fleischmann, A. Feliciotti, O. Romice, S. Porta (2020). "Morphological tessellation
       as a way of partitioning space." Computers, Environment and Urban Systems, 80, 101441.
       https://doi.org/10.1016/j.compenvurbsys.2019.101441
    """
    if not len(footprints):
        return np.empty(0, object)
    net = _triangulate(sample_outlines(footprints, anchors, block_of), shapely.bounds(blocks))
    if net is None:
        return np.empty(0, object)
    edges = net.halfway_edges()
    order, starts = chain_edges(edges.ends)
    nodes, line = _corners(edges.ends, order, starts)
    lines = shapely.linestrings(edges.places[nodes], indices=line)
    edge = order % len(edges.ends)
    room_m = np.minimum.reduceat(edges.room_m[edge], starts)
    tolerance_m = np.minimum(PLAIN_M, PLAIN_SHARE * room_m)
    plain = shapely.simplify(lines, tolerance_m, preserve_topology=False)
    return _clip_each(plain, blocks[edges.block[edge[starts]]])


@dataclass(frozen=True, slots=True)
class _Edges:
    """
    Edges of a Voronoi diagram.

    (n, 2) positions in `places`, the block of each edge, and how far the buildings are from it.
    """

    ends: np.ndarray
    places: np.ndarray
    block: np.ndarray
    room_m: np.ndarray


@dataclass(frozen=True, slots=True)
class _Net:
    """
    The triangles between the points of every block, laid one after the other.

    Coordinates count from the south-western corner of each block; `owner` is the building of a
    point, -1 for those far out. `far_m` is by triangle: no corner of a border lies further off.
    """

    points: np.ndarray
    owner: np.ndarray
    origin: np.ndarray
    triangles: np.ndarray
    neighbours: np.ndarray
    block: np.ndarray
    far_m: np.ndarray

    def halfway_edges(self) -> _Edges:
        """Give the Voronoi edges between points of different buildings."""
        corner = self.owner[self.triangles]
        start, stop = corner[:, [1, 2, 0]], corner[:, [2, 0, 1]]
        here = np.arange(len(corner))[:, None]
        apart = (start != stop) & (start >= 0) & (stop >= 0) & (self.neighbours > here)
        triangle, side = np.nonzero(apart)
        other = self.neighbours[triangle, side]
        ends = self.triangles[triangle, (side + 1) % 3], self.triangles[triangle, (side + 2) % 3]
        room_m = np.hypot(*(self.points[ends[0]] - self.points[ends[1]]).T) / 2
        used = np.zeros(len(corner), bool)
        used[triangle] = used[other] = True
        steps, node = self._circumcentres(used), np.zeros(len(corner), np.int64)
        places, node[used] = _number_places(steps, self.block[used])
        pairs = np.column_stack([node[triangle], node[other]])
        kept = pairs[:, 0] != pairs[:, 1]
        return _Edges(pairs[kept], places * PRECISION_M, self.block[triangle[kept]], room_m[kept])

    def _circumcentres(self, used: np.ndarray) -> np.ndarray:
        corners = self.points[self.triangles[used]]
        first = corners[:, 0]
        (bx, by), (cx, cy) = (corners[:, 1] - first).T, (corners[:, 2] - first).T
        square_b, square_c = bx * bx + by * by, cx * cx + cy * cy
        twice_area = 2 * (bx * cy - by * cx)
        twice_area[np.abs(twice_area) < PRECISION_M**2] = np.inf
        offset = np.column_stack([cy * square_b - by * square_c, bx * square_c - cx * square_b])
        limit = self.far_m[used][:, None]
        offset = np.clip(offset / twice_area[:, None], -limit, limit)
        return np.round((first + offset + self.origin[used]) / PRECISION_M)


def _triangulate(samples: Samples, bounds: np.ndarray) -> _Net | None:
    """Triangulate the points of every block that has two buildings to tell apart."""
    starts = np.flatnonzero(np.diff(samples.block, prepend=-1))
    stops = np.append(starts[1:], len(samples.block))
    low_high = np.minimum.reduceat, np.maximum.reduceat
    fewest, most = (reduce(samples.building, starts) for reduce in low_high)
    low, high = (reduce(samples.points, starts, axis=0) for reduce in low_high)
    shared = np.flatnonzero(fewest != most)
    if not len(shared):
        return None
    turn = np.linspace(0, 2 * np.pi, RING, endpoint=False) + 0.1
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    block = bounds[samples.block[starts]]
    reach = np.maximum(high, block[:, 2:]) - np.minimum(low, block[:, :2])
    far_m = FAR * np.hypot(*reach.T)
    points, owner, nets = [], [], []
    for at in shared:
        here = slice(starts[at], stops[at])
        ring = (high[at] - low[at]) / 2 + far_m[at] * circle
        points.append(np.vstack([samples.points[here] - low[at], ring]))
        owner += [samples.building[here], np.full(RING, -1)]
        nets.append(Delaunay(points[-1]))
    first_point = np.cumsum([0, *(len(part) for part in points[:-1])])
    sizes = np.array([len(net.simplices) for net in nets])
    first_triangle = np.cumsum(sizes) - sizes
    of_net = np.repeat(np.arange(len(nets)), sizes)
    neighbours = np.concatenate([net.neighbors for net in nets])
    inner = neighbours >= 0
    return _Net(
        points=np.concatenate(points),
        owner=np.concatenate(owner),
        origin=low[shared][of_net],
        triangles=np.concatenate([net.simplices for net in nets]) + first_point[of_net, None],
        neighbours=np.where(inner, neighbours + first_triangle[of_net, None], -1),
        block=samples.block[starts[shared]][of_net],
        far_m=far_m[shared][of_net],
    )


def _number_places(steps: np.ndarray, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the different places of each block, and the number of each one's place."""
    order = np.lexsort((steps[:, 1], steps[:, 0], block))
    sorted_steps, sorted_block = steps[order], block[order]
    is_new = np.ones(len(order), bool)
    is_new[1:] = (sorted_steps[1:] != sorted_steps[:-1]).any(axis=1)
    is_new[1:] |= sorted_block[1:] != sorted_block[:-1]
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(is_new) - 1
    return sorted_steps[is_new], number


def chain_edges(ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    Put edges in a row from fork to fork.

    Parameters
    ----------
    ends
        (n, 2) the nodes of each edge.

    Returns
    -------
    order
        Every edge once, as it is walked: `e`, or `e + n` from its second node to its first.
    starts
        Where in `order` a line begins; it ends where the next begins. A ring falls into its
        edges.
    """
    count = len(ends)
    head = np.concatenate([ends[:, 1], ends[:, 0]])
    tail = np.concatenate([ends[:, 0], ends[:, 1]])
    twin = (np.arange(2 * count) + count) % (2 * count)
    degree = np.bincount(tail)
    leaving = np.bincount(tail, np.arange(2 * count)).astype(np.int64)
    follower = np.where(degree[head] == WAY_THROUGH, leaving[head] - twin, np.arange(2 * count))
    last, steps = follower, (follower != np.arange(2 * count)).astype(np.int64)
    for _ in range(int(count).bit_length() + 1):
        further = last[last]  # twice as far as in the round before
        if np.array_equal(further, last):
            break
        steps, last = steps + steps[last], further
    lost = follower[last] != last  # walking in a ring
    last, steps = np.where(lost, np.arange(2 * count), last), np.where(lost, 0, steps)
    forward = last[:count] <= last[count:]
    walked = np.where(forward, np.arange(count), np.arange(count) + count)
    order = walked[np.lexsort((-steps[walked], last[walked]))]
    starts = np.flatnonzero(np.diff(last[order], prepend=-1))
    return order, starts


def _corners(
    ends: np.ndarray, order: np.ndarray, starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give the nodes that each line of edges runs through, and the number of its line."""
    walked = np.vstack([ends, ends[:, ::-1]])[order]
    stops = np.append(starts[1:], len(order)) - 1
    line = np.repeat(np.arange(len(starts)), np.diff(stops, prepend=-1))
    nodes = np.insert(walked[:, 0], stops + 1, walked[stops, 1])
    return nodes, np.insert(line, stops + 1, line[stops])


def _clip_each(lines: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    shapely.prepare(blocks)
    whole = shapely.covers(blocks, lines)
    crossing = ~whole & shapely.intersects(blocks, lines)
    cut = shapely.get_parts(shapely.intersection(lines[crossing], blocks[crossing]))
    cut = shapely.get_parts(cut[shapely.get_dimensions(cut) == 1])
    return np.concatenate([lines[whole], cut[shapely.get_dimensions(cut) == 1]])
