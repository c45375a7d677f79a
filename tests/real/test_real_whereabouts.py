"""
Shifted datums and a census on layers nobody here made.

The census of Olemps is from 2010-15, its register of dwellings from 2022: the register should hold
some per cent more. A cell of 200 m agrees if it is off by at most 5 homes, 15 % or twice the root
of its own households, whichever is most; the total if it is off by at most 10 %.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
from numpy.typing import NDArray

from gridmap.layers.datum import to_bd09, to_gcj02
from gridmap.layers.offset import measure_offset

LAYERS = Path(__file__).parents[3] / "shared" / "data"
DISAGREEING = {
    126: (17, 56),
    381: (69, 53),
    141: (62, 42),
    136: (49, 36),
}  # row: homes, households of the census

pytestmark = pytest.mark.skipif(not LAYERS.is_dir(), reason="the real layers are not here")


def pair(place: str) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    frames = (
        gpd.read_parquet(LAYERS / place / f"{name}.parquet") for name in ("buildings", "roads")
    )
    buildings, roads = frames
    return buildings, roads if "class" in roads else roads.assign(**{"class": ""})


def moved(
    frame: gpd.GeoDataFrame, shift: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> gpd.GeoDataFrame:
    return frame.set_geometry(frame.geometry.transform(shift))


@pytest.mark.parametrize("place", ["suzhou", "nyc", "olemps"])
def test_layers_that_fit_raise_no_alarm(place: str) -> None:
    assert measure_offset(*pair(place)).finding != "shifted"


@pytest.mark.parametrize("place", ["nyc", "olemps"])
def test_towns_of_another_plan_raise_no_alarm_where_the_shifts_are_tried(place: str) -> None:
    buildings, roads = pair(place)
    west, south, _, _ = buildings.total_bounds

    def to_suzhou(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return at - [west, south] + [120.6, 31.3]

    offset = measure_offset(moved(buildings, to_suzhou), moved(roads, to_suzhou))
    assert offset.sampled > 1000
    assert offset.finding != "shifted"


@pytest.mark.parametrize(
    ("shift", "datum", "metres", "way"),
    [(to_gcj02, "gcj02", 470, "se"), (to_bd09, "bd09", 1110, "ne")],
)
def test_the_shift_of_suzhous_buildings_is_named_with_way_and_metres(
    shift: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    datum: str,
    metres: int,
    way: str,
) -> None:
    buildings, roads = pair("suzhou")
    offset = measure_offset(moved(buildings, shift), roads)
    assert (offset.finding, offset.buildings, offset.roads) == ("shifted", datum, "")
    assert (offset.metres, offset.way) == (metres, way)
    opposite = measure_offset(buildings, moved(roads, shift))
    assert (opposite.finding, opposite.buildings, opposite.roads) == ("shifted", "", datum)


def test_the_dwellings_of_olemps_agree_with_the_census_and_the_report_shows_where_not(
    tmp_path: Path,
) -> None:
    census = LAYERS / "olemps" / "census_grid_200m.parquet"
    done = subprocess.run(  # noqa: S603 (our own program)
        [
            Path(sys.executable).with_name("gridmap"),
            *("check", LAYERS / "olemps", "--control", census),
            *("--faults", tmp_path / "faults.xlsx", "--json", "--lang=en"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)["control"]
    assert told["agrees"]
    assert 0.0 < told["drift"] < 0.10
    assert len(told["cells"]) == 116
    assert told["counted"] + told["elsewhere"] == 1429
    out = {
        cell["row"]: (cell["counted"], cell["control"])
        for cell in told["cells"]
        if not cell["agrees"]
    }
    assert out == DISAGREEING
    book = openpyxl.load_workbook(tmp_path / "faults.xlsx")
    texts = [
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
    ]
    for row, (homes, _) in DISAGREEING.items():
        assert any(f"Control cell {row} holds {homes} homes" in text for text in texts)
