"""Near matches of an import, for somebody to take or turn down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd
from sqlalchemy import text

from gridmap.store.frames import Progress, copy_rows
from gridmap.store.tables import OfferRow

if TYPE_CHECKING:
    from pandas import DataFrame
    from sqlalchemy.orm import Session

COLUMNS: Final = ("sheet", "row", "household_id", "address", "building_id", "score")


def write_offers(
    session: Session, dataset: int, offers: DataFrame, *, progress: Progress | None = None
) -> None:
    """
    Write down which buildings are offered to households without a place.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        Number of the import that is being written.
    offers
        `seq`, the position of the household in the ledger; `building_id`; `score`, 0 to 1.
    progress
        Told after every chunk.
    """
    if len(offers):
        columns = {"dataset_id": dataset, **{name: offers[name] for name in offers.columns}}
        copy_rows(session, OfferRow, columns, progress=progress)


def read_offers(session: Session, dataset: int) -> DataFrame:
    """
    Read what is offered still.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        Number of the import.

    Returns
    -------
    offers
        `COLUMNS`, by household in the order of the ledger, the best building first. The address
        is as the ledger has it: only a household without a place has one here.
    """
    found = session.execute(text(_OFFERS), {"dataset": dataset}).all()
    return pd.DataFrame([tuple(one) for one in found], columns=list(COLUMNS))


_OFFERS = """
    SELECT h.sheet, h.row, h.household_id, h.address, o.building_id, o.score
    FROM gridmap.offer o JOIN gridmap.household h USING (dataset_id, seq)
    WHERE o.dataset_id = :dataset ORDER BY o.seq, o.score DESC, o.building_id
"""
