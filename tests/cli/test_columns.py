"""`gridmap columns` shows what was recognised, and remembers what somebody confirmed."""

import tomllib
from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.cli.village import write_village

LEDGER = "户号,adress,本户总人数,户主姓名\n1,石板街1号1栋,3人,甲某\n2,石板街2号2栋,两人,乙某\n"


@pytest.fixture
def folder(gridmap: Command) -> Path:
    made = write_village(gridmap.folder / "messy")
    (made / "households.csv").write_bytes(LEDGER.encode("utf-8"))
    return made


def test_every_column_is_shown_with_its_confidence_and_nobody_by_name(
    gridmap: Command, folder: Path
) -> None:
    answer = gridmap("columns", folder, "--json")
    assert answer.code == 0
    ledger = answer.document["layers"]["households"]
    told = {one["name"]: (one["column"], one["sure"]) for one in ledger["columns"]}
    assert told == {
        "household_id": ("户号", True),
        "persons": ("本户总人数", True),
        "address": ("adress", False),
    }
    assert ledger["personal"] == ["户主姓名"]
    assert "甲某" not in answer.out
    assert not (folder / "layers.toml").exists()


def test_what_is_confirmed_once_is_used_from_then_on(gridmap: Command, folder: Path) -> None:
    (refusal,) = gridmap.refuse("check", folder)
    assert "gridmap columns --confirm" in refusal
    old = '# the county\'s own\n[buildings]\nhouseholds = "households" # units\n'
    (folder / "layers.toml").write_text(old, "utf-8")
    answer = gridmap("columns", folder, "--confirm", "--lang=en")
    assert answer.code == 0
    assert "address is column adress, confirmed" in answer.out
    text = (folder / "layers.toml").read_text("utf-8")
    assert text.startswith(old)
    assert tomllib.loads(text)["households"] == {"address": "adress"}
    assert gridmap("check", folder).code == 0
    again = gridmap("columns", folder, "--json").document["layers"]["households"]["columns"]
    assert {one["name"]: one["source"] for one in again}["address"] == "mapping"


def test_confirming_again_writes_nothing(gridmap: Command, folder: Path) -> None:
    gridmap("columns", folder, "--confirm")
    before = (folder / "layers.toml").read_bytes()
    answer = gridmap("columns", folder, "--confirm", "--json")
    assert answer.document["written"] is None
    assert (folder / "layers.toml").read_bytes() == before


def test_a_mapping_file_elsewhere_is_the_one_that_is_written(
    gridmap: Command, folder: Path
) -> None:
    county = gridmap.folder / "county.toml"
    county.write_text("", "utf-8")
    gridmap("columns", folder, "--confirm", "--mapping", county)
    assert tomllib.loads(county.read_text("utf-8")) == {"households": {"address": "adress"}}
    assert not (folder / "layers.toml").exists()
    assert gridmap("check", folder, "--mapping", county).code == 0


def test_a_folder_that_is_not_there_is_refused(gridmap: Command) -> None:
    assert gridmap.refuse("columns", "nowhere")


def test_what_another_word_may_change_is_left_to_a_person(gridmap: Command, folder: Path) -> None:
    text = LEDGER.replace("adress", "户籍地址")
    (folder / "households.csv").write_text(text, "utf-8")
    answer = gridmap("columns", folder, "--confirm", "--lang=en")
    assert "less than 70% sure" in answer.out
    assert "address = 户籍地址" in answer.out
    assert not (folder / "layers.toml").exists()
