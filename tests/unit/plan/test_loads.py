"""Further loads: added up over cells, kept by the search, and a reason where they cannot be."""

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry.base import BaseGeometry

from gridmap.ground.adjacency import build_ground
from gridmap.messages import LANGUAGES, Message
from gridmap.pipeline import plan_community
from gridmap.plan.partition import Window
from gridmap.plan.zoning import zone_ground
from gridmap.rules import Band, Rules
from gridmap.schema import Community
from tests.worlds import box, community

LOOSE = Rules(weight_size=0, weight_shape=0)


def row(count: int, *, name: str = "s", y: float = 100) -> dict[str, BaseGeometry]:
    return {f"{name}{n}": box(6 + 24 * n, y, 20 + 24 * n, y + 14) for n in range(count)}


def street(need: Sequence[float], *, households: int = 50, **more: object) -> Community:
    """Draw a row of houses, each with so much need."""
    homes = row(len(need))
    world = community(homes, [households] * len(need), **more)  # type: ignore[arg-type]
    return loaded(world, need)


def square(need: Sequence[float], **more: object) -> Community:
    """Draw four rows of four houses; a line from north to south is the shortest border."""
    homes = {
        f"s{n}": box(40 + 100 * (n % 4), 30 + 75 * (n // 4), 60 + 100 * (n % 4), 45 + 75 * (n // 4))
        for n in range(16)
    }
    return loaded(community(homes, [50] * 16, **more), need)  # type: ignore[arg-type]


WEST = [6, 6, 0, 0] * 4
"""Of the houses in a square: all the need is in its western half."""


def loaded(world: Community, need: Sequence[float]) -> Community:
    return replace(world, buildings=world.buildings.assign(load_need=np.array(need, float)))


def planned(world: Community, *bands: Band, rules: Rules = LOOSE) -> gpd.GeoDataFrame:
    """Plan; every grid that breaks the rule has a reason in both languages."""
    plan = plan_community(world, rules=replace(rules, loads=bands))
    held = plan.assignment.groupby("grid_code")["load_need"].sum()
    assert held.to_dict() == pytest.approx(plan.grids["load_need"].to_dict())
    for line, status in zip(plan.grids["reason"], plan.grids["status"], strict=True):
        assert (line == "") == (status == "ok")
        assert not line or all(Message.from_json(line).text(each) for each in LANGUAGES)
    return plan.grids


def the_reason(grids: gpd.GeoDataFrame, status: str) -> Message:
    """Give the reason of the one grid with this status."""
    (line,) = grids.loc[grids["status"] == status, "reason"]
    return Message.from_json(line)


def test_two_grids_share_a_need_that_lies_at_one_end() -> None:
    grids = planned(square(WEST), Band("need"))
    assert sorted(grids["load_need"]) == [0, 48]
    grids = planned(square(WEST), Band("need", 10, 38))
    assert list(grids["status"]) == ["ok", "ok"]
    assert grids["households"].between(300, 500).all()
    assert grids["load_need"].between(10, 38).all()


def test_a_lower_bound_alone_will_do() -> None:
    grids = planned(square(WEST), Band("need", 18))
    assert list(grids["status"]) == ["ok", "ok"]
    assert grids["load_need"].min() >= 18


def test_a_load_without_a_band_is_only_added_up() -> None:
    world = street([0.25] * 16)
    grids = planned(world, Band("need"))
    assert grids["load_need"].sum() == 4
    plain = plan_community(world, rules=LOOSE).grids
    assert grids.geometry.geom_equals_exact(plain.geometry, 0).all()


def test_another_load_rules_where_the_band_of_households_is_open() -> None:
    rules = replace(LOOSE, low=0, high=100_000)
    grids = planned(street([6] * 16, households=20), Band("need", 18, 30), rules=rules)
    assert len(grids) in (4, 5)
    assert list(grids["status"]) == ["ok"] * len(grids)
    assert grids["load_need"].between(18, 30).all()


def test_a_compound_with_too_much_of_a_load_does_not_stay_whole() -> None:
    world = square(WEST, compounds={"c": box(0, 0, 200, 300)})
    assert sorted(planned(world, Band("need", 0, 48))["load_need"]) == [0, 48]
    grids = planned(world, Band("need", 0, 38))
    assert list(grids["status"]) == ["ok", "ok"]
    assert grids["load_need"].max() <= 38


def test_a_building_with_too_much_of_a_load_is_named() -> None:
    grids = planned(street([0] * 7 + [90] + [0] * 8), Band("need", 0, 60))
    reason = the_reason(grids, "over_load")
    assert reason.key == "plan.load_spot"
    assert "s7" in reason.text("en")
    assert "90" in reason.text("zh")


def test_a_community_with_too_little_of_a_load_is_named() -> None:
    grids = planned(street([1] * 8), Band("need", 10))
    reason = the_reason(grids, "under_load")
    assert reason.key == "plan.load_scarce"
    assert "石村" in reason.text("zh")
    assert "8 of need" in reason.text("en")


def test_loads_that_ask_for_different_numbers_of_grids_are_named() -> None:
    grids = planned(street([1] * 16), Band("need", 10))
    reason = Message.from_json(grids.loc[grids["status"] == "under_load", "reason"].iloc[0])
    assert reason.key == "plan.load_clash"
    assert reason.text("en") == (
        "in community 石村, households ask for at least 2 grids and need for at most 1"
    )


def test_a_settlement_that_is_cut_off_is_judged_by_itself() -> None:
    homes = row(8) | row(8, name="n", y=250)
    world = community(homes, [50] * 16, water=[box(0, 140, 400, 165)])
    grids = planned(loaded(world, [2] * 8 + [0] * 8), Band("need", 5))
    reason = the_reason(grids, "under_load")
    assert reason.key == "plan.load_scarce"
    assert "settlement" in reason.text("en")


def test_dedicated_ground_is_judged_by_no_band() -> None:
    world = street([40] + [1] * 9, dedicated={"market": box(0, 90, 26, 130)})
    grids = planned(world, Band("need", 0, 30))
    assert grids.set_index("kind")["load_need"].to_dict() == {"dedicated": 40, "general": 9}
    assert list(grids["status"]) == ["ok", "ok"]


def test_the_loads_of_buildings_on_one_spot_are_added_up_by_cell() -> None:
    homes = row(3) | {"again": row(1)["s0"]}
    world = loaded(community(homes, [10] * 4), [1.5, 0, 2, 4])
    zoning = zone_ground(build_ground(world), world, Window(0, 500, 2500, (Band("need"),)))
    assert sorted(zoning.loads[:, 0]) == [0, 2, 5.5]
    assert zoning.graph.others is not None
    assert zoning.graph.others.sum() == 7.5


def test_a_locked_grid_and_the_rest_around_it_keep_their_loads() -> None:
    world = street([3] * 16)
    present = planned(world, Band("need", 12, 36))
    kept = gpd.GeoDataFrame(
        {"row": 1, "name": "", "locked": [True] + [False] * (len(present) - 1)},
        index=present.index,
        geometry=present.geometry,
    )
    grids = planned(replace(world, present=kept), Band("need", 12, 36))
    assert grids["load_need"].to_dict() == present["load_need"].to_dict()


def test_a_present_grid_out_of_a_band_is_mended() -> None:
    world = square(WEST)
    halves = {"990101001001001": box(0, 0, 200, 300), "990101001001002": box(200, 0, 400, 300)}
    present = community(row(1), [1], grids=halves).grids
    grids = planned(replace(world, present=present), Band("need", 10, 38))
    assert list(grids["status"]) == ["ok", "ok"]
    assert list(grids.index) == list(halves)


def test_micro_grids_heed_no_further_load() -> None:
    world, rules = street([8] * 6 + [0] * 10), replace(LOOSE, loads=(Band("need", 10, 30),))
    plan = plan_community(world, rules=rules, with_microgrids=True)
    assert plan.microgrids["households"].between(50, 80).all()
    assert "load_need" not in plan.microgrids
