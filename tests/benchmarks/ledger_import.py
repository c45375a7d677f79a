"""
A city's ledger into the database: 500,000 rows against 100,000 buildings, beside merely loading it.

Run it as a script; it prints a table. The same run measures a peer: pandas and pyogrio read the
same files and COPY the same rows into tables of their own, without matching, balance or guards.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import shapely
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from gridmap.layers import read_layers
from gridmap.layers.ledger import settle_households
from gridmap.rules import Rules
from gridmap.store import cluster
from gridmap.store.imports import import_changes
from gridmap.store.session import open_engine, sessions

if TYPE_CHECKING:
    from collections.abc import Iterator

CRS: Final = "EPSG:4549"
EAST, NORTH = 500_000.0, 3_450_000.0
SIDE: Final = 20  # buildings along one side of a community
HOUSE_M: Final = 30.0
COMMUNITIES: Final = 250
ROWS_A_BUILDING: Final = 5
SEED: Final = 20261124
BAR_S: Final = 120
BAR_MB: Final = 3072
SHARES: Final = {
    "building": 0.40,
    "address": 0.25,
    "typed": 0.22,
    "point": 0.06,
    "near": 0.02,
    "nowhere": 0.02,
    "outside": 0.01,
    "again": 0.02,
}
"""How the rows of the ledger say where they live; `again` is the row before it once more."""


def write_city(folder: Path, *, communities: int = COMMUNITIES) -> tuple[int, int]:
    """Write buildings, communities and a ledger; give how many buildings and rows there are."""
    folder.mkdir(parents=True, exist_ok=True)
    number = np.arange(communities * SIDE * SIDE)
    community, house = np.divmod(number, SIDE * SIDE)
    across, up = np.divmod(house, SIDE)
    east = EAST + (community * SIDE + across) * HOUSE_M
    north = NORTH + up * HOUSE_M
    buildings = gpd.GeoDataFrame(
        {
            "building_id": np.char.add("B", number.astype(str)),
            "address": _addresses(community, house),
            "floors": 6,
            "units_per_floor": 2,
            "use": "residential",
        },
        geometry=shapely.box(east + 5, north + 5, east + 20, north + 17),
        crs=CRS,
    )
    buildings.to_parquet(folder / "buildings.parquet")
    edges = EAST + np.arange(communities + 1) * SIDE * HOUSE_M
    ground = shapely.box(edges[:-1], NORTH, edges[1:], NORTH + SIDE * HOUSE_M)
    codes = [f"{990101000000 + n:012d}" for n in range(1, communities + 1)]
    outlines = gpd.GeoDataFrame({"code": codes, "name": codes}, geometry=ground, crs=CRS)
    outlines.to_file(folder / "communities.gpkg", layer="communities")
    (folder / "layers.toml").write_text(f'[households]\ncrs = "{CRS}"\n', "utf-8")
    ledger = _ledger(buildings)
    ledger.to_csv(folder / "households.csv", index=False)
    return len(buildings), len(ledger)


def _addresses(community: np.ndarray, house: np.ndarray) -> list[str]:
    """Number the houses of a community along a lane (弄)."""
    return [f"和平路{c + 1}弄{h + 1}号" for c, h in zip(community, house, strict=True)]


def _ledger(buildings: gpd.GeoDataFrame) -> pd.DataFrame:
    dice = np.random.default_rng(SEED)
    home = np.repeat(np.arange(len(buildings)), ROWS_A_BUILDING)
    count = len(home)
    way = dice.choice(list(SHARES), size=count, p=list(SHARES.values()))
    flat = np.arange(count) % ROWS_A_BUILDING + 1
    exact = buildings["address"].to_numpy(dtype=object)[home]
    typed = [
        f"平安市新城区{address}楼{number % 3 + 1}单元{number}0{number}室"
        for address, number in zip(exact, flat, strict=True)
    ]
    near = np.array([text.replace("和平路", "和苹路") for text in exact], dtype=object)
    address = np.select(
        [way == "address", way == "typed", way == "near", way == "nowhere"],
        [exact, np.array(typed, dtype=object), near, np.full(count, "无名巷", dtype=object)],
        default="",
    )
    middle = buildings.geometry.centroid
    is_point = np.isin(way, ["point", "outside"])
    north = middle.y.to_numpy()[home] + np.where(way == "outside", -90_000.0, 0.0)
    ids = np.array([f"H{n:07d}" for n in range(count)], dtype=object)
    by_id = np.isin(way, ["building", "again"])
    ledger = pd.DataFrame(
        {
            "household_id": ids,
            "building_id": np.where(by_id, buildings["building_id"].to_numpy()[home], ""),
            "address": address,
            "persons": dice.integers(1, 6, size=count),
            "x": np.where(is_point, middle.x.to_numpy()[home], np.nan),
            "y": np.where(is_point, north, np.nan),
        }
    )
    repeated = np.flatnonzero(way == "again")[1:]
    ledger.loc[repeated, "household_id"] = ids[repeated - 1]
    return ledger


@contextmanager
def timed(results: dict[str, float], what: str) -> Iterator[None]:
    """Write down how long a block takes."""
    began = time.perf_counter()
    yield
    results[what] = time.perf_counter() - began


def import_in_stages(folder: Path, url: str) -> dict[str, float]:
    """Do what `gridmap import` does, stage by stage."""
    results: dict[str, float] = {}
    with timed(results, "read"):
        layers = read_layers(folder)
    with timed(results, "settle"):
        ledger = settle_households(layers, rules=Rules())
    assert ledger.balance.is_balanced
    engine = open_engine(url)
    for stage in ("store", "again, unchanged"):
        with timed(results, stage), sessions(engine).begin() as session:
            import_changes(session, layers, ledger, source=str(folder))
    engine.dispose()
    return results | {f"bin {name}": n for name, n in ledger.balance.households.items()}


def load_plainly(folder: Path, url: str) -> dict[str, float]:
    """Do what a script without gridmap would: load the files, COPY them, look at nothing."""
    results: dict[str, float] = {}
    with timed(results, "read"):
        buildings = gpd.read_parquet(folder / "buildings.parquet")
        outlines = gpd.read_file(folder / "communities.gpkg")
        ledger = pd.read_csv(folder / "households.csv", dtype={"household_id": str})
    engine = create_engine(url)
    with timed(results, "store"):
        for name, frame in (("plain_building", buildings), ("plain_community", outlines)):
            frame.to_crs(4326).to_postgis(name, engine, if_exists="replace")
        ledger.iloc[:0].to_sql("plain_household", engine, if_exists="replace", index=False)
        place = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(place) as connection, connection.cursor() as cursor:
            copy_in = "COPY plain_household FROM STDIN (FORMAT csv)"
            with cursor.copy(copy_in) as copy:
                for start in range(0, len(ledger), 20_000):
                    rows = ledger.iloc[start : start + 20_000]
                    copy.write(rows.to_csv(index=False, header=False))
    engine.dispose()
    return results


STAGES: Final = {"gridmap": import_in_stages, "plain": load_plainly}


def _child(kind: str, folder: str, url: str) -> None:
    results = STAGES[kind](Path(folder), url)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(results | {"peak MB": peak_mb}))


def _run(*words: str, **environment: str) -> tuple[float, float, str]:
    """Run a program; give its seconds, its peak memory in MB and what it said."""
    began = time.perf_counter()
    before = os.environ | environment
    with subprocess.Popen(  # noqa: S603
        words, stdout=subprocess.PIPE, env=before, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, said
    return time.perf_counter() - began, usage.ru_maxrss / 1024, said


def measure(folder: Path, url: str) -> tuple[dict[str, dict[str, float]], float, float]:
    """Run the peer, the stages and the whole command, each in a process of its own."""
    found = {
        kind: json.loads(_run(sys.executable, "-m", __spec__.name, kind, str(folder), url)[2])
        for kind in ("plain", "gridmap")
    }
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        connection.execute("DROP SCHEMA gridmap CASCADE")
    program = str(Path(sys.executable).with_name("gridmap"))
    whole_s, peak_mb, _ = _run(
        program, "import", str(folder), "--json", GRIDMAP_DATABASE_URL=_plain(url)
    )
    return found, whole_s, peak_mb


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def main() -> None:
    """Print the table."""
    work = Path(tempfile.mkdtemp(prefix="gridmap-bench-"))
    work.chmod(0o755)  # the server's account has to get in
    try:
        buildings, rows = write_city(work / "city")
        url = cluster.start(work / "cluster")
        found, whole_s, peak_mb = measure(work / "city", url)
    finally:
        cluster.stop(work / "cluster")
        shutil.rmtree(work)
    table = Table("", "seconds", "plain", "bar", title=f"{rows:,} rows, {buildings:,} buildings")
    for what, value in found["gridmap"].items():
        peer = found["plain"].get(what)
        table.add_row(what, f"{value:,.1f}", "" if peer is None else f"{peer:,.1f}", "")
    table.add_row("gridmap import, the whole command", f"{whole_s:.1f}", "", f"{BAR_S}")
    table.add_row("its peak memory, MB", f"{peak_mb:,.0f}", "", f"{BAR_MB:,}")
    Console(file=sys.stdout).print(table)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _child(*sys.argv[1:])
    else:
        main()
