"""
What a table is before it is parsed: its size, its true format, and what a workbook would unpack to.

A workbook is looked through piece by piece as it is unpacked, so that one that was made to fill
the memory never does.
"""

from __future__ import annotations

import html
import re
import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from zipfile import BadZipFile, ZipFile

from gridmap.errors import InputError
from gridmap.layers.formats.repetition import TEXTS_PART, written_out
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST_PACKED: Final = 1 << 28
LARGEST_UNPACKED: Final = 1 << 30
SUSPICIOUS_BYTES: Final = 1 << 26
HIGHEST_RATIO: Final = 200  # unpacked to packed; sheets of real ledgers stay below 40
MOST_CELLS: Final = 40_000_000  # of the rectangle around all cells of a sheet that hold something
MOST_PARTS: Final = 2_000
PIECE: Final = 1 << 22
LONGEST_ROW: Final = 1 << 26  # bytes of XML

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP: Final = b"PK"
MAGIC: Final = {
    OLE: "XLS",
    ZIP: "XLSX, ZIP",
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"\x1f\x8b": "GZIP",
    b"7z\xbc\xaf": "7Z",
    b"Rar!": "RAR",
    b"SQLite format 3": "GeoPackage, SQLite",
    b"PAR1": "Parquet",
    b"{\\rtf": "RTF",
    b"<html": "HTML",
    b"<!DOCTYPE": "HTML",
    b"<?xml": "XML",
}
LOCKED: Final = "EncryptedPackage".encode("utf-16-le")

BOOK_PART: Final = "xl/workbook.xml"
RELATIONS_PART: Final = "xl/_rels/workbook.xml.rels"
ENTITY: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
CELL: Final = re.compile(rb"<(?:\w+:)?c\b")
PLACE: Final = re.compile(rb"""\sr=["']([A-Z]{1,3})([0-9]+)["'][^>/]*>""")
ERROR: Final = re.compile(
    rb"""<(?:\w+:)?c\b(?=[^>]*\st=["']e["'])[^>]*\sr=["']([A-Z]+[0-9]+)["'][^>]*>"""
    rb"""(?:<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>))?(?:<(?:\w+:)?v>([^<]*)<)?"""
)
FORMULA: Final = re.compile(
    rb"""<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b[^>]*(?:/>|>([^<]*)</(?:\w+:)?f>)\s*"""
    rb"""(<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</|</(?:\w+:)?c>)?"""
)
REFERENCE: Final = re.compile(rb"""\sr=["']([A-Z]+[0-9]+)["']""")
TEXT_RESULT: Final = re.compile(rb"""\st=["']str["']""")
LITERAL: Final = re.compile(rb"""("|&quot;).*?\1""")
BARE: Final = re.compile(rb"""<(?:\w+:)?c(?![^>]*\sr=)[\s>]""")
SHEET: Final = re.compile(r"<(?:\w+:)?sheet\s([^>]*)>")
RELATION: Final = re.compile(r"<(?:\w+:)?Relationship\s([^>]*)>")


DAMAGE: Final = (
    *(BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError),  # of names and methods nobody knows
)


@dataclass(frozen=True, slots=True)
class Survey:
    """
    What a look through the packed sheets of a workbook found, by the name of the part.

    `errors` are cells such as #REF!, with what they say; `uncounted` are formulas whose result
    was never saved; `running` are formulas that would start a program.
    """

    errors: dict[str, dict[str, str]] = field(default_factory=dict)
    uncounted: dict[str, list[str]] = field(default_factory=dict)
    running: dict[str, dict[str, str]] = field(default_factory=dict)


