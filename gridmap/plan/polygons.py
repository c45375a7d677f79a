"""Cells dissolved into grids, and the grids of neighbouring communities made to meet."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridmap.crs import PRECISION_M

MEETING_M: Final = 5 * PRECISION_M
"""A corner this near to the other community's border is a corner of that border too."""


def dissolve_cells(cells: np.ndarray, grid_of: np.ndarray) -> np.ndarray:
    """
    Unite the cells of each grid.

    Parameters
    ----------
    cells
        Polygons that tile a community.
    grid_of
        Number of each cell's grid, 0 … k-1, none left out.

    Returns
    -------
    grids
        (k,) Polygon, or MultiPolygon where a grid is in pieces. Every corner of a cell on the
        border is kept, so that neighbours share it to the bit.
    """
    order = np.argsort(grid_of, kind="stable")
    starts = np.flatnonzero(np.diff(grid_of[order], prepend=-1))
    united = [shapely.coverage_union_all(cells[group]) for group in np.split(order, starts[1:])]
    return np.array([_plain(area) for area in united], object)


def align_borders(areas: np.ndarray, community: np.ndarray) -> np.ndarray:
    """
    Give areas on two sides of a community line the same corners.

    Each community is divided by itself, so where a grid line of one meets the outline, the other
    side has no corner there. Without one, two true borders differ in the last bit and every tool
    that checks topology reports a fault.

    Parameters
    ----------
    areas
        Polygons or MultiPolygons in metres.
    community
        What community each is in, any values; only areas of different ones are aligned.

    Returns
    -------
    areas
        The same areas, with corners of neighbours added to straight stretches.
    """
    areas = _with_one_corner(areas, community)
    ends, owner, at_start = _outer_stretches(areas, community)
    corners, first = np.unique(ends.reshape(-1, 2), axis=0, return_index=True)
    stretches = shapely.linestrings(ends)
    corner, stretch = shapely.STRtree(stretches).query(
        shapely.points(corners), predicate="dwithin", distance=MEETING_M
    )
    foreign = community[owner[first[corner] // 2]] != community[owner[stretch]]
    at_end = (corners[corner][:, None, :] == ends[stretch]).all(axis=2).any(axis=1)
    corner, stretch = corner[foreign & ~at_end], stretch[foreign & ~at_end]
    along_m = shapely.line_locate_point(stretches[stretch], shapely.points(corners[corner]))
    order = np.lexsort((along_m, stretch))
    corner, stretch = corner[order], stretch[order]
    return _with_corners(areas, at_start[stretch], corners[corner])


def _with_one_corner(areas: np.ndarray, community: np.ndarray) -> np.ndarray:
    """Move corners of different communities that are one but for rounding to one place."""
    ends, _, _ = _outer_stretches(areas, community)
    corners = np.unique(ends.reshape(-1, 2), axis=0)
    points = shapely.points(corners)
    first, second = shapely.STRtree(points).query(points, predicate="dwithin", distance=MEETING_M)
    _, cluster = connected_components(
        coo_array((np.ones(len(first)), (first, second)), shape=(len(points), len(points)))
    )
    chief = np.unique(cluster, return_index=True)[1][cluster]
    moved = np.flatnonzero(chief != np.arange(len(corners)))
    if not len(moved):
        return areas
    place = {tuple(corners[at]): corners[chief[at]] for at in moved}
    coordinates, area = shapely.get_coordinates(areas, return_index=True)
    has_moved = np.isin(coordinates @ [1, 1j], corners[moved] @ [1, 1j])
    joined = areas.copy()
    for at in np.unique(area[has_moved]):
        joined[at] = _moved(areas[at], place)
    return joined


def _moved(area: shapely.Geometry, place: dict[tuple[float, ...], np.ndarray]) -> shapely.Geometry:
    def move(coordinates: np.ndarray) -> np.ndarray:
        return np.array([place.get(tuple(point), point) for point in coordinates])

    return _plain(shapely.remove_repeated_points(shapely.transform(area, move), 0.0))


def _outer_stretches(
    areas: np.ndarray, community: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Give the stretches that no other area of the same community lies along.

    With the area of each, and the place of its start among all coordinates.
    """
    parts, area = _parts(areas)
    rings, part = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    start = np.flatnonzero(ring[1:] == ring[:-1])
    owner = area[part[ring[start]]]
    ends = np.stack([coordinates[start], coordinates[start + 1]], axis=1)
    x, y = ends[..., 0], ends[..., 1]
    swapped = (x[:, 0] > x[:, 1]) | ((x[:, 0] == x[:, 1]) & (y[:, 0] > y[:, 1]))
    keys = np.where(swapped[:, None, None], ends[:, ::-1], ends).reshape(-1, 4)
    number = np.unique(community, return_inverse=True)[1][owner]
    order = np.lexsort((*keys.T, number))
    again = (keys[order[1:]] == keys[order[:-1]]).all(axis=1)
    again &= number[order[1:]] == number[order[:-1]]
    outer = np.ones(len(order), bool)
    outer[order[1:][again]] = outer[order[:-1][again]] = False
    return ends[outer], owner[outer], start[outer]


def _parts(areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return shapely.get_parts(areas, return_index=True)


def _with_corners(areas: np.ndarray, after: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Put corners into outlines, each after one of all the coordinates of the areas."""
    parts, area = _parts(areas)
    rings, part = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    changed = np.unique(area[part[ring[after]]])
    coordinates = np.insert(coordinates, after + 1, corners, axis=0)
    ring = np.insert(ring, after + 1, ring[after])
    of_ring = area[part[ring]]
    concerned = np.isin(of_ring, changed)
    number = np.unique(ring[concerned], return_inverse=True)
    drawn = shapely.linearrings(coordinates[concerned], indices=number[1])
    shells = np.unique(part[number[0]], return_inverse=True)
    polygons = shapely.polygons(drawn, indices=shells[1])
    aligned = areas.copy()
    for at in changed:
        whole = polygons[area[shells[0]] == at]
        aligned[at] = whole[0] if len(whole) == 1 else shapely.multipolygons(whole)
    return aligned


def _plain(area: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(area)
    return shapely.normalize(parts[0] if len(parts) == 1 else shapely.multipolygons(parts))
