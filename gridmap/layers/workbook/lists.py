"""The sheets that gridmap adds: all faults, near matches to decide, and the balance sheet."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from gridmap.layers.balance import BINS
from gridmap.layers.workbook.cells import COLOURS, FORMULA_STARTS, colour_of, new_cell
from gridmap.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pandas import DataFrame

    from gridmap.layers.balance import BalanceSheet
    from gridmap.messages import Language
    from gridmap.schema import Fault

SHEET_ROWS: Final = 1_000_000  # a sheet ends at 2 to the 20th
FAULTS, MATCHES, BALANCE = "gridmap faults", "gridmap matches", "gridmap balance"
FAULT_COLUMNS: Final = ("layer", "sheet", "row", "kind", "level", "sentence")
FAULT_WIDTHS: Final = (16, 12, 10, 22, 12, 100)
MATCH_COLUMNS: Final = (
    *("sheet", "row", "household_id", "address"),
    *("building_id", "building_address", "score", "decision"),
)
MATCH_WIDTHS: Final = (12, 8, 16, 44, 16, 36, 8, 16)
LEVELS: Final = ("refused", "repaired", "noted")
WIDTH: Final = 18


def add_faults(book: Workbook, faults: Sequence[Fault], language: Language) -> None:
    """
    Add all faults of all layers, one a row.

    Parameters
    ----------
    book
        Of any kind.
    faults
        In the order to write them.
    language
        To say them in.
    """
    heads = [Message(f"faults.column_{name}").text(language) for name in FAULT_COLUMNS]
    levels = {name: Message(f"faults.level_{name}").text(language) for name in LEVELS}
    for start in range(0, max(len(faults), 1), SHEET_ROWS):
        title = f"{FAULTS} {start // SHEET_ROWS + 1}" if start else FAULTS
        part = faults[start : start + SHEET_ROWS]
        sheet = _new_sheet(book, title, heads, FAULT_WIDTHS, rows=len(part))
        for fault in part:
            told = (fault.layer, fault.sheet, fault.row, fault.kind)
            level = new_cell(sheet, levels[fault.level], colour=colour_of(fault.kind, fault.level))
            cells = [new_cell(sheet, value) for value in told]
            sheet.append([*cells, level, new_cell(sheet, fault.text(language))])


def add_matches(
    book: Workbook,
    offers: DataFrame,
    language: Language,
    *,
    said: Mapping[tuple[str, str], str] | None = None,
) -> None:
    """
    Add near matches with a column to decide in.

    Parameters
    ----------
    book
        Of any kind.
    offers
        As :func:`gridmap.layers.drill.offered_rows` gives them.
    language
        Of the heads, and of yes and no.
    said
        What somebody has filled in already and not handed over, by address and building.
    """
    heads = [Message(f"ledger.column_{name}").text(language) for name in MATCH_COLUMNS]
    offers = offers.head(SHEET_ROWS)
    sheet = _new_sheet(book, MATCHES, heads, MATCH_WIDTHS, rows=len(offers))
    answers = ",".join(Message(f"ledger.{name}").text(language) for name in ("yes", "no"))
    choice = DataValidation(type="list", formula1=f'"{answers}"', allow_blank=True)
    choice.showErrorMessage = False  # the id of another building will do as well
    choice.showInputMessage = True
    choice.promptTitle = heads[-1]
    choice.prompt = Message("ledger.decision_hint").text(language)
    choice.add(f"{get_column_letter(len(heads))}2:{get_column_letter(len(heads))}{SHEET_ROWS}")
    sheet.data_validations.append(choice)
    colour = COLOURS["duplicate"]
    for values in offers.itertuples(index=False):
        told = (said or {}).get((str(values.address), str(values.building_id)), "")
        answer = new_cell(sheet, told, colour=colour)
        sheet.append([*(new_cell(sheet, value) for value in values), answer])


def add_balance(book: Workbook, balance: BalanceSheet | None, language: Language) -> None:
    """
    Add the balance sheet, and what the colours mean.

    Parameters
    ----------
    book
        Of any kind.
    balance
        None where the layers could not be used.
    language
        Of the words.
    """
    heads = [Message(f"cli.{name}").text(language) for name in ("bin", "households", "persons")]
    sheet = _new_sheet(book, BALANCE, heads, (48, 16, 16), rows=0)
    if balance is not None:
        rows = [("ledger", balance.ledger_households, balance.ledger_persons)]
        rows += [(name, balance.households[name], balance.persons[name]) for name in BINS]
        for name, households, persons in rows:
            word = Message(f"cli.{name}").text(language)
            head = new_cell(sheet, word, colour=COLOURS.get(name, ""))
            sheet.append([head, new_cell(sheet, households), new_cell(sheet, persons)])
        verdict = "balances" if balance.is_balanced else "does_not_balance"
        sheet.append([new_cell(sheet, Message(f"cli.{verdict}").text(language))])
        for name, count in balance.checks.items():
            told = Message("cli.homes_without_households", {"count": count})
            if name != "home_empty":
                told = Message(f"cli.check_{name}", {"count": count})
            sheet.append([new_cell(sheet, told.text(language))])
    sheet.append([])
    sheet.append([new_cell(sheet, Message("ledger.legend").text(language), bold=True)])
    for name in (*LEVELS, *BINS[1:]):
        word = Message(f"faults.level_{name}" if name in LEVELS else f"cli.{name}").text(language)
        sheet.append([new_cell(sheet, word, colour=COLOURS[name])])


def write_list(rows: DataFrame, path: Path) -> None:
    """
    Write a list as CSV in UTF-8, or as a workbook.

    Parameters
    ----------
    rows
        With the heads as columns.
    path
        Ends in .xlsx for a workbook.
    """
    if path.suffix.lower() == ".xlsx":
        book = Workbook(write_only=True)
        sheet = _new_sheet(book, "gridmap", list(rows.columns), (), rows=len(rows))
        for values in rows.astype("object").itertuples(index=False):
            sheet.append([new_cell(sheet, value) for value in values])
        book.save(path)
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(rows.columns)
        table.writerows([_guarded(value) for value in values] for values in rows.to_numpy())


def _guarded(value: Any) -> Any:  # noqa: ANN401 (what a list holds)
    looks_so = isinstance(value, str) and value.startswith(FORMULA_STARTS)
    return f"'{value}" if looks_so else value


def _new_sheet(
    book: Workbook, title: str, heads: Sequence[str], widths: Iterable[int], *, rows: int
) -> Any:  # noqa: ANN401 (openpyxl has two kinds of sheets)
    sheet: Any = book.create_sheet(title)
    widths = tuple(widths) or (WIDTH,) * len(heads)
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    if rows:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{rows + 1}"
    sheet.append([new_cell(sheet, head, bold=True) for head in heads])
    return sheet
