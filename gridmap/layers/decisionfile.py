"""
Decisions without a database: `decisions.csv` beside the layers, only ever added to.

A spreadsheet can open it, and may have saved it: so texts that look like formulas are kept from
being one, and both UTF-8 and GB 18030 are read.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from gridmap.errors import InputError
from gridmap.layers.decisions import (
    DECISIONS_FILE,
    NO_DECISIONS,
    VERDICTS,
    WITHOUT_BUILDING,
    Decision,
    Decisions,
)
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LAYER: Final = "decisions"
COLUMNS: Final = ("verdict", "subject", "building_id", "reason", "by", "at")
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
GUARD: Final = "'"


def find_decisions(source: Path) -> Path:
    """
    Say where the decisions about a layer folder are kept.

    Parameters
    ----------
    source
        A folder, or one file as for :func:`gridmap.layers.read_layers`.

    Returns
    -------
    path
        The file, which need not be there yet.
    """
    folder = source if source.is_dir() else source.parent
    return folder / DECISIONS_FILE


def read_decisions(path: Path) -> Decisions:
    """
    Read what was decided.

    Parameters
    ----------
    path
        As :func:`find_decisions` gives it.

    Returns
    -------
    decisions
        Oldest first; none if there is no such file.

    Raises
    ------
    InputError
        If a line is no decision: every such line at once, with what to put there.
    """
    if not path.is_file():
        return NO_DECISIONS
    lines = list(csv.reader(io.StringIO(_text(path), newline="")))
    if not lines:
        return NO_DECISIONS
    heads = [name.strip().casefold() for name in lines[0]]
    missing = [name for name in COLUMNS[:2] if name not in heads]
    if missing:
        raise InputError(_fault(1, "decision_columns", columns=", ".join(COLUMNS)))
    history, faults = [], []
    for number, cells in enumerate(lines[1:], start=2):
        told = dict(zip(heads, map(_unguarded, cells), strict=False))
        if not any(told.values()):
            continue
        wrong = _wrong(told, number)
        faults += wrong
        if not wrong:
            history.append(_decision(told))
    if faults:
        raise InputError(*faults)
    return Decisions(tuple(history))


def add_decisions(path: Path, more: Iterable[Decision]) -> int:
    """
    Write later decisions below the earlier ones, all of them or none.

    Parameters
    ----------
    path
        As :func:`find_decisions` gives it; made if it is not there.
    more
        Oldest first; one that is there word for word is not repeated.

    Returns
    -------
    added
        How many were new.

    Raises
    ------
    InputError
        If what is there cannot be read, or one of them is not a decision; nothing is written.
    """
    before = read_decisions(path)
    after = before.with_more(more)
    faults = [
        fault
        for number, one in enumerate(after.history[len(before) :], start=len(before) + 2)
        for fault in _wrong(_told(one), number)
    ]
    if faults:
        raise InputError(*faults)
    if len(after) > len(before):
        write_decisions(after, path)
    return len(after) - len(before)


def write_decisions(decisions: Decisions, path: Path) -> None:
    """
    Write decisions as a table that a spreadsheet opens; a file that is there is replaced at once.

    Parameters
    ----------
    decisions
        Oldest first.
    path
        The file.
    """
    told = io.StringIO(newline="")
    table = csv.writer(told)
    table.writerow(COLUMNS)
    table.writerows([_guarded(text) for text in _told(one).values()] for one in decisions)
    with tempfile.NamedTemporaryFile(
        "w",
        dir=path.parent,
        prefix=f".{path.name}.",
        delete=False,
        encoding="utf-8-sig",
        newline="",
    ) as file:
        try:
            file.write(told.getvalue())
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            Path(file.name).unlink()
            raise
    Path(file.name).chmod(path.stat().st_mode if path.exists() else 0o644)
    Path(file.name).replace(path)


def _text(path: Path) -> str:
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError(_fault(None, "decision_file", file=path.name))


def _wrong(told: Mapping[str, str], row: int) -> list[Fault]:
    """Say what keeps a line from being a decision."""
    verdict, faults = told.get("verdict", ""), []
    if verdict not in VERDICTS:
        known = ", ".join(VERDICTS)
        return [_fault(row, "decision_verdict", verdict=verdict, known=known)]
    if not told.get("subject", "").strip():
        faults.append(_fault(row, "decision_subject", verdict=verdict))
    if (verdict in WITHOUT_BUILDING) == bool(told.get("building_id")):
        extra = verdict in WITHOUT_BUILDING
        faults.append(
            _fault(
                row, "decision_building_extra" if extra else "decision_building", verdict=verdict
            )
        )
    signed = told.get("by", "").strip() and (verdict != "waive" or told.get("reason", "").strip())
    if not signed:
        faults.append(_fault(row, "decision_unsigned", verdict=verdict))
    if told.get("at") and _time(told["at"]) is None:
        faults.append(_fault(row, "decision_time", at=told["at"]))
    return faults


def _decision(told: Mapping[str, str]) -> Decision:
    values: dict[str, Any] = {name: told.get(name, "") for name in COLUMNS}
    return Decision(
        **{**values, "verdict": cast("Any", values["verdict"]), "at": _time(values["at"])}
    )


def _told(one: Decision) -> dict[str, str]:
    return {
        "verdict": one.verdict,
        "subject": one.subject,
        "building_id": one.building_id,
        "reason": one.reason,
        "by": one.by,
        "at": one.at.isoformat(timespec="seconds") if one.at else "",
    }


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        return None


def _guarded(text: str) -> str:
    """Keep a spreadsheet from running what looks like a formula."""
    return GUARD + text if text.startswith((*FORMULA_STARTS, GUARD)) else text


def _unguarded(text: str) -> str:
    guarded = text.startswith(GUARD) and text[1:].startswith((*FORMULA_STARTS, GUARD))
    return text[1:] if guarded else text


def _fault(row: int | None, kind: str, **fields: str) -> Fault:
    return Fault(LAYER, row, kind, "refused", fields)
