"""
Ground: the cells of one community, and which of them touch across what.

Two cells touch when they share a stretch of border, never at a corner. They are *neighbours* when
one can also walk from one to the other there: a river or a railway parts them unless a road
crosses it on that very stretch, or a link was declared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.ground.barriers import CUT_COST, NO_BARRIER, PARTING
from gridmap.ground.blocks import enclose_blocks
from gridmap.ground.cells import (
    Sides,
    face_lines,
    grow_homes,
    list_neighbours,
    merge_faces,
    split_ground,
)
from gridmap.ground.linework import OUTER_REACH_M, Linebook, Linework, gather_linework
from gridmap.ground.tessellation import divide_blocks
from gridmap.schema import AREA, Flag, Table, anchors

if TYPE_CHECKING:
    from gridmap.schema import Community

CROSSING_REACH_M: Final = 2.0
CROSSING_DEPTH_M: Final = 1.0
"""A road crosses a barrier when it runs on for this long on both sides of it."""

NO_WAY: Final = ["river", "railway", "stream", "wall"]
"""What lies across a river and is no way over it."""

CELLS: Final = Table("cells", "cell_id", {"x": "float64", "y": "float64", "is_water": Flag}, AREA)


@dataclass(frozen=True, slots=True)
class Touch:
    """
    Pairs of cells that share a stretch of border, each pair once, `first` below `second`.

    Arrays of one length: metres of shared border, points it costs to cut there, metres of it on a
    barrier, and whether one can walk across. A declared link is a pair with no border at all.
    """

    first: np.ndarray
    second: np.ndarray
    length_m: np.ndarray
    cut_cost: np.ndarray
    clear_m: np.ndarray
    is_passable: np.ndarray


@dataclass(frozen=True, slots=True)
class Ground:
    """
    The ground of one community, ready to be divided into grids.

    `cells` tile the community; `x`, `y` is the point that decides what a cell lies in. `cell_of`
    gives the cell of every building, in the order of the community's buildings. `sides` are all
    stretches of border between two cells, or a cell and the outside (-1), and `lines` is what
    lies on each: a position in `linework`, -1 for nothing.
    """

    cells: gpd.GeoDataFrame
    cell_of: np.ndarray
    touch: Touch
    sides: Sides
    lines: np.ndarray
    linework: Linework
    ties: np.ndarray  # positions of buildings whose anchor lies exactly on a border


def build_ground(community: Community) -> Ground:
    """
    Build the ground of a community.

    1. Barriers enclose blocks. 2. Inside each block, ground goes to the nearest building.
    3. Pieces that hold no building and are no place of their own join a neighbour. 4. What
    touches, and across what, is read off the shared borders.

    Parameters
    ----------
    community
        In metres; its buildings may be none.

    Returns
    -------
    ground
        Its cells tile the community's outline: no gap, no overlap, shared borders equal to the
        bit. A building belongs to the cell its anchor lies in; an anchor exactly on a border
        belongs to the westernmost piece, and is among the `ties`.

    Raises
    ------
    CrsError
        If the community is not in metres.
    """
    linework = gather_linework(community)
    blocks = enclose_blocks(community.boundary, linework)
    points = anchors(community.buildings).to_numpy()
    block_of, _ = _piece_of(points, blocks.areas)
    footprints = community.buildings.geometry.to_numpy()
    divides = divide_blocks(blocks.areas, footprints, points, block_of)
    faces, sides = split_ground(community.boundary, blocks.lines, divides)
    face_of, ties = _piece_of(points, faces)
    middles = shapely.point_on_surface(faces)
    block_of_face, _ = _piece_of(middles, blocks.areas)
    book = Linebook.of(linework)
    lines = face_lines(sides, book, block_of_face, blocks.is_open)
    is_core = np.zeros(len(faces), bool)
    is_core[face_of] = True
    cell_of_face = merge_faces(
        faces,
        sides,
        _kinds(lines, linework),
        is_core=is_core,
        is_block=~np.isin(block_of_face, block_of),
    )
    cells = _draw_cells(faces, cell_of_face, _deciding_points(middles, points, face_of), community)
    sides, lines = _between_cells(sides, lines, cell_of_face)
    outer = sides.right < 0
    lines[outer] = book.lines_at(sides.only(outer).middles, within_m=OUTER_REACH_M)
    return Ground(
        cells=cells,
        cell_of=cell_of_face[face_of],
        touch=_touching(sides, lines, linework, community, cells),
        sides=sides,
        lines=lines,
        linework=linework,
        ties=ties,
    )


def water_homes(ground: Ground) -> np.ndarray:
    """
    Give each stretch of water to the land cell it shares the most border with.

    Nobody lives on water, and a grid is not in one piece because water joins it: so water comes
    along with one bank, and the other bank stays across.

    Parameters
    ----------
    ground
        Of one community.

    Returns
    -------
    homes
        For every cell the cell it goes with: itself, or for water a cell on its bank. Water that
        touches no land stays itself.
    """
    is_water = ground.cells["is_water"].to_numpy()
    homes = np.where(is_water, -1, np.arange(len(is_water)))
    kinds = _kinds(ground.lines, ground.linework)
    grow_homes(homes, list_neighbours(ground.sides, kinds, len(homes)), np.flatnonzero(~is_water))
    return np.where(homes < 0, np.arange(len(homes)), homes)


def areas_at(points: np.ndarray, areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    Find the area each point lies in.

    Parameters
    ----------
    points
        Points, in metres.
    areas
        Polygons, which may overlap.

    Returns
    -------
    area
        Position of each point's area, the first of several, borders included; -1 for none.
    ties
        Positions of the points that lie in several.
    """
    point, area = shapely.STRtree(areas).query(points, predicate="intersects")
    order = np.lexsort((area, point))
    found, first, count = np.unique(point[order], return_index=True, return_counts=True)
    home = np.full(len(points), -1)
    home[found] = area[order][first]
    return home, found[count > 1]


