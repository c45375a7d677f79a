"""Ledgers as twelve people type them: titles, groups, sums, merged cells, many sheets."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from gridmap.errors import InputError
from gridmap.layers import read_layers
from gridmap.layers.formats.sheets import read_table
from gridmap.layers.formats.workbooks import Workbook
from gridmap.layers.mapping import LayerMapping
from gridmap.layers.read import find_tables
from gridmap.schema import Fault
from tests.unit.layers.street import building_frame, write_geojson

HEAD = ("户编号", "楼栋编号", "人数")
Rows = Sequence[Sequence[object]]


def book(path: Path, rows: Rows, *, merged: Sequence[str] = (), **sheets: Rows) -> Path:
    """Write a workbook; the first sheet is called 台账."""
    held = openpyxl.Workbook()
    held.remove(held["Sheet"])
    for name, lines in {"台账": rows, **sheets}.items():
        sheet = held.create_sheet(name)
        for row in lines:
            sheet.append(list(row))
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"):
            cell.data_type = "s"
    for cells in merged:
        held["台账"].merge_cells(cells)
    held.save(path)
    return path


def read(path: Path, **columns: str) -> Workbook:
    """Read a ledger."""
    return read_table(path, "households", LayerMapping(columns=columns))


def read_text(folder: Path, text: str) -> Workbook:
    """Read a ledger that is a text."""
    path = folder / "households.csv"
    path.write_text(text, "utf-8", newline="")
    return read(path)


def read_rows(folder: Path, rows: Rows, *, merged: Sequence[str] = (), **sheets: Rows) -> Workbook:
    """Read a ledger that is a workbook."""
    return read(book(folder / "households.xlsx", rows, merged=merged, **sheets))


def told(table: Workbook) -> list[tuple[int | None, str, str]]:
    """Give what was noted: row, kind, sheet."""
    return [(fault.row, fault.kind, fault.sheet) for fault in table.faults]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0012", "0012"),
        (12, "12"),
        (12.0, "12"),
        (12.5, "12.5"),
        (True, "TRUE"),
        (dt.datetime(2026, 3, 1, tzinfo=None), "2026-03-01"),  # noqa: DTZ001
        (dt.time(3, 4), "03:04:00"),
        (320508001001, "320508001001"),
        ("\uff22\uff11\uff12", "B12"),
        ("-", "-"),
        ("=", "="),
        ("=====", "====="),
        ("+86 512 6000", "+86 512 6000"),
        ("+86(0512)6000", "+86(0512)6000"),
        ("-3", "-3"),
        ("-1层(东)", "-1层(东)"),
        ("@家", "@家"),
        ("A|B", "A|B"),
    ],
)
def test_a_cell_stays_what_was_typed(tmp_path: Path, value: object, expected: str) -> None:
    table = read_rows(tmp_path, [HEAD, ("H1", value, 3), ("H2", "B", 2), ("H3", "B", 2)])
    assert table.frame["楼栋编号"].iloc[0] == expected


def test_a_text_kept_a_text_by_a_formula_is_read_as_that_text(tmp_path: Path) -> None:
    table = read_text(tmp_path, '户编号,楼栋编号\n"=""0012""",B1\n')
    assert list(table.frame["户编号"]) == ["0012"]


def test_rows_are_the_lines_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    text = '户编号,楼栋编号,地址\nH1,B0,"一号\n东侧"\n\n,,\nH2,B1,二号\n'
    table = read_text(tmp_path, text)
    assert list(table.frame.index) == [2, 5]
    assert list(table.frame["户编号"]) == ["H1", "H2"]
    rows = [HEAD[:2], ("H1", "B0"), (), (None, " "), ("H2", "B1")]
    assert list(read_rows(tmp_path, rows).frame.index) == [2, 5]


def test_titles_sums_notes_and_repeated_headers_are_left_out_and_named(tmp_path: Path) -> None:
    rows = [
        ("石村社区住户台账", None, None),
        ("填报日期：2026年3月", None, None),
        HEAD,
        ("H1", "B0", 3),
        ("小计", None, 3),
        HEAD,
        ("H2", "B1", 2),
        ("合 计", None, 5),
        ("Total", None, 5),
        ("注：人数为常住人口", None, None),
        ("制表人：某某", None, "审核：某某"),
    ]
    expected = [
        (3, "lines_above", ""),
        *((5, "totals_row", ""), (8, "totals_row", ""), (9, "totals_row", "")),
        *((10, "note_row", ""), (11, "note_row", ""), (6, "header_repeated", "")),
    ]
    table = read_rows(tmp_path, rows)
    assert list(table.frame["户编号"]) == ["H1", "H2"]
    assert list(table.frame.index) == [4, 7]
    assert sorted(told(table), key=str) == sorted(expected, key=str)
    assert "小计 3" in table.faults[1].text("zh")
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    as_text = read_text(tmp_path, "\n".join(lines))
    assert list(as_text.frame["户编号"]) == ["H1", "H2"]
    assert sorted(told(as_text), key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    "word", ["Grand Total", "sub total ", " TOTAL", "sum", "合计人数", "总计（人）", "人民路小计："]
)
@pytest.mark.parametrize("more", [(), ("x", "y", "z")])
def test_a_sum_is_known_however_it_is_spelt(
    tmp_path: Path, word: str, more: tuple[str, ...]
) -> None:
    rows = [(*HEAD, "甲", "乙", "丙"), ("H1", "B0", 3, "x", "y", "z"), (word, None, 3, *more)]
    table = read_rows(tmp_path, rows)
    assert list(table.frame["户编号"]) == ["H1"]
    assert told(table) == [(3, "totals_row", "")]


