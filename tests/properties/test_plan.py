"""What holds for every plan of every community."""

import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.codes import PROFILES, profile_for
from gridmap.messages import LANGUAGES, Message
from gridmap.pipeline import assemble_draft, plan_community
from gridmap.plan.certificate import audit_draft
from gridmap.plan.partition import Graph, Search, Window, partition
from gridmap.plan.zoning import components
from gridmap.rules import Rules
from gridmap.schema import Community, CommunityCode
from tests import worlds

RULES = Rules()


@settings(max_examples=25)
@given(worlds.communities())
def test_every_building_is_in_exactly_one_grid_and_lies_in_it(community: Community) -> None:
    plan = plan_community(community, rules=RULES)
    assert list(plan.assignment.index) == list(community.buildings.index)
    homes = plan.grids.geometry.loc[plan.assignment["grid_code"]].to_numpy()
    anchors = community.buildings.geometry.representative_point().to_numpy()
    assert shapely.dwithin(homes, anchors, 1e-3).all()


@settings(max_examples=25)
@given(worlds.communities())
def test_the_grids_tile_the_community_and_share_their_borders_to_the_bit(
    community: Community,
) -> None:
    areas = plan_community(community, rules=RULES).grids.geometry.to_numpy()
    ground = community.boundary
    assert shapely.is_valid(areas).all()
    assert shapely.coverage_is_valid(areas)
    assert abs(shapely.area(areas).sum() - ground.area) <= 1e-6 * ground.area
    assert shapely.symmetric_difference(shapely.union_all(areas), ground).area <= 1e-6 * ground.area


@settings(max_examples=25)
@given(worlds.communities())
def test_every_grid_is_in_one_piece(community: Community) -> None:
    assert (plan_community(community, rules=RULES).grids.geom_type == "Polygon").all()


@settings(max_examples=25)
@given(worlds.communities())
def test_nobody_is_lost_and_every_exception_has_a_reason(community: Community) -> None:
    plan = plan_community(community, rules=RULES)
    draft = assemble_draft(
        [plan],
        balance=worlds.sheet(plan),
        faults=(),
        rules=RULES,
        seed=0,
        crs=plan.grids.crs,
    )
    assert draft.balance.grid_households == community.buildings["households"].sum()
    assert draft.balance.grid_persons == community.buildings["persons"].sum()
    assert audit_draft(draft).findings == ()
    for line in plan.grids.loc[plan.grids["status"] != "ok", "reason"]:
        assert all(Message.from_json(line).text(language) for language in LANGUAGES)


@settings(max_examples=25)
@given(worlds.communities())
def test_every_grid_is_explained_with_names_that_are_on_the_ground(community: Community) -> None:
    grids = plan_community(community, rules=RULES).grids
    known = {
        *community.buildings.index,
        *community.compounds.index,
        *community.dedicated["name"],
        *community.barriers["name"],
        community.name,
        *grids.index,
    }
    for line in grids["why"]:
        message = Message.from_json(line)
        assert all(message.text(language) for language in LANGUAGES)
        assert _named(message) <= known


def _named(message: Message) -> set[str]:
    """Gather every text in a sentence that is not of the catalogue."""
    names: set[str] = set()
    for value in message.fields.values():
        if isinstance(value, Message):
            names |= _named(value)
        elif isinstance(value, str):
            names.add(value)
    return names


@settings(max_examples=25)
@given(worlds.communities())
def test_shapes_are_measured_as_they_are(community: Community) -> None:
    plan = plan_community(community, rules=RULES)
    grids = plan.grids
    widest = 2 * np.sqrt(grids.geometry.area / np.pi)
    assert (grids["neck_m"] >= 0).all()
    assert (grids["neck_m"] <= widest * 1.02 + 0.5).all()
    for code, around in grids["enclosed_by"].items():
        if around:
            own = grids.geometry[code]
            assert own.boundary.difference(grids.geometry[around].boundary.buffer(1e-6)).length < 1
            assert own.boundary.intersection(community.boundary.boundary).length < 1


@settings(max_examples=25)
@given(worlds.communities())
def test_a_compound_that_fits_and_can_be_walked_is_in_one_grid(community: Community) -> None:
    plan = plan_community(community, rules=RULES)
    lonely = community.compounds[:1]
    if not len(lonely) or len(community.barriers) > 1 or len(community.dedicated):
        return  # barriers may cut a compound apart, and two compounds may overlap
    inside = community.buildings.geometry.representative_point().within(lonely.geometry.iloc[0])
    homes = community.buildings[inside]
    if homes["households"].sum() <= RULES.high and homes["persons"].sum() <= RULES.persons_cap:
        assert plan.assignment.loc[homes.index, "grid_code"].drop_duplicates().size <= 1


@settings(max_examples=25)
@given(worlds.communities(), st.integers(0, 3))
def test_the_same_seed_gives_the_same_plan(community: Community, seed: int) -> None:
    first, second = (plan_community(community, rules=RULES, seed=seed) for _ in range(2))
    pd.testing.assert_frame_equal(pd.DataFrame(first.grids), pd.DataFrame(second.grids))
    pd.testing.assert_frame_equal(pd.DataFrame(first.assignment), pd.DataFrame(second.assignment))


@settings(max_examples=25)
@given(worlds.communities())
def test_no_time_to_search_still_gives_a_plan_that_keeps_the_hard_rules(
    community: Community,
) -> None:
    plan = plan_community(community, rules=RULES, deadline_s=0.0)
    areas = plan.grids.geometry.to_numpy()
    assert shapely.coverage_is_valid(areas)
    assert (plan.grids.geom_type == "Polygon").all()
    assert len(plan.assignment) == len(community.buildings)


@settings(max_examples=25)
@given(worlds.communities())
def test_codes_are_unique_and_parse_back_to_their_community(community: Community) -> None:
    plan = plan_community(community, rules=RULES)
    profile = profile_for(community.code, RULES.code_profile)
    parsed = [profile.parse(code) for code in plan.grids.index]
    assert parsed == [(community.code, n) for n in range(1, len(parsed) + 1)]


@given(
    st.sampled_from(sorted(PROFILES)),
    st.integers(0, 10**12 - 1),
    st.integers(1, 99),
)
def test_any_code_parses_back(name: str, community: int, sequence: int) -> None:
    code = CommunityCode(f"{community:012d}")
    assert PROFILES[name].parse(PROFILES[name].format(code, sequence)) == (code, sequence)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Draw any graph, connected or not, with weights of 0 and above the window."""
    count = draw(st.integers(1, 60))
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    edges = dice.integers(0, count, (draw(st.integers(0, 3 * count)), 2))
    edges = np.unique(np.sort(edges[edges[:, 0] != edges[:, 1]], axis=1), axis=0)
    households = dice.choice([0, 3, 20, 80, 150, 700], count)
    return Graph(
        households, 3 * households, edges[:, 0], edges[:, 1], dice.uniform(0, 50, len(edges))
    )


@settings(max_examples=60)
@given(graphs(), st.integers(0, 5))
def test_every_part_of_a_partition_is_connected(graph: Graph, seed: int) -> None:
    search = Search(Window(300, 500, 2500), np.random.default_rng(seed))
    labels = partition(graph, search)
    inside = labels[graph.first] == labels[graph.second]
    pieces = components(len(graph), graph.first[inside], graph.second[inside])
    assert len(np.unique(pieces)) == len(np.unique(labels)) == labels.max() + 1
