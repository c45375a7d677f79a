"""Columns that a rule gives a band: found, read, added up by building, or refused."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from pyproj import CRS
from shapely import box

from gridmap.errors import InputError
from gridmap.layers import read_layers
from gridmap.layers.ledger import Ledger, settle_households
from gridmap.rules import Band, Rules
from gridmap.schema import Fault

METRIC = CRS("EPSG:32651")
EAST, NORTH = 263_000.0, 3_466_000.0
NEED = Rules(profile="county", loads=(Band("need", 0, 60),))


def write_buildings(folder: Path, **columns: Sequence[object]) -> None:
    shapes = [box(EAST + 30 * n, NORTH, EAST + 30 * n + 20, NORTH + 20) for n in range(3)]
    named = {"building_id": ["b0", "b1", "b2"], "households": [10, 20, 30], **columns}
    gpd.GeoDataFrame(named, geometry=shapes, crs=METRIC).to_file(folder / "buildings.gpkg")


def write_ledger(folder: Path, *rows: Mapping[str, object]) -> None:
    pd.DataFrame(rows).to_csv(folder / "households.csv", index=False)


def settled(folder: Path, rules: Rules = NEED) -> Ledger:
    layers = read_layers(folder, loads=rules.load_names)
    ledger = settle_households(layers, rules=rules)
    assert ledger.balance.is_balanced
    return ledger


def needs(ledger: Ledger) -> list[float]:
    return ledger.buildings["load_need"].tolist()


def refused(folder: Path, rules: Rules = NEED) -> list[Fault]:
    with pytest.raises(InputError) as error:
        settled(folder, rules)
    assert all(sentence for sentence in error.value.sentences("zh"))
    return list(error.value.faults)


def test_a_column_of_the_buildings_is_a_load(tmp_path: Path) -> None:
    write_buildings(tmp_path, need=[1, 2.5, 0])
    assert needs(settled(tmp_path)) == [1, 2.5, 0]


def test_no_column_is_carried_along_that_the_rule_does_not_name(tmp_path: Path) -> None:
    write_buildings(tmp_path, need=[1, 2, 3])
    columns = settled(tmp_path, Rules()).buildings.columns
    assert not [name for name in columns if "need" in name]


def test_a_load_is_found_however_its_column_is_spelt(tmp_path: Path) -> None:
    write_buildings(tmp_path, **{"Past Incidents": ["3户", "十二", "4"]})
    rules = Rules(loads=(Band("past_incidents", 0, 9),))
    assert settled(tmp_path, rules).buildings["load_past_incidents"].tolist() == [3, 12, 4]


def test_a_column_of_the_schema_may_be_a_load_too(tmp_path: Path) -> None:
    write_buildings(tmp_path, 楼层数=[6, 18, 1])
    rules = Rules(loads=(Band("floors", 0, 100),))
    buildings = settled(tmp_path, rules).buildings
    assert buildings["load_floors"].tolist() == buildings["floors"].tolist() == [6, 18, 1]


@pytest.mark.parametrize(("layer", "sums"), [("buildings", [7, 8, 9]), ("households", [2, 0, 0])])
def test_a_mapping_may_say_which_column_is_a_load(
    tmp_path: Path, layer: str, sums: list[float]
) -> None:
    write_buildings(tmp_path, 关注=[7, 8, 9])
    if layer == "households":
        write_ledger(tmp_path, {"building_id": "b0", "关注": 2}, {"building_id": "b1", "关注": ""})
    (tmp_path / "layers.toml").write_text(f'[{layer}.loads]\nneed = "关注"\n', "utf-8")
    assert needs(settled(tmp_path)) == sums


def test_words_of_the_ledger_are_counted(tmp_path: Path) -> None:
    write_buildings(tmp_path, need=[9, 9, 9])
    words = ["独居老人", "无", "", "低保;残疾", "-", "否", "是"]
    homes = ["b0", "b0", "b0", "b2", "b2", "b2", "b2"]
    rows = zip(homes, words, strict=True)
    write_ledger(tmp_path, *({"building_id": home, "need": word} for home, word in rows))
    assert needs(settled(tmp_path)) == [1, 0, 2]


def test_numbers_of_the_ledger_are_added_up(tmp_path: Path) -> None:
    write_buildings(tmp_path)
    rows = zip(["b0", "b0", "b2", "b2"], ["2", "1.5", "无", "3"], strict=True)
    write_ledger(tmp_path, *({"building_id": home, "need": told} for home, told in rows))
    assert needs(settled(tmp_path)) == [3.5, 0, 3]


def test_a_household_without_a_place_brings_its_need_nowhere(tmp_path: Path) -> None:
    write_buildings(tmp_path)
    write_ledger(
        tmp_path, {"building_id": "b1", "need": "visits"}, {"building_id": "x", "need": "visits"}
    )
    assert needs(settled(tmp_path)) == [0, 1, 0]


def test_a_ledger_of_persons_counts_persons(tmp_path: Path) -> None:
    write_buildings(tmp_path)
    people = [("h1", "b0", 1), ("h1", "b0", 1), ("h1", "b0", 0), ("h2", "b2", 1)]
    names = ("household_id", "building_id", "over_70")
    rows = [dict(zip(names, one, strict=True)) for one in people]
    write_ledger(tmp_path, *({"person_id": f"p{n}", **row} for n, row in enumerate(rows)))
    ledger = settled(tmp_path, Rules(loads=(Band("over_70"),)))
    assert ledger.buildings["persons"].tolist() == [3, 0, 1]
    assert ledger.buildings["load_over_70"].tolist() == [2, 0, 1]


def test_buildings_that_say_nothing_have_none_and_are_counted(tmp_path: Path) -> None:
    write_buildings(tmp_path, need=["4", "", "2"])
    layers = read_layers(tmp_path, loads=["need"])
    assert layers.buildings["load_need"].tolist() == [4, 0, 2]
    (note,) = (fault for fault in layers.faults if fault.kind == "load_unknown")
    assert note.text("en") == "1 buildings say nothing of need and are taken to have none."


@pytest.mark.parametrize("value", ["-1", "many", "inf", "3-4"])
def test_a_building_with_a_load_that_is_none_is_refused_with_its_row(
    tmp_path: Path, value: str
) -> None:
    write_buildings(tmp_path, need=["4", value, "2"])
    (fault,) = refused(tmp_path)
    assert (fault.layer, fault.row, fault.kind) == ("buildings", 2, "load_bad")
    assert fault.text("en") == (
        f"Layer buildings, row 2 has need = {value}: the rule gives it a band, so it must be a "
        "number, 0 or more."
    )


@pytest.mark.parametrize("value", ["-1", "低保"])
def test_a_ledger_whose_numbers_are_mixed_with_something_else_is_refused(
    tmp_path: Path, value: str
) -> None:
    write_buildings(tmp_path)
    write_ledger(tmp_path, {"building_id": "b0", "need": "2"}, {"building_id": "b1", "need": value})
    (fault,) = refused(tmp_path)
    assert (fault.layer, fault.row, fault.kind) == ("households", 3, "load_bad")


def test_loads_that_no_layer_has_are_refused_all_at_once(tmp_path: Path) -> None:
    write_buildings(tmp_path)
    rules = Rules(profile="county", loads=(Band("hands", 2), Band("need", 0, 60)))
    faults = refused(tmp_path, rules)
    assert [fault.fields["load"] for fault in faults] == ["hands", "need"]
    assert (
        faults[1]
        .text("en")
        .startswith(
            "The rule county gives need a band, but none of the layers buildings, households has"
        )
    )


def test_a_mapping_to_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    write_buildings(tmp_path)
    (tmp_path / "layers.toml").write_text('[buildings.loads]\nneed = "关注"\n', "utf-8")
    (fault,) = refused(tmp_path)
    assert (fault.kind, fault.fields["column"]) == ("mapping_column", "关注")


@pytest.mark.parametrize("text", ["[buildings]\nloads = 3\n", "[buildings.loads]\nneed = 3\n"])
def test_a_mapping_of_loads_that_cannot_be_meant_is_refused(tmp_path: Path, text: str) -> None:
    write_buildings(tmp_path, need=[1, 2, 3])
    (tmp_path / "layers.toml").write_text(text, "utf-8")
    (fault,) = refused(tmp_path)
    assert (fault.kind, fault.fields["key"]) == ("mapping_value", "buildings.loads")


def test_a_layer_that_carries_no_load_has_no_place_for_one(tmp_path: Path) -> None:
    write_buildings(tmp_path)
    (tmp_path / "layers.toml").write_text('[roads.loads]\nneed = "x"\n', "utf-8")
    (fault,) = refused(tmp_path)
    assert (fault.kind, fault.fields["key"]) == ("mapping_stranger", "roads.loads")


def test_what_a_person_is_called_is_no_load(tmp_path: Path) -> None:
    write_buildings(tmp_path)
    write_ledger(tmp_path, {"building_id": "b0", "户主姓名": "甲"})
    (tmp_path / "layers.toml").write_text('[households.loads]\nneed = "户主姓名"\n', "utf-8")
    (fault,) = refused(tmp_path)
    assert fault.kind == "personal_mapped"
