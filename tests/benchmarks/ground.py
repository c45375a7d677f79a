"""
Cells and what they touch for a town of 20,000 buildings, beside momepy on the same input.

Both get the same buildings and the same blocks: momepy's enclosed tessellation (outlines sampled
every half metre, as it comes) and its rook graph, once, in one process; ours, from barriers to
priced borders, several times. Then how the time grows with the town, and how exactly the cells
tile it. Run by `make bench`; prints tables, and asserts nothing.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import momepy
import numpy as np
import shapely
from libpysal.graph import Graph
from rich.console import Console
from rich.table import Table

import gis_data
from gridmap.ground.adjacency import build_ground
from gridmap.ground.blocks import enclose_blocks
from gridmap.ground.communities import split_communities
from gridmap.ground.linework import gather_linework
from gridmap.layers import read_layers
from gridmap.layers.ledger import settle_households
from gridmap.rules import load_rules
from gridmap.schema import AREA

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gridmap.schema import Community

BUILDINGS: Final = 20_000
FEWER: Final = 2_000
SEED: Final = 3
RUNS: Final = 5
SEGMENT_M: Final = 0.5
BAR: Final = 1 / 20
BAR_SLOPE: Final = 1.2


@dataclass(frozen=True, slots=True)
class Tiling:
    """How well cells tile the communities, and how many buildings have one to themselves."""

    cells: int
    is_exact: int
    off_m2: float
    alone: float


def main() -> None:
    """Measure and print."""
    console = Console()
    few, many = _communities(FEWER), _communities(BUILDINGS)
    _ours(few)
    all_few_s, ours_s = [], []
    for _ in range(RUNS):  # in turns: what else the machine does weighs on both alike
        all_few_s.append(_timed(_ours, few)[0])
        seconds, cells, pairs = _timed(_ours, many)
        ours_s.append(seconds)
    peer_s, peer_cells, peer_pairs = _timed(_momepy, many)
    few_s, middle_s = median(all_few_s), median(ours_s)
    table = Table(title=f"{_count(many):,} buildings in {len(many)} communities")
    for column in ("what", "seconds", "ratio to momepy", "bar", "pairs that touch"):
        table.add_column(column, justify="left" if column == "what" else "right")
    table.add_row("momepy, once", f"{peer_s:.1f}", "1", "", f"{peer_pairs:,}")
    table.add_row(
        f"gridmap, median of {RUNS} ({min(ours_s):.2f}–{max(ours_s):.2f})",
        f"{middle_s:.2f}",
        f"1/{peer_s / middle_s:.0f}",
        f"1/{1 / BAR:.0f}",
        f"{pairs:,}",
    )
    console.print(table)
    slope = middle_s / _count(many) / (few_s / _count(few))
    console.print(
        f"{_count(few):,} buildings: {few_s:.2f} s; a building of the larger town takes "
        f"{slope:.2f} times as long (bar {BAR_SLOPE})"
    )
    exact = Table(title="How exactly cells tile the communities")
    for column in ("what", "cells", "valid coverages", "gaps and overlaps, m²", "cells of one"):
        exact.add_column(column, justify="left" if column == "what" else "right")
    for what, tiles in (("momepy", peer_cells), ("gridmap", cells)):
        tiling = _check(many, tiles)
        exact.add_row(
            what,
            f"{tiling.cells:,}",
            f"{tiling.is_exact} of {len(many)}",
            f"{tiling.off_m2:.3g}",
            f"{tiling.alone:.2%} of buildings",
        )
    console.print(exact)


def _communities(buildings: int) -> list[Community]:
    with tempfile.TemporaryDirectory() as folder:
        gis_data.write_town(Path(folder) / "town", buildings=buildings, seed=SEED)
        layers = read_layers(Path(folder) / "town")
    return list(split_communities(layers, settle_households(layers, rules=load_rules())))


def _count(communities: Sequence[Community]) -> int:
    return sum(len(community.buildings) for community in communities)


def _timed(
    work: Callable[[list[Community]], tuple[list[np.ndarray], int]], communities: list[Community]
) -> tuple[float, list[np.ndarray], int]:
    started = time.process_time()
    cells, pairs = work(communities)
    return time.process_time() - started, cells, pairs


def _ours(communities: list[Community]) -> tuple[list[np.ndarray], int]:
    grounds = [build_ground(community) for community in communities]
    pairs = sum(len(ground.touch.first) for ground in grounds)
    return [ground.cells.geometry.to_numpy() for ground in grounds], pairs


def _momepy(communities: list[Community]) -> tuple[list[np.ndarray], int]:
    cells, pairs = [], 0
    for community in communities:
        blocks = enclose_blocks(community.boundary, gather_linework(community)).areas
        enclosures = gpd.GeoSeries(blocks, crs=community.buildings.crs)
        with warnings.catch_warnings(action="ignore"):  # of momepy's about what it drops
            tessellation = momepy.enclosed_tessellation(
                community.buildings.geometry.reset_index(drop=True),
                enclosures,
                segment=SEGMENT_M,
                n_jobs=1,
            )
            tessellation = tessellation[tessellation.geom_type.isin(AREA)]
            graph = Graph.build_contiguity(tessellation.reset_index(drop=True), rook=True)
        cells.append(tessellation.geometry.to_numpy())
        pairs += graph.n_edges // 2
    return cells, pairs


def _check(communities: Sequence[Community], tiles: Sequence[np.ndarray]) -> Tiling:
    off_m2, alone = 0.0, 0
    for community, cells in zip(communities, tiles, strict=True):
        union = shapely.union_all(cells)
        off_m2 += float(shapely.area(cells).sum() - union.area)
        off_m2 += shapely.symmetric_difference(union, community.boundary).area
        homes = shapely.point_on_surface(community.buildings.geometry.to_numpy())
        _, cell = shapely.STRtree(cells).query(homes, predicate="intersects")
        alone += int((np.bincount(cell) == 1).sum())
    return Tiling(
        cells=sum(map(len, tiles)),
        is_exact=sum(bool(shapely.coverage_is_valid(cells)) for cells in tiles),
        off_m2=off_m2,
        alone=alone / _count(communities),
    )


if __name__ == "__main__":
    main()
