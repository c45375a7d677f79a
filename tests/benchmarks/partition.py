"""
The partition beside METIS and KaHIP on the same graphs of whole towns, and pictures of its grids.

Run by `make bench`; prints tables, draws the towns it divided, and asserts nothing. Towns of
2,000 and 20,000 buildings; `--all` adds 200,000, `--quick` leaves only the small ones.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from gridmap.plan.partition import Window
from gridmap.plan.partition.warming import warm_up
from gridmap.rules import Rules
from tests.benchmarks.yardstick.peers import methods
from tests.benchmarks.yardstick.pictures import draw_grids
from tests.benchmarks.yardstick.scores import SNAKE, Score, graph_of, score
from tests.benchmarks.yardstick.towns import Town, generate_town, read_town, town_net

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SIZES: Final = (2_000, 20_000)
LARGE: Final = 200_000
SEEDS: Final = (11, 12, 13, 14, 15)
OURS: Final = "gridmap"
RIVAL: Final = "KaHIP strong, connected, 20 %"
BARS: Final = {"best": 0.60, "rival": 0.80, "time": 0.20}
ENOUGH_IN_BAND: Final = 0.95
WIDTH: Final = 140
PICTURES: Final = Path("build/bench")


@dataclass(frozen=True, slots=True)
class Run:
    """One town, one graph of it, and what every method made of it."""

    scores: Mapping[str, Sequence[Score]]

    @property
    def ours(self) -> Score:
        """Ours, of one try."""
        return self.scores[OURS][0]

    def ratios(self) -> Mapping[str, float]:
        """Compare ours with the peers, as the bars do; NaN where no peer qualifies."""
        rival = self.scores[RIVAL][0]
        fair = [
            each.cut_cost
            for name, tries in self.scores.items()
            for each in tries
            if name != OURS and each.in_pieces == 0 and each.in_band >= ENOUGH_IN_BAND
        ]
        return {
            "best": self.ours.cut_cost / min(fair, default=float("nan")),
            "rival": self.ours.cut_cost / rival.cut_cost,
            "time": self.ours.seconds / rival.seconds,
        }


def main() -> None:
    """Measure and print, size by size."""
    words = sys.argv[1:]
    sizes = SIZES[:1] if "--quick" in words else SIZES
    console, window = Console(width=WIDTH), Window.of(Rules())
    warm_up()  # compiling is not dividing
    with tempfile.TemporaryDirectory() as folder:
        for size in (*sizes, *([LARGE] if "--all" in words else [])):
            runs: dict[str, list[Run]] = {"cells": [], "atoms": []}
            for seed in SEEDS[: 1 if size == LARGE else None]:
                town = read_town(generate_town(Path(folder), buildings=size, seed=seed))
                for kind, found in runs.items():
                    found.append(divide(town, kind, window, console))
            for kind, found in runs.items():
                console.print(figures(size, kind, found), bars(found))


def divide(town: Town, kind: str, window: Window, console: Console) -> Run:
    """Let every method divide one graph of a town, and draw what ours made of the cells."""
    net = town_net(town, window) if kind == "atoms" else town_net(town)
    graph, scores = graph_of(net), {}
    for method in methods():
        answers = [method.divide(graph, window, run) for run in range(method.runs)]
        scores[method.name] = [
            score(town, net, each.labels, window, each.seconds) for each in answers
        ]
        if method.name == OURS and kind == "cells":
            grid_of_cell = np.where(net.node_of >= 0, answers[0].labels[net.node_of], -1)
            file = draw_grids(town, grid_of_cell, PICTURES / f"{town.name}.svg")
            console.print(f"{file}: {snakes(scores[OURS][0])}", soft_wrap=True)
    return Run(scores)


def snakes(found: Score) -> str:
    """Say how many grids want a look, and name the worst."""
    worst = np.argsort(found.compactness)[:5]
    named = ", ".join(f"{grid} ({found.compactness[grid]:.2f})" for grid in worst)
    few = int((found.compactness < SNAKE).sum())
    return (
        f"{found.grids} grids, {found.enclaves} of them inside another, "
        f"{few} with Polsby–Popper below {SNAKE}; worst: {named}"
    )


def figures(size: int, kind: str, runs: Sequence[Run]) -> Table:
    """Lay the figures of every method side by side: medians over the runs."""
    nodes = "one node a cell" if kind == "cells" else "compounds that fit melted into one node"
    table = Table(title=f"{size:,} buildings, one graph a town, {nodes}; medians")
    columns = "grids", "in band", "in pieces", "cut cost", "on barrier", "split compounds"
    for column in (
        "method",
        *columns,
        "Polsby–Popper",
        f"below {SNAKE}",
        "enclaves",
        "processor s",
    ):
        table.add_column(column, justify="left" if column == "method" else "right")
    for name in runs[0].scores:
        tries = [each for run in runs for each in run.scores[name]]
        table.add_row(
            name,
            f"{median(each.grids for each in tries):.0f}",
            f"{median(each.in_band for each in tries):.1%}",
            f"{median(each.in_pieces for each in tries):.0f}",
            f"{median(each.cut_cost for each in tries):,.0f}",
            f"{median(each.clear_share for each in tries):.1%}",
            f"{median(each.split_compounds for each in tries):.0f}",
            f"{mean(each.compactness.mean() for each in tries):.3f}",
            f"{median((each.compactness < SNAKE).sum() for each in tries):.0f}",
            f"{median(each.enclaves for each in tries):.0f}",
            f"{median(each.seconds for each in tries):.2f}",
        )
    return table


def bars(runs: Sequence[Run]) -> Table:
    """Hold the ratios, each taken within one run, against the bars."""
    table = Table("", "median", "worst", "bar", title="gridmap against the peers, run by run")
    ratios = [run.ratios() for run in runs]
    named = {
        "best": f"cut cost / best contiguous peer with {ENOUGH_IN_BAND:.0%} in band",
        "rival": f"cut cost / {RIVAL}",
        "time": f"time / {RIVAL}",
    }
    for key, what in named.items():
        found = [each[key] for each in ratios]
        table.add_row(
            what, f"{np.nanmedian(found):.3f}", f"{np.nanmax(found):.3f}", f"≤ {BARS[key]:.2f}"
        )
    in_band, clear = [run.ours.in_band for run in runs], [run.ours.clear_share for run in runs]
    table.add_row("grids in band", f"{median(in_band):.1%}", f"{min(in_band):.1%}", "100 %")
    table.add_row("inner border on a barrier", f"{median(clear):.1%}", f"{min(clear):.1%}", "97 %")
    needless = [run.ours.needless_share for run in runs]
    table.add_row(
        "… on none, outside compounds that no grid can hold",
        f"{median(needless):.1%}",
        f"{max(needless):.1%}",
        "",
    )
    pieces = [run.ours.in_pieces for run in runs]
    table.add_row("grids in pieces", f"{median(pieces):.0f}", f"{max(pieces)}", "0")
    return table


if __name__ == "__main__":
    main()