def test_a_header_is_known_once_more_with_other_spaces_or_without_its_last_columns(
    tmp_path: Path,
) -> None:
    first, again = ("户编号 ", "楼栋编号", " 人数", "备注"), ("户编号", "楼栋编号 ", "人数", None)
    rows = [first, ("H1", "B0", 3), first, ("H2", "B1", 2), again, ("H3", "B1", 2, "备注")]
    table = read_rows(tmp_path, rows)
    assert list(table.frame["户编号"]) == ["H1", "H2", "H3"]
    assert [(fault.kind, fault.fields["count"]) for fault in table.faults] == [
        ("header_repeated", 2)
    ]


def test_a_household_with_nothing_but_its_id_is_a_record(tmp_path: Path) -> None:
    table = read_rows(tmp_path, [HEAD, ("H1", "B0", 3), ("H2",), ("设计院1", "B1", 1)])
    assert list(table.frame["户编号"]) == ["H1", "H2", "设计院1"]
    assert told(table) == []


def test_headers_of_two_rows_are_joined_and_a_known_part_stands_alone(tmp_path: Path) -> None:
    rows = [
        ("户编号", "楼栋编号", "坐标", None, "房屋", None),
        (None, None, "经度", "纬度", "结构", "产权"),
        ("H1", "B0", 120.5, 31.3, "砖混", "自有"),
    ]
    merged = ("A1:A2", "B1:B2", "C1:D1", "E1:F1")
    names = ["户编号", "楼栋编号", "经度", "纬度", "房屋结构", "房屋产权"]
    assert list(read_rows(tmp_path, rows, merged=merged).frame.columns) == names
    assert list(read_rows(tmp_path, rows).frame.columns) == names
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    table = read_text(tmp_path, "\n".join(lines) + "\n")
    assert list(table.frame.columns) == names
    assert list(table.frame.index) == [3]


def test_headers_of_three_rows_under_a_title_are_joined(tmp_path: Path) -> None:
    rows = [
        ("某社区住户登记表", None, None, None, None),
        ("户编号", "位置", None, None, "人数"),
        (None, "楼栋编号", "房屋", None, None),
        (None, None, "结构", "产权", None),
        ("H1", "B0", "砖混", "自有", 3),
    ]
    merged = ("A1:E1", "A2:A4", "B2:D2", "E2:E4", "B3:B4", "C3:D3")
    table = read_rows(tmp_path, rows, merged=merged)
    assert list(table.frame.columns) == [
        "户编号",
        "楼栋编号",
        "位置房屋结构",
        "位置房屋产权",
        "人数",
    ]
    assert list(table.frame.index) == [5]
    assert list(table.frame["人数"]) == ["3"]


def test_two_parts_of_one_name_are_told_apart_by_their_groups(tmp_path: Path) -> None:
    rows = [
        ("户编号", "常住", None, "流动", None),
        (None, "人数", "备注", "人数", "备注"),
        ("H1", 3, "x", 1, "y"),
    ]
    table = read_rows(tmp_path, rows, merged=("A1:A2", "B1:C1", "D1:E1"))
    assert list(table.frame.columns) == ["户编号", "常住人数", "常住备注", "流动人数", "流动备注"]


def test_cells_merged_downwards_are_filled_and_counts_are_not(tmp_path: Path) -> None:
    rows = [
        ("楼栋编号", "户编号", "人数"),
        ("B0", "H1", 5),
        (None, "H2", None),
        (None, "H3", 2),
        ("B1", "H4", 1),
        ("二期", None, None),
        ("B2", "H5", 1),
    ]
    table = read_rows(tmp_path, rows, merged=("A2:A4", "C2:C3", "A6:C6"))
    assert list(table.frame["楼栋编号"]) == ["B0", "B0", "B0", "B1", "B2"]
    assert list(table.frame["人数"]) == ["5", "", "2", "1", "1"]
    assert told(table) == [(6, "section_row", ""), (2, "count_merged", "")]


