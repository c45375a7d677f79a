"""
Measure how long a large coverage map takes to write and to open, with no network.

Run it as a script; it prints a table. A page counts as open when the browser has drawn it twice
after the script ended, measured from the moment it was asked for.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from gridmap.maps.coverage import coverage_map
from gridmap.maps.page import write_page
from tests.e2e.town import town

if TYPE_CHECKING:
    from collections.abc import Mapping

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
MIB = 1024 * 1024


def measure(rows: int, columns: int, homes: int, folder: Path) -> Mapping[str, str]:
    """Write one town and open it three times."""
    draft = town(rows, columns, homes_a_grid=homes, bends=15)
    path = folder / "coverage.html"
    began = time.perf_counter()
    write_page(coverage_map(draft, made_at="2026-01-01"), path)
    written_s = time.perf_counter() - began
    opened = sorted(open_page(path) for _ in range(3))
    return {
        "grids": f"{len(draft.grids):,}",
        "buildings": f"{len(draft.assignment):,}",
        "file MiB": f"{path.stat().st_size / MIB:.1f}",
        "write s": f"{written_s:.1f}",
        "open s (best, median, worst)": ", ".join(f"{one:.2f}" for one, _ in opened),
        "buildings on s": f"{opened[1][1]:.2f}",
    }


def open_page(path: Path) -> tuple[float, float]:
    """Open a page in a new browser; give the seconds, and those to switch the buildings on."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
        page = context.new_page()
        opened_s = timed(page, lambda: page.goto(path.as_uri()))
        switched_s = timed(page, lambda: page.check("input[value=buildings]"))
        browser.close()
    return opened_s, switched_s


def timed(page: Page, act: object) -> float:
    """Give the seconds from an action to the second frame after it."""
    assert callable(act)
    began = time.perf_counter()
    act()
    page.evaluate(DRAWN)
    return time.perf_counter() - began


def main() -> None:
    """Print the table."""
    table = Table(title="Coverage map, network off, Chromium")
    with tempfile.TemporaryDirectory() as folder:
        results = [
            measure(*size, Path(folder)) for size in ((10, 10, 12), (30, 40, 12), (50, 100, 11))
        ]
    for name in results[0]:
        table.add_column(name, justify="right")
    for result in results:
        table.add_row(*result.values())
    Console(file=sys.stdout).print(table)


if __name__ == "__main__":
    main()
