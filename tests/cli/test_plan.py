"""`gridmap plan DIR`, `audit FILE`, `map FILE`, `check` and `sample`: files in, files out."""

import re
from collections.abc import Callable
from pathlib import Path

import pyogrio
import pytest

from gridmap.plan.certificate import audit_draft
from gridmap.planfile import read_draft
from tests.cli.command import Command
from tests.cli.village import HOUSEHOLDS, HOUSES

CONTRACT = {
    "grids",
    "households",
    "ledger",
    "in_band_share",
    "out_of_band",
    "clear_share",
    "split_compounds",
    "compactness",
    "narrow_grids",
    "enclosed_grids",
    "contiguous",
    "cut_cost",
    "lower_bound",
    "objective",
    "objective_gap",
    "seconds",
    "estimated_households",
}


def test_plan_writes_a_file_and_says_what_it_came_to(gridmap: Command, village: Path) -> None:
    answer = gridmap("plan", village, "--out", "plan.gpkg")
    assert (answer.code, answer.err) == (0, "")
    assert f"2 grids for {HOUSEHOLDS} households" in answer.out
    assert re.search(r"Objective: \d+ points", answer.out)
    assert "Balanced" in answer.out
    assert audit_draft(read_draft(gridmap.folder / "plan.gpkg")).passes
    assert [file.name for file in gridmap.folder.iterdir()] == ["plan.gpkg"]


def test_plan_json_is_one_document_with_the_keys_of_the_contract(
    gridmap: Command, village: Path
) -> None:
    answer = gridmap("plan", village, "--out", "plan.gpkg", "--json")
    assert (answer.code, answer.err) == (0, "")
    document = answer.document
    assert set(document) >= CONTRACT
    assert set(document["seconds"]) == {"read", "ground", "partition", "polygons", "write"}
    assert document["grids"] == 2
    assert document["households"] == document["ledger"]["placed"] == HOUSEHOLDS
    assert document["ledger"]["balanced"] is True
    assert document["in_band_share"] == 1.0
    assert document["out_of_band"] == []
    assert document["contiguous"] is True
    assert document["estimated_households"] == 0
    assert 0 < document["clear_share"] <= 1
    terms = document["objective"]
    assert set(terms) == {"value", "cut", "size", "shape", "split", "moved"}
    assert terms.pop("value") == pytest.approx(sum(terms.values()))


def test_plan_json_names_what_is_out_of_band_with_its_reason(
    gridmap: Command, village: Path
) -> None:
    (gridmap.folder / "tight.toml").write_text("low = 390\ntarget = 395\nhigh = 399\n", "utf-8")
    answer = gridmap("plan", village, "--out", "plan.gpkg", "--json", "--rule", "tight.toml")
    assert answer.code == 0
    assert answer.document["in_band_share"] < 1
    for grid in answer.document["out_of_band"]:
        assert set(grid) == {"grid_code", "households", "reason", "proven"}
        assert grid["proven"] is True
        assert "cannot be divided" in grid["reason"] or "no number of grids" in grid["reason"]


