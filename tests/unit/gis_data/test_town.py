"""The committed town holds what it promises, and nothing wrong that was not meant."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame
from pandas import DataFrame
from pandas.testing import assert_frame_equal

from gis_data import SMALL_TOWN, TownFacts
from gis_data.town import LAYERS

Layers = dict[str, GeoDataFrame]


def meetings(left: GeoDataFrame, right: GeoDataFrame, *, how: str) -> list[tuple[str, str]]:
    """Name the first columns of rows that meet."""
    first, second = right.sindex.query(left.geometry, predicate=how)
    return list(zip(left.iloc[first, 0], right.iloc[second, 0], strict=True))


@pytest.fixture
def buildings(layers: Layers) -> GeoDataFrame:
    return layers["buildings"]


@pytest.fixture
def sound(buildings: GeoDataFrame) -> GeoDataFrame:
    """Give the buildings whose ring does not cross itself."""
    return buildings[buildings.is_valid].reset_index(drop=True)


@pytest.mark.parametrize("name", LAYERS)
def test_the_committed_layers_are_what_the_generator_makes(
    name: str, again: tuple[Path, TownFacts], layers: Layers
) -> None:
    made = gpd.read_parquet(again[0] / f"{name}.parquet")
    assert_frame_equal(made.drop(columns="geometry"), layers[name].drop(columns="geometry"))
    assert list(made.geometry.to_wkb()) == list(layers[name].geometry.to_wkb())
    assert made.crs == layers[name].crs == "EPSG:4550"


def test_the_committed_ledger_is_what_the_generator_makes(
    again: tuple[Path, TownFacts],
) -> None:
    made = (again[0] / "households.csv").read_bytes()
    assert made == (SMALL_TOWN / "households.csv").read_bytes()


def test_the_committed_town_is_smaller_than_a_megabyte() -> None:
    assert sum(path.stat().st_size for path in SMALL_TOWN.iterdir()) < 1_000_000


def test_the_committed_town_says_where_it_comes_from(facts: TownFacts) -> None:
    source = (SMALL_TOWN / "SOURCE.md").read_text("utf-8")
    assert f"{facts.buildings:,} buildings ({facts.residential:,} residential)" in source
    assert f"{facts.households:,} rows in the ledger with {facts.persons:,} persons" in source
    for name, count in facts.to_dict().items():
        assert f"{count:,}" in source, name


def test_the_town_is_as_large_as_promised(facts: TownFacts, buildings: GeoDataFrame) -> None:
    assert 1_200 <= facts.buildings == len(buildings) <= 1_500
    assert facts.communities >= 4


def test_communities_share_their_lines_to_the_bit(layers: Layers) -> None:
    communities = layers["communities"]
    assert shapely.coverage_is_valid(communities.geometry.to_numpy())
    assert communities.is_valid.all()


def test_every_community_has_households_for_a_few_grids(ledger: DataFrame) -> None:
    counts = ledger["household_id"].drop_duplicates().str[1:9].value_counts()
    assert counts.between(1_000, 1_800).all()
    assert len(counts) == 6


def test_every_kind_of_quarter_is_there(layers: Layers, buildings: GeoDataFrame) -> None:
    uses = {"residential", "retail", "market", "school", "industrial", "public", "storage"}
    assert uses <= set(buildings["use"])
    names = " ".join(layers["dedicated"]["name"])
    assert "小学" in names
    assert "农贸市场" in names
    assert "厂" in names
    assert layers["water"]["kind"].isin(["river", "pond"]).all()


def test_one_building_holds_640_households(ledger: DataFrame, buildings: GeoDataFrame) -> None:
    homes = buildings["floors"] * buildings["units_per_floor"]
    great = buildings[homes == 640]
    assert len(great) == 1
    point = ledger["x"].notna()
    inside = shapely.contains_xy(great.geometry.iloc[0], ledger["x"], ledger["y"]) & point
    named = ledger["building_id"].eq(great["building_id"].iloc[0])
    addressed = ledger["address"].eq(great["address"].iloc[0])
    held = ledger[named | addressed | inside].drop_duplicates("household_id")
    assert 635 <= len(held) <= 645  # a few are lost, and a few claimed by others, on purpose


def test_the_river_has_two_bridges(layers: Layers) -> None:
    roads, water = layers["roads"], layers["water"]
    river = water[water["kind"] == "river"].union_all()
    assert roads["bridge"].sum() == 2
    assert roads[roads["bridge"]].crosses(river).all()
    assert not roads[~roads["bridge"]].intersects(river).any()


def test_roads_cross_the_railway(layers: Layers) -> None:
    roads, rail = layers["roads"], layers["railways"].union_all()
    crossing = roads[roads.intersects(rail)]
    assert crossing["tunnel"].any()
    assert (~crossing["tunnel"]).any()


def test_roads_meet_at_shared_ends(layers: Layers) -> None:
    roads = layers["roads"].reset_index(drop=True)
    ends = shapely.get_point(roads.geometry, [[0], [-1]])
    counts = pd.Series(shapely.to_wkb(ends.ravel())).value_counts()
    loose = [
        kind
        for kind, start, end in zip(roads["class"], *ends, strict=True)
        if 1 in (counts[shapely.to_wkb(start)], counts[shapely.to_wkb(end)])
    ]
    assert set(loose) - {"primary", "secondary"} <= {"service"}  # main roads stop at the river
    first, second = roads.sindex.query(roads.geometry, predicate="crosses")
    assert not len(first)
    assert not len(second)


def test_only_planned_footprints_overlap(facts: TownFacts, sound: GeoDataFrame) -> None:
    first, second = sound.sindex.query(sound.geometry, predicate="intersects")
    pairs = [(i, j) for i, j in zip(first, second, strict=True) if i < j]
    shapes = sound.geometry
    areas = [shapes[i].intersection(shapes[j]).area for i, j in pairs]
    overlaps = [pair for pair, area in zip(pairs, areas, strict=True) if area > 1e-6]
    assert len(overlaps) == facts.duplicate_footprints
    assert all(shapes[i].equals(shapes[j]) for i, j in overlaps)


def test_only_planned_houses_stand_on_roads(
    facts: TownFacts, sound: GeoDataFrame, layers: Layers
) -> None:
    on_roads = meetings(layers["roads"], sound, how="intersects")
    assert len({building for _, building in on_roads}) == facts.on_road > 0


@pytest.mark.parametrize("name", ["railways", "water", "walls"])
def test_no_building_stands_on_rails_water_or_walls(
    name: str, sound: GeoDataFrame, layers: Layers
) -> None:
    assert meetings(layers[name], sound, how="intersects") == []


def test_houses_stand_astride_a_community_line(
    facts: TownFacts, sound: GeoDataFrame, layers: Layers
) -> None:
    lines = layers["communities"].copy()
    lines["geometry"] = lines.boundary
    astride = {building for _, building in meetings(lines, sound, how="crosses")}
    assert len(astride) == facts.astride_line > 0


def test_bow_ties_are_the_only_footprints_that_are_not_valid(
    facts: TownFacts, buildings: GeoDataFrame
) -> None:
    assert (~buildings.is_valid).sum() == facts.bow_ties > 0
    others = [frame for name, frame in buildings.groupby("use") if name != "residential"]
    assert all(frame.is_valid.all() for frame in others)


def test_every_building_lies_in_a_community_and_nearly_all_in_their_own(
    facts: TownFacts, sound: GeoDataFrame, layers: Layers
) -> None:
    anchors = sound.set_geometry(sound.representative_point())
    joined = anchors.sjoin(layers["communities"], how="left")
    assert joined["code"].notna().all()
    strangers = joined["code"].str[4:].ne(joined["building_id"].str[1:9])
    assert strangers.sum() <= facts.astride_line


def test_addresses_are_unique(buildings: GeoDataFrame) -> None:
    known = buildings.loc[buildings["address"] != "", "address"]
    assert known.is_unique
    assert buildings["building_id"].is_unique


def test_codes_have_twelve_digits_of_no_real_province(layers: Layers) -> None:
    codes = layers["communities"]["code"]
    assert codes.str.fullmatch(r"99\d{10}").all()
    assert codes.is_unique
    assert layers["grids"]["code"].str[:12].isin(codes).all()


def test_compounds_have_walls_with_a_gate(layers: Layers, sound: GeoDataFrame) -> None:
    compounds, walls = layers["compounds"], layers["walls"]
    named = walls[walls["name"].isin(compounds["name"])]
    assert len(named) == len(compounds)
    assert not named.is_ring.any()
    homes = sound[sound["compound_id"] != ""].merge(
        compounds.rename_geometry("ground"), on="compound_id"
    )
    assert shapely.covers(homes["ground"].to_numpy(), homes["geometry"].to_numpy()).all()


def test_todays_grids_do_not_overlap_and_miss_a_corner(layers: Layers) -> None:
    grids, communities = layers["grids"], layers["communities"]
    assert grids.is_valid.all()
    assert shapely.coverage_is_valid(grids.geometry.to_numpy())
    ground = communities.union_all()
    assert grids.union_all().difference(ground).area < 1e-3
    assert 0.98 < grids.area.sum() / ground.area < 1.0
    areas = grids.area
    assert areas.max() > 2.5 * areas.min()


def test_one_grid_is_vacant_and_one_worker_has_two(layers: Layers) -> None:
    held = layers["workers"]["grids"].str.split(";")
    assert (held.str.len() == 2).sum() == 1
    vacant = set(layers["grids"]["code"]) - set(held.explode())
    assert len(vacant) == 1
    assert held.explode().is_unique


def test_names_are_chinese_and_communities_have_their_own(layers: Layers) -> None:
    for name in ("communities", "compounds", "railways", "water", "dedicated", "grids"):
        assert layers[name]["name"].str.contains(r"[\u4e00-\u9fff]{2,}").all()
    assert layers["communities"]["name"].is_unique
    assert layers["compounds"]["name"].is_unique
    roads = layers["roads"]
    assert roads.loc[roads["class"] != "service", "name"].str.fullmatch(r".+[路街巷弄]").all()


def test_ledger_faults_are_as_counted(
    facts: TownFacts, ledger: DataFrame, buildings: GeoDataFrame
) -> None:
    repeats = ledger.duplicated(keep="first").sum()
    homes = ledger[ledger["building_id"] != ""].groupby("household_id")["building_id"].nunique()
    known = ledger["building_id"].isin(buildings["building_id"])
    known |= ledger["address"].isin(buildings["address"]) & (ledger["address"] != "")
    pointed = ledger["x"].notna()
    assert repeats == facts.repeated_rows > 0
    assert (homes > 1).sum() == facts.contested_rows > 0
    assert (~known & ~pointed).sum() == facts.unplaced_rows > 0
    assert ((ledger["building_id"] == "") & known).sum() == facts.by_address_rows
    assert ledger["persons"].sum() == facts.persons
    assert len(ledger) == facts.households


def test_points_of_the_ledger_lie_in_a_footprint_or_outside_the_town(
    facts: TownFacts, ledger: DataFrame, buildings: GeoDataFrame, layers: Layers
) -> None:
    given = ledger[ledger["x"].notna()]
    points = gpd.GeoSeries(gpd.points_from_xy(given["x"], given["y"]), crs=buildings.crs)
    found = buildings.sindex.query(points, predicate="within")[0]
    town = layers["communities"].union_all()
    away = ~points.within(town)
    assert len(np.unique(found)) == facts.by_point_rows == (~away).sum()
    assert away.sum() == facts.outside_rows > 0


def test_residential_buildings_without_a_household_are_as_counted(
    facts: TownFacts, ledger: DataFrame, buildings: GeoDataFrame
) -> None:
    given = ledger[ledger["x"].notna()]
    points = gpd.GeoSeries(gpd.points_from_xy(given["x"], given["y"]), crs=buildings.crs)
    pointed = buildings["building_id"].iloc[buildings.sindex.query(points, predicate="within")[1]]
    lived_in = buildings["building_id"].isin(ledger["building_id"])
    lived_in |= buildings["building_id"].isin(pointed)
    lived_in |= buildings["address"].isin(ledger["address"]) & (buildings["address"] != "")
    homes = buildings["use"] == "residential"
    assert (homes & ~lived_in).sum() == facts.empty_homes > 0


def test_households_have_one_to_six_persons_and_no_names(ledger: DataFrame) -> None:
    assert ledger["persons"].between(1, 6).all()
    assert 2.5 < ledger["persons"].mean() < 2.7
    assert set(ledger["need"]) == {"", "elderly", "disabled", "infant"}
    assert not [name for name in ledger.columns if "name" in name]
