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


def typed(sheet: Any, text: str) -> Any:  # noqa: ANN401 (openpyxl takes both)
    """
    Give a text from a table without types, so that a spreadsheet leaves it as it was typed.

    Parameters
    ----------
    sheet
        Of any kind of workbook.
    text
        As typed; "0012" is not 12.

    Returns
    -------
    cell
        A cell where the text looks like something else, the text itself elsewhere.
    """
    if not text:
        return None
    if not text.startswith((*FORMULA_STARTS, *DIGITS)):
        return safe_text(text)
    cell = new_cell(sheet, text)
    cell.number_format = AS_TEXT
    return cell
