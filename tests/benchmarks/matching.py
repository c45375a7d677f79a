"""
Measure the placement of a city's ledger: 500,000 rows typed in many ways, 100,000 buildings.

Run it as a script; it prints a table. One core is enough; memory is the highest of the process.
"""

from __future__ import annotations

import resource
import sys
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from gridmap.layers.addressed import read_addresses
from gridmap.layers.ledger import settle_households
from gridmap.layers.placement import place_households
from gridmap.rules import Rules
from tests.ledgers import make_town

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS, BUILDINGS = 500_000, 100_000


def main() -> None:
    """Print how long each step takes, and how many were placed by what."""
    town = make_town(ROWS, BUILDINGS)
    layers, rules, decisions = town.layers, Rules(), town.decisions
    addresses = layers.households["address"].reset_index(drop=True)
    table = Table("step", "seconds", "memory so far, GB", title=f"{ROWS:,} × {len(town.homes):,}")
    table.add_row("making the town", "–", f"{_memory_gb():.2f}")
    steps: dict[str, Callable[[], object]] = {
        "addresses: read and matched": lambda: read_addresses(addresses, layers),
        "placement in full, with offers": lambda: place_households(
            layers, rules=rules, decisions=decisions
        ),
        "placement, bins, balance, faults": lambda: settle_households(
            layers, rules=rules, decisions=decisions
        ),
    }
    for name, step in steps.items():
        start = time.perf_counter()
        step()
        table.add_row(name, f"{time.perf_counter() - start:.1f}", f"{_memory_gb():.2f}")
    ledger = settle_households(layers, rules=rules, decisions=decisions)
    ways = ", ".join(f"{way} {count:,}" for way, count in ledger.ways.items())
    console = Console()
    console.print(table)
    console.print(f"{ways}; rows with offers {ledger.offers['seq'].nunique():,}")


def _memory_gb() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


if __name__ == "__main__":
    main()
