"""Single households, for somebody who has to find them; every look is written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, select, text

from gridmap.errors import MissingError, StoreError
from gridmap.layers.balance import BINS
from gridmap.messages import Message
from gridmap.store.datasets import find_dataset
from gridmap.store.frames import read_columns
from gridmap.store.tables import HouseholdReadRow, HouseholdRow
from gridmap.store.terms import IN_FORCE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pandas import DataFrame
    from sqlalchemy.orm import Session

    from gridmap.layers.balance import Bin

COLUMNS: Final = (
    "sheet",
    "row",
    "household_id",
    "building_id",
    "address",
    "persons",
    "placed_in",
    "placed_by",
    "confidence",
    "community_code",
)
"""What the work needs of a household: where it stands in the file, and where it may live."""


def read_bin(
    session: Session,
    dataset: int,
    name: Bin,
    *,
    who: str,
    why: str,
    communities: Sequence[str] | None = None,
) -> DataFrame:
    """
    Read the rows of one bin, and write down who read them and why.

    Parameters
    ----------
    session
        Open transaction; when it is rolled back, so is the entry.
    dataset
        Number of the import.
    name
        The bin.
    who
        Name of the reader.
    why
        What the reader needs them for.
    communities
        Only rows that belong to these communities; None is all, with those that belong nowhere.

    Returns
    -------
    rows
        `COLUMNS`, in the order of the ledger, as many as the balance sheet says. `row` is the
        line in the user's own file, `sheet` the sheet of it.

    Raises
    ------
    StoreError
        If there is no such import or bin, or nobody says who reads and why.
    """
    find_dataset(session, dataset)
    if name not in BINS:
        raise MissingError(Message("store.no_bin", {"bin": name, "known": ", ".join(BINS)}))
    _require_signed(who, why)
    asked: list[ColumnElement[bool]] = [
        HouseholdRow.dataset_id == dataset,
        HouseholdRow.bin == name,
    ]
    if communities is not None:
        asked.append(HouseholdRow.community_code.in_(communities))
    rows = read_columns(session, HouseholdRow, {column: column for column in COLUMNS}, *asked)
    entry = HouseholdReadRow(
        who=who,
        why=why,
        dataset_id=dataset,
        bin=name,
        communities=";".join(communities or ()),
        households=len(rows),
    )
    session.add(entry)
    session.flush()
    return rows.fillna({"placed_in": "", "community_code": ""})


@dataclass(frozen=True, slots=True)
class Household:
    """One household, and whose grid it was in."""

    household_id: str
    building: str
    address: str
    entrance: str
    floor: str
    persons: int
    need: str
    community: str
    grid: str
    grid_name: str
    worker: str
    since: datetime


def read_household(
    session: Session, household: str, *, at: datetime, who: str, why: str
) -> Household:
    """
    Read one household as it was in force at some time, and write down who read it and why.

    Parameters
    ----------
    session
        Open transaction of a reader, see :func:`gridmap.store.rights.act_as`: what is not theirs
        is not there. When it is rolled back, so is the entry.
    household
        Its id in the ledger.
    at
        When, with its zone.
    who, why
        Name of the reader, and what the reader needs it for.

    Returns
    -------
    household
        With the one grid it was in.

    Raises
    ------
    MissingError
        If no grid in force then held it, or it is not the reader's to read.
    StoreError
        If nobody says who reads and why.
    """
    _require_signed(who, why)
    found = session.execute(text(_PLACED), {"household": household, "at": at}).first()
    if found is None:
        raise MissingError(Message("store.no_household", {"household": household}))
    dataset, *told = found
    read = Household(*told)
    entry = HouseholdReadRow(
        who=who,
        why=why,
        dataset_id=dataset,
        bin="placed",
        communities=read.community,
        households=1,
        household_id=read.household_id,
    )
    session.add(entry)
    session.flush()
    return read


def read_reads(
    session: Session, *, household: str = "", after: int = 0, most: int | None = None
) -> list[HouseholdReadRow]:
    """
    List who read single households, oldest first.

    Parameters
    ----------
    session
        Open transaction.
    household
        Only looks at this one; empty is every look.
    after
        Only entries that come after this number.
    most
        No more than so many; None is all.

    Returns
    -------
    reads
        One a look.
    """
    asked = select(HouseholdReadRow).where(HouseholdReadRow.id > after)
    if household:
        asked = asked.where(HouseholdReadRow.household_id == household)
    return list(session.scalars(asked.order_by(HouseholdReadRow.id).limit(most)))


def _require_signed(who: str, why: str) -> None:
    if not who.strip() or not why.strip():
        raise StoreError(Message("store.read_unsigned"))


_PLACED: Final = f"""{IN_FORCE}
    SELECT h.dataset_id, h.household_id, h.placed_in, b.address, h.entrance, h.floor, h.persons,
           h.need, g.community_code, g.code, g.name, g.worker, f.valid_from
    FROM in_force f
    JOIN gridmap.plan_version v ON v.id = f.version_id
    JOIN gridmap.household h ON h.dataset_id = v.dataset_id AND h.household_id = :household
        AND h.bin = 'placed' AND h.community_code = f.community_code
    JOIN gridmap.building b ON b.dataset_id = h.dataset_id AND b.building_id = h.placed_in
    JOIN gridmap.assignment a ON a.version_id = f.version_id AND a.building_id = h.placed_in
    JOIN gridmap.grid g ON g.version_id = a.version_id AND g.code = a.grid_code
    ORDER BY f.valid_from DESC LIMIT 1
"""  # noqa: S608 (constants)
