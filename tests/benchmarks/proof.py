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
from gridmap.plan.partition import Search, Weights, Window, partition, score_division
from gridmap.plan.partition.coarsen import melt
from gridmap.plan.partition.dice import new_dice
from gridmap.plan.partition.net import net_of
from gridmap.plan.partition.objective import rule_of
from gridmap.plan.partition.warming import warm_up
from gridmap.plan.proof import assure, prove
from gridmap.plan.zoning import zone_ground
from gridmap.rules import load_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridmap.plan.partition import Graph
    from gridmap.plan.proof import Proof

SEEDS: Final = (11, 12, 13)
BUILDINGS: Final = 4_000
FEWEST, MOST = 20, 60
SHARES: Final = (0.05, 0.1, 0.15, 0.2)
"""How much of a grid an atom may hold, the finest first."""


def main() -> None:
    """Measure and print."""
    rules = load_rules()
    window, weights = Window.of(rules), Weights.of(rules)
    table = Table(title="small communities against the proven optimum of the objective")
    for column in ("community", "atoms", "grids", "value", "bound", "search", "result", "proof s"):
        table.add_column(column, justify="left" if column == "community" else "right")
    searched, given = list[float](), list[float]()
    proven, seconds, spent = list[bool](), list[float](), list[float]()
    for name, graph in _communities(window):
        dice = np.random.default_rng([0, zlib.crc32(name.encode())])
        search = Search(window, dice, weights=weights)
        labels = partition(graph, search)
        started = time.perf_counter()
        sure = assure(graph, search, labels)
        spent.append(time.perf_counter() - started)
        started = time.perf_counter()
        proof = prove(graph, window, weights, sure.labels)
        seconds.append(time.perf_counter() - started)
        assert proof is not None
        searched.append(_gap(graph, labels, search, proof))
        given.append(_gap(graph, sure.labels, search, proof))
        proven.append(proof.is_optimal)
        grids = int(proof.labels.max()) + 1
        figures = f"{proof.value:.1f}", f"{proof.lower_bound:.1f}"
        gaps = f"{searched[-1]:.2%}", f"{given[-1]:.2%}"
        table.add_row(name, str(len(graph)), str(grids), *figures, *gaps, f"{seconds[-1]:.2f}")
    console = Console()
    console.print(table)
    console.print(
        f"{np.mean(proven):.0%} of {len(proven)} proven optimal (a proof took "
        f"{np.median(seconds):.2f} s at the median, {max(seconds):.1f} s at most)"
    )
    for who, gaps_of in (("the search alone", searched), ("the result", given)):
        console.print(
            f"{who} above the bound: median {np.median(gaps_of):.2%} (bar 0), worst "
            f"{max(gaps_of):.2%} (bar 1%)"
        )
    console.print(f"assuring took {np.median(spent):.2f} s at the median, {max(spent):.1f} at most")


def _gap(graph: Graph, labels: np.ndarray, search: Search, proof: Proof) -> float:
    """Say how far above the bound a division is; more excess than there must be is all too much."""
    score = score_division(graph, labels, search.window, search.weights)
    if score.excess > proof.excess + 1e-6:
        return 1.0
    above = score.value - (proof.value if proof.is_optimal else proof.lower_bound)
    return max(0.0, above / max(proof.lower_bound, 1e-9))


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
                graph = _melted(whole.part(main_piece), window)
                if FEWEST <= len(graph) <= MOST:
                    yield f"{seed}: {community.code}", graph


def _melted(region: Graph, window: Window) -> Graph:
    """Melt a connected graph along its dearest edges until it is small."""
    warm_up()
    rule = rule_of(window, Weights())
    net, whole = net_of(region, rule.high), np.zeros(len(region), np.int64)
    for share in SHARES:
        dice = new_dice(np.random.default_rng(0))
        melted, count = melt(net, whole, share * rule.high, float(len(region)), 0.0, dice)
        if count <= MOST:
            return region.contract(melted)
    return region


if __name__ == "__main__":
    main()
