"""What a plan came to: in a few sentences, and under the names that scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gridmap.messages import Message
from gridmap.plan.loads import keep_loads
from gridmap.plan.metrics import count_odd_shapes
from gridmap.plan.reasons import is_proven
from gridmap.schema import load_columns

if TYPE_CHECKING:
    from pandas import Series

    from gridmap.cli.terminal import Terminal
    from gridmap.plan.model import Draft, Objective

TELLING_GAP: Final = 0.25
"""A plan that could be better by more than this share is not said to be near to the best."""


def show_plan(terminal: Terminal, draft: Draft, *, plan_id: int | None = None) -> None:
    """Show what a plan came to: as JSON, or as a few sentences."""
    identity = {} if plan_id is None else {"plan": plan_id}
    terminal.answer(identity | summary_of(draft, terminal))
    tally = tally_plan(draft)
    terminal.say("planned", **tally)
    _say_gap(draft.figures.objective_gap, terminal)
    for code, grid in out_of_rule(draft):
        reason = Message.from_json(grid["reason"]).text(terminal.language)
        terminal.say("out_of_band", code=code, households=int(grid["households"]), reason=reason)
    if len(draft.microgrids):
        terminal.say("nested", **tally_microgrids(draft))
    if draft.figures.objective is not None:
        terminal.say("objective", **tally_objective(draft.figures.objective))
    if draft.figures.moved_households is not None:
        terminal.say("moved", households=draft.figures.moved_households)
    terminal.show_balance(draft.balance)


def _say_gap(gap: float | None, terminal: Terminal) -> None:
    """Say how far a plan can be from the best there is, where that says anything."""
    if gap == 0:
        terminal.say("proven_best")
    elif gap is not None and gap <= TELLING_GAP:
        terminal.say("proven_gap", gap=f"{gap:.1%}")


def summary_of(draft: Draft, terminal: Terminal) -> dict[str, Any]:
    """Give what a plan came to, under the names that scripts rely on."""
    grids, figures, in_band = draft.grids, draft.figures, _general_in_band(draft)
    asked: dict[str, Any] = {}
    if len(draft.microgrids):
        tally = tally_microgrids(draft)
        asked["microgrids"] = tally["microgrids"]
        asked["microgrids_in_band_share"] = tally["in_band"] / tally["microgrids"]
    if figures.moved_households is not None:
        asked["moved_households"] = figures.moved_households
    if figures.objective is not None:
        asked["objective"] = figures.objective.to_dict()
    return asked | {
        "grids": len(grids),
        "households": int(grids["households"].sum()),
        "ledger": draft.balance.to_dict(),
        "in_band_share": float(in_band.mean()) if len(in_band) else 1.0,
        "out_of_band": [
            {
                "grid_code": str(code),
                "households": int(grid["households"]),
                "proven": is_proven(Message.from_json(grid["reason"])),
                **_further(draft, grid),
                "reason": Message.from_json(grid["reason"]).text(terminal.language),
            }
            for code, grid in out_of_rule(draft)
        ],
        "clear_share": figures.clear_share,
        "split_compounds": figures.split_compounds,
        "compactness": float(grids["compactness"].mean()),
        **count_odd_shapes(grids),
        "contiguous": bool((grids.geom_type == "Polygon").all()),
        "cut_cost": figures.cut_cost,
        "lower_bound": figures.lower_bound,
        "objective_gap": figures.objective_gap,
        "seconds": {step: round(spent, 3) for step, spent in figures.seconds.items()},
        "estimated_households": draft.balance.estimated_households,
    }


def tally_plan(draft: Draft) -> dict[str, str | int | float | Message]:
    """Count what the summary of a plan says."""
    in_band = _general_in_band(draft)
    return {
        "grids": len(draft.grids),
        "households": int(draft.grids["households"].sum()),
        "general": len(in_band),
        "in_band": int(in_band.sum()),
        "low": draft.rules.low,
        "high": draft.rules.high,
        "clear": f"{draft.figures.clear_share:.0%}",
    }


def tally_objective(objective: Objective) -> dict[str, str]:
    """Say each term of the objective in whole points."""
    return {name: f"{points:,.0f}" for name, points in objective.to_dict().items()}


def tally_microgrids(draft: Draft) -> dict[str, int]:
    """Count what the summary of a plan says of its micro-grids."""
    low, high = draft.rules.micro_low, draft.rules.micro_high
    in_band = draft.microgrids["households"].between(low, high)
    return {
        "microgrids": len(draft.microgrids),
        "in_band": int(in_band.sum()),
        "low": low,
        "high": high,
    }


def out_of_rule(draft: Draft) -> list[tuple[str, Any]]:
    """List the grids that break the rule."""
    return list(draft.grids[draft.grids["status"] != "ok"].iterrows())


def _general_in_band(draft: Draft) -> Series:
    """Tell for each general grid whether its households, and all further loads, are in band."""
    general = draft.grids[draft.grids["kind"] == "general"]
    in_band = general["households"].between(draft.rules.low, draft.rules.high)
    return in_band & keep_loads(general, draft.rules)


def _further(draft: Draft, grid: Any) -> dict[str, Any]:  # noqa: ANN401 (a row of the grids)
    """Give the further loads of a grid, where the rule has any."""
    columns = load_columns(draft.rules.load_names)
    loads = zip(draft.rules.load_names, columns, strict=True)
    return {"loads": {name: float(grid[column]) for name, column in loads}} if columns else {}
