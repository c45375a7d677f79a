"""Three plans of the same layers beside each other, and what each of them costs."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gridmap.cli.files import layers_key, settle, town_of
from gridmap.cli.planning import plan_town
from gridmap.cli.summary import summary_of
from gridmap.jobs.town import spool_for
from gridmap.messages import Message
from gridmap.plan.metrics import spread_sizes
from gridmap.planfile import require_ending, write_draft
from gridmap.store.fingerprints import grids_fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from gridmap.cli.files import Wishes
    from gridmap.cli.terminal import Terminal
    from gridmap.plan.model import Draft
    from gridmap.rules import Alternative

OTHERS: Final[tuple[Alternative, ...]] = ("most_even", "clearest_borders")
"""After the one that changes least; each is drawn afresh, but for grids that are locked."""


@dataclass(frozen=True, slots=True)
class _Found:
    """An alternative that is planned: its file, and what it came to."""

    alternative: Alternative
    file: Path
    figures: dict[str, Any]


def plan_alternatives(
    terminal: Terminal, source: Path, out: Path, wishes: Wishes, *, mapping: Path | None
) -> None:
    """Plan a layer folder in three ways, into files beside `out`; they share the time limit."""
    rules = wishes.rules()
    require_ending(out)
    layers, ledger = settle(terminal, source, mapping=mapping, rules=rules)
    present, wrong = wishes.find_grids(layers.grids, layers.metric_crs)
    if present is None and len(layers.grids):
        present = layers.grids
    first: Alternative = "by_rule" if present is None else "least_change"
    files = {name: _beside(out, name) for name in (first, *OTHERS)}
    what = {"town": layers_key(layers, ledger), "grids": grids_fingerprint(present)}
    if wishes.time_limit_s is not None:
        wishes = replace(wishes, time_limit_s=wishes.time_limit_s / len(files))
    found: list[_Found] = []
    with ExitStack() as kept:  # a spool goes when all are done: a killed run loses none of them
        for name, file in files.items():
            redrawn = frozenset() if present is None or name == first else frozenset(present.index)
            town = town_of(layers, ledger, present, redrawn=redrawn, faults=wrong)
            key = wishes.key(rules, **what, alternative=name)
            folder = file.with_name(f"{file.name}.part")
            spool = kept.enter_context(spool_for(folder, town.codes, key))
            started = time.perf_counter()
            order = replace(wishes.order(rules, town.buildings), alternative=name)
            draft = plan_town(terminal, town, order, spool)
            write_draft(draft, file, language=terminal.language)
            figures = _figures(draft, terminal, time.perf_counter() - started)
            found.append(_Found(name, file, figures))
    _show(terminal, found)


def _beside(out: Path, alternative: Alternative) -> Path:
    return out.with_name(f"{out.stem}-{alternative.replace('_', '-')}{out.suffix}")


def _figures(draft: Draft, terminal: Terminal, spent_s: float) -> dict[str, Any]:
    """Give the summary of a plan, with what only a comparison needs."""
    moved = draft.figures.moved_households
    return summary_of(draft, terminal) | {
        "moved_households": moved,
        "size_spread": round(spread_sizes(draft.grids, draft.rules.target), 2),
        "elapsed_s": round(spent_s, 2),
    }


def _show(terminal: Terminal, found: list[_Found]) -> None:
    """Lay the alternatives side by side, a column each."""
    told = [{"alternative": one.alternative, "file": str(one.file), **one.figures} for one in found]
    terminal.answer({"alternatives": told})
    columns = [_texts(one.figures) for one in found]
    rows = [
        [Message(f"cli.compared_{name}").text(terminal.language), *(one[name] for one in columns)]
        for name in columns[0]
    ]
    terminal.show_table(["alternative", *(one.alternative for one in found)], rows)
    if found[0].alternative == "by_rule":
        terminal.say("no_grids_to_change")
    for one in found:
        terminal.say("written", file=str(one.file))


def _texts(figures: dict[str, Any]) -> dict[str, str]:
    """Say each figure that is compared, in the order of the table."""
    moved, objective = figures["moved_households"], figures["objective"]
    return {
        "grids": f"{figures['grids']:,}",
        "in_band": f"{figures['in_band_share']:.1%}",
        "moved": "–" if moved is None else f"{moved:,}",
        "spread": f"{figures['size_spread']:.1f}",
        "clear": f"{figures['clear_share']:.1%}",
        "compactness": f"{figures['compactness']:.3f}",
        "cut_cost": f"{figures['cut_cost']:,.0f}",
        "split": f"{figures['split_compounds']:,}",
        "narrow": f"{figures['narrow_grids']:,}",
        "objective": f"{objective['value']:,.0f}",
        "seconds": f"{figures['elapsed_s']:.1f}",
    }
