"""`gridmap check --control FILE`: the homes of a folder against totals that others counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridmap.layers.control import (
    compare_control,
    control_faults,
    read_control,
    summary,
)

if TYPE_CHECKING:
    from pathlib import Path

    from gridmap.cli.terminal import Terminal
    from gridmap.layers.control import Census
    from gridmap.layers.ledger import Ledger
    from gridmap.schema import Fault, Layers


def count_census(
    control: Path | None, layers: Layers, ledger: Ledger, faults: tuple[Fault, ...]
) -> tuple[Census | None, tuple[Fault, ...]]:
    """Count the placed homes in the cells of `control`, if there is one, and add what differs."""
    if control is None:
        return None, faults
    cells = read_control(control, crs=layers.metric_crs)
    census = compare_control(ledger.buildings, cells, communities=layers.communities)
    # The control may lie in the same folder, where it is no layer and need not be one.
    unread = ("not_a_layer", control.name)
    others = [fault for fault in faults if (fault.kind, fault.layer) != unread]
    return census, (*others, *control_faults(census))


def show_census(terminal: Terminal, census: Census | None) -> None:
    """Say how far the homes agree with their control, if there is one."""
    if census is not None:
        terminal.tell(summary(census).text(terminal.language))


def census_document(census: Census | None) -> dict[str, Any]:
    """Give what `--json` says of a census; nothing where there is none."""
    if census is None:
        return {}
    cells = census.cells[["row", "counted", "control", "difference", "allowed", "agrees"]]
    told = {
        "counted": census.counted,
        "control": census.control,
        "drift": census.drift,
        "agrees": census.total_agrees,
        "agreeing_cells": census.agreeing,
        "elsewhere": census.elsewhere,
        "cells": cells.to_dict("records"),
    }
    return {"control": told}
