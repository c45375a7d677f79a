"""A grid out of the rule names what makes the rule impossible there."""

from collections.abc import Sequence

import pandas as pd
from shapely.geometry.base import BaseGeometry

from gridmap.messages import LANGUAGES, Message
from gridmap.pipeline import plan_community
from gridmap.plan.reasons import is_proven
from gridmap.rules import Rules
from gridmap.schema import Community
from tests.worlds import box, community

RIVER = box(0, 140, 400, 165)
RING = (("a", 60, 50), ("b", 300, 50), ("c", 300, 210), ("d", 60, 210))


def houses(count: int, *, name: str = "s", y: float = 100) -> dict[str, BaseGeometry]:
    return {f"{name}{n}": box(10 + 30 * n, y, 24 + 30 * n, y + 14) for n in range(count)}


def out_of_rule(world: Community, rules: Rules | None = None) -> pd.DataFrame:
    """Plan, and give the grids that break the rule; every one has a reason in both languages."""
    grids = plan_community(world, rules=rules or Rules()).grids
    broken = grids[grids["status"] != "ok"].copy()
    broken["message"] = [Message.from_json(line) for line in broken["reason"]]
    for message in broken["message"]:
        assert all(message.text(language) for language in LANGUAGES)
    assert (grids.loc[grids["status"] == "ok", "reason"] == "").all()
    return broken


def the_exception(world: Community, rules: Rules | None = None) -> tuple[pd.Series, Message]:
    """Give the one grid that breaks the rule, and its reason."""
    broken = out_of_rule(world, rules)
    assert len(broken) == 1, [message.text("en") for message in broken["message"]]
    return broken.iloc[0], broken["message"].iloc[0]


def addressed(world: Community, addresses: Sequence[str]) -> Community:
    world.buildings["address"] = list(addresses)
    return world


def test_a_tower_of_640_gets_its_own_grid_and_the_reason_names_it() -> None:
    grid, reason = the_exception(community(houses(9), [100] * 4 + [640] + [100] * 4))
    assert (grid["households"], grid["buildings"], grid["status"]) == (640, 1, "over_band")
    assert reason.key == "plan.over_building"
    assert "s4" in reason.text("en")
    assert "640" in reason.text("zh")


def test_a_building_is_named_by_its_address_where_it_has_one() -> None:
    world = community(houses(1), [640])
    _, reason = the_exception(addressed(world, ["石板街 12 号"]))
    assert "石板街 12 号" in reason.text("en")


def test_a_building_with_too_many_persons_is_named() -> None:
    world = community(
        houses(9), [100] * 4 + [350] + [100] * 4, persons=[250] * 4 + [2600] + [250] * 4
    )
    grid, reason = the_exception(world)
    assert (grid["status"], grid["persons"]) == ("over_persons", 2600)
    assert reason.key == "plan.crowded_building"
    assert "s4" in reason.text("zh")


def test_a_settlement_behind_a_river_names_the_river() -> None:
    homes = houses(8) | houses(2, name="n", y=250)
    grid, reason = the_exception(community(homes, [50] * 8 + [60] * 2, water=[RIVER]))
    assert (grid["households"], grid["status"]) == (120, "under_band")
    assert reason.key == "plan.cut_off"
    assert "cut off by river路" in reason.text("en")
    assert "被river路隔开" in reason.text("zh")
    assert "n0" in reason.text("en")


def test_a_nameless_river_is_called_a_river() -> None:
    homes = houses(8) | houses(2, name="n", y=250)
    world = community(homes, [50] * 8 + [60] * 2, water=[RIVER])
    world.barriers["name"] = ""
    _, reason = the_exception(world)
    assert "cut off by a river" in reason.text("en")
    assert "被河道隔开" in reason.text("zh")


