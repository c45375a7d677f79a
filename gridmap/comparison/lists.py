"""A comparison as lists that people and programs read: one a question, under fixed names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from gridmap.comparison.sides import NOWHERE
from gridmap.schema import Count, Number, Table, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geopandas import GeoDataFrame
    from pandas import DataFrame

    from gridmap.comparison.compared import Comparison

DIGITS: Final = 4
"""Of shares and metres: more is noise."""

MOVE_COLUMNS: Final = (
    *("old_code", "new_code", "buildings", "households", "persons"),
    *("share_of_old", "share_of_new", "area_m2"),
)

SUCCESSION: Final = Table(
    "succession",
    "pair",
    {
        "old_code": Text,  # "" is no grid
        "new_code": Text,
        "kind": Text,  # as in `LINEAGE`, or one of those that are no descent: ground, new, …
        "households": Count,  # that both have, as the new plan counts them
        "share_of_area": Number,  # of the old grid's ground
        "measure": Text,  # households, ground, or "" where there is no weight
        "part": Count,
        "whole": Count,
        "back_measure": Text,
        "back_part": Count,
        "back_whole": Count,
    },
)


def list_tables(comparison: Comparison) -> dict[str, DataFrame]:
    """
    Lay a comparison out as tables.

    Parameters
    ----------
    comparison
        Of two plans.

    Returns
    -------
    tables
        `grids` with every grid; `moves` from grid to grid and the `buildings` that are not where
        they were; the `workers` whom it concerns, `boards`, `incidents`; `lineage`, and
        `crosswalk_forward` and `crosswalk_backward` for all codes. No geometry.
    """
    workers, buildings = comparison.workers, comparison.buildings
    concerned = (
        (workers["gained"] > 0)
        | (workers["lost"] > 0)
        | (workers["old_grids"] != workers["new_grids"])
    )
    moved = buildings[~buildings["change"].isin(("stays", "recoded"))]
    tables = {
        "grids": comparison.grids,
        "moves": list_moves(comparison),
        "buildings": moved.drop(columns=["geometry", "old_ground", "new_ground"]).reset_index(),
        "workers": workers[concerned].reset_index(),
        "boards": comparison.boards.reset_index(),
        "incidents": comparison.incidents.drop(columns="geometry").reset_index(),
        "lineage": comparison.lineage,
    }
    return {
        **{name: pd.DataFrame(table).round(DIGITS) for name, table in tables.items()},
        "crosswalk_forward": comparison.crosswalk.forward,  # to be reckoned with, so not rounded
        "crosswalk_backward": comparison.crosswalk.backward,
    }


def list_succession(comparison: Comparison) -> DataFrame:
    """
    List what every old grid has to do with every new one, to be kept for the years after.

    Parameters
    ----------
    comparison
        Of two plans.

    Returns
    -------
    succession
        `SUCCESSION`, each pair of codes once and every code at least once. `part` by `whole` is
        the weight from the old code to the new one as in the crosswalk, `back_part` by
        `back_whole` the weight from the new one to the old.
    """
    ends = ["old_code", "new_code"]
    pairs = pd.DataFrame(comparison.pairs[[*ends, "households_after", "ground_of_old"]])
    pairs.columns = pd.Index([*ends, "households", "share_of_area"])
    forward = _weights(comparison.crosswalk.forward, ("old_code", "new_code"), "")
    backward = _weights(comparison.crosswalk.backward, ("new_code", "old_code"), "back_")
    names = {"parent": "old_code", "child": "new_code"}
    links = comparison.lineage.rename(columns=names)[[*ends, "kind"]]
    rows = pairs
    for other in (forward, backward, links):
        rows = rows.merge(other, how="outer", on=ends)
    told = {name: "" if kind == "str" else 0 for name, kind in SUCCESSION.columns.items()}
    rows["kind"] = rows["kind"].fillna(pd.Series(_kinds_of_others(rows), index=rows.index))
    rows = rows.fillna(told).sort_values(ends, ignore_index=True)
    rows = rows.rename_axis(index=SUCCESSION.index)
    return rows[list(SUCCESSION.columns)].astype(dict(SUCCESSION.columns))


def _weights(weights: DataFrame, ends: tuple[str, str], start: str) -> DataFrame:
    names = {"from_code": ends[0], "to_code": ends[1]}
    names |= {name: f"{start}{name}" for name in ("measure", "part", "whole")}
    return weights.drop(columns="share").rename(columns=names)


def _kinds_of_others(rows: DataFrame) -> np.ndarray:
    """Name what is no link of descent: grids that begin or end, and ground that no one lives on."""
    has_old, has_new = rows["old_code"] != NOWHERE, rows["new_code"] != NOWHERE
    linked = rows[rows["kind"].notna()]
    ended = ~rows["old_code"].isin(linked["old_code"])
    begun = ~rows["new_code"].isin(linked["new_code"])
    return np.select(
        [has_old & has_new, has_old & ended, has_new & begun], ["ground", "ended", "new"], "outside"
    )


def list_moves(comparison: Comparison) -> DataFrame:
    """
    List who goes from which grid to which other one.

    Parameters
    ----------
    comparison
        Of two plans.

    Returns
    -------
    moves
        The most households first, as the new plan counts them; shares are of the households of
        either grid, `area_m2` is the ground that goes with them.
    """
    names = {
        "households_after": "households",
        "persons_after": "persons",
        "homes_of_old": "share_of_old",
        "homes_of_new": "share_of_new",
    }
    return comparison.moves.rename(columns=names)[list(MOVE_COLUMNS)]


def changed_matrix(comparison: Comparison) -> DataFrame:
    """
    Count households by the codes of grids that changed: the rest stands on the diagonal.

    Parameters
    ----------
    comparison
        Of two plans.

    Returns
    -------
    matrix
        As :meth:`gridmap.comparison.Comparison.matrix` gives it.
    """
    rows = comparison.grids[~comparison.grids["kind"].isin(("unchanged", "redigitised"))]
    matrix = comparison.matrix()
    old, new = (
        axis[axis.isin([*rows[f"{end}_code"], NOWHERE])]
        for end, axis in (("old", matrix.index), ("new", matrix.columns))
    )
    return matrix.loc[old, new]


def map_layers(
    comparison: Comparison, old: GeoDataFrame, new: GeoDataFrame
) -> Mapping[str, GeoDataFrame]:
    """
    Lay a comparison out as layers of a map.

    Parameters
    ----------
    comparison
        Of two plans.
    old, new
        `DRAWN_GRIDS` of both.

    Returns
    -------
    layers
        `grids` with every grid, in its old outline where it ends; `moved_ground`, the ground that
        changes grid; `moved_buildings`; `moved_incidents`.
    """
    rows = comparison.grids
    is_over = rows["new_code"] == NOWHERE
    outlines = new.geometry.reindex(rows["new_code"]).to_numpy()
    ended = is_over.to_numpy()
    outlines[ended] = old.geometry.reindex(rows.loc[is_over, "old_code"]).to_numpy()
    heirs = pd.MultiIndex.from_frame(rows[["old_code", "new_code"]])
    pairs = comparison.pairs
    is_kept = pd.MultiIndex.from_frame(pairs[["old_code", "new_code"]]).isin(heirs)
    buildings = comparison.buildings
    return {
        "grids": gpd.GeoDataFrame(rows, geometry=outlines, crs=new.crs),
        "moved_ground": pairs[~is_kept & (pairs["area_m2"] > 0).to_numpy()],
        "moved_buildings": buildings[buildings["change"] == "moved"].reset_index(),
        "moved_incidents": comparison.incidents.reset_index(),
    }