def _piece_of(points: np.ndarray, pieces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the piece of each point, where pieces tile the ground: every point has one."""
    home, ties = areas_at(points, pieces)
    lost = np.flatnonzero(home < 0)  # within rounding of the community's outline
    if len(lost):
        home[lost] = shapely.STRtree(pieces).nearest(points[lost])
    return home, ties


def _deciding_points(middles: np.ndarray, points: np.ndarray, face_of: np.ndarray) -> np.ndarray:
    deciding = middles.copy()
    deciding[face_of[::-1]] = points[::-1]
    return deciding


def _draw_cells(
    faces: np.ndarray, cell_of_face: np.ndarray, deciding: np.ndarray, community: Community
) -> gpd.GeoDataFrame:
    order = np.argsort(cell_of_face, kind="stable")
    starts = np.flatnonzero(np.diff(cell_of_face[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    shapes = faces[order[starts]]
    for size in np.unique(sizes[sizes > 1]):
        alike = np.flatnonzero(sizes == size)
        members = faces[order[starts[alike][:, None] + np.arange(size)]]
        shapes[alike] = shapely.coverage_union_all(members, axis=1)
    by_area = np.lexsort((-shapely.area(faces), cell_of_face))  # each cell's widest face first
    cores = deciding[by_area[starts]]
    areas = community.water.geometry.to_numpy()
    is_water = np.zeros(len(shapes), bool)
    if len(areas):
        at, _ = shapely.STRtree(areas).query(cores, predicate="intersects")
        is_water[at] = True
    columns = {"x": shapely.get_x(cores), "y": shapely.get_y(cores), "is_water": is_water}
    index = pd.RangeIndex(len(shapes), name="cell_id")
    return gpd.GeoDataFrame(columns, index=index, geometry=shapes, crs=community.crs)


def _between_cells(
    sides: Sides, lines: np.ndarray, cell_of_face: np.ndarray
) -> tuple[Sides, np.ndarray]:
    left = cell_of_face[sides.left]
    right = np.where(sides.right >= 0, cell_of_face[sides.right], -1)
    kept = left != right
    return Sides(sides.ends[kept], left[kept], right[kept]), lines[kept]


def _kinds(lines: np.ndarray, linework: Linework) -> np.ndarray:
    kinds = np.full(len(lines), NO_BARRIER)
    kinds[lines >= 0] = linework.kinds[lines[lines >= 0]]
    return kinds


def _touching(
    sides: Sides,
    lines: np.ndarray,
    linework: Linework,
    community: Community,
    cells: gpd.GeoDataFrame,
) -> Touch:
    inner = np.flatnonzero(sides.right >= 0)
    kinds = _kinds(lines[inner], linework)
    left, right, length_m = sides.left[inner], sides.right[inner], sides.length_m[inner]
    can_cross = ~PARTING[kinds]
    parting = np.flatnonzero(~can_cross)
    stretches = shapely.linestrings(sides.ends[inner[parting]].reshape(-1, 2, 2))
    can_cross[parting] = _is_crossed(stretches, community)
    linked = _linked_cells(community, cells)
    first = np.concatenate([np.minimum(left, right), linked[0]])
    second = np.concatenate([np.maximum(left, right), linked[1]])
    no_border = np.zeros(len(linked[0]))
    pairs, at = np.unique(first * len(cells) + second, return_inverse=True)

    def total(inner_weights: np.ndarray, link_weights: np.ndarray) -> np.ndarray:
        return np.bincount(at, np.concatenate([inner_weights, link_weights]), len(pairs))

    return Touch(
        first=pairs // len(cells),
        second=pairs % len(cells),
        length_m=total(length_m, no_border),
        cut_cost=total(length_m * CUT_COST[kinds], no_border),
        clear_m=total(length_m * (kinds != NO_BARRIER), no_border),
        is_passable=total(can_cross, np.ones(len(no_border))) > 0,
    )


def _is_crossed(stretches: np.ndarray, community: Community) -> np.ndarray:
    """Tell on which stretches of a river or railway a road gets across."""
    crossed = np.zeros(len(stretches), bool)
    if not len(stretches):
        return crossed
    barriers = community.barriers
    declared = barriers["crossing"].to_numpy(bool)
    can_carry = ~np.isin(barriers["kind"].to_numpy(object), NO_WAY) | declared
    ways, declared = barriers.geometry.to_numpy()[can_carry], declared[can_carry]
    ways, source = shapely.get_parts(ways, return_index=True)
    declared = declared[source]
    at, way = shapely.STRtree(ways).query(stretches, predicate="dwithin", distance=CROSSING_REACH_M)
    crossed[at[declared[way]]] = True
    at, way = at[~declared[way]], way[~declared[way]]
    meeting = shapely.intersection(stretches[at], ways[way])
    along_m = shapely.line_locate_point(ways[way], shapely.centroid(meeting))
    rest_m = shapely.length(ways[way]) - along_m
    runs_on = (along_m >= CROSSING_DEPTH_M) & (rest_m >= CROSSING_DEPTH_M)  # NaN where they miss
    crossed[at[runs_on]] = True
    return crossed


def _linked_cells(community: Community, cells: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    links = community.links.geometry.to_numpy()
    if not len(links):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    ends = np.concatenate([shapely.get_point(links, 0), shapely.get_point(links, -1)])
    home, _ = _piece_of(ends, cells.geometry.to_numpy())
    start, stop = home[: len(links)], home[len(links) :]
    apart = start != stop
    return np.minimum(start, stop)[apart], np.maximum(start, stop)[apart]
