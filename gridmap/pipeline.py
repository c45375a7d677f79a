"""
One community from layers to plan: the whole story in one file. Read this first.

Barriers cut the community into blocks and the blocks into cells (:mod:`gridmap.ground`); dedicated
areas are carved out and what must stay together is melted (:mod:`gridmap.plan.zoning`); the rest
is divided so that every part keeps the rule (:mod:`gridmap.plan.partition`); cells dissolve into
grids, which get codes, owners, figures and, where the rule is broken, a reason.

Communities are independent: each has a random generator seeded by its own code, so a thousand
together are planned exactly as each would be alone, on any number of processes.
"""

from __future__ import annotations

import time
import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.codes import profile_for
from gridmap.ground.adjacency import Ground, build_ground
from gridmap.messages import Message
from gridmap.plan.bounds import describe_bounds
from gridmap.plan.metrics import count_split, measure_borders, measure_compactness
from gridmap.plan.microgrids import Nesting, align_microgrids, nest_microgrids
from gridmap.plan.model import (
    ASSIGNMENT,
    DRAWN_GRIDS,
    MICROGRIDS,
    CommunityPlan,
    Draft,
    Figures,
)
from gridmap.plan.owners import find_owners
from gridmap.plan.partition import Search, Window, partition
from gridmap.plan.polygons import align_borders, dissolve_cells
from gridmap.plan.present import (
    Heritage,
    Present,
    continue_grids,
    find_present,
    inherit_codes,
    number_grids,
)
from gridmap.plan.reasons import Judge, Verdict
from gridmap.plan.zoning import Zoning, zone_ground
from gridmap.schema import Fault, anchors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyproj import CRS

    from gridmap.layers.balance import BalanceSheet
    from gridmap.rules import Rules
    from gridmap.schema import Community, GridCode


def plan_community(
    community: Community,
    *,
    rules: Rules,
    seed: int = 0,
    deadline_s: float = float("inf"),
    with_microgrids: bool = False,
) -> CommunityPlan:
    """
    Divide one community into grids.

    Parameters
    ----------
    community
        With every household settled in its buildings, in metres.
    rules
        What a good plan is.
    seed
        The same community, rule and seed give the same plan to the bit.
    deadline_s
        On the monotonic clock: when to stop looking for better plans. Then the best so far is
        returned, which keeps every hard rule all the same.
    with_microgrids
        Divide the grids once more, into micro-grids.

    Returns
    -------
    plan
        Its grids tile the community; every building is in exactly one of them; each is in one
        piece, but for declared links. A grid out of the rule says why.

    Raises
    ------
    CodesExhaustedError
        If the code profile cannot number so many grids.
    """
    clock = _Clock()
    ground = build_ground(community)
    clock.stop("ground")
    dice = np.random.default_rng([seed, zlib.crc32(community.code.encode())])
    division = _divide(community, ground, Search(Window.of(rules), dice, deadline_s))
    clock.stop("partition")
    drawing = _draw(community, ground, division, rules)
    borders = measure_borders(ground, drawing.grid_of)
    grids, assignment = drawing.grids(), drawing.assignment()
    microgrids = MICROGRIDS.empty(community.crs)
    clock.stop("polygons")
    if with_microgrids:
        nesting = Nesting(rules, seed, deadline_s)
        microgrids, assignment["micro_code"] = nest_microgrids(
            community, ground, drawing.grid_of, drawing.codes, nesting
        )
        clock.stop("partition")
    return CommunityPlan(
        community=community.code,
        grids=grids,
        assignment=assignment,
        microgrids=microgrids,
        faults=(*drawing.ties(), *drawing.linked_grids()),
        border_m=borders.total_m,
        clear_m=borders.total_clear_m,
        cut_cost=borders.cut_cost,
        split_compounds=count_split(drawing.grid_of, division.zoning.compound),
        seconds=clock.seconds,
        moved_households=drawing.heritage.moved_households,
    )


def assemble_draft(
    plans: Sequence[CommunityPlan],
    *,
    balance: BalanceSheet,
    faults: tuple[Fault, ...],
    rules: Rules,
    seed: int,
    crs: CRS,
) -> Draft:
    """
    Lay the plans of communities side by side.

    Parameters
    ----------
    plans
        One a community, in the same metric CRS.
    balance
        Of the ledger whose households the plans share out.
    faults
        What was found before planning.
    rules, seed
        What they were planned with.
    crs
        To write the draft in.

    Returns
    -------
    draft
        Neighbouring grids share their border to the bit across community lines too; what the
        grids hold stands beside the ledger.
    """
    clock = _Clock()
    grids = pd.concat([plan.grids for plan in plans])
    microgrids = align_microgrids(pd.concat([plan.microgrids for plan in plans]), grids)
    areas = align_borders(grids.geometry.to_numpy(), grids["community_code"].to_numpy(object))
    grids = grids.set_geometry(gpd.GeoSeries(areas, index=grids.index, crs=grids.crs))
    grids["area_m2"] = shapely.area(areas)
    clock.stop("polygons")
    border_m = sum(plan.border_m for plan in plans)
    seconds = dict.fromkeys(("read", "ground", "partition", "polygons", "write"), 0.0)
    for each in (*(plan.seconds for plan in plans), clock.seconds):
        for step, spent in each.items():
            seconds[step] += spent
    figures = Figures(
        cut_cost=sum(plan.cut_cost for plan in plans),
        clear_share=sum(plan.clear_m for plan in plans) / border_m if border_m else 1.0,
        split_compounds=sum(plan.split_compounds for plan in plans),
        seconds=seconds,
        moved_households=_moved(plans),
    )
    draft = Draft(
        grids=grids,
        assignment=pd.concat([plan.assignment for plan in plans]).sort_index(),
        microgrids=microgrids,
        faults=(*faults, *(fault for plan in plans for fault in plan.faults)),
        balance=balance,
        rules=rules,
        seed=seed,
        crs=crs,
        figures=figures,
    )
    return draft.counted()


