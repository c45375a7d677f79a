"""
One community from layers to plan: the whole story in one file. Read this first.

Barriers cut the community into blocks and the blocks into cells (:mod:`gridmap.ground`); dedicated
areas are carved out and what must stay together is melted (:mod:`gridmap.plan.zoning`); the rest
is divided so that every part keeps the rule (:mod:`gridmap.plan.partition`), and as well as can be
where that can be proven (:mod:`gridmap.plan.proof`); cells dissolve into grids, which get codes,
owners, figures and, where the rule is broken, a reason.

Communities are independent: each has a random generator seeded by its own code, so a thousand
together are planned exactly as each would be alone, on any number of processes.
"""

from __future__ import annotations

import time
import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.ground.adjacency import Ground, build_ground
from gridmap.plan.drawing import Division, draw_grids
from gridmap.plan.metrics import count_split, measure_borders
from gridmap.plan.microgrids import align_microgrids, nest_microgrids
from gridmap.plan.model import (
    MICROGRIDS,
    CommunityPlan,
    Draft,
    Figures,
    Objective,
)
from gridmap.plan.nesting import build_nest, reconcile_levels
from gridmap.plan.partition import Search, Weights, Window, partition, score_division
from gridmap.plan.polygons import align_borders
from gridmap.plan.present import (
    continue_grids,
    find_present,
)
from gridmap.plan.proof import Assurance, assure
from gridmap.plan.repair import redraw
from gridmap.plan.shapes import mend_shapes
from gridmap.plan.zoning import zone_ground

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyproj import CRS

    from gridmap.layers.balance import BalanceSheet
    from gridmap.plan.nesting import Nest
    from gridmap.rules import Alternative, Rules
    from gridmap.schema import Community, Fault

ROUNDING: Final = 1e-6
"""A smaller share of the objective is none."""


def plan_community(
    community: Community,
    *,
    rules: Rules,
    seed: int = 0,
    deadline_s: float = float("inf"),
    with_microgrids: bool = False,
    alternative: Alternative | None = None,
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
        Divide the grids once more, into micro-grids, and draw the grids so that these fit.
    alternative
        What to put first; None goes by the rule.

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
    nest = None
    if with_microgrids:
        nest = build_nest(community, ground, rules, seed=seed, deadline_s=deadline_s)
    search = Search(Window.of(rules), dice, deadline_s, Weights.of(rules))
    leaning = replace(search, weights=Weights.of(rules.leaning(alternative)))
    division = _divide(community, ground, search, leaning, nest)
    clock.stop("partition")
    drawing = draw_grids(community, ground, division, rules)
    borders = measure_borders(ground, drawing.grid_of)
    grids, assignment = drawing.grids(borders), drawing.assignment()
    microgrids = MICROGRIDS.empty(community.crs)
    clock.stop("polygons")
    if nest is not None:
        microgrids, assignment["micro_code"] = nest_microgrids(
            community, ground, drawing.grid_of, drawing.codes, nest, rules
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
        objective=_objective(division, rules, drawing.heritage.moved_households),
        seconds=clock.seconds,
        moved_households=drawing.heritage.moved_households,
        alternative=alternative,
        lower_bound=division.assurance.lower_bound,
        objective_bound=division.assurance.objective_bound,
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
        lower_bound=_sum([plan.lower_bound for plan in plans]),
        objective_gap=_gap(plans),
        moved_households=_moved(plans),
        objective=sum((plan.objective for plan in plans), Objective()),
        alternative=plans[0].alternative,
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


def _divide(
    community: Community, ground: Ground, search: Search, leaning: Search, nest: Nest | None
) -> Division:
    """
    Divide the ground: afresh, or from the grids there are.

    Afresh it is done once more if the search is to lean, and then so that micro-grids fit in.
    """
    zoning = zone_ground(ground, community, search.window)
    present, kept = find_present(community, ground), dict[int, int]()
    if present is None:
        sure = assure(zoning.graph, search, partition(zoning.graph, search))
        labels = sure.labels
        if leaning.weights != search.weights:
            labels = redraw(zoning.graph, labels, leaning)
        labels = mend_shapes(ground, zoning, labels, leaning)
        if nest is not None:
            labels = reconcile_levels(nest, zoning, labels, leaning)
        sure = replace(sure, labels=labels)
    else:
        zoning, labels, kept = continue_grids(present, community, ground, zoning, leaning)
        sure = Assurance(labels)
    general = int(labels.max(initial=-1)) + 1
    grid_of = np.where(zoning.zone < 0, _at(labels, zoning.atom), general + zoning.zone)
    return Division(zoning, search.window, grid_of, present, kept, search.is_over, sure)


def _objective(division: Division, rules: Rules, moved_households: int | None) -> Objective:
    """Weigh a division by the rule itself, whatever it was searched by, and add who moves."""
    graph, weights = division.zoning.graph, Weights.of(rules)
    score = score_division(graph, division.assurance.labels, division.window, weights)
    moved = rules.weight_moved * (moved_households or 0)
    return Objective(score.cut, score.size, score.shape, score.split, moved)


def _at(labels: np.ndarray, atom: np.ndarray) -> np.ndarray:
    return labels[atom] if len(labels) else np.full(len(atom), -1)


def _moved(plans: Sequence[CommunityPlan]) -> int | None:
    moved = [plan.moved_households for plan in plans if plan.moved_households is not None]
    return sum(moved) if moved else None


def _sum(numbers: Sequence[float | None]) -> float | None:
    """Add up, if all is known."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known and len(known) == len(numbers) else None


def _gap(plans: Sequence[CommunityPlan]) -> float | None:
    """Say which share of the objective of all plans may be too much."""
    value = sum(plan.objective.value - plan.objective.moved for plan in plans)
    least = _sum([plan.objective_bound for plan in plans])
    if least is None:
        return None
    return (value - least) / value if value - least > ROUNDING * value else 0.0


@dataclass(slots=True)
class _Clock:
    """Seconds by step."""

    seconds: dict[str, float] = field(default_factory=dict)
    since: float = field(default_factory=time.perf_counter)

    def stop(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step] = self.seconds.get(step, 0.0) + now - self.since
        self.since = now
