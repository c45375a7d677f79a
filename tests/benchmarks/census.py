"""
Census areas into the real number of districts of equal population, beside the real districts.

And beside the best plan of GerryChain's ReCom, within the deviation of the real districts. Ours is
what a user gets: the search, and then what is exact. Run by
`make bench`; prints tables, and asserts nothing. `--full` walks 10,000 steps in place of 200, for
which the precincts take long; without the census areas it says so and ends.
"""

from __future__ import annotations

import sys
import time
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from gridmap.plan.partition import Search, Window, partition
from gridmap.plan.partition.warming import warm_up
from gridmap.plan.proof import assure, redivision
from gridmap.plan.proof import columns as proof_columns
from tests.benchmarks.yardstick.districts import UNITS, Result, read_tasks, sample_districts

if TYPE_CHECKING:
    from tests.benchmarks.yardstick.districts import Task

STEPS: Final = 200
FULL_STEPS: Final = 10_000
SEEDS: Final = (1, 2, 3, 4, 5)
TIGHTER: Final = 0.6
TIGHTEST: Final = 1e-5
"""Windows are drawn in by that factor, as long as every district fits, down to this share."""


def main() -> None:
    """Measure and print, task by task."""
    console = Console()
    if not UNITS.is_dir():
        console.print(f"The census areas are not here ({UNITS}): nothing to measure.")
        return
    steps = FULL_STEPS if "--full" in sys.argv[1:] else STEPS
    for compile_all in (warm_up, proof_columns.warm_up, redivision.warm_up):
        compile_all()  # compiling is not dividing
    warnings.simplefilter("ignore")  # that a pair of districts could not be cut is no news
    for task in read_tasks():
        console.print(compare(task, steps))


def compare(task: Task, steps: int) -> Table:
    """Lay our districts beside the real ones and the best that were sampled."""
    units, pairs = len(task.population), len(task.first)
    title = f"{task.name}: {units:,} units, {pairs:,} touching pairs, {task.count} districts"
    table = Table(title=title)
    for column in ("plan", "districts", "farthest off", "mean off", "cut edges", "processor s"):
        table.add_column(column, justify="left" if column == "plan" else "right")
    real = task.result(task.real, 0.0)
    _add(table, "real districts", real)
    sample = sample_districts(task, steps=steps, within=real.worst_off, seed=SEEDS[0])
    _add(table, f"ReCom, best of {steps:,}, within {sample.within:.2%}", sample.best)
    goal = min(real.worst_off, sample.best.worst_off)
    for seed in SEEDS:
        _add(table, f"gridmap, within {goal:.3%}, seed {seed}", divide(task, goal, seed))
    found = tightest(task, goal)
    _add(table, "gridmap, tightest window filled", found)
    return table


def divide(task: Task, within: float, seed: int) -> Result:
    """
    Divide by our engine into districts that far from equal at the most.

    How many districts there are follows from the window. Where it lets in another number, and that
    was the better one, it is drawn in until only the number wanted fits.
    """
    graph, began = task.graph, time.process_time()
    for window in (window_around(task, within), _narrowed(task, within)):
        search = Search(window, np.random.default_rng(seed))
        labels = assure(graph, search, partition(graph, search)).labels
        if labels.max() + 1 == task.count:
            break
    return task.result(labels, time.process_time() - began)


def window_around(task: Task, within: float) -> Window:
    """Give the window that far around the mean."""
    total = task.graph.households.sum()
    mean = total / task.count
    return Window(int(np.ceil(mean * (1 - within))), int(mean * (1 + within)), int(total))


def _narrowed(task: Task, within: float) -> Window:
    """Give that window, or less, so that one number of districts fits it."""
    window, total = window_around(task, within), task.graph.households.sum()
    low = int(np.ceil(total / (task.count + 1) + 1))
    high = int(total / max(task.count - 1, 0.5) - 1)
    return replace(window, low=max(window.low, low), high=min(window.high, high))


def tightest(task: Task, within: float) -> Result:
    """Draw the window in as long as every district fits; give the last that did."""
    found = divide(task, within, SEEDS[0])
    while within > TIGHTEST:
        within *= TIGHTER
        tighter = divide(task, within, SEEDS[0])
        if tighter.districts != task.count or tighter.worst_off >= found.worst_off:
            break
        found = tighter
    return found


def _add(table: Table, name: str, result: Result) -> None:
    table.add_row(
        name,
        f"{result.districts}",
        f"{result.worst_off:.3%}",
        f"{result.mean_off:.3%}",
        f"{result.cut_edges}",
        f"{result.seconds:.2f}" if result.seconds else "",
    )


if __name__ == "__main__":
    main()
