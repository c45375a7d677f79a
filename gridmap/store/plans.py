"""Plan versions: grids and assignments into PostGIS, community by community, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from pyproj import CRS
from sqlalchemy import func, select

from gridmap.errors import MissingError, StoreError
from gridmap.layers.balance import BalanceSheet
from gridmap.messages import Message
from gridmap.plan.model import MICROGRIDS, Draft, Figures
from gridmap.rules import Rules
from gridmap.store.datasets import find_dataset
from gridmap.store.drawn import assignment_columns, grid_columns, read_assignment, read_grids
from gridmap.store.faults import BEFORE_PLANNING, Chapter, read_faults, write_faults
from gridmap.store.frames import Stored, columns_of, copy_rows, read_frame
from gridmap.store.projection import Projection
from gridmap.store.session import check_now
from gridmap.store.tables import (
    AssignmentRow,
    GridRow,
    MicrogridRow,
    PlanCommunityRow,
    PlanVersionRow,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gridmap.schema import Fault

MICROGRID: Final = Stored(MICROGRIDS, MicrogridRow)


def add_draft(session: Session, dataset: int, draft: Draft) -> int:
    """
    Write a whole draft as one version.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        The import it was made from.
    draft
        Grids of some communities of it.

    Returns
    -------
    version
        Its number.

    Raises
    ------
    MissingError
        If there is no such import, or a guard refuses the draft: a home in no grid or in two, a
        grid outside its community or over another, counts that do not add up.
    """
    version = open_version(session, dataset, draft.rules, draft.seed)
    add_community_grids(session, version, draft)
    close_version(session, version, draft.figures, draft.balance)
    return version


def open_version(session: Session, dataset: int, rules: Rules, seed: int) -> int:
    """
    Begin a version; nobody sees it as a draft before :func:`close_version`.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        The import it is made from.
    rules
        The rule it is made by.
    seed
        What its random choices came from.

    Returns
    -------
    version
        Its number.

    Raises
    ------
    MissingError
        If there is no such import.
    """
    find_dataset(session, dataset)
    version = PlanVersionRow(
        dataset_id=dataset, status="planning", seed=seed, rules=rules.to_dict()
    )
    session.add(version)
    session.flush()
    return version.id


def add_community_grids(
    session: Session, version: int, draft: Draft, *, communities: Sequence[str] | None = None
) -> None:
    """
    Write the grids of some communities into a version that is being made.

    A community is written once; a second writer of the same one waits and is refused.

    Parameters
    ----------
    session
        Open transaction.
    version
        As :func:`open_version` gave it.
    draft
        Grids, assignment, micro-grids and faults of these communities.
    communities
        Their codes; None takes those that have a grid in the draft.

    Raises
    ------
    StoreError
        If the version is finished, or a guard refuses what is written.
    """
    row = find_version(session, version)
    if row.status != "planning":
        raise StoreError(Message("store.version_closed", {"version": version}))
    projection = _projection(session, row)
    codes = sorted(set(draft.grids["community_code"] if communities is None else communities))
    session.add_all(
        PlanCommunityRow(version_id=version, dataset_id=row.dataset_id, community_code=code)
        for code in codes
    )
    session.flush()
    here = {"version_id": version, "dataset_id": row.dataset_id}
    grids = {**here, **grid_columns(draft, projection, after=_grids_so_far(session, version))}
    copy_rows(session, GridRow, grids)
    copy_rows(session, AssignmentRow, {**here, **assignment_columns(draft)})
    if len(draft.microgrids):
        columns = columns_of(draft.microgrids, MICROGRID, projection)
        copy_rows(session, MicrogridRow, {"version_id": version, **columns})
    write_faults(session, Chapter("plan", row.dataset_id, version), draft.faults, projection)
    check_now(session)


def close_version(session: Session, version: int, figures: Figures, balance: BalanceSheet) -> None:
    """
    Finish a version: from now on it is a draft that leaves nobody out.

    Parameters
    ----------
    session
        Open transaction.
    version
        As :func:`open_version` gave it.
    figures
        How good it is, over all its communities.
    balance
        The balance sheet its grids were counted against.

    Raises
    ------
    StoreError
        If a building of one of its communities is in no grid, or it is finished already.
    """
    row = find_version(session, version)
    if row.status != "planning":
        raise StoreError(Message("store.version_closed", {"version": version}))
    row.figures = asdict(figures)
    row.balance = asdict(balance)
    row.status = "draft"
    check_now(session)


def latest_version(session: Session) -> int:
    """
    Give the newest finished version.

    Parameters
    ----------
    session
        Open transaction.

    Returns
    -------
    version
        Its number.

    Raises
    ------
    MissingError
        If nothing was planned yet.
    """
    finished = select(func.max(PlanVersionRow.id)).where(PlanVersionRow.status != "planning")
    newest = session.execute(finished).scalar()
    if newest is None:
        raise MissingError(Message("store.nothing_planned"))
    return int(newest)


def version_of(session: Session, dataset: int, rules: Rules, seed: int) -> int | None:
    """
    Find the newest finished version made from an import by a rule and a seed.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        Number of the import.
    rules, seed
        What it was planned with.

    Returns
    -------
    version
        Its number, or None.
    """
    finished = select(func.max(PlanVersionRow.id)).where(
        PlanVersionRow.dataset_id == dataset,
        PlanVersionRow.status != "planning",
        PlanVersionRow.seed == seed,
        PlanVersionRow.rules == rules.to_dict(),
    )
    return session.execute(finished).scalar()


def find_version(session: Session, version: int) -> PlanVersionRow:
    """
    Find a version by its number.

    Parameters
    ----------
    session
        Open transaction.
    version
        Its number.

    Returns
    -------
    row
        What is known of it.

    Raises
    ------
    MissingError
        If there is no such version.
    """
    row = session.get(PlanVersionRow, version)
    if row is None:
        raise MissingError(Message("store.no_version", {"version": version}))
    return row


def read_draft(session: Session, version: int) -> Draft:
    """
    Read a finished version back.

    Parameters
    ----------
    session
        Open transaction.
    version
        Its number.

    Returns
    -------
    draft
        As it was written, in the metric CRS it was planned in; buildings in the order of their
        layer.

    Raises
    ------
    MissingError
        If there is no such version, or it is not finished.
    """
    row = find_version(session, version)
    if row.figures is None or row.balance is None:
        raise MissingError(Message("store.no_version", {"version": version}))
    projection, rules = _projection(session, row), Rules.of(row.rules)
    return Draft(
        grids=read_grids(session, version, projection, rules),
        assignment=read_assignment(session, version, projection, rules),
        microgrids=read_frame(session, MICROGRID, projection, MicrogridRow.version_id == version),
        faults=read_faults(session, Chapter("plan", row.dataset_id, version), projection),
        balance=_balance(row.balance),
        rules=rules,
        seed=row.seed,
        crs=CRS.from_wkt(find_dataset(session, row.dataset_id).crs),
        figures=Figures.from_dict(row.figures),
    )


def read_import_faults(session: Session, version: int) -> tuple[Fault, ...]:
    """
    Read what was wrong with the import a version was made from.

    Parameters
    ----------
    session
        Open transaction.
    version
        Its number.

    Returns
    -------
    faults
        Of reading the layers, then of settling the households: those without a place among them.

    Raises
    ------
    MissingError
        If there is no such version.
    """
    row = find_version(session, version)
    projection = _projection(session, row)
    return tuple(
        fault
        for stage in BEFORE_PLANNING
        for fault in read_faults(session, Chapter(stage, row.dataset_id), projection)
    )


def _projection(session: Session, row: PlanVersionRow) -> Projection:
    return Projection.of(CRS.from_wkt(find_dataset(session, row.dataset_id).metric_crs))


def _grids_so_far(session: Session, version: int) -> int:
    highest = select(func.max(GridRow.seq)).where(GridRow.version_id == version)
    return int(session.execute(highest).scalar() or 0)


def _balance(plain: dict[str, Any]) -> BalanceSheet:
    vacant = tuple(plain["residential_without_households"])
    return BalanceSheet(**{**plain, "residential_without_households": vacant})
