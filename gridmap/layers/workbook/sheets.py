"""
The user's own sheets, with two columns more: what is wrong in a row, and what is suggested.

A workbook of ordinary size keeps all it has; of a large one the cells and number formats are
kept, because the rest would take minutes. Columns of an earlier round are written over.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, PatternFill
from openpyxl.utils import get_column_letter

from gridmap.layers.formats.headers import LOOKED_AT
from gridmap.layers.formats.records import RawSheet, header_of
from gridmap.layers.workbook.cells import TypedTexts, filled, new_cell, write_text
from gridmap.layers.workbook.notes import is_own

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from openpyxl.cell import Cell

    from gridmap.layers.workbook.notes import Note, Notes

ORDINARY_ROWS: Final = 50_000
OWN_SHEETS: Final = "gridmap"
WIDTHS: Final = (60, 32)
PLAIN_WIDTH: Final = 18
NO_FILL: Final = PatternFill()


def mark_workbook(path: Path, notes: Notes, *, ordinary_rows: int = ORDINARY_ROWS) -> Workbook:
    """
    Copy a workbook with what is wrong beside its rows, without the sheets gridmap added before.

    Parameters
    ----------
    path
        An XLSX or XLSM file that can be read.
    notes
        What to say.
    ordinary_rows
        Up to how many rows everything is kept.

    Returns
    -------
    book
        To be added to and saved.
    """
    read = load_workbook(path, read_only=True)
    try:
        sizes: list[int | None] = [sheet.max_row for sheet in read.worksheets]
        if any(rows is None or rows > ordinary_rows for rows in sizes):
            return _copied(read, notes)
    finally:
        read.close()
    book = load_workbook(path)
    is_first = True
    for sheet in list(book.worksheets):
        if sheet.title.casefold().startswith(OWN_SHEETS):
            book.remove(sheet)
        elif sheet.sheet_state == "visible":
            is_first = not _mark(sheet, notes, is_first=is_first) and is_first
    return book


def mark_table(raw: RawSheet, title: str, notes: Notes) -> Workbook:
    """
    Write a table of separated values as a workbook, every cell as it was typed.

    Parameters
    ----------
    raw
        The table.
    title
        Of the sheet.
    notes
        What to say.

    Returns
    -------
    book
        To be added to and saved.
    """
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(title[:31])
    rows = raw.cells.to_numpy(dtype=object)
    texts = TypedTexts(sheet)
    told = (list(map(texts.cell, row)) for row in rows)
    layout = _Layout.of(rows[:LOOKED_AT].tolist(), notes)
    _append(sheet, told, layout, notes.of("", is_first=True), count=len(rows))
    return book


def _mark(sheet: Any, notes: Notes, *, is_first: bool) -> bool:  # noqa: ANN401
    """Write notes beside the rows of a sheet; tell whether it holds anything."""
    top = [
        ["" if value is None else str(value) for value in row]
        for row in sheet.iter_rows(max_row=min(LOOKED_AT, sheet.max_row), values_only=True)
    ]
    merges = [
        (one.min_row - 1, one.min_col - 1, one.max_row - 1, one.max_col - 1)
        for one in sheet.merged_cells.ranges
    ]
    layout = _Layout.of(top, notes, merges)
    line, places = layout.line, layout.places
    if not line:
        return False
    _clear(sheet, layout)
    for place, head, width in zip(places, notes.heads, WIDTHS, strict=True):
        cell = sheet.cell(line, place)
        cell.value = head
        cell.font = copy(sheet.cell(line, 1).font)
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(place)].width = width
    told = notes.of(sheet.title, is_first=is_first)
    for row, note in ((row, note) for row, note in told.items() if row > line):
        _write(sheet.cell(row, places[0]), note.fault, note.colour)
        _write(sheet.cell(row, places[1]), note.suggestion, note.colour if note.suggestion else "")
    _defuse(sheet, notes, is_first=is_first)
    if not sheet.tables:  # a table has a filter of its own, and two do not open
        last = get_column_letter(max(sheet.max_column, *places))
        sheet.auto_filter.ref = f"A{line}:{last}{max(sheet.max_row, line)}"
    return True


def _write(cell: Cell, text: str, colour: str) -> None:
    if text:
        write_text(cell, text)
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    if colour:
        cell.fill = filled(colour)


def _clear(sheet: Any, layout: _Layout) -> None:  # noqa: ANN401
    """Empty the columns of an earlier round."""
    for place in layout.earlier:
        for (cell,) in sheet.iter_rows(min_row=layout.line, min_col=place, max_col=place):
            cell.value = None
            cell.fill = NO_FILL


def _defuse(sheet: Any, notes: Notes, *, is_first: bool) -> None:  # noqa: ANN401
    """Turn a formula that would start a program into a text that says the same."""
    names = {sheet.title, ""} if is_first else {sheet.title}
    for _, row in (key for key in notes.to_defuse if key[0] in names):
        for cell in sheet[row]:
            if cell.data_type == "f" and "|" in str(cell.value):
                write_text(cell, str(cell.value))


def _copied(read: Any, notes: Notes) -> Workbook:  # noqa: ANN401
    """Copy a large workbook row by row."""
    book = Workbook(write_only=True)
    is_first = True
    for source in read.worksheets:
        if source.title.casefold().startswith(OWN_SHEETS):
            continue
        sheet: Any = book.create_sheet(source.title)
        sheet.sheet_state = source.sheet_state
        width, height = source.max_column or 0, source.max_row or 0
        source.reset_dimensions()  # what a file says of its size may be wrong
        top = [
            ["" if value is None else str(value) for value in row]
            for row in source.iter_rows(max_row=LOOKED_AT, values_only=True)
        ]
        layout, is_seen = _Layout.of(_squared(top, width), notes), source.sheet_state == "visible"
        told = notes.of(source.title, is_first=is_first) if is_seen else {}
        is_first = is_first and not (layout.line and is_seen)
        texts = TypedTexts(sheet)
        rows = ([_same(texts, cell) for cell in row] for row in source.iter_rows())
        _append(sheet, rows, layout, told, count=height)
    return book


def _same(texts: TypedTexts, cell: Any) -> Any:  # noqa: ANN401 (cells of three kinds)
    """Copy a cell; a text stays one, a formula too unless it would start a program."""
    value = cell.value
    if isinstance(value, str):
        is_formula = cell.data_type == "f" and "|" not in value
        return value if is_formula else texts.cell(value)
    if value is None or cell.number_format == "General":
        return value
    same = new_cell(texts.sheet, value)
    same.number_format = cell.number_format
    return same


def _append(
    sheet: Any,  # noqa: ANN401
    rows: Iterable[list[Any]],
    layout: _Layout,
    told: Mapping[int, Note],
    *,
    count: int = 0,
) -> None:
    """Write rows one after the other, with their notes."""
    last = max(layout.places)
    for place in range(1, last + 1):
        is_own_place = layout.line and place in layout.places
        width = WIDTHS[layout.places.index(place)] if is_own_place else PLAIN_WIDTH
        sheet.column_dimensions[get_column_letter(place)].width = width
    if layout.line:
        sheet.freeze_panes = f"A{layout.line + 1}"
        if count:
            sheet.auto_filter.ref = f"A{layout.line}:{get_column_letter(last)}{count}"
    for number, row in enumerate(rows, start=1):
        note = told.get(number)
        if layout.concerns(number, note):
            sheet.append(layout.beside(sheet, row, number, note))
        else:
            sheet.append(row)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a sheet has its header, 0 if nowhere, and the columns that are added."""

    line: int
    places: tuple[int, int]
    earlier: tuple[int, ...]  # columns of an earlier round
    heads: tuple[str, str]

    @classmethod
    def of(
        cls, top: list[list[str]], notes: Notes, merges: Sequence[tuple[int, int, int, int]] = ()
    ) -> _Layout:
        line = _header_line(top, merges, notes)
        heads = top[line - 1] if line else []
        earlier = tuple(place for place, head in enumerate(heads, start=1) if is_own(head))
        first, second, *_ = [*earlier, len(heads) + 1, len(heads) + 2]
        return cls(line, (first, second), earlier, notes.heads)

    def concerns(self, number: int, note: Note | None) -> bool:
        """Tell whether anything is to be written into a row."""
        is_below = bool(self.line) and number >= self.line
        return is_below and (number == self.line or note is not None or bool(self.earlier))

    def beside(self, sheet: Any, told: list[Any], number: int, note: Note | None) -> list[Any]:  # noqa: ANN401
        """Give a row with what is said beside it."""
        row = [*told, *[None] * (max(self.places) - len(told))]
        for place in self.earlier:
            row[place - 1] = None
        if number == self.line:
            for place, head in zip(self.places, self.heads, strict=True):
                row[place - 1] = new_cell(sheet, head, bold=True)
        elif note:
            row[self.places[0] - 1] = new_cell(sheet, note.fault, colour=note.colour)
            row[self.places[1] - 1] = new_cell(sheet, note.suggestion)
        return row


def _squared(rows: list[list[str]], width: int) -> list[list[str]]:
    """Make all rows as long as the longest."""
    longest = max((width, *map(len, rows)))
    return [[*row, *[""] * (longest - len(row))] for row in rows]


def _header_line(
    top: list[list[str]], merges: Sequence[tuple[int, int, int, int]], notes: Notes
) -> int:
    """Give the line of the header, its last one if it has two; 0 where a sheet holds nothing."""
    if not top:
        return 0
    header = header_of(RawSheet("", pd.DataFrame(top, dtype="str"), merges), notes.known)
    return 0 if header is None else header.end
