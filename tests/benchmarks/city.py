"""
A city at once, files in and a GeoPackage out: time, memory and slope, and Dask beside it.

Run by `make bench` with 20,000 and 200,000 buildings; other sizes as arguments. Each size is
planned on the processes of this machine; the largest also on Dask clusters of one and of two
workers, for what is not shared out weighs less the more there is to share. Prints tables, and
asserts nothing but that equal plans are equal to the byte.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil
from distributed import LocalCluster
from rich.console import Console
from rich.table import Table

import gis_data

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES: Final = (20_000, 200_000)
SEED: Final = 11
SLOPE_BAR: Final = 1.2
DASK_BAR: Final = 1.7
PROGRAM: Final = Path(sys.executable).with_name("gridmap")


@dataclass(frozen=True)
class Run:
    """What a run took, and what came of it."""

    seconds: float
    peak_mb: float
    said: dict[str, Any]
    digest: str


def main() -> None:
    """Measure and print."""
    sizes = sorted(int(word) for word in sys.argv[1:]) or list(SIZES)
    with tempfile.TemporaryDirectory() as folder:
        towns = {size: _town(Path(folder), size) for size in sizes}
        runs = {size: _plan(town, Path(folder)) for size, town in towns.items()}
        _show_slope(runs)
        largest = sizes[-1]
        away = {}
        for workers in (1, 2):
            with _cluster(workers) as address:
                away[workers] = _plan(towns[largest], Path(folder), "--scheduler", address)
        _show_clusters(runs[largest], away)


def _town(folder: Path, size: int) -> Path:
    town = folder / f"town-{size}"
    gis_data.write_town(town, buildings=size, seed=SEED)
    return town


@contextmanager
def _cluster(workers: int) -> Iterator[str]:
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        yield cluster.scheduler_address


def _show_slope(runs: dict[int, Run]) -> None:
    table = Table(title="files in, GeoPackage out, the processes of this machine")
    heads = ("buildings", "households", "seconds", "ms a building", "slope", "peak MB", "in band")
    for head in heads:
        table.add_column(head, justify="right")
    first = next(iter(runs))
    for size, run in runs.items():
        slope = (run.seconds / size) / (runs[first].seconds / first)
        table.add_row(
            f"{size:,}",
            f"{run.said['households']:,}",
            f"{run.seconds:.1f}",
            f"{1000 * run.seconds / size:.2f}",
            f"{slope:.2f} (bar {SLOPE_BAR})",
            f"{run.peak_mb:.0f}",
            f"{run.said['in_band_share']:.1%}",
        )
    console = Console()
    console.print(table)
    for size, run in runs.items():
        steps = ", ".join(f"{step} {spent:.1f}" for step, spent in run.said["seconds"].items())
        console.print(f"{size:,}: seconds over all processes: {steps}")


def _show_clusters(here: Run, away: dict[int, Run]) -> None:
    ratio = away[1].seconds / away[2].seconds
    console = Console()
    for workers, run in away.items():
        console.print(f"Dask, {workers} workers: {run.seconds:.1f} s, {run.peak_mb:.0f} MB")
        assert run.digest == here.digest, "the same plan is not the same file"
    console.print(f"two workers against one: {ratio:.2f}× (bar {DASK_BAR}×), same bytes")


def _plan(town: Path, folder: Path, *more: str) -> Run:
    """Plan a town; gives seconds, the peak memory of all processes, the answer and the file."""
    out = folder / "plan.gpkg"
    command = [str(PROGRAM), "plan", str(town), "--out", str(out), "--json", *more]
    peak = [0]
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(peak, over))
    started = time.perf_counter()
    watch.start()
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    seconds = time.perf_counter() - started
    over.set()
    watch.join()
    digest = blake2b(out.read_bytes()).hexdigest()
    return Run(seconds, peak[0] / 2**20, json.loads(said), digest)


def _watch(peak: list[int], over: threading.Event) -> None:
    """Note the most memory that this process and all below it hold: workers of Dask as well."""
    this = psutil.Process()
    while not over.wait(0.2):
        total = 0
        for each in this.children(recursive=True):
            try:
                total += each.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        peak[0] = max(peak[0], total)


if __name__ == "__main__":
    main()
