"""Numbers per grid that can be reckoned by hand."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from gridmap.ground.adjacency import Ground, build_ground
from gridmap.ground.barriers import KINDS
from gridmap.plan.metrics import (
    PART_SHARE,
    count_odd_shapes,
    count_split,
    find_surrounding,
    measure_borders,
    measure_compactness,
    measure_necks,
)
from gridmap.plan.model import DRAWN_GRIDS
from tests.worlds import at, box, community, lay, line

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


def necks(*areas: BaseGeometry) -> list[float]:
    return measure_necks(np.array(areas, object)).tolist()


@given(width=st.floats(1, 70), long=st.floats(5, 200), turn=st.floats(0, 180))
def test_a_dumb_bell_has_the_width_of_its_bar(width: float, long: float, turn: float) -> None:
    bar = box(100, 50 - width / 2, 100 + long, 50 + width / 2)
    bell = box(0, 0, 100, 100) | bar | box(100 + long, 0, 200 + long, 100)
    assert necks(shapely.affinity.rotate(bell, turn)) == pytest.approx([width], rel=0.03, abs=0.6)


def test_a_shape_that_nothing_parts_has_the_width_of_what_fits_in() -> None:
    square, snake = box(0, 0, 100, 100), box(0, 0, 900, 14)
    circle = shapely.Point(0, 0).buffer(50, quad_segs=100)
    assert necks(square, snake, circle) == pytest.approx([100, 14, 100], rel=0.03)


def test_where_only_a_corner_touches_there_is_no_width_at_all() -> None:
    corners = shapely.union_all([box(0, 0, 50, 50), box(50, 50, 100, 100)])
    holed = box(0, 0, 100, 100) - shapely.Polygon([at(50, 0), at(60, 40), at(50, 100), at(40, 40)])
    assert necks(corners, holed) == pytest.approx([0, 0], abs=0.5)


def test_a_tip_that_holds_next_to_nothing_is_no_part() -> None:
    tip = 10 * 10 / (100 * 100)
    assert tip < PART_SHARE
    tipped = box(0, 0, 100, 100) | box(100, 0, 130, 1) | box(130, 0, 140, 10)
    assert necks(tipped) == pytest.approx(necks(box(0, 0, 100, 100)), rel=0.02)


def test_a_ring_is_as_narrow_as_what_parts_its_halves() -> None:
    """Cut at its narrowest place a ring still hangs together: only two narrow places part it."""
    ring = box(0, 0, 200, 200) - box(60, 10, 140, 170)
    assert necks(ring) == pytest.approx([30], rel=0.03, abs=0.6)


def test_how_a_shape_is_drawn_does_not_change_its_neck() -> None:
    bell = box(0, 0, 100, 100) | box(100, 40, 160, 60) | box(160, 0, 260, 100)
    assert necks(shapely.segmentize(bell, 0.5)) == pytest.approx(necks(bell), abs=0.6)


def test_an_area_in_pieces_has_no_neck_and_no_areas_have_no_necks() -> None:
    assert necks(box(0, 0, 50, 50) | box(80, 0, 130, 50)) == [0]
    assert necks() == []


def surroundings(places: dict[str, BaseGeometry], *barriers: BaseGeometry) -> dict[str, str]:
    """Make every house a grid; say what surrounds each, where one grid alone does."""
    world = build_ground(
        community(places, [1] * len(places), barriers=[("lane", each) for each in barriers])
    )
    names = list(places)
    grid_of = np.zeros(len(world.cells), np.int64)
    grid_of[world.cell_of] = np.arange(len(places))
    found = find_surrounding(world, grid_of).tolist()
    return {names[grid]: names[other] for grid, other in enumerate(found) if other >= 0}


def test_a_grid_within_another_is_told_from_one_at_the_community_line() -> None:
    inner = shapely.LinearRing([at(150, 100), at(250, 100), at(250, 200), at(150, 200)])
    homes: dict[str, BaseGeometry] = {"out": box(20, 20, 30, 30), "in": box(195, 145, 205, 155)}
    assert surroundings(homes, inner) == {"in": "out"}
    assert surroundings(homes, line((145, 0), (145, 300))) == {}


def test_a_grid_between_two_others_is_not_within_either() -> None:
    inner = shapely.LinearRing([at(150, 100), at(250, 100), at(250, 200), at(150, 200)])
    homes: dict[str, BaseGeometry] = {
        "west": box(20, 140, 30, 150),
        "east": box(350, 140, 360, 150),
        "in": box(195, 145, 205, 155),
    }
    assert surroundings(homes, inner, line((200, 0), (200, 100)), line((200, 200), (200, 300))) == (
        {}
    )


def test_a_single_grid_is_within_nothing() -> None:
    assert surroundings({"all": box(20, 20, 30, 30)}) == {}


def test_odd_shapes_are_counted_but_for_dedicated_ground() -> None:
    codes = ["1", "2", "3", "4"]
    grids = lay(
        DRAWN_GRIDS,
        dict.fromkeys(codes, box(0, 0, 1, 1)),
        kind=["general", "general", "empty", "dedicated"],
        neck_m=[19.9, 20.0, float("nan"), 3.0],
        enclosed_by=["", "1", "", "1"],
    )
    assert count_odd_shapes(grids) == {"narrow_grids": 1, "enclosed_grids": 1}
