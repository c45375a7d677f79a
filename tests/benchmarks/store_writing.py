"""
Measure the private PostGIS: its start, and a city's import and plan with every guard awake.

Run it as a script; it prints a table.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rich.console import Console
from rich.table import Table

from gridmap.layers.ledger import settle_households
from gridmap.plan.model import ASSIGNMENT, DRAWN_GRIDS, MICROGRIDS, Draft, Figures
from gridmap.rules import Rules
from gridmap.schema import TABLES, Layers, anchors
from gridmap.store import cluster
from gridmap.store.audit import audit_version
from gridmap.store.imports import import_layers
from gridmap.store.layers import read_layers
from gridmap.store.plans import add_draft, read_draft
from gridmap.store.session import open_engine, sessions
from tests.store.world import EAST, METRIC, NORTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridmap.layers.ledger import Ledger

COMMUNITIES, STRIPS, HOUSES, HOUSEHOLDS = 10, 20, 100, 5
"""Communities; grids in each; buildings in a grid; households in a building."""

HOUSE_M, GRID_HEIGHT_M = 20.0, 2000.0


def draw_city() -> tuple[Layers, pd.Series]:
    """Draw 20,000 buildings with 100,000 households, and say which strip each is in."""
    number = np.arange(COMMUNITIES * STRIPS * HOUSES)
    strip = number // HOUSES
    x, y = EAST + strip * HOUSE_M, NORTH + number % HOUSES * HOUSE_M
    names = pd.Index([f"B{n}" for n in number], name="building_id")
    codes = pd.Series([f"{n:012d}" for n in strip // STRIPS], index=names)
    houses = shapely.box(x + 5, y + 5, x + 15, y + 15)
    edges = EAST + np.arange(COMMUNITIES + 1) * STRIPS * HOUSE_M
    ground = shapely.box(edges[:-1], NORTH, edges[1:], NORTH + GRID_HEIGHT_M)
    ledger = names.repeat(HOUSEHOLDS)
    frames = {name: table.empty(METRIC) for name, table in TABLES.items()}
    frames["buildings"] = _filled("buildings", names, houses, community_code=codes.to_numpy())
    frames["communities"] = _filled("communities", pd.Index(codes.unique()), ground)
    frames["households"] = _filled(
        "households",
        pd.Index([f"H{n}" for n in range(len(ledger))]),
        np.full(len(ledger), None),
        building_id=ledger.to_numpy(),
        persons=np.full(len(ledger), 3.0),
    )
    layers = Layers(crs=METRIC, has_ledger=True, **frames)
    return layers, pd.Series(strip, index=names)


def _filled(name: str, index: pd.Index, shapes: np.ndarray, **columns: object) -> gpd.GeoDataFrame:
    table = TABLES[name]
    unknown = {"int64": 0, "float64": np.nan, "str": "", "bool": False}
    told = {
        column: columns.get(column, np.arange(len(index)) if column == "row" else unknown[kind])
        for column, kind in table.columns.items()
    }
    frame = pd.DataFrame(told, index=index.rename(table.index)).astype(dict(table.columns))
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=METRIC)


def draw_plan(layers: Layers, ledger: Ledger, strip: pd.Series) -> Draft:
    """Draw one grid a strip."""
    homes = ledger.buildings
    held = homes.groupby(strip.to_numpy())[["households", "persons"]].sum()
    edges = EAST + np.arange(len(held) + 1) * HOUSE_M
    codes = np.array([f"{n:015d}" for n in held.index])
    known = {
        "name": "",
        "kind": "general",
        "worker": "",
        "status": "ok",
        "reason": "",
        "bounds": "",
        "why": "",
        "enclosed_by": "",
    }
    grids = held.assign(
        **known,
        community_code=[f"{n:012d}" for n in held.index // STRIPS],
        buildings=HOUSES,
        area_m2=HOUSE_M * GRID_HEIGHT_M,
        clear_share=np.nan,
        compactness=0.1,
        neck_m=HOUSE_M,
    ).set_axis(pd.Index(codes, name=DRAWN_GRIDS.index))
    areas = shapely.box(edges[:-1], NORTH, edges[1:], NORTH + GRID_HEIGHT_M)
    assignment = homes[["households", "persons"]].assign(grid_code=codes[strip], micro_code="")
    draft = Draft(
        grids=gpd.GeoDataFrame(grids, geometry=areas, crs=METRIC),
        assignment=gpd.GeoDataFrame(
            assignment.rename_axis(ASSIGNMENT.index), geometry=anchors(homes), crs=METRIC
        ),
        microgrids=MICROGRIDS.empty(METRIC),
        faults=(),
        balance=ledger.balance,
        rules=Rules(),
        seed=0,
        crs=layers.crs,
        figures=Figures(0.0, 1.0, 0, {}),
    )
    return draft.counted()


@contextmanager
def timed(results: dict[str, float], what: str) -> Iterator[None]:
    """Write down how long a block takes."""
    began = time.perf_counter()
    yield
    results[what] = time.perf_counter() - began


def measure(folder: Path) -> dict[str, float]:
    """Start a cluster and put the city through it."""
    layers, strip = draw_city()
    ledger = settle_households(layers, rules=Rules())
    draft = draw_plan(layers, ledger, strip)
    results: dict[str, float] = {}
    with timed(results, "cluster, cold start"):
        url = cluster.start(folder)
    with timed(results, "cluster, warm start"):
        cluster.start(folder)
    with timed(results, "migrations"):
        engine = open_engine(url)
    with (
        timed(results, "import 20,000 buildings, 100,000 households"),
        sessions(engine).begin() as session,
    ):
        dataset = import_layers(session, layers, ledger, source="city")
    with timed(results, "read them back"), sessions(engine)() as session:
        read_layers(session, dataset)
    with timed(results, "write a plan of 200 grids"), sessions(engine).begin() as session:
        version = add_draft(session, dataset, draft)
    with timed(results, "read the plan back"), sessions(engine)() as session:
        read_draft(session, version)
    with timed(results, "audit the plan in SQL"), sessions(engine)() as session:
        assert audit_version(session, version).passes
    engine.dispose()
    return results


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp(prefix="gridmap-bench-"))
    folder.chmod(0o755)  # the server's account has to get in
    try:
        results = measure(folder / "cluster")
    finally:
        cluster.stop(folder / "cluster")
        shutil.rmtree(folder)
    table = Table("", "seconds", title="The store")
    for what, seconds in results.items():
        table.add_row(what, f"{seconds:.2f}")
    Console(file=sys.stdout).print(table)


if __name__ == "__main__":
    main()
