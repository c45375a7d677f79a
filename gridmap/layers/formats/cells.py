"""
Single cells: what no cell may hold, and digits in full width.

Half a million rows are looked at through the bytes that Arrow keeps them in; only the few that
look suspicious are read as texts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from gridmap.schema import Fault

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame, Series

LONGEST: Final = 32_767  # characters that a cell of a spreadsheet holds
SHOWN: Final = 40  # characters of a cell that a sentence quotes
NAMED: Final = 100  # cells of one column that are named one by one
WIDE_LEAD: Final = 0xEF  # first byte in UTF-8 of every sign in full width
SPACES: Final = tuple(b"\t\n\r")
STARTS: Final = np.isin(np.arange(256), [*b"=+-@\t\r\n ", WIDE_LEAD])
CONTROLS: Final = np.isin(np.arange(256), [n for n in range(32) if n not in SPACES] + [0x7F])
FORMULA: Final = re.compile(
    r"\s*(?:[=\uff1d]\s*[\w\"'({\[+\-@$#.]"  # =1+1, =HYPERLINK(
    # @SUM(…), -2+3+cmd|' /C calc'!A0
    r"|[+\-@\uff0b\uff0d\uff20][ -~]*(?:[A-Za-z]{2,}[\w.]*\s*\(|\|.*!))",
    re.DOTALL,
)
QUOTED: Final = re.compile(r'="([^"]*)"')
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
HALF_WIDTH: Final = {
    full: full - 0xFEE0
    for first, last in ("\uff10\uff19", "\uff21\uff3a", "\uff41\uff5a")
    for full in range(ord(first), ord(last) + 1)
}
WIDE: Final = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")


def clean_cells(frame: DataFrame, layer: str, *, sheet: str = "") -> tuple[DataFrame, list[Fault]]:
    """
    Write digits and letters in half width, and find the cells that cannot be taken.

    Parameters
    ----------
    frame
        Texts, with the line as index and no name twice.
    layer
        Layer of the schema; named in faults.
    sheet
        Of the workbook, where it has several.

    Returns
    -------
    frame
        The same cells. `="0012"`, by which some programs keep a text a text, is 0012.
    faults
        Refused ones: cells that a spreadsheet would run, that hold control characters, or that
        are longer than a spreadsheet can hold.
    """
    columns: dict[str, Series] = {}
    faults: list[Fault] = []
    for name in frame.columns:
        columns[name], wrong = _clean_column(frame[name])
        faults += [
            Fault(layer, row, kind, "refused", {"column": name, "value": value}, None, sheet)
            for row, kind, value in wrong[:NAMED]
        ]
    return frame.assign(**columns), faults


def may_hold(column: Series, *words: str) -> bool:
    """
    Say whether a word can stand anywhere in a column, by the bytes of all its texts at once.

    Parameters
    ----------
    column
        Texts.
    *words
        What is looked for, as it is.

    Returns
    -------
    answer
        True too where a word is there only across the border of two texts.
    """
    content = _bytes_of(column)[2].tobytes()
    return any(word.encode() in content for word in words)


def _clean_column(column: Series) -> tuple[Series, list[tuple[int, str, str]]]:
    starts, ends, content = _bytes_of(column)
    suspicious = np.zeros(len(column), dtype=bool)
    filled = ends > starts
    suspicious[filled] = STARTS[content[starts[filled]]]
    suspicious |= ends - starts > LONGEST
    if CONTROLS[content[(content < ord(" ")) | (content > ord("~"))]].any():
        suspicious |= column.str.contains(CONTROL.pattern).to_numpy()
    if (content == WIDE_LEAD).any():
        suspicious |= column.str.contains(WIDE.pattern).to_numpy()
    if not suspicious.any():
        return column, []
    typed = column[suspicious]
    meant = typed.map(_meant)
    wrong = [
        (int(str(row)), kind, text[:SHOWN].translate({ord("\n"): " ", ord("\r"): " "}))
        for row, text in meant.items()
        if (kind := _kind(text))
    ]
    changed = meant[meant != typed]
    if len(changed):
        column = column.copy()
        column.loc[changed.index] = changed
    return column, wrong


def _meant(text: str) -> str:
    quoted = QUOTED.fullmatch(text)
    return (quoted[1] if quoted else text).translate(HALF_WIDTH)


def _kind(text: str) -> str:
    if len(text) > LONGEST:
        return "cell_long"
    if CONTROL.search(text):
        return "cell_control"
    return "cell_formula" if FORMULA.match(text) else ""


def _bytes_of(
    column: Series,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Give where each text starts and ends in the bytes of all of them."""
    texts = pa.array(column, type=pa.large_string())
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    _, offsets, content = texts.buffers()
    places = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    held = np.frombuffer(content if content is not None else b"", dtype=np.uint8)
    first = places[0] if len(places) else 0
    last = places[-1] if len(places) else 0
    return places[:-1] - first, places[1:] - first, held[first:last]
