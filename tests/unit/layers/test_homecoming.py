"""Faults come home beside the user's own rows, are mended there, and the file is read again."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.styles import Font, PatternFill

from gridmap.errors import InputError
from gridmap.layers import read_layers
from gridmap.layers.drill import offered_rows
from gridmap.layers.faults import Home, find_home, write_faults
from gridmap.layers.ledger import Ledger, settle_households
from gridmap.layers.review import read_answers
from gridmap.layers.workbook.notes import note_rows
from gridmap.layers.workbook.sheets import mark_workbook
from gridmap.messages import Language
from gridmap.rules import Rules
from gridmap.schema import Fault, Layers
from tests.unit.layers.street import building_frame, write_geojson

HEADS = ["户编号", "楼栋编号", "地址", "人数", "备注"]
Rows = list[list[Any]]
ROWS: Rows = [
    ["0001", "B0", "幸福路1号101室", 3, ""],
    ["0002", "B1", "幸福路2号101室", 2, "原文"],
    ["0003", "B99", "", 4, ""],
]
OFFERS = pd.DataFrame(
    {
        "sheet": "",
        "row": [5],
        "household_id": ["0003"],
        "address": ["幸福路三号"],
        "building_id": ["B2"],
        "building_address": ["幸福路3号"],
        "score": [0.875],
    }
)
WICKED = "=cmd|' /C calc'!A0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "town"
    folder.mkdir()
    write_geojson(building_frame(3).to_crs("EPSG:4326"), folder)
    return folder


def write_ledger(path: Path, *, rows: Sequence[Sequence[Any]] = ROWS, title: str = "") -> None:
    """Write a ledger as a planner keeps it: a title, a bold head, wide columns, a formula aside."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "台账"
    if title:
        sheet.append([title])
        sheet.merge_cells("A1:E1")
    sheet.append(HEADS)
    for row in rows:
        sheet.append(row)
    sheet.column_dimensions["C"].width = 41
    sheet["B2"].font = Font(bold=True, color="FFCC0000")
    sheet["D3"].fill = PatternFill("solid", start_color="FF00FF00")
    sums = book.create_sheet("统计")
    sums["A1"] = "=SUM(台账!D2:D9)"
    sums.sheet_state = "hidden"
    book.save(path)


def settled(folder: Path) -> tuple[Layers, Ledger]:
    layers = read_layers(folder)
    return layers, settle_households(layers, rules=Rules())


def faults_of(folder: Path) -> list[Fault]:
    layers, ledger = settled(folder)
    return [*layers.faults, *ledger.faults]


def send_home(folder: Path, path: Path, language: Language = "zh") -> list[Path]:
    layers, ledger = settled(folder)
    home = find_home(folder, balance=ledger.balance, offers=offered_rows(layers, ledger))
    return write_faults([*layers.faults, *ledger.faults], path, language, home=home)


def look(cell: Any) -> tuple[object, ...]:  # noqa: ANN401
    kind = cell.data_type if cell.value is not None else ""
    return cell.value, kind, cell.number_format, repr(cell.font), repr(cell.fill)


def column(sheet: Any, head: str) -> list[object]:  # noqa: ANN401
    place = next(cell.column for row in sheet.iter_rows() for cell in row if cell.value == head)
    return [sheet.cell(row, place).value for row in range(1, sheet.max_row + 1)]


def test_a_fault_stands_beside_its_row_and_nothing_of_the_users_is_lost(folder: Path) -> None:
    write_ledger(folder / "households.xlsx", title="某村户台账")
    path = folder.parent / "faults.xlsx"
    assert send_home(folder, path) == [path]
    before = openpyxl.load_workbook(folder / "households.xlsx")
    after = openpyxl.load_workbook(path)
    assert after.sheetnames == [
        *before.sheetnames,
        "gridmap faults",
        "gridmap matches",
        "gridmap balance",
    ]
    for sheet in before:
        for row in sheet.iter_rows():
            for cell in row:
                same = after[sheet.title][cell.coordinate]
                assert look(cell) == look(same)
    ledger: Any = after["台账"]
    assert ledger.merged_cells.ranges == before["台账"].merged_cells.ranges
    assert ledger.column_dimensions["C"].width == 41
    assert after["统计"].sheet_state == "hidden"
    said = column(ledger, "gridmap·问题")
    assert said[:4] == [None, "gridmap·问题", None, None]
    assert str(said[4]).startswith("户台账第 5 行没有落点")
    assert ledger.cell(5, ledger.max_column - 1).fill.start_color.rgb == "00F8CBAD"
    assert ledger.auto_filter.ref == "A2:G5"


