"""
The records of a sheet: without its titles, blank lines, repeated headers, totals and notes.

Whatever is left out and holds something is named, because a row that is passed over in silence is
a home that nobody misses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.layers.formats.cells import clean_cells, may_hold
from gridmap.layers.formats.headers import LOOKED_AT, OWN, TITLE_SHARE, Header, find_header
from gridmap.layers.synonyms import COLUMN_NAMES, plain
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray
    from pandas import DataFrame, Series

    from gridmap.layers.formats.headers import Merge

COUNTED: Final = ("households", "persons")
TOTAL_COLUMNS: Final = 3  # from the left, in which a row says that it is a sum
TOTAL: Final = re.compile(
    r"(?:.{0,16}(?:合计|总计|小计|共计|累计)(?:[户人]数|[(（][^)）]{0,6}[)）])?"
    r"|(?:grand|sub-?)?totals?|sum)[:：]?",
    re.IGNORECASE,
)
LIKE_TOTAL: Final = r"(?i)^\s*(?:grand|sub|total|sum)"
TOTAL_LETTERS: Final = ("tal", "TAL", "um", "UM")  # two or three of them are in every such word
NOTE: Final = re.compile(
    r"(?:[*※]|(?:注|备注|说明|填表|制表|审核|填报|填写|打印|编制|统计|负责人|单位|日期|notes?|source|"
    r"prepared|printed)[^:：]{0,8}[:：])",
    re.IGNORECASE,
)
NOTE_SIGNS: Final = "*※:："  # one of them is in every note
NOTE_CELLS: Final = 3  # cells that a line below the records fills at most


@dataclass(frozen=True, slots=True)
class RawSheet:
    """
    A sheet as it was typed.

    `cells` are texts, "" where a cell is empty; the index is the line that a spreadsheet shows
    and the columns are numbered from 0. Merged cells are rows and columns from 0.
    """

    name: str
    cells: DataFrame
    merges: Sequence[Merge] = ()
    dates: Mapping[int, Sequence[int]] = field(default_factory=dict)  # column to its lines


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a sheet, by their names; and where in the sheet each name stands, from 0."""

    frame: DataFrame
    header: Header
    faults: tuple[Fault, ...] = ()


def without_own(raw: RawSheet) -> RawSheet:
    """
    Leave out what gridmap itself wrote beside a user's rows: a title, a sum or a note is none else.

    Parameters
    ----------
    raw
        The sheet.

    Returns
    -------
    raw
        Without gridmap's columns at its end; one amid others is left empty, so that these keep
        their places.
    """
    cells, top = raw.cells, raw.cells.head(LOOKED_AT)
    places = range(len(cells.columns))
    own = {n for n in places if top[n].str.contains(OWN, regex=False).any()}
    if not own:
        return raw
    width = max((n + 1 for n in places if n not in own), default=0)
    kept = cells.iloc[:, :width].copy(deep=False)
    for n in own & set(range(width)):
        kept[n] = ""
    dates = {n: lines for n, lines in raw.dates.items() if n < width}
    return replace(raw, cells=kept, dates=dates)


def header_of(raw: RawSheet, known: frozenset[str]) -> Header | None:
    """
    Find the header of a sheet.

    Parameters
    ----------
    raw
        The sheet.
    known
        Names that columns of its layer have.

    Returns
    -------
    header
        None where the sheet holds nothing.
    """
    top = raw.cells.head(LOOKED_AT).to_numpy(dtype=object).tolist()
    return find_header(top, known, merges=raw.merges)


def take_records(raw: RawSheet, header: Header, layer: str, *, sheet: str = "") -> Records:
    """
    Take what lies below the header, row for row.

    Parameters
    ----------
    raw
        The sheet.
    header
        Its header.
    layer
        Layer of the schema; named in faults.
    sheet
        What faults call the sheet, where the workbook has several.

    Returns
    -------
    records
        One row a record, with its line as index. Cells that are merged downwards are filled,
        but for counts, which would count twice.
    """
    body = raw.cells.iloc[header.end :]
    aside, faults = _aside(raw, body, header, layer)
    faults = [*_said_of_header(raw, header, layer), *faults]
    body, unfilled = _filled_down(raw, body, header, layer)
    frame, wrong = _named(body[~aside], header, layer)
    frame, refused = clean_cells(frame, layer)
    found = [*faults, *unfilled, *wrong, *refused]
    named = tuple(
        Fault(one.layer, one.row, one.kind, one.level, one.fields, None, sheet) for one in found
    )
    return Records(frame, header, named)


