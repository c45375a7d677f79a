"""What a person says of near matches: in the command line, or filled in in the workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zipfile import BadZipFile

import pandas as pd
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from gridmap.layers.address import normal_addresses
from gridmap.layers.decisions import Decision
from gridmap.layers.workbook.lists import MATCHES
from gridmap.messages import LANGUAGES, Message
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from pandas import DataFrame

    from gridmap.layers.decisions import Verdict

ASKED: Final = ("address", "building_id", "decision")
YES: Final = ("是", "yes", "y", "true", "1", "√", "对", "同意")
NO: Final = ("否", "no", "n", "false", "0", "×", "x", "不是", "不同意")
BETWEEN: Final = "="
UNREADABLE: Final = (BadZipFile, InvalidFileException, KeyError, ValueError, OSError, EOFError)

Pair = tuple[str, str]


def read_review(
    file: Path | None,
    *,
    take: Sequence[str],
    reject: Sequence[str],
    offers: DataFrame,
    by: str,
    at: datetime,
) -> tuple[list[Decision], list[Fault]]:
    """
    Turn what a person said into decisions.

    Parameters
    ----------
    file
        A workbook whose matches were decided in, or None.
    take
        `ADDRESS=BUILDING`, one each.
    reject
        `ADDRESS=BUILDING`, or only the address to turn down everything it was offered.
    offers
        As :func:`gridmap.layers.drill.offered_rows` gives them.
    by
        Name of the person.
    at
        When it was decided.

    Returns
    -------
    decisions
        In the order they were said; those that were turned down first.
    faults
        What cannot be understood.
    """
    faults: list[Fault] = []
    taken: list[Pair] = []
    refused: list[Pair] = []
    for told in take:
        address, found, building = told.rpartition(BETWEEN)
        if not (found and address and building):
            faults.append(_fault("decide_pair", told=told))
        taken.append((address, building))
    for told in reject:
        address, found, building = told.rpartition(BETWEEN)
        pairs = [(address, building)] if found else _offered(offers, told)
        if not pairs:
            faults.append(_fault("decide_not_offered", told=told))
        refused += pairs
    if file is not None:
        answers, wrong = _answers(file)
        faults += wrong
        for (address, building), answer in answers.items():
            word = answer.casefold()
            if word in NO:
                refused.append((address, building))
            else:
                taken.append((address, building if word in YES else answer))
    said: tuple[tuple[Verdict, list[Pair]], ...] = (("reject", refused), ("match", taken))
    decisions = [
        Decision(verdict, address, building, by=by, at=at)
        for verdict, pairs in said
        for address, building in _normal(pairs)
    ]
    return decisions, faults


def read_answers(file: Path) -> dict[Pair, str]:
    """
    Read what was filled in, where anything was.

    Parameters
    ----------
    file
        Any file.

    Returns
    -------
    answers
        By address and building as offered; none if it is no workbook with matches.
    """
    return _answers(file)[0]


def _answers(file: Path) -> tuple[dict[Pair, str], list[Fault]]:
    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except UNREADABLE as error:
        reason = str(error) or type(error).__name__
        return {}, [_fault("decide_unreadable", file=file.name, reason=reason)]
    try:
        if MATCHES not in book.sheetnames:
            return {}, [_fault("decide_no_sheet", file=file.name, sheet=MATCHES)]
        rows = book[MATCHES].iter_rows(values_only=True)
        heads = [_text(cell) for cell in next(rows, ())]
        places = {name: _place(heads, name) for name in ASKED}
        if None in places.values():
            return {}, [_fault("decide_no_sheet", file=file.name, sheet=MATCHES)]
        answers = {}
        for row in rows:
            cells = {name: _text(row[place]) for name, place in places.items() if place is not None}
            if cells["decision"]:
                answers[cells["address"], cells["building_id"]] = cells["decision"]
        return answers, []
    finally:
        book.close()


def _place(heads: Sequence[str], name: str) -> int | None:
    words = {Message(f"ledger.column_{name}").text(language) for language in LANGUAGES}
    return next((place for place, head in enumerate(heads) if head in words), None)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _offered(offers: DataFrame, address: str) -> list[Pair]:
    wanted = normal_addresses(pd.Series([address]))[0]
    same = offers[normal_addresses(offers["address"]) == wanted] if len(offers) else offers
    return [(address, str(building)) for building in same["building_id"].unique()]


def _normal(pairs: Iterable[Pair]) -> list[Pair]:
    told = list(dict.fromkeys(pairs))
    if not told:
        return []
    addresses = normal_addresses(pd.Series([address for address, _ in told], dtype="str"))
    return list(
        dict.fromkeys(
            (str(address), building) for address, (_, building) in zip(addresses, told, strict=True)
        )
    )


def _fault(kind: str, **fields: str) -> Fault:
    return Fault("decisions", None, kind, "refused", fields)
