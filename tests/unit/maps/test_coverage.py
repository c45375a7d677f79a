"""What a coverage map carries: true figures, every fault, both languages, nothing twice."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely import LineString, Point

from gridmap.errors import CrsError, MissingColumnError
from gridmap.layers.balance import BINS, BalanceSheet
from gridmap.maps.coverage import coverage_map
from gridmap.maps.faultlayers import FAULT_LAYERS, layer_of
from gridmap.maps.page import write_page
from gridmap.maps.tally import Check, failed_checks, size_class, tally
from gridmap.messages import LANGUAGES, Language, Message
from gridmap.rules import Band
from gridmap.schema import Fault
from tests.e2e.town import COMMUNITIES, METRES, roads, town, unbalanced


def data(path: Path) -> dict[str, Any]:
    found = re.search(
        r'<script type="application/json"[^>]*>(.*?)</script>', path.read_text("utf-8")
    )
    assert found is not None
    read: dict[str, Any] = json.loads(found[1])
    return read


def test_one_plan_gives_one_page_to_the_byte(tmp_path: Path) -> None:
    for name in ("one.html", "other.html"):
        page = coverage_map(town(), backdrop=roads(), community_names=COMMUNITIES)
        write_page(page, tmp_path / name)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "other.html").read_bytes()


def test_every_grid_and_building_is_on_the_map_with_its_figures(tmp_path: Path) -> None:
    draft = town()
    write_page(coverage_map(draft), tmp_path / "map.html")
    page = data(tmp_path / "map.html")
    assert [grid["code"] for grid in page["grids"]] == list(draft.grids.index)
    assert [grid["households"] for grid in page["grids"]] == draft.grids["households"].tolist()
    homes = page["buildings"]
    pairs = zip(homes["id"], homes["grid"], strict=True)
    codes = {one: page["grids"][at]["code"] for one, at in pairs}
    assert codes == draft.assignment["grid_code"].to_dict()
    assert sum(homes["households"]) == draft.balance.households["placed"]


def test_every_grid_has_the_further_loads_of_its_rule(tmp_path: Path) -> None:
    write_page(coverage_map(town()), tmp_path / "map.html")
    assert all(grid["loads"] == [] for grid in data(tmp_path / "map.html")["grids"])
    grids = town().grids
    held = [0.1 + at for at in range(len(grids))]
    rules = replace(town().rules, loads=(Band("need", 0, 60),))
    draft = replace(town(), rules=rules, grids=grids.assign(load_need=held))
    write_page(coverage_map(draft), tmp_path / "map.html")
    loads = [grid["loads"] for grid in data(tmp_path / "map.html")["grids"]]
    assert loads == [[["need", load]] for load in held]


def test_every_grid_says_in_both_languages_why_it_looks_so(tmp_path: Path) -> None:
    draft = town()
    write_page(coverage_map(draft), tmp_path / "map.html")
    said = [grid["why"] for grid in data(tmp_path / "map.html")["grids"]]
    assert said == [
        [Message.from_json(line).text(language) for language in LANGUAGES]
        for line in draft.grids["why"]
    ]
    assert said[1] == ["沿人民路1划界", "follows 人民路1"]


def test_every_fault_is_in_exactly_one_layer(tmp_path: Path) -> None:
    draft = town()
    write_page(coverage_map(draft), tmp_path / "map.html")
    layers = data(tmp_path / "map.html")["faultLayers"]
    assert [layer["key"] for layer in layers] == list(FAULT_LAYERS)
    assert sum(len(layer["faults"]) for layer in layers) == len(draft.faults)
    outside = next(layer for layer in layers if layer["key"] == "outside")
    assert outside["missing"]
    assert outside["faults"][0]["says"][1] == "Ledger row 21 lies outside every community."


@pytest.mark.parametrize(
    ("fault", "layer"),
    [
        (Fault("households", 1, "no_place"), "no_place"),
        (Fault("households", 1, "waived"), "waived"),
        (Fault("buildings", 1, "count_outside"), "outside"),
        (Fault("buildings", 1, "outside"), "noted"),
        (Fault("households", 1, "placed"), "noted"),
        (Fault("households", 1, "count_bad", "refused"), "refused"),
        (Fault("buildings", 1, "count_bad", "repaired"), "repaired"),
    ],
)
def test_missing_households_have_layers_of_their_own(fault: Fault, layer: str) -> None:
    assert layer_of(fault) == layer


@pytest.mark.parametrize(
    ("kind", "status", "size"),
    [
        ("general", "ok", "in"),
        ("general", "under_band", "below"),
        ("general", "over_band", "above"),
        ("general", "over_persons", "persons"),
        ("general", "over_load", "load"),
        ("general", "under_load", "load"),
        ("dedicated", "ok", "dedicated"),
        ("empty", "ok", "empty"),
    ],
)
def test_a_grid_is_coloured_as_the_planner_judged_it(kind: str, status: str, size: str) -> None:
    assert size_class(kind, status) == size


def test_a_sheet_that_balances_fails_no_check() -> None:
    figures = tally(town())
    assert figures["balanced"]
    assert figures["checks"] == []
    assert figures["missing"] == 10


def test_a_household_between_ledger_and_bins_is_a_failed_check() -> None:
    draft = unbalanced(town())
    ledger = draft.balance.ledger_households
    assert tally(draft)["checks"] == [
        {"key": "bins_households", "left": ledger - 3, "right": ledger}
    ]
    assert not tally(draft)["balanced"]


def test_grids_that_say_more_than_their_buildings_hold_are_a_failed_check() -> None:
    draft = town()
    grids = draft.grids.copy()
    grids.loc[grids.index[0], "households"] += 1
    figures = tally(replace(draft, grids=grids))
    assert [check["key"] for check in figures["checks"]] == ["drawn_households"]
    assert not figures["balanced"]


def test_a_sheet_made_before_the_plan_is_counted_first() -> None:
    draft = town()
    early = replace(draft, balance=replace(draft.balance, grid_households=None, grid_persons=None))
    assert tally(early) == tally(draft)


def test_each_pair_of_sums_has_a_check_of_its_own() -> None:
    bins = {name: 5 if name == "placed" else 0 for name in BINS}
    sheet = BalanceSheet("ledger", 6, 7, bins, bins, (), 0, 8, 9)
    assert failed_checks(sheet, (10, 11)) == [
        Check("bins_households", 5, 6),
        Check("bins_persons", 5, 7),
        Check("grids_households", 8, 5),
        Check("grids_persons", 9, 5),
        Check("drawn_households", 10, 8),
        Check("drawn_persons", 11, 9),
    ]


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("zh", "和平社区、幸福里社区、东关社区网格覆盖图"),
        ("en", "Grid coverage of 和平社区, 幸福里社区, 东关社区"),
    ],
)
def test_the_title_names_the_communities(language: Language, title: str) -> None:
    page = coverage_map(town(), language=language, community_names=COMMUNITIES)
    assert page.page_title == title


def test_many_communities_are_counted_in_the_title() -> None:
    draft = town(2, 4)
    grids = draft.grids.copy()
    grids["community_code"] = [f"C{at}" for at in range(len(grids))]
    page = coverage_map(replace(draft, grids=grids), language="en")
    assert page.page_title == "Grid coverage of C0, C1, C2 and 8 communities in all"


def test_a_title_of_ones_own_is_kept_and_escaped() -> None:
    assert coverage_map(town(), title="<Old & New>").page_title == "&lt;Old &amp; New&gt;"


def test_a_backdrop_may_lack_columns_and_hold_points_and_many_lines(tmp_path: Path) -> None:
    lines = [LineString([(452_000, 4_420_000), (452_100, 4_420_000)]), Point(452_000, 4_420_000)]
    backdrop = gpd.GeoDataFrame(geometry=lines, crs=METRES)
    write_page(coverage_map(town(), backdrop=backdrop), tmp_path / "map.html")
    drawn = data(tmp_path / "map.html")["backdrop"]
    assert [(line["class"], line["name"]) for line in drawn] == [("", "")]


def test_kinds_of_barriers_serve_as_classes(tmp_path: Path) -> None:
    backdrop = roads().rename(columns={"class": "kind"})
    write_page(coverage_map(town(), backdrop=backdrop), tmp_path / "map.html")
    drawn = data(tmp_path / "map.html")["backdrop"]
    assert [line["class"] for line in drawn] == roads()["class"].tolist()


def test_a_plan_in_degrees_is_refused() -> None:
    draft = town(1, 2)
    with pytest.raises(CrsError):
        coverage_map(replace(draft, grids=draft.grids.to_crs("EPSG:4326")))


def test_a_plan_without_a_column_is_refused() -> None:
    draft = town(1, 2)
    with pytest.raises(MissingColumnError):
        coverage_map(replace(draft, grids=draft.grids.drop(columns="worker")))
