"""
Tables of separated values: the separator found, every row as long as the rest.

Nothing is turned into a number here, so that "0012" stays "0012" and is not 12.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from gridmap.errors import InputError
from gridmap.layers.formats.archives import require_own_format
from gridmap.layers.formats.records import RawSheet, is_aside, without_own
from gridmap.layers.formats.texts import decode, decode_as
from gridmap.schema import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from pandas import DataFrame

DELIMITERS: Final = ",;\t|"
STRANGE_DELIMITERS: Final = "，；、^~#:/\\&*!$%_ "
SAMPLE_CHARACTERS: Final = 200_000
SAMPLE_LINES: Final = 200
LARGEST_BYTES: Final = 1 << 29  # a city of five million homes, at a hundred bytes a row
MOST_COLUMNS: Final = 16_384  # of a spreadsheet
TITLE_CELLS: Final = 2  # of a line above the header
BLOCK_BYTES: Final = 1 << 24
UNCLOSED: Final = "unexpected end of data"
STRAY_SHARE: Final = 0.9
"""Share of lines that a strange sign must part alike to be taken for the separator."""


def read_separated(path: Path, layer: str, *, encoding: str = "") -> tuple[RawSheet, list[Fault]]:
    """
    Read a table of separated values.

    Parameters
    ----------
    path
        The file.
    layer
        Layer of the schema it is read for; named in faults.
    encoding
        As declared; "" where it is to be found out.

    Returns
    -------
    raw
        Texts only; the line is the one a spreadsheet shows, so that a cell with a line break in
        it takes up one.
    faults
        The encoding, where it had to be found out and is not UTF-8.

    Raises
    ------
    InputError
        If the file is no text, no encoding fits all of it, or its rows do not fit together.
    """
    content, faults = _utf8(path, layer, encoding)
    if not content.strip():
        return RawSheet("", pd.DataFrame()), faults
    sample = content[: 4 * SAMPLE_CHARACTERS].decode("utf-8", "ignore")[:SAMPLE_CHARACTERS]
    delimiter = _delimiter(sample, layer, path)
    _require_closed(content, delimiter, layer)
    width = _width(sample, delimiter, layer, path)
    raw = RawSheet("", _parsed(content, delimiter, width, layer, path))
    return without_own(raw), faults


def _utf8(path: Path, layer: str, encoding: str) -> tuple[bytes, list[Fault]]:
    """Read a text and write it in UTF-8, without a byte order mark."""
    require_own_format(path, layer, largest=LARGEST_BYTES)
    content = path.read_bytes()
    decoding = decode_as(content, encoding) if encoding else decode(content)
    fields: dict[str, str | int] = {"file": path.name, "encoding": decoding.encoding.upper()}
    if decoding.text is None and encoding:
        fields["encoding"] = encoding
        raise InputError(Fault(layer, decoding.line, "encoding_wrong", "refused", fields))
    if decoding.text is None and decoding.line is not None:
        raise InputError(Fault(layer, decoding.line, "encoding_mixed", "refused", fields))
    if decoding.text is None:
        if b"\0" in content:
            raise InputError(Fault(layer, None, "table_binary", "refused", fields))
        guess = decoding.encoding
        fields = {"file": path.name, "guess": guess.upper() or "?", "declare": guess or "gbk"}
        raise InputError(Fault(layer, None, "not_utf8", "refused", fields))
    if "\0" in decoding.text:
        raise InputError(Fault(layer, None, "table_binary", "refused", fields))
    is_plain = encoding or decoding.encoding == "utf-8"
    notes = [] if is_plain else [Fault(layer, None, "encoding_read", "noted", fields)]
    return decoding.text.encode("utf-8"), notes


def _delimiter(sample: str, layer: str, path: Path) -> str:
    """Find the separator that parts the most lines alike."""
    lines = [line for line in sample.splitlines()[:SAMPLE_LINES] if line.strip()]
    best, score = ",", 0.0
    for delimiter in DELIMITERS:
        counts = Counter(len(record) for record in _sampled(lines, delimiter))
        width, times = max(counts.items(), key=lambda item: (item[1], item[0]))
        if width > 1 and times / len(lines) * (1 + min(width, 50) / 1000) > score:
            best, score = delimiter, times / len(lines) * (1 + min(width, 50) / 1000)
    if score:
        return best
    for sign in STRANGE_DELIMITERS:
        counts = Counter(line.count(sign) for line in lines)
        if counts[0] == 0 and len(lines) > 1 and max(counts.values()) >= STRAY_SHARE * len(lines):
            told = {"file": path.name, "sign": sign}
            raise InputError(Fault(layer, None, "delimiter_unknown", "refused", told))
    return best


def _sampled(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return [line.split(delimiter) for line in lines]


def _width(sample: str, delimiter: str, layer: str, path: Path) -> int:
    """Count the columns: those of most lines, or of the header if it has more."""
    lines = sample.splitlines()[:SAMPLE_LINES]
    if max(line.count(delimiter) for line in lines) >= MOST_COLUMNS:
        fields: dict[str, str | int] = {"file": path.name, "most": MOST_COLUMNS}
        raise InputError(Fault(layer, None, "columns_too_many", "refused", fields))
    records = [record for record in _sampled(lines, delimiter) if any(record)]
    counts = Counter(len(record) for record in records)
    usual = max(counts, key=lambda width: (counts[width], width))
    first = next((len(record) for record in records if len(record) > 1), 1)
    return max(usual, first)


def _require_closed(content: bytes, delimiter: str, layer: str) -> None:
    """Refuse a quote that is opened and never closed: it swallows all the rows below it."""
    if content.count(b'"') % 2 == 0:
        return
    text = io.StringIO(content.decode("utf-8"), newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    row = 1
    try:
        for _ in reader:
            row += 1
    except csv.Error as error:
        if UNCLOSED in str(error) or "field larger" in str(error):
            raise InputError(Fault(layer, row, "quote_open", "refused")) from None


def _parsed(content: bytes, delimiter: str, width: int, layer: str, path: Path) -> DataFrame:
    odd: list[tuple[int, str]] = []

    def keep(row: arrow_csv.InvalidRow) -> str:
        odd.append((row.number, row.text))
        return "skip"

    names = [str(number) for number in range(width)]
    ends = np.flatnonzero(np.frombuffer(content, dtype=np.uint8) == ord("\n"))
    longest = int(np.diff(ends, prepend=0, append=len(content)).max())
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(content),
            read_options=arrow_csv.ReadOptions(
                column_names=names,
                use_threads=False,
                block_size=min(max(BLOCK_BYTES, 8 * longest), len(content) + 1),
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=keep,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        fields = {"file": path.name, "reason": str(error).splitlines()[0].rstrip(".")}
        raise InputError(Fault(layer, None, "file_unreadable", "refused", fields)) from error
    frame = table.to_pandas().set_axis(range(width), axis="columns")
    lines = np.arange(1, len(frame) + len(odd) + 1)
    if odd:
        lines = np.delete(lines, [number - 1 for number, _ in odd])
    frame = frame.set_axis(pd.Index(lines), axis="index")
    frame = _mended(frame, odd, delimiter, layer)
    _require_rows(frame, delimiter, layer)
    return frame


def _require_rows(frame: DataFrame, delimiter: str, layer: str) -> None:
    """Refuse a cell that holds whole rows, because the quotes around it belong to two others."""
    width = len(frame.columns)
    if width < 2:  # noqa: PLR2004
        return
    for name in frame.columns:
        broken = frame[name].str.contains("\n", regex=False)
        for row, text in frame.loc[broken, name].items():
            if any(line.count(delimiter) >= width - 1 for line in text.split("\n")[1:]):
                raise InputError(Fault(layer, int(str(row)), "quote_open", "refused"))


def _mended(frame: DataFrame, odd: list[tuple[int, str]], delimiter: str, layer: str) -> DataFrame:
    """Take in the rows of another length that say the same: titles, notes, empty ends."""
    if not odd:
        return frame
    width = len(frame.columns)
    first = int(frame.index[0]) if len(frame) else 1
    beyond = [n for n in range(width) if (frame[n] != "").any()]
    rows = {}
    for line, text in odd:
        cells = _cells(text, delimiter)
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        is_title = line < first and sum(map(bool, cells)) <= TITLE_CELLS
        is_title &= max(len(text.split(other)) for other in DELIMITERS) < width
        is_short_header = line < first and not any(n >= len(cells) for n in beyond)
        fits = is_aside(cells) or is_title or is_short_header
        if len(cells) > width or (len(cells) < width and not fits):
            fields = {"found": len(cells), "expected": width}
            raise InputError(Fault(layer, line, "row_ragged", "refused", fields))
        rows[line] = cells + [""] * (width - len(cells))
    more = pd.DataFrame.from_dict(rows, orient="index", columns=range(width), dtype="str")
    return pd.concat([frame, more]).sort_index()


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)
