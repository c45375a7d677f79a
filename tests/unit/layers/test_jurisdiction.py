"""Communities are one coverage, and a building on their line has one owner."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point, Polygon, box

from gridmap.layers.jurisdiction import cover, hull_community, place_in, settle_buildings
from gridmap.schema import Fault
from tests.unit.layers.street import EAST, METRIC, NORTH, house, street, stretch


def communities(*outlines: Polygon, codes: Sequence[str] | None = None) -> gpd.GeoDataFrame:
    names = list(codes) if codes else [f"C{n}" for n in range(len(outlines))]
    return gpd.GeoDataFrame(
        {"row": range(1, len(outlines) + 1), "name": ""},
        index=pd.Index(names, name="community_code", dtype="str"),
        geometry=list(outlines),
        crs=METRIC,
    )


def square(west: float, south: float, east: float, north: float) -> Polygon:
    return box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def is_coverage(frame: gpd.GeoDataFrame) -> bool:
    shapes = np.asarray(frame.geometry.array, dtype=object)
    return bool(shapely.coverage_is_valid(shapes) and shapely.is_valid(shapes).all())


def kinds(faults: list[Fault]) -> list[str]:
    return [fault.kind for fault in faults]


def test_communities_that_fit_are_left_as_they_are() -> None:
    given = communities(square(0, 0, 100, 100), square(100, 0, 200, 100))
    covered, faults = cover(given)
    assert covered.geometry.geom_equals_exact(given.geometry, 0).all()
    assert not faults


def test_vertices_come_to_lie_on_the_lattice() -> None:
    given = communities(square(0.00003, 0, 100.000049, 100))
    covered, _ = cover(given)
    assert covered.total_bounds == pytest.approx([EAST, NORTH, EAST + 100, NORTH + 100], abs=1e-9)


def test_a_junction_becomes_a_vertex_of_the_neighbour_too() -> None:
    given = communities(square(0, 0, 100, 100), square(100, 0, 200, 40), square(100, 40, 200, 100))
    covered, faults = cover(given)
    assert is_coverage(covered)
    assert not faults
    corners = shapely.get_coordinates(covered.geometry["C0"]).tolist()
    assert [EAST + 100, NORTH + 40] in corners


def test_ground_that_two_communities_claim_goes_to_the_lower_code() -> None:
    given = communities(square(0, 0, 110, 100), square(100, 0, 200, 100), codes=["B", "A"])
    covered, faults = cover(given)
    assert is_coverage(covered)
    assert covered.geometry.area.to_dict() == {"A": 10_000.0, "B": 10_000.0}
    assert kinds(faults) == ["communities_overlap"]
    assert faults[0].fields == {"winner": "A", "loser": "B", "area": 1000.0}
    assert faults[0].geometry is not None
    assert faults[0].geometry.area == pytest.approx(1000.0)


def test_a_crack_between_communities_is_closed_and_said() -> None:
    bend = Polygon(
        [
            (EAST + 100, NORTH),
            (EAST + 200, NORTH),
            (EAST + 200, NORTH + 100),
            (EAST + 100, NORTH + 100),
            (EAST + 100.6, NORTH + 50),
        ]
    )
    covered, faults = cover(communities(square(0, 0, 100, 100), bend))
    assert is_coverage(covered)
    assert covered.geometry.area.sum() == pytest.approx(20_000.0)
    assert kinds(faults) == ["communities_crack"]


def test_cracks_beside_cracks_are_closed_one_after_another() -> None:
    given = communities(
        square(0, 0, 100, 100),
        square(100.9, 0, 200, 50),
        square(100.9, 50.9, 200, 100),
        square(100, -20, 200, 0),
        square(100, 100, 200, 120),
        square(200, -20, 220, 120),
    )
    covered, faults = cover(given)
    assert is_coverage(covered)
    whole = shapely.union_all(np.asarray(covered.geometry.array, dtype=object))
    assert not list(whole.interiors)
    assert kinds(faults) == ["communities_crack"]


def test_a_lake_between_communities_stays_a_hole() -> None:
    ring = square(0, 0, 100, 100).difference(square(40, 40, 60, 60))
    covered, faults = cover(communities(ring, square(100, 0, 200, 100)))
    assert covered.geometry["C0"].area == pytest.approx(9600.0)
    assert not faults


def test_a_community_inside_another_keeps_its_own_ground() -> None:
    ring = square(0, 0, 100, 100).difference(square(40, 40, 60, 60))
    covered, faults = cover(communities(ring, square(40, 40, 60, 60)))
    assert is_coverage(covered)
    assert covered.geometry.area.to_dict() == {"C0": 9600.0, "C1": 400.0}
    assert not faults


@pytest.mark.parametrize("shake_m", [1e-5, 1e-3, 0.05, 0.3, 5.0])
@pytest.mark.parametrize("seed", range(4))
def test_badly_digitised_communities_become_a_coverage_once_and_for_all(
    shake_m: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    ground = square(0, 0, 2000, 2000)
    spots = shapely.MultiPoint(rng.random((12, 2)) * 2000 + [EAST, NORTH])
    faces = [face.intersection(ground) for face in shapely.voronoi_polygons(spots).geoms]
    corners = [shapely.get_coordinates(face)[:-1] for face in faces]
    shaken = [Polygon(at + rng.normal(0, shake_m, at.shape)) for at in corners]
    sound = [shapely.make_valid(face, method="structure") for face in shaken]
    covered, _ = cover(communities(*sound))
    assert is_coverage(covered)
    again, faults = cover(covered)
    assert not faults
    assert again.geometry.geom_equals_exact(covered.geometry, 0).all()


def test_without_communities_the_hull_of_the_buildings_is_one() -> None:
    buildings = street(3).buildings
    hull, faults = hull_community(buildings, "田园")
    assert hull.index.to_list() == ["田园"]
    assert hull["name"].to_list() == ["田园"]
    assert hull.geometry.iloc[0].covers(buildings.union_all())
    assert kinds(faults) == ["communities_missing"]


def test_a_home_exactly_on_the_line_belongs_to_the_lower_code_and_the_tie_is_logged() -> None:
    line = EAST + 14.0  # through the middle of the second house
    west = box(EAST - 1, NORTH - 20, line, NORTH + 30)
    east = box(line, NORTH - 20, EAST + 40, NORTH + 30)
    grounds = communities(west, east, codes=["Z", "A"])
    settled, faults = settle_buildings(street(3).buildings, grounds)
    assert settled["community_code"].to_dict() == {"B0": "Z", "B1": "A", "B2": "A"}
    tie = next(fault for fault in faults if fault.kind == "tie")
    assert (tie.row, tie.fields) == (2, {"chosen": "A", "others": "A, Z"})


def test_a_house_astride_the_line_belongs_to_the_side_of_its_middle_and_is_noted() -> None:
    line = EAST + 12.0
    west = box(EAST - 1, NORTH - 20, line, NORTH + 30)
    east = box(line, NORTH - 20, EAST + 40, NORTH + 30)
    settled, faults = settle_buildings(street(2).buildings, communities(west, east))
    assert settled["community_code"].to_dict() == {"B0": "C0", "B1": "C1"}
    assert [(fault.kind, fault.row) for fault in faults] == [("astride", 2)]


def test_a_house_that_only_touches_the_line_is_not_astride() -> None:
    line = EAST + 10.0
    west = box(EAST - 1, NORTH - 20, line, NORTH + 30)
    east = box(line, NORTH - 20, EAST + 40, NORTH + 30)
    _, faults = settle_buildings(street(2).buildings, communities(west, east))
    assert not faults


def test_a_house_outside_every_community_is_noted_and_has_no_code() -> None:
    settled, faults = settle_buildings(street(2).buildings, communities(stretch(0, 1)))
    assert settled["community_code"].to_dict() == {"B0": "C0", "B1": ""}
    assert [(fault.kind, fault.row, fault.geometry) for fault in faults] == [
        ("building_outside", 2, house(1))
    ]


def test_points_without_a_place_are_in_no_area() -> None:
    points = gpd.GeoSeries([None, Point(EAST + 1, NORTH + 1)], index=["a", "b"], crs=METRIC)
    codes, ties = place_in(communities(stretch(0, 1)), points)
    assert codes.to_dict() == {"a": "", "b": "C0"}
    assert ties.empty


def test_lines_of_a_coverage_are_shared_to_the_bit() -> None:
    covered, _ = cover(communities(square(0, 0, 100, 100), square(100, 20, 200, 80)))
    shared = covered.geometry["C0"].boundary.intersection(covered.geometry["C1"].boundary)
    assert shapely.line_merge(shared).equals(
        LineString([(EAST + 100, NORTH + 20), (EAST + 100, NORTH + 80)])
    )
