"""Commands on single rows of a ledger: list a bin, waive, take or turn down near matches."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from gridmap.cli.files import require_folder, settle
from gridmap.cli.stored import transaction
from gridmap.errors import InputError
from gridmap.layers import read_layers
from gridmap.layers.balance import BINS
from gridmap.layers.checks import CHECKS
from gridmap.layers.decisionfile import add_decisions, find_decisions, read_decisions
from gridmap.layers.decisions import Decision
from gridmap.layers.drill import list_rows, offered_rows
from gridmap.layers.review import read_review
from gridmap.layers.waivers import find_subjects
from gridmap.layers.workbook.lists import write_list
from gridmap.messages import Message
from gridmap.rules import load_rules
from gridmap.schema import Fault
from gridmap.store.datasets import latest_dataset
from gridmap.store.households import read_bin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pandas import DataFrame

    from gridmap.cli.terminal import Terminal
    from gridmap.schema import Layers

SHOWN: Final = 50
STORED_COLUMNS: Final = ("sheet", "row", "household_id", "building_id", "community_code")


def show_rows(
    terminal: Terminal,
    source: Path,
    name: str,
    *,
    mapping: Path | None,
    community: str | None,
    out: Path | None,
) -> None:
    """List the rows of a bin or a check, with the line of the user's own file."""
    require_drill(name)
    require_folder(out)
    layers, ledger = settle(terminal, source, mapping=mapping, rules=load_rules())
    rows = list_rows(layers, ledger, name, language=terminal.language)
    if community is not None:
        rows = rows[rows["community_code"] == community]
    show_table(terminal, rows, out=out, what=name)


def show_stored_rows(
    terminal: Terminal,
    name: str,
    *,
    community: str | None,
    out: Path | None,
    who: str | None,
    why: str | None,
) -> None:
    """List the rows of a bin of the import in force; the look is written down."""
    require_folder(out)
    if not who or not why:
        raise InputError(Fault("households", None, "rows_unsigned", "refused"))
    if name not in BINS:
        fields = {"bin": name, "known": ", ".join(BINS)}
        raise InputError(Fault("households", None, "bin_unknown", "refused", fields))
    codes = None if community is None else [community]
    with transaction() as session:
        rows = read_bin(session, latest_dataset(session), name, who=who, why=why, communities=codes)
    show_table(terminal, rows[list(STORED_COLUMNS)], out=out, what=name)


def show_matches(terminal: Terminal, source: Path, *, mapping: Path | None) -> None:
    """List near matches, best first, for a person to decide."""
    layers, ledger = settle(terminal, source, mapping=mapping, rules=load_rules())
    offers = offered_rows(layers, ledger)
    show_table(terminal, offers, out=None, what="matches")


def waive(  # noqa: PLR0913 (what a waiver is)
    terminal: Terminal,
    source: Path,
    households: Sequence[str],
    *,
    reason: str,
    by: str,
    mapping: Path | None,
    restore: bool = False,
) -> None:
    """Set households aside with a reason and a name, or take that back."""
    layers = _read(terminal, source, mapping)
    path = find_decisions(source)
    if restore:
        subjects, faults = _waived_still(path, layers, households)
    else:
        subjects, faults = find_subjects(layers.households, households)
    if faults:
        raise InputError(*faults)
    verdict: Any = "restore" if restore else "waive"
    now = datetime.now().astimezone().replace(microsecond=0)
    decisions = [Decision(verdict, name, reason=reason, by=by, at=now) for name in subjects]
    _add(terminal, path, decisions)


def decide(  # noqa: PLR0913 (the ways a person decides)
    terminal: Terminal,
    source: Path,
    *,
    take: Sequence[str],
    reject: Sequence[str],
    review: Path | None,
    by: str,
    mapping: Path | None,
) -> None:
    """Take near matches or turn them down: named one by one, or filled in in a workbook."""
    layers, ledger = settle(terminal, source, mapping=mapping, rules=load_rules())
    now = datetime.now().astimezone().replace(microsecond=0)
    decisions, faults = read_review(
        review, take=take, reject=reject, offers=offered_rows(layers, ledger), by=by, at=now
    )
    faults += [
        Fault("decisions", None, "decide_building", "refused", {"building": one.building_id})
        for one in decisions
        if one.verdict == "match" and one.building_id not in layers.buildings.index
    ]
    if faults:
        raise InputError(*faults)
    _add(terminal, find_decisions(source), decisions)


def require_drill(name: str) -> None:
    """Refuse a name that is neither a bin nor a check."""
    if name not in (*BINS, *CHECKS):
        fields = {"bin": name, "known": ", ".join((*BINS, *CHECKS))}
        raise InputError(Fault("households", None, "bin_unknown", "refused", fields))


def show_table(terminal: Terminal, rows: DataFrame, *, out: Path | None, what: str) -> None:
    """Print rows, or write them to a CSV or XLSX file."""
    terminal.answer({"what": what, "count": len(rows), "rows": rows.to_dict("records")})
    heads = [Message(f"ledger.column_{name}").text(terminal.language) for name in rows.columns]
    if out is not None:
        write_list(rows.set_axis(heads, axis="columns"), out)
        terminal.say("written", file=str(out))
    elif len(rows):
        terminal.show_rows(heads, rows.head(SHOWN))
    if len(rows) > SHOWN and out is None:
        terminal.say("more_rows", count=len(rows) - SHOWN)
    terminal.say("rows_listed", count=len(rows))


def _read(terminal: Terminal, source: Path, mapping: Path | None) -> Layers:
    with terminal.progress("reading", total=None, source=source.name):
        return read_layers(source, mapping=mapping)


def _waived_still(
    path: Path, layers: Layers, households: Sequence[str]
) -> tuple[list[str], list[Fault]]:
    """Find the waivers to take back; the household itself may be gone."""
    waived = read_decisions(path).waived()
    subjects, faults = [], []
    for name in households:
        found, _ = find_subjects(layers.households, [name])
        subject = next((one for one in (name, *found) if one in waived), None)
        if subject is None:
            fields = {"household": name}
            faults.append(Fault("decisions", None, "not_waived", "refused", fields))
        else:
            subjects.append(subject)
    return subjects, faults


def _add(terminal: Terminal, path: Path, decisions: Sequence[Decision]) -> None:
    added = add_decisions(path, decisions)
    terminal.answer({"decisions": added, "file": str(path)})
    terminal.say("decided", count=added, file=str(path))
