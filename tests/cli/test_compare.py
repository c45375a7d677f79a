"""`gridmap compare OLD NEW`: what a planner reads before a plan is approved."""

from pathlib import Path

import geopandas as gpd
import pytest
from openpyxl import load_workbook
from pyogrio import list_layers

from tests.cli.command import Command
from tests.cli.conftest import command_in
from tests.cli.village import HOUSEHOLDS
from tests.worlds import CRS, box

CODE = "990101001001"


@pytest.fixture(scope="module")
def redrawn(tmp_path_factory: pytest.TempPathFactory, village: Path, plan: Path) -> Path:
    """Plan the village on from its plan, by a rule that wants more and smaller grids."""
    folder = tmp_path_factory.mktemp("redrawn")
    (folder / "small.toml").write_text("target = 150\nlow = 100\nhigh = 200\n", "utf-8")
    asked = ("--rule", "small.toml", "--from", plan)
    answer = command_in(folder)("plan", village, "--out", "new.gpkg", *asked)
    assert answer.code == 0, answer
    return folder / "new.gpkg"


def test_a_planner_reads_who_moves_and_what_becomes_of_every_grid(
    gridmap: Command, plan: Path, redrawn: Path
) -> None:
    answer = gridmap("compare", plan, redrawn)
    assert (answer.code, answer.err) == (0, "")
    assert f"of {HOUSEHOLDS} households" in answer.out
    assert "Grids that change" in answer.out
    assert f"│ split  │ {CODE}001 │ =" in answer.out
    assert "Notice boards: " in answer.out
    assert "put up" in answer.out
    chinese = gridmap("compare", plan, redrawn, "--lang=zh").out
    assert f"共 {HOUSEHOLDS} 户" in chinese
    assert "拆分" in chinese


def test_a_script_gets_lists_that_add_up(gridmap: Command, plan: Path, redrawn: Path) -> None:
    found = gridmap("compare", plan, redrawn, "--json").document
    moved = found["buildings_by_change"]["moved"]
    assert sum(move["households"] for move in found["moves"]) == moved["households_after"] > 0
    assert len(found["buildings"]) == moved["buildings"]
    assert sum(pair["households_after"] for pair in found["pairs"]) == HOUSEHOLDS
    assert found["kinds"]["split"] == len(found["grids"])
    assert {link["kind"] for link in found["lineage"]} == {"same", "split"}
    of_old: dict[str, int] = {}
    for weight in found["crosswalk_forward"]:
        of_old[weight["from_code"]] = of_old.get(weight["from_code"], 0) + weight["part"]
    assert sum(of_old.values()) == HOUSEHOLDS


def test_a_plan_beside_itself_changes_nothing(gridmap: Command, plan: Path) -> None:
    found = gridmap("compare", plan, plan, "--json").document
    assert found["moves"] == found["boards"] == found["buildings"] == []
    assert found["kinds"]["unchanged"] == len(found["grids"])
    said = gridmap("compare", plan, plan).out
    assert "0 of 800 households (0.0%) change grid" in said
    assert "┃" not in said


def test_a_workbook_and_a_geopackage_hold_the_lists(
    gridmap: Command, plan: Path, redrawn: Path
) -> None:
    answer = gridmap("compare", plan, redrawn, "--out", "found.xlsx")
    assert "Written to found.xlsx" in answer.out
    book = load_workbook(gridmap.folder / "found.xlsx")
    assert book.sheetnames[:3] == ["grids", "moves", "buildings"]
    heads, first, *_ = book["grids"].iter_rows(values_only=True)
    assert dict(zip(heads, first, strict=True))["change"] == "split"
    counted = [row[1:] for row in book["matrix"].iter_rows(2, values_only=True)]
    assert sum(int(str(count)) for row in counted for count in row) == HOUSEHOLDS
    assert gridmap("compare", plan, redrawn, "--out", "found.gpkg").code == 0
    file = gridmap.folder / "found.gpkg"
    assert {"grids", "moved_ground", "moved_buildings", "lineage"} <= set(list_layers(file)[:, 0])
    grids = gpd.read_file(file, layer="grids")
    assert set(grids["kind"]) == {"split"}
    assert grids.crs == CRS


def test_open_incidents_that_change_hands_are_listed(
    gridmap: Command, plan: Path, redrawn: Path
) -> None:
    moved = gridmap("compare", plan, redrawn, "--json").document["buildings"]
    assignment = gpd.read_file(plan, layer="buildings").set_index("building_id")
    points = assignment.loc[[building["building_id"] for building in moved]]
    points.reset_index().rename(columns={"building_id": "incident_id"}).to_crs("EPSG:4326").to_file(
        gridmap.folder / "incidents.geojson"
    )
    found = gridmap("compare", plan, redrawn, "--incidents", "incidents.geojson", "--json").document
    assert {one["incident_id"]: one["new_code"] for one in found["incidents"]} == {
        building["building_id"]: building["new_code"] for building in moved
    }
    said = gridmap("compare", plan, redrawn, "--incidents", "incidents.geojson").out
    assert f"{len(moved)} open incidents get another grid" in said


def test_what_cannot_be_compared_is_refused_in_one_sentence(
    gridmap: Command, plan: Path, tmp_path: Path
) -> None:
    no_plan = tmp_path / "none.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[box(0, 0, 1, 1)], crs=CRS).to_file(no_plan)
    for arguments, said in (
        ([plan, "nowhere.gpkg"], "There is no file nowhere.gpkg"),
        ([no_plan, plan], "none.gpkg is not a plan"),
        ([plan, plan, "--out", "found.pdf"], "must end in one of .xlsx, .gpkg"),
        ([plan, plan, "--out", "missing/found.xlsx"], "missing"),
        ([plan, plan, "--incidents", no_plan], "is no layer of points"),
        ([plan, plan, "--incidents", "nowhere.csv"], "is no layer of points"),
    ):
        (sentence,) = gridmap.refuse("compare", *arguments)
        assert said in sentence
