"""Two plans compared: everything that follows from laying them side by side, in one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from gridmap.comparison.crosswalk import Crosswalk, make_crosswalk, trace_lineage
from gridmap.comparison.impact import INCIDENT_MOVES, count_workers, find_incidents, list_boards
from gridmap.comparison.kinds import KINDS, Descent, name_changes
from gridmap.comparison.overlay import COUNTED, pair_grids
from gridmap.comparison.sides import NOWHERE, pair_buildings, require_comparable

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame

    from gridmap.comparison.sides import DrawnPlan

TOLERANCE_M: Final = 1.0
"""How far a line may lie from itself when it is drawn a second time."""

Measure = Literal[
    "buildings", "households_before", "households_after", "persons_before", "persons_after"
]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """
    What is different between two plans.

    `grids` (`GRID_CHANGES`) says of every grid what happened to it; `pairs` (`PAIRS`) which grids
    share homes and ground; `buildings` (`BUILDING_MOVES`) where each was and is; `workers`,
    `boards` and `incidents` whom it concerns; `lineage` and `crosswalk` are for the years after.
    """

    grids: DataFrame
    pairs: GeoDataFrame
    buildings: GeoDataFrame
    workers: DataFrame
    boards: DataFrame
    incidents: GeoDataFrame
    lineage: DataFrame
    crosswalk: Crosswalk
    tolerance_m: float

    @property
    def moves(self) -> DataFrame:
        """Pairs of two different grids that a building goes between, the most households first."""
        codes = self.buildings.loc[self.buildings["change"] == "moved", ["old_code", "new_code"]]
        moved = self.pairs.drop(columns="geometry").merge(codes.drop_duplicates())
        order = ["households_after", "old_code", "new_code"]
        return moved.sort_values(order, ascending=[False, True, True], ignore_index=True)

    def matrix(self, measure: Measure = "households_after") -> DataFrame:
        """
        Count who was in which grid and is in which.

        Parameters
        ----------
        measure
            What to count: buildings, or who lives in them as the old or the new plan has it.

        Returns
        -------
        matrix
            A row for every old code and a column for every new one; "" is no grid. Of what is
            counted before, rows add up to the old grids; of what is counted after, columns to the
            new ones.
        """
        rows = self.pairs.drop(columns="geometry")
        matrix = rows.pivot_table(
            measure, index="old_code", columns="new_code", aggfunc="sum", fill_value=0
        )
        return matrix.astype("int64")

    def count_kinds(self) -> dict[str, int]:
        """Count the grids of every kind of change."""
        counts = self.grids["kind"].value_counts()
        return {kind: int(counts.get(kind, 0)) for kind in KINDS}

    def count_changes(self, change: str) -> dict[str, int]:
        """Count the buildings of one change, and who lives in them, before and after."""
        rows = self.buildings[self.buildings["change"] == change]
        return {"buildings": len(rows), **{name: int(rows[name].sum()) for name in COUNTED}}


def compare_plans(
    old: DrawnPlan,
    new: DrawnPlan,
    *,
    incidents: GeoDataFrame | None = None,
    tolerance_m: float = TOLERANCE_M,
) -> Comparison:
    """
    Compare two drawn plans of the same ground.

    Parameters
    ----------
    old, new
        In the same metric CRS. Buildings are known by their id; those that only one has, where
        the plans were made of different imports, have appeared or disappeared.
    incidents
        Open ones: Points indexed by `incident_id`, in the same CRS.
    tolerance_m
        Outlines nowhere further apart than this, in metres, are the same line drawn twice.

    Returns
    -------
    comparison
        Every building, household and code of either plan is in it.

    Raises
    ------
    MissingColumnError
        If a frame does not fit its table.
    CrsError
        If a frame is not in metres, or not in the CRS of the others.
    InputError
        If a code or a building is there twice, or the plans have no building in common.
    """
    require_comparable(old, new)
    buildings = pair_buildings(old, new)
    pairs = pair_grids(old.grids, new.grids, buildings, tolerance_m=tolerance_m)
    descent = Descent.of(pairs)
    grids = name_changes(old.grids, new.grids, pairs, descent, tolerance_m=tolerance_m)
    buildings["change"] = _named(buildings, descent)
    if incidents is None:
        incidents = INCIDENT_MOVES.empty(old.grids.crs)
    return Comparison(
        grids=grids,
        pairs=pairs,
        buildings=buildings,
        workers=count_workers(old.grids, new.grids, buildings),
        boards=list_boards(grids, tolerance_m=tolerance_m),
        incidents=find_incidents(incidents, old.grids, new.grids),
        lineage=trace_lineage(descent),
        crosswalk=make_crosswalk(buildings, pairs, old.grids.index, new.grids.index),
        tolerance_m=tolerance_m,
    )


def _named(buildings: GeoDataFrame, descent: Descent) -> np.ndarray:
    """Tell buildings whose grid is another one from those whose grid has another code."""
    old, new = buildings["old_code"], buildings["new_code"]
    stays = (buildings["change"] == "stays").to_numpy()
    same = (old == new).to_numpy()
    is_heir = (old.map(descent.heirs) == new).to_numpy() | (same & (old == NOWHERE).to_numpy())
    return np.where(
        stays & ~is_heir,
        "moved",
        np.where(stays & ~same, "recoded", buildings["change"].to_numpy(object)),
    )
