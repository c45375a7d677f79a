"""
Texts that a workbook keeps once and shows in many cells: how much they come to when written out.

A text of a page that a million cells point to fills thirty gigabytes, from a file of a few.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zipfile import ZipFile

    from numpy.typing import NDArray

TEXTS_PART: Final = "xl/sharedstrings.xml"
PIECE: Final = 1 << 22
TEXT: Final = re.compile(rb"<(?:\w+:)?si\b")
POINTER: Final = re.compile(rb"""\st=["']s["'][^>]*>\s*<(?:\w+:)?v>\s*([0-9]{1,9})\s*<""")
LONGEST_TAG: Final = 256


def written_out(archive: ZipFile, sheets: list[str], *, enough: int) -> int:
    """
    Say how many bytes the texts of a workbook take once they stand in their cells.

    Parameters
    ----------
    archive
        The workbook.
    sheets
        Names of the parts that are sheets.
    enough
        Bytes from which it does not matter how many more there are.

    Returns
    -------
    size
        In bytes of XML; 0 where no long text could come to `enough`.
    """
    part = next((name for name in archive.namelist() if name.lower() == TEXTS_PART), "")
    if not part:
        return 0
    lengths = _lengths(archive, part)
    cells = sum(archive.getinfo(sheet).file_size for sheet in sheets) // len("<c><v>0</v></c>")
    if int(lengths.max(initial=0)) * cells < enough:
        return 0
    size = 0
    for sheet in sheets:
        for piece in _overlapping(archive, sheet):
            pointed = np.array(POINTER.findall(piece), dtype="S9").astype(np.int64)
            size += int(lengths[pointed[pointed < len(lengths)]].sum())
            if size > enough:
                return size
    return size


def _lengths(archive: ZipFile, part: str) -> NDArray[np.int64]:
    """Give the bytes of each text in the list, its tags among them."""
    starts: set[int] = set()
    before = 0
    for piece in _overlapping(archive, part):
        starts |= {before + found.start() for found in TEXT.finditer(piece)}
        before += max(len(piece) - LONGEST_TAG, 0)
    return np.diff([*sorted(starts), archive.getinfo(part).file_size]).astype(np.int64)


def _overlapping(archive: ZipFile, part: str) -> Iterator[bytes]:
    """Read a part piece by piece; each begins with the end of the last, where a tag may be cut."""
    rest = b""
    with archive.open(part) as file:
        while piece := file.read(PIECE):
            yield rest + piece
            rest = (rest + piece)[-LONGEST_TAG:]
