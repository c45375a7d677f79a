"""Which imports there are, and the balance sheet of each added up from its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import func, select, text

from gridmap.errors import MissingError, StoreError
from gridmap.layers.balance import BINS, BalanceSheet
from gridmap.layers.checks import CHECKS
from gridmap.layers.placement import WAYS
from gridmap.messages import Message
from gridmap.store.tables import BalanceRow, BuildingRow, CommunityRow, DatasetRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from gridmap.layers.balance import Source


def latest_dataset(session: Session) -> int:
    """
    Give the newest import.

    Parameters
    ----------
    session
        Open transaction.

    Returns
    -------
    dataset
        Its number.

    Raises
    ------
    StoreError
        If nothing was imported yet.
    """
    newest = session.execute(select(func.max(DatasetRow.id))).scalar()
    if newest is None:
        raise MissingError(Message("store.nothing_imported"))
    return int(newest)


def community_codes(session: Session, dataset: int) -> list[str]:
    """
    List the communities of an import.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        Its number.

    Returns
    -------
    codes
        In the order of the layer.

    Raises
    ------
    StoreError
        If there is no such import.
    """
    find_dataset(session, dataset)
    codes = select(CommunityRow.code).where(CommunityRow.dataset_id == dataset)
    return list(session.execute(codes.order_by(CommunityRow.seq)).scalars())


def require_communities(session: Session, dataset: int, codes: Sequence[str]) -> list[str]:
    """
    Return the codes, each once, if the import has all of them.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        Its number.
    codes
        What somebody asks for.

    Returns
    -------
    codes
        In the order they were asked for.

    Raises
    ------
    StoreError
        If there is no such import, or it has no such community; all of them are named.
    """
    unknown = sorted(set(codes) - set(community_codes(session, dataset)))
    if unknown:
        listed = ", ".join(unknown)
        raise MissingError(Message("store.no_community", {"dataset": dataset, "codes": listed}))
    return list(dict.fromkeys(codes))


def imported_from(session: Session, source: str) -> int | None:
    """
    Find the newest import of a source.

    Parameters
    ----------
    session
        Open transaction.
    source
        What it was read from, word for word.

    Returns
    -------
    dataset
        Its number, or None.
    """
    newest = select(func.max(DatasetRow.id)).where(
        DatasetRow.source == source, DatasetRow.state == "complete"
    )
    return session.execute(newest).scalar()


def count_buildings(
    session: Session, dataset: int, *, communities: Sequence[str] | None = None
) -> int:
    """
    Count the buildings of an import.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        Its number.
    communities
        Only in these communities; None is everywhere.

    Returns
    -------
    buildings
        How many.
    """
    count = select(func.count()).where(BuildingRow.dataset_id == dataset)
    if communities is not None:
        count = count.where(BuildingRow.community_code.in_(communities))
    return int(session.execute(count).scalar_one())


def buildings_by_community(
    session: Session, dataset: int, *, communities: Sequence[str]
) -> dict[str, int]:
    """
    Count the buildings of some communities.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        Its number.
    communities
        Their codes.

    Returns
    -------
    buildings
        How many by code; a community without any is left out.
    """
    counts = select(BuildingRow.community_code, func.count()).where(
        BuildingRow.dataset_id == dataset, BuildingRow.community_code.in_(communities)
    )
    rows = session.execute(counts.group_by(BuildingRow.community_code))
    return {str(code): int(count) for code, count in rows}


def find_dataset(session: Session, dataset: int) -> DatasetRow:
    """
    Find an import by its number.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        Its number.

    Returns
    -------
    row
        What is known of it.

    Raises
    ------
    StoreError
        If there is no such import.
    """
    row = session.get(DatasetRow, dataset)
    if row is None:
        raise StoreError(Message("store.no_dataset", {"dataset": dataset}))
    return row


def read_balance(
    session: Session, dataset: int, *, communities: Sequence[str] | None = None
) -> BalanceSheet:
    """
    Add up the balance sheet from the rows.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        Number of the import.
    communities
        Only the households that belong to these communities; None is the whole ledger, with
        those that belong nowhere.

    Returns
    -------
    balance
        Without a plan: nothing is known of grids.

    Raises
    ------
    StoreError
        If there is no such import.
    """
    row = find_dataset(session, dataset)
    codes = None if communities is None else list(communities)
    where = {"dataset": dataset, "codes": codes}
    sums = session.execute(text(_BINS_OF_ROWS if row.has_ledger else _BINS_OF_COUNTS), where)
    held = {name: (int(households), int(persons)) for name, households, persons in sums}
    if codes is None and not row.has_ledger:
        kept = select(BalanceRow).where(
            BalanceRow.dataset_id == dataset, BalanceRow.bin != "placed"
        )
        held |= {one.bin: (one.households, one.persons) for one in session.scalars(kept)}
    of_buildings = session.execute(text(_HOMES), where).one()
    households = {name: held.get(name, (0, 0))[0] for name in BINS}
    persons = {name: held.get(name, (0, 0))[1] for name in BINS}
    return BalanceSheet(
        source=cast("Source", row.counted_by),
        ledger_households=row.ledger_households if codes is None else sum(households.values()),
        ledger_persons=row.ledger_persons if codes is None else sum(persons.values()),
        households=households,
        persons=persons,
        residential_without_households=tuple(of_buildings.vacant or ()),
        estimated_households=row.estimated_households if codes is None else of_buildings.estimated,
        checks=_checks(session, where),
    )


def read_ways(
    session: Session, dataset: int, *, communities: Sequence[str] | None = None
) -> dict[str, int]:
    """
    Count the placed households of an import by what placed them.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        Its number.
    communities
        Only households that belong to these communities; None is the whole ledger.

    Returns
    -------
    ways
        Every way in its order, nought where it placed nobody.

    Raises
    ------
    StoreError
        If there is no such import.
    """
    find_dataset(session, dataset)
    where = {"dataset": dataset, "codes": None if communities is None else list(communities)}
    held = {way: int(count) for way, count in session.execute(text(_WAYS), where)}
    return {way: held.get(way, 0) for way in WAYS if way}


def _checks(session: Session, where: Mapping[str, Any]) -> dict[str, int]:
    """Count what the checks pointed out, one fault each."""
    asked = {**where, "checks": list(CHECKS)}
    found = {kind: int(count) for kind, count in session.execute(text(_CHECKS), asked)}
    return {name: found.get(name, 0) for name in CHECKS}


_BINS_OF_ROWS = """
    SELECT bin, count(*), sum(persons) FROM gridmap.household
    WHERE dataset_id = :dataset
        AND (CAST(:codes AS text[]) IS NULL OR community_code = ANY(:codes))
    GROUP BY bin
"""
_BINS_OF_COUNTS = """
    SELECT 'placed', coalesce(sum(households), 0), coalesce(sum(persons), 0) FROM gridmap.building
    WHERE dataset_id = :dataset
        AND (CAST(:codes AS text[]) IS NULL OR community_code = ANY(:codes))
"""
_HOMES = """
    SELECT array_agg(building_id ORDER BY seq) FILTER (WHERE is_vacant) AS vacant,
           coalesce(sum(households) FILTER (WHERE estimated), 0) AS estimated
    FROM gridmap.building
    WHERE dataset_id = :dataset
        AND (CAST(:codes AS text[]) IS NULL OR community_code = ANY(:codes))
"""
_WAYS = """
    SELECT placed_by, count(*) FROM gridmap.household
    WHERE dataset_id = :dataset AND bin = 'placed'
        AND (CAST(:codes AS text[]) IS NULL OR community_code = ANY(:codes))
    GROUP BY placed_by
"""
_CHECKS = """
    SELECT kind, count(*) FROM gridmap.fault
    WHERE dataset_id = :dataset AND stage <> 'plan' AND kind = ANY(:checks)
        AND (CAST(:codes AS text[]) IS NULL OR community_code = ANY(:codes))
    GROUP BY kind
"""
