"""A comparison as a file: a workbook to read, or a GeoPackage to lay on a map."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyogrio
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from gridmap.comparison.lists import changed_matrix, list_tables, map_layers
from gridmap.comparison.sides import NOWHERE
from gridmap.errors import InputError
from gridmap.layers.workbook.cells import new_cell
from gridmap.messages import Message
from gridmap.schema import Fault

if TYPE_CHECKING:
    from pandas import DataFrame
    from pyproj import CRS

    from gridmap.comparison.compared import Comparison
    from gridmap.comparison.sides import DrawnPlan
    from gridmap.messages import Language

ENDINGS: Final = (".xlsx", ".gpkg")
SHEET_ROWS: Final = 1_000_000  # a sheet ends at 2 to the 20th
WIDTH: Final = 18
WRITTEN_ON: Final = "2000-01-01T00:00:00.000Z"
"""GeoPackages note when they were written; a fixed date keeps equal files equal to the bit."""

SPOKEN: Final = {"kind": "kind", "action": "board", "change": "building", "measure": "measure"}
"""Columns that hold a word of ours, and what the catalogue has before it."""


def require_ending(path: Path) -> Path:
    """
    Return `path` if a comparison can be written there.

    Parameters
    ----------
    path
        Where it shall go.

    Returns
    -------
    path
        The same path.

    Raises
    ------
    InputError
        If the ending is unknown, or the folder does not exist.
    """
    fields = {"file": path.name, "known": ", ".join(ENDINGS)}
    if path.suffix.lower() not in ENDINGS:
        raise InputError(Fault("plan", None, "compare_ending", "refused", fields))
    if not path.resolve().parent.is_dir():
        raise InputError(Fault("plan", None, "plan_folder", "refused", {"file": str(path)}))
    return path


def write_comparison(
    comparison: Comparison,
    path: Path,
    *,
    plans: tuple[DrawnPlan, DrawnPlan],
    crs: CRS,
    language: Language,
) -> None:
    """
    Write a comparison, whole or not at all.

    Parameters
    ----------
    comparison
        Of two plans.
    path
        Its ending chooses: a workbook with a list a sheet, or a GeoPackage with layers and the
        same lists. What was there is replaced.
    plans
        The old one and the new one, for their outlines.
    crs
        To write layers in.
    language
        Of a workbook; the names in a GeoPackage are for programs.

    Raises
    ------
    InputError
        If the ending is unknown, or the folder does not exist.
    """
    require_ending(path)
    with tempfile.TemporaryDirectory(dir=path.resolve().parent, prefix=".gridmap-") as folder:
        made = Path(folder) / path.name
        if path.suffix.lower() == ".xlsx":
            _write_workbook(comparison, made, language)
        else:
            _write_layers(comparison, made, plans, crs)
        shutil.move(made, path.resolve())


def _write_workbook(comparison: Comparison, path: Path, language: Language) -> None:
    book = Workbook(write_only=True)
    for name, rows in list_tables(comparison).items():
        title = Message(f"compare.sheet_{name}").text(language)
        heads = [Message(f"compare.column_{column}").text(language) for column in rows.columns]
        _write_sheets(book, title, heads, _spoken(rows, language))
    matrix = changed_matrix(comparison)
    corner = Message("compare.matrix_corner").text(language)
    nowhere = Message("compare.nowhere").text(language)
    heads = [corner, *(str(code) or nowhere for code in matrix.columns)]
    rows = matrix.rename(index={NOWHERE: nowhere}).reset_index()
    _write_sheets(book, Message("compare.sheet_matrix").text(language), heads, rows)
    book.save(path)


def _spoken(rows: DataFrame, language: Language) -> DataFrame:
    spoken = rows.copy()
    for column, start in SPOKEN.items():
        if column in spoken.columns:
            words = {word: f"compare.{start}_{word}" for word in spoken[column].unique()}
            told = {word: Message(key).text(language) for word, key in words.items()}
            spoken[column] = spoken[column].map(told)
    if "reasons" in spoken.columns:
        spoken["reasons"] = [spell_reasons(line, language) for line in spoken["reasons"]]
    return spoken


def spell_reasons(reasons: str, language: Language) -> str:
    """
    Say why a notice board is replaced.

    Parameters
    ----------
    reasons
        As `BOARDS` has them.
    language
        To say it in.

    Returns
    -------
    spelt
        "" for none.
    """
    words = [word for word in reasons.split(", ") if word]
    between = Message("compare.between").text(language)
    return between.join(Message(f"compare.reason_{word}").text(language) for word in words)


def _write_sheets(book: Workbook, title: str, heads: list[str], rows: DataFrame) -> None:
    for start in range(0, max(len(rows), 1), SHEET_ROWS):
        sheet = book.create_sheet(f"{title} {start // SHEET_ROWS + 1}" if start else title)
        for number in range(len(heads)):
            sheet.column_dimensions[get_column_letter(number + 1)].width = WIDTH
        sheet.freeze_panes = "A2"
        sheet.append([new_cell(sheet, head, bold=True) for head in heads])
        part = rows.iloc[start : start + SHEET_ROWS].astype("object")
        for values in part.itertuples(index=False):
            sheet.append([_cell(sheet, value) for value in values])


def _cell(sheet: Any, value: Any) -> Any:  # noqa: ANN401 (what a list holds)
    if isinstance(value, str):
        return new_cell(sheet, value) if value else None
    return None if value != value else value  # noqa: PLR0124 (not a number is no equal of its own)


def _write_layers(
    comparison: Comparison, path: Path, plans: tuple[DrawnPlan, DrawnPlan], crs: CRS
) -> None:
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN_ON})
    layers = map_layers(comparison, plans[0].grids, plans[1].grids)
    for name, layer in layers.items():
        is_point = name in ("moved_buildings", "moved_incidents")
        flags = layer.select_dtypes(bool).columns
        rows = layer.astype(dict.fromkeys(flags, np.int32)).to_crs(crs)
        kind = "Point" if is_point else "MultiPolygon"
        pyogrio.write_dataframe(
            rows, path, layer=name, driver="GPKG", geometry_type=kind, promote_to_multi=not is_point
        )
    for name, table in list_tables(comparison).items():
        if name not in layers:
            pyogrio.write_dataframe(table, path, layer=name, driver="GPKG")
