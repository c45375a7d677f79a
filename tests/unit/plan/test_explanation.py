"""Why a grid looks as it does, in one sentence that names what is really there."""

from dataclasses import replace

import pytest
from shapely import LinearRing
from shapely.geometry.base import BaseGeometry

from gridmap.messages import LANGUAGES, Language, Message
from gridmap.pipeline import plan_community
from gridmap.rules import Rules
from gridmap.schema import GRIDS, Community
from tests.worlds import at, box, community, lay, line

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
RIVER = box(0, 140, 400, 165)


def why(world: Community, language: Language = "en", rules: Rules | None = None) -> dict[str, str]:
    """Plan, and give the sentence of the grid of each building; "" stands for grids without any."""
    plan = plan_community(world, rules=rules or Rules())
    texts = {
        str(code): Message.from_json(str(line)).text(language)
        for code, line in plan.grids["why"].items()
    }
    used = set(plan.assignment["grid_code"])
    found = {str(name): texts[code] for name, code in plan.assignment["grid_code"].items()}
    rest = "".join(texts[code] for code in sorted(set(texts) - used))
    return {**found, "": rest} if rest else found


def houses(count: int, *, name: str = "s", y: float = 100) -> dict[str, BaseGeometry]:
    return {f"{name}{n}": box(10 + 30 * n, y, 24 + 30 * n, y + 14) for n in range(count)}


def street(**more: object) -> Community:
    """Draw twelve houses of 70 households along a street, with a road across in the middle."""
    road = ("primary", line((190, 0), (190, 300)))
    return community(houses(12), [70] * 12, barriers=[road], **more)  # type: ignore[arg-type]


def test_the_roads_that_a_border_follows_are_named_and_no_others() -> None:
    said = why(community(QUARTERS, [100] * 4, barriers=CROSS, boundary=box(0, 0, 400, 300)))
    assert said["nw"].startswith("follows the community line; ")
    assert "路" not in said["nw"]
    quarters = why(community(QUARTERS, [400] * 4, barriers=CROSS))
    for name in QUARTERS:
        follows = quarters[name].partition(";")[0]
        assert follows == "follows the community line, tertiary路 and primary路"


def test_what_a_border_follows_longest_comes_first_in_chinese_too() -> None:
    roads = [("primary", line((300, 0), (300, 300)))]
    homes = {"w": QUARTERS["nw"], "e": box(330, 140, 350, 160)}
    said = why(community(homes, [400, 400], barriers=roads), "zh")
    assert said["w"].startswith("沿社区界、primary路划界；")


def test_a_nameless_barrier_is_called_by_its_kind() -> None:
    world = community(QUARTERS, [400] * 4, barriers=CROSS)
    world.barriers["name"] = ""
    assert "a main road" in why(world)["nw"]
    assert "主干路" in why(world, "zh")["nw"]


def test_a_short_stretch_of_a_road_is_left_out() -> None:
    roads = [*CROSS, ("wall", line((200, 60), (260, 60), (260, 0)))]
    homes = QUARTERS | {"corner": box(220, 20, 235, 35)}
    said = why(community(homes, [400, 400, 400, 350, 50], barriers=roads))
    assert "wall路" not in said["nw"]


def test_a_big_building_makes_the_size_of_its_grid() -> None:
    world = street()
    world.buildings["households"] = [70] * 3 + [200] + [70] * 8
    world.buildings.loc["s3", "address"] = "石板街 12 号"
    said = why(world)
    assert "building 石板街 12 号 with 200 households makes it" in said["s3"]
    assert "石板街" not in said["s11"]
    assert "楼栋 石板街 12 号 有 200 户，使全格达到" in why(world, "zh")["s3"]


def test_a_compound_that_is_whole_is_named_with_what_it_holds() -> None:
    world = street(compounds={"c": box(0, 90, 95, 130)})
    world.compounds["name"] = ["翠园"]
    assert "compound 翠园 stays whole, with 210 of its 420 households" in why(world)["s0"]
    assert "小区 翠园 保持完整" in why(world, "zh")["s0"]
    assert "翠园" not in why(world)["s11"]


def test_a_compound_known_only_from_its_buildings_is_named_too() -> None:
    world = street()
    world.buildings["compound_id"] = ["A7"] * 3 + [""] * 9
    assert "compound A7 stays whole" in why(world)["s1"]


def test_a_compound_that_is_a_grid_of_its_own_says_so() -> None:
    world = street(compounds={"c": box(0, 0, 190, 300)})
    assert why(world)["s0"].endswith(
        "compound c stays whole, its 420 households a grid of their own"
    )


def test_a_compound_that_is_divided_is_not_called_whole() -> None:
    said = why(street(compounds={"c": box(0, 0, 400, 300)}))
    assert all("in 2 grids" in text for text in said.values())
    assert not any("stays whole" in text for text in said.values())


def test_a_tower_tells_more_than_the_compound_around_it() -> None:
    world = street(compounds={"c": box(0, 90, 65, 130)})
    world.buildings["households"] = [40, 200] + [60] * 10
    assert "building s1 with 200 households makes it" in why(world)["s1"]


