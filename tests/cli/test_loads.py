"""A rule with further loads, from its file to the plan's: the need of households is shared out."""

import shutil
from pathlib import Path

import pandas as pd
import pyogrio
import pytest

from gridmap.plan.certificate import audit_draft
from gridmap.planfile import read_draft
from tests.cli.command import Command
from tests.cli.village import HOUSEHOLDS, HOUSES, houses

IN_NEED = 6
"""Households with a need, in each of the four houses of the west."""

WEST = [n for n in range(HOUSES) if n % 8 < 2]
TOTAL = IN_NEED * len(WEST)


@pytest.fixture(scope="session")
def needy(tmp_path_factory: pytest.TempPathFactory, village: Path) -> Path:
    """Write the village with a ledger; in its west, some households need to be visited."""
    folder = tmp_path_factory.mktemp("needy") / "village"
    shutil.copytree(village, folder)
    houses().drop(columns=["households", "persons"]).to_file(
        folder / "buildings.gpkg", layer="buildings"
    )
    rows = [
        {
            "household_id": f"h{house}-{number}",
            "building_id": f"b{house}",
            "persons": 2,
            "need": "独居老人" if house in WEST and number < IN_NEED else "",
        }
        for house in range(HOUSES)
        for number in range(HOUSEHOLDS // HOUSES)
    ]
    pd.DataFrame(rows).to_csv(folder / "households.csv", index=False)
    return folder


def rule(gridmap: Command, text: str) -> Path:
    file = gridmap.folder / "county.toml"
    file.write_text(text, "utf-8")
    return file


def test_micro_grids_are_fitted_into_grids_that_keep_a_further_band(
    gridmap: Command, needy: Path
) -> None:
    county = rule(gridmap, "[loads.need]\nlow = 8\nhigh = 16\n")
    answer = gridmap("plan", needy, "--rule", county, "--out", "plan.gpkg", "--micro", "--json")
    assert (answer.code, answer.document["out_of_band"]) == (0, [])
    assert answer.document["microgrids"]
    assert audit_draft(read_draft(gridmap.folder / "plan.gpkg")).passes


def test_a_need_in_the_ledger_is_shared_out_by_the_rule(gridmap: Command, needy: Path) -> None:
    county = rule(gridmap, "[loads.need]\nlow = 8\nhigh = 16\n")
    answer = gridmap("plan", needy, "--rule", county, "--out", "plan.gpkg", "--json")
    assert (answer.code, answer.document["out_of_band"]) == (0, [])
    assert answer.document["in_band_share"] == 1.0
    draft = read_draft(gridmap.folder / "plan.gpkg")
    assert audit_draft(draft).passes
    assert draft.rules.to_dict()["loads"] == {"need": {"low": 8, "high": 16}}
    assert draft.grids["load_need"].between(8, 16).all()
    assert draft.grids["load_need"].sum() == draft.assignment["load_need"].sum() == TOTAL
    assert draft.grids["households"].between(300, 500).all()


def test_a_grid_out_of_a_band_is_listed_with_its_loads_and_why(
    gridmap: Command, needy: Path
) -> None:
    county = rule(gridmap, "[loads.need]\nlow = 20\n")
    answer = gridmap("plan", needy, "--rule", county, "--out", "plan.gpkg", "--json")
    assert answer.code == 0
    assert answer.document["in_band_share"] < 1
    out = answer.document["out_of_band"]
    assert sum(grid["loads"]["need"] for grid in out) <= TOTAL
    for grid in out:
        assert "households ask for at least 2 grids and need for at most 1" in grid["reason"]
    assert audit_draft(read_draft(gridmap.folder / "plan.gpkg")).passes


@pytest.mark.parametrize("ending", ["parquet", "geojson"])
def test_loads_are_in_a_plan_of_any_format(gridmap: Command, needy: Path, ending: str) -> None:
    county = rule(gridmap, "[loads.need]\nhigh = 16\n")
    assert gridmap("plan", needy, "--rule", county, "--out", f"plan.{ending}").code == 0
    draft = read_draft(gridmap.folder / f"plan.{ending}")
    assert list(draft.grids.columns[4:7]) == ["persons", "load_need", "buildings"]
    assert draft.grids["load_need"].sum() == TOTAL


def test_a_shapefile_has_a_short_name_for_a_load_with_a_long_one(
    gridmap: Command, needy: Path, tmp_path: Path
) -> None:
    mapped = shutil.copytree(needy, tmp_path / "mapped")
    (mapped / "layers.toml").write_text('[households.loads]\n"需要走访" = "need"\n', "utf-8")
    county = rule(gridmap, '[loads.need]\n[loads."需要走访"]\nhigh = 16\n')
    assert gridmap("plan", mapped, "--rule", county, "--out", "plan.shp").code == 0
    grids = pyogrio.read_dataframe(gridmap.folder / "plan.shp", read_geometry=False)
    assert grids["load_need"].sum() == grids["load_2"].sum() == TOTAL


def test_a_load_that_no_layer_has_is_refused(gridmap: Command, needy: Path) -> None:
    county = rule(gridmap, "[loads.hands]\nlow = 1\n")
    (sentence,) = gridmap.refuse("plan", needy, "--rule", county, "--out", "plan.gpkg")
    assert "The rule county gives hands a band" in sentence
    assert "buildings, households" in sentence


def test_a_rule_whose_band_cannot_be_is_refused(gridmap: Command, needy: Path) -> None:
    county = rule(gridmap, "[loads.need]\nlow = 9\nhigh = 3\n")
    (sentence,) = gridmap.refuse("plan", needy, "--rule", county, "--out", "plan.gpkg")
    assert "loads.need" in sentence


def test_an_import_keeps_the_loads_of_its_rule_and_a_plan_shares_them_out(
    stored: Command, needy: Path
) -> None:
    county = rule(stored, "[loads.need]\nlow = 8\nhigh = 16\n")
    imported = stored("import", needy, "--rule", county, "--json")
    assert (imported.code, imported.err) == (0, "")
    planned = stored("plan", "--all", "--rule", county, "--json")
    assert (planned.code, planned.document["out_of_band"]) == (0, [])
    audited = stored("audit", "--json")
    assert (audited.code, audited.document["findings"]) == (0, [])
    assert stored("map", "--out", "coverage.html").code == 0
    from_file = stored("plan", needy, "--rule", county, "--out", "plan.gpkg", "--json").document
    for key in ("grids", "ledger", "in_band_share", "cut_cost"):
        assert planned.document[key] == from_file[key]


def test_a_grid_out_of_a_band_is_stored_with_its_reason(stored: Command, needy: Path) -> None:
    county = rule(stored, "low = 0\nhigh = 900\n[loads.need]\nlow = 30\n")
    stored("import", needy, "--rule", county)
    planned = stored("plan", "--all", "--rule", county, "--json")
    assert planned.code == 0
    (out,) = planned.document["out_of_band"]
    assert out["loads"] == {"need": TOTAL}
    assert "has only 24 of need in all" in out["reason"]


def test_a_plan_by_a_load_that_the_import_did_not_keep_is_refused(
    stored: Command, needy: Path
) -> None:
    stored("import", needy)
    county = rule(stored, "[loads.need]\nhigh = 16\n")
    (sentence,) = stored.refuse("plan", "--all", "--rule", county)
    assert "did not keep that column" in sentence
    assert stored("import", needy, "--rule", county, "--json").document["changed"] is True
    assert stored("plan", "--all", "--rule", county).code == 0


def test_only_a_whole_import_brings_further_loads(stored: Command, needy: Path) -> None:
    county = rule(stored, "[loads.need]\nhigh = 16\n")
    stored("import", needy, "--rule", county)
    (sentence,) = stored.refuse("import", needy, "--update", "--rule", county)
    assert "only a whole import brings these" in sentence