def test_what_is_mended_in_the_workbook_is_read_again_and_nothing_else_changes(
    folder: Path,
) -> None:
    ledger = folder / "households.xlsx"
    write_ledger(ledger)
    before = faults_of(folder)
    path = folder.parent / "faults.xlsx"
    send_home(folder, path)
    first = settled(folder)[0].households
    book = openpyxl.load_workbook(path)
    book["台账"]["B4"] = "B2"
    book.save(ledger)
    after = faults_of(folder)
    assert "no_place" in {fault.kind for fault in before}
    assert after == [fault for fault in before if fault.kind != "no_place"]
    second = settled(folder)[0].households
    assert second.loc["0003", "building_id"] == "B2"
    pd.testing.assert_frame_equal(
        pd.DataFrame(first.drop(columns="building_id")),
        pd.DataFrame(second.drop(columns="building_id")),
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_later_round_replaces_the_columns_of_an_earlier_one(
    folder: Path, language: Language
) -> None:
    ledger = folder / "households.xlsx"
    write_ledger(ledger)
    path = folder.parent / "faults.xlsx"
    send_home(folder, path, "zh")
    book = openpyxl.load_workbook(path)
    book["台账"]["B4"] = "B2"
    book["台账"]["B2"] = "B98"
    book["台账"]["C2"] = ""
    book.save(ledger)
    send_home(folder, path, language)
    again: Any = openpyxl.load_workbook(path)
    heads = [cell.value for cell in again["台账"][1]]
    own = ["gridmap·问题", "gridmap·建议"] if language == "zh" else ["gridmap·fault"]
    assert heads[: len(HEADS) + len(own)] == [*HEADS, *own]
    assert sum(str(head).startswith("gridmap") for head in heads) == 2
    said = [cell.value for cell in again["台账"]["F"]]
    assert said[1] is not None
    assert said[2:4] == [None, None]
    assert again["台账"]["F4"].fill.fill_type is None
    assert sum(name.startswith("gridmap") for name in again.sheetnames) == 3


def test_a_csv_comes_home_as_it_was_typed_and_is_read_again(folder: Path) -> None:
    ledger = folder / "households.csv"
    with ledger.open("w", encoding="gbk", newline="") as file:
        csv.writer(file).writerows([HEADS, *ROWS, ["0004", "B0", "1-2", "3", ""]])
    before = faults_of(folder)
    path = folder.parent / "faults.xlsx"
    send_home(folder, path)
    sheet: Any = openpyxl.load_workbook(path)["households"]
    assert [cell.value for cell in sheet["A"]] == ["户编号", "0001", "0002", "0003", "0004"]
    assert {cell.data_type for cell in sheet["D"]} == {"s"}
    assert sheet["C5"].value == "1-2"
    assert sheet["F4"].value
    ledger.unlink()
    path.rename(folder / "households.xlsx")
    about_encoding = {"encoding_read"}
    after = faults_of(folder)
    assert after == [fault for fault in before if fault.kind not in about_encoding]


def test_every_further_table_has_a_workbook_of_its_own(folder: Path) -> None:
    write_ledger(folder / "households.xlsx")
    (folder / "workers.csv").write_text("id,grids,lon,lat\nw1,g1,120.5,31.3\n", "utf-8")
    path = folder.parent / "faults.xlsx"
    assert [file.name for file in send_home(folder, path)] == ["faults.xlsx", "faults-workers.xlsx"]
    sheet = openpyxl.load_workbook(folder.parent / "faults-workers.xlsx")["workers"]
    assert next(sheet.iter_rows(values_only=True))[:3] == ("id", "grids", "lon")


def test_each_sheet_has_the_faults_of_its_own_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for title in ("一组", "二组"):
        sheet = book.create_sheet(title)
        for row in (HEADS, *ROWS):
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(tmp_path / "households.xlsx")
    faults = [Fault("households", 3, "household_empty", "noted", {"household": "x"}, sheet="二组")]
    marked: Any = mark_workbook(
        tmp_path / "households.xlsx", note_rows("households", faults, None, "en")
    )
    assert [cell.value for cell in marked["一组"]["F"]] == ["gridmap·fault", None, None, None]
    assert str(marked["二组"]["F3"].value).startswith("Ledger row 二组!3")


def test_a_large_workbook_is_streamed_with_the_same_cells(tmp_path: Path) -> None:
    write_ledger(tmp_path / "households.xlsx", title="某村户台账")
    faults = [Fault("households", 4, "household_empty", "noted", {"household": "x"})]
    notes = note_rows("households", faults, None, "en")
    for source in ("households.xlsx", "once.xlsx"):  # the second time its own columns are replaced
        book = mark_workbook(tmp_path / source, notes, ordinary_rows=2)
        assert book.write_only
        book.save(tmp_path / "once.xlsx")
    sheet: Any = openpyxl.load_workbook(tmp_path / "once.xlsx")["台账"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1] == (*HEADS, "gridmap·fault", "gridmap·suggestion")
    assert rows[2][:4] == ("0001", "B0", "幸福路1号101室", 3)
    assert str(rows[3][5]).startswith("Ledger row 4")
    sums: Any = openpyxl.load_workbook(tmp_path / "once.xlsx")["统计"]
    assert (sums["A1"].value, sums.sheet_state) == ("=SUM(台账!D2:D9)", "hidden")


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"households.{ending}"
    if ending == "csv":
        path.write_text(f'户编号,备注\nH1,"{WICKED}"\n', "utf-8")
    else:
        book = openpyxl.Workbook()
        sheet: Any = book.active
        sheet.append(["户编号", "备注"])
        sheet.append(["H1", ""])
        sheet["B2"] = WICKED  # a true formula, which would start a program
        book.save(path)
    fields = {"column": "备注", "value": WICKED}
    fault = Fault("households", 2, "cell_formula", "refused", fields)
    out = tmp_path / "faults.xlsx"
    write_faults([fault], out, "en", home=Home({"households": path}))
    book = openpyxl.load_workbook(out)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert WICKED in {cell.value for cell in cells}
    assert all(cell.data_type != "f" for cell in cells)


def test_a_table_that_cannot_be_read_leaves_the_list(tmp_path: Path) -> None:
    broken = tmp_path / "households.xlsx"
    broken.write_bytes(b"PK\x03\x04 not a workbook")
    out = tmp_path / "faults.xlsx"
    write_faults(
        [Fault("households", None, "layer_empty")], out, "en", home=Home({"households": broken})
    )
    assert openpyxl.load_workbook(out).sheetnames == ["gridmap faults", "gridmap balance"]


def test_the_users_own_table_is_not_written_over(folder: Path) -> None:
    write_ledger(folder / "households.xlsx")
    before = (folder / "households.xlsx").read_bytes()
    with pytest.raises(InputError) as caught:
        send_home(folder, folder / "households.xlsx")
    assert caught.value.faults[0].kind == "faults_over_own"
    assert (folder / "households.xlsx").read_bytes() == before


def test_matches_have_a_column_to_decide_in_that_offers_yes_and_no(tmp_path: Path) -> None:
    out = tmp_path / "faults.xlsx"
    write_faults([], out, "zh", home=Home(offers=OFFERS))
    sheet: Any = openpyxl.load_workbook(out)["gridmap matches"]
    assert [cell.value for cell in sheet[2]][:6] == [
        None,
        5,
        "0003",
        "幸福路三号",
        "B2",
        "幸福路3号",
    ]
    (choice,) = sheet.data_validations.dataValidation
    assert (choice.formula1, choice.showErrorMessage) == ('"是,否"', False)


def test_answers_that_were_not_handed_over_are_kept_in_the_next_round(tmp_path: Path) -> None:
    out = tmp_path / "faults.xlsx"
    write_faults([], out, "zh", home=Home(offers=OFFERS))
    book = openpyxl.load_workbook(out)
    book["gridmap matches"]["H2"] = "是"
    book.save(out)
    write_faults([], out, "en", home=Home(offers=OFFERS))
    assert read_answers(out) == {("幸福路三号", "B2"): "是"}


def test_the_best_offer_is_suggested_beside_its_row(tmp_path: Path) -> None:
    write_ledger(tmp_path / "households.xlsx", title="某村户台账")
    notes = note_rows("households", [], OFFERS, "zh")
    sheet: Any = mark_workbook(tmp_path / "households.xlsx", notes)["台账"]
    assert sheet["G5"].value == "可能是楼栋 B2（幸福路3号），相似度 88%"


def test_refused_layers_come_home_too(folder: Path) -> None:
    rows = [["0001", "B0", "", "几个", ""]]
    write_ledger(folder / "households.xlsx", rows=rows)
    with pytest.raises(InputError) as caught:
        read_layers(folder)
    out = folder.parent / "faults.xlsx"
    write_faults(caught.value.faults, out, "zh", home=find_home(folder))
    sheet: Any = openpyxl.load_workbook(out)["台账"]
    assert sheet["F2"].value
    assert sheet["F2"].fill.start_color.rgb == "00FF9C9C"


def test_a_workbook_says_the_balance_in_the_language_asked_for(folder: Path) -> None:
    write_ledger(folder / "households.xlsx")
    heads = {}
    languages: tuple[Language, ...] = ("zh", "en")
    for language in languages:
        path = folder.parent / f"{language}.xlsx"
        send_home(folder, path, language)
        sheet: Any = openpyxl.load_workbook(path)["gridmap balance"]
        heads[language] = [cell.value for cell in sheet[2]]
    assert heads == {"zh": ["台账", 3, 9], "en": ["ledger", 3, 9]}


def test_titles_sums_and_heads_amid_the_rows_are_still_known_when_they_come_home(
    folder: Path,
) -> None:
    ledger = folder / "households.xlsx"
    amid: Rows = [
        ["小计", "", "", 5, ""],
        HEADS,
        ["制表人：甲", "", "审核：乙", "", "丙"],
        ["二期"],
    ]
    write_ledger(ledger, rows=[*ROWS, *amid], title="某村户台账")
    book = openpyxl.load_workbook(ledger)
    book["台账"].merge_cells("A9:D9")
    book.save(ledger)
    before, households = faults_of(folder), settled(folder)[0].households
    path = folder.parent / "faults.xlsx"
    send_home(folder, path)
    path.replace(ledger)
    assert faults_of(folder) == before
    pd.testing.assert_frame_equal(
        pd.DataFrame(settled(folder)[0].households), pd.DataFrame(households)
    )


def test_faults_are_written_to_a_workbook_only(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        send_home(folder, folder.parent / "faults.csv")
    assert caught.value.faults[0].kind == "faults_ending"
    assert not (folder.parent / "faults.csv").exists()
