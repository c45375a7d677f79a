"""
The demo from nothing and again, and the import of a larger town into the same PostGIS.

Run by `make bench`; prints a table, and asserts nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

import gis_data

PROGRAM: Final = str(Path(sys.executable).with_name("gridmap"))
BUILDINGS: Final = 20_000
COLD_BAR_S: Final = 60
WARM_BAR_S: Final = 15


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="gridmap-bench-"))
    folder.chmod(0o755)  # the server's account must get into it
    table = Table(title="With a PostGIS of its own, packages in place")
    for column in ("what", "seconds", "bar"):
        table.add_column(column, justify="left" if column == "what" else "right")
    try:
        table.add_row("gridmap demo, cold", f"{_time(folder, 'demo'):.1f}", f"{COLD_BAR_S}")
        table.add_row("gridmap demo, again", f"{_time(folder, 'demo'):.1f}", f"{WARM_BAR_S}")
        facts = gis_data.write_town(folder / "town", buildings=BUILDINGS, seed=3)
        size = f"{facts.buildings:,} buildings"
        table.add_row(f"gridmap import, {size}", f"{_time(folder, 'import', 'town'):.1f}", "")
        table.add_row(f"gridmap plan --all, {size}", f"{_time(folder, 'plan', '--all'):.1f}", "")
        table.add_row(f"gridmap audit, {size}", f"{_time(folder, 'audit'):.1f}", "")
    finally:
        _time(folder, "db", "stop")
        shutil.rmtree(folder)
    Console().print(table)


def _time(folder: Path, *arguments: str) -> float:
    environment = {name: value for name, value in os.environ.items() if "GRIDMAP_" not in name}
    started = time.perf_counter()
    subprocess.run(  # noqa: S603 (our own program)
        [PROGRAM, *arguments], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
