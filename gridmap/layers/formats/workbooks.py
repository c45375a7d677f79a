"""
Workbooks: every sheet that holds the same records is part of one table, cell for cell as typed.

A text stays a text, so that "0012" is not 12; the result of a formula is taken as it was saved.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from gridmap.errors import InputError
from gridmap.layers.formats.archives import require_own_format, sheet_parts, survey_workbook
from gridmap.layers.formats.cells import NAMED, SHOWN
from gridmap.layers.formats.records import RawSheet, header_of, take_records, without_own
from gridmap.layers.serials import SERIALS
from gridmap.layers.synonyms import COLUMN_NAMES, POINTS, layer_of, plain
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from pandas import DataFrame

    from gridmap.layers.formats.archives import Survey
    from gridmap.layers.formats.headers import Header
    from gridmap.layers.formats.records import Records

OWN_SHEETS: Final = "gridmap"  # how the names of sheets begin that gridmap itself writes
REFERENCE: Final = re.compile(r"([A-Z]+)([0-9]+)")
PLACES: Final = frozenset(("building_id", "address", *POINTS))
BESIDES: Final = frozenset(("entrance", "floor", "need", ""))
"""What one clerk writes down of a household and another does not; names gridmap does not know."""
Level = Literal["refused", "noted"]
NO_SHEETS: Final = "it lists no sheets"
UNREADABLE: Final = (CalamineError, OSError, ValueError, KeyError)


@dataclass(frozen=True, slots=True)
class Workbook:
    """
    What was read from a workbook.

    `frame` holds all records with the line as index, counted on through the sheets; `sheets`
    names them, each with the lines before it, where the workbook has several that hold anything.
    """

    frame: DataFrame
    sheets: tuple[tuple[str, int], ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    raw: RawSheet
    header: Header
    names: frozenset[str]


def read_workbook(path: Path, layer: str, known: frozenset[str]) -> Workbook:
    """
    Read every sheet of a workbook that has the columns of the layer.

    Parameters
    ----------
    path
        The workbook.
    layer
        Layer of the schema it is read for; named in faults.
    known
        Names that columns of the layer have.

    Returns
    -------
    workbook
        The records, and what was left out.

    Raises
    ------
    InputError
        If the file is no workbook, or cells in it cannot be taken.
    """
    require_own_format(path, layer)
    survey = survey_workbook(path, layer)
    raws, faults = _opened(path, layer)
    found = []
    for raw in raws:
        header = header_of(raw, known)
        if header is not None:
            names = frozenset(plain(name) for name in header.names if name)
            found.append(_Found(raw, header, names))
    if not found:
        return Workbook(pd.DataFrame(), (), tuple(faults))
    several = len(found) + len(faults) > 1
    taken = _alike(found, layer, known)
    for one in found:
        if one not in taken:
            fields = {"file": path.name, "sheet": one.raw.name}
            faults.append(Fault(layer, None, "sheet_ignored", "noted", fields))
    read = [
        (one, take_records(one.raw, one.header, layer, sheet=one.raw.name if several else ""))
        for one in taken
    ]
    for one, record in read:
        faults += [*record.faults, *_dated(one.raw, record, layer, several=several)]
    faults += _spoilt(path, survey, read, layer, several=several)
    frame, sheets = _joined(read, layer)
    return Workbook(frame, sheets if several else (), tuple(faults))


def _opened(path: Path, layer: str) -> tuple[list[RawSheet], list[Fault]]:
    try:
        with load_workbook(path) as book:
            if book.sheets_metadata:
                return _sheets(book, path, layer)
        reason = NO_SHEETS
    except UNREADABLE as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
    except BaseException as error:  # a panic of the reader's is no Exception
        if type(error).__name__ != "PanicException":
            raise
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else "panic"
    fields = {"file": path.name, "reason": reason}
    raise InputError(Fault(layer, None, "file_unreadable", "refused", fields))


def _sheets(book: CalamineWorkbook, path: Path, layer: str) -> tuple[list[RawSheet], list[Fault]]:
    raws, faults = [], []
    for about in book.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet or about.name.casefold().startswith(OWN_SHEETS):
            continue
        sheet = book.get_sheet_by_name(about.name)
        if sheet.start is None:
            continue
        if about.visible != SheetVisibleEnum.Visible:
            fields = {"file": path.name, "sheet": about.name}
            faults.append(Fault(layer, None, "sheet_hidden", "noted", fields))
            continue
        merged = sheet.merged_cell_ranges or []
        merges = [(top, left, bottom, right) for (top, left), (bottom, right) in merged]
        raws.append(_raw(about.name, sheet.to_python(skip_empty_area=False), merges))
    return raws, faults


def _raw(
    name: str, rows: Sequence[Sequence[object]], merges: Sequence[tuple[int, int, int, int]]
) -> RawSheet:
    columns, dates = {}, {}
    for number, values in enumerate(zip(*rows, strict=True)):
        kinds = set(map(type, values))
        texts = list(values) if kinds <= {str} else _texts(values, kinds)
        if kinds & {dt.date, dt.datetime}:
            dates[number] = [
                line for line, value in enumerate(values, 1) if isinstance(value, dt.date)
            ]
        columns[str(number)] = pa.array(texts, type=pa.large_string())
    frame = pa.table(columns).to_pandas()
    lines = pd.RangeIndex(1, len(frame) + 1)
    frame = frame.set_axis(range(len(columns)), axis="columns").set_axis(lines, axis="index")
    return without_own(RawSheet(name, frame, merges, dates))


def _texts(values: Sequence[object], kinds: AbstractSet[type]) -> list[object]:
    if bool in kinds:  # True is 1 to a dictionary
        return list(map(_text, values))
    texts = {value: _text(value) for value in set(values)}
    return [texts[value] for value in values]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return str(value)


def _alike(found: Sequence[_Found], layer: str, known: frozenset[str]) -> list[_Found]:
    """Take the sheet that says most to gridmap, and all that hold such records."""
    best = max(found, key=lambda one: (layer_of(one.raw.name) == layer, one.header.known))
    asked = best.names & known

    def is_alike(one: _Found) -> bool:
        same = one.names & known == asked if asked else one.names == best.names
        return same or (layer == "households" and _are_households(best.names, one.names))

    return [one for one in found if one is best or is_alike(one)]


def _are_households(best: frozenset[str], names: frozenset[str]) -> bool:
    """
    Say whether two sheets are parts of one ledger, though somebody else chose the columns.

    What is told of a household besides may differ, and so may what places it, if ids tell one
    from another; a list of some households of the other sheet then only repeats them.
    """
    meanings = _meanings("households")
    one, other = ({meanings.get(name, "") for name in told} - BESIDES for told in (best, names))
    if one == other and one & PLACES:
        return True
    has_ids = "household_id" in one & other
    return has_ids and one - PLACES == other - PLACES and bool(other & PLACES)


@cache
def _meanings(layer: str) -> Mapping[str, str]:
    """Give the column of the schema that each name means; a running number is no id here."""
    words = {**COLUMN_NAMES[layer], **POINTS}
    meant = {plain(word): column for column, names in words.items() for word in names}
    return {name: column for name, column in meant.items() if name not in SERIALS}


def _keys(columns: Iterable[str], layer: str) -> list[str]:
    """Say of each column what it means, or else its name, by which sheets are put together."""
    names = [plain(name) for name in columns]
    meant = [_meanings(layer).get(name, name) for name in names]
    return [
        name if meant.count(mean) > 1 else mean for name, mean in zip(names, meant, strict=True)
    ]


def _joined(
    read: Sequence[tuple[_Found, Records]], layer: str
) -> tuple[DataFrame, tuple[tuple[str, int], ...]]:
    """Put the sheets one under the other, by the spelling of the first one."""
    spelling: dict[str, str] = {}
    frames, sheets, before = [], [], 0
    for one, record in read:
        frame = record.frame
        keys = _keys(frame.columns, layer)
        for key, name in zip(keys, frame.columns, strict=True):
            spelling.setdefault(key, name)
        names = [spelling[key] for key in keys]
        unique = len(set(names)) == len(names)
        frame = frame.set_axis(names, axis="columns") if unique else frame
        frames.append(frame.set_axis(frame.index + before, axis="index"))
        sheets.append((one.raw.name, before))
        before += len(one.raw.cells)
    if len(frames) == 1:
        return frames[0], tuple(sheets)
    return pd.concat(frames).fillna("").astype("str"), tuple(sheets)


def _dated(raw: RawSheet, records: Records, layer: str, *, several: bool) -> list[Fault]:
    """Note the few dates in a column of texts: a spreadsheet makes one of "3-1"."""
    faults = []
    for column, lines in raw.dates.items():
        name = records.header.names[column]
        if name not in records.frame:
            continue
        held = [line for line in lines if line in records.frame.index]
        filled = int((records.frame[name] != "").sum())
        if held and 2 * len(held) < filled:
            value = records.frame.loc[held[0], name]
            fields: dict[str, str | int] = {"column": name, "count": len(held)}
            fields["value"] = str(value)
            sheet = raw.name if several else ""
            faults.append(Fault(layer, held[0], "cell_dated", "noted", fields, None, sheet))
    return faults


def _spoilt(
    path: Path,
    survey: Survey,
    read: Sequence[tuple[_Found, Records]],
    layer: str,
    *,
    several: bool,
) -> list[Fault]:
    """Name the cells whose formula failed, was never reckoned, or would start a program."""
    if not (survey.errors or survey.uncounted or survey.running):
        return []
    parts = sheet_parts(path)
    faults = []
    for one, record in read:
        part, sheet = parts.get(one.raw.name, ""), one.raw.name if several else ""
        lines = set(record.frame.index)  # a sum below the records is not read anyway
        unread = (place for place in survey.uncounted.get(part, ()) if _place(place)[1] in lines)
        unreckoned = dict.fromkeys(islice(unread, NAMED), "")
        told: tuple[tuple[str, Level, Mapping[str, str]], ...] = (
            ("cell_formula", "refused", survey.running.get(part, {})),
            ("formula_unreckoned", "refused", unreckoned),
            ("cell_error", "noted", survey.errors.get(part, {})),
        )
        for kind, level, cells in told:
            for place, value in cells.items():
                column, line = _place(place)
                name = one.header.names[column] if column < len(one.header.names) else ""
                if name and line > one.header.end:
                    fields = {"column": name, "value": value[:SHOWN]}
                    faults.append(Fault(layer, line, kind, level, fields, None, sheet))
    return faults


def _place(reference: str) -> tuple[int, int]:
    """Give the column, from 0, and the line of a cell such as C12."""
    found = REFERENCE.fullmatch(reference)
    letters, line = found.groups() if found else ("A", "0")
    digits = np.array([ord(letter) - 64 for letter in letters])
    return int((digits * 26 ** np.arange(len(digits))[::-1]).sum()) - 1, int(line)