@dataclass(frozen=True, slots=True)
class _Division:
    """Which cells belong together: the grid of each cell, in no order yet, and how it was found."""

    zoning: Zoning
    window: Window
    grid_of: np.ndarray
    present: Present | None
    locked: dict[int, int]
    is_cut_short: bool


def _divide(community: Community, ground: Ground, search: Search) -> _Division:
    """Divide the ground: afresh, or from the grids there are."""
    zoning = zone_ground(ground, community, search.window)
    present, locked = find_present(community, ground), dict[int, int]()
    if present is None:
        labels = partition(zoning.graph, search)
    else:
        zoning, labels, locked = continue_grids(present, community, ground, zoning, search)
    general = int(labels.max(initial=-1)) + 1
    grid_of = np.where(zoning.zone < 0, _at(labels, zoning.atom), general + zoning.zone)
    return _Division(zoning, search.window, grid_of, present, locked, search.is_over)


def _draw(community: Community, ground: Ground, division: _Division, rules: Rules) -> _Drawing:
    """Dissolve cells into grids and put these in the order of their codes."""
    grid_of, profile = division.grid_of, profile_for(community.code, rules.code_profile)
    areas = dissolve_cells(ground.cells.geometry.to_numpy(), grid_of)
    heritage = number_grids(areas, moved_households=None if community.present is None else 0)
    if division.present is not None:
        heritage = inherit_codes(
            division.present, grid_of, areas, division.locked, community, profile
        )
    order = np.argsort(heritage.numbers)
    heritage = heritage.put_in_order(order)
    codes = [profile.format(community.code, number) for number in heritage.numbers.tolist()]
    return _Drawing(
        community, ground, division, np.argsort(order)[grid_of], areas[order], codes, heritage
    )


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Everything known about the grids of one community, ready to be put into tables."""

    community: Community
    ground: Ground
    division: _Division
    grid_of: np.ndarray
    areas: np.ndarray
    codes: list[GridCode]
    heritage: Heritage

    @property
    def zoning(self) -> Zoning:
        """The cells as they were sorted before they were divided."""
        return self.division.zoning

    def grids(self) -> gpd.GeoDataFrame:
        """Draw up the table of the grids, in the order of their codes."""
        count = len(self.codes)
        borders = measure_borders(self.ground, self.grid_of)
        households = np.bincount(self.grid_of, self.zoning.households, count).astype(np.int64)
        zone = self._zones()
        kinds = np.where(zone >= 0, "dedicated", np.where(households > 0, "general", "empty"))
        verdicts = self._verdicts(kinds)
        bounds = describe_bounds(self.ground, self.grid_of, self.codes)
        columns = {
            "name": self._names(zone),
            "kind": kinds.astype(object),
            "community_code": str(self.community.code),
            "households": households,
            "persons": np.bincount(self.grid_of, self.zoning.persons, count).astype(np.int64),
            "buildings": np.bincount(self.grid_of[self.ground.cell_of], minlength=count),
            "area_m2": shapely.area(self.areas),
            "clear_share": borders.clear_share,
            "compactness": measure_compactness(self.areas),
            "worker": self._owners(zone),
            "status": [verdict.status for verdict in verdicts],
            "reason": [verdict.reason.to_json() if verdict.reason else "" for verdict in verdicts],
            "bounds": [message.to_json() for message in bounds],
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
            for grid in np.flatnonzero((pieces > 1) & ~self.heritage.is_locked).tolist()
        )

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
        )
        verdicts = [
            judge.verdict(grid) if kind == "general" else Verdict("ok")
            for grid, kind in enumerate(kinds)
        ]
        for grid in np.flatnonzero(self.heritage.is_locked).tolist():
            if verdicts[grid].status != "ok":
                verdicts[grid] = replace(verdicts[grid], reason=Message("plan.kept_locked"))
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


def _at(labels: np.ndarray, atom: np.ndarray) -> np.ndarray:
    return labels[atom] if len(labels) else np.full(len(atom), -1)


def _moved(plans: Sequence[CommunityPlan]) -> int | None:
    moved = [plan.moved_households for plan in plans if plan.moved_households is not None]
    return sum(moved) if moved else None


@dataclass(slots=True)
class _Clock:
    """Seconds by step."""

    seconds: dict[str, float] = field(default_factory=dict)
    since: float = field(default_factory=time.perf_counter)

    def stop(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step] = self.seconds.get(step, 0.0) + now - self.since
        self.since = now
