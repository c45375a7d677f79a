"""Cells that a spreadsheet opens without danger, and the colours that say what a row is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill

if TYPE_CHECKING:
    from openpyxl.cell import Cell

CELL_CHARACTERS: Final = 32_000  # a cell ends at 2 to the 15th
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
DIGITS: Final = tuple("0123456789")
AS_TEXT: Final = "@"
LONGEST_NUMBER: Final = 11  # digits that a spreadsheet shows as they are
COLOURS: Final = {
    "refused": "FF9C9C",
    "repaired": "C6E0B4",
    "noted": "DDEBF7",
    "placed": "E2EFDA",
    "no_place": "F8CBAD",
    "outside": "D9C9EC",
    "duplicate": "FFE699",
    "conflict": "FFB3C6",
    "waived": "D9D9D9",
}
"""By level of a fault, and by bin of a household; a bin goes before the level."""


def colour_of(kind: str, level: str) -> str:
    """
    Choose the colour of a fault.

    Parameters
    ----------
    kind
        Of the fault, which may be a bin.
    level
        Of the fault.

    Returns
    -------
    colour
        Red, green and blue, two hexadecimal digits each.
    """
    return COLOURS[level] if level == "refused" else COLOURS.get(kind, COLOURS[level])


def filled(colour: str) -> PatternFill:
    """
    Fill a cell.

    Parameters
    ----------
    colour
        As :func:`colour_of` gives it.

    Returns
    -------
    fill
        A plain one.
    """
    return PatternFill("solid", start_color=colour)


def safe_text(text: str) -> str:
    """
    Leave out what a cell cannot hold.

    Parameters
    ----------
    text
        Of the input.

    Returns
    -------
    text
        Without control characters, and no longer than a cell.
    """
    return ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)[:CELL_CHARACTERS]


def write_text(cell: Cell, text: str) -> None:
    """
    Write a text that stays a text, whatever it looks like.

    Parameters
    ----------
    cell
        To be written.
    text
        As it was typed.
    """
    cell.value = safe_text(text)
    if cell.data_type != "n":  # an empty text leaves an empty cell
        cell.data_type = "s"
    if text.startswith(FORMULA_STARTS):
        cell.quotePrefix = True


def new_cell(sheet: Any, value: Any, *, colour: str = "", bold: bool = False) -> Cell:  # noqa: ANN401
    """
    Make a cell for the next row of a sheet.

    Parameters
    ----------
    sheet
        Of any kind of workbook.
    value
        A text stays one.
    colour
        To fill it with; "" for none.
    bold
        For a head.

    Returns
    -------
    cell
        To be appended.
    """
    cell: Cell = WriteOnlyCell(sheet, None)
    if isinstance(value, str):
        write_text(cell, value)
    else:
        cell.value = value
    if colour:
        cell.fill = filled(colour)
    if bold:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


class TypedTexts:
    """Texts from a table without types, so that a spreadsheet leaves them as they were typed."""

    __slots__ = ("plain", "quoted", "sheet")

    def __init__(self, sheet: Any) -> None:  # noqa: ANN401 (openpyxl has two kinds of sheets)
        self.sheet = sheet
        self.plain, self.quoted = WriteOnlyCell(sheet), WriteOnlyCell(sheet)
        self.plain.number_format = self.quoted.number_format = AS_TEXT
        self.quoted.quotePrefix = True

    def cell(self, text: str) -> Any:  # noqa: ANN401 (openpyxl takes both)
        """
        Give a cell where a text could be taken for something else, the text itself elsewhere.

        Most texts of a large table need no cell, and a cell costs as much as all its row.
        """
        if not text:
            return None
        starts_so = text.startswith(FORMULA_STARTS)
        is_changed = starts_so or (text[0] == "0" and len(text) > 1) or len(text) > LONGEST_NUMBER
        if not is_changed and not text.startswith(DIGITS):
            return safe_text(text)
        if not is_changed and text.isdecimal():
            return text  # it is written as a text, and looks the same if it is made a number
        cell: Any = WriteOnlyCell(self.sheet, None)
        cell.value = safe_text(text)
        cell.data_type = "s"
        style: Any = self.quoted if starts_so else self.plain
        cell._style = style._style  # noqa: SLF001 (a look is costly to find again for each cell)
        return cell
