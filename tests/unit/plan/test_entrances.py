"""Buildings with entrances: micro-grids are made of these, and of floors only where they must."""

from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.jobs.order import Order, pack_community
from gridmap.jobs.parcels import open_parcel
from gridmap.messages import Language, Message
from gridmap.pipeline import plan_community
from gridmap.plan.model import CommunityPlan
from gridmap.plan.storeys import Stack, households_beside
from gridmap.rules import Rules
from gridmap.schema import ENTRANCES, Community
from tests import worlds

RULES = Rules()


def street(
    *houses: int | Mapping[str, int], floors: float | None = None, unknown: int = 0
) -> Community:
    """
    Draw a street of houses, 20 m apart, each with its households or those of its entrances.

    Of those of the first house, some may be behind an entrance nobody knows.
    """
    doors = [{} if isinstance(house, int) else dict(house) for house in houses]
    held = [house if isinstance(house, int) else sum(house.values()) for house in houses]
    held[0] += unknown
    shapes = {f"h{n}": worlds.box(20 * n + 4, 100, 20 * n + 16, 120) for n in range(len(houses))}
    outline = worlds.box(0, 50, 20 * len(houses), 200)
    drawn = worlds.community(shapes, held, boundary=outline)
    if floors is not None:
        drawn.buildings["floors"] = floors
    rows = [(f"h{n}", door, hh, 2 * hh) for n, of in enumerate(doors) for door, hh in of.items()]
    told = pd.DataFrame(rows, columns=[ENTRANCES.index, *ENTRANCES.columns])
    return replace(drawn, entrances=told.set_index(ENTRANCES.index))


def nested(community: Community) -> CommunityPlan:
    return plan_community(community, rules=RULES, with_microgrids=True)


def say(microgrids: gpd.GeoDataFrame, language: Language = "en") -> list[str]:
    return [Message.from_json(line).text(language) for line in microgrids["made_of"]]


def test_small_entrances_of_a_slab_are_joined_and_none_is_parted() -> None:
    rows = nested(street({"1": 33, "2": 33, "3": 33, "4": 33}, floors=11)).microgrids
    assert list(rows["households"]) == [66, 66]
    assert list(rows["persons"]) == [132, 132]
    assert say(rows) == ["entrances 1 and 2 of building h0", "entrances 3 and 4 of building h0"]
    assert say(rows, "zh") == ["楼栋 h0 1、2 单元", "楼栋 h0 3、4 单元"]
    assert rows.geometry.drop_duplicates().size == 1


def test_many_entrances_are_told_by_the_first_and_the_last() -> None:
    rows = nested(street({str(n): 12 for n in range(8, 18)})).microgrids
    assert say(rows) == ["entrances 8 to 12 of building h0", "entrances 13 to 17 of building h0"]
    assert say(rows, "zh")[0] == "楼栋 h0 8 至 12 单元"


def test_an_entrance_above_the_band_is_divided_by_its_floors() -> None:
    rows = nested(street({"甲": 60, "乙": 144}, floors=18)).microgrids
    assert list(rows["households"]) == [60, 72, 72]
    shared = "its households shared out evenly by floor"
    assert say(rows) == [
        "entrance 甲 of building h0",
        f"entrance 乙 of building h0, floors 1 to 9 of 18, {shared}",
        f"entrance 乙 of building h0, floors 10 to 18 of 18, {shared}",
    ]
    assert say(rows, "zh")[1] == "楼栋 h0 乙 单元 第 1–9 层（共 18 层，户数按楼层均分）"


def test_the_fewest_entrances_are_parted_where_whole_ones_do_not_keep_the_band() -> None:
    rows = nested(street({"1": 44, "2": 44, "3": 44}, floors=11)).microgrids
    assert rows["households"].between(50, 80).all()
    assert len(rows) == 2
    parted = [line for line in say(rows) if "entrance 2 of building h0, floors" in line]
    assert len(parted) == 2
    assert not any("entrance 1 of building h0, floors" in line for line in say(rows))


