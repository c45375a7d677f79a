"""What people decided or confirmed once is kept in the database, and replayed on every import."""

import shutil
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.cli.test_kill import stop_at

HEADER = "household_id,building_id,address,persons"
ROWS = ("H1,b0,,2", "H2,b1,,3", "H3,,无此路1号,4")
DECIDED = "verdict,subject,building_id,reason,by,at\n"
WAIVED = f"{DECIDED}waive,H3,,长期空户,李规划,2026-11-01T09:00:00+08:00\n"
RESTORED = f"{WAIVED}restore,H3,,又有人住,李规划,2026-11-20T09:00:00+08:00\n"


@pytest.fixture
def folder(village: Path, tmp_path: Path) -> Path:
    """Give the village with a ledger, for a test to change."""
    own = Path(shutil.copytree(village, tmp_path / "village"))
    (own / "households.csv").write_text("\n".join((HEADER, *ROWS)), "utf-8")
    return own


def bins(document: dict[str, dict[str, int]]) -> tuple[int, int, int]:
    ledger = document["ledger"]
    return ledger["placed"], ledger["no_place"], ledger["waived"]


def test_a_waiver_beside_the_layers_is_kept_and_needs_no_file_the_next_time(
    stored: Command, folder: Path
) -> None:
    assert bins(stored("import", folder, "--json").document) == (2, 1, 0)
    (folder / "decisions.csv").write_text(WAIVED, "utf-8")
    waived = stored("import", folder, "--json").document
    assert (bins(waived), waived["decisions"], waived["changed"]) == ((2, 0, 1), 1, True)
    (folder / "decisions.csv").unlink()
    replayed = stored("import", folder, "--json").document
    assert (bins(replayed), replayed["decisions"], replayed["changed"]) == ((2, 0, 1), 0, False)


def test_a_decision_outlives_a_change_of_the_ledger(stored: Command, folder: Path) -> None:
    (folder / "decisions.csv").write_text(WAIVED, "utf-8")
    stored("import", folder)
    (folder / "decisions.csv").unlink()
    (folder / "households.csv").write_text("\n".join((HEADER, *ROWS, "H4,b2,,1")), "utf-8")
    assert bins(stored("import", folder, "--json").document) == (3, 0, 1)


def test_what_was_taken_back_later_counts(stored: Command, folder: Path) -> None:
    (folder / "decisions.csv").write_text(WAIVED, "utf-8")
    stored("import", folder)
    (folder / "decisions.csv").write_text(RESTORED, "utf-8")
    assert "New decisions kept: 1." in stored("import", folder).out
    assert bins(stored("import", folder, "--json").document) == (2, 1, 0)


def test_a_wrong_line_of_decisions_is_refused_and_nothing_is_kept(
    stored: Command, folder: Path
) -> None:
    stored("import", folder)
    unsigned = WAIVED.replace("李规划", "").replace("H3", "H1")
    (folder / "decisions.csv").write_text(WAIVED + unsigned.removeprefix(DECIDED), "utf-8")
    (sentence,) = stored.refuse("import", folder)
    assert "3" in sentence
    (folder / "decisions.csv").unlink()
    assert stored("import", folder, "--json").document["changed"] is False


def test_a_killed_import_keeps_none_of_its_decisions(stored: Command, folder: Path) -> None:
    stored("import", folder)
    (folder / "decisions.csv").write_text(WAIVED, "utf-8")
    stop_at("household", stored, folder, BaseProcess.kill)
    (folder / "decisions.csv").unlink()
    again = stored("import", folder, "--json").document
    assert (bins(again), again["changed"]) == ((2, 1, 0), False)


def test_columns_that_were_declared_once_are_known_without_the_mapping_file(
    stored: Command, folder: Path
) -> None:
    declared = (
        '[households]\nhousehold_id = "甲"\nbuilding_id = "乙"\naddress = "丙"\npersons = "丁"\n'
    )
    (folder / "households.csv").write_text("\n".join(("甲,乙,丙,丁", *ROWS)), "utf-8")
    (folder / "layers.toml").write_text(declared, "utf-8")
    assert bins(stored("import", folder, "--json").document) == (2, 1, 0)
    (folder / "layers.toml").unlink()
    (folder / "households.csv").write_text("\n".join(("甲,乙,丙,丁", *ROWS, "H4,b2,,1")), "utf-8")
    assert bins(stored("import", folder, "--json").document) == (3, 1, 0)
