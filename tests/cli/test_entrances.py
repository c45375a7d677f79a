"""A ledger with entrances, from its folder to the plan: what a micro-grid is made of."""

import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from gridmap.plan.certificate import audit_draft
from gridmap.planfile import read_draft
from tests.cli.command import Command
from tests.cli.village import houses

DOORS = {"一单元": 33, "2": 33, "03": 33, "第4单元": 33}
"""Entrances as people type them, and the households behind each."""


@pytest.fixture(scope="session")
def slabs(tmp_path_factory: pytest.TempPathFactory, village: Path) -> Path:
    """Write the village with a ledger; its first house in each row is a slab of four entrances."""
    folder = tmp_path_factory.mktemp("slabs") / "village"
    shutil.copytree(village, folder)
    drawn = houses().drop(columns=["households", "persons"]).assign(floors=11)
    drawn.to_file(folder / "buildings.gpkg", layer="buildings")
    rows = [
        {"building_id": name, "entrance": door, "persons": 2}
        for name in drawn["building_id"]
        for door, count in (DOORS if name in {"b0", "b8"} else {"": 50}).items()
        for _ in range(count)
    ]
    ledger = pd.DataFrame(rows)
    ledger.insert(0, "household_id", [f"H{number}" for number in range(len(ledger))])
    ledger.to_csv(folder / "households.csv", index=False)
    return folder


@pytest.mark.parametrize(
    ("language", "first", "last"),
    [
        ("en", "entrances 1 and 2 of building b0", "entrances 3 and 4 of building b0"),
        ("zh", "楼栋 b0 1、2 单元", "楼栋 b0 3、4 单元"),
    ],
)
def test_a_slab_is_divided_by_the_entrances_of_the_ledger(
    gridmap: Command, slabs: Path, language: str, first: str, last: str
) -> None:
    answer = gridmap("plan", slabs, "--out", "plan.gpkg", "--micro", GRIDMAP_LANG=language)
    assert answer.code == 0, answer
    said = gpd.read_file(gridmap.folder / "plan.gpkg", layer="microgrids").set_index("made_of")
    assert list(said.loc[[first, last], "households"]) == [66, 66]
    assert list(said.loc[[first, last], "persons"]) == [132, 132]
    assert audit_draft(read_draft(gridmap.folder / "plan.gpkg")).passes
