"""`gridmap plan DIR --from GRIDS --only CODE`: some grids are redrawn, and no others."""

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import pytest

from tests.cli.command import Command
from tests.worlds import CRS, box

CODE = "990101001001"


@pytest.fixture
def today(tmp_path: Path) -> Path:
    """Draw four grids of today along the village street, the last one locked."""
    edges = (0, 180, 220, 292, 400)
    shapes = [box(west, 0, east, 300) for west, east in pairwise(edges)]
    columns = {
        "grid_code": [f"{CODE}{number:03d}" for number in range(1, 5)],
        "name": [""] * 4,
        "locked": [False, False, False, True],
    }
    file = tmp_path / "today.gpkg"
    gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_file(file, layer="grids")
    return file


def homes(folder: Path, name: str) -> dict[str, set[str]]:
    rows = gpd.read_file(folder / name, layer="assignment")
    return {code: set(held["building_id"]) for code, held in rows.groupby("grid_code")}


def test_only_the_grids_that_are_named_are_redrawn(
    gridmap: Command, village: Path, today: Path
) -> None:
    only = ("--only", f"{CODE}001", "--only", f"{CODE}002")
    answer = gridmap("plan", village, "--out", "plan.gpkg", "--from", today, *only)
    assert (answer.code, answer.err) == (0, "")
    held = homes(gridmap.folder, "plan.gpkg")
    assert held[f"{CODE}003"] == {"b5", "b6", "b13", "b14"}
    assert held[f"{CODE}004"] == {"b7", "b15"}
    assert len(held) == 3
    assert "100 households change grid" in answer.out
    assert "only other grids were to be redrawn" in answer.out
    assert gridmap("audit", "plan.gpkg").code == 0


def test_grids_that_stay_though_they_were_named_are_spoken_of(
    gridmap: Command, village: Path, plan: Path
) -> None:
    only = ("--from", plan, "--only", f"{CODE}001", "--only", f"{CODE}002")
    english = gridmap("plan", village, "--out", "again.gpkg", *only)
    assert "The selected grids stay as they are" in english.out
    chinese = gridmap("plan", village, "--out", "again.gpkg", *only, "--lang=zh")
    assert "选定的网格保持不变" in chinese.out


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--only", f"{CODE}001"], "say with --from"),
        (["--from", "today", "--only", f"{CODE}009"], "--from does not hold: 990101001001009"),
        (
            ["--from", "today", "--only", f"{CODE}004"],
            f"locked and cannot be redrawn: {CODE}004",
        ),
    ],
)
def test_a_selection_that_cannot_be_is_refused_in_one_sentence(
    gridmap: Command, village: Path, today: Path, asked: list[str], said: str
) -> None:
    words = [str(today) if word == "today" else word for word in asked]
    (sentence,) = gridmap.refuse("plan", village, "--out", "plan.gpkg", *words)
    assert said in sentence