def is_aside(cells: Sequence[str]) -> bool:
    """Are these the cells of a line that is no record: blank, a sum, a note."""
    filled = [text for text in map(str.strip, cells) if text]
    return not filled or _is_total(filled) or _is_note(filled)


def _is_total(filled: Sequence[str]) -> bool:
    return any(TOTAL.fullmatch("".join(text.split())) for text in filled[:TOTAL_COLUMNS])


def _is_note(filled: Sequence[str]) -> bool:
    return len(filled) <= NOTE_CELLS and NOTE.match("".join(filled[0].split())) is not None


def _said_of_header(raw: RawSheet, header: Header, layer: str) -> list[Fault]:
    above = raw.cells.iloc[: header.start]
    line = int(raw.cells.index[header.start])
    has_number = any(sign.isdigit() for row in header.rows for cell in row for sign in cell)
    told = {
        "lines_above": bool((above != "").to_numpy().any()),
        "header_unknown": has_number and not header.known,
    }
    return [Fault(layer, line, kind, "noted") for kind, is_so in told.items() if is_so]


def _aside(
    raw: RawSheet, body: DataFrame, header: Header, layer: str
) -> tuple[NDArray[np.bool_], list[Fault]]:
    """Find the rows that are no records, and name those that hold something."""
    columns = [body[name] for name in body.columns]
    filled = np.zeros(len(body), dtype=np.int64)
    for column in columns:
        filled += ~((column == "") | column.str.isspace()).to_numpy(dtype=bool)
    sections = _sections(raw, header, width=len(columns))
    above = raw.cells.iloc[: header.end].to_numpy(dtype=object).tolist()
    titles = {tuple(map(str.strip, row)) for row in above}
    look = _worth_a_look(columns, header)
    look |= np.isin(np.arange(len(body)) + header.end, sorted(sections))
    is_sparse = filled <= min(NOTE_CELLS, len(columns) - 1)
    look[is_sparse] |= _worth_a_look_alone([column[is_sparse] for column in columns], titles)
    aside = filled == 0
    faults: list[Fault] = []
    repeated: list[int] = []
    looked_at = np.flatnonzero(look & ~aside)
    rows = body.iloc[looked_at]
    lines, cells = rows.index.tolist(), rows.to_numpy(dtype=object).tolist()
    for position, line, row in zip(looked_at.tolist(), lines, cells, strict=True):
        typed = tuple(map(str.strip, row))
        said = [text for text in typed if text]
        if _is_repeated(typed, titles):
            aside[position] = True
            repeated.append(line)
        elif kind := _kind(said, is_section=position + header.end in sections):
            aside[position] = True
            fields = {"value": " ".join(said)[:80]}
            faults.append(Fault(layer, line, kind, "noted", fields))
    if repeated:
        count = {"count": len(repeated)}
        faults.append(Fault(layer, repeated[0], "header_repeated", "noted", count))
    return aside, faults


def _worth_a_look(columns: Sequence[Series], header: Header) -> NDArray[np.bool_]:
    """Mark the rows that may be sums or the header once more; few of a city's rows are."""
    first = next((n for n, cell in enumerate(header.rows[-1]) if cell), 0)
    heads = {row[first] for row in header.rows if row[first]}
    look = np.zeros(len(columns[first]), dtype=bool)
    if may_hold(columns[first], *heads):
        look |= columns[first].str.strip().isin(heads).to_numpy(dtype=bool)
    for column in columns[:TOTAL_COLUMNS]:
        look |= _may_be_total(column)
    return look


