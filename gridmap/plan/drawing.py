"""The grids of one community drawn up: their shapes, codes, owners, figures and reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.codes import profile_for
from gridmap.messages import Message
from gridmap.plan.bounds import describe_bounds, trace_borders
from gridmap.plan.explanation import Evidence, explain_grids
from gridmap.plan.metrics import find_surrounding, measure_compactness, measure_necks
from gridmap.plan.model import ASSIGNMENT, DRAWN_GRIDS
from gridmap.plan.owners import find_owners
from gridmap.plan.polygons import dissolve_cells
from gridmap.plan.present import inherit_codes, number_grids
from gridmap.plan.reasons import Judge, Verdict
from gridmap.schema import Fault, anchors, load_columns

if TYPE_CHECKING:
    from gridmap.ground.adjacency import Ground
    from gridmap.plan.metrics import Borders
    from gridmap.plan.partition import Window
    from gridmap.plan.present import Heritage, Present
    from gridmap.plan.proof import Assurance
    from gridmap.plan.zoning import Zoning
    from gridmap.rules import Rules
    from gridmap.schema import Community, GridCode


@dataclass(frozen=True, slots=True)
class Division:
    """
    Which cells belong together: the grid of each cell, in no order yet, and how it was found.

    `grid_of` is by cell. `assurance` has the grid of each atom of general ground, and how sure it
    is that there is no better division.
    """

    zoning: Zoning
    window: Window
    grid_of: np.ndarray
    present: Present | None
    kept: dict[int, int]
    is_cut_short: bool
    assurance: Assurance


def draw_grids(community: Community, ground: Ground, division: Division, rules: Rules) -> Drawing:
    """
    Dissolve cells into grids and put these in the order of their codes.

    Parameters
    ----------
    community, ground
        What was divided.
    division
        Which cells belong together.
    rules
        Names the code profile.

    Returns
    -------
    drawing
        Ready to be put into tables.

    Raises
    ------
    CodesExhaustedError
        If the code profile cannot number so many grids.
    """
    grid_of, profile = division.grid_of, profile_for(community.code, rules.code_profile)
    areas = dissolve_cells(ground.cells.geometry.to_numpy(), grid_of)
    heritage = number_grids(areas, moved_households=None if community.present is None else 0)
    if division.present is not None:
        heritage = inherit_codes(
            division.present, grid_of, areas, division.kept, community, profile
        )
    order = np.argsort(heritage.numbers)
    heritage = heritage.put_in_order(order)
    codes = [profile.format(community.code, number) for number in heritage.numbers.tolist()]
    return Drawing(
        community, ground, division, np.argsort(order)[grid_of], areas[order], codes, heritage
    )


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything known about the grids of one community, ready to be put into tables."""

    community: Community
    ground: Ground
    division: Division
    grid_of: np.ndarray
    areas: np.ndarray
    codes: list[GridCode]
    heritage: Heritage

    @property
    def zoning(self) -> Zoning:
        """The cells as they were sorted before they were divided."""
        return self.division.zoning

    def grids(self, borders: Borders) -> gpd.GeoDataFrame:
        """Draw up the table of the grids, in the order of their codes."""
        count = len(self.codes)
        households = np.bincount(self.grid_of, self.zoning.households, count).astype(np.int64)
        zone = self._zones()
        kinds = np.where(zone >= 0, "dedicated", np.where(households > 0, "general", "empty"))
        verdicts = self._verdicts(kinds)
        frontage = trace_borders(self.ground, self.grid_of)
        surrounding = find_surrounding(self.ground, self.grid_of)
        evidence = Evidence(
            self.community,
            self.ground,
            self.zoning,
            self.division.window,
            self.division.present,
            self.grid_of,
            self.codes,
            frontage,
            borders,
            surrounding,
            is_locked=self.heritage.is_locked,
            keeps_rule=np.array([verdict.status == "ok" for verdict in verdicts], bool),
        )
        codes = [*self.codes, ""]  # the last is of no grid
        columns = {
            "name": self._names(zone),
            "kind": kinds.astype(object),
            "community_code": str(self.community.code),
            "households": households,
            "persons": np.bincount(self.grid_of, self.zoning.persons, count).astype(np.int64),
            **self._load_sums(),
            "buildings": np.bincount(self.grid_of[self.ground.cell_of], minlength=count),
            "area_m2": shapely.area(self.areas),
            "clear_share": borders.clear_share,
            "compactness": measure_compactness(self.areas),
            "neck_m": measure_necks(self.areas),
            "enclosed_by": [str(codes[grid]) for grid in surrounding.tolist()],
            "worker": self._owners(zone),
            "status": [verdict.status for verdict in verdicts],
            "reason": [verdict.reason.to_json() if verdict.reason else "" for verdict in verdicts],
            "bounds": [line.to_json() for line in describe_bounds(frontage, self.codes)],
            "why": [line.to_json() for line in explain_grids(evidence)],
        }
        index = pd.Index(self.codes, name=DRAWN_GRIDS.index)
        return gpd.GeoDataFrame(columns, index=index, geometry=self.areas, crs=self.community.crs)

    def assignment(self) -> gpd.GeoDataFrame:
        """Draw up the table of the buildings, in the community's order."""
        buildings = self.community.buildings
        codes = np.array(self.codes, object)[self.grid_of[self.ground.cell_of]]
        columns = {
            "grid_code": codes,
            "micro_code": "",
            "households": buildings["households"].to_numpy(),
            "persons": buildings["persons"].to_numpy(),
            **{name: buildings[name].to_numpy(float) for name in self._loads},
        }
        index = buildings.index.rename(ASSIGNMENT.index)
        points = anchors(buildings).to_numpy()
        return gpd.GeoDataFrame(columns, index=index, geometry=points, crs=self.community.crs)

    def ties(self) -> tuple[Fault, ...]:
        """List buildings exactly on a border, with the grid that got them."""
        buildings, points = self.community.buildings, anchors(self.community.buildings)
        return tuple(
            Fault(
                "buildings",
                None,
                "tie_border",
                "noted",
                {
                    "building": str(buildings.index[place]),
                    "code": self.codes[self.grid_of[self.ground.cell_of[place]]],
                },
                points.iloc[place],
            )
            for place in self.ground.ties.tolist()
        )

    def linked_grids(self) -> tuple[Fault, ...]:
        """List grids in pieces that declared links join."""
        pieces = shapely.get_num_geometries(self.areas)
        return tuple(
            Fault(
                "grids",
                None,
                "grid_linked",
                "noted",
                {"code": self.codes[grid], "pieces": int(pieces[grid])},
                self.areas[grid],
            )
            for grid in np.flatnonzero((pieces > 1) & ~self.heritage.is_kept).tolist()
        )

    @property
    def _loads(self) -> list[str]:
        return load_columns(band.name for band in self.division.window.others)

    def _load_sums(self) -> dict[str, np.ndarray]:
        """Add up the further loads by grid."""
        loads = zip(self._loads, self.zoning.loads.T, strict=True)
        return {name: np.bincount(self.grid_of, load, len(self.codes)) for name, load in loads}

    def _zones(self) -> np.ndarray:
        zone = np.full(len(self.codes), -1)
        zone[self.grid_of] = self.zoning.zone
        return zone

    def _verdicts(self, kinds: np.ndarray) -> list[Verdict]:
        judge = Judge(
            self.community,
            self.ground,
            self.zoning,
            self.grid_of,
            self.division.window,
            is_cut_short=self.division.is_cut_short,
            is_kept=self.heritage.is_kept,
        )
        verdicts = [
            judge.verdict(grid) if kind == "general" else Verdict("ok")
            for grid, kind in enumerate(kinds)
        ]
        locked, others = Message("plan.kept_locked"), Message("plan.kept_unselected")
        for grid in np.flatnonzero(self.heritage.is_kept).tolist():
            if verdicts[grid].status != "ok":
                reason = locked if self.heritage.is_locked[grid] else others
                verdicts[grid] = replace(verdicts[grid], reason=reason)
        return verdicts

    def _names(self, zone: np.ndarray) -> list[str]:
        community = self.community.name or str(self.community.code)
        called = zip(self.heritage.names, self.heritage.numbers, strict=True)
        names = [str(name) or f"{community} {number:03d}" for name, number in called]
        for grid, name in self._dedicated(zone, "name").items():
            names[grid] = name or names[grid]
        return names

    def _owners(self, zone: np.ndarray) -> list[str]:
        owners = find_owners(self.community, self.grid_of[self.ground.cell_of], len(self.codes))
        for grid, owner in self._dedicated(zone, "owner").items():
            owners[grid] = owner or owners[grid]
        return owners

    def _dedicated(self, zone: np.ndarray, column: str) -> dict[int, str]:
        values = self.community.dedicated[column].to_numpy(object)
        area_of_zone = self.zoning.area_of_zone
        return {
            int(grid): str(values[area_of_zone[zone[grid]]]) for grid in np.flatnonzero(zone >= 0)
        }
