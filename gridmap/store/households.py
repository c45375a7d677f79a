"""Single households of a bin, for somebody who has to find them; every look is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, select

from gridmap.errors import StoreError
from gridmap.layers.balance import BINS
from gridmap.messages import Message
from gridmap.store.datasets import find_dataset
from gridmap.store.frames import read_columns
from gridmap.store.tables import HouseholdReadRow, HouseholdRow

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        raise StoreError(Message("store.no_bin", {"bin": name, "known": ", ".join(BINS)}))
    if not who.strip() or not why.strip():
        raise StoreError(Message("store.read_unsigned"))
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


def read_reads(session: Session) -> list[HouseholdReadRow]:
    """
    List who read single households, oldest first.

    Parameters
    ----------
    session
        Open transaction.

    Returns
    -------
    reads
        One a look.
    """
    return list(session.scalars(select(HouseholdReadRow).order_by(HouseholdReadRow.id)))
