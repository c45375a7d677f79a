"""
Personal data: columns with names, phones and identity numbers are dropped before anything else.

The work needs a number of persons and a place, and nothing about who they are. An identity number
that stands for a household is turned into the row where it is first seen, so that a household
that is listed twice is still found, and the number is forgotten.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.layers.synonyms import plain
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pandas import DataFrame, Series

    from gridmap.layers.opened import OpenedLayer

ANYWHERE: Final = (
    r"姓名|户主(?!关系)|身份证|证件|护照|电话|手机|联系方式|联系人|微信|银行|账号"
    r"|(?:^|_)(?:phone|telephone|mobile|email|id_?card|passport|ssn|wechat|person_name|owner_name)"
    r"(?:_|$)"
)
AMONG_PEOPLE: Final = (
    r"|^名字$|^name$|卡号|邮箱|出生|生日|民族|籍贯|性别|年龄|学历|婚姻|宗教|政治面貌|工作单位|车牌|照片"
    r"|(?:^|_)(?:first_?name|last_?name|full_?name|surname|resident_name|head_name|householder|tel"
    r"|id_?number|identity|birth|birthday|dob|gender|sex|age|bank|religion|ethnicity)(?:_|$)"
)
NAMED: Final = re.compile(ANYWHERE)
NAMED_AMONG_PEOPLE: Final = re.compile(ANYWHERE + AMONG_PEOPLE)
NAMES_SOMEBODY: Final = re.compile(r"姓名|名字|^name$|(?:full|person|resident)_?name")
PEOPLE_LAYERS: Final = ("households", "workers")
"""Layers whose rows are homes or people: there an age is somebody's and no building's."""

IDENTITY: Final = re.compile(r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])[0-3]\d{4}[0-9Xx]")
INSIDE: Final = re.compile(rf"(?<!\d){IDENTITY.pattern}(?!\d)")
WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK: Final = "10X98765432"
SAMPLE: Final = 200
MOSTLY: Final = 0.5
HIDDEN: Final = "****"
FREE_TEXTS: Final = ("address", "need")


def is_identity(text: str) -> bool:
    """
    Say whether a text is an identity number: 18 signs, a date of birth, a right check sign.

    Parameters
    ----------
    text
        Of one cell.

    Returns
    -------
    answer
        False for any other number of 18 digits, save one in eleven that has a date by chance.
    """
    if not IDENTITY.fullmatch(text):
        return False
    total = sum(int(sign) * weight for sign, weight in zip(text, WEIGHTS, strict=False))
    return CHECK[total % 11] == text[17].upper()


def personal_columns(opened: OpenedLayer) -> list[str]:
    """
    Name the columns that are about a person, by their name or by what is in them.

    Parameters
    ----------
    opened
        A layer as it was found.

    Returns
    -------
    columns
        Of the file.
    """
    named = NAMED_AMONG_PEOPLE if opened.layer in PEOPLE_LAYERS else NAMED
    return [
        str(name)
        for name in opened.frame.columns
        if named.search(plain(str(name)))
        or (not _is_geometry(opened.frame[name]) and holds_identities(opened.frame[name]))
    ]


def without_personal(
    opened: OpenedLayer, found: Mapping[str, str]
) -> tuple[OpenedLayer, list[Fault]]:
    """
    Drop what is about persons, and say so once.

    Parameters
    ----------
    opened
        A layer as it was found.
    found
        Schema column to column of the file. Of personal columns only the id of a household may
        be among them; what else a mapping names is refused.

    Returns
    -------
    opened
        The same rows without these columns, and without identity numbers as ids.
    faults
        A note that names them, one about ids that were identity numbers, mappings to them.
    """
    personal = personal_columns(opened)
    ours = found.get("household_id") if opened.layer == "households" else None
    faults = [
        Fault(opened.layer, None, "personal_mapped", "refused", {"name": name, "column": column})
        for name, column in found.items()
        if column in personal and column != ours
    ]
    dropped = [name for name in personal if name != ours]
    if dropped:
        fields: dict[str, str | int] = {"columns": ", ".join(dropped), "file": opened.file}
        faults.append(Fault(opened.layer, None, "personal_dropped", "noted", fields))
    frame = opened.frame.drop(columns=dropped) if dropped else opened.frame
    ids, count = identities_to_rows(frame, ours) if ours else (None, 0)
    if ours and count:
        frame = frame.assign(**{ours: ids})
        fields = {"column": ours, "count": count}
        faults.append(Fault(opened.layer, None, "identities_as_rows", "noted", fields))
    return replace(opened, frame=frame), faults


def identities_to_rows(frame: DataFrame, column: str) -> tuple[Series, int]:
    """
    Turn identity numbers that stand for households into the rows where they are first seen.

    Parameters
    ----------
    frame
        Texts, with the row as index.
    column
        Of the file.

    Returns
    -------
    ids
        As typed, save identity numbers: one of them becomes "row 12" in every row that bears it.
    count
        How many rows bore one.
    """
    told = frame[column].astype("str").str.strip()
    likely = told[told.str.fullmatch(r"[0-9]{17}[0-9Xx]").fillna(value=False)]
    known = {text for text in likely.unique() if is_identity(text)}
    bears = told.isin(known)
    codes, _ = pd.factorize(told[bears].str.upper())
    rows = told.index[bears].to_numpy()
    _, first = np.unique(codes, return_index=True)
    names = pd.Series([f"row {row}" for row in rows[first][codes]], told.index[bears], dtype="str")
    ids = told.mask(bears, names.reindex(told.index)) if known else frame[column]
    return ids, int(bears.sum())


def hide_in(columns: dict[str, Series]) -> list[Fault]:
    """
    Blot out identity numbers in the texts of a ledger, in place.

    Parameters
    ----------
    columns
        Of the ledger; addresses and needs are looked through.

    Returns
    -------
    faults
        One note a column that held any.
    """
    faults = []
    for name in FREE_TEXTS:
        columns[name], count = hide_identities(columns[name])
        if count:
            fields: dict[str, str | int] = {"name": name, "count": count}
            faults.append(Fault("households", None, "identities_hidden", "noted", fields))
    return faults


def hide_identities(told: Series) -> tuple[Series, int]:
    """
    Blot out identity numbers within texts.

    Parameters
    ----------
    told
        Texts that are kept: addresses, needs.

    Returns
    -------
    texts
        With four stars in the place of a number.
    count
        How many rows held one.
    """
    if not len(told):
        return told, 0
    holds = told.str.contains(r"[0-9]{17}[0-9Xx]", regex=True)
    if not holds.any():
        return told, 0
    blotted = told[holds].map(lambda text: INSIDE.sub(_hide, text))
    return told.where(~holds, blotted.reindex(told.index)).astype("str"), int(
        (blotted != told[holds]).sum()
    )


def holds_identities(told: Series) -> bool:
    """
    Say whether a column is one of identity numbers.

    Parameters
    ----------
    told
        A column of any type.

    Returns
    -------
    answer
        True where most of the first texts are identity numbers.
    """
    if pd.api.types.is_numeric_dtype(told) and not pd.api.types.is_integer_dtype(told):
        return False
    texts = [text for text in map(str, told.dropna().head(SAMPLE)) if text.strip()]
    return bool(texts) and sum(is_identity(text.strip()) for text in texts) > MOSTLY * len(texts)


def _is_geometry(told: Series) -> bool:
    return str(told.dtype) == "geometry"


def _hide(found: re.Match[str]) -> str:
    return HIDDEN if is_identity(found[0]) else found[0]
