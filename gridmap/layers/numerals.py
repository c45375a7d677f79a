"""Numbers as people type them into a table: 三, 两人, ３户, 1,234."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.schema import Number

if TYPE_CHECKING:
    from pandas import Series

DIGITS: Final = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {
    "\u3007": 0,  # the round zero
    "两": 2,
    "壹": 1,
    "贰": 2,
    "叁": 3,
    "肆": 4,
    "伍": 5,
    "陆": 6,
    "柒": 7,
    "捌": 8,
    "玖": 9,
}
POWERS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "万": 10000}
UNITS: Final = re.compile(r"(?:口人|人口|人|口|户|家|层|楼|个|名|位|套|栋|幢|单元|f|m|米)$")
GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
SPOKEN: Final = re.compile(f"[{''.join(DIGITS)}{''.join(POWERS)}]+")


def half_width(told: Series) -> Series:
    """
    Write texts in half width, without space around them.

    Parameters
    ----------
    told
        Of any type.

    Returns
    -------
    texts
        Same index; in the compatible form of Unicode (NFKC). What is plain already, as most of a
        city's cells are, is not written anew.
    """
    typed = told.astype("str").str.strip()
    is_wide = ~typed.str.isascii().fillna(value=True).astype(bool)
    if is_wide.any():
        typed = typed.mask(is_wide, typed[is_wide].str.normalize("NFKC").str.strip())
    return typed


def read_numbers(told: Series) -> Series:
    """
    Read numbers as people type them.

    Parameters
    ----------
    told
        Texts, in any width, with a unit or without, in figures or in Chinese.

    Returns
    -------
    numbers
        Same index; NaN where a text is no number, and where it is several ("3-4").
    """
    values = pd.to_numeric(told, errors="coerce").astype(Number)
    strange = values.isna() & told.notna()
    if not strange.any():
        return values
    typed = told[strange]
    meant = {text: _number(text) for text in typed.unique()}
    return values.where(~strange, told.map(meant)).astype(Number)


def _number(text: object) -> float:
    word = unicodedata.normalize("NFKC", str(text)).strip().casefold()
    bare = re.sub(r"\s+", "", UNITS.sub("", word)) if word else ""
    if GROUPED.fullmatch(bare):
        return float(bare.replace(",", ""))
    if SPOKEN.fullmatch(bare):
        return _spoken(bare)
    if re.fullmatch(r"\d+(?:\.\d+)?", bare) and not re.search(r"\d\s+\d", word):
        return float(bare)
    return np.nan


def _spoken(text: str) -> float:
    """Read 三, 十二, 二百零五; 二三 is two numbers and therefore none."""
    total, below, digit = 0, 0, None
    for sign in text:
        if sign in DIGITS:
            if digit:
                return np.nan
            digit = DIGITS[sign]
        elif POWERS[sign] == POWERS["万"]:
            total, below, digit = (total + below + (digit or 0)) * POWERS["万"], 0, None
        else:
            below += (1 if digit is None else digit) * POWERS[sign]
            digit = None
    return float(total + below + (digit or 0))
