"""Column mappings that somebody confirmed once, remembered by the header they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from gridmap.store.tables import ColumnMappingRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gridmap.layers.remembered import Remembered


def remember_mappings(session: Session, confirmed: Remembered) -> None:
    """
    Remember what somebody confirmed; it takes the place of what was confirmed before.

    Parameters
    ----------
    session
        Open transaction.
    confirmed
        What each mapping says, by layer and fingerprint of the header.
    """
    for (layer, header), told in confirmed.items():
        values = {"layer": layer, "header_fingerprint": header, "mapping": dict(told)}
        new = insert(ColumnMappingRow).values(values)
        again = {"mapping": new.excluded.mapping, "confirmed_at": func.now()}
        is_other = ColumnMappingRow.mapping != new.excluded.mapping
        key = ["layer", "header_fingerprint"]
        session.execute(new.on_conflict_do_update(index_elements=key, set_=again, where=is_other))


def read_mappings(session: Session) -> dict[tuple[str, str], dict[str, Any]]:
    """
    Read everything that was confirmed.

    Parameters
    ----------
    session
        Open transaction.

    Returns
    -------
    mappings
        By layer and fingerprint of the header.
    """
    rows = session.scalars(select(ColumnMappingRow)).all()
    return {(row.layer, row.header_fingerprint): dict(row.mapping) for row in rows}
