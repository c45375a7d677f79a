"""A plan comes out of its parcel as it went in, and what is broken is no parcel."""

from dataclasses import fields, replace

import pandas as pd
import pytest
import shapely

from gridmap.jobs.parcels import open_parcel, pack_plan, read_label
from gridmap.messages import Message
from gridmap.pipeline import plan_community
from gridmap.plan.model import CommunityPlan
from gridmap.rules import Rules
from gridmap.schema import Fault
from tests.worlds import box, community

HOUSES = {f"b{n}": box(20 + 60 * n, 20, 50 + 60 * n, 60) for n in range(6)}

FAULT = Fault(
    "buildings",
    7,
    "tie",
    fields={"chosen": Message("plan.bound_named", {"name": "河"}), "others": "b"},
    geometry=shapely.Point(0.1 + 0.2, 1e-300),
    sheet="名册",
)


@pytest.fixture(scope="module")
def plan() -> CommunityPlan:
    made = plan_community(community(HOUSES, [40] * len(HOUSES)), rules=Rules())
    return replace(made, faults=(FAULT, replace(FAULT, row=None, geometry=None, sheet="")))


def test_every_part_of_a_plan_survives(plan: CommunityPlan) -> None:
    opened = open_parcel(pack_plan(plan))
    for field in fields(CommunityPlan):
        before, after = getattr(plan, field.name), getattr(opened, field.name)
        if isinstance(before, pd.DataFrame):
            pd.testing.assert_frame_equal(after, before, check_index_type=bool(len(before)))
            assert after.crs == before.crs
            assert after.geometry.to_wkb().tolist() == before.geometry.to_wkb().tolist()
        else:
            assert after == before


def test_a_parcel_made_once_more_is_the_same(plan: CommunityPlan) -> None:
    parcel = pack_plan(plan)
    assert pack_plan(open_parcel(parcel)) == parcel


def test_a_label_names_the_community_and_counts_its_buildings(plan: CommunityPlan) -> None:
    assert read_label(pack_plan(plan)) == (plan.community, len(plan.assignment))


@pytest.mark.parametrize("keep", [0, 10, 30, -1])
def test_a_part_of_a_parcel_has_no_label(plan: CommunityPlan, keep: int) -> None:
    assert read_label(pack_plan(plan)[:keep]) is None


def test_a_parcel_with_a_wrong_byte_has_no_label(plan: CommunityPlan) -> None:
    parcel = bytearray(pack_plan(plan))
    parcel[len(parcel) // 2] ^= 1
    assert read_label(bytes(parcel)) is None
