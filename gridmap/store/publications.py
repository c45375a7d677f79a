"""
Publications: the gate, the steps to it, the certificate, and what is in force when.

Nobody is missing, nobody is twice, every grid keeps the rule and has a worker, or somebody has
signed for it: then a version may be published. What was certified can be computed again at any
time from the rows as they are.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, get_args

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gridmap.errors import GateError, MissingError, RefusedError
from gridmap.messages import Message
from gridmap.store.audit import Finding, audit_version, count_balance
from gridmap.store.certificates import certify, exceptions_of, grids_of, hash_of
from gridmap.store.lineage import record_lineage
from gridmap.store.plans import find_version
from gridmap.store.tables import (
    CertificateRow,
    GridRow,
    PlanCommunityRow,
    PublicationRow,
    SignedExceptionRow,
    VersionStepRow,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

    from gridmap.layers.balance import BalanceSheet

Step = Literal["submitted", "approved", "published", "filed"]
Way = Literal["service", "command"]
GridRule = Literal["band", "owner"]
Shortfall = Literal["no_place", "conflict"]
Rule = GridRule | Shortfall
SHORTFALLS: Final[tuple[Shortfall, ...]] = get_args(Shortfall)
"""Bins of households that live somewhere and are in no grid: nobody found where, or twice."""


def look_at_gate(session: Session, version: int) -> tuple[Finding, ...]:
    """
    Tell what keeps a version from being published.

    Parameters
    ----------
    session
        Open transaction.
    version
        Its number.

    Returns
    -------
    findings
        Everything at once: what the audit finds, and households without a grid, grids out of the
        rule and grids without a worker that nobody has signed for.

    Raises
    ------
    StoreError
        If there is no such version.
    """
    audit = audit_version(session, version)
    findings = list(audit.findings)
    if not audit.balance.is_balanced:
        findings.append(Finding("balance", Message("store.gate_not_balanced")))
    signed = {(row.code, row.rule) for row in exceptions_of(session, version)}
    findings += [
        Finding("balance", Message(f"store.gate_{rule}", {"households": str(count)}))
        for rule, count in shortfalls(audit.balance).items()
        if ("", rule) not in signed
    ]
    findings += [
        Finding(rule, _unsigned(grid, rule))
        for grid in grids_of(session, version)
        for rule in broken_rules(grid)
        if (grid.code, rule) not in signed
    ]
    return tuple(findings)


def broken_rules(grid: GridRow) -> list[GridRule]:
    """
    Name what somebody has to sign for before a grid may be published.

    Parameters
    ----------
    grid
        Of any version.

    Returns
    -------
    rules
        `band` where a load is out of its band, `owner` where homes are without a worker.
    """
    broken: list[GridRule] = []
    if grid.status != "ok":
        broken.append("band")
    if grid.worker == "" and grid.households > 0:
        broken.append("owner")
    return broken


def shortfalls(balance: BalanceSheet) -> dict[Shortfall, int]:
    """
    Count the households that somebody has to sign for before a version may be published.

    Parameters
    ----------
    balance
        Of the version.

    Returns
    -------
    households
        By bin; without the bins that are empty.
    """
    return {rule: count for rule in SHORTFALLS if (count := balance.households.get(rule, 0))}


def require_version_of(session: Session, version: int, community: str) -> None:
    """
    Refuse a version that is not of one community alone.

    Parameters
    ----------
    session
        Open transaction.
    version
        Its number.
    community
        Whose it has to be: whoever acts in one community must not publish for another.

    Raises
    ------
    MissingError
        If this community has no such version to itself.
    """
    if list(_communities(session, version)) != [community]:
        raise MissingError(
            Message("store.not_of_community", {"version": version, "community": community})
        )


def sign_exception(
    session: Session, version: int, code: str, rule: Rule, *, by: str, why: str
) -> None:
    """
    Answer for a grid that is out of the rule or has no worker, or for households in no grid.

    Parameters
    ----------
    session
        Open transaction.
    version, code
        The grid; "" for households of the ledger that are in none.
    rule
        `band` for any load out of its band, `owner` for a grid without a worker; `no_place` for
        households without a place, `conflict` for those with more than one.
    by, why
        Who answers for it, and for what reason.

    Raises
    ------
    RefusedError
        If there is nothing to sign for by that rule, it is signed for already, or the version is
        published.
    """
    if rule not in _to_be_signed(session, version, code):
        raise RefusedError(Message("store.nothing_to_sign", {"grid": code or rule}))
    row = SignedExceptionRow(version_id=version, code=code, rule=rule, why=why, signed_by=by)
    _add(session, row)


def take_step(
    session: Session, version: int, step: Step, *, by: str, way: Way = "service", note: str = ""
) -> None:
    """
    Submit, approve or file a version; :func:`publish` does the step between.

    Parameters
    ----------
    session
        Open transaction.
    version
        Its number.
    step
        The next one.
    by
        Who takes it.
    way
        Through the service, where two steps in a row are by different people; or on the command
        line of the server, which the certificate says.
    note
        What they say.

    Raises
    ------
    GateError
        If the version may not be published: it is not worth anybody's time then.
    RefusedError
        If it is not the next step, or the same person would take two in a row.
    """
    find_version(session, version)
    if step != "filed":
        _pass_gate(session, version)
    _add(
        session,
        VersionStepRow(version_id=version, step=step, taken_by=by, way=way, note=note),
    )


def publish(
    session: Session,
    version: int,
    *,
    by: str,
    valid_from: datetime | None = None,
    way: Way = "service",
) -> CertificateRow:
    """
    Put a version in force.

    Parameters
    ----------
    session
        Open transaction.
    version
        An approved one.
    by
        Who publishes it.
    valid_from
        From when on, with its zone; None is now.
    way
        As of :func:`take_step`.

    Returns
    -------
    certificate
        That nobody is missing, with a hash that can be computed again.

    Raises
    ------
    GateError
        If the version may not be published; everything that is in the way is named.
    RefusedError
        If it is not approved, or by the same person; if something later is in force already; if
        a code would come back that has ended.
    """
    take_step(session, version, "published", by=by, way=way)
    start = valid_from or datetime.now(UTC)
    for code in _communities(session, version):
        _add(
            session,
            PublicationRow(version_id=version, community_code=code, valid_from=start),
        )
        record_lineage(session, version, code)
    content = certify(session, version)
    row = CertificateRow(version_id=version, content=content, sha256=hash_of(content))
    _add(session, row)
    return row


def _pass_gate(session: Session, version: int) -> None:
    findings = look_at_gate(session, version)
    if findings:
        raise GateError(*(finding.message for finding in findings))


def _add(session: Session, row: object) -> None:
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise RefusedError(Message("store.step_refused", {"reason": reason})) from error


def _to_be_signed(session: Session, version: int, code: str) -> Collection[Rule]:
    if not code:
        return shortfalls(count_balance(session, find_version(session, version)))
    grid = session.get(GridRow, (version, code))
    return broken_rules(grid) if grid else ()


def _unsigned(grid: GridRow, rule: Rule) -> Message:
    fields = {"grid": grid.code, "households": str(grid.households)}
    return Message(f"store.gate_{rule}", fields)


def _communities(session: Session, version: int) -> Sequence[str]:
    asked = select(PlanCommunityRow.community_code).where(PlanCommunityRow.version_id == version)
    return session.scalars(asked.order_by(PlanCommunityRow.community_code)).all()
