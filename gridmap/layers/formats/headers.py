"""
Where the records of a sheet begin: titles above the header, headers of two and three rows.

A header is found by the names that people give to columns. Where none is known, it is the first
row that is filled as the rest is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Final

from gridmap.layers.synonyms import COLUMN_NAMES, POINTS, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LOOKED_AT: Final = 40  # lines from the top in which a header is looked for
DEEPEST: Final = 3  # rows of a header
TITLE_SHARE: Final = 0.8
"""A cell that spans this share of the columns is a title and heads no group."""

Merge = tuple[int, int, int, int]  # first row, first column, last row, last column; from 0
SAID: Final = re.compile(r"[:：0-9]")
"""What is in a title ("as of 2026-03", "unit: …") and in no name of a group."""
OWN: Final = "gridmap·"
"""How the columns begin that gridmap itself writes beside a user's rows."""


@dataclass(frozen=True, slots=True)
class Header:
    """
    The header of a sheet.

    `start` is its first row and `end` the first row after it, from 0; `names` has one entry a
    column, "" where a column has none, and `rows` are its cells as they were typed.
    """

    start: int
    end: int
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    known: int  # how many of the names say something to gridmap


def known_names(layer: str, declared: Iterable[str] = ()) -> frozenset[str]:
    """
    Give the names that columns of a layer have, the way names are compared.

    Parameters
    ----------
    layer
        Name of the layer.
    declared
        Columns of the file that its mapping names.

    Returns
    -------
    names
        Of columns and of coordinates.
    """
    named = chain(COLUMN_NAMES[layer].values(), POINTS.values())
    return frozenset(map(plain, (*chain.from_iterable(named), *declared)))


def find_header(
    top: Sequence[Sequence[str]], known: frozenset[str], *, merges: Sequence[Merge] = ()
) -> Header | None:
    """
    Find the header among the first rows of a sheet.

    Parameters
    ----------
    top
        The first rows, all of one width; "" where a cell is empty.
    known
        What :func:`known_names` gives.
    merges
        Cells that are merged.

    Returns
    -------
    header
        None where no row holds anything.
    """
    rows = [tuple(cell.strip() for cell in row) for row in top[:LOOKED_AT]]
    filled = [n for n, row in enumerate(rows) if any(row)]
    if not filled:
        return None
    scores = {n: _known_in(rows[n], known) for n in filled}
    if max(scores.values()) > 0:
        base = max(filled, key=lambda n: (scores[n], -n))
    else:
        base = _first_full(rows, filled)
    start, end = _extent(rows, base, known, merges)
    spread = _spread(rows, start, end, merges)
    names = _names(spread, known)
    count = sum(plain(name) in known for name in names if name)
    return Header(start, end, names, tuple(rows[start:end]), count)


def _known_in(row: Sequence[str], known: frozenset[str]) -> int:
    """Count the known names in a row; a lone letter is as likely to be data."""
    return len({plain(cell) for cell in row if len(cell) > 1 or not cell.isascii()} & known)


def _first_full(rows: Sequence[Sequence[str]], filled: Sequence[int]) -> int:
    widest = max(sum(map(bool, rows[n])) for n in filled)
    return next(n for n in filled if 2 * sum(map(bool, rows[n])) > widest)


def _extent(
    rows: Sequence[Sequence[str]], base: int, known: frozenset[str], merges: Sequence[Merge]
) -> tuple[int, int]:
    start, end = base, base + 1
    while end - start < DEEPEST and end < len(rows) and _is_below(rows, end, known, merges):
        end += 1
    while end - start < DEEPEST and start > 0 and _is_group(rows, start - 1, merges):
        start -= 1
    return start, end


def _is_below(
    rows: Sequence[Sequence[str]], row: int, known: frozenset[str], merges: Sequence[Merge]
) -> bool:
    """Say whether a row names the parts of groups that the row above it names."""
    above, below = rows[row - 1], rows[row]
    if not any(below) or any(sign.isdigit() for cell in below for sign in cell):
        return False
    if any(top <= row - 1 and bottom >= row for top, _, bottom, _ in merges):
        return True
    opened = [n for n, cell in enumerate(below) if cell and not above[n]]
    clash = [n for n, cell in enumerate(below) if cell and above[n]]
    is_named = any(plain(below[n]) in known for n in (*opened, *clash))
    return bool(opened) and is_named and len(clash) <= len(opened)


def _is_group(rows: Sequence[Sequence[str]], row: int, merges: Sequence[Merge]) -> bool:
    """Say whether a row names groups of the columns below it, and is no title of the sheet."""
    width = len(rows[row])
    filled = [n for n, cell in enumerate(rows[row]) if cell]
    if not filled or any(SAID.search(rows[row][n]) for n in filled):
        return False
    spans = [right - left + 1 for top, left, _, right in merges if top == row and right > left]
    if any(span >= TITLE_SHARE * width for span in spans):
        return False
    if spans or any(top == row and bottom > row for top, _, bottom, _ in merges):
        return True
    has_gap = any(not cell for cell in rows[row + 1])
    return len(filled) > 1 and has_gap


def _spread(
    rows: Sequence[Sequence[str]], start: int, end: int, merges: Sequence[Merge]
) -> list[list[str]]:
    """Write what a merged cell says into all of its cells, and a group over its columns."""
    spread = [list(row) for row in rows[start:end]]
    for top, left, bottom, right in merges:
        for row in range(max(top, start), min(bottom + 1, end)):
            for column in range(left, min(right + 1, len(spread[0]))):
                if start <= top < end:
                    spread[row - start][column] = rows[top][left]
    for above, below in pairwise(spread):
        for column in range(1, len(above)):
            if not above[column] and below[column] and above[column - 1] != below[column - 1]:
                above[column] = above[column - 1]
    return spread


def _names(spread: Sequence[Sequence[str]], known: frozenset[str]) -> tuple[str, ...]:
    parts = [
        list(dict.fromkeys(cell for cell in column if cell)) for column in zip(*spread, strict=True)
    ]
    lowest = [column[-1] if column else "" for column in parts]
    single = [plain(name) for name in lowest]
    names = []
    for column, name in zip(parts, lowest, strict=True):
        alone = plain(name) in known and single.count(plain(name)) == 1
        between = " " if all(part.isascii() for part in column) else ""
        names.append(name if alone else between.join(column))
    return tuple(" ".join(name.split()) for name in names)
