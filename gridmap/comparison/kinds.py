"""What happened to each grid: split, merged, moved, renamed, drawn again, or nothing at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import pandas as pd

from gridmap.comparison.heirs import find_heirs, find_links, find_pieces
from gridmap.comparison.overlay import measure_outlines
from gridmap.comparison.sides import NOWHERE
from gridmap.schema import Count, Flag, Number, Table, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geopandas import GeoDataFrame
    from pandas import DataFrame, Series

Kind = Literal[
    "unchanged",
    "redigitised",
    "renamed",
    "moved_line",
    "split",
    "merge",
    "redrawn",
    "new",
    "ended",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

IDENTICAL_M: Final = 0.005
"""Outlines that are nowhere further apart are the same: files round coordinates."""

GRID_CHANGES: Final = Table(
    "grid_changes",
    "change",
    {
        "kind": Text,  # one of KINDS
        "old_code": Text,  # "" where a grid begins
        "new_code": Text,  # "" where it ends
        "old_name": Text,
        "new_name": Text,
        "old_worker": Text,
        "new_worker": Text,
        "households_before": Count,
        "households_after": Count,
        "households_kept": Count,  # in this grid before and after, as counted after
        "homes_kept": Number,  # share of the old grid's households; NaN where it has none
        "ground_kept": Number,  # share of its ground
        "outline_m": Number,  # how far the outlines lie apart; NaN where it begins or ends
        "on_lesser_piece": Flag,  # the rule of codes would give the code to a larger piece
    },
)


@dataclass(frozen=True, slots=True, eq=False)
class Descent:
    """How grids descend: all links between the plans, which are pieces, and who goes on as whom."""

    links: DataFrame
    pieces: DataFrame
    heirs: Mapping[str, str]

    @classmethod
    def of(cls, pairs: DataFrame) -> Descent:
        """Trace it by the `PAIRS` of two plans."""
        links = find_links(pairs)
        heirs = find_heirs(pairs, links)
        return cls(links, find_pieces(links, heirs), heirs)

    def pieces_of(self, codes: Series, end: str) -> np.ndarray:
        """Count the pieces of each grid of one side, the one that goes on among them."""
        counts = self.pieces[f"{end}_code"].value_counts()
        goes_on = self.heirs.keys() if end == "old" else self.heirs.values()
        found = codes.map(counts).fillna(0).to_numpy(np.int64)
        return found + codes.isin(list(goes_on)).to_numpy(np.int64)


def name_changes(
    old: GeoDataFrame,
    new: GeoDataFrame,
    pairs: DataFrame,
    descent: Descent,
    *,
    tolerance_m: float,
) -> DataFrame:
    """
    Say what happened to each grid.

    Parameters
    ----------
    old, new
        `DRAWN_GRIDS` of both plans.
    pairs
        `PAIRS`.
    descent
        Of the grids.
    tolerance_m
        Outlines nearer than this are the same line drawn twice.

    Returns
    -------
    grids
        `GRID_CHANGES`: every old and every new code is in exactly one row, in their order.
    """
    rows = _rows(old, new, descent.heirs)
    both = ((rows["old_code"] != NOWHERE) & (rows["new_code"] != NOWHERE)).to_numpy()
    outline_m = np.full(len(rows), np.nan)
    outline_m[both] = measure_outlines(
        old.geometry.reindex(rows.loc[both, "old_code"]),
        new.geometry.reindex(rows.loc[both, "new_code"]),
    )
    rows = _with_kept(rows, pairs).assign(outline_m=outline_m)
    kept = (rows["old_code"] == rows["new_code"]).to_numpy()
    rows["on_lesser_piece"] = kept & _on_lesser_piece(rows, descent)
    rows["kind"] = _kinds(rows, pairs, descent, tolerance_m)
    rows.index.name = GRID_CHANGES.index
    return rows[list(GRID_CHANGES.columns)].astype(dict(GRID_CHANGES.columns))


def _rows(old: GeoDataFrame, new: GeoDataFrame, heirs: Mapping[str, str]) -> DataFrame:
    """Lay the grids side by side: those that go on, those that end, those that begin."""
    ended = [code for code in old.index if code not in heirs]
    begun = new.index.difference(pd.Index(list(heirs.values()), dtype=object), sort=False)
    rows = pd.DataFrame(
        {
            "old_code": [*heirs, *ended, *[NOWHERE] * len(begun)],
            "new_code": [*heirs.values(), *[NOWHERE] * len(ended), *begun],
        },
        dtype=object,
    )
    for end, plan in (("old", old), ("new", new)):
        for name in ("name", "worker"):
            rows[f"{end}_{name}"] = plan[name].reindex(rows[f"{end}_code"]).fillna("").to_numpy()
    first = rows["new_code"].where(rows["new_code"] != NOWHERE, rows["old_code"])
    return rows.iloc[np.argsort(first.to_numpy(str), kind="stable")].reset_index(drop=True)


def _with_kept(rows: DataFrame, pairs: DataFrame) -> DataFrame:
    """Add what each grid held and holds, and how much of it stayed."""
    rows = rows.copy()
    for end, when in (("old", "before"), ("new", "after")):
        held = pairs[pairs[f"{end}_code"] != NOWHERE].groupby(f"{end}_code")
        sums = held[f"households_{when}"].sum()
        rows[f"households_{when}"] = rows[f"{end}_code"].map(sums).fillna(0).astype("int64")
    kept = rows[["old_code", "new_code"]].merge(
        pd.DataFrame(pairs.drop(columns="geometry")), how="left", on=["old_code", "new_code"]
    )
    goes_on = (rows["old_code"] != NOWHERE) & (rows["new_code"] != NOWHERE)
    rows["households_kept"] = kept["households_after"].where(goes_on, 0).fillna(0)
    was = rows["old_code"] != NOWHERE
    homes, ground = (kept[f"{what}_of_old"].where(goes_on, 0) for what in ("homes", "ground"))
    rows["homes_kept"] = homes.fillna(0).where(was & (rows["households_before"] > 0))
    rows["ground_kept"] = ground.fillna(0).where(was)
    return rows


def _on_lesser_piece(rows: DataFrame, descent: Descent) -> np.ndarray:
    """Tell where a larger piece begins, or a larger grid ends, than what goes on."""
    pieces = descent.pieces
    kept = descent.links.set_index(["old_code", "new_code"])["weight"]
    held = kept.reindex(pd.MultiIndex.from_frame(rows[["old_code", "new_code"]])).fillna(0)
    largest = np.zeros(len(rows))
    for end in ("old", "new"):
        most = pieces.groupby(f"{end}_code")["weight"].max()
        largest = np.maximum(largest, rows[f"{end}_code"].map(most).fillna(0).to_numpy())
    return np.asarray(largest > held.to_numpy(), dtype=bool)


def _kinds(rows: DataFrame, pairs: DataFrame, descent: Descent, tolerance_m: float) -> np.ndarray:
    """Choose the kind of each row, the first that fits."""
    has_old, has_new = (rows[f"{end}_code"] != NOWHERE for end in ("old", "new"))
    is_split = _is_of(rows, descent, "old")
    is_merge = _is_of(rows, descent, "new")
    stirred = _is_stirred(rows, pairs, descent.heirs)
    renamed = (rows["old_code"] != rows["new_code"]) | (rows["old_name"] != rows["new_name"])
    chosen: dict[Kind, object] = {
        "redrawn": is_split & is_merge,
        "split": is_split,
        "merge": is_merge,
        "new": ~has_old,
        "ended": ~has_new,
        "moved_line": stirred | (rows["outline_m"] > tolerance_m),
        "renamed": renamed,
        "redigitised": rows["outline_m"] > IDENTICAL_M,
    }
    return np.select([np.asarray(is_it) for is_it in chosen.values()], [*chosen], "unchanged")


def _is_of(rows: DataFrame, descent: Descent, end: str) -> np.ndarray:
    """
    Tell what has a part in a split (seen from the old side) or a merge (from the new side).

    A grid itself is in several pieces; or it has begun or ended, and one that it shares a piece
    with is.
    """
    other = "new" if end == "old" else "old"
    pieces = descent.pieces
    several = pieces.loc[descent.pieces_of(pieces[f"{end}_code"], end) > 1, f"{other}_code"]
    is_part = (rows[f"{end}_code"] == NOWHERE) & rows[f"{other}_code"].isin(several)
    return (descent.pieces_of(rows[f"{end}_code"], end) > 1) | is_part.to_numpy()


def _is_stirred(rows: DataFrame, pairs: DataFrame, heirs: Mapping[str, str]) -> np.ndarray:
    """Tell where a building, or ground, went to or came from a grid that is another one."""
    both = (pairs["old_code"] != NOWHERE) & (pairs["new_code"] != NOWHERE)
    left = pairs[both & (pairs["old_code"].map(heirs) != pairs["new_code"])]
    given, taken = (rows[f"{end}_code"].isin(left[f"{end}_code"]) for end in ("old", "new"))
    return (given | taken).to_numpy()
