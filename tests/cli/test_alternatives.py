"""`gridmap plan DIR --alternatives`: three plans beside each other, and what each costs."""

from pathlib import Path
from typing import Any

import pytest

import gis_data
from gridmap.plan.certificate import audit_draft
from gridmap.planfile import read_draft
from gridmap.rules import Rules
from tests.cli.command import Answer, Command
from tests.cli.conftest import command_in
from tests.cli.test_resuming import stop_midway

NAMES = ["least_change", "most_even", "clearest_borders"]
BEST_IN = {
    "least_change": "moved_households",
    "most_even": "size_spread",
    "clearest_borders": "cut_cost",
}
FILES = [f"plan-{name.replace('_', '-')}.gpkg" for name in NAMES]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a town with grids of today once; nobody may change it."""
    folder = tmp_path_factory.mktemp("towns") / "town"
    gis_data.write_town(folder, buildings=40, seed=5)
    return folder


def planned(gridmap: Command, *arguments: object) -> Answer:
    answer = gridmap("plan", *arguments, "--out", "plan.gpkg", "--alternatives")
    assert (answer.code, answer.err) == (0, "")
    return answer


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory, town: Path) -> tuple[Path, Any]:
    """Plan the town in three ways once; gives the folder and what was printed."""
    folder = tmp_path_factory.mktemp("three")
    answer = planned(command_in(folder), town, "--json")
    return folder, answer.document["alternatives"]


def test_each_alternative_is_the_best_in_what_it_is_named_after(three: tuple[Path, Any]) -> None:
    folder, found = three
    assert [one["alternative"] for one in found] == NAMES
    assert [one["file"] for one in found] == FILES
    assert sorted(file.name for file in folder.iterdir()) == sorted(FILES)
    least, even, clear = found
    for one, others in ((least, (even, clear)), (even, (least, clear)), (clear, (least, even))):
        measure = BEST_IN[one["alternative"]]
        assert all(one[measure] < other[measure] for other in others)


def test_each_file_is_a_plan_that_says_which_alternative_it_is(three: tuple[Path, Any]) -> None:
    folder, found = three
    for one in found:
        draft = read_draft(folder / one["file"])
        findings = audit_draft(draft).findings
        assert {finding.kind for finding in findings} <= {"grid_in_pieces"}  # a locked one
        assert draft.figures.alternative == one["alternative"]
        assert draft.figures.objective is not None
        assert draft.figures.objective.to_dict() == one["objective"]
        assert draft.rules == Rules()


def test_the_table_lays_them_side_by_side_in_both_languages(
    gridmap: Command, village: Path, plan: Path
) -> None:
    english = planned(gridmap, village, "--from", plan).out
    for words in ("least change", "most even", "clearest borders", "households that change grid"):
        assert words in english
    assert all(f"Written to {file}." in english for file in FILES)
    chinese = planned(gridmap, village, "--from", plan, "--lang=zh").out
    for words in ("变动最小", "规模最均", "界线最清", "更换网格的户数"):
        assert words in chinese


def test_where_there_are_no_grids_to_change_the_first_goes_by_the_rule(
    gridmap: Command, village: Path, plan: Path
) -> None:
    answer = planned(gridmap, village, "--json")
    first = answer.document["alternatives"][0]
    assert (first["alternative"], first["file"]) == ("by_rule", "plan-by-rule.gpkg")
    assert first["moved_households"] is None
    grids = read_draft(gridmap.folder / "plan-by-rule.gpkg").grids
    assert (grids.geometry.to_wkb() == read_draft(plan).grids.geometry.to_wkb()).all()
    assert "There are no grids to change" in planned(gridmap, village).out


def test_a_killed_run_is_gone_on_with_and_writes_the_same_bytes(
    gridmap: Command, town: Path, three: tuple[Path, Any]
) -> None:
    stop_midway(gridmap, "plan", town, "--out", "plan.gpkg", "--alternatives").join()
    assert "Going on where the last run stopped" in planned(gridmap, town).out
    for file in FILES:
        assert (gridmap.folder / file).read_bytes() == (three[0] / file).read_bytes()
    assert not list(gridmap.folder.glob("*.part"))


def test_micro_grids_and_hardly_any_time_go_with_it(
    gridmap: Command, village: Path, plan: Path
) -> None:
    call = (village, "--from", plan, "--micro", "--time-limit", 0.001, "--json")
    for one in planned(gridmap, *call).document["alternatives"]:
        assert one["microgrids"] >= one["grids"]
        assert gridmap("audit", one["file"]).code == 0


@pytest.mark.parametrize("other", [["--only", "990101001001001", "--from", "today"], ["--all"]])
def test_what_does_not_go_with_it_is_refused_in_words(
    gridmap: Command, village: Path, other: list[str]
) -> None:
    source = [] if "--all" in other else [village]
    call = ("plan", *source, "--out", "plan.gpkg", "--alternatives", *other)
    assert "three plans of a layer folder" in " ".join(gridmap.refuse(*call))
