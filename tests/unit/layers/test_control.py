"""Homes against a census: what agrees, what does not, and what the report says of it."""

from pathlib import Path

import geopandas as gpd
import pytest
from shapely import box

from gridmap.errors import InputError
from gridmap.layers import read_layers
from gridmap.layers.control import (
    Census,
    Tolerance,
    compare_control,
    control_faults,
    read_control,
    summary,
)
from gridmap.layers.ledger import settle_households
from gridmap.rules import load_rules
from tests.unit.layers.street import EAST, METRIC, NORTH, building_frame, stretch, write_geojson

HOMES = (40, 3, 0, 20, 7)


def cells(*control: float | None, column: str = "households") -> gpd.GeoDataFrame:
    """Draw a cell around every house of the street, with its control."""
    shapes = [
        box(EAST + 10 * n - 1, NORTH - 5, EAST + 10 * n + 9, NORTH + 15)
        for n in range(len(control))
    ]
    return gpd.GeoDataFrame({column: list(control)}, geometry=shapes, crs=METRIC)


def census(folder: Path, control: gpd.GeoDataFrame, **limits: float) -> Census:
    frame = building_frame(len(HOMES), columns={"households": list(HOMES)})
    write_geojson(frame, folder)
    ground = gpd.GeoDataFrame({"code": ["1"]}, geometry=[stretch(0, 5)], crs=METRIC)
    write_geojson(ground, folder, "communities")
    control.to_file(folder / "census.gpkg")
    layers = read_layers(folder)
    settled = settle_households(layers, rules=load_rules()).buildings
    read = read_control(folder / "census.gpkg", crs=layers.metric_crs)
    return compare_control(
        settled, read, communities=layers.communities, tolerance=Tolerance(**limits)
    )


def test_every_home_counts_in_one_cell_or_elsewhere(tmp_path: Path) -> None:
    found = census(tmp_path, cells(40, 3, 0, 20))
    assert list(found.cells.sort_values("row")["counted"]) == [40, 3, 0, 20]
    assert found.counted + found.elsewhere == sum(HOMES)


def test_a_cell_may_be_off_by_the_most_of_three_limits(tmp_path: Path) -> None:
    found = census(tmp_path, cells(50, 8.5, 5, 26, 7))
    agrees = found.cells.sort_values("row")
    assert list(agrees["allowed"].round(1)) == [14.1, 5.8, 5.0, 10.2, 5.3]
    assert agrees["agrees"].all()
    assert not Tolerance(homes=0, sigmas=0).allowed(agrees["control"]).ge(10).any()


def test_a_cell_that_is_off_by_more_is_named_with_its_outline_the_worst_first(
    tmp_path: Path,
) -> None:
    faults = control_faults(census(tmp_path, cells(70, 3, 30, 20, 7)))
    assert [(fault.kind, fault.row) for fault in faults] == [
        ("control_total", None),
        ("control_cell", 3),
        ("control_cell", 1),
    ]
    assert all(fault.geometry is not None for fault in faults[1:])
    assert "Control cell 3 holds 0 homes where the control has 30 (-30" in faults[1].text("en")


def test_the_total_has_a_tolerance_of_its_own(tmp_path: Path) -> None:
    found = census(tmp_path, cells(44, 6, 3, 23, 9))
    assert found.cells["agrees"].all()
    assert not found.total_agrees
    assert [fault.kind for fault in control_faults(found)] == ["control_total"]
    assert "they do not agree" in summary(found).text("en")


def test_homes_without_a_control_are_said(tmp_path: Path) -> None:
    faults = control_faults(census(tmp_path, cells(40, 3, 0, None)))
    assert [(fault.kind, fault.fields) for fault in faults] == [
        ("control_elsewhere", {"households": 27})
    ]


def test_cells_outside_every_community_are_not_compared(tmp_path: Path) -> None:
    found = census(tmp_path, cells(*HOMES, 500))
    assert len(found.cells) == len(HOMES)
    assert found.total_agrees


@pytest.mark.parametrize(
    ("control", "kind"),
    [
        (cells(1, column="inhabitants"), "control_columns"),
        (cells(-1), "count_bad"),
        (cells(1).set_geometry(cells(1).centroid), "wrong_geometry"),
        (cells(1).set_crs(None, allow_override=True), "crs_missing"),
    ],
)
def test_a_control_that_cannot_be_used_is_refused(
    tmp_path: Path, control: gpd.GeoDataFrame, kind: str
) -> None:
    control.to_parquet(tmp_path / "control.parquet")
    with pytest.raises(InputError) as refused:
        read_control(tmp_path / "control.parquet", crs=METRIC)
    assert [fault.kind for fault in refused.value.faults] == [kind]


@pytest.mark.parametrize("name", ["none.gpkg", "control.csv"])
def test_a_control_that_is_no_file_of_polygons_is_refused_by_name(
    tmp_path: Path, name: str
) -> None:
    if name.endswith(".csv"):
        (tmp_path / name).write_text("households\n1\n", "utf-8")
    with pytest.raises(InputError, match=name):
        read_control(tmp_path / name, crs=METRIC)