def _worth_a_look_alone(
    columns: Sequence[Series], titles: Iterable[Sequence[str]]
) -> NDArray[np.bool_]:
    """Mark the rows with few cells that may be sums, notes, or a title once more."""
    above = {cell for row in titles for cell in row if cell}
    look = np.zeros(len(columns[0]), dtype=bool)
    for column in columns:
        look |= _may_be_total(column)
        if may_hold(column, *NOTE_SIGNS):
            look |= column.str.contains(f"[{NOTE_SIGNS}]").to_numpy(dtype=bool)
        look |= column.str.strip().isin(above).to_numpy(dtype=bool)
    return look


def _may_be_total(column: Series) -> NDArray[np.bool_]:
    is_sum = np.zeros(len(column), dtype=bool)
    if may_hold(column, *TOTAL_LETTERS):
        is_sum |= column.str.contains(LIKE_TOTAL).to_numpy(dtype=bool)
    if may_hold(column, "计"):
        is_sum |= column.str.contains("计", regex=False).to_numpy(dtype=bool)
    return is_sum


def _is_repeated(row: tuple[str, ...], titles: AbstractSet[tuple[str, ...]]) -> bool:
    """Is it a line of the header once more, be it without its last columns."""
    return row in titles or (
        sum(map(bool, row)) > 1
        and any(
            all(cell in ("", head) for cell, head in zip(row, title, strict=True))
            for title in titles
        )
    )


def _kind(said: Sequence[str], *, is_section: bool) -> str:
    if _is_total(said):
        return "totals_row"
    if _is_note(said):
        return "note_row"
    return "section_row" if is_section else ""


def _sections(raw: RawSheet, header: Header, *, width: int) -> set[int]:
    """List the rows of which one merged cell takes up nearly all: a title amid the records."""
    return {
        top
        for top, left, bottom, right in raw.merges
        if top == bottom
        and top >= header.end
        and right - left + 1 >= max(TITLE_SHARE * width, NOTE_CELLS)
    }


def _filled_down(
    raw: RawSheet, body: DataFrame, header: Header, layer: str
) -> tuple[DataFrame, list[Fault]]:
    """Write what a merged cell says into every row it spans."""
    downwards = [merge for merge in raw.merges if merge[2] > merge[0] >= header.end]
    if not downwards:
        return body, []
    words = COLUMN_NAMES[layer]
    counts = {plain(word) for name in COUNTED for word in words.get(name, ())}
    faults: list[Fault] = []
    columns = [body[name].to_numpy(dtype=object).copy() for name in body.columns]
    for top, left, bottom, _ in downwards:
        if left >= len(columns) or top - header.end >= len(body):
            continue
        if left < len(header.names) and plain(header.names[left]) in counts:
            fields = {"column": header.names[left]}
            line = int(body.index[top - header.end])
            faults.append(Fault(layer, line, "count_merged", "noted", fields))
            continue
        values = columns[left]
        values[top - header.end : bottom - header.end + 1] = values[top - header.end]
    return pd.DataFrame(dict(enumerate(columns)), index=body.index, dtype="str"), faults


def _named(body: DataFrame, header: Header, layer: str) -> tuple[DataFrame, list[Fault]]:
    """Give the columns their names; those without a name are left out."""
    faults: list[Fault] = []
    kept: dict[str, Series] = {}
    seen: dict[str, str] = {}
    known = {plain(word) for words in COLUMN_NAMES[layer].values() for word in words}
    for position, name in enumerate(header.names):
        column = body[position]
        if not name:
            if (column != "").any():
                fields = {"column": letters(position)}
                faults.append(Fault(layer, None, "column_unnamed", "noted", fields))
            continue
        same = plain(name)
        if same in seen and same in known:
            fields = {"column": name, "columns": f"{seen[same]}, {letters(position)}"}
            faults.append(Fault(layer, None, "column_twice", "refused", fields))
        seen.setdefault(same, letters(position))
        unique = name if name not in kept else f"{name} ({letters(position)})"
        kept[unique] = column
    return pd.DataFrame(kept, index=body.index), faults


def letters(position: int) -> str:
    """
    Name a column as spreadsheets do.

    Parameters
    ----------
    position
        Of the column, from 0.

    Returns
    -------
    letters
        A, B and so on; after Z comes AA.
    """
    ahead, last = divmod(position, 26)
    return (letters(ahead - 1) if ahead else "") + chr(ord("A") + last)
