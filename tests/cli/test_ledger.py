"""Single rows of a ledger by command: listed, waived, decided, and remembered."""

import csv
from pathlib import Path

import openpyxl
import pytest

from tests.cli.command import Command
from tests.cli.village import houses, write_village

HEADS = ["户编号", "楼栋编号", "地址", "人数"]
ROWS = [
    ["0001", "b0", "石板街1号", "3"],
    ["0002", "b99", "", "2"],
    ["", "", "石板街99号", "2"],
    ["0004", "b1", "石板街2号", "0"],
]


@pytest.fixture
def town(gridmap: Command) -> Path:
    folder = write_village(gridmap.folder / "town")
    buildings = houses().drop(columns=["households", "persons"])
    buildings["address"] = [f"石板街{n + 1}号" for n in range(len(buildings))]
    buildings.to_file(folder / "buildings.gpkg", layer="buildings")
    with (folder / "households.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADS, *ROWS])
    return folder


def bins(gridmap: Command) -> dict[str, int]:
    ledger = gridmap("check", "town", "--json").document["ledger"]
    return {name: ledger[name] for name in ("placed", "no_place", "waived")}


def test_a_bin_is_listed_with_the_line_of_the_file_and_no_address(
    gridmap: Command, town: Path
) -> None:
    answer = gridmap("rows", town, "--bin", "no_place", "--json")
    assert answer.document["count"] == 2
    first = answer.document["rows"][0]
    assert (first["file"], first["row"], first["household_id"]) == ("households.csv", 3, "0002")
    assert first["why"]
    placed = gridmap("rows", town, "--bin", "placed", "--lang=zh")
    assert "b0" in placed.out
    assert "石板街" not in placed.out


def test_a_check_is_listed_and_written_to_a_file(gridmap: Command, town: Path) -> None:
    answer = gridmap("rows", town, "--bin", "household_empty", "--out", "empty.xlsx")
    assert (answer.code, answer.err) == (0, "")
    rows = list(openpyxl.load_workbook(gridmap.folder / "empty.xlsx").worksheets[0].values)
    assert rows[1][3:6] == (5, "0004", "b1")
    assert gridmap("rows", town, "--bin", "household_empty", "--out", "empty.csv").code == 0
    assert (gridmap.folder / "empty.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_rows_of_one_community_are_listed(gridmap: Command, town: Path) -> None:
    asked = ("rows", town, "--bin", "placed", "--json", "--community")
    assert gridmap(*asked, "990101001001").document["count"] == 2
    assert gridmap(*asked, "990101001002").document["count"] == 0


def test_a_waiver_is_remembered_by_check_and_plan_until_it_is_taken_back(
    gridmap: Command, town: Path
) -> None:
    assert bins(gridmap) == {"placed": 2, "no_place": 2, "waived": 0}
    signed = ("--reason", "空户", "--by", "李")
    assert gridmap("waive", town, "0002", "石板街99号", *signed).code == 0
    assert bins(gridmap) == {"placed": 2, "no_place": 0, "waived": 2}
    planned = gridmap("plan", town, "--out", "plan.gpkg", "--json").document["ledger"]
    assert (planned["waived"], planned["balanced"]) == (2, True)
    why = gridmap("rows", town, "--bin", "waived", "--json").document["rows"][0]["why"]
    assert "空户" in why
    back = gridmap("waive", town, "0002", "--reason", "已回", "--by", "王", "--restore")
    assert back.code == 0
    assert bins(gridmap) == {"placed": 2, "no_place": 1, "waived": 1}


def test_waiving_nobody_known_writes_nothing(gridmap: Command, town: Path) -> None:
    signed = ("--reason", "空户", "--by", "李")
    (sentence,) = gridmap.refuse("waive", town, "0001", "0099", *signed)
    assert "0099" in sentence
    (sentence,) = gridmap.refuse("waive", town, "0001", *signed, "--restore")
    assert "not waived" in sentence
    assert gridmap.refuse("waive", town, "0001", "--reason", " ", "--by", "李")


def test_a_building_is_taken_for_an_address_and_turned_down_again(
    gridmap: Command, town: Path
) -> None:
    taken = gridmap("decide", town, "--take", "石板街 99号=b5", "--by", "李", "--json")
    assert taken.document["decisions"] == 1
    assert bins(gridmap)["placed"] == 3
    assert gridmap("decide", town, "--reject", "石板街99号=b5", "--by", "李").code == 0
    assert bins(gridmap)["placed"] == 2


def test_check_says_that_near_matches_wait_and_how_to_see_them(
    gridmap: Command, town: Path
) -> None:
    ledger = town / "households.csv"
    typed = ledger.read_text("utf-8")
    ledger.write_text(typed.replace("石板街99号", "无名巷"), "utf-8")
    assert "gridmap matches" not in gridmap("check", town).out
    ledger.write_text(typed.replace("石板街99号", "石扳街3号"), "utf-8")
    said = gridmap("check", town).out
    assert f"near matches: 1. gridmap matches {town} lists them" in said
    assert "相近的楼栋" in gridmap("check", town, "--lang=zh").out
    assert gridmap("matches", town, "--json").document["count"] == 1


def test_decisions_that_make_no_sense_are_refused(gridmap: Command, town: Path) -> None:
    (sentence,) = gridmap.refuse("decide", town, "--take", "石板街99号=b5", "--by", " ")
    assert "needs by" in sentence
    assert not (town / "decisions.csv").exists()
    for asked in (("--take", "石板街99号"), ("--take", "石板街99号=b77"), ("--reject", "某路1号")):
        assert gridmap.refuse("decide", town, *asked, "--by", "李")
    assert gridmap.refuse("decide", town, "--from", "nowhere.xlsx", "--by", "李")
    assert gridmap.refuse("rows", town, "--bin", "lost")
    assert gridmap.refuse("rows", "--bin", "placed")


def test_what_is_filled_in_in_the_workbook_is_taken(gridmap: Command, town: Path) -> None:
    assert gridmap("check", town, "--faults", "faults.xlsx", "--lang=zh").code == 0
    book = openpyxl.load_workbook(gridmap.folder / "faults.xlsx")
    sheet = book["gridmap matches"]
    heads = [cell.value for cell in sheet[1]]
    values = {"地址": "石板街99号", "楼栋": "b5", "决定": "b6"}
    for head, value in values.items():
        sheet.cell(2, heads.index(head) + 1).value = value
    book.save(gridmap.folder / "answers.xlsx")
    assert gridmap("decide", town, "--from", "answers.xlsx", "--by", "李").code == 0
    assert "match,石板街99号,b6" in (town / "decisions.csv").read_text("utf-8-sig")
    assert bins(gridmap)["placed"] == 3


def test_a_spoilt_file_of_decisions_is_one_sentence(gridmap: Command, town: Path) -> None:
    (town / "decisions.csv").write_text("verdict,subject\nforget,0001\n", "utf-8")
    (sentence,) = gridmap.refuse("check", town)
    assert "Line 2 of decisions.csv" in sentence
