"""四至: what lies along each side of a grid, in the words of the ground."""

import pytest
from shapely.geometry.base import BaseGeometry

from gridmap.messages import Language, Message
from gridmap.pipeline import plan_community
from gridmap.rules import Rules
from gridmap.schema import Community
from tests.worlds import box, community, line

CROSS = [
    ("primary", line((200, 0), (200, 300))),
    ("tertiary", line((0, 150), (400, 150))),
]
QUARTERS: dict[str, BaseGeometry] = {
    "nw": box(80, 210, 110, 230),
    "ne": box(280, 210, 310, 230),
    "sw": box(80, 60, 110, 80),
    "se": box(280, 60, 310, 80),
}


def bounds_of(world: Community, language: Language = "en") -> dict[str, str]:
    """Plan, and give the bounds of the grid of each building."""
    plan = plan_community(world, rules=Rules())
    texts = {
        code: Message.from_json(str(text)).text(language)
        for code, text in plan.grids["bounds"].items()
    }
    return {str(name): texts[code] for name, code in plan.assignment["grid_code"].items()}


def quarters(barriers: list[tuple[str, BaseGeometry]], **drawing: object) -> Community:
    """Draw four houses of 400 households, one in each quarter, so that each is a grid."""
    return community(QUARTERS, [400] * 4, barriers=barriers, **drawing)  # type: ignore[arg-type]


def test_roads_are_named_on_the_side_they_lie_on() -> None:
    outline = "the community line"
    assert bounds_of(quarters(CROSS)) == {
        "nw": f"east: primary路; south: tertiary路; west: {outline}; north: {outline}",
        "ne": f"east: {outline}; south: tertiary路; west: primary路; north: {outline}",
        "sw": f"east: primary路; south: {outline}; west: {outline}; north: tertiary路",
        "se": f"east: {outline}; south: {outline}; west: primary路; north: tertiary路",
    }


def test_bounds_are_given_in_chinese_in_the_order_chinese_uses() -> None:
    assert (
        bounds_of(quarters(CROSS), "zh")["nw"]
        == "东至primary路，南至tertiary路，西至社区界，北至社区界"
    )


@pytest.mark.parametrize(
    ("kind", "en", "zh"),
    [
        ("railway", "a railway", "铁路"),
        ("wall", "a wall", "围墙"),
        ("expressway", "an expressway", "快速路"),
    ],
)
def test_a_nameless_barrier_is_called_by_its_kind(kind: str, en: str, zh: str) -> None:
    world = quarters([(kind, line((200, 0), (200, 300))), CROSS[1]])
    world.barriers["name"] = ""
    assert bounds_of(world)["nw"].startswith(f"east: {en};")
    assert bounds_of(world, "zh")["nw"].startswith(f"东至{zh}，")


def test_water_is_named_along_the_bank() -> None:
    north_south: dict[str, BaseGeometry] = {"north": QUARTERS["nw"], "south": QUARTERS["sw"]}
    bounds = bounds_of(community(north_south, [400, 400], water=[box(0, 140, 400, 165)]))
    assert "south: river路" in bounds["north"]
    assert "north: river路" in bounds["south"]


def test_without_a_barrier_the_neighbouring_grid_is_named() -> None:
    west_east: dict[str, BaseGeometry] = {"west": QUARTERS["nw"], "east": QUARTERS["ne"]}
    bounds = bounds_of(community(west_east, [400, 400]))
    assert "east: grid 990101001001002" in bounds["west"]
    assert "west: grid 990101001001001" in bounds["east"]


def test_two_roads_along_one_side_are_both_named() -> None:
    roads = [
        ("primary", line((200, 0), (200, 300))),
        ("tertiary", line((0, 150), (110, 150))),
        ("residential", line((110, 150), (400, 150))),
    ]
    assert "south: tertiary路 and residential路" in bounds_of(quarters(roads))["nw"]


def test_a_short_stretch_of_a_second_road_is_left_out() -> None:
    roads = [
        ("primary", line((200, 0), (200, 300))),
        ("tertiary", line((0, 150), (170, 150))),
        ("residential", line((170, 150), (400, 150))),
    ]
    assert "south: tertiary路;" in bounds_of(quarters(roads))["nw"]


def test_a_road_just_beyond_the_community_line_is_what_lies_there() -> None:
    beside = line((-50, -8), (395, -8), (398, 5))
    world = quarters([*CROSS, ("secondary", beside)])
    assert "south: secondary路" in bounds_of(world)["sw"]
    assert "south: tertiary路" in bounds_of(world)["nw"]


def test_a_road_just_outside_the_community_line_is_what_lies_along_it() -> None:
    beside = ("primary", line((-20, -6), (420, -6)))
    world = community({"a": box(100, 100, 140, 140)}, [300], barriers=[beside])
    plan = plan_community(world, rules=Rules())
    (bounds,) = (Message.from_json(line).text("zh") for line in plan.grids["bounds"])
    assert bounds == "东至社区界，南至primary路，西至社区界，北至社区界"


def test_homes_drawn_on_one_spot_are_named_together() -> None:
    spot = box(100, 100, 140, 140)
    world = community({"a": spot, "b": spot}, [450, 100])
    (reason,) = plan_community(world, rules=Rules()).grids["reason"]
    assert (
        Message.from_json(reason).text("en").startswith("building a and what is drawn on the same")
    )
