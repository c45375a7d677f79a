"""
Running numbers (序号) that stand where a household's id should be.

Every sheet, and often every part of a sheet, counts from 1 again. Number 1 of one sheet is not
the household of number 1 of another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.layers.numerals import half_width
from gridmap.layers.synonyms import plain

if TYPE_CHECKING:
    from pandas import Series

SERIALS: Final = frozenset(map(plain, ("序号", "顺序号", "顺序", "行号", "no", "no.", "s/n")))


def is_serial(column: str) -> bool:
    """Say whether a column of this name counts rows and is no id."""
    return plain(column) in SERIALS


def number_apart(told: Series, sheets: Series) -> Series:
    """
    Tell apart the numbers that are counted anew.

    Parameters
    ----------
    told
        Texts in the order of the file; "" where there is no number.
    sheets
        Name of the sheet of each row, "" where one sheet was read.

    Returns
    -------
    ids
        As they were if no number comes again in another count. Otherwise with the name of the
        sheet before each, and from the second count of a sheet on with its place: 二组-3, 二组-2-3.
        Rows that follow each other under one number stay one household.
    """
    numbers = pd.to_numeric(half_width(told), errors="coerce").ffill().fillna(0).to_numpy()
    sheet = pd.factorize(sheets)[0]
    is_other = np.diff(sheet, prepend=sheet[:1]) != 0
    is_anew = (np.diff(numbers, prepend=numbers[:1]) < 0) | is_other
    count = pd.Series(np.cumsum(is_anew), index=told.index)
    filled = told != ""
    pairs = pd.DataFrame({"id": told, "count": count})[filled].drop_duplicates()
    if not pairs["id"].duplicated().any():
        return told
    place = count - count.groupby(sheet).transform("min") + 1
    before = sheets.where(sheets == "", sheets + "-")
    before += (place.astype("str") + "-").where(place > 1, "")
    return told.where(~filled, before + told)
