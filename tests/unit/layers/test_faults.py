"""Faults go home as a workbook that a spreadsheet can open without danger."""

from pathlib import Path

import openpyxl
import pytest

from gridmap.layers.faults import write_faults
from gridmap.messages import Language, Message
from gridmap.schema import Fault


def rows_of(path: Path) -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(path)
    return list(book["gridmap faults"].iter_rows(values_only=True))


@pytest.mark.parametrize(
    ("language", "heads", "level"),
    [
        ("en", ("layer", "sheet", "row", "kind", "level", "sentence"), "noted"),
        ("zh", ("图层", "工作表", "行", "类别", "处理", "说明"), "已记录"),
    ],
)
def test_every_fault_is_a_row(
    tmp_path: Path, language: Language, heads: object, level: str
) -> None:
    fault = Fault("roads", 7, "no_geometry")
    write_faults([fault], tmp_path / "faults.xlsx", language)
    told = ("roads", None, 7, "no_geometry", level, fault.text(language))
    assert rows_of(tmp_path / "faults.xlsx") == [heads, told]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t="])
def test_what_looks_like_a_formula_is_written_as_text(tmp_path: Path, start: str) -> None:
    wicked = f"{start}cmd|' /C calc'!A0.csv"
    write_faults([Fault(wicked, None, "not_a_layer")], tmp_path / "faults.xlsx", "en")
    cell = openpyxl.load_workbook(tmp_path / "faults.xlsx")["gridmap faults"]["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (wicked, "s", True)


def test_characters_that_a_workbook_cannot_hold_do_not_stop_it(tmp_path: Path) -> None:
    write_faults([Fault("a\x00b", 1, "not_a_layer")], tmp_path / "faults.xlsx", "en")
    assert rows_of(tmp_path / "faults.xlsx")[1][0] == "a�b"


def test_no_faults_make_an_empty_table(tmp_path: Path) -> None:
    write_faults([], tmp_path / "faults.xlsx", "en")
    assert len(rows_of(tmp_path / "faults.xlsx")) == 1


def test_a_reason_inside_a_fault_is_said_in_the_same_language() -> None:
    fault = Fault("households", 3, "no_place", fields={"why": Message("faults.why_nothing")})
    assert fault.text("zh") == "户台账第 3 行没有落点：没有填写楼栋、地址或坐标。"
