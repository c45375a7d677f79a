"""Faults as a workbook, so that they can be corrected where the data is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from gridmap.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from openpyxl.cell import Cell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    from gridmap.messages import Language
    from gridmap.schema import Fault

COLUMNS: Final = ("layer", "row", "kind", "level", "sentence")
WIDTHS: Final = (16, 10, 22, 12, 100)
SHEET_ROWS: Final = 1_000_000  # a sheet ends at 2 to the 20th
CELL_CHARACTERS: Final = 32_000  # a cell ends at 2 to the 15th
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def write_faults(faults: Sequence[Fault], path: Path, language: Language) -> None:
    """
    Write faults as an XLSX table, one a row.

    Texts from the input that look like formulas are written as texts and stay texts.

    Parameters
    ----------
    faults
        In the order to write them.
    path
        The workbook; an existing one is replaced.
    language
        To say them in.
    """
    book = Workbook(write_only=True)
    for start in range(0, max(len(faults), 1), SHEET_ROWS):
        sheet = book.create_sheet(f"faults {start // SHEET_ROWS + 1}" if start else "faults")
        for letter, width in zip("ABCDE", WIDTHS, strict=True):
            sheet.column_dimensions[letter].width = width
        sheet.freeze_panes = "A2"
        heads = [Message(f"faults.column_{name}").text(language) for name in COLUMNS]
        sheet.append([_cell(sheet, head) for head in heads])
        for fault in faults[start : start + SHEET_ROWS]:
            level = Message(f"faults.level_{fault.level}").text(language)
            told = (fault.layer, fault.row, fault.kind, level, fault.text(language))
            sheet.append([_cell(sheet, value) for value in told])
    book.save(path)


def _cell(sheet: WriteOnlyWorksheet, value: str | int | None) -> Cell:
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("�", value)[:CELL_CHARACTERS]
    cell: Cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        cell.data_type = "s"
        cell.quotePrefix = True
    return cell