def test_sheets_of_the_same_columns_are_one_ledger(tmp_path: Path) -> None:
    rows: dict[str, Rows] = {
        "二号楼": [(), HEAD, ("H3", "B1", 1), ("合计", None, 1)],
        "说明": [("本表由社区填写",), ("请勿改动",)],
        "gridmap 问题": [HEAD, ("H9", "B9", 9)],
    }
    first = [HEAD, ("H1", "B0", 3), ("H2", "B0", 2)]
    table = read_rows(tmp_path, first, merged=(), **rows)
    assert list(table.frame["户编号"]) == ["H1", "H2", "H3"]
    assert table.sheets == (("台账", 0), ("二号楼", 3))
    assert list(table.frame.index) == [2, 3, 6]
    assert (4, "totals_row", "二号楼") in told(table)
    ignored = [fault.fields["sheet"] for fault in table.faults if fault.kind == "sheet_ignored"]
    assert ignored == ["说明"]


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        (HEAD, ("户号", "住址", "人口"), True),
        (HEAD, ("序号", "户编号", "楼栋编号", "人口", "楼层", "备注"), True),
        (("序号", "地址", "人数"), ("序号", "家庭住址", "人口", "单元"), True),
        (("序号", "地址", "人数"), ("序号", "地址", "低保类别"), False),
        (HEAD, ("户编号", "补助金额"), False),
        (HEAD, ("楼栋编号", "人数"), False),
    ],
)
def test_sheets_of_one_ledger_are_known_by_what_their_columns_mean(
    tmp_path: Path, first: Sequence[str], second: Sequence[str], *, together: bool
) -> None:
    rows: dict[str, Rows] = {"二组": [second, tuple(f"v{n}" for n in range(len(second)))]}
    table = read_rows(tmp_path, [first, ("H1", "B0", 3)], merged=(), **rows)
    assert len(table.frame) == 1 + together
    ignored = [fault.kind for fault in table.faults]
    assert ignored == ([] if together else ["sheet_ignored"])
    if together:
        same = {"住址", "户号", "人口", "家庭住址"} & set(table.frame.columns)
        assert same <= ({"住址"} if "地址" not in first else set())


def test_running_numbers_of_several_sheets_are_no_households_of_one_another(
    tmp_path: Path,
) -> None:
    write_geojson(building_frame(), tmp_path)
    head = ("序号", "楼栋编号", "人数")
    rows = [head, (1, "B0", 3), (1, "B0", 3), (2, "B0", 1), ("", "B0", 1)]
    second = [head, (1, "B1", 3), (2, "B1", 1), (1, "B1", 1)]
    book(tmp_path / "households.xlsx", rows, 二组=second)
    layers = read_layers(tmp_path)
    assert "serials_apart" in {fault.kind for fault in layers.faults}
    ids = list(layers.households.index)
    assert ids[:3] == ["台账-1", "台账-1", "台账-2"]
    assert ids[4:] == ["二组-1", "二组-2", "二组-2-1"]
    assert len(set(ids)) == len(ids) - 1
    book(tmp_path / "households.xlsx", rows, 二组=[head, (3, "B1", 3), (4, "B1", 1)])
    layers = read_layers(tmp_path)
    assert [*layers.households.index][4:] == ["3", "4"]
    assert "serials_apart" not in {fault.kind for fault in layers.faults}


def test_a_fault_names_the_sheet_and_its_line_all_the_way(tmp_path: Path) -> None:
    write_geojson(building_frame(), tmp_path)
    second = [HEAD, ("H3", "B1", 1), ("H4", "B1", "many")]
    book(tmp_path / "households.xlsx", [HEAD, ("H1", "B0", 3)], 二号楼=second)
    with pytest.raises(InputError) as refused:
        read_layers(tmp_path)
    (fault,) = refused.value.faults
    assert (fault.sheet, fault.row, fault.kind) == ("二号楼", 3, "count_bad")
    assert "二号楼!3" in fault.text("zh")
    book(tmp_path / "households.xlsx", [HEAD, ("H1", "B0", 3)], 二号楼=second[:2])
    ledger = read_layers(tmp_path).households
    assert list(zip(ledger["sheet"], ledger["row"], strict=True)) == [("台账", 2), ("二号楼", 2)]


def test_columns_of_gridmap_are_not_read_back(tmp_path: Path) -> None:
    rows = [(*HEAD, "gridmap·问题"), ("H1", "B0", 3, "no place")]
    table = read_rows(tmp_path, rows)
    assert list(table.frame.columns) == list(HEAD)
    assert told(table) == []