def require_own_format(path: Path, layer: str, *, largest: int = LARGEST_PACKED) -> None:
    """
    Refuse a table that is another format than its ending says, locked, or far too large.

    Parameters
    ----------
    path
        The file.
    layer
        Layer of the schema; named in faults.
    largest
        Bytes that it may have.

    Raises
    ------
    InputError
        If it is one of these.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        fields = {"file": path.name, "reason": error.strerror or "?"}
        raise InputError(Fault(layer, None, "file_unreadable", "refused", fields)) from error
    if size > largest:
        raise _too_large(path, layer, largest)
    is_book = path.suffix.lower() in {".xlsx", ".xlsm"}
    if head.startswith(OLE) and is_book and LOCKED in path.read_bytes():
        fields = {"file": path.name}
        raise InputError(Fault(layer, None, "table_locked", "refused", fields))
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    real = next((name for magic, name in MAGIC.items() if start.startswith(magic)), "")
    if real and not (is_book and start.startswith(ZIP)):
        fields = {"file": path.name, "real": real}
        raise InputError(Fault(layer, None, "table_other", "refused", fields))


def survey_workbook(path: Path, layer: str) -> Survey:
    """
    Look through a workbook before anything in it is parsed.

    Parameters
    ----------
    path
        The workbook.
    layer
        Layer of the schema; named in faults.

    Returns
    -------
    survey
        Of the cells that cannot be read as they are.

    Raises
    ------
    InputError
        If it is damaged, or unpacks to more than can be held.
    """
    survey = Survey()
    try:
        with ZipFile(path) as archive:
            _require_honest(archive, path, layer)
            left = LARGEST_UNPACKED
            for part in archive.namelist():
                with archive.open(part) as file:
                    pieces = iter(lambda file=file: file.read(PIECE), b"")  # type: ignore[misc]
                    left -= _look_through(survey, part, pieces, (path, layer, left))
            sheets = [part for part in archive.namelist() if part.lower() != TEXTS_PART]
            if written_out(archive, sheets, enough=LARGEST_UNPACKED) > LARGEST_UNPACKED:
                raise _too_large(path, layer, LARGEST_UNPACKED)
    except InputError:  # which is a ValueError
        raise
    except DAMAGE as error:
        fields = {"file": path.name, "reason": str(error).rstrip(".") or type(error).__name__}
        raise InputError(Fault(layer, None, "file_unreadable", "refused", fields)) from error
    return survey


def sheet_parts(path: Path) -> dict[str, str]:
    """
    Say in which part of a workbook each sheet is kept.

    Parameters
    ----------
    path
        A workbook that :func:`survey_workbook` took.

    Returns
    -------
    parts
        Name of the sheet to name of the part.
    """
    with ZipFile(path) as archive:
        held = {
            part: archive.read(part).decode("utf-8", "replace")
            if part in archive.NameToInfo
            else ""
            for part in (BOOK_PART, RELATIONS_PART)
        }
    book, relations = held[BOOK_PART], held[RELATIONS_PART]
    targets = {
        _attribute(said, "Id"): _attribute(said, "Target") for said in RELATION.findall(relations)
    }
    parts = {}
    for said in SHEET.findall(book):
        target = targets.get(_attribute(said, r"\w+:id"), "")
        parts[_attribute(said, "name")] = (
            target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        )
    return parts


def _attribute(said: str, name: str) -> str:
    found = re.search(rf"""(?:^|\s){name}=(["'])(.*?)\1""", said)
    return html.unescape(found[2]) if found else ""


def _require_honest(archive: ZipFile, path: Path, layer: str) -> None:
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    ratios = (
        part.file_size > SUSPICIOUS_BYTES
        and part.file_size > HIGHEST_RATIO * max(part.compress_size, 1)
        for part in parts
    )
    if unpacked > LARGEST_UNPACKED or len(parts) > MOST_PARTS or any(ratios):
        raise _too_large(path, layer, LARGEST_UNPACKED)


def _look_through(
    survey: Survey, part: str, pieces: Iterator[bytes], about: tuple[Path, str, int]
) -> int:
    """Look through one part, and say how many bytes it has in truth."""
    path, layer, most = about
    is_sheet = part.lower() != TEXTS_PART  # a sheet may have any name
    size, rest, extent = 0, b"", (0, 0)
    for piece in pieces:
        if size == 0 and ENTITY.search(piece):
            fields = {"file": path.name}
            raise InputError(Fault(layer, None, "table_entities", "refused", fields))
        size += len(piece)
        if size > most or len(rest) > LONGEST_ROW:
            raise _too_large(path, layer, LARGEST_UNPACKED)
        if not is_sheet:
            continue
        text, rest = _whole_rows(rest + piece, is_last=len(piece) < PIECE)
        extent = _grown(extent, text)
        if extent[0] * extent[1] > MOST_CELLS:
            raise _too_large(path, layer, LARGEST_UNPACKED)
        _note_cells(survey, part, text)
    return size


def _whole_rows(text: bytes, *, is_last: bool) -> tuple[bytes, bytes]:
    """Cut a piece of a sheet where a row begins, so that no cell is in two pieces."""
    if is_last:
        return text, b""
    cut = max(text.rfind(b"<row"), text.rfind(b":row "), 0)
    return text[:cut], text[cut:]


def _grown(extent: tuple[int, int], text: bytes) -> tuple[int, int]:
    """Give the rows and columns of the rectangle around all cells that hold something."""
    rows, columns = extent
    found = PLACE.findall(text)
    named = text.count(b'<c r="')
    if named != text.count(b"<c") and BARE.search(text):  # a cell may leave its place to be counted
        lines = re.split(rb"<(?:\w+:)?row\b", text)
        rows += len(lines)
        columns = max(columns, *(len(CELL.findall(line)) for line in lines))
    rows = max(rows, max(map(int, {row for _, row in found}), default=0))
    columns = max(columns, max(map(_number, {name for name, _ in found}), default=0))
    return rows, columns


def _note_cells(survey: Survey, part: str, text: bytes) -> None:
    if b't="e"' in text or b"t='e'" in text:
        told = survey.errors.setdefault(part, {})
        for place, said in ERROR.findall(text):
            told[place.decode()] = said.decode("utf-8", "replace")
    if b"<f" not in text and b":f" not in text:
        return
    for said, formula, end in FORMULA.findall(text):
        place = REFERENCE.search(said)
        if place is None:
            continue
        if b"|" in LITERAL.sub(b"", formula):
            running = survey.running.setdefault(part, {})
            running[place[1].decode()] = "=" + formula.decode("utf-8", "replace")
        elif end and not TEXT_RESULT.search(said):
            survey.uncounted.setdefault(part, []).append(place[1].decode())


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _too_large(path: Path, layer: str, limit: int) -> InputError:
    fields: dict[str, str | int] = {"file": path.name, "most": limit >> 20}
    return InputError(Fault(layer, None, "table_too_large", "refused", fields))
