"""Cells dissolved into grids, and the grids of neighbouring communities made to meet."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely

from gridmap.crs import PRECISION_M

MEETING_M: Final = 5 * PRECISION_M
"""A corner this near to the other community's border is a corner of that border too."""

CRACK_M: Final = 100 * PRECISION_M
"""Ground narrower than this between two communities is rounding, and goes to one of them."""


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
    that checks topology reports a fault. GEOS cleans the coverage of all of them at once.

    Parameters
    ----------
    areas
        Polygons or MultiPolygons in metres.
    community
        What community each is in, any values; areas of one community fit each other.

    Returns
    -------
    areas
        The same areas, with corners of neighbours added to straight stretches, and without the
        overlaps and gaps of rounding; untouched if all are of one community.
    """
    if (community == community[:1]).all():
        return areas
    cleaned = shapely.coverage_clean(areas, snapping_distance=MEETING_M, gap_width=CRACK_M)
    kept = np.where(shapely.is_empty(cleaned), areas, cleaned)  # a grid is never rounding wide
    return np.array([_plain(area) for area in kept], object)


def _plain(area: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(area)
    return shapely.normalize(parts[0] if len(parts) == 1 else shapely.multipolygons(parts))
