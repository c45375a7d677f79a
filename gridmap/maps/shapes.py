"""
Shapes small enough to travel inside a page.

A coordinate is a whole number of millionths of a degree (a tenth of a metre), and a line is a
list of steps from one to the next: `[lon, lat, dlon, dlat, …]`. That is a quarter of the same line
in GeoJSON, and two neighbours still meet exactly, because both round the same corner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseMultipartGeometry

from gridmap.crs import LONLAT, require_metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geopandas import GeoDataFrame, GeoSeries
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

STEPS_PER_DEGREE: Final = 1_000_000
TOLERANCE_M: Final = 0.5
"""How far a drawn line may leave the planned one: less than a line's own width on any screen."""

LABEL_PRECISION: Final = 0.05
"""How exactly the place for a label is sought, as a share of the shape's size."""

PackedLine = list[int]
PackedArea = list[list[PackedLine]]
"""Polygons, each a list of rings: the shell first, then its holes."""


def simplified(grids: GeoDataFrame, *, tolerance_m: float = TOLERANCE_M) -> GeoDataFrame:
    """
    Take the corners out of grids that nobody can see.

    The grids are one coverage and stay one: a shared border is simplified once, for both sides.

    Parameters
    ----------
    grids
        Polygons in a metric CRS.
    tolerance_m
        Square root of the area of the smallest corner kept, in metres.

    Returns
    -------
    grids
        The same rows, columns and CRS with lighter geometry.
    """
    require_metric(grids)
    if grids.empty:
        return grids
    return grids.set_geometry(
        shapely.coverage_simplify(np.asarray(grids.geometry), tolerance_m), crs=grids.crs
    )


def outlines(grids: GeoDataFrame, by: str) -> GeoSeries:
    """
    Draw the outline of every community from the grids that tile it.

    Parameters
    ----------
    grids
        Polygons that do not overlap.
    by
        Column that says which community a grid is in.

    Returns
    -------
    outlines
        One geometry a community, index the values of `by` in order, CRS of `grids`.
    """
    codes = sorted(set(grids[by]))
    areas = np.asarray(grids.geometry)
    unions = [shapely.union_all(areas[np.asarray(grids[by] == code)]) for code in codes]
    return gpd.GeoSeries(unions, index=codes, crs=grids.crs)


def label_places(areas: GeoSeries) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """
    Find the roomiest place of every shape, where a label fits best.

    Parameters
    ----------
    areas
        Polygons in a metric CRS.

    Returns
    -------
    places
        One `(lon, lat)` a shape in packed units, and the radius of the free circle in metres.
    """
    circles = _free_circles(areas)
    centres = gpd.GeoSeries(shapely.get_point(circles, 0), crs=areas.crs)
    return packed_points(centres.to_crs(LONLAT)), shapely.length(circles)


def top_places(areas: GeoSeries) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """
    Find where a heading stands: the crossing of the outline due north of the roomiest place.

    Parameters
    ----------
    areas
        Polygons in a metric CRS.

    Returns
    -------
    places
        As :func:`label_places` gives them, moved up to the outline.
    """
    circles = _free_circles(areas)
    middles = shapely.get_coordinates(shapely.get_point(circles, 0))
    tops = shapely.bounds(np.asarray(areas))[:, 3]
    ends = np.column_stack([middles[:, 0], tops + 1.0])
    upward = shapely.linestrings(np.stack([middles, ends], axis=1))
    inside = shapely.bounds(shapely.intersection(upward, np.asarray(areas)))[:, 3]
    crossings = gpd.GeoSeries(shapely.points(middles[:, 0], inside), crs=areas.crs)
    return packed_points(crossings.to_crs(LONLAT)), shapely.length(circles)


def packed_points(points: GeoSeries) -> NDArray[np.int64]:
    """
    Pack points in degrees as whole numbers.

    Parameters
    ----------
    points
        Points in `LONLAT`.

    Returns
    -------
    packed
        One `(lon, lat)` row a point, in millionths of a degree.
    """
    return _rounded(shapely.get_coordinates(np.asarray(points)))


def packed_area(area: BaseGeometry) -> PackedArea:
    """
    Pack ground.

    Parameters
    ----------
    area
        A Polygon or MultiPolygon in degrees.

    Returns
    -------
    packed
        Its polygons, each the shell and then the holes; rings stay closed.
    """
    return [
        [packed_line(ring) for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(area)
        if not part.is_empty
    ]


def packed_line(line: BaseGeometry) -> PackedLine:
    """
    Pack a line.

    Parameters
    ----------
    line
        A line or point in degrees.

    Returns
    -------
    packed
        Steps from corner to corner; corners that fall on each other are one.
    """
    corners = _rounded(shapely.get_coordinates(line))
    steps = np.diff(corners, axis=0, prepend=np.zeros((1, 2), "int64"))
    moves = np.any(steps != 0, axis=1)
    packed: PackedLine = steps[moves].ravel().tolist()
    return packed


def packed_any(shape: BaseGeometry) -> dict[str, list[PackedLine] | PackedArea]:
    """
    Pack whatever a fault points at.

    Parameters
    ----------
    shape
        Any geometry in degrees, collections and bow-ties included.

    Returns
    -------
    packed
        `points`, `lines` and `areas`; those it has none of are left out.
    """
    simple = _simple_parts(shape)
    points = [packed_line(part) for part in simple if part.geom_type == "Point"]
    lines = [packed_line(part) for part in simple if part.geom_type in ("LineString", "LinearRing")]
    areas = [ring for part in simple if part.geom_type == "Polygon" for ring in packed_area(part)]
    kinds: dict[str, list[PackedLine] | PackedArea] = {
        "points": points,
        "lines": lines,
        "areas": areas,
    }
    return {name: packed for name, packed in kinds.items() if packed}


def _free_circles(areas: GeoSeries) -> NDArray[np.object_]:
    size = np.sqrt(np.maximum(np.asarray(areas.area), 1.0))
    circles: NDArray[np.object_] = shapely.maximum_inscribed_circle(
        np.asarray(areas), tolerance=size * LABEL_PRECISION
    )
    return circles


def _simple_parts(shape: BaseGeometry) -> Sequence[BaseGeometry]:
    if shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
        return ()
    if isinstance(shape, BaseMultipartGeometry):
        return [part for member in shape.geoms for part in _simple_parts(member)]
    return (shape,)


def _rounded(coordinates: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(coordinates * STEPS_PER_DEGREE).astype("int64")
