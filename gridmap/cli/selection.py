"""Which of the grids that a plan goes on from are to be redrawn, when not just any may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridmap.errors import InputError
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geopandas import GeoDataFrame

    from gridmap.cli.terminal import Terminal
    from gridmap.plan.model import Draft


def choose_grids(present: GeoDataFrame | None, codes: Sequence[str]) -> frozenset[str]:
    """Take the grids that are named; refuse those that there are not, and those that are locked."""
    if not codes:
        return frozenset()
    if present is None:
        raise InputError(Fault("plan", None, "only_without_from", "refused"))
    chosen = frozenset(codes)
    unknown = sorted(chosen - set(present.index))
    locked = sorted(chosen & set(present.index[present["locked"]]))
    faults = [
        Fault("grids", None, kind, "refused", {"codes": ", ".join(wrong)})
        for kind, wrong in (("only_unknown", unknown), ("only_locked", locked))
        if wrong
    ]
    if faults:
        raise InputError(*faults)
    return chosen


def show_selection(terminal: Terminal, draft: Draft, codes: Sequence[str]) -> None:
    """Say that grids which were to be redrawn stay, if so: silence would look like a fault."""
    if codes and draft.figures.moved_households == 0:
        terminal.say("selection_stays", weight=f"{draft.rules.weight_moved:g}")
