"""
The main job on layers nobody here made: a French commune and the old town of Suzhou.

The hard rules are checked on the written GeoPackage with shapely alone; no figure of the planner is
taken on trust.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

LAYERS = Path(__file__).parents[3] / "shared" / "data"
PLACES = [  # planned once, so all tests of one place are one worker's
    pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ("olemps", "suzhou")
]

pytestmark = pytest.mark.skipif(not LAYERS.is_dir(), reason="the real layers are not here")


@dataclass(frozen=True)
class Planned:
    """One real place: its buildings as they came, and the plan as it was written."""

    buildings: gpd.GeoDataFrame
    ground: gpd.GeoDataFrame | None  # communities, where there are any
    grids: gpd.GeoDataFrame
    assignment: pd.Series  # building_id to grid_code, with repeats if there were any
    summary: Mapping[str, object]


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Planned:
    folder = LAYERS / request.param
    out = tmp_path_factory.mktemp(request.param) / "plan.gpkg"
    program = Path(sys.executable).with_name("gridmap")
    done = subprocess.run(  # noqa: S603 (our own program)
        [program, "plan", folder, "--out", out, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    outlines = folder / "communities.parquet"
    assignment = pyogrio.read_dataframe(out, layer="assignment", read_geometry=False)
    return Planned(
        buildings=gpd.read_parquet(folder / "buildings.parquet"),
        ground=gpd.read_parquet(outlines) if outlines.exists() else None,
        grids=pyogrio.read_dataframe(out, layer="grids").set_index("grid_code"),
        assignment=assignment.set_index("building_id")["grid_code"],
        summary=json.loads(done.stdout),
    )


def ids(buildings: gpd.GeoDataFrame) -> pd.Index:
    name = next(name for name in ("bid", "osm_id") if name in buildings)
    return pd.Index(buildings[name].astype(str))


def metric(frame: gpd.GeoDataFrame, place: Planned) -> gpd.GeoSeries:
    return frame.geometry.to_crs(place.buildings.estimate_utm_crs())


def test_every_building_is_in_exactly_one_grid(place: Planned) -> None:
    assert place.assignment.index.is_unique
    assert set(place.assignment.index) == set(ids(place.buildings))
    assert place.assignment.isin(place.grids.index).all()


def test_every_building_lies_in_its_grid(place: Planned) -> None:
    anchors = metric(place.buildings, place).representative_point().set_axis(ids(place.buildings))
    homes = metric(place.grids, place).loc[place.assignment.loc[anchors.index]]
    assert shapely.dwithin(homes.to_numpy(), anchors.to_numpy(), 1e-3).all()


def test_the_grids_overlap_nowhere_and_share_their_borders(place: Planned) -> None:
    areas = place.grids.geometry.to_numpy()
    assert shapely.is_valid(areas).all()
    assert shapely.coverage_is_valid(areas)
    assert place.grids.crs == place.buildings.crs


def test_the_grids_cover_the_community(place: Planned) -> None:
    together = shapely.union_all(metric(place.grids, place).to_numpy())
    if place.ground is None:
        assert shapely.get_num_interior_rings(together) == 0
        assert together.covers(metric(place.buildings, place).union_all())
    else:
        community = shapely.union_all(metric(place.ground, place).to_numpy())
        assert shapely.symmetric_difference(together, community).area <= 1e-6 * community.area


def test_every_grid_is_in_one_piece(place: Planned) -> None:
    assert (place.grids.geom_type == "Polygon").all()


def test_the_balance_is_exact_and_the_grids_hold_what_their_buildings_hold(place: Planned) -> None:
    sheet = place.summary["ledger"]
    assert isinstance(sheet, dict)
    assert sheet["balanced"]
    assert place.grids["households"].sum() == sheet["placed"]
    if "units" in place.buildings:
        homes = place.buildings["units"].fillna(0).set_axis(ids(place.buildings))
        held = homes.groupby(place.assignment.loc[homes.index].to_numpy()).sum()
        assert (held.reindex(place.grids.index, fill_value=0) == place.grids["households"]).all()
        assert homes.sum() == sheet["ledger"]
    else:
        assert place.summary["estimated_households"] == sheet["ledger"] > 0


def test_every_grid_out_of_the_band_says_why(place: Planned) -> None:
    general = place.grids[place.grids["kind"] == "general"]
    out = ~general["households"].between(300, 500)
    assert (general.loc[out, "reason"] != "").all()
    assert (general.loc[~out, "status"] == "ok").all()


def test_the_dwellings_of_olemps_drift_from_the_census_as_far_as_the_years_between_them() -> None:
    register = gpd.read_parquet(LAYERS / "olemps" / "buildings.parquet")["units"].sum()
    cells = gpd.read_parquet(LAYERS / "olemps" / "census_grid_200m.parquet")
    census = cells.loc[cells["commune"] == "12174", "households"].sum()  # some ten years older
    assert register == 1429
    assert round(census) == 1314
    assert 0 < register / census - 1 < 0.1