def test_where_nothing_stands_out_the_share_of_the_whole_is_told() -> None:
    said = why(street())
    share = "community 石村 has 840 households in 2 grids, of which it holds 420"
    assert said["s0"].endswith(share)
    assert "社区 石村 共 840 户，分为 2 个网格，本格 420 户" in why(street(), "zh")["s0"]


def test_a_grid_that_is_the_whole_community_says_so() -> None:
    said = why(community(houses(6), [60] * 6))
    assert set(said.values()) == {
        "follows the community line; holds all 360 households of community 石村"
    }


def test_a_settlement_that_is_cut_off_names_what_parts_it() -> None:
    homes = houses(8) | houses(8, name="n", y=250)
    said = why(community(homes, [50] * 7 + [55] + [60] + [40] * 7, water=[RIVER]))
    assert (
        "all 340 households of the settlement around building n0, which river路 cuts off"
        in (said["n3"])
    )
    assert "s7" in said["s0"]


def test_the_shares_of_a_settlement_are_those_of_the_settlement() -> None:
    homes = houses(12) | houses(8, name="n", y=250)
    said = why(community(homes, [71] + [70] * 11 + [50] * 8, water=[RIVER]))
    assert "the settlement around building s0 has 841 households in 2 grids" in said["s4"]


def test_homes_on_dedicated_ground_are_not_of_what_is_shared_out() -> None:
    homes = houses(6) | {"d": box(300, 200, 320, 220)}
    world = community(homes, [60] * 6 + [9], dedicated={"学校": box(250, 150, 400, 300)})
    said = why(world)
    assert "holds all" not in said["s0"]
    assert said["d"].endswith("is set apart as the dedicated area 学校")


def test_dedicated_ground_names_who_answers_for_it() -> None:
    world = community(houses(6), [60] * 6, dedicated={"学校": box(250, 150, 400, 300)})
    world.dedicated["owner"] = ["王老师"]
    assert why(world)[""].endswith("the dedicated area 学校, which 王老师 answers for")
    assert why(world, "zh")[""].endswith("按专属区域“学校”单独划出，由王老师负责")


def test_ground_without_homes_says_that_nobody_lives_there() -> None:
    (said,) = why(community({}, [])).values()
    assert said == "follows the community line; nobody lives there"


def test_a_grid_out_of_the_rule_refers_to_its_reason() -> None:
    said = why(community(houses(4), [30] * 4))
    assert said["s0"].endswith("the reason given for it says why it holds 120 households")


def test_a_grid_within_another_says_which() -> None:
    ring = LinearRing([at(150, 100), at(250, 100), at(250, 200), at(150, 200)])
    homes: dict[str, BaseGeometry] = {"out": box(20, 20, 30, 30), "in": box(195, 145, 205, 155)}
    world = community(homes, [400, 400], barriers=[("wall", ring)])
    plan = plan_community(world, rules=Rules())
    outer = plan.assignment["grid_code"]["out"]
    assert plan.grids["enclosed_by"][plan.assignment["grid_code"]["in"]] == outer
    assert why(world)["in"].startswith(f"follows wall路; lies within grid {outer}; ")
    assert "within" not in why(world)["out"]


def test_a_border_on_nothing_says_so_and_whether_anything_is_near() -> None:
    homes: dict[str, BaseGeometry] = {"west": QUARTERS["nw"], "east": QUARTERS["ne"]}
    far = why(community(homes, [400, 400]))
    assert (
        "runs between buildings for 300 m, where no street, water or wall is within 50 m"
        in (far["west"])
    )
    near = why(community(homes, [400, 400], barriers=[("lane", line((215, 5), (215, 295)))]))
    assert "within 50 m" not in near["west"]


def test_what_lies_close_to_a_bare_border_is_not_denied() -> None:
    homes: dict[str, BaseGeometry] = {"west": QUARTERS["nw"], "east": QUARTERS["ne"]}
    dead_ends = [("lane", line((180, y), (220, y))) for y in (40, 110, 190, 260)]
    said = why(community(homes, [400, 400], barriers=dead_ends))
    assert "runs between buildings for" in said["west"]
    assert "is within" not in said["west"]


def present(world: Community, *, locked: bool = False) -> Community:
    areas = {
        f"{world.code}01{n}": area
        for n, area in enumerate((box(0, 0, 190, 300), box(190, 0, 400, 300)))
    }
    return replace(world, present=lay(GRIDS, areas, locked=[locked, False]))


def test_a_grid_that_stays_as_it_is_today_says_so() -> None:
    world = present(street())
    said = why(world)
    codes = sorted(world.present.index) if world.present is not None else []
    assert said["s0"].endswith(f"holds the same buildings as the present grid {codes[0]}")
    assert said["s11"].endswith(f"holds the same buildings as the present grid {codes[1]}")
    assert "楼栋与现有网格" in why(world, "zh")["s0"]


def test_a_grid_that_changed_is_not_called_the_same() -> None:
    world = present(street())
    world.buildings["households"] = [10] * 3 + [60] * 9
    assert not any("the same buildings" in text for text in why(world).values())


def test_a_locked_grid_says_that_it_is_locked() -> None:
    said = why(present(street(), locked=True))
    assert said["s0"].endswith("is locked and stays as it is today")
    assert "locked" not in said["s11"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_grid_has_one_line(language: Language) -> None:
    for text in why(street(), language).values():
        assert text
        assert "\n" not in text
