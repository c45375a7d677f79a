"""A good draft to write, read, damage and audit: two communities, a tower, faults of all kinds."""

from dataclasses import replace
from functools import cache

import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from gridmap.messages import Message
from gridmap.pipeline import assemble_draft, plan_community
from gridmap.plan.model import CommunityPlan, Draft
from gridmap.rules import Rules
from gridmap.schema import Fault
from tests.worlds import at, box, community, line, sheet

RULES = Rules()

FAULTS = (
    Fault("households", 3, "no_place", "noted", {"why": Message("faults.why_nothing")}),
    Fault("buildings", 7, "count_bad", "repaired", {"column": "户数", "value": '{"a": 1}'}),
    Fault("roads", None, "ids_made", "noted", {"count": 2}, line((0, 0), (10, 10))),
    Fault("walls", 1, "no_geometry", "noted", {}, shapely.Point(at(5, 5))),
)


@cache
def good_draft(*, with_microgrids: bool = False) -> Draft:
    """
    Plan two communities side by side, the eastern one with a tower and a market.

    Nobody may change it: replace what a test is about.
    """
    plans = (west(with_microgrids=with_microgrids), east(with_microgrids=with_microgrids))
    return assemble_draft(
        plans,
        balance=replace(sheet(*plans), residential_without_households=("w0", "e1")),
        faults=FAULTS,
        rules=RULES,
        seed=3,
        crs=CRS("EPSG:4549"),
    )


def west(*, with_microgrids: bool) -> CommunityPlan:
    """Plan a community of 800 households in 8 houses."""
    houses: dict[str, BaseGeometry] = {
        f"w{n}": box(10 + 48 * n, 100, 34 + 48 * n, 114) for n in range(8)
    }
    roads = [("primary", line((-10, 180), (410, 185))), ("lane", line((203, 0), (203, 300)))]
    world = community(houses, [100] * 8, barriers=roads)
    return plan_community(world, rules=RULES, with_microgrids=with_microgrids)


def east(*, with_microgrids: bool) -> CommunityPlan:
    """Plan its neighbour with a tower of 640 households and a market without any."""
    houses: dict[str, BaseGeometry] = {
        f"e{n}": box(410 + 40 * n, 60, 430 + 40 * n, 80) for n in range(9)
    }
    world = community(
        houses,
        [80] * 4 + [640] + [80] * 4,
        boundary=box(400, 0, 800, 300),
        barriers=[("secondary", line((390, 150), (810, 155)))],
        dedicated={"菜市场": box(500, 200, 600, 280)},
        workers={"wang": "old"},
        grids={"old": box(400, 0, 600, 300)},
        code="990101001002",
    )
    return plan_community(world, rules=RULES, with_microgrids=with_microgrids)
