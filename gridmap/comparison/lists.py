"""A comparison as lists that people and programs read: one a question, under fixed names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

from gridmap.comparison.sides import NOWHERE

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
