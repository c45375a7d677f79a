"""Two versions side by side, as a planner asks for them."""

import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
from openpyxl import load_workbook

from tests.cli.command import Command
from tests.cli.village import HOUSEHOLDS, houses
from tests.worlds import box


def next_village(village: Path, folder: Path) -> Path:
    """Raze the first house and build one of 900 households in the far corner."""
    shutil.copytree(village, folder)
    frame = houses().iloc[1:]
    tower = gpd.GeoDataFrame(
        {"building_id": ["b99"], "households": [900], "persons": [2000]},
        geometry=[box(350, 200, 380, 240)],
        crs=frame.crs,
    )
    (folder / "buildings.gpkg").unlink()
    new = pd.concat([frame, tower])
    new.to_file(folder / "buildings.gpkg", layer="buildings")
    return folder


def test_two_folders_and_a_plan_name_the_grids_to_redraw(
    gridmap: Command, village: Path, plan: Path
) -> None:
    new = next_village(village, gridmap.folder / "new")
    answer = gridmap("changes", village, new, "--plan", plan, "--out", "changes.xlsx", "--json")
    assert (answer.code, answer.err) == (0, "")
    found = answer.document
    assert (found["buildings"]["new"], found["buildings"]["gone"]) == (1, 1)
    redraw = [grid for grid in found["grids"] if grid["flag"] == "redraw"]
    assert [grid["buildings_new"] for grid in redraw] == [1]
    assert redraw[0]["households_after"] > 900
    sheets = load_workbook(gridmap.folder / "changes.xlsx").sheetnames
    assert {"buildings", "households", "grids"} <= set(sheets)

    said = gridmap("changes", village, new, "--plan", plan).out
    assert "1 built, 1 gone" in said
    assert "[redraw]" in said
    assert f"{HOUSEHOLDS} households before, {HOUSEHOLDS - 50 + 900} now" in said


def test_a_version_beside_itself_changes_nothing(
    gridmap: Command, village: Path, plan: Path
) -> None:
    found = gridmap("changes", village, village, "--plan", plan, "--json").document
    assert found["grids"] == found["buildings"]["changes"] == found["homes"] == []


def test_folders_and_imports_are_not_mixed(gridmap: Command, village: Path) -> None:
    for call in ([village], [village, village, "--from", 1], ["--plan", "plan.gpkg"]):
        assert gridmap("changes", *call).code == 2


def test_two_imports_and_the_newest_plan_in_the_database(stored: Command, village: Path) -> None:
    stored("import", village)
    assert len(stored.refuse("changes")) == 1
    stored("plan", "--all")
    stored("import", next_village(village, stored.folder / "new"))
    found = stored("changes", "--json").document
    assert (found["buildings"]["new"], found["buildings"]["gone"]) == (1, 1)
    assert [grid["flag"] for grid in found["grids"]].count("redraw") == 1
    back = stored("changes", "--from", 2, "--to", 1, "--json").document
    assert (back["buildings"]["new"], back["buildings"]["gone"]) == (1, 1)
    assert stored("audit").code == 0  # the plan of the old version is readable still


def test_an_update_and_a_delta_from_the_command_line(stored: Command, village: Path) -> None:
    stored.refuse("import", village, "--delta")
    stored("import", village)
    folder = stored.folder / "delta"
    folder.mkdir()
    (folder / "buildings.csv").write_text("building_id,change\nb0,demolished\n", "utf-8")
    answer = stored("import", folder, "--delta", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.document["ledger"]["placed"] == HOUSEHOLDS - 50
    assert stored("import", folder, "--delta", "--update").code == 2
