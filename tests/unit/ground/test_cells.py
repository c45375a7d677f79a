"""Cells: every building gets the ground nearest to it, and no ground is left over."""

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from gridmap.ground.adjacency import Ground, build_ground
from gridmap.schema import Community
from tests.worlds import at, box, community, line

ROAD_AT_200 = ("primary", line((200, 0), (200, 300)))


def ground_of(
    buildings: dict[str, BaseGeometry], **drawing: object
) -> tuple[Ground, dict[str, int]]:
    """Build the ground of houses with one household each; also the cell of each by name."""
    world = community(buildings, [1] * len(buildings), **drawing)  # type: ignore[arg-type]
    ground = build_ground(world)
    assert_tiles(ground, world)
    return ground, dict(zip(buildings, ground.cell_of.tolist(), strict=True))


def assert_tiles(ground: Ground, world: Community) -> None:
    cells = ground.cells.geometry.to_numpy()
    assert shapely.is_valid(cells).all()
    assert shapely.coverage_is_valid(cells)
    assert shapely.union_all(cells).symmetric_difference(world.boundary).area == pytest.approx(0)
    assert shapely.area(cells).sum() == pytest.approx(world.boundary.area, rel=1e-9)


def test_each_house_gets_the_ground_that_is_nearest_to_it() -> None:
    houses = {"west": box(50, 140, 70, 160), "east": box(130, 140, 150, 160)}
    ground, cell = ground_of(houses)
    areas = ground.cells.geometry
    assert areas[cell["west"]].area == pytest.approx(100 * 300, rel=0.01)
    assert areas[cell["east"]].area == pytest.approx(300 * 300, rel=0.01)


def test_no_ground_goes_across_a_road() -> None:
    houses = {"west": box(20, 140, 40, 160), "east": box(210, 140, 230, 160)}
    ground, cell = ground_of(houses, barriers=[ROAD_AT_200])
    assert ground.cells.geometry[cell["west"]].equals(box(0, 0, 200, 300))


def test_a_house_astride_a_road_belongs_to_the_side_of_its_anchor() -> None:
    houses = {"astride": box(190, 100, 240, 120), "west": box(50, 100, 70, 120)}
    ground, cell = ground_of(houses, barriers=[ROAD_AT_200])
    assert ground.cells.geometry[cell["astride"]].equals(box(200, 0, 400, 300))
    assert ground.cells.geometry[cell["west"]].equals(box(0, 0, 200, 300))


def test_the_strip_between_two_carriageways_is_no_cell() -> None:
    houses = {"west": box(50, 100, 70, 120), "east": box(300, 100, 320, 120)}
    lanes = [("primary", line((x, 0), (x, 300))) for x in (200, 212)]
    ground, _ = ground_of(houses, barriers=lanes)
    assert len(ground.cells) == 2


def test_a_park_between_roads_is_a_cell_of_its_own() -> None:
    houses = {"west": box(50, 100, 70, 120), "east": box(300, 100, 320, 120)}
    roads = [("primary", line((x, 0), (x, 300))) for x in (180, 240)]
    ground, _ = ground_of(houses, barriers=roads)
    assert sorted(ground.cells.area) == pytest.approx([60 * 300, 160 * 300, 180 * 300])


def test_footprints_drawn_twice_share_a_cell() -> None:
    twin = box(50, 100, 70, 120)
    ground, cell = ground_of({"one": twin, "again": twin, "other": box(300, 100, 320, 120)})
    assert cell["one"] == cell["again"] != cell["other"]
    assert len(ground.cells) == 2


def test_houses_wall_to_wall_are_told_apart() -> None:
    row = {f"h{n}": box(100 + 5 * n, 100, 105 + 5 * n, 112) for n in range(8)}
    ground, cell = ground_of(row)
    assert len(set(cell.values())) == 8
    for name, shape in row.items():
        assert ground.cells.geometry[cell[name]].intersection(shape).area > 0.9 * shape.area


def test_houses_in_one_corner_of_a_wide_block_are_told_apart() -> None:
    houses = {"west": box(50, 50, 60, 60), "east": box(64, 50, 74, 60)}
    ground, cell = ground_of(houses, boundary=box(0, 0, 9000, 9000))
    assert cell["west"] != cell["east"]
    assert ground.cells.geometry[cell["west"]].area == pytest.approx(62 * 9000, rel=0.01)


def test_houses_drawn_over_each_other_have_a_cell_each() -> None:
    houses: dict[str, BaseGeometry] = {
        f"h{n}": box(100 + 0.1 * n, 100 + 0.13 * n, 130 + 0.1 * n, 120 + 0.13 * n)
        for n in range(60)
    }
    _, cell = ground_of(houses)
    assert len(set(cell.values())) == 60


