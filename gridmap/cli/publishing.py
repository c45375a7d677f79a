"""Publishing a stored plan, and holding its certificate against the rows as they are."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from gridmap.cli.files import no_folder
from gridmap.cli.stored import transaction
from gridmap.errors import GateError, InputError, RefusedError
from gridmap.filing import make_pack
from gridmap.filing.reading import read_filing
from gridmap.messages import Message
from gridmap.schema import Fault
from gridmap.store import plans
from gridmap.store.audit import count_balance
from gridmap.store.certificates import grids_of
from gridmap.store.publications import (
    broken_rules,
    publish,
    shortfalls,
    sign_exception,
    take_step,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sqlalchemy.orm import Session

    from gridmap.cli.terminal import Terminal
    from gridmap.messages import Language

EVERY_GRID: Final = "all"
"""In place of a code: whatever has something to be signed for."""


def publish_plan(
    terminal: Terminal,
    plan_id: int | None,
    *,
    by: str,
    accepted: Sequence[str],
    from_day: str | None,
) -> bool:
    """Put a stored plan in force, the newest when none is named; False when the gate is shut."""
    reasons, start = _reasons(accepted), _start(from_day)
    try:
        with transaction() as session:
            version = plans.latest_version(session) if plan_id is None else plan_id
            _sign(session, version, reasons, by=by)
            take_step(session, version, "submitted", by=by, way="command")
            take_step(session, version, "approved", by=by, way="command")
            row = publish(session, version, by=by, valid_from=start, way="command")
            content, sha256 = row.content, row.sha256
    except GateError as gate:
        sentences = gate.sentences(terminal.language)
        terminal.answer({"published": False, "findings": sentences})
        for sentence in sentences:
            terminal.tell(sentence)
        terminal.say("gate_shut", count=len(sentences))
        return False
    terminal.answer({"published": True, "plan": version, "sha256": sha256, "certificate": content})
    terminal.say(
        "published",
        plan=version,
        grids=content["grids"]["count"],
        households=content["balance"]["placed"],
        exceptions=len(content["exceptions"]),
        day=f"{content['valid_from'][:16].replace('T', ' ')} UTC",
        sha256=sha256,
    )
    return True


def pack_plan(
    terminal: Terminal, plan_id: int | None, out: Path, *, language: Language, fonts: Path | None
) -> None:
    """Write the filing pack of a published plan, the newest when none is named."""
    for folder in (out.resolve().parent, fonts):
        if folder is not None and not folder.is_dir():
            raise InputError(no_folder(folder))
    with transaction() as session:
        version = plans.latest_version(session) if plan_id is None else plan_id
        filing = read_filing(session, version, language=language)
    pack = make_pack(filing, language=language, fonts=fonts)
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        part.write_bytes(pack)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    terminal.say("packed", plan=version, file=str(out), sha256=hashlib.sha256(pack).hexdigest())


def _reasons(accepted: Sequence[str]) -> Mapping[str, str]:
    """Read `CODE=WHY`."""
    reasons, faults = {}, []
    for said in accepted:
        code, _, why = said.partition("=")
        if code.strip() and why.strip():
            reasons[code.strip()] = why.strip()
        else:
            faults.append(Fault("plan", None, "accept_unreadable", "refused", {"said": said}))
    if faults:
        raise InputError(*faults)
    return reasons


def _start(from_day: str | None) -> datetime | None:
    if from_day is None:
        return None
    try:
        day = date.fromisoformat(from_day)
    except ValueError as error:
        fields = {"said": from_day}
        raise InputError(Fault("plan", None, "day_unreadable", "refused", fields)) from error
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _sign(session: Session, version: int, reasons: Mapping[str, str], *, by: str) -> None:
    """Sign for what was accepted; a code that has nothing to sign for is a mistake."""
    plans.find_version(session, version)
    for grid in grids_of(session, version):
        why = reasons.get(grid.code, reasons.get(EVERY_GRID))
        for rule in broken_rules(grid) if why else ():
            sign_exception(session, version, grid.code, rule, by=by, why=str(why))
    known = {grid.code for grid in grids_of(session, version) if broken_rules(grid)}
    missing = shortfalls(count_balance(session, plans.find_version(session, version)))
    for bin_ in missing:
        if why := reasons.get(bin_, reasons.get(EVERY_GRID)):
            sign_exception(session, version, "", bin_, by=by, why=why)
    for code in sorted(set(reasons) - known - set(missing) - {EVERY_GRID}):
        raise RefusedError(Message("store.nothing_to_sign", {"grid": code}))
