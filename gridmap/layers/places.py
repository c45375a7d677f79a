"""Where rows of a ledger say that a home is: in one column, in several, in a sheet's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from gridmap.layers.evidence import weigh
from gridmap.layers.parts import Parts, compose, find_parts, is_place
from gridmap.layers.synonyms import plain
from gridmap.schema import Fault, Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from pandas import Series

    from gridmap.layers.opened import OpenedLayer

EITHER: Final = frozenset(map(plain, ("楼栋", "所属楼栋", "building")))
"""Names of columns that hold the id of a building, or its number within a compound."""

NAMES_BUILDING: Final = r"[栋幢座#]|号楼"


def split_parts(
    opened: OpenedLayer, found: Mapping[str, str], known_ids: AbstractSet[str]
) -> tuple[dict[str, str], Parts]:
    """
    Tell columns of the schema from parts of an address.

    Parameters
    ----------
    opened
        A ledger as it was found.
    found
        Schema column to column of the file.
    known_ids
        Ids of the buildings.

    Returns
    -------
    found
        Without a 楼栋 that holds no building's id, where another part says in which compound
        or road it is.
    parts
        Of addresses.
    """
    columns = [str(name) for name in opened.frame.columns]
    building = found.get("building_id", "")
    is_declared = "building_id" in opened.mapping.columns
    if building and known_ids and not is_declared and plain(building) in EITHER:
        rest = {name: column for name, column in found.items() if name != "building_id"}
        parts = find_parts(columns, taken=rest)
        others = set(parts.columns) - {"block"}
        unknown = weigh(opened.frame[building], known_ids).known_ids == 0
        if unknown and Parts(dict.fromkeys(others, "")).say_where:
            return rest, parts
    return dict(found), find_parts(columns, taken=found)


def fill_places(
    columns: Mapping[str, Series], opened: OpenedLayer, parts: Parts, found: Mapping[str, str]
) -> tuple[dict[str, Series], list[Fault]]:
    """
    Fill addresses, entrances and floors from columns of their own.

    Parameters
    ----------
    columns
        Of the ledger, as far as the file has them.
    opened
        The ledger as it was found.
    parts
        Which of its columns hold parts of addresses.
    found
        Schema column to column of the file.

    Returns
    -------
    columns
        An address that is there stays; one that names no building gets the building's number.
    faults
        How many addresses were put together, and what sheets were taken for.
    """
    filled = dict(columns)
    sheets = _places(opened) if not {"address", "building_id"} & found.keys() else None
    if sheets is None and not parts.columns:
        return filled, []
    made = compose(opened.frame, parts, sheets)
    for name in ("entrance", "floor"):
        filled[name] = filled[name].where(filled[name] != "", made[name])
    old = filled["address"]
    lacks = (old != "") & (made["block"] != "") & ~old.str.contains(NAMES_BUILDING)
    filled["address"] = (old + made["block"].where(lacks, "")).where(old != "", made["address"])
    faults = []
    composed = int(((old == "") & (made["address"] != "")).sum())
    if composed:
        fields: dict[str, str | int] = {"count": composed}
        fields["columns"] = ", ".join(parts.columns.values())
        faults.append(Fault("households", None, "address_composed", "noted", fields))
    if sheets is not None:
        used = sorted(set(sheets) - {""})
        said = {"sheets": ", ".join(used)}
        faults.append(Fault("households", None, "address_from_sheet", "noted", said))
    return filled, faults


def _places(opened: OpenedLayer) -> Series | None:
    """Give each row the name of its sheet, where that is a compound's or a building's."""
    names = pd.Series(opened.sheet_names(), index=opened.frame.index, dtype=Text)
    places = {name: name if is_place(name) else "" for name in names.unique()}
    return names.map(places).astype(Text) if any(places.values()) else None
