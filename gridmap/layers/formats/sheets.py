"""
Tables: CSV and XLSX, every cell as it was typed.

Nothing is turned into a number here, so that "0012" stays "0012" and is not 12.
"""

from __future__ import annotations

import codecs
import io
import warnings
from typing import TYPE_CHECKING, Any, Final
from zipfile import BadZipFile

import openpyxl
import pandas as pd
from openpyxl.utils.exceptions import InvalidFileException

from gridmap.errors import InputError
from gridmap.layers.formats.texts import guess_encoding
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from openpyxl import Workbook
    from pandas import DataFrame

SHEET_ENDINGS: Final = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
DELIMITERS: Final = ",;\t|"
XLSX_ERRORS: Final = (BadZipFile, InvalidFileException, KeyError, ValueError, OSError, EOFError)


def read_csv(path: Path, layer: str, *, encoding: str = "") -> DataFrame:
    """
    Read a table of separated values.

    Parameters
    ----------
    path
        The file; its separator is the one its first line uses most.
    layer
        Layer of the schema it is read for; named in faults.
    encoding
        As declared; "" means UTF-8, with or without a byte order mark.

    Returns
    -------
    frame
        Texts only, "" where a cell is empty.

    Raises
    ------
    InputError
        If the encoding is another one than UTF-8 and was not declared, or rows do not fit.
    """
    content = path.read_bytes()
    text = _decoded(content, path, layer, encoding)
    header = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(DELIMITERS, key=header.count)
    try:
        return pd.read_csv(
            io.StringIO(text), sep=delimiter, dtype="str", keep_default_na=False, index_col=False
        )
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    except (pd.errors.ParserError, ValueError) as error:
        fields = {"file": path.name, "reason": str(error).strip().splitlines()[-1].rstrip(".")}
        raise InputError(Fault(layer, None, "file_unreadable", "refused", fields)) from error


def read_xlsx(path: Path, layer: str) -> tuple[DataFrame, list[str]]:
    """
    Read the first sheet of a workbook that holds anything.

    Parameters
    ----------
    path
        The workbook.
    layer
        Layer of the schema it is read for; named in faults.

    Returns
    -------
    frame
        The cells below the first row that is not empty, which gives the names; "" where a cell
        is empty. Blank rows stay, so that records can be counted.
    unread
        Names of other sheets that hold something.

    Raises
    ------
    InputError
        If the file is not a workbook.
    """
    try:
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("always")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                return _first_full(book)
            finally:
                book.close()
    except XLSX_ERRORS as error:
        fields = {"file": path.name, "reason": str(error) or type(error).__name__}
        raise InputError(Fault(layer, None, "file_unreadable", "refused", fields)) from error


def _first_full(book: Workbook) -> tuple[DataFrame, list[str]]:
    frame, unread, found = pd.DataFrame(), [], False
    for sheet in book.worksheets:
        rows = sheet.iter_rows(values_only=True)
        if not found:
            kept = list(rows)
            found = any(map(_has_content, kept))
            frame = _framed(kept) if found else frame
        elif any(map(_has_content, rows)):
            unread.append(str(sheet.title))
    return frame, unread


def _framed(rows: list[tuple[Any, ...]]) -> DataFrame:
    start = next(index for index, row in enumerate(rows) if _has_content(row))
    names = ["" if name is None else str(name) for name in rows[start]]
    records = [[_text(cell) for cell in row] for row in rows[start + 1 :]]
    while records and not any(records[-1]):
        records.pop()
    frame = pd.DataFrame(records, columns=names, dtype="str")
    return frame.loc[:, [name != "" for name in names]]


def _has_content(row: Iterable[object]) -> bool:
    return any(cell not in (None, "") for cell in row)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _decoded(content: bytes, path: Path, layer: str, encoding: str) -> str:
    name = codecs.lookup(encoding or "utf-8").name
    try:
        return content.decode("utf-8-sig" if name == "utf-8" else name)
    except UnicodeDecodeError as error:
        if encoding:
            fields = {"file": path.name, "encoding": encoding}
            raise InputError(Fault(layer, None, "encoding_wrong", "refused", fields)) from error
        guess = guess_encoding(content)
        fields = {"file": path.name, "guess": guess.upper() or "?", "declare": guess or "gbk"}
        raise InputError(Fault(layer, None, "not_utf8", "refused", fields)) from error
