"""Shapes that travel in a page keep what matters: place, shared borders, holes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import GeometryCollection, LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from gridmap.errors import CrsError
from gridmap.maps.shapes import (
    STEPS_PER_DEGREE,
    PackedLine,
    label_places,
    outlines,
    packed_any,
    packed_area,
    packed_line,
    simplified,
    top_places,
)
from tests.e2e.town import METRES, town


def unpacked(steps: PackedLine) -> list[tuple[float, float]]:
    corners = np.cumsum(np.array(steps).reshape(-1, 2), axis=0) / STEPS_PER_DEGREE
    return [(x, y) for x, y in corners.tolist()]


def test_a_packed_line_unpacks_to_the_same_corners_to_six_decimals() -> None:
    corners = [(116.391234, 39.901234), (116.3999999, 39.9), (116.4, 39.91)]
    assert unpacked(packed_line(LineString(corners))) == [
        (116.391234, 39.901234),
        (116.4, 39.9),
        (116.4, 39.91),
    ]


def test_corners_that_fall_on_each_other_are_one() -> None:
    assert len(packed_line(LineString([(1, 1), (1.0000001, 1), (2, 1)]))) == 4


def test_an_area_keeps_its_parts_and_holes_and_closed_rings() -> None:
    holed = Polygon(box(0, 0, 4, 4).exterior, [box(1, 1, 2, 2).exterior])
    packed = packed_area(MultiPolygon([holed, box(9, 9, 10, 10)]))
    assert [len(rings) for rings in packed] == [2, 1]
    assert all(unpacked(ring)[0] == unpacked(ring)[-1] for rings in packed for ring in rings)


@pytest.mark.parametrize(
    ("shape", "kinds"),
    [
        (Point(1, 2), {"points": 1}),
        (MultiPoint([(1, 2), (3, 4)]), {"points": 2}),
        (LineString([(0, 0), (1, 1)]), {"lines": 1}),
        (Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), {"areas": 1}),
        (GeometryCollection([Point(1, 2), box(0, 0, 1, 1)]), {"points": 1, "areas": 1}),
        (Point(), {}),
        (Point(float("nan"), 1), {}),
    ],
)
def test_whatever_a_fault_points_at_is_packed(
    shape: shapely.Geometry, kinds: dict[str, int]
) -> None:
    assert {name: len(parts) for name, parts in packed_any(shape).items()} == kinds


def test_simplified_grids_are_lighter_and_still_share_their_borders() -> None:
    grids = town(3, 4, bends=40).grids
    light = simplified(grids, tolerance_m=3.0)
    corners = [shapely.get_num_coordinates(one.geometry.to_numpy()).sum() for one in (grids, light)]
    assert corners[1] < corners[0] / 2
    assert shapely.coverage_is_valid(light.geometry.to_numpy())
    assert list(light.index) == list(grids.index)
    assert light.crs == grids.crs


def test_grids_in_degrees_are_refused() -> None:
    with pytest.raises(CrsError):
        simplified(town(1, 2).grids.to_crs("EPSG:4326"))


def test_the_outline_of_a_community_is_the_union_of_its_grids() -> None:
    grids = town(2, 6).grids
    drawn = outlines(grids, "community_code")
    assert list(drawn.index) == sorted(set(grids["community_code"]))
    assert drawn.area.sum() == pytest.approx(grids.area.sum())
    assert set(drawn.geom_type) == {"Polygon"}


def test_a_label_lies_inside_its_shape_with_the_room_it_claims() -> None:
    grids = town(2, 3).grids
    places, room = label_places(grids.geometry)
    points = gpd.GeoSeries(
        shapely.points(places / STEPS_PER_DEGREE), index=grids.index, crs="EPSG:4326"
    ).to_crs(METRES)
    assert grids.contains(points).all()
    assert grids.boundary.distance(points).to_numpy() == pytest.approx(room, abs=0.5)


def test_a_heading_stands_on_the_outline() -> None:
    grids = town(2, 3).grids
    places, _ = top_places(grids.geometry)
    points = gpd.GeoSeries(
        shapely.points(places / STEPS_PER_DEGREE), index=grids.index, crs="EPSG:4326"
    ).to_crs(METRES)
    assert (grids.boundary.distance(points) < 0.5).all()


def test_no_shapes_have_no_labels() -> None:
    places, room = label_places(gpd.GeoSeries([], crs=METRES))
    assert places.shape == (0, 2)
    assert room.shape == (0,)
