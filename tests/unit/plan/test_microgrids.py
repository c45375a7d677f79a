"""Micro-grids: nested, complete, and towers by floor."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings

from gridmap.errors import CodesExhaustedError
from gridmap.ground.adjacency import build_ground
from gridmap.messages import LANGUAGES, Message
from gridmap.pipeline import assemble_draft, plan_community
from gridmap.plan.model import CommunityPlan
from gridmap.planfile import read_draft, write_draft
from gridmap.rules import Rules
from gridmap.schema import Community
from tests import worlds

RULES = Rules()

UNEVEN = (
    *(24, 23, 28, 25, 33, 30, 26, 33, 24, 25, 23, 25),
    *(27, 33, 27, 32, 33, 23, 32, 33, 26, 33, 33, 24),
)
"""Houses along a street: the best grids of them cannot be divided well, others can."""


def nested(community: Community, rules: Rules = RULES) -> CommunityPlan:
    return plan_community(community, rules=rules, with_microgrids=True)


def street(*households: int, floors: list[float] | None = None) -> Community:
    """Draw a street of houses from west to east, 20 m apart."""
    houses = {
        f"h{number:02d}": worlds.box(20 * number + 4, 100, 20 * number + 16, 120)
        for number in range(len(households))
    }
    outline = worlds.box(0, 50, 20 * len(households), 200)
    drawn = worlds.community(houses, households, boundary=outline)
    if floors is not None:
        drawn.buildings["floors"] = floors
    return drawn


def say(plan: CommunityPlan) -> list[str]:
    return [Message.from_json(line).text("en") for line in plan.microgrids["made_of"]]


@settings(max_examples=8)
@given(worlds.communities())
def test_micro_grids_tile_their_grid_to_the_bit(community: Community) -> None:
    plan = nested(community)
    for code, rows in plan.microgrids.groupby("grid_code"):
        areas = rows.geometry.drop_duplicates().to_numpy()
        whole = plan.grids.geometry[code]
        assert shapely.coverage_is_valid(areas)
        assert shapely.normalize(shapely.coverage_union_all(areas)).equals_exact(whole)


@settings(max_examples=8)
@given(worlds.communities())
def test_a_micro_grid_is_in_one_piece_and_no_bigger_than_it_has_to_be(
    community: Community,
) -> None:
    plan = nested(community)
    assert (plan.microgrids.geom_type == "Polygon").all()
    ground = build_ground(community)  # what stands on one spot cannot be parted by a line
    spots = community.buildings["households"].groupby(ground.cell_of).sum()
    most = max([RULES.micro_high, *spots])
    assert (plan.microgrids["households"] < most + RULES.micro_high).all()


@settings(max_examples=8)
@given(worlds.communities())
def test_micro_grids_add_up_to_their_grid(community: Community) -> None:
    plan = nested(community)
    counts = ["households", "persons"]
    general = plan.grids[plan.grids["kind"] == "general"]
    held = plan.microgrids.groupby("grid_code")[counts].sum()
    pd.testing.assert_frame_equal(held, general[counts], check_names=False, check_index_type=False)


@settings(max_examples=8)
@given(worlds.communities())
def test_every_building_of_a_general_grid_knows_its_micro_grids(community: Community) -> None:
    plan = nested(community)
    kinds = plan.grids["kind"].loc[plan.assignment["grid_code"]].to_numpy()
    for (_, row), kind in zip(plan.assignment.iterrows(), kinds, strict=True):
        codes = [code for code in row["micro_code"].split(";") if code]
        assert bool(codes) == (kind == "general")
        assert set(plan.microgrids["grid_code"].loc[codes]) <= {row["grid_code"]}
        homes = plan.microgrids.geometry.loc[codes].to_numpy()
        assert shapely.dwithin(homes, row.geometry, 1e-3).all()


@settings(max_examples=3)
@given(worlds.communities())
def test_micro_grids_and_the_grids_they_are_in_are_the_same_every_time(
    community: Community,
) -> None:
    first, second = nested(community), nested(community)
    pd.testing.assert_frame_equal(pd.DataFrame(first.microgrids), pd.DataFrame(second.microgrids))
    pd.testing.assert_frame_equal(pd.DataFrame(first.grids), pd.DataFrame(second.grids))
    for line in first.microgrids["made_of"]:
        assert all(Message.from_json(line).text(language) for language in LANGUAGES)


@settings(max_examples=8)
@given(worlds.communities())
def test_no_household_is_out_of_the_band_of_the_grids_for_the_sake_of_micro_grids(
    community: Community,
) -> None:
    out = []
    for plan in (nested(community), plan_community(community, rules=RULES)):
        held = plan.grids["households"][plan.grids["kind"] == "general"]
        out.append(int(((RULES.low - held).clip(0) + (held - RULES.high).clip(0)).sum()))
    assert out[0] <= out[1]


def test_grids_are_drawn_so_that_their_micro_grids_fit() -> None:
    drawn = street(*UNEVEN)
    plain, plan = plan_community(drawn, rules=RULES), nested(drawn)
    assert list(plan.grids["households"]) != list(plain.grids["households"])
    assert plan.grids["households"].between(RULES.low, RULES.high).all()
    assert plan.microgrids["households"].between(RULES.micro_low, RULES.micro_high).all()


def test_a_grid_that_stays_as_it_is_keeps_its_micro_grids() -> None:
    drawn = street(*UNEVEN)
    plan = nested(drawn)
    kept = plan.grids.assign(locked=False)[["name", "locked", "geometry"]]
    again = nested(replace(drawn, present=kept))
    pd.testing.assert_frame_equal(pd.DataFrame(again.microgrids), pd.DataFrame(plan.microgrids))


def test_a_street_of_small_houses_is_divided_inside_the_window() -> None:
    plan = nested(street(*[20] * 20))
    assert plan.microgrids["households"].between(50, 80).all()
    assert list(plan.microgrids.index[:2]) == ["99010100100100101", "99010100100100102"]
    assert "4 buildings: h00; h01; h02; h03" in say(plan) or "3 buildings: h00; h01; h02" in say(
        plan
    )


def test_a_tower_is_divided_by_floors_on_one_polygon() -> None:
    plan = nested(street(640, floors=[33.0]))
    rows = plan.microgrids
    assert rows["households"].between(50, 80).all()
    assert rows["households"].sum() == 640
    assert rows["persons"].sum() == 1280
    assert rows.index.is_unique
    assert rows.geometry.drop_duplicates().size == 1
    assert say(plan)[0] == (
        "building h00, floors 1 to 4 of 33, its households shared out evenly by floor"
    )
    assert plan.assignment.loc["h00", "micro_code"] == ";".join(rows.index)


def test_the_foot_of_a_tower_is_shared_with_a_small_house_that_nothing_parts_from_it() -> None:
    plan = nested(street(90, 20, floors=[18.0, 2.0]))
    assert list(plan.microgrids["households"]) == [55, 55]
    assert say(plan)[0].startswith("building h00, floors 1 to 7 of 18")
    assert say(plan)[0].endswith("building h01")
    assert plan.assignment.loc["h00", "micro_code"] == ";".join(plan.microgrids.index)


def test_towers_too_small_for_two_micro_grids_share_one_of_their_feet() -> None:
    plan = nested(street(86, 83, floors=[26.0, 25.0]))
    assert plan.microgrids["households"].between(50, 80).all()
    assert len(plan.microgrids) == 3
    assert all(name in say(plan)[0] for name in ("h00", "h01"))


def test_ground_without_homes_is_no_micro_grid_of_its_own_beside_a_tower() -> None:
    plan = nested(street(0, 140, 0, floors=[1.0, 20.0, 1.0]))
    assert list(plan.microgrids["households"]) == [70, 70]
    assert set(plan.assignment["micro_code"].loc[["h00", "h02"]]) <= set(plan.microgrids.index)


@pytest.mark.parametrize(
    ("floors", "reason"),
    [(None, "is unknown"), ([float("nan")], "is unknown"), ([1.0], "one floor")],
)
def test_a_tower_without_floors_to_divide_stays_one_and_says_so(
    floors: list[float] | None, reason: str
) -> None:
    plan = nested(street(640, floors=floors))
    assert list(plan.microgrids["households"]) == [640]
    assert reason in say(plan)[0]


def test_a_tower_with_few_floors_has_no_more_micro_grids_than_floors() -> None:
    plan = nested(street(640, floors=[4.0]))
    assert list(plan.microgrids["households"]) == [160] * 4


def test_a_small_compound_stays_whole_and_a_big_one_is_divided() -> None:
    houses = {f"h{n}": worlds.box(20 * n + 4, 100, 20 * n + 16, 120) for n in range(8)}
    compounds = {"small": worlds.box(0, 50, 60, 200), "big": worlds.box(60, 50, 160, 200)}
    plan = nested(
        worlds.community(
            houses,
            [22, 22, 22, 60, 60, 60, 60, 60],
            boundary=worlds.box(0, 50, 160, 200),
            compounds=compounds,
        )
    )
    codes = plan.assignment["micro_code"]
    assert len(set(codes.loc[["h0", "h1", "h2"]])) == 1
    assert len(set(codes.loc[["h3", "h4", "h5", "h6", "h7"]])) == 5


def test_more_micro_grids_than_two_digits_can_number_are_refused() -> None:
    rules = Rules(micro_low=1, micro_high=2)
    with pytest.raises(CodesExhaustedError, match="99"):
        nested(street(*[20] * 20, floors=[10.0] * 20), rules)


def test_micro_grids_nest_to_the_bit_across_a_community_line() -> None:
    west = {f"w{n}": worlds.box(4, 20 * n, 36, 20 * n + 14) for n in range(15)}
    east = {f"e{n}": worlds.box(60, 27 * n, 90, 27 * n + 20) for n in range(11)}
    plans = [
        nested(worlds.community(west, [30] * 15, boundary=worlds.box(0, 0, 50, 300))),
        nested(
            worlds.community(
                east,
                [40] * 11,
                boundary=worlds.box(50, 0, 100, 300),
                dedicated={"market": worlds.box(50, 0, 100, 50)},
                code="990101001002",
            )
        ),
    ]
    draft = assemble_draft(
        plans,
        balance=worlds.sheet(*plans),
        faults=(),
        rules=RULES,
        seed=0,
        crs=plans[0].grids.crs,
    )
    united = draft.microgrids.dissolve("grid_code", method="coverage").geometry
    grids: gpd.GeoSeries = draft.grids.geometry.loc[united.index]
    assert set(draft.grids["kind"]) == {"general", "dedicated"}
    assert shapely.get_num_coordinates(plans[0].grids.geometry.iloc[0]) < (
        shapely.get_num_coordinates(grids.iloc[0])
    )
    assert shapely.equals_exact(
        shapely.normalize(united.to_numpy()), shapely.normalize(grids.to_numpy())
    ).all()


@pytest.mark.parametrize("ending", [".gpkg", ".parquet", ".geojson"])
def test_a_plan_file_says_in_words_what_micro_grids_are_made_of_and_reads_back(
    tmp_path: Path, ending: str
) -> None:
    plan = nested(street(640, 40, 30, floors=[32.0, 6.0, 6.0]))
    draft = assemble_draft(
        [plan], balance=worlds.sheet(plan), faults=(), rules=RULES, seed=0, crs=plan.grids.crs
    )
    write_draft(draft, tmp_path / f"plan{ending}", language="en")
    found = read_draft(tmp_path / f"plan{ending}")
    pd.testing.assert_frame_equal(
        pd.DataFrame(found.microgrids), pd.DataFrame(draft.microgrids), check_index_type=False
    )
    assert list(found.assignment["micro_code"]) == list(draft.assignment["micro_code"])
    if ending == ".gpkg":
        spoken = gpd.read_file(tmp_path / "plan.gpkg", layer="microgrids")["made_of"]
        assert list(spoken) == say(plan)