def test_an_entrance_left_over_is_one_micro_grid_with_the_house_beside() -> None:
    rows = nested(street({"1": 60, "2": 60, "3": 30}, 30, floors=10)).microgrids
    assert list(rows["households"]) == [60, 60, 60]
    assert say(rows)[0] == "entrance 3 of building h0; building h1"
    assert say(rows)[1:] == ["entrance 1 of building h0", "entrance 2 of building h0"]


def test_micro_grids_come_by_entrance_and_from_the_ground_up_wherever_the_foot_is() -> None:
    drawn = street({"1": 70, "2": 144}, 30, floors=18)
    said = [each.made_of.text("en") for each in Stack(drawn, np.array([0, 0]), RULES).slices(0)]
    starts = ("entrance 2", "entrance 1", "entrance 2", "entrance 2")
    assert all(line.startswith(start) for line, start in zip(said, starts, strict=True))
    assert ["floors 1 to 4" in said[0], "floors 5 to 11" in said[2]] == [True, True]
    assert "floors 12 to 18" in said[3]


def test_entrances_are_all_there_is_to_divide_by_where_floors_are_unknown() -> None:
    rows = nested(street({"1": 60, "2": 130})).microgrids
    assert list(rows["households"]) == [60, 130]
    assert say(rows)[1] == (
        "entrance 2 of building h0 with 130 households, not divided because its number of floors "
        "is unknown"
    )


@pytest.mark.parametrize("doors", [{"1": 60, "2": 70}, {"1": 130}])
def test_entrances_that_are_not_all_known_divide_nothing(doors: dict[str, int]) -> None:
    unknown = 0 if len(doors) == 1 else 10
    rows = nested(street(doors, floors=10, unknown=unknown)).microgrids
    assert not any("entrance" in line for line in say(rows))
    assert len(rows) == 2


def test_a_building_that_is_no_bigger_than_a_micro_grid_stays_whole() -> None:
    rows = nested(street({"1": 40, "2": 40}, floors=10)).microgrids
    assert say(rows) == ["building h0"]


def test_a_community_takes_its_entrances_to_another_process() -> None:
    drawn = street({"1": 60, "2": 60})
    order = Order(RULES, with_microgrids=True)
    away = open_parcel(order.plan_packed(pack_community(drawn)))
    assert say(away.microgrids) == say(nested(drawn).microgrids)
    assert "entrance 1 of building h0" in say(away.microgrids)


SLABS = st.lists(
    st.one_of(
        st.integers(0, 200),
        st.lists(st.integers(1, 150), min_size=1, max_size=6).map(
            lambda held: {str(n): each for n, each in enumerate(held, start=1)}
        ),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=150)
@given(SLABS, st.one_of(st.none(), st.integers(1, 40)))
def test_whatever_it_is_divided_by_a_part_holds_the_same(
    houses: list[int | dict[str, int]], floors: int | None
) -> None:
    drawn = street(*houses, floors=floors)
    part_of = [0] * len(houses)
    slices = Stack(drawn, np.array(part_of), RULES).slices(0)
    assert sum(each.households for each in slices) == drawn.buildings["households"].sum()
    assert sum(each.persons for each in slices) == drawn.buildings["persons"].sum()
    assert {row for each in slices for row in each.buildings} == set(range(len(houses)))
    assert all(len(each.buildings) == len(set(each.buildings)) for each in slices)
    lines = [each.made_of.text(language) for each in slices for language in ("zh", "en")]
    assert all(lines)
    assert len({each.made_of.text("en") for each in slices}) == len(slices)


@settings(max_examples=100)
@given(
    st.lists(st.integers(4, 160), min_size=1, max_size=5),
    st.integers(0, 80),
    st.integers(30, 40),
)
def test_what_a_part_holds_beside_whole_micro_grids_tells_whether_the_band_can_be_kept(
    held: list[int], beside: int, floors: int
) -> None:
    drawn = street({str(n): each for n, each in enumerate(held)}, beside, floors=floors)
    slices = Stack(drawn, np.array([0, 0]), RULES).slices(0)
    left = households_beside(drawn, RULES).sum()
    steps = 1 + max(held) // floors  # households of a floor
    out = sum(max(50 - each.households, each.households - 80, 0) for each in slices)
    if RULES.micro_low + steps <= left <= RULES.micro_high - steps:
        assert out <= steps * len(slices)