def test_a_row_of_houses_without_end_is_cut_across() -> None:
    houses: dict[str, BaseGeometry] = {
        f"h{n}": box(5 * n, 100, 5 * n + 5, 112) for n in range(2000)
    }
    ground, cell = ground_of(houses, boundary=box(0, 0, 10_000, 300))
    assert len(ground.cells) == len(set(cell.values())) == 2000
    assert ground.touch.length_m == pytest.approx(np.full(1999, 300), abs=1)


def test_a_footprint_drawn_thousands_of_times_is_one_cell() -> None:
    twins: dict[str, BaseGeometry] = {f"h{n}": box(100, 100, 110, 112) for n in range(20_000)}
    ground, cell = ground_of({**twins, "other": box(300, 100, 310, 112)})
    assert len(ground.cells) == len(set(cell.values())) == 2


def test_streets_that_end_among_the_houses_part_no_cell() -> None:
    turns = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    lanes = [
        ("lane", line((200, 150), (200 + 130 * np.cos(turn), 150 + 130 * np.sin(turn))))
        for turn in turns
    ]
    houses: dict[str, BaseGeometry] = {
        f"h{n}": shapely.Point(at(200 + r * np.cos(turn + 0.26), 150 + r * np.sin(turn + 0.26)))
        for n, (r, turn) in enumerate((r, turn) for r in (50, 80, 110) for turn in turns)
    }
    ground, cell = ground_of(houses, barriers=lanes)
    assert len(ground.cells) == len(set(cell.values())) == 36


def test_a_house_in_the_courtyard_of_another_has_a_cell_inside_the_other_cell() -> None:
    ring = box(100, 50, 260, 210) - box(120, 70, 240, 190)
    ground, cell = ground_of({"ring": ring, "yard": box(170, 120, 190, 140)})
    areas = ground.cells.geometry
    assert len(areas[cell["ring"]].interiors) == 1
    assert areas[cell["yard"]].within(box(100, 50, 260, 210))
    assert areas[cell["yard"]].touches(areas[cell["ring"]])


def test_a_courtyard_building_keeps_its_own_courtyard() -> None:
    ring = box(100, 50, 260, 210) - box(120, 70, 240, 190)
    ground, cell = ground_of({"ring": ring, "away": box(330, 100, 350, 120)})
    assert ground.cells.geometry[cell["ring"]].covers(box(120, 70, 240, 190))


def test_a_community_without_buildings_is_one_cell() -> None:
    ground, _ = ground_of({})
    assert len(ground.cells) == 1
    assert len(ground.cell_of) == len(ground.touch.first) == 0


def test_a_community_without_buildings_keeps_its_blocks_as_cells() -> None:
    ground, _ = ground_of({}, barriers=[ROAD_AT_200])
    assert len(ground.cells) == 2


def test_a_community_of_one_building_is_one_cell() -> None:
    ground, cell = ground_of({"only": box(50, 100, 70, 120)})
    assert ground.cells.geometry[cell["only"]].equals(box(0, 0, 400, 300))


def test_buildings_may_be_points() -> None:
    ground, cell = ground_of({"a": shapely.Point(at(100, 150)), "b": shapely.Point(at(300, 150))})
    assert ground.cells.geometry[cell["a"]].equals(box(0, 0, 200, 300))


def test_each_island_of_a_community_has_its_own_cell() -> None:
    islands = box(0, 0, 180, 300) | box(220, 0, 400, 300)
    houses = {"west": box(150, 100, 170, 120), "east": box(300, 100, 320, 120)}
    ground, cell = ground_of(houses, boundary=islands)
    assert ground.cells.geometry[cell["west"]].equals(box(0, 0, 180, 300))
    assert ground.cells.geometry[cell["east"]].equals(box(220, 0, 400, 300))


def test_a_house_on_a_border_belongs_to_the_westernmost_piece_and_is_a_tie() -> None:
    houses = {"on the line": shapely.Point(at(200, 150)), "west": box(50, 100, 70, 120)}
    ground, cell = ground_of(houses, barriers=[ROAD_AT_200])
    assert ground.ties.tolist() == [0]
    assert ground.cells.geometry[cell["on the line"]].representative_point().x < at(200, 0)[0]


def test_the_order_of_the_buildings_decides_nothing() -> None:
    houses: dict[str, BaseGeometry] = {
        f"h{n}": box(37 * n % 350, 53 * n % 260, 37 * n % 350 + 15, 53 * n % 260 + 12)
        for n in range(20)
    }
    there, cell = ground_of(houses, barriers=[ROAD_AT_200])
    back, cell_back = ground_of(dict(reversed(houses.items())), barriers=[ROAD_AT_200])
    for name in houses:
        one = shapely.normalize(there.cells.geometry[cell[name]])
        other = shapely.normalize(back.cells.geometry[cell_back[name]])
        assert np.array_equal(shapely.get_coordinates(one), shapely.get_coordinates(other))
