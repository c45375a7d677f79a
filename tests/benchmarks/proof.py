"""
How far from the best the partition is, on communities small enough to know the best.

The communities are those of generated towns, melted to 20 to 60 atoms. Run by `make bench`; prints
a table, and asserts nothing.
"""

from __future__ import annotations

import tempfile
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from rich.console import Console
from rich.table import Table

import gis_data
from gridmap.ground.adjacency import build_ground
from gridmap.ground.communities import split_communities
from gridmap.layers import read_layers
from gridmap.layers.ledger import settle_households
from gridmap.plan.partition import Search, Window, partition
from gridmap.plan.partition.coarsen import coarsen
from gridmap.plan.proof import prove
from gridmap.plan.zoning import zone_ground
from gridmap.rules import load_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridmap.plan.partition import Graph
    from gridmap.plan.proof import Proof

SEEDS: Final = (11, 12, 13)
BUILDINGS: Final = 4_000
FEWEST, MOST = 20, 60


def main() -> None:
    """Measure and print."""
    window = Window.of(load_rules())
    table = Table(title="small communities against the proven optimum")
    for column in ("community", "atoms", "grids", "value", "bound", "partition above", "proof s"):
        table.add_column(column, justify="left" if column == "community" else "right")
    gaps, proven, seconds = list[float](), list[bool](), list[float]()
    for name, graph in _communities(window):
        dice = np.random.default_rng([0, zlib.crc32(name.encode())])
        labels = partition(graph, Search(window, dice))
        started = time.perf_counter()
        proof = prove(graph, window, labels)
        seconds.append(time.perf_counter() - started)
        assert proof is not None
        gaps.append(_gap(graph, labels, proof))
        proven.append(proof.is_optimal)
        grids = int(proof.labels.max()) + 1
        figures = f"{proof.value:.1f}", f"{proof.lower_bound:.1f}", f"{gaps[-1]:.2%}"
        table.add_row(name, str(len(graph)), str(grids), *figures, f"{seconds[-1]:.2f}")
    console = Console()
    console.print(table)
    console.print(
        f"{np.mean(proven):.0%} of {len(gaps)} proven optimal, partition above the bound: median "
        f"{np.median(gaps):.2%} (bar 0), worst {max(gaps):.2%} (bar 1%); a proof took "
        f"{np.median(seconds):.2f} s at the median, {max(seconds):.1f} s at most"
    )


def _gap(graph: Graph, labels: np.ndarray, proof: Proof) -> float:
    """Say how far above the bound a division is; more excess than there must be is all too much."""
    cost = graph.cost_of(labels)
    if cost < proof.value - 1e-6 * proof.value:  # it is cheaper, so it breaks the rule more
        return 1.0
    return (cost - proof.lower_bound) / max(proof.lower_bound, 1e-9)


def _communities(window: Window) -> Iterator[tuple[str, Graph]]:
    """Give the melted graphs of small communities, connected ones, with a name."""
    rules = load_rules()
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            gis_data.write_town(Path(folder), buildings=BUILDINGS, seed=seed)
            layers = read_layers(Path(folder))
            ledger = settle_households(layers, rules=rules)
            for community in split_communities(layers, ledger):
                ground = build_ground(community)
                whole = zone_ground(ground, community, window).graph
                pieces = whole.components()
                main_piece = np.flatnonzero(pieces == np.bincount(pieces).argmax())
                region = whole.part(main_piece)
                graph = region.contract(coarsen(region, window))
                if FEWEST <= len(graph) <= MOST:
                    yield f"{seed}: {community.code}", graph


if __name__ == "__main__":
    main()
