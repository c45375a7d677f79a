"""
Is a plan true: nobody missing, nobody twice, no ground in two grids.

The draft is looked at as it is, with its own polygons and points; no figure of the planner is
taken on trust.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gridmap.crs import PRECISION_M
from gridmap.plan.loads import keep_loads
from gridmap.schema import Fault, load_columns

if TYPE_CHECKING:
    from gridmap.layers.balance import BalanceSheet
    from gridmap.plan.model import Draft

REACH_M: Final = 10 * PRECISION_M
"""An anchor this near to its grid is in it: moving to and from degrees costs that much."""


ROUNDING: Final = 1e-6
"""Further loads need not be whole numbers, and come to a little more or less in another order."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found; each finding is one thing that must not be."""

    balance: BalanceSheet
    findings: tuple[Fault, ...]

    @property
    def passes(self) -> bool:
        """Is nobody missing and nothing wrong."""
        return self.balance.is_balanced and not self.findings


def audit_draft(draft: Draft) -> Audit:
    """
    Look through a draft.

    1. The bins add up to the ledger, and the grids to what was placed. 2. Every building is in
    one grid that exists, and lies in it. 3. Every grid counts its buildings and what they hold.
    4. Grids neither overlap nor differ along a shared border, and each is in one piece, but for
    declared links. 5. A general grid that breaks the rule says why.

    Parameters
    ----------
    draft
        Of any origin.

    Returns
    -------
    audit
        With every finding, in the order above.
    """
    draft = draft.counted()
    findings = [
        *_lost_households(draft),
        *_misplaced_buildings(draft),
        *_wrong_counts(draft),
        *_broken_grids(draft),
        *_silent_grids(draft),
    ]
    return Audit(draft.balance, tuple(findings))


def _lost_households(draft: Draft) -> list[Fault]:
    if draft.balance.is_balanced:
        return []
    sheet = draft.balance
    return [
        _finding(
            "not_balanced",
            ledger=sheet.ledger_households,
            bins=sum(sheet.households.values()),
            placed=sheet.households["placed"],
            grids=sheet.grid_households if sheet.grid_households is not None else "–",
        )
    ]


def _misplaced_buildings(draft: Draft) -> list[Fault]:
    assigned = draft.assignment
    codes = assigned["grid_code"]
    known = codes.isin(draft.grids.index)
    findings = [
        _finding("grid_unknown", building=str(building), code=str(code))
        for building, code in codes[~known].items()
    ]
    twice = assigned.index[assigned.index.duplicated()]
    findings += [_finding("building_twice", building=str(building)) for building in twice]
    inside = assigned[known]
    homes = draft.grids.geometry.reindex(inside["grid_code"]).to_numpy()
    away = ~shapely.dwithin(homes, inside.geometry.to_numpy(), REACH_M)
    return findings + [
        _finding("building_elsewhere", building=str(building), code=str(code))
        for building, code in inside.loc[away, "grid_code"].items()
    ]


def _wrong_counts(draft: Draft) -> list[Fault]:
    by_grid = draft.assignment.groupby("grid_code")
    loads = ["households", "persons", *load_columns(draft.rules.load_names)]
    held = by_grid[loads].sum().assign(buildings=by_grid.size())
    held = held.reindex(draft.grids.index, fill_value=0)
    said = draft.grids[[*loads, "buildings"]]
    wrong = ((held - said).abs() > ROUNDING).any(axis=1)
    return [
        _finding(
            "count_wrong",
            code=str(code),
            said=int(said.loc[code, "households"]),
            held=int(held.loc[code, "households"]),
        )
        for code in draft.grids.index[wrong]
    ]


def _broken_grids(draft: Draft) -> list[Fault]:
    areas = draft.grids.geometry.to_numpy()
    linked = {str(fault.fields["code"]) for fault in draft.faults if fault.kind == "grid_linked"}
    findings = [
        _finding("grid_in_pieces", code=str(code), pieces=int(pieces))
        for code, pieces in zip(draft.grids.index, shapely.get_num_geometries(areas), strict=True)
        if pieces > 1 and code not in linked
    ]
    if shapely.coverage_is_valid(areas):
        return findings
    edges = shapely.coverage_invalid_edges(areas)
    faulty = np.flatnonzero(~shapely.is_empty(edges))
    return findings + [_finding("border_unclean", code=str(draft.grids.index[at])) for at in faulty]


def _silent_grids(draft: Draft) -> list[Fault]:
    grids, rules = draft.grids, draft.rules
    in_band = grids["households"].between(rules.low, rules.high)
    kept = in_band & (grids["persons"] <= rules.persons_cap) & keep_loads(grids, rules)
    silent = (grids["kind"] == "general") & ~kept & (grids["reason"] == "")
    return [_finding("reason_missing", code=str(code)) for code in grids.index[silent]]


def _finding(kind: str, **fields: str | int) -> Fault:
    return Fault("plan", None, kind, "refused", fields)
