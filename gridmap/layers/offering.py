"""Choices between buildings: the first one that is sure is taken, the others are offered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import pandas as pd

from gridmap.layers.address import normal_addresses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geopandas import GeoDataFrame
    from pandas import DataFrame, Index, Series

MOST_OFFERS: Final = 3
HIGHEST_SCORE: Final = 0.94
NEAR_ID: Final = 0.9
OFFERS: Final = {"seq": "int64", "building_id": "str", "score": "float64"}
"""The columns of what is offered: the position of the row, a building, and how like it is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """For each row a building or "", what speaks for it, and how surely from 0 to 1."""

    building: Series
    way: Series
    confidence: Series

    @classmethod
    def none(cls, rows: Index) -> Self:
        """Choose nothing."""
        nothing = pd.Series("", index=rows, dtype="str")
        return cls(nothing, nothing, pd.Series(0.0, index=rows))

    @classmethod
    def sure(cls, building: Series, way: str) -> Self:
        """Choose beyond doubt wherever there is a building."""
        return cls.of(building, way, pd.Series(1.0, index=building.index))

    @classmethod
    def of(cls, building: Series, way: str, confidence: Series) -> Self:
        """Choose wherever there is a building."""
        chosen = building != ""
        ways = pd.Series(way, index=building.index, dtype="str").where(chosen, "")
        return cls(building.astype("str"), ways, confidence.where(chosen, 0.0))

    def where(self, chosen: Series) -> Choice:
        """Keep some of the choices."""
        return Choice(
            self.building.where(chosen, ""),
            self.way.where(chosen, ""),
            self.confidence.where(chosen, 0.0),
        )

    def or_else(self, other: Choice) -> Choice:
        """Choose what the other one does where this one chooses nothing."""
        chosen = self.building != ""
        return Choice(
            self.building.where(chosen, other.building),
            self.way.where(chosen, other.way),
            self.confidence.where(chosen, other.confidence),
        )


def decision_subjects(households: DataFrame) -> Series:
    """
    Say what a match taken or turned down is remembered by, row by row.

    Parameters
    ----------
    households
        `HOUSEHOLDS`; `id_made` where ids were made from the row.

    Returns
    -------
    subjects
        By position: the normalised address; where there is none, the household id if it is the
        ledger's own, else "".
    """
    normal = normal_addresses(households["address"].reset_index(drop=True))
    ids = pd.Series(households.index.to_numpy(dtype=object), dtype="str")
    if "id_made" in households:
        ids = ids.where((households["id_made"] != True).to_numpy(), "")  # noqa: E712 (may be unsaid)
    return normal.where(normal != "", ids)


def near_ids(ids: Series, buildings: GeoDataFrame) -> Choice:
    """
    Find ids that are the same but for zeros in front, case and signs: 0012 and 12.

    Parameters
    ----------
    ids
        As typed, which are no ids of buildings; "" where there is none.
    buildings
        By `building_id`.

    Returns
    -------
    near
        Buildings to be offered, never to be taken.
    """
    known = pd.Series(buildings.index, index=_plain_ids(pd.Series(buildings.index)), dtype="str")
    known = known[~known.index.duplicated(keep=False)]
    plain = _plain_ids(ids)
    found = pd.Series(known.reindex(plain).to_numpy(), index=ids.index).where(plain != "")
    return Choice.of(found.astype("str").fillna(""), "", pd.Series(NEAR_ID, index=ids.index))


def offered(
    near: DataFrame,
    choices: Sequence[Choice],
    *,
    subjects: Series,
    rejected: set[tuple[str, str]],
) -> DataFrame:
    """
    Put together what is offered to rows without a place.

    Parameters
    ----------
    near
        `OFFERS`, of addresses.
    choices
        Of rows, not sure enough to be taken.
    subjects
        What decisions are remembered by, of rows without a place: only to these is offered.
    rejected
        Subjects and buildings that were turned down.

    Returns
    -------
    offers
        `OFFERS`: of each row the best `MOST_OFFERS`, best first.
    """
    parts = [near]
    for choice in choices:
        mine = choice.building[choice.building != ""]
        mine = mine[mine.index.isin(subjects.index)]
        score = choice.confidence.loc[mine.index].clip(upper=HIGHEST_SCORE)
        parts.append(
            pd.DataFrame({"seq": mine.index, "building_id": mine.to_numpy(), "score": score})
        )
    offers = pd.concat([part for part in parts if len(part)] or [near], ignore_index=True)
    offers = offers.astype(OFFERS).sort_values(
        ["seq", "score", "building_id"], ascending=[True, False, True]
    )
    offers = offers.drop_duplicates(["seq", "building_id"])
    if rejected:
        pairs = zip(subjects.loc[offers["seq"]], offers["building_id"], strict=True)
        fresh = pd.Series([pair not in rejected for pair in pairs], offers.index, dtype="bool")
        offers = offers[fresh]
    return offers[offers.groupby("seq").cumcount() < MOST_OFFERS].reset_index(drop=True)


def _plain_ids(ids: Series) -> Series:
    plain = {text: _plain_id(text) for text in ids.unique()}
    return ids.map(plain).astype("str")


def _plain_id(text: str) -> str:
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[\W_]+", "", text.casefold()))
