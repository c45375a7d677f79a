"""
Tables: CSV and XLSX, every cell as it was typed and every row with its line.

Nothing is turned into a number here, so that "0012" stays "0012" and is not 12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from gridmap.errors import InputError
from gridmap.layers.formats.headers import known_names
from gridmap.layers.formats.records import header_of, take_records
from gridmap.layers.formats.separated import read_separated
from gridmap.layers.formats.workbooks import Workbook, read_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from gridmap.layers.mapping import LayerMapping

WORKBOOK_ENDINGS: Final = (".xlsx", ".xlsm")
SHEET_ENDINGS: Final = (".csv", ".tsv", ".txt", *WORKBOOK_ENDINGS)


def read_table(path: Path, layer: str, mapping: LayerMapping) -> Workbook:
    """
    Read a table, whatever it is kept in.

    Parameters
    ----------
    path
        A file with one of the endings above.
    layer
        Layer of the schema it is read for; named in faults.
    mapping
        What was declared for it: its encoding, and the columns it is known to have.

    Returns
    -------
    table
        Texts only, "" where a cell is empty; the index is the line a spreadsheet shows.

    Raises
    ------
    InputError
        If the file, or a cell in it, cannot be taken.
    """
    known = known_names(layer, mapping.columns.values())
    if path.suffix.lower() in WORKBOOK_ENDINGS:
        table = read_workbook(path, layer, known)
    else:
        table = _read_text(path, layer, known, mapping.encoding)
    refused = [fault for fault in table.faults if fault.level == "refused"]
    if refused:
        raise InputError(*refused)
    return table


def _read_text(path: Path, layer: str, known: frozenset[str], encoding: str) -> Workbook:
    raw, notes = read_separated(path, layer, encoding=encoding)
    header = header_of(raw, known)
    if header is None:
        return Workbook(pd.DataFrame(), (), tuple(notes))
    records = take_records(raw, header, layer)
    return Workbook(records.frame, (), (*notes, *records.faults))