def test_the_same_command_writes_the_same_bytes(gridmap: Command, village: Path) -> None:
    for name in ("one", "two"):
        (gridmap.folder / name).mkdir()
        assert gridmap("plan", village, "--out", f"{name}/plan.gpkg", "--seed", 4).code == 0
    one, two = (gridmap.folder / name / "plan.gpkg" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("ending", ["parquet", "geojson", "shp"])
def test_the_ending_of_the_file_chooses_the_format(
    gridmap: Command, village: Path, ending: str
) -> None:
    assert gridmap("plan", village, "--out", f"plan.{ending}").code == 0
    assert (gridmap.folder / f"plan.{ending}").is_file()
    if ending != "shp":
        assert gridmap("audit", f"plan.{ending}").code == 0


def test_hardly_any_time_still_gives_a_plan_that_passes(gridmap: Command, village: Path) -> None:
    assert gridmap("plan", village, "--out", "plan.gpkg", "--time-limit", 0.001).code == 0
    assert gridmap("audit", "plan.gpkg").code == 0


def test_audit_passes_a_good_plan(gridmap: Command, plan: Path) -> None:
    answer = gridmap("audit", plan)
    assert (answer.code, answer.err) == (0, "")
    assert "The audit passes" in answer.out
    document = gridmap("audit", plan, "--json").document
    assert set(document) == {"ledger", "findings", "passes"}
    assert document["passes"] is True


def _lose_a_building(file: Path) -> str:
    rows = pyogrio.read_dataframe(file, layer="assignment", read_geometry=False)
    pyogrio.write_dataframe(rows.iloc[1:], file, layer="assignment")
    return "not balance"


def _swap_a_building(file: Path) -> str:
    rows = pyogrio.read_dataframe(file, layer="assignment", read_geometry=False)
    rows["grid_code"] = rows["grid_code"].iloc[::-1].to_numpy()
    pyogrio.write_dataframe(rows, file, layer="assignment")
    return "does not lie in it"


def _swell_a_grid(file: Path) -> str:
    grids = pyogrio.read_dataframe(file, layer="grids")
    swollen = grids.geometry.copy()
    swollen.iloc[0] = swollen.iloc[0].buffer(1, join_style="mitre")
    pyogrio.write_dataframe(grids.set_geometry(swollen), file, layer="grids")
    return "disagree about their border"


@pytest.mark.parametrize("damage", [_lose_a_building, _swap_a_building, _swell_a_grid])
def test_audit_says_no_to_a_damaged_plan(
    gridmap: Command, plan: Path, damage: Callable[[Path], str]
) -> None:
    file = gridmap.folder / "plan.gpkg"
    file.write_bytes(plan.read_bytes())
    expected = damage(file)
    answer = gridmap("audit", file)
    assert (answer.code, answer.err) == (1, "")
    assert expected in answer.out
    answer = gridmap("audit", file, "--json")
    assert answer.code == 1
    assert answer.document["passes"] is False
    assert any(expected in finding for finding in answer.document["findings"])


def test_map_writes_a_page_that_names_no_host(gridmap: Command, plan: Path) -> None:
    answer = gridmap("map", plan, "--out", "coverage.html")
    assert (answer.code, answer.err) == (0, "")
    page = (gridmap.folder / "coverage.html").read_text("utf-8")
    assert "990101001001001" in page
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=.https?:", page)


def test_sample_writes_a_folder_that_check_accepts_and_plan_plans(gridmap: Command) -> None:
    made = gridmap("sample", "--buildings", 60, "--seed", 2, "--out", "town")
    assert (made.code, made.err) == (0, "")
    answer = gridmap("check", "town")
    assert (answer.code, answer.err) == (0, "")
    assert "0 refused" in answer.out
    assert gridmap("plan", "town", "--out", "plan.gpkg").code == 0
    assert gridmap("audit", "plan.gpkg").code == 0


def test_check_json_lists_every_fault_and_the_sheet_holds_them_too(gridmap: Command) -> None:
    gridmap("sample", "--buildings", 60, "--seed", 2, "--out", "town")
    answer = gridmap("check", "town", "--json", "--faults", "faults.xlsx")
    assert (answer.code, answer.err) == (0, "")
    faults = answer.document["faults"]
    assert {"no_place", "duplicate"} <= {fault["kind"] for fault in faults}
    assert all(set(fault) == {"layer", "row", "kind", "level", "sentence"} for fault in faults)
    assert (gridmap.folder / "faults.xlsx").stat().st_size > 1000


@pytest.mark.parametrize(
    ("asked", "environment", "word"),
    [
        (["--lang=zh"], {}, "核查通过"),
        (["--lang=en"], {"GRIDMAP_LANG": "zh"}, "The audit passes"),
        ([], {"GRIDMAP_LANG": "zh_CN.UTF-8"}, "核查通过"),
    ],
)
def test_the_language_is_the_one_asked_for_wherever_it_stands(
    gridmap: Command, plan: Path, asked: list[str], environment: dict[str, str], word: str
) -> None:
    assert word in gridmap("audit", plan, *asked, **environment).out
    assert word in gridmap(*asked, "audit", plan, **environment).out


def test_refusals_are_in_the_language_asked_for(gridmap: Command) -> None:
    (chinese,) = gridmap.refuse("check", "nowhere", "--lang=zh")
    (english,) = gridmap.refuse("check", "nowhere", "--lang=en")
    assert "找不到 nowhere" in chinese
    assert "There is no nowhere" in english


def test_the_number_of_houses_comes_out_as_it_went_in(plan: Path) -> None:
    assignment = pyogrio.read_dataframe(plan, layer="assignment", read_geometry=False)
    assert sorted(assignment["building_id"]) == sorted(f"b{n}" for n in range(HOUSES))
