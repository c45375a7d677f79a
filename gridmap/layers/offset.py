"""
Do buildings and roads stand on the same ground, or is one of them in a shifted datum.

Houses do not stand on the road. So the buildings that a road runs through are counted as the
layers are, and again for every way in which one layer or both could be in GCJ-02 or BD-09. A
shift that nearly empties that count is the answer; chance does not do that.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import shapely
from scipy.spatial import cKDTree

from gridmap.crs import LONLAT
from gridmap.layers.datum import FROM_DATUM, TO_DATUM, is_in_china

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray

SAMPLE: Final = 4000
"""Buildings that are tried: enough for certainty, few enough for a county."""

NOT_FOR_CARS: Final = (
    *("footway", "path", "steps", "cycleway", "pedestrian", "corridor", "track", "service"),
)
"""Such ways run through courtyards and under houses; they say nothing about a shift."""

POINT_RADIUS_M: Final = 3.0
DEGREE_M: Final = 111_320.0
MARGIN_DEG: Final = 0.03  # a shift and then some

FEWEST_CROSSED: Final = 12
"""With fewer buildings crossed there is nothing that a shift could explain."""
LEFT_SHARE: Final = 0.4
"""A shift explains the crossings if it leaves at most this share of what any other leaves."""
SIGMAS: Final = 4.0
FEWEST_NEAR: Final = 200
ALIGNED_SHARE: Final = 0.03
"""Layers fit if roads run through at most this share of the buildings, and shifts are worse."""

DATUMS: Final = ("", "gcj02", "bd09")


@dataclass(frozen=True, slots=True)
class Offset:
    """
    How buildings lie to roads.

    `finding` is `shifted` where `buildings` and `roads` name the datum ("" the true one) in which
    each seems to be, `aligned` where the layers fit as they are, and "" where nothing can be said.
    `crossed` of `sampled` buildings are crossed by a road as they are, `left` if that datum is
    undone. The buildings sit `east_m` and `north_m` from where they belong among the roads.
    """

    finding: Literal["shifted", "aligned", ""]
    sampled: int = 0
    crossed: int = 0
    left: int = 0
    buildings: str = ""
    roads: str = ""
    east_m: float = 0.0
    north_m: float = 0.0

    @property
    def metres(self) -> int:
        """How far off, to ten metres."""
        return int(round(np.hypot(self.east_m, self.north_m), -1))

    @property
    def way(self) -> str:
        """Which way the buildings sit off: one of eight, as on a compass."""
        turn = np.degrees(np.arctan2(self.east_m, self.north_m))
        names = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
        return names[round(turn / 45.0) % len(names)]


UNKNOWN: Final = Offset("")


def measure_offset(buildings: GeoDataFrame, roads: GeoDataFrame) -> Offset:
    """
    Try the shifts of Chinese map vendors between buildings and roads.

    Parameters
    ----------
    buildings
        Footprints or points, in any CRS.
    roads
        Lines with `class`, and `tunnel` if known, in any CRS.

    Returns
    -------
    offset
        Nothing is said of layers outside the rectangle that the shifts are defined for.
    """
    shapes, lines = _sampled(buildings), _carried(roads)
    if not len(shapes) or not len(lines):
        return UNKNOWN
    here = shapely.get_coordinates(shapes)
    if not is_in_china(here).all():
        return UNKNOWN
    near = _count_near(lines, shapes)
    if not near:
        return UNKNOWN
    tree = shapely.STRtree(_stretches(lines))
    counts, moved = {}, {}
    for datums in product(DATUMS, DATUMS):
        if datums[0] == datums[1] != "":
            continue  # in one datum together they lie as they are
        there = _corrected(here, *datums)
        moved[datums] = there
        counts[datums] = _count_crossed(tree, shapely.set_coordinates(shapes.copy(), there))
    return _judged(counts, {name: _way_m(here, there) for name, there in moved.items()}, near)


def _judged(
    counts: dict[tuple[str, str], int],
    ways: dict[tuple[str, str], tuple[float, float]],
    sampled: int,
) -> Offset:
    crossed = counts["", ""]
    best = min(counts, key=lambda datums: counts[datums])
    left = counts[best]
    next_best = sorted(counts.values())[1]
    sure = crossed - left > SIGMAS * np.sqrt(crossed + left) and left <= LEFT_SHARE * next_best
    if crossed >= FEWEST_CROSSED and sure:
        return Offset("shifted", sampled, crossed, left, *best, *ways[best])
    others = min(count for datums, count in counts.items() if datums != ("", ""))
    fits = crossed <= ALIGNED_SHARE * sampled and crossed <= LEFT_SHARE * others
    if fits and others >= FEWEST_CROSSED and sampled >= FEWEST_NEAR:
        return Offset("aligned", sampled, crossed, crossed)
    return Offset("", sampled, crossed, left)


def _corrected(lonlat: NDArray[np.float64], buildings: str, roads: str) -> NDArray[np.float64]:
    """Move buildings out of their datum and into that of the roads."""
    true = FROM_DATUM[buildings](lonlat) if buildings else lonlat
    return TO_DATUM[roads](true) if roads else true


def _way_m(here: NDArray[np.float64], there: NDArray[np.float64]) -> tuple[float, float]:
    """Measure how far east and north `here` is of `there`, in metres and on average."""
    east, north = (here - there).mean(axis=0) * DEGREE_M
    return float(east * np.cos(np.radians(here[:, 1].mean()))), float(north)


def _sampled(buildings: GeoDataFrame) -> NDArray[np.object_]:
    shapes = np.asarray(buildings.geometry.array, dtype=object)
    usable = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_empty(shapes))
    chosen = usable[:: max(1, -(-len(usable) // SAMPLE))]
    degrees = buildings.geometry.iloc[chosen].force_2d().to_crs(LONLAT)
    shapes = np.asarray(degrees.array, dtype=object)
    shapes = shapes[np.isfinite(shapely.bounds(shapes)).all(axis=1)]
    points = shapely.get_dimensions(shapes) == 0
    shapes[points] = shapely.buffer(shapes[points], POINT_RADIUS_M / DEGREE_M)
    return shapes[shapely.is_valid(shapes)]


def _carried(roads: GeoDataFrame) -> NDArray[np.object_]:
    """Take the lines that cars drive on, above ground, in degrees."""
    roads = roads[~roads["class"].isin(NOT_FOR_CARS)] if "class" in roads else roads
    roads = roads[~roads["tunnel"]] if "tunnel" in roads else roads
    lines = np.asarray(roads.geometry.force_2d().to_crs(LONLAT).array, dtype=object)
    return lines[np.isfinite(shapely.bounds(lines)).all(axis=1)]


def _stretches(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Cut lines at every corner: the rectangle around a long one is near to everything."""
    parts = shapely.get_parts(lines)
    corners, line = shapely.get_coordinates(parts, return_index=True)
    joined = line[1:] == line[:-1]
    stretches: NDArray[np.object_] = shapely.linestrings(
        np.stack([corners[:-1], corners[1:]], axis=1)[joined]
    )
    return stretches


def _count_near(lines: NDArray[np.object_], shapes: NDArray[np.object_]) -> int:
    """Count the shapes with a line within the margin; most have a corner of one there."""
    bounds = shapely.bounds(shapes)
    middles = (bounds[:, :2] + bounds[:, 2:]) / 2
    corners = cKDTree(shapely.get_coordinates(lines))
    away, _ = corners.query(middles, p=np.inf, distance_upper_bound=MARGIN_DEG)
    unsure = bounds[np.isinf(away)] + MARGIN_DEG * np.array([-1.0, -1.0, 1.0, 1.0])
    found = _count_crossed(shapely.STRtree(lines), shapely.box(*unsure.T)) if len(unsure) else 0
    return len(shapes) - len(unsure) + found


def _count_crossed(tree: shapely.STRtree, shapes: NDArray[np.object_]) -> int:
    return len(np.unique(tree.query(shapes, predicate="intersects")[0]))