def test_a_hidden_sheet_is_noted_and_not_read(tmp_path: Path) -> None:
    path = book(tmp_path / "households.xlsx", [HEAD, ("H1", "B0", 3)], 旧=[HEAD, ("H1", "B0", 3)])
    held = openpyxl.load_workbook(path)
    held["旧"].sheet_state = "hidden"
    held.save(path)
    table = read(path)
    assert len(table.frame) == 1
    assert [fault.kind for fault in table.faults] == ["sheet_hidden"]


def test_a_sum_that_was_never_reckoned_stops_no_ledger(tmp_path: Path) -> None:
    path = book(tmp_path / "households.xlsx", [HEAD, ("H1", "B0", 3), ("合计", None, 3)])
    held = openpyxl.load_workbook(path)
    held["台账"]["C3"] = "=SUM(C2:C2)"
    held.save(path)
    table = read(path)
    assert list(table.frame["户编号"]) == ["H1"]
    assert [kind for _, kind, _ in told(table)] == ["totals_row"]
    held["台账"]["C2"] = "=1+2"
    held.save(path)
    with pytest.raises(InputError, match="never saved"):
        read(path)


def test_error_cells_and_dates_amid_texts_are_named(tmp_path: Path) -> None:
    path = tmp_path / "households.xlsx"
    rows = [("户编号", "地址", "人数"), ("H1", "1-1", 3), ("H2", "1-2", 2), ("H3", "2-1", 2)]
    held = openpyxl.load_workbook(book(path, rows))
    held["台账"]["B4"] = dt.datetime(2026, 2, 1, tzinfo=None)  # noqa: DTZ001
    held["台账"]["C3"] = "#REF!"
    held["台账"]["C3"].data_type = "e"
    held.save(path)
    table = read(path)
    assert sorted(told(table), key=str) == [(3, "cell_error", ""), (4, "cell_dated", "")]
    assert "#REF!" in next(f for f in table.faults if f.kind == "cell_error").text("en")


def test_a_column_without_a_name_is_noted_where_it_holds_something(tmp_path: Path) -> None:
    table = read_rows(tmp_path, [(*HEAD, None), ("H1", "B0", 3, "x")])
    assert list(table.frame.columns) == list(HEAD)
    assert table.faults == (Fault("households", None, "column_unnamed", "noted", {"column": "D"}),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("rows", [1, 3000])
def test_the_encoding_of_a_ledger_is_found(tmp_path: Path, encoding: str, rows: int) -> None:
    rare = "𠮷" if encoding == "gb18030" else "石"
    text = f"户编号,地址\nH0,{rare}板街\n" + "".join(f"H{n},石板街{n}号\n" for n in range(1, rows))
    path = tmp_path / "households.csv"
    path.write_bytes(text.encode(encoding))
    table = read(path)
    assert table.frame["地址"].iloc[0] == f"{rare}板街"
    assert len(table.frame) == rows
    names = [fault.fields["encoding"] for fault in table.faults]
    assert names == ([] if encoding.startswith("utf-8") else [encoding.upper()])


def test_a_declared_encoding_goes_before_what_is_found(tmp_path: Path) -> None:
    path = tmp_path / "households.csv"
    path.write_bytes("id,address\nH1,école\n".encode("cp1252"))
    mapping = LayerMapping(encoding="cp1252")
    assert list(read_table(path, "households", mapping).frame.iloc[0])[1] == "école"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_and_the_ends_of_lines_are_found(
    tmp_path: Path, delimiter: str, end: str
) -> None:
    rows = [HEAD, ("0012", "B0", "3"), ("H2", f"B{delimiter}1", "2")]
    quoted = [[f'"{cell}"' if delimiter in cell else cell for cell in row] for row in rows]
    table = read_text(tmp_path, end.join(delimiter.join(row) for row in quoted) + end)
    assert table.frame.to_numpy().tolist() == [list(row) for row in rows[1:]]


def test_empty_ends_of_rows_do_not_matter(tmp_path: Path) -> None:
    table = read_text(tmp_path, "户编号,楼栋编号,人数\nH1,B0,3,,\nH2,B1,2\n合计,,5\n注：略\n")
    assert list(table.frame["户编号"]) == ["H1", "H2"]


def test_the_layers_that_come_from_tables_are_listed(tmp_path: Path) -> None:
    write_geojson(building_frame(), tmp_path)
    (tmp_path / "台账.csv").write_text("户编号\nH1\n", "utf-8")
    (tmp_path / "ours.xlsx").write_bytes(b"")
    (tmp_path / "layers.toml").write_text('[workers]\nfile = "ours.xlsx"\n', "utf-8")
    assert find_tables(tmp_path) == {
        "households": tmp_path / "台账.csv",
        "workers": tmp_path / "ours.xlsx",
    }
