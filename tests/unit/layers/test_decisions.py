"""Decisions are kept beside the layers, only ever added to, and read with care."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridmap.errors import InputError
from gridmap.layers.decisionfile import add_decisions, find_decisions, read_decisions
from gridmap.layers.decisions import NO_DECISIONS, Decision, Decisions

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WAIVE = Decision("waive", "0012", reason="空户，业主在外", by="李规划", at=NOON)
MATCH = Decision("match", "幸福路12号", "B7", by="李规划", at=NOON)
RESTORE = Decision("restore", "0012", by="王规划", at=NOON)
HEADS = "verdict,subject,building_id,reason,by,at\n"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = find_decisions(tmp_path)
    assert add_decisions(path, [WAIVE, MATCH]) == 2
    assert read_decisions(path) == Decisions((WAIVE, MATCH))
    assert [file.name for file in tmp_path.iterdir()] == ["decisions.csv"]


def test_decisions_about_one_file_lie_beside_it(tmp_path: Path) -> None:
    (tmp_path / "town.gpkg").touch()
    assert find_decisions(tmp_path / "town.gpkg") == tmp_path / "decisions.csv"


def test_a_spreadsheet_sees_utf8(tmp_path: Path) -> None:
    path = find_decisions(tmp_path)
    add_decisions(path, [WAIVE])
    assert path.read_bytes().startswith(b"\xef\xbb\xbfverdict,")


def test_no_file_is_no_decision(tmp_path: Path) -> None:
    assert read_decisions(find_decisions(tmp_path)) == NO_DECISIONS


def test_earlier_lines_stay_as_they_are_and_nothing_is_said_twice(tmp_path: Path) -> None:
    path = find_decisions(tmp_path)
    add_decisions(path, [WAIVE])
    before = path.read_bytes()
    assert add_decisions(path, [WAIVE]) == 0
    assert path.read_bytes() == before
    assert add_decisions(path, [WAIVE, RESTORE]) == 1
    assert path.read_bytes().startswith(before)


@pytest.mark.parametrize("wicked", ["=cmd|' /C calc'!A0", "+1", "-1", "@sum", "\tx", "'=1", "''"])
def test_a_text_that_looks_like_a_formula_is_none_and_comes_back(
    tmp_path: Path, wicked: str
) -> None:
    path = find_decisions(tmp_path)
    one = Decision("waive", wicked, reason=wicked, by=wicked, at=NOON)
    add_decisions(path, [one])
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert all(cell.startswith("'") for cell in list(csv.reader(file))[1][3:5])
    assert read_decisions(path).history == (one,)


def test_a_file_that_a_spreadsheet_saved_as_gbk_is_read(tmp_path: Path) -> None:
    path = find_decisions(tmp_path)
    path.write_bytes((HEADS + "waive,H1,,空户,李,\n,,,,,\n").encode("gbk"))
    assert read_decisions(path).history == (Decision("waive", "H1", reason="空户", by="李"),)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("forget,H1,,x,y,", "decision_verdict"),
        ("waive,,,x,y,", "decision_subject"),
        ("waive,H1,,,y,", "decision_unsigned"),
        ("waive,H1,,x, ,", "decision_unsigned"),
        ("restore,H1,,x,,", "decision_unsigned"),
        ("match,x,,,y,", "decision_building"),
        ("reject,x,,,y,", "decision_building"),
        ("waive,H1,B1,x,y,", "decision_building_extra"),
        ("waive,H1,,x,y,yesterday", "decision_time"),
    ],
)
def test_a_line_that_is_no_decision_is_named(tmp_path: Path, line: str, kind: str) -> None:
    path = find_decisions(tmp_path)
    path.write_text(HEADS + "match,x,B1,,y,\n" + line + "\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_decisions(path)
    assert [(fault.kind, fault.row) for fault in caught.value.faults] == [(kind, 3)]
    assert all(
        "3" in fault.text(language) for fault in caught.value.faults for language in ("zh", "en")
    )


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", b"\xff\xff\xff\x81"])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = find_decisions(tmp_path)
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_decisions(path)
    assert caught.value.faults[0].kind == "decision_file"


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    path = find_decisions(tmp_path)
    path.write_text("name,age\nx,1\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_decisions(path)
    assert caught.value.faults[0].kind == "decision_columns"


def test_a_decision_that_is_not_signed_is_not_written(tmp_path: Path) -> None:
    path = find_decisions(tmp_path)
    with pytest.raises(InputError):
        add_decisions(path, [MATCH, Decision("waive", "H1", reason="x")])
    assert not path.exists()


def test_a_waiver_that_was_taken_back_waives_no_more_until_it_is_said_again() -> None:
    again = Decision("waive", "0012", reason="再次空户", by="李规划")
    assert Decisions((WAIVE,)).waived() == {"0012": WAIVE}
    assert Decisions((WAIVE, RESTORE)).waived() == {}
    assert Decisions((WAIVE, RESTORE, again)).waived() == {"0012": again}
    assert Decisions((RESTORE, WAIVE)).waived() == {"0012": WAIVE}


def test_a_restored_household_that_was_never_waived_is_no_error() -> None:
    assert Decisions((RESTORE,)).waived() == {}
