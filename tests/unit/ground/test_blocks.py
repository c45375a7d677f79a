"""Blocks: what cuts the ground of a community, and what does not."""

import numpy as np
import pytest
import shapely
from pyproj import CRS

from gridmap.errors import CrsError
from gridmap.ground.barriers import KIND_NAMES
from gridmap.ground.blocks import enclose_blocks
from gridmap.ground.linework import REACH_M, gather_linework
from gridmap.schema import Community
from tests.worlds import box, community, line


def blocks_of(world: Community) -> np.ndarray:
    return enclose_blocks(world.boundary, gather_linework(world)).areas


def road(*points: tuple[float, float], kind: str = "tertiary") -> tuple[str, shapely.LineString]:
    return kind, line(*points)


def test_a_community_without_barriers_is_one_block() -> None:
    (block,) = blocks_of(community({}, []))
    assert block.equals(box(0, 0, 400, 300))


def test_two_crossing_roads_cut_four_blocks_that_tile_the_community() -> None:
    roads = [road((150, 0), (150, 300)), road((0, 100), (400, 100), kind="primary")]
    blocks = blocks_of(community({}, [], barriers=roads))
    assert sorted(shapely.area(blocks)) == [15_000, 25_000, 30_000, 50_000]
    assert shapely.coverage_is_valid(blocks)


@pytest.mark.parametrize("gap_m", [0.5, 6.0, REACH_M - 0.1])
def test_a_street_that_stops_just_short_of_the_next_is_carried_on_to_it(gap_m: float) -> None:
    roads = [road((0, 100), (400, 100)), road((200, 300), (200, 100 + gap_m), kind="lane")]
    assert len(blocks_of(community({}, [], barriers=roads))) == 3


def test_a_street_that_stops_6_m_short_of_the_community_line_is_carried_on_to_it() -> None:
    assert len(blocks_of(community({}, [], barriers=[road((200, 6), (200, 294))]))) == 2


def test_a_street_carried_on_keeps_its_kind_and_name_on_the_joint() -> None:
    roads = [road((0, 100), (400, 100)), road((200, 300), (200, 106), kind="lane")]
    work = gather_linework(community({}, [], barriers=roads))
    (joint,) = np.flatnonzero(np.isclose(shapely.length(work.lines), 6.0))
    assert (KIND_NAMES[work.kinds[joint]], work.names[joint]) == ("lane", "lane路")


def test_a_dead_end_far_from_everything_encloses_nothing() -> None:
    roads = [road((0, 100), (400, 100)), road((200, 300), (200, 100 + REACH_M + 0.5))]
    assert len(blocks_of(community({}, [], barriers=roads))) == 2


def test_a_street_that_oversteps_the_next_one_makes_no_corner_there() -> None:
    bent = road((0, 100), (201, 100), (400, 200))
    blocks = blocks_of(community({}, [], barriers=[bent, road((200, 300), (200, 99.7))]))
    assert len(blocks) == 3
    assert shapely.area(blocks).min() > 10_000


def test_the_outline_of_a_compound_gives_way_to_the_street_a_step_away() -> None:
    world = community(
        {}, [], barriers=[road((200, 0), (200, 300))], compounds={"c": box(201, 50, 300, 250)}
    )
    blocks = blocks_of(world)
    assert len(blocks) == 3
    assert shapely.area(blocks).min() == pytest.approx(100 * 200, rel=1e-3)
    assert shapely.coverage_is_valid(blocks)


def test_the_outline_of_a_compound_stays_where_a_street_only_crosses_it() -> None:
    world = community(
        {}, [], barriers=[road((0, 150), (400, 150))], compounds={"c": box(100, 50, 300, 250)}
    )
    assert sorted(shapely.area(blocks_of(world))) == pytest.approx([20_000] * 2 + [40_000] * 2)


def test_a_road_drawn_along_the_outline_leaves_no_hair_of_ground() -> None:
    aside = road((0, 0.4), (399.7, 0.2), (399.5, 290), (350, 299.8))
    assert len(blocks_of(community({}, [], barriers=[aside]))) == 2


def test_of_a_line_drawn_thousands_of_times_the_plainest_counts() -> None:
    lanes = [road((200, 0), (200, 300), kind="lane")] * 3000
    work = gather_linework(community({}, [], barriers=[*lanes, road((200, 300), (200, 0))]))
    assert [KIND_NAMES[kind] for kind in work.kinds] == ["tertiary"]


def test_bridges_and_tunnels_cut_nothing() -> None:
    assert len(blocks_of(community({}, [], crossings=[line((200, 0), (200, 300))]))) == 1


def test_outlines_of_compounds_and_dedicated_areas_cut_the_ground() -> None:
    world = community(
        {}, [], compounds={"c": box(20, 20, 90, 90)}, dedicated={"d": box(200, 20, 300, 90)}
    )
    assert len(blocks_of(world)) == 3


def test_water_is_a_block_of_its_own() -> None:
    blocks = blocks_of(community({}, [], water=[box(0, 140, 400, 165)]))
    assert sorted(shapely.area(blocks)) == [10_000, 54_000, 56_000]


def test_the_order_of_the_barriers_decides_nothing() -> None:
    roads = [road((150, 0), (150, 300)), road((0, 100), (400, 120)), road((0, 0), (400, 300))]
    there = blocks_of(community({}, [], barriers=roads))
    back = blocks_of(community({}, [], barriers=roads[::-1]))
    assert shapely.to_wkb(shapely.normalize(there)).tolist() == (
        shapely.to_wkb(shapely.normalize(back)).tolist()
    )


def test_degrees_are_refused() -> None:
    world = community({}, [])
    world.barriers.set_crs(CRS("EPSG:4326"), allow_override=True, inplace=True)
    with pytest.raises(CrsError):
        gather_linework(world)
