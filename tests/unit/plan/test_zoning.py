"""What is fixed before anything is divided: dedicated areas, compounds, water, empty ground."""

from collections.abc import Sequence

import numpy as np
import pytest
from shapely.geometry.base import BaseGeometry

from gridmap.pipeline import plan_community
from gridmap.plan.model import CommunityPlan
from gridmap.rules import Rules
from gridmap.schema import Community
from tests.worlds import box, community, line

RULES = Rules()


def row(count: int, *, x: float = 10, y: float = 100) -> dict[str, BaseGeometry]:
    """Draw houses beside each other, `h0` the westernmost."""
    return {f"h{n}": box(x + 30 * n, y, x + 30 * n + 14, y + 14) for n in range(count)}


def planned(world: Community, *, seed: int = 0) -> CommunityPlan:
    return plan_community(world, rules=RULES, seed=seed)


def grid_of(plan: CommunityPlan, houses: Sequence[int]) -> set[str]:
    """Give the codes of the grids that houses are in."""
    return set(plan.assignment.loc[[f"h{n}" for n in houses], "grid_code"])


def test_a_dedicated_area_is_a_grid_of_its_own_with_its_name_and_owner() -> None:
    market = box(190, 80, 310, 140)
    world = community(row(12), [50] * 12, dedicated={"菜市场": market})
    world.dedicated["owner"] = ["市场办"]
    plan = planned(world)
    dedicated = plan.grids[plan.grids["kind"] == "dedicated"]
    assert dedicated["name"].tolist() == ["菜市场"]
    assert dedicated["worker"].tolist() == ["市场办"]
    assert dedicated["status"].tolist() == ["ok"]
    assert dedicated.geometry.iloc[0].equals(market)
    assert grid_of(plan, [6, 7, 8, 9]) == set(dedicated.index)


def test_a_dedicated_area_has_no_band_however_many_live_there() -> None:
    world = community(row(12), [50] * 12, dedicated={"厂区": box(0, 0, 310, 300)})
    grids = planned(world).grids.set_index("kind")
    assert grids.loc["dedicated", "households"] == 500
    assert grids.loc["dedicated", "reason"] == ""
    assert grids.loc["general", "status"] == "under_band"


def test_a_dedicated_area_that_a_river_parts_is_one_grid_a_bank() -> None:
    world = community(
        row(4) | {"n": box(10, 250, 24, 264)},
        [100] * 5,
        water=[box(0, 140, 400, 165)],
        dedicated={"景区": box(0, 20, 60, 280)},
    )
    plan = planned(world)
    assert (plan.grids.geom_type == "Polygon").all()
    assert set(plan.grids.loc[plan.grids["kind"] == "dedicated", "name"]) == {"景区"}


@pytest.mark.parametrize("seed", range(5))
def test_a_compound_that_fits_stays_whole(seed: int) -> None:
    """Houses 3, 4 and 5 of 8: the even cut, 400 and 400, goes right through them."""
    yard = {"c": box(96, 90, 180, 124)}
    world = community(row(8), [100] * 8, compounds=yard)
    plan = planned(world, seed=seed)
    assert len(grid_of(plan, [3, 4, 5])) == 1
    assert plan.split_compounds == 0
    assert (plan.grids["status"] == "ok").all()


def test_a_compound_that_does_not_fit_is_divided() -> None:
    world = community(row(8), [100] * 8, compounds={"c": box(0, 90, 260, 124)})
    plan = planned(world)
    assert plan.split_compounds == 1
    assert sorted(plan.grids["households"]) in ([300, 500], [400, 400])


def test_a_compound_with_too_many_persons_is_divided_though_its_households_fit() -> None:
    yard = {"c": box(0, 90, 260, 124)}
    world = community(row(8), [60] * 8, persons=[400] * 8, compounds=yard)
    plan = planned(world)
    assert plan.split_compounds == 1
    assert (plan.grids["persons"] <= RULES.persons_cap).all()


@pytest.mark.parametrize("seed", range(3))
def test_buildings_that_name_their_compound_belong_to_it_without_any_outline(seed: int) -> None:
    world = community(row(8), [100] * 8)
    world.buildings["compound_id"] = ["", "", "", "c", "c", "c", "", ""]
    assert len(grid_of(planned(world, seed=seed), [3, 4, 5])) == 1


def test_what_a_building_says_counts_more_than_where_it_stands() -> None:
    world = community(row(8), [100] * 8, compounds={"c": box(96, 90, 270, 124)})
    world.buildings["compound_id"] = ["", "", "", "c", "c", "d", "d", "d"]
    plan = planned(world)
    assert len(grid_of(plan, [5, 6, 7])) == len(grid_of(plan, [3, 4])) == 1
    assert grid_of(plan, [5, 6, 7]) != grid_of(plan, [3, 4])


def test_nobody_alone_is_made_a_grid_by_empty_ground_across_a_river() -> None:
    world = community(row(8), [50] * 8, water=[box(0, 200, 400, 220)])
    plan = planned(world)
    assert len(plan.grids) == 1
    assert plan.grids["kind"].tolist() == ["general"]


def test_a_community_without_any_building_is_one_empty_grid() -> None:
    plan = planned(community({}, [], barriers=[("primary", line((0, 150), (400, 150)))]))
    (grid,) = plan.grids.itertuples()
    assert (grid.kind, grid.status, grid.households, grid.buildings) == ("empty", "ok", 0, 0)
    assert grid.area_m2 == pytest.approx(400 * 300)
    assert np.isnan(grid.clear_share)


def test_a_community_of_one_building_is_one_grid() -> None:
    plan = planned(community(row(1), [350]))
    assert plan.grids["households"].tolist() == [350]
    assert plan.grids["status"].tolist() == ["ok"]


def test_a_declared_link_lets_a_grid_be_in_two_pieces_and_says_so() -> None:
    houses = row(4) | {f"n{n}": box(10 + 30 * n, 250, 24 + 30 * n, 264) for n in range(4)}
    apart = community(houses, [50] * 8, water=[box(0, 140, 400, 165)])
    assert len(planned(apart).grids) == 2
    joined = community(
        houses,
        [50] * 8,
        boundary=box(0, 0, 400, 140) | box(0, 165, 400, 300),
        links=[line((30, 130), (30, 180))],
    )
    plan = planned(joined)
    assert len(plan.grids) == 1
    assert plan.grids.geom_type.tolist() == ["MultiPolygon"]
    assert [fault.kind for fault in plan.faults] == ["grid_linked"]
