"""
Measure reading: a ledger of 500,000 rows beside 100,000 buildings, against merely loading them.

Every reading runs in a process of its own, so that its peak memory is its own. Run it as a
script; it prints a table.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import shapely
from rich.console import Console
from rich.table import Table

from gridmap.layers import read_layers
from tests.unit.layers.street import EAST, METRIC, NORTH

if TYPE_CHECKING:
    from collections.abc import Callable

BUILDINGS, HOUSEHOLDS = 100_000, 500_000
BAR: Final = 3.0
"""What reading may take, in times of merely loading the same files."""

ROUNDS: Final = 5


def draw_buildings() -> gpd.GeoDataFrame:
    """Draw a city on a lattice."""
    number = np.arange(BUILDINGS)
    x, y = EAST + number % 400 * 30, NORTH + number // 400 * 30
    columns = {
        "building_id": [f"B{n:06d}" for n in number],
        "floors": number % 30 + 1,
        "address": [f"人民路{n}号" for n in number],
    }
    return gpd.GeoDataFrame(columns, geometry=shapely.box(x, y, x + 12, y + 20), crs=METRIC)


def draw_ledger() -> pd.DataFrame:
    """Draw the households of the city as a county would type them: full of gaps."""
    number = pd.Series(np.arange(HOUSEHOLDS))
    house = number // 5
    by_id, by_point = number % 2 == 0, number % 25 == 1
    columns = {
        "户编号": [f"H{n:07d}" for n in number],
        "楼栋编号": pd.Series([f"B{n:06d}" for n in house]).where(by_id),
        "地址": pd.Series(
            [f"人民路{n // 5}号{n % 6 + 1}单元{n % 30 + 1:02d}01室" for n in number]
        ).where(~by_id & ~by_point),
        "人数": number % 6,
        "楼层": (number % 30 + 1).astype("object").where(number % 3 == 0),
        "单元": (number % 6 + 1).astype("object").where(number % 3 == 0),
        "走访需求": pd.Series("每月走访", index=number.index).where(number % 50 == 0),
        "X坐标": (EAST + house % 400 * 30 + 5).where(by_point),
        "Y坐标": (NORTH + house // 400 * 30 + 5).where(by_point),
    }
    return pd.DataFrame(columns)


def write_city(folder: Path) -> dict[str, Path]:
    """Write the city twice: with its ledger as CSV, and as XLSX."""
    buildings, ledger = draw_buildings(), draw_ledger()
    places = {ending: folder / ending for ending in ("csv", "xlsx")}
    for place in places.values():
        place.mkdir()
        buildings.to_file(place / "buildings.gpkg", layer="buildings")
        (place / "layers.toml").write_text(f'[households]\ncrs = "{METRIC}"\n', "utf-8")
    ledger.to_csv(places["csv"] / "households.csv", index=False)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("台账")
    sheet.append(list(ledger.columns))
    for row in ledger.itertuples(index=False):
        sheet.append(list(row))
    book.save(places["xlsx"] / "households.xlsx")
    return places


def load(place: Path) -> int:
    """Load the files and do nothing with them."""
    frame = pyogrio.read_dataframe(place / "buildings.gpkg")
    if place.name == "csv":
        return len(frame) + len(pd.read_csv(place / "households.csv", dtype="str"))
    book = pd.read_excel(place / "households.xlsx", dtype="str", engine="calamine")
    return len(frame) + len(book)


def read(place: Path) -> int:
    """Read the files through every stage."""
    layers = read_layers(place)
    return len(layers.buildings) + len(layers.households)


def measured(work: Callable[[Path], int], place: Path) -> tuple[float, float]:
    """Give the median of the seconds of some rounds, and the peak memory in MB."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        assert work(place) == BUILDINGS + HOUSEHOLDS
        times.append(time.perf_counter() - start)
    return statistics.median(times), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Measure, print, and say nothing by the exit code."""
    console = Console(width=100)
    title = f"{HOUSEHOLDS:,} households beside {BUILDINGS:,} buildings; bar {BAR:g} times"
    table = Table("ledger", "load s", "load MB", "read s", "read MB", "times", title=title)
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        for name, place in write_city(Path(folder)).items():
            told = []
            for work in (load, read):
                with context.Pool(1) as pool:
                    told.append(pool.apply(measured, (work, place)))
            (loading, loaded), (reading, held) = told
            cells = (f"{loading:.2f}", f"{loaded:.0f}", f"{reading:.2f}", f"{held:.0f}")
            table.add_row(name, *cells, f"{reading / loading:.2f}")
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
