"""Which grids a new version of the street touches, and what is said of them."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd

from gridmap.layers.changes import Version, compare_versions
from gridmap.layers.changes.grids import PresentGrids, TouchedGrids, flag_grids
from gridmap.layers.ledger import settle_households
from gridmap.rules import Rules
from gridmap.schema import Layers
from tests.unit.layers.street import METRIC, street, stretch

RULES = Rules(target=40, low=30, high=50, persons_cap=200)


def of(layers: Layers) -> Version:
    return Version(layers, settle_households(layers, rules=RULES))


def flagged(old: Layers, new: Layers) -> TouchedGrids:
    """Flag two grids of three houses each, of one community."""
    grids = gpd.GeoDataFrame(
        {"name": ["west", "east"], "kind": "general", "community_code": "C0"},
        index=pd.Index(["g1", "g2"], name="grid_code"),
        geometry=[stretch(0, 3), stretch(3, 6)],
        crs=METRIC,
    )
    present = PresentGrids(grids, pd.Series([], index=pd.Index([]), dtype="str"), RULES)
    before, after = of(old), of(new)
    return flag_grids(present, compare_versions(before, after), before, after)


def people(*households: float) -> Layers:
    return street(6, households=list(households), persons=[2 * one for one in households])


TEN = people(13, 13, 13, 13, 13, 13)


def flags(touched: TouchedGrids) -> list[str]:
    return touched.grids["flag"].tolist()


def said(touched: TouchedGrids, grid: str) -> str:
    return "; ".join(one.text("en") for one in touched.grids["reasons"].to_dict()[grid])


def test_nothing_new_flags_nothing() -> None:
    assert flags(flagged(TEN, TEN)) == ["", ""]


def test_a_grid_that_left_the_band_is_redrawn_and_one_within_it_is_looked_at() -> None:
    touched = flagged(TEN, people(40, 13, 13, 15, 13, 13))
    assert flags(touched) == ["redraw", "look"]
    assert "66 households now (39 before), outside the band of 30–50" in said(touched, "g1")
    assert said(touched, "g2") == "households went from 39 to 41"


def test_a_grid_that_was_out_of_the_band_before_and_stays_so_is_not_flagged_again() -> None:
    crowded = people(60, 13, 13, 13, 13, 13)
    assert flags(flagged(crowded, crowded)) == ["", ""]


def test_a_building_in_no_grid_makes_the_nearest_one_to_be_redrawn() -> None:
    longer = street(7, households=[13.0] * 7, persons=[26.0] * 7, communities=[stretch(0, 7)])
    old = street(6, households=[13.0] * 6, persons=[26.0] * 6, communities=[stretch(0, 7)])
    touched = flagged(old, longer)
    assert flags(touched) == ["", "redraw"]
    assert touched.without_grid.to_dict() == {"B6": "g2"}
    assert "1 buildings stand in no grid" in said(touched, "g2")


def test_another_outline_of_the_community_has_its_grids_redrawn() -> None:
    wide = TEN.communities.set_geometry(TEN.communities.buffer(50.0))
    touched = flagged(TEN, replace(TEN, communities=wide))
    assert flags(touched) == ["redraw", "redraw"]


def test_a_wall_that_is_gone_is_worth_a_look_for_the_grids_it_ran_along() -> None:
    line = stretch(0, 2).boundary
    wall = gpd.GeoDataFrame(
        {"row": [1], "kind": [""], "name": [""]},
        index=pd.Index(["w"], name="wall_id"),
        geometry=[line],
        crs=METRIC,
    )
    touched = flagged(replace(TEN, walls=wall), TEN)
    assert flags(touched) == ["look", ""]
    assert touched.grids["barriers"].tolist() == [1, 0]


def test_a_dedicated_grid_of_today_has_no_band() -> None:
    rows = {"row": [1], "name": ["market"]}
    area = stretch(0, 3)
    grids = gpd.GeoDataFrame(
        {**rows, "locked": [False]}, index=pd.Index(["g1"], name="grid_code"),
        geometry=[area], crs=METRIC,
    )  # fmt: skip
    dedicated = gpd.GeoDataFrame(
        {**rows, "owner": [""]}, index=pd.Index(["d"], name="dedicated_id"),
        geometry=[area], crs=METRIC,
    )  # fmt: skip
    layers = replace(TEN, grids=grids, dedicated=dedicated)
    assert PresentGrids.of_layer(layers, RULES).grids["kind"].tolist() == ["dedicated"]
