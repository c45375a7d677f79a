"""The workbook of a filing pack: every grid, and every exception with who signed for it."""

from __future__ import annotations

import io
import zipfile
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, Final

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.xml.functions import tostring

from gridmap.filing.record import list_exceptions, list_grids
from gridmap.layers.workbook.cells import new_cell
from gridmap.messages import Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gridmap.filing.record import Filing
    from gridmap.messages import Language

GRID_WIDTHS: Final = {
    "code": 18,
    "name": 20,
    "community": 16,
    "households": 8,
    "persons": 8,
    "buildings": 8,
    "area_m2": 12,
    "bounds": 60,
    "worker": 14,
    "status": 14,
    "reason": 50,
}
EXCEPTION_WIDTHS: Final = {
    "code": 18,
    "rule": 18,
    "cause": 50,
    "why": 50,
    "by": 14,
    "at": 24,
}
A4: Final = 9
"""As OOXML numbers sizes of paper."""

PROPERTIES: Final = "docProps/core.xml"


def write_book(filing: Filing, *, language: Language) -> bytes:
    """
    Write the workbook of a version.

    Parameters
    ----------
    filing
        The version.
    language
        Of heads and sentences.

    Returns
    -------
    book
        XLSX. The same version gives the same bytes.
    """
    book = Workbook(write_only=True)
    book.properties.creator = "gridmap"
    book.properties.created = book.properties.modified = filing.published_at.replace(tzinfo=None)
    grids = [astuple(line) for line in list_grids(filing, language)]
    exceptions = [astuple(line) for line in list_exceptions(filing, language)]
    _write_sheet(book, "grids", GRID_WIDTHS, grids, language)
    _write_sheet(book, "exceptions", EXCEPTION_WIDTHS, exceptions, language)
    properties = tostring(book.properties.to_tree())
    made = io.BytesIO()
    book.save(made)
    return _timeless(made, {PROPERTIES: properties}, filing.published_at)


def _write_sheet(
    book: Workbook,
    name: str,
    widths: Mapping[str, int],
    rows: Sequence[tuple[Any, ...]],
    language: Language,
) -> None:
    sheet = book.create_sheet(Message(f"filing.{name}").text(language))
    for place, width in enumerate(widths.values(), start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    heads = [Message(f"filing.column_{column}").text(language) for column in widths]
    sheet.append([new_cell(sheet, head, bold=True) for head in heads])
    for row in rows:
        sheet.append([new_cell(sheet, value) for value in row])


def _timeless(made: io.BytesIO, instead: Mapping[str, bytes], when: datetime) -> bytes:
    """Take out when the file was written: a workbook notes it, and so does every part of it."""
    kept = io.BytesIO()
    with zipfile.ZipFile(made) as before, zipfile.ZipFile(kept, "w") as after:
        for name in sorted(before.namelist()):
            content = instead.get(name) or before.read(name)
            add_member(after, name, content, when)
    return kept.getvalue()


def add_member(archive: zipfile.ZipFile, name: str, content: bytes, when: datetime) -> None:
    """
    Add a file to an archive.

    Parameters
    ----------
    archive
        Open for writing.
    name
        Of the file.
    content
        Of the file.
    when
        It is said to have been written.
    """
    info = zipfile.ZipInfo(name, when.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3  # as on Linux, wherever it is made
    info.external_attr = 0o644 << 16
    archive.writestr(info, content)
