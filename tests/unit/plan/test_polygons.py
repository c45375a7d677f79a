"""Cells dissolved into grids; the grids of two communities made to meet."""

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

from gridmap.pipeline import assemble_draft, plan_community
from gridmap.plan.polygons import align_borders, dissolve_cells
from gridmap.rules import Rules
from tests.worlds import at, box, community, line, sheet


def array(*areas: BaseGeometry) -> np.ndarray:
    return np.array(areas, object)


def corners(area: BaseGeometry) -> set[tuple[float, float]]:
    return {tuple(corner) for corner in shapely.get_coordinates(area).tolist()}


def test_cells_of_one_grid_are_united_and_every_corner_of_the_border_is_kept() -> None:
    cells = array(box(0, 0, 10, 10), box(10, 0, 20, 10), box(0, 10, 20, 20))
    west, rest = dissolve_cells(cells, np.array([0, 0, 1]))
    assert west.equals(box(0, 0, 20, 10))
    assert box(10, 10, 10, 10).exterior.coords[0] in corners(west)
    assert rest.equals(box(0, 10, 20, 20))


def test_a_grid_in_two_pieces_is_a_multipolygon_and_one_in_one_piece_is_not() -> None:
    cells = array(box(0, 0, 10, 10), box(10, 0, 20, 10), box(20, 0, 30, 10))
    apart, middle = dissolve_cells(cells, np.array([0, 1, 0]))
    assert (apart.geom_type, middle.geom_type) == ("MultiPolygon", "Polygon")


def test_a_corner_of_one_side_becomes_a_corner_of_the_other() -> None:
    south = array(box(0, 0, 30, 10), box(30, 0, 100, 10))
    north = array(box(0, 10, 100, 20))
    aligned = align_borders(np.concatenate([south, north]), np.array(["s", "s", "n"], object))
    assert box(30, 10, 30, 10).exterior.coords[0] in corners(aligned[2])
    assert aligned[2].equals(north[0])
    assert shapely.coverage_is_valid(aligned)


def test_corners_that_differ_by_rounding_become_one() -> None:
    west, east = box(0, 0, 50, 10), box(50 + 2e-4, 0, 100, 10)
    aligned = align_borders(array(west, east), np.array(["w", "e"], object))
    assert not shapely.coverage_is_valid(array(west, east), 1e-3)
    assert shapely.coverage_is_valid(aligned, 1e-3)
    assert aligned[0].touches(aligned[1])
    assert aligned[0].intersection(aligned[1]).length == 10


def test_a_hole_that_is_only_rounding_wide_is_closed() -> None:
    hair = box(20, 5, 20 + 3e-4, 5 + 3e-4)
    west, east = box(0, 0, 50, 10).difference(hair), box(50, 0, 100, 10)
    aligned = align_borders(array(west, east), np.array(["w", "e"], object))
    assert len(aligned[0].interiors) == 0
    assert shapely.coverage_is_valid(aligned, 1e-3)


def test_a_corner_just_out_of_reach_of_another_makes_no_overlap() -> None:
    """Two corners lie a hair's breadth apart on one side, and only one of them on the other."""
    reach = 5e-4
    south = shapely.Polygon([at(0, 0), at(100, 0), at(100, 10), at(50 + 1.1 * reach, 10 + reach)])
    south = shapely.Polygon([*south.exterior.coords[:-1], at(50, 10), at(0, 10)])
    north = shapely.Polygon([at(0, 10), at(50, 10), at(100, 10), at(100, 20), at(0, 20)])
    aligned = align_borders(array(south, north), np.array(["s", "n"], object))
    assert shapely.coverage_is_valid(aligned)


def test_areas_of_one_community_are_left_as_they_are() -> None:
    areas = array(box(0, 0, 30, 10), box(30, 0, 100, 10), box(0, 10, 100, 20))
    aligned = align_borders(areas, np.array(["c"] * 3, object))
    assert all(
        shapely.equals_exact(before, after) for before, after in zip(areas, aligned, strict=True)
    )


def test_the_grids_of_two_neighbouring_communities_form_a_coverage() -> None:
    """The line between them is crooked, and the roads that cut it differ on its two sides."""
    bend = line((0, 290), (133.3333, 310.7), (266.67, 280.1), (400, 301.9))
    both = sorted(split(box(0, 0, 400, 600), bend).geoms, key=lambda ground: ground.centroid.y)
    plans = []
    for number, (ground, tilt) in enumerate(zip(both, (17, -31), strict=True)):
        low = 40 if number == 0 else 340
        houses: dict[str, BaseGeometry] = {
            f"{number}h{n}": box(
                10 + 38 * n, low + 9 * (n % 3), 30 + 38 * n, low + 20 + 9 * (n % 3)
            )
            for n in range(10)
        }
        roads = [
            ("tertiary", line((90 * n + tilt, -10), (100 * n - tilt, 610))) for n in range(1, 5)
        ]
        world = community(
            houses, [110] * 10, boundary=ground, barriers=roads, code=f"99010100100{number + 1}"
        )
        plans.append(plan_community(world, rules=Rules()))
    draft = assemble_draft(
        plans, balance=sheet(*plans), faults=(), rules=Rules(), seed=0, crs=plans[0].grids.crs
    )
    areas = draft.grids.geometry.to_numpy()
    assert draft.grids["community_code"].value_counts().min() >= 2
    assert shapely.coverage_is_valid(areas)
    assert not shapely.coverage_is_valid(
        np.concatenate([p.grids.geometry.to_numpy() for p in plans])
    )
    assert shapely.symmetric_difference(shapely.union_all(areas), box(0, 0, 400, 600)).area < 1e-2