def test_a_settlement_on_an_island_of_the_community_is_cut_off_too() -> None:
    homes = houses(8) | houses(2, name="n", y=250)
    islands = box(0, 0, 400, 140) | box(0, 165, 400, 300)
    _, reason = the_exception(community(homes, [50] * 8 + [60] * 2, boundary=islands))
    assert reason.key == "plan.cut_off"


def test_a_community_below_the_band_is_named() -> None:
    grid, reason = the_exception(community(houses(4), [30] * 4))
    assert (grid["households"], grid["status"]) == (120, "under_band")
    assert reason.key == "plan.small_community"
    assert "石村" in reason.text("zh")


def test_a_rule_without_lower_limit_lets_a_small_community_be() -> None:
    assert out_of_rule(community(houses(4), [30] * 4), Rules(low=0)).empty


def test_a_total_that_no_number_of_grids_can_share_is_said() -> None:
    broken = out_of_rule(community(houses(8), [70] * 8))
    assert len(broken)
    assert {message.key for message in broken["message"]} == {"plan.indivisible_total"}
    assert "560" in broken["message"].iloc[0].text("en")


def test_the_cap_on_persons_can_make_a_total_indivisible() -> None:
    broken = out_of_rule(community(houses(8), [50] * 8, persons=[500] * 8))
    assert {message.key for message in broken["message"]} == {"plan.indivisible_total"}


def test_the_cap_on_persons_is_kept_where_it_can_be() -> None:
    world = community(houses(12), [60] * 12, persons=[400] * 12)
    grids = plan_community(world, rules=Rules()).grids
    assert grids["households"].tolist() == [360, 360]
    assert (grids["status"] == "ok").all()


def test_a_compound_kept_whole_is_named_when_it_is_what_stands_in_the_way() -> None:
    """200, a compound of 400 and 200 in a row: 800 could be shared, but not around the 400."""
    world = community(houses(8), [100] * 8, compounds={"c": box(66, 0, 188, 300)})
    world.compounds["name"] = ["翠园"]
    broken = out_of_rule(world)
    assert len(broken)
    for message in broken["message"]:
        assert message.key == "plan.hinge"
        assert is_proven(message)
        assert "翠园" in message.text("zh")


def test_a_heavy_building_is_named_when_it_is_what_stands_in_the_way() -> None:
    broken = out_of_rule(community(houses(3), [200, 420, 200]))
    assert len(broken)
    for message in broken["message"]:
        assert message.key == "plan.hinge"
        assert is_proven(message)
        assert "s1" in message.text("en")


def test_the_river_is_named_even_where_a_dedicated_area_lies_along_more_of_the_border() -> None:
    homes = houses(8) | {"n0": box(40, 250, 54, 264)}
    park = {"公园": box(90, 165, 400, 300)}
    world = community(homes, [50] * 8 + [60], water=[RIVER], dedicated=park)
    _, reason = the_exception(world)
    assert "被river路隔开" in reason.text("zh")


def test_homes_behind_a_compound_too_big_for_them_name_the_compound() -> None:
    """120 homes can be reached through the compound of 480 alone."""
    homes = houses(12)
    world = community(homes, [60] * 2 + [120] * 4 + [80] * 6, compounds={"c": box(66, 0, 188, 300)})
    world.compounds["name"] = ["翠园"]
    grid, reason = the_exception(world)
    assert (grid["households"], grid["status"]) == (600, "over_band")
    assert reason.key == "plan.hinge"
    assert "翠园" in reason.text("zh")
    assert "600" in reason.text("zh")


def test_pieces_of_which_no_two_fit_together_were_all_tried() -> None:
    """In a ring of 280, 480, 280, 480 homes no two fit together, and 280 are not enough."""
    homes = {name: box(x, y, x + 40, y + 40) for name, x, y in RING}
    broken = out_of_rule(community(homes, [280, 480, 280, 480]))
    assert len(broken)
    for message in broken["message"]:
        assert message.key == "plan.no_choice"
        assert is_proven(message)


def test_a_failed_search_is_no_proof() -> None:
    assert not is_proven(Message("plan.not_found"))
