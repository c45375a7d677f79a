"""What is said of columns that are not sure: noted, or refused where more hangs on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gridmap.layers.recognition import geometry_name
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gridmap.layers.opened import OpenedLayer
    from gridmap.layers.recognition import Guess

WHEREABOUTS: Final = ("building_id", "address")
POINTS: Final = (("lon", "lat"), ("x", "y"))


def not_there(opened: OpenedLayer) -> list[Fault]:
    """
    Name what a mapping declares and the file does not have.

    Parameters
    ----------
    opened
        A layer as it was found.

    Returns
    -------
    faults
        Refused ones.
    """
    known = ", ".join(map(str, opened.frame.columns))
    return [
        Fault(
            opened.layer,
            None,
            "mapping_column",
            "refused",
            {"name": name, "column": column, "file": opened.file, "known": known},
        )
        for name, column in (*opened.mapping.columns.items(), *opened.mapping.loads.items())
        if column and column not in opened.frame.columns
    ]


def doubts(
    opened: OpenedLayer,
    guesses: Iterable[Guess],
    found: Mapping[str, str],
    *,
    located: bool,
    has_ledger: bool,
) -> list[Fault]:
    """
    Name the columns that are probably meant, and are not used before somebody confirms them.

    Parameters
    ----------
    opened
        A layer as it was found.
    guesses
        What was recognised in it, sure or not.
    found
        What is used: schema column to column of the file.
    located
        Do parts of addresses say where the homes are.
    has_ledger
        Is there a ledger beside this layer.

    Returns
    -------
    faults
        Refused where the work cannot be right without the column, noted elsewhere.
    """
    needed = _needed(opened, found, located=located, has_ledger=has_ledger)
    faults = []
    for guess in guesses:
        if guess.is_sure or guess.name in found or guess.column in found.values():
            continue
        fields: dict[str, str | int] = {"name": guess.name, "column": guess.column}
        fields |= {"percent": round(100 * guess.confidence), "file": opened.file}
        if guess.name in needed:
            faults.append(Fault(opened.layer, None, "column_needed", "refused", fields))
        else:
            faults.append(Fault(opened.layer, None, "column_unsure", "noted", fields))
    return faults


def _needed(
    opened: OpenedLayer, found: Mapping[str, str], *, located: bool, has_ledger: bool
) -> set[str]:
    """Name the columns without which homes would be counted wrong or placed nowhere."""
    has_points = geometry_name(opened) is not None or any(
        east in found and north in found for east, north in POINTS
    )
    points = set() if has_points else {name for pair in POINTS for name in pair}
    if opened.layer == "households":
        is_placed = located or has_points or any(name in found for name in WHEREABOUTS)
        return set() if is_placed else {*WHEREABOUTS, *points}
    if opened.layer == "buildings":
        return points | {"building_id" if has_ledger else "households"}
    return points
