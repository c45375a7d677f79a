"""Why a row of the ledger has no place, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.messages import Message

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import Series

OFFERED: Final = Message("faults.why_offered")
SHARED: Final = Message("faults.why_address_shared")
POINT: Final = Message("faults.why_point")
ADDRESS: Final = Message("faults.why_address")
NOTHING: Final = Message("faults.why_nothing")


def why_nowhere(rows: GeoDataFrame, shared: Series, *, offered: Series) -> Series:
    """
    Say of rows without a place what was missing.

    Parameters
    ----------
    rows
        Rows that nothing placed, by position.
    shared
        By position: several buildings have the row's address.
    offered
        Positions of rows that near matches are offered to.

    Returns
    -------
    why
        A message a row, naming what the row did give; same index as `rows`.
    """
    told = [
        (shared.loc[rows.index].to_numpy(), SHARED),
        (rows.index.isin(offered), OFFERED),
        (rows.geometry.notna().to_numpy(), POINT),
        ((rows["address"] != "").to_numpy(), ADDRESS),
    ]
    why = np.full(len(rows), NOTHING, dtype=object)
    for is_so, message in reversed(told):
        why[is_so] = message
    named = np.flatnonzero((rows["building_id"] != "").to_numpy() & ~told[1][0])
    for position, building in zip(named, rows["building_id"].iloc[named], strict=True):
        why[position] = Message("faults.why_building", {"building": building})
    if "kept_in" in rows:
        carried = np.flatnonzero((rows["kept_in"] != "").to_numpy() & ~told[1][0])
        for position, building in zip(carried, rows["kept_in"].iloc[carried], strict=True):
            lost = {"building": building.removesuffix("~")}
            why[position] = Message("faults.why_kept", lost)
    return pd.Series(why, index=rows.index, dtype=object)
