"""
The changes as a workbook, for the planner's own use.

It names household ids, because a planner has to look them up, but no address, no door and no need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from gridmap.messages import Message

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.cell import Cell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet
    from pandas import DataFrame

    from gridmap.layers.changes.grids import TouchedGrids
    from gridmap.layers.changes.model import Changes
    from gridmap.messages import Language

SHEET_ROWS: Final = 1_000_000  # a sheet ends at 2 to the 20th
WIDTH: Final = 18
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
BUILDING_COLUMNS: Final = ("kind", "old_id", "new_id", "what", "way", "overlap", "moved_m")
HOUSEHOLD_COLUMNS: Final = (
    *("kind", "old_id", "new_id", "what", "old_building", "new_building"),
    *("old_persons", "new_persons"),
)


def write_changes(
    changes: Changes, touched: TouchedGrids | None, path: Path, *, language: Language
) -> None:
    """
    Write what changed, a list a sheet; what stayed the same is left out.

    Parameters
    ----------
    changes
        From one version to the next.
    touched
        The grids, where there are any.
    path
        The workbook; an existing one is replaced.
    language
        Of the heads and the reasons.
    """
    book = Workbook(write_only=True)
    lists = {
        "buildings": _changed(changes.buildings.rows)[list(BUILDING_COLUMNS)],
        "homes": _lively(changes.homes).reset_index(),
        "households": _changed(changes.households.rows)[list(HOUSEHOLD_COLUMNS)],
        "surroundings": pd.concat(
            [
                pd.DataFrame(one.touched.drop(columns=["geometry", "redrawn"]))
                for one in changes.others
            ]
        ),
    }
    if touched is not None:
        lists["grids"] = _spoken(touched.grids, language)
        named = touched.without_grid.rename_axis(index="building_id")
        lists["without_grid"] = named.reset_index(name="grid_code")
    for name, rows in lists.items():
        _write_sheets(book, Message(f"changes.sheet_{name}").text(language), rows, language)
    book.save(path)


def _changed(rows: DataFrame) -> DataFrame:
    return rows[rows["kind"] != "same"]


def _lively(homes: DataFrame) -> DataFrame:
    counts = ["households_before", "households_after", "came", "went"]
    moved = (homes["came"] > 0) | (homes["went"] > 0)
    return homes.loc[moved | (homes[counts[0]] != homes[counts[1]]), counts]


def _spoken(grids: DataFrame, language: Language) -> DataFrame:
    """Say why a grid is flagged; the others are left out."""
    flagged = grids[grids["flag"] != ""]
    between = Message("changes.between").text(language)
    reasons = [between.join(one.text(language) for one in why) for why in flagged["reasons"]]
    words = [Message(f"changes.flag_{flag}").text(language) for flag in flagged["flag"]]
    return flagged.drop(columns="reasons").assign(flag=words, reason=reasons).reset_index()


def _write_sheets(book: Workbook, title: str, rows: DataFrame, language: Language) -> None:
    heads = [Message(f"changes.column_{name}").text(language) for name in rows.columns]
    for start in range(0, max(len(rows), 1), SHEET_ROWS):
        sheet = book.create_sheet(f"{title} {start // SHEET_ROWS + 1}" if start else title)
        for number in range(len(heads)):
            sheet.column_dimensions["ABCDEFGHIJKLMNOP"[number]].width = WIDTH
        sheet.freeze_panes = "A2"
        sheet.append([_cell(sheet, head) for head in heads])
        part = rows.iloc[start : start + SHEET_ROWS].astype("object")
        kinds = {
            word: Message(f"changes.kind_{word}").text(language)
            for word in (part["kind"].unique() if "kind" in part else ())
        }
        for values in part.itertuples(index=False):
            sheet.append([_cell(sheet, kinds.get(value, value)) for value in values])


def _cell(sheet: WriteOnlyWorksheet, value: Any) -> Cell:  # noqa: ANN401 (what a list holds)
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("�", value)
    cell: Cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        cell.data_type = "s"  # a text from the input never becomes a formula
        cell.quotePrefix = True
    return cell
