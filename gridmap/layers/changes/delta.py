"""
A delta: only the rows that are added, changed or taken out since the last version.

A column says which (变更, change); a row without a word there is added, or replaces the row of the
same id. Rows that the delta does not name stay as they were, in their order, so that a chain of
deltas comes to the same as the full file.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.layers.columns import fit_columns, texts
from gridmap.layers.synonyms import plain
from gridmap.schema import TABLES, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geopandas import GeoDataFrame
    from pandas import Series

    from gridmap.layers.opened import OpenedLayer

MERGED: Final = ("buildings", "households")
"""Layers whose rows a delta changes one by one; every other layer is taken whole."""

CHANGE_COLUMNS: Final = (
    *(
        "变更",
        "变动",
        "变更类型",
        "变动类型",
        "变更情况",
        "变动情况",
        "变更方式",
        "变动原因",
        "操作",
    ),
    *("change", "change_type", "action", "operation"),
)
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "out": (
        *("注销", "迁出", "拆除", "删除", "销户", "灭失", "已拆除", "已迁出", "已注销"),
        *("removed", "remove", "demolished", "deleted", "delete", "out", "moved out", "gone"),
    ),
    "in": (
        *("迁入", "新增", "新建", "增加", "新立户", "立户", "入住"),
        *("added", "add", "new", "built", "in", "moved in"),
    ),
    "change": (
        *("变更", "修改", "更新", "变动", "更正", "不变", "无"),
        *("changed", "change", "updated", "update", "modified", "unchanged", "same"),
    ),
}
KIND_OF: Final = {word: kind for kind, words in WORDS.items() for word in words} | {"": ""}


@dataclass(frozen=True, slots=True)
class Removals:
    """
    What a delta says of its rows, by id: those it takes out and those it hands in.

    `said` gives the word (in, change, "") and the row. An id in both was taken out and came back.
    """

    row_of: Mapping[str, int]
    said: Mapping[str, tuple[str, int]]

    @property
    def ids(self) -> frozenset[str]:
        """The ids that are taken out."""
        return frozenset(self.row_of)


def split_deltas(
    opened: list[OpenedLayer],
) -> tuple[list[OpenedLayer], dict[str, Removals], list[Fault]]:
    """
    Part the rows that a delta takes out from those it hands in.

    Parameters
    ----------
    opened
        The layers of a delta as they were found.

    Returns
    -------
    opened
        The same layers without those rows; one that only takes out is left out.
    removals
        What is taken out, by layer; one entry for each of `MERGED` that was handed in.
    faults
        Words nobody knows, rows without an id, layers that are taken whole.
    """
    left: list[OpenedLayer] = []
    removals: dict[str, Removals] = {}
    faults: list[Fault] = []
    for one in opened:
        if one.layer not in MERGED:
            faults.append(Fault(one.layer, None, "delta_whole"))
            left.append(one)
            continue
        word, wrong = _words(one)
        faults += wrong
        out = (word == "out").to_numpy()
        ids = _ids(one)
        faults += [
            Fault(one.layer, int(row), "delta_no_id", "refused") for row in ids.index[ids == ""]
        ]
        told = zip(ids, ids.index.to_list(), word, strict=True)
        rows = [(str(name), int(row), str(kind)) for name, row, kind in told]
        row_of = {name: row for name, row, kind in rows if kind == "out"}
        said = {name: (kind, row) for name, row, kind in rows if kind != "out"}
        removals[one.layer] = Removals(row_of, said)
        faults += _back_again(one.layer, removals[one.layer])
        if not out.all():
            left.append(replace(one, frame=one.frame[~out]))
    return left, removals, faults


def merge_rows(
    layer: str,
    held: Mapping[str, GeoDataFrame],
    fresh: Mapping[str, GeoDataFrame],
    removals: Mapping[str, Removals],
) -> tuple[GeoDataFrame, list[Fault]]:
    """
    Put the rows of a delta into a layer.

    Parameters
    ----------
    layer
        Its name.
    held
        The layers in force; a household that a row replaces hands its `kept_in` on.
    fresh
        The rows handed in, by layer, in the same CRS.
    removals
        What is taken out, by layer.

    Returns
    -------
    merged
        Rows that are replaced in the place of the old ones, new ones at the end.
    faults
        Rows that say something else than what is there.
    """
    old, none = held[layer], TABLES[layer].empty(held[layer].crs)
    new, out = fresh.get(layer, none), removals.get(layer, Removals({}, {}))
    faults = _surprises(layer, old, out)
    place = pd.Series(np.arange(len(old)), index=old.index)
    first = place[~place.index.duplicated()]
    if "kept_in" in old and len(new):
        moved = old.index.duplicated() | old.index.isin(out.ids)
        kept_in = old["kept_in"][~moved].reindex(new.index).fillna("")
        silent = (new["building_id"] == "") & (new["address"] == "") & new.geometry.isna()
        new = new.assign(kept_in=kept_in.where(silent, "").astype("str"))
    stays = ~old.index.isin([*out.ids, *new.index])
    at = np.concatenate([place[stays], first.reindex(new.index).fillna(len(old))])
    if not len(new):
        return old[stays], faults
    merged = pd.concat([old[stays], new]) if stays.any() else new
    return merged.iloc[np.argsort(at, kind="stable")], faults


def _words(opened: OpenedLayer) -> tuple[Series, list[Fault]]:
    """Read what every row says is to be done with it: in, out, change, or nothing."""
    have = {plain(str(name)): name for name in reversed(list(opened.frame.columns))}
    column = next((have[name] for name in CHANGE_COLUMNS if name in have), None)
    told = texts(None if column is None else opened.frame[column], opened.frame.index)
    typed = told.map({word: _plain_word(word) for word in told.unique()})
    word = typed.map(KIND_OF)
    known = ", ".join(word for words in WORDS.values() for word in words[:3])
    faults = [
        Fault(
            opened.layer,
            int(row),
            "delta_word",
            "refused",
            {"word": str(told[row]), "column": str(column), "known": known},
        )
        for row in word.index[word.isna()]
    ]
    return word.fillna(""), faults


def _plain_word(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().casefold()


def _ids(opened: OpenedLayer) -> Series:
    """Give the id of every row as the schema writes it."""
    fitted, _ = fit_columns(opened)
    ids = fitted.frame[TABLES[opened.layer].index]
    return ids.set_axis(pd.Index(fitted.frame["row"]))


def _back_again(layer: str, out: Removals) -> list[Fault]:
    """Name the ids that a delta takes out and hands in: a move, if in this order."""
    faults = []
    for name in sorted(out.row_of.keys() & out.said.keys()):
        gone, (_, row) = out.row_of[name], out.said[name]
        fields: dict[str, str | int] = {"id": name, "gone": gone}
        if gone < row:
            faults.append(Fault(layer, row, "delta_moved", "noted", fields))
        else:
            faults.append(Fault(layer, row, "delta_both", "refused", fields))
    return faults


def _surprises(layer: str, old: GeoDataFrame, out: Removals) -> list[Fault]:
    """Name the rows whose word does not fit what is there."""
    known = set(old.index)
    faults = [
        Fault(layer, row, "delta_unknown", "noted", {"id": name})
        for name, row in out.row_of.items()
        if name not in known
    ]
    for name, (word, row) in out.said.items():
        if word == "in" and name in known and name not in out.row_of:
            faults.append(Fault(layer, row, "delta_known", "noted", {"id": name}))
        elif word == "change" and name not in known:
            faults.append(Fault(layer, row, "delta_missing", "noted", {"id": name}))
    return faults
