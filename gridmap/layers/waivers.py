"""
Households that somebody set aside, with a reason; and decisions about what is there no longer.

A row without an id of its own gets one made from its line, which another version of the file may
give to somebody else. So such a row is set aside by its address, and only where it is the only one
without an id that has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gridmap.layers.address import normal_addresses
from gridmap.layers.offering import decision_subjects
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geopandas import GeoDataFrame
    from pandas import Series

    from gridmap.layers.decisions import Decisions


def waived_rows(told: GeoDataFrame, decisions: Decisions) -> Series:
    """
    Say of each row of a ledger why it is set aside.

    Parameters
    ----------
    told
        `HOUSEHOLDS`; `id_made` where ids were made from the row.
    decisions
        What people decided.

    Returns
    -------
    reasons
        By position; missing where the row is not waived.
    """
    reasons = {name: one.reason for name, one in decisions.waived().items()}
    if not reasons:
        return pd.Series(None, index=range(len(told)), dtype="object")
    return waiver_subjects(told).map(reasons).astype("object")


def waiver_subjects(told: GeoDataFrame) -> Series:
    """
    Name what each row of a ledger is waived by.

    Parameters
    ----------
    told
        `HOUSEHOLDS`; `id_made` where ids were made from the row.

    Returns
    -------
    subjects
        By position: the household id, else the normalised address, else "".
    """
    ids = pd.Series(told.index.to_numpy(dtype=object))
    if "id_made" not in told:
        return ids
    made = (told["id_made"] == True).reset_index(drop=True)  # noqa: E712 (part of a ledger has none)
    address = normal_addresses(told.loc[made.to_numpy(), "address"]).set_axis(ids.index[made])
    alone = address.where(~address.duplicated(keep=False), "")
    return ids.where(~made, alone.reindex(ids.index))


def find_subjects(told: GeoDataFrame, asked: Sequence[str]) -> tuple[list[str], list[Fault]]:
    """
    Find what the households that somebody names are waived by.

    Parameters
    ----------
    told
        `HOUSEHOLDS` as read.
    asked
        Household ids, ids made from a row, or addresses of rows without an id.

    Returns
    -------
    subjects
        One each, in order, for those that can be waived.
    faults
        Why the others cannot be, and what to do.
    """
    subjects = waiver_subjects(told)
    rows = told["row"].reset_index(drop=True)
    ids = pd.Series(told.index.to_numpy(dtype=object))
    known = set(subjects) - {""}
    address = normal_addresses(pd.Series(list(asked), dtype="str"))
    found, faults = [], []
    for name, written in zip(asked, address, strict=True):
        places = subjects[ids == name]
        if name in known or (len(places) and places.iloc[0]):
            found.append(name if name in known else str(places.iloc[0]))
        elif written in known:
            found.append(str(written))
        elif len(places):
            row = int(rows[places.index[0]])
            faults.append(Fault("households", row, "waive_unnamed", "refused"))
        else:
            fields = {"household": name}
            faults.append(Fault("households", None, "waive_unknown", "refused", fields))
    return found, faults


def note_stale(told: GeoDataFrame, buildings: GeoDataFrame, decisions: Decisions) -> list[Fault]:
    """
    Note decisions about households, addresses and buildings that are there no longer.

    Parameters
    ----------
    told
        `HOUSEHOLDS`.
    buildings
        `BUILDINGS`.
    decisions
        What people decided.

    Returns
    -------
    faults
        One note a decision that has nothing to stand on; it is kept all the same.
    """
    waived, matches = decisions.waived(), decisions.matches()
    if not waived and not matches:
        return []
    subjects, addresses = set(waiver_subjects(told)), set[str]()
    if matches:
        addresses = set(decision_subjects(told))
    notes = [("decision_stale_household", name, "") for name in waived if name not in subjects]
    for address, building in matches.items():
        if building not in buildings.index:
            notes.append(("decision_stale_building", address, building))
        elif address not in addresses:
            notes.append(("decision_stale_address", address, building))
    return [
        Fault("decisions", None, kind, "noted", {"subject": subject, "building": building})
        for kind, subject, building in notes
    ]
