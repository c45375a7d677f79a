"""Numbers per grid that can be reckoned by hand."""

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from gridmap.ground.adjacency import Ground, build_ground
from gridmap.ground.barriers import KINDS
from gridmap.plan.metrics import count_split, measure_borders, measure_compactness
from tests.worlds import box, community, line

HOUSES: dict[str, BaseGeometry] = {
    "west": box(80, 140, 100, 160),
    "middle": box(190, 140, 210, 160),
    "east": box(300, 140, 320, 160),
}


def ground() -> Ground:
    """Build three cells in a row: a road between the first two, nothing between the others."""
    return build_ground(
        community(HOUSES, [1] * 3, barriers=[("primary", line((145, 0), (145, 300)))])
    )


def labels(world: Ground, *, west: int, middle: int, east: int) -> np.ndarray:
    found = np.empty(len(world.cells), np.int64)
    found[world.cell_of] = [west, middle, east]
    return found


def test_a_border_on_a_road_is_clear_for_both_grids() -> None:
    world = ground()
    borders = measure_borders(world, labels(world, west=0, middle=1, east=1))
    assert borders.inner_m.tolist() == [300, 300]
    assert borders.clear_share.tolist() == [1, 1]
    assert (borders.total_m, borders.total_clear_m) == (300, 300)
    assert borders.cut_cost == pytest.approx(300 * KINDS["primary"].cut_cost)


def test_a_border_on_nothing_is_not_clear_and_dear() -> None:
    world = ground()
    borders = measure_borders(world, labels(world, west=0, middle=0, east=1))
    assert borders.clear_share.tolist() == [0, 0]
    assert borders.total_m == pytest.approx(300, rel=0.01)
    assert borders.cut_cost == pytest.approx(borders.total_m * KINDS["none"].cut_cost)


def test_a_grid_between_two_others_is_half_clear() -> None:
    world = ground()
    borders = measure_borders(world, labels(world, west=0, middle=1, east=2))
    assert borders.clear_share == pytest.approx([1, 0.5, 0], abs=0.01)
    assert borders.total_m == pytest.approx(600, rel=0.01)


def test_one_grid_has_no_inner_border_and_so_no_share_of_it() -> None:
    world = ground()
    borders = measure_borders(world, labels(world, west=0, middle=0, east=0))
    assert np.isnan(borders.clear_share).tolist() == [True]
    assert (borders.total_m, borders.cut_cost) == (0, 0)


def test_compactness_is_one_for_a_circle_and_a_quarter_of_pi_for_a_square() -> None:
    circle = shapely.Point(0, 0).buffer(100, quad_segs=200)
    strip = box(0, 0, 400, 1)
    found = measure_compactness(np.array([circle, box(0, 0, 50, 50), strip], object))
    assert found == pytest.approx([1, np.pi / 4, 4 * np.pi * 400 / 802**2], rel=1e-4)


def test_a_group_is_split_when_it_is_in_two_grids() -> None:
    groups = np.array([0, 0, 1, 1, 2, -1, -1])
    assert count_split(np.array([0, 0, 0, 1, 2, 3, 4]), groups) == 1
    assert count_split(np.array([0, 0, 1, 1, 2, 3, 4]), groups) == 0
    assert count_split(np.array([0]), np.array([-1])) == 0
