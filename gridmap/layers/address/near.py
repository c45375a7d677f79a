"""
Near matches: buildings that a typed address may mean, each with a score, for a person to decide.

Candidates share a key in which one sign may be wrong or missing: pairs come out of joins, and only
those are compared. Nothing here places anybody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from gridmap.layers.address.index import AREAS, differs
from gridmap.layers.address.words import ESTATE, ROAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pandas import DataFrame, Series

MOST_OFFERS: Final = 3
LEAST_SCORE: Final = 0.4
HIGHEST_SCORE: Final = 0.94  # what a person has to look at is never sure
LEFT_OUT: Final = 0.85
OTHER_AREA: Final = 0.85
UNREAD: Final = 0.9
OTHER_NUMBER: Final = 0.5
LIKE_NUMBER: Final = 0.2  # more, by the share of its digits that are the same
NAME_WEIGHT: Final = 0.7  # of the share of a name's signs that differ
NUMBERS: Final = ("group", "lane", "number", "building")
NAMES: Final = ("estate", "road")
MAY_LACK: Final = ("lane", "group")

_STEM: Final = re.compile(rf"(?:\d期|[A-Z东西南北中]区|{ESTATE}|{ROAD})+$")


def offer_near(parts: DataFrame, known: DataFrame) -> DataFrame:
    """
    Offer buildings for addresses that none is sure for.

    Parameters
    ----------
    parts
        Typed addresses, as :func:`~gridmap.layers.address.parse.parse_addresses` reads them.
    known
        As of :func:`~gridmap.layers.address.index.index_buildings`.

    Returns
    -------
    offers
        `at` (the index of `parts`), `building_id` and `score` from 0 to 1, best first; all that
        are worth a look.
    """
    pairs = _pairs(parts, known)
    told = parts.loc[pairs["at"]].reset_index(drop=True)
    there = known.loc[pairs["known"]].reset_index(drop=True)
    score = HIGHEST_SCORE * _likeness(told, there)
    offers = pd.DataFrame(
        {"at": pairs["at"].to_numpy(), "building_id": there["building_id"], "score": score.round(3)}
    )
    offers = offers[offers["score"] >= LEAST_SCORE]
    offers = offers.sort_values(
        ["at", "score", "building_id"], ascending=[True, False, True], ignore_index=True
    )
    return offers.drop_duplicates(["at", "building_id"], ignore_index=True)


def like_words(text: str) -> set[str]:
    """
    Give what a name may be taken for: itself, without its kind, without any one of its signs.

    Parameters
    ----------
    text
        A name of an estate or a road.

    Returns
    -------
    words
        Two names that differ by one sign, or in the word at the end, share one of them.
    """
    stem = _STEM.sub("", text)
    return like_numbers(text) | ({stem} if len(stem) > 1 else set())


def like_numbers(text: str) -> set[str]:
    """
    Give a number, what is left of it without any one of its signs, and 3 for 3-2.

    Parameters
    ----------
    text
        A house or building number.

    Returns
    -------
    numbers
        Two numbers that differ by one sign share one of them.
    """
    return {text, text.partition("-")[0]} | {text[:n] + text[n + 1 :] for n in range(len(text))}


def _pairs(parts: DataFrame, known: DataFrame) -> DataFrame:
    found = [
        _joined(parts, known, "estate", like_words, ("group", "building")),
        _joined(parts, known, "road", like_words, ("lane", "number")),
        _joined(parts, known, "building", like_numbers, ("estate",)),
        _joined(parts, known, "number", like_numbers, ("road", "lane")),
        _joined(parts, known, "lane", like_numbers, ("road", "number")),
        _joined(parts, known, "group", like_numbers, ("estate", "building")),
    ]
    return pd.concat(found, ignore_index=True).drop_duplicates(ignore_index=True)


def _joined(
    parts: DataFrame,
    known: DataFrame,
    fuzzy: str,
    like: Callable[[str], set[str]],
    exact: tuple[str, ...],
) -> DataFrame:
    """Pair rows that agree in some parts and are alike in one, and have all that matter."""
    needed = [fuzzy, *(part for part in exact if part not in MAY_LACK)]
    sides = [
        _keyed(frame[(frame[needed] != "").all(axis=1)], fuzzy, like, exact)
        for frame in (parts, known)
    ]
    pairs = sides[0].merge(sides[1], on=["key", *exact], suffixes=("", "_known"))
    return pairs.rename(columns={"row": "at", "row_known": "known"})[["at", "known"]]


def _keyed(
    frame: DataFrame, fuzzy: str, like: Callable[[str], set[str]], exact: tuple[str, ...]
) -> DataFrame:
    """Give one row for each row of `frame` and each thing its part may be taken for."""
    alike = {text: sorted(like(text)) for text in frame[fuzzy].unique()}
    keys = frame[fuzzy].map(alike).to_list()
    each = np.fromiter(map(len, keys), dtype=np.intp, count=len(keys))
    told = {name: np.repeat(frame[name].to_numpy(dtype=object), each) for name in exact}
    flat: Iterable[str] = (key for some in keys for key in some)
    return pd.DataFrame({"row": np.repeat(frame.index.to_numpy(), each), "key": list(flat), **told})


def _likeness(told: DataFrame, there: DataFrame) -> Series:
    """Multiply what each part says: 1 where both say the same."""
    score = np.ones(len(told))
    for part in NAMES:
        score *= 1 - NAME_WEIGHT * (1 - _similar(told[part], there[part]))
    for part in NUMBERS:
        other = OTHER_NUMBER + LIKE_NUMBER * _similar(told[part], there[part])
        score *= np.where(differs(told[part], there[part]), other, 1.0)
    for part in (*NUMBERS, *NAMES):
        left_out = (told[part] == "").to_numpy() != (there[part] == "").to_numpy()
        score *= np.where(left_out, _left_out(part, told, there), 1.0)
    for part in ("city", *AREAS):
        score *= np.where(differs(told[part], there[part]), OTHER_AREA, 1.0)
    score *= np.where(told["rest"] != "", UNREAD, 1.0)
    return pd.Series(score)


def _left_out(part: str, told: DataFrame, there: DataFrame) -> np.ndarray | float:
    """Say how much it matters that one side leaves a part out: little, if an estate says enough."""
    if part not in {"road", "number", "estate"}:
        return LEFT_OUT
    by_estate = (told["estate"] != "") & (there["estate"] != "")
    by_road = (told["road"] != "") & (there["road"] != "") & (there["number"] != "")
    return np.where(by_road if part == "estate" else by_estate, 0.98, LEFT_OUT)


def _similar(one: Series, other: Series) -> np.ndarray:
    """Compare texts pair by pair, by the signs to be changed; 1 where one side says nothing."""
    likeness = np.ones(len(one))
    unlike = np.flatnonzero(differs(one, other))
    if len(unlike):
        left, right = (side.iloc[unlike].to_list() for side in (one, other))
        likeness[unlike] = cpdist(left, right, scorer=OSA.normalized_similarity)
    return likeness
