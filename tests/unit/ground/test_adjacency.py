"""Which cells touch, across what, and where one can walk from one to the other."""

from itertools import combinations, pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from shapely.geometry.base import BaseGeometry

from gridmap.ground.adjacency import Ground, build_ground, water_homes
from gridmap.ground.barriers import KIND_NAMES, KINDS
from gridmap.schema import Community
from tests import worlds
from tests.worlds import box, community, line

NORTH_SOUTH: dict[str, BaseGeometry] = {
    "south": box(190, 60, 210, 80),
    "north": box(190, 220, 210, 240),
}
RIVER = box(0, 140, 400, 165)
RAILWAY = ("railway", line((0, 150), (400, 150)))


def draw(**drawing: object) -> Community:
    return community(NORTH_SOUTH, [10, 10], **drawing)  # type: ignore[arg-type]


def is_joined(world: Community) -> bool:
    """Can one walk from the southern house to the northern one, cell by cell."""
    ground = build_ground(world)
    touch, reached = ground.touch, {int(ground.cell_of[0])}
    ways = [
        (int(first), int(second))
        for first, second in zip(
            touch.first[touch.is_passable], touch.second[touch.is_passable], strict=True
        )
    ]
    for _ in ways:
        reached |= {b for a, b in ways if a in reached} | {a for a, b in ways if b in reached}
    return int(ground.cell_of[1]) in reached


def pair(ground: Ground) -> int:
    """Give the place of the pair of the two houses' cells."""
    first, second = sorted(ground.cell_of.tolist())
    (place,) = np.flatnonzero((ground.touch.first == first) & (ground.touch.second == second))
    return int(place)


def test_a_river_parts_what_lies_on_its_banks() -> None:
    assert not is_joined(draw(water=[RIVER]))


def test_a_bridge_joins_the_two_banks() -> None:
    assert is_joined(draw(water=[RIVER], crossings=[line((80, 120), (80, 190))]))


def test_a_bridge_of_another_river_joins_nothing() -> None:
    assert not is_joined(draw(water=[RIVER], crossings=[line((80, 250), (80, 290))]))


def test_a_river_drawn_as_a_line_parts_too() -> None:
    assert not is_joined(draw(barriers=[("river", line((0, 150), (400, 150)))]))


def test_a_stream_can_be_stepped_over() -> None:
    assert is_joined(draw(barriers=[("stream", line((0, 150), (400, 150)))]))


def test_a_railway_parts_what_lies_beside_it() -> None:
    assert not is_joined(draw(barriers=[RAILWAY]))


def test_a_level_road_across_a_railway_joins() -> None:
    assert is_joined(draw(barriers=[RAILWAY, ("lane", line((80, 100), (80, 200)))]))


def test_a_road_that_ends_at_a_railway_does_not_join() -> None:
    assert not is_joined(draw(barriers=[RAILWAY, ("lane", line((80, 100), (80, 150)))]))


def test_a_railway_that_crosses_a_railway_is_no_way_across() -> None:
    assert not is_joined(draw(barriers=[RAILWAY, ("railway", line((80, 0), (80, 300)))]))


def test_a_wall_and_a_main_road_part_nobody() -> None:
    for kind in ("wall", "primary"):
        assert is_joined(draw(barriers=[(kind, line((0, 150), (400, 150)))]))


def test_a_declared_link_joins_without_any_border() -> None:
    world = draw(water=[RIVER], links=[line((200, 100), (200, 200))])
    ground = build_ground(world)
    assert is_joined(world)
    assert ground.touch.length_m[pair(ground)] == 0
    assert ground.touch.cut_cost[pair(ground)] == 0


def test_cells_that_meet_at_a_corner_only_do_not_touch() -> None:
    corners = {
        f"{x}{y}": box(x, y, x + 20, y + 20)
        for x, y in [(90, 65), (290, 65), (90, 215), (290, 215)]
    }
    cross = [("primary", line((200, 0), (200, 300))), ("primary", line((0, 150), (400, 150)))]
    ground = build_ground(community(corners, [1] * 4, barriers=cross))
    assert len(ground.cells) == 4
    assert sorted(ground.touch.length_m) == [150, 150, 200, 200]


