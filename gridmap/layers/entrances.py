"""Entrances (单元) of buildings, as the ledger tells them; who lives behind each is counted."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

import pandas as pd

from gridmap.layers.address.numerals import with_digits
from gridmap.schema import ENTRANCES

if TYPE_CHECKING:
    from pandas import DataFrame

UNIT: Final = re.compile(r"(?<=.)(?:单元|号门|门洞|门|梯|单|号|UNIT)$")
BEFORE: Final = re.compile(r"^(?:.*[栋幢座楼])?(?:第|单元|UNIT|NO\.?)?(?=.)")
SIGNS: Final = "甲乙丙丁戊己庚辛壬癸东中西南北"
"""What entrances are counted by beside numbers and letters, in order."""

PARTS: Final = re.compile(r"\d+|\D")


def count_entrances(households: DataFrame) -> DataFrame:
    """
    Count households and persons by building and entrance.

    Parameters
    ----------
    households
        A ledger that is settled: with `bin`, `placed_in`, `entrance` and `persons`.

    Returns
    -------
    entrances
        `ENTRANCES`, by building, then in the order they are numbered in: 1, 2, 10; 甲, 乙, 丙.
        However it is spelt, "二单元", "2单元" and "02" are one. Whose entrance is unknown is
        not counted.
    """
    if "placed_in" not in households:
        return ENTRANCES.empty()
    placed = households[(households["placed_in"] != "") & (households["entrance"] != "")]
    names = {text: entrance_name(text) for text in placed["entrance"].unique()}
    order = {name: place for place, name in enumerate(sorted({*names.values()}, key=_rank))}
    told = pd.DataFrame(
        {
            "building_id": placed["placed_in"].to_numpy(object),
            "order": placed["entrance"].map(names).map(order).to_numpy("int64"),
            "households": 1,
            "persons": placed["persons"].to_numpy("int64"),
        }
    )
    counts = told.groupby(["building_id", "order"])[["households", "persons"]].sum().reset_index()
    by_place = list(order)
    counts.insert(1, "entrance", [by_place[place] for place in counts.pop("order")])
    return counts.set_index(ENTRANCES.index).astype(dict(ENTRANCES.columns))


def entrance_name(typed: str) -> str:
    """
    Give the bare name of an entrance.

    Parameters
    ----------
    typed
        As the ledger has it: 二单元, 第2单元, 02, B门.

    Returns
    -------
    name
        Its number in digits or its letter.
    """
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed).upper())
    bare = UNIT.sub("", with_digits(BEFORE.sub("", text)))
    return bare.lstrip("0") or "0" if bare.isdecimal() else bare


def _rank(name: str) -> tuple[tuple[int, int, str], ...]:
    """Put numbers by their size, and other signs by the order they are counted in."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, SIGNS.find(part), part)
        for part in PARTS.findall(name)
    )
