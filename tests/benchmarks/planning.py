"""
Planning a town of 20,000 buildings from files, beside merely loading the same files.

Run by `make bench`; prints a table, and asserts nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd
import psutil
from rich.console import Console
from rich.table import Table

import gis_data

if TYPE_CHECKING:
    from collections.abc import Sequence

BUILDINGS: Final = 20_000
SEED: Final = 3
BAR_S: Final = 60
BAR_MB: Final = 2048


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        town, out = Path(folder) / "town", Path(folder) / "plan.gpkg"
        facts = gis_data.write_town(town, buildings=BUILDINGS, seed=SEED)
        load_s = _load(town)
        program = Path(sys.executable).with_name("gridmap")
        plan_s, peak_mb, said = _run([str(program), "plan", str(town), "--out", str(out), "--json"])
        again_s, _, said_again = _run(
            [str(program), "plan", str(town), "--out", str(out), "--json", "--seed", "1"]
        )
    figures = json.loads(said)
    table = Table(title=f"{facts.buildings:,} buildings, {facts.households:,} ledger rows")
    for column in ("what", "seconds", "ratio to loading", "bar"):
        table.add_column(column, justify="left" if column == "what" else "right")
    table.add_row("load the same files (geopandas, pandas)", f"{load_s:.1f}", "1.0", "")
    table.add_row("gridmap plan", f"{plan_s:.1f}", f"{plan_s / load_s:.1f}", f"{BAR_S}")
    table.add_row("gridmap plan, seed 1", f"{again_s:.1f}", f"{again_s / load_s:.1f}", f"{BAR_S}")
    for step, seconds in figures["seconds"].items():
        table.add_row(f"  {step}, over all processes", f"{seconds:.1f}", "", "")
    console = Console()
    console.print(table)
    console.print(f"peak memory, all processes together: {peak_mb:.0f} MB (bar {BAR_MB} MB)")
    for seed, answer in ((0, figures), (1, json.loads(said_again))):
        console.print(
            f"seed {seed}: {answer['grids']} grids, {answer['in_band_share']:.1%} in the band, "
            f"{answer['clear_share']:.1%} of the border clear, cut cost {answer['cut_cost']:.0f}"
        )


def _load(town: Path) -> float:
    started = time.perf_counter()
    for file in sorted(town.glob("*.parquet")):
        gpd.read_parquet(file)
    pd.read_csv(town / "households.csv")
    return time.perf_counter() - started


def _run(command: Sequence[str]) -> tuple[float, float, str]:
    """Run a command; give seconds, the peak memory of it and its children, and what it said."""
    started, peak = time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, _memory(watched))
            time.sleep(0.1)
        assert process.stdout is not None
        said = process.stdout.read()
    return time.perf_counter() - started, peak / 2**20, said


def _memory(process: psutil.Process) -> int:
    total = 0
    try:
        for each in (process, *process.children(recursive=True)):
            total += each.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total


if __name__ == "__main__":
    main()
