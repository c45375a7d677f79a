"""Sampling: points all along the outlines of buildings, and nowhere else."""

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from gridmap.crs import PRECISION_M
from gridmap.ground.sampling import INSET_M, STEP_M, Samples, sample_outlines

HOUSE = shapely.box(0, 0, 40, 25)
COURT = HOUSE - shapely.box(10, 10, 30, 15)


def sampled(*buildings: BaseGeometry) -> Samples:
    shapes = np.array(buildings)
    nowhere = np.zeros(len(shapes), np.int64)
    return sample_outlines(shapes, shapely.point_on_surface(shapes), nowhere)


def places(samples: Samples) -> np.ndarray:
    return shapely.points(samples.points)


@pytest.mark.parametrize("shape", [HOUSE, COURT, HOUSE | shapely.box(60, 0, 90, 25)])
def test_samples_lie_along_every_outline_and_nowhere_else(shape: BaseGeometry) -> None:
    points = places(sampled(shape))
    from_outline = shapely.distance(points, shapely.boundary(shape))
    assert (from_outline <= INSET_M + PRECISION_M).sum() == len(points) - 1  # and the anchor
    along = shapely.points(shapely.get_coordinates(shapely.segmentize(shape.boundary, 0.5)))
    gaps = shapely.distance(along, shapely.union_all(points))
    assert gaps.max() <= STEP_M / 2 + 2 * INSET_M


def test_a_building_that_is_a_point_is_one_sample() -> None:
    samples = sampled(shapely.Point(3, 4), shapely.Point(5, 6))
    assert samples.points.tolist() == [[3, 4], [5, 6]]
    assert samples.building.tolist() == [0, 1]


def test_outlines_of_buildings_are_not_joined() -> None:
    samples = sampled(HOUSE, shapely.box(200, 0, 210, 10))
    x = samples.points[:, 0]
    assert not ((x > 41) & (x < 199)).any()


def test_of_footprints_drawn_twice_the_first_has_the_samples() -> None:
    samples = sampled(HOUSE, HOUSE)
    assert len(samples.building)
    assert not samples.building.any()


def test_a_round_building_is_drawn_plainer() -> None:
    tank = shapely.Point(0, 0).buffer(8, quad_segs=200)
    assert len(sampled(tank).building) < 50
