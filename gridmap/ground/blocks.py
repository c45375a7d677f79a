"""Blocks: ground that no barrier crosses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridmap.crs import PRECISION_M

if TYPE_CHECKING:
    from gridmap.ground.linework import Linework


@dataclass(frozen=True, slots=True)
class Blocks:
    """
    The blocks of a community, ordered by where they lie (x, then y).

    `lines` is what they were made from: noded lines, the outline among them. `is_open` tells in
    which blocks a line ends that encloses nothing.
    """

    areas: np.ndarray
    lines: np.ndarray
    is_open: np.ndarray


def node_lines(*lines: np.ndarray) -> np.ndarray:
    """
    Cut lines where they meet, on the planning lattice.

    Snap rounding leaves nothing crossing or overlapping that is not noded, whatever comes in.

    Parameters
    ----------
    *lines
        Arrays of lines, in metres.

    Returns
    -------
    noded
        LineStrings that share nothing but end points, every coordinate a multiple of
        `PRECISION_M`.

    References
    ----------
    .. [1] J. D. Hobby (1999). "Practical segment intersection with finite precision output."
       Computational Geometry, 13(4). https://doi.org/10.1016/S0925-7721(99)00021-8
    """
    noded = shapely.union_all(np.concatenate(lines), grid_size=PRECISION_M)
    return shapely.get_parts(noded)


def enclose_blocks(boundary: shapely.Geometry, linework: Linework) -> Blocks:
    """
    Cut a community into blocks that no line of the linework crosses.

    A block is a face of the planar graph made by the lines and the community's outline, as the
    enclosures of [1]_.

    Parameters
    ----------
    boundary
        The community, Polygon or MultiPolygon in metres.
    linework
        What cuts it.

    Returns
    -------
    blocks
        Polygons that tile the community. Their order does not hang on the order of the lines.

    References
    ----------
    .. [1] M. Fleischmann, A. Feliciotti, O. Romice, S. Porta (2020). "Morphological tessellation
       as a way of partitioning space." Computers, Environment and Urban Systems, 80, 101441.
       https://doi.org/10.1016/j.compenvurbsys.2019.101441
    """
    noded = node_lines(np.array([shapely.boundary(boundary)]), linework.cutting)
    faces, cuts, dangles, _ = shapely.polygonize_full(noded)
    areas = _inside(shapely.get_parts(faces), boundary)
    loose = np.concatenate([shapely.get_parts(cuts), shapely.get_parts(dangles)])
    middles = shapely.line_interpolate_point(loose, 0.5, normalized=True)
    is_open = np.zeros(len(areas), bool)
    is_open[shapely.STRtree(areas).query(middles, predicate="intersects")[1]] = True
    return Blocks(areas, noded, is_open)


def faces_inside(noded: np.ndarray, boundary: shapely.Geometry) -> np.ndarray:
    """
    Give the faces that noded lines enclose inside a community.

    Parameters
    ----------
    noded
        What :func:`node_lines` made, the community's outline among it.
    boundary
        The community.

    Returns
    -------
    faces
        Polygons ordered by where they lie (x, then y).
    """
    return _inside(shapely.get_parts(shapely.polygonize(noded)), boundary)


def _inside(faces: np.ndarray, boundary: shapely.Geometry) -> np.ndarray:
    points = shapely.point_on_surface(faces)
    shapely.prepare(boundary)
    inside = shapely.intersects(boundary, points)
    faces, points = faces[inside], points[inside]
    return faces[np.lexsort((shapely.get_y(points), shapely.get_x(points)))]
