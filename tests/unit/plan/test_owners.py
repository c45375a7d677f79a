"""Who answers for a new grid: the worker of today's grid that most of its households come from."""

import pytest
from shapely.geometry.base import BaseGeometry

from gridmap.pipeline import plan_community
from gridmap.rules import Rules
from gridmap.schema import Community
from tests.worlds import box, community

HOUSES: dict[str, BaseGeometry] = {
    f"h{n}": box(10 + 50 * n, 100, 34 + 50 * n, 114) for n in range(8)
}
TODAY = {"west": box(0, 0, 220, 300), "east": box(220, 0, 400, 300)}


def owners(world: Community) -> list[str]:
    """Plan, and give the workers of the new grids from west to east."""
    return plan_community(world, rules=Rules()).grids["worker"].tolist()


def draw(workers: dict[str, str], grids: dict[str, BaseGeometry] | None = None) -> Community:
    """Draw a row of houses that divides into a western and an eastern half."""
    return community(HOUSES, [100] * 8, grids=TODAY if grids is None else grids, workers=workers)


def test_a_worker_keeps_the_people_of_today() -> None:
    assert owners(draw({"zhang": "west", "li": "east"})) == ["zhang", "li"]


def test_a_grid_whose_old_post_is_vacant_is_vacant() -> None:
    assert owners(draw({"li": "east"})) == ["", "li"]


def test_without_workers_or_old_grids_every_post_is_vacant() -> None:
    assert owners(draw({})) == ["", ""]
    assert owners(draw({"li": "east"}, {})) == ["", ""]


@pytest.mark.parametrize("between", [";", "；", ",", "，", "、", "; "])
def test_a_worker_of_several_old_grids_keeps_as_many_new_ones(between: str) -> None:
    assert owners(draw({"li": f"west{between}east"})) == ["li", "li"]


def test_one_old_grid_hands_its_worker_to_one_new_grid_only() -> None:
    everything = {"all": box(0, 0, 400, 300)}
    assert sorted(owners(draw({"li": "all"}, everything))) == ["", "li"]


def test_two_workers_on_one_old_grid_are_told_apart_by_their_ids() -> None:
    assert owners(draw({"wang": "west", "chen": "west"})) == ["chen", ""]


def test_the_owner_of_the_bigger_share_comes_first() -> None:
    """Today's middle grid has three houses of the western half and one of the eastern."""
    grids = {"middle": box(50, 0, 250, 300), "rest": box(250, 0, 400, 300)}
    assert owners(draw({"zhang": "middle", "li": "rest"}, grids)) == ["zhang", "li"]