def test_the_price_of_a_border_is_its_length_by_what_lies_on_it() -> None:
    ground = build_ground(draw(barriers=[("primary", line((0, 150), (400, 150)))]))
    at = pair(ground)
    assert ground.touch.length_m[at] == ground.touch.clear_m[at] == pytest.approx(400)
    assert ground.touch.cut_cost[at] == pytest.approx(400 * KINDS["primary"].cut_cost)


def test_only_the_part_of_a_border_on_a_barrier_is_clear() -> None:
    ground = build_ground(draw(barriers=[("primary", line((0, 150), (250, 150)))]))
    at = pair(ground)
    assert ground.touch.length_m[at] == pytest.approx(400)
    assert ground.touch.clear_m[at] == pytest.approx(250, abs=0.5)
    clear, rest = KINDS["primary"].cut_cost, KINDS["none"].cut_cost
    assert ground.touch.cut_cost[at] == pytest.approx(250 * clear + 150 * rest, rel=0.01)


def test_where_lines_lie_on_each_other_the_plainest_one_counts() -> None:
    lines = [(kind, line((0, 150), (400, 150))) for kind in ("wall", "secondary", "lane")]
    ground = build_ground(draw(barriers=lines))
    inner = ground.sides.right >= 0
    kinds = {KIND_NAMES[ground.linework.kinds[at]] for at in ground.lines[inner]}
    assert kinds == {"secondary"}


def test_what_runs_beside_the_outline_is_known_for_the_outer_border() -> None:
    road = line((-50, -8), (380, -8), (390, 20))
    ground = build_ground(draw(barriers=[("primary", road)]))
    outer = ground.sides.right < 0
    named = ground.lines[outer] >= 0
    assert ground.sides.length_m[outer][named].sum() == pytest.approx(400, abs=30)


def test_water_goes_with_the_bank_it_lies_along_and_not_with_both() -> None:
    ground = build_ground(draw(water=[RIVER]))
    homes = water_homes(ground)
    (river,) = np.flatnonzero(ground.cells["is_water"])
    assert homes[river] in ground.cell_of
    assert (np.delete(homes, river) == np.delete(np.arange(len(homes)), river)).all()


def test_water_without_any_land_stays_by_itself() -> None:
    ground = build_ground(community({}, [], water=[box(-10, -10, 410, 310)]))
    assert water_homes(ground).tolist() == [0]


@settings(max_examples=15)
@given(worlds.communities())
def test_lengths_of_shared_borders_are_what_shapely_measures(world: Community) -> None:
    ground = build_ground(world)
    cells = ground.cells.geometry.to_numpy()
    near = shapely.STRtree(cells).query(cells, predicate="intersects").T
    found = {}
    for first, second in near[near[:, 0] < near[:, 1]].tolist():
        length_m = cells[first].intersection(cells[second]).length
        if length_m > 0:
            found[first, second] = length_m
    touch = ground.touch
    listed = dict(
        zip(
            zip(touch.first.tolist(), touch.second.tolist(), strict=True),
            touch.length_m.tolist(),
            strict=True,
        )
    )
    assert listed.keys() == found.keys()
    assert listed == pytest.approx(found, abs=1e-6)
    assert (touch.clear_m <= touch.length_m + 1e-9).all()


@settings(max_examples=15)
@given(worlds.communities())
def test_cells_share_their_edges_to_the_bit(world: Community) -> None:
    cells = build_ground(world).cells.geometry.to_numpy()
    edges: dict[tuple[float, ...], int] = {}
    for cell in cells:
        for ring in (cell.exterior, *cell.interiors):
            corners = shapely.get_coordinates(ring)
            for start, stop in pairwise(corners):
                key = (*min(tuple(start), tuple(stop)), *max(tuple(start), tuple(stop)))
                edges[key] = edges.get(key, 0) + 1
    assert set(edges.values()) <= {1, 2}
    outside = shapely.linestrings([np.reshape(key, (2, 2)) for key, n in edges.items() if n == 1])
    outline = world.boundary.boundary
    assert shapely.length(outside).sum() == pytest.approx(outline.length, rel=1e-6)
    assert shapely.dwithin(shapely.centroid(outside), outline, 1e-3).all()


@settings(max_examples=15)
@given(worlds.communities())
def test_no_two_cells_overlap(world: Community) -> None:
    cells = build_ground(world).cells.geometry.to_numpy()
    for first, second in combinations(cells, 2):
        assert not shapely.relate_pattern(first, second, "T********")
