"""Where a layer lies: axes the wrong way round, coordinates that say nothing, datums that lie."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from gridmap.errors import InputError
from gridmap.layers import read_layers
from gridmap.layers.datum import from_gcj02, to_bd09, to_gcj02
from gridmap.layers.offset import Offset, measure_offset
from gridmap.schema import Fault
from tests.unit.layers.street import METRIC, building_frame, house

Shift = Callable[[NDArray[np.float64]], NDArray[np.float64]]

LONLAT = CRS("EPSG:4326")
ZONE_40 = "EPSG:4528"  # zone number before the easting
NAMELESS = (
    'PROJCS["",GEOGCS["",DATUM["D_Krasovsky",SPHEROID["Krasovsky_1940",6378245.0,298.3]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",120.0],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


def town(*, blocks: int = 20, seed: int = 0) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Make houses in blocks of uneven width between roads, none of them on a road."""
    dice = np.random.default_rng(seed)
    xs, ys = (np.concatenate([[0.0], np.cumsum(dice.uniform(70, 160, blocks))]) for _ in "xy")
    at = np.array([263_000.0, 3_466_000.0])
    lines = [shapely.LineString([(x, 0.0), (x, ys[-1])]) for x in xs]
    lines += [shapely.LineString([(0.0, y), (xs[-1], y)]) for y in ys]
    houses = [shapely.box(x + 12, y + 12, x + 50, y + 50) for x in xs[:-1] for y in ys[:-1]]
    buildings = gpd.GeoDataFrame(
        {"building_id": [f"B{n}" for n in range(len(houses))]},
        geometry=shapely.transform(houses, lambda xy: xy + at),
        crs=METRIC,
    )
    roads = gpd.GeoDataFrame(
        {"class": ["secondary"] * len(lines)},
        geometry=shapely.transform(lines, lambda xy: xy + at),
        crs=METRIC,
    )
    roads = roads.set_geometry(roads.geometry.segmentize(50.0))
    return buildings.to_crs(LONLAT), roads.to_crs(LONLAT)


def moved(frame: gpd.GeoDataFrame, shift: Shift) -> gpd.GeoDataFrame:
    """Shift a layer in degrees and leave it the name of its CRS."""
    return frame.set_geometry(frame.geometry.transform(shift))


def turned(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Swap the coordinates and leave the layer the name of its CRS."""
    return moved(frame, lambda xy: xy[:, ::-1])


def write(folder: Path, name: str, frame: gpd.GeoDataFrame, *, crs: object = "as it is") -> None:
    """Write a layer as GeoParquet; without a CRS where None is said."""
    if crs is None:
        frame = frame.set_crs(None, allow_override=True)
    frame.to_parquet(folder / f"{name}.parquet")


def noted(folder: Path, kind: str) -> list[Fault]:
    return [fault for fault in read_layers(folder).faults if fault.kind == kind]


def refusals(folder: Path) -> list[Fault]:
    with pytest.raises(InputError) as refused:
        read_layers(folder)
    return list(refused.value.faults)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4490"])
def test_degrees_with_the_latitude_first_are_turned_and_it_is_said(
    tmp_path: Path, crs: str
) -> None:
    write(tmp_path, "buildings", turned(building_frame().to_crs(crs)))
    layers = read_layers(tmp_path)
    assert (
        layers.buildings.geometry["B0"].distance(
            gpd.GeoSeries([house(0)], crs=METRIC).to_crs(layers.metric_crs)[0]
        )
        < 2.0
    )
    assert [fault.level for fault in layers.faults if fault.kind == "axes_swapped"] == ["repaired"]


@pytest.mark.parametrize("crs", ["EPSG:32651", "EPSG:4547", ZONE_40, NAMELESS])
def test_northings_that_come_first_are_turned_and_it_is_said(tmp_path: Path, crs: str) -> None:
    straight = building_frame().to_crs(crs)
    write(tmp_path, "buildings", turned(straight))
    layers = read_layers(tmp_path)
    assert layers.buildings.geometry["B0"].equals_exact(straight.geometry[0], 1e-6)
    assert [fault.level for fault in layers.faults if fault.kind == "axes_swapped"] == ["repaired"]


@pytest.mark.parametrize("place", [(25.8, 71.0), (-150.0, 70.0), (2.5, 44.3), (114.2, 22.3)])
def test_places_that_are_far_north_or_far_away_keep_their_axes(
    tmp_path: Path, place: tuple[float, float]
) -> None:
    shape = shapely.Point(place).buffer(1e-4)
    write(tmp_path, "buildings", gpd.GeoDataFrame({"bid": ["a"]}, geometry=[shape], crs=4326))
    assert noted(tmp_path, "axes_swapped") == []


def kashgar(folder: Path) -> None:
    """Write a building of western China the wrong way round: no coordinate is beyond a pole."""
    shape = shapely.Point(39.47, 75.99).buffer(1e-4)
    write(folder, "buildings", gpd.GeoDataFrame({"bid": ["a"]}, geometry=[shape], crs=4326))


def test_a_swap_that_is_only_likely_is_refused_with_both_readings(tmp_path: Path) -> None:
    kashgar(tmp_path)
    fault = refusals(tmp_path)[0]
    assert fault.kind == "axes_doubtful"
    assert "39.47" in fault.text("en")


def test_a_swap_that_is_only_likely_is_certain_once_a_chinese_datum_is_declared(
    tmp_path: Path,
) -> None:
    kashgar(tmp_path)
    (tmp_path / "layers.toml").write_text('datum = "GCJ-02"\n', "utf-8")
    layers = read_layers(tmp_path)
    at = layers.buildings.to_crs(4326).geometry.iloc[0].centroid
    expected = from_gcj02(np.array([[75.99, 39.47]]))[0]
    assert (at.x, at.y) == pytest.approx(tuple(expected), abs=1e-6)


def test_a_place_near_the_pole_is_believed_once_its_crs_is_declared(tmp_path: Path) -> None:
    kashgar(tmp_path)
    (tmp_path / "layers.toml").write_text('crs = "EPSG:4326"\n', "utf-8")
    assert read_layers(tmp_path).buildings.to_crs(4326).total_bounds[1] > 75.0


def test_a_layer_that_meets_the_buildings_only_when_swapped_is_refused(tmp_path: Path) -> None:
    shape = shapely.Point(2.5, 44.3).buffer(1e-3)
    for name, geometry in (("buildings", shape), ("compounds", turned_shape(shape))):
        frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[geometry], crs=4326)
        write(tmp_path, name, frame)
    fault = refusals(tmp_path)[0]
    assert (fault.layer, fault.kind) == ("compounds", "axes_disagree")


def turned_shape(shape: shapely.Polygon) -> shapely.Polygon:
    return shapely.transform(shape, lambda xy: xy[:, ::-1])


def test_an_easting_with_a_zone_number_is_not_of_a_zone_without_one(tmp_path: Path) -> None:
    frame = building_frame().to_crs(ZONE_40).set_crs("EPSG:4549", allow_override=True)
    write(tmp_path, "buildings", frame)
    fault = refusals(tmp_path)[0]
    assert fault.kind == "crs_other_zone"
    assert "zone number" in fault.text("en")


@pytest.mark.parametrize("crs", [NAMELESS, CRS(4549).to_wkt("WKT1_ESRI"), CRS(4528).to_wkt()])
def test_a_wkt_of_any_dialect_needs_no_code(tmp_path: Path, crs: str) -> None:
    frame = building_frame().to_crs(crs).rename(columns={"building_id": "bid"})
    frame.to_file(tmp_path / "buildings.shp")
    layers = read_layers(tmp_path)
    assert layers.metric_crs.is_projected
    assert layers.buildings.geometry["B1"].area == pytest.approx(80.0, rel=1e-2)
    assert [fault.kind for fault in layers.faults] == ["communities_missing"]


@pytest.mark.parametrize(
    ("crs", "line"),
    [
        ("EPSG:4528", 'crs = "EPSG:4528"'),
        ("EPSG:4497", 'crs = "EPSG:4497"'),  # zone 19 of 6 degrees, too far east for real
        ("EPSG:4549", "from EPSG:4534 (75° E) to EPSG:4554"),
        ("EPSG:3857", "Web Mercator, EPSG:3857 / EPSG:4491:"),  # zone 13, far in the west
    ],
)
def test_metres_without_a_crs_are_refused_with_the_zones_they_can_be_of(
    tmp_path: Path, crs: str, line: str
) -> None:
    frame = building_frame()
    if crs == "EPSG:4497":
        frame = frame.translate(-1_000_000 * 0.9).to_frame("geometry").assign(bid=["a", "b", "c"])
    write(tmp_path, "buildings", frame.to_crs(crs), crs=None)
    assert line in refusals(tmp_path)[0].text("en")


def test_metres_without_a_crs_find_their_zone_by_the_layers_that_have_one(tmp_path: Path) -> None:
    buildings, roads = town(blocks=3)
    write(tmp_path, "buildings", buildings.to_crs("EPSG:4549"), crs=None)
    write(tmp_path, "roads", roads)
    fault = refusals(tmp_path)[0]
    assert fault.kind == "crs_missing_zone"
    assert '[buildings] crs = "EPSG:4549"' in fault.text("zh")


def test_northings_first_without_a_crs_are_named(tmp_path: Path) -> None:
    write(tmp_path, "buildings", turned(building_frame().to_crs(ZONE_40)), crs=None)
    fault = refusals(tmp_path)[0]
    assert fault.kind == "crs_missing_northing"
    assert ZONE_40 in fault.text("en")


def test_northings_first_without_a_zone_number_name_no_meridian_at_random(tmp_path: Path) -> None:
    write(tmp_path, "buildings", turned(building_frame().to_crs("EPSG:4549")), crs=None)
    assert refusals(tmp_path)[0].kind == "crs_missing_meridian"


@pytest.mark.parametrize(("shift", "datum"), [(to_gcj02, "GCJ-02"), (to_bd09, "BD-09")])
@pytest.mark.parametrize("layer", ["buildings", "roads"])
def test_undeclared_degrees_are_refused_with_way_metres_and_datum(
    tmp_path: Path, shift: Shift, datum: str, layer: str
) -> None:
    frames = dict(zip(("buildings", "roads"), town(), strict=True))
    for name, frame in frames.items():
        is_wrong = name == layer
        write(
            tmp_path,
            name,
            moved(frame, shift) if is_wrong else frame,
            crs=None if is_wrong else "as it is",
        )
    faults = refusals(tmp_path)
    assert [fault.kind for fault in faults] == [f"{layer}_undeclared_shifted"]
    sentence = faults[0].text("en")
    assert f'[{layer}] datum = "{datum}"' in sentence
    ways = {("buildings", "GCJ-02"): "m south-east", ("roads", "GCJ-02"): "m north-west"}
    assert ways.get((layer, datum), " m ") in sentence


def test_undeclared_degrees_that_fit_the_roads_are_refused_and_told_so(tmp_path: Path) -> None:
    buildings, roads = town()
    write(tmp_path, "buildings", buildings, crs=None)
    write(tmp_path, "roads", roads)
    fault = refusals(tmp_path)[0]
    assert fault.kind == "crs_missing_aligned"
    assert 'datum = "WGS84"' in fault.text("en")


def test_the_line_of_the_hint_is_all_that_is_needed(tmp_path: Path) -> None:
    buildings, roads = town()
    write(tmp_path, "buildings", moved(buildings, to_gcj02), crs=None)
    write(tmp_path, "roads", roads)
    (tmp_path / "layers.toml").write_text('[buildings]\ndatum = "GCJ-02"\n', "utf-8")
    write(tmp_path, "buildings", moved(buildings, to_gcj02), crs="as it is")
    layers = read_layers(tmp_path)
    true = buildings.to_crs(layers.metric_crs).geometry.centroid
    assert (
        layers.buildings.geometry.centroid.distance(true.set_axis(layers.buildings.index)).max()
        < 0.01
    )
    assert "layer_shifted" not in {fault.kind for fault in layers.faults}


@pytest.mark.parametrize(
    ("declared", "reading"),
    [("", "buildings are in GCJ-02"), ('[buildings]\ndatum = "BD-09"\n', "datum")],
)
def test_a_wrong_declaration_shows(tmp_path: Path, declared: str, reading: str) -> None:
    buildings, roads = town()
    write(tmp_path, "buildings", moved(buildings, to_gcj02))
    write(tmp_path, "roads", roads)
    (tmp_path / "layers.toml").write_text(declared, "utf-8")
    notes = noted(tmp_path, "layer_shifted")
    assert len(notes) == 1
    assert reading in notes[0].text("en")


def test_layers_that_fit_are_left_in_peace(tmp_path: Path) -> None:
    buildings, roads = town()
    write(tmp_path, "buildings", buildings)
    write(tmp_path, "roads", roads)
    assert noted(tmp_path, "layer_shifted") == []


def test_a_few_houses_on_a_road_prove_nothing() -> None:
    buildings, roads = town(blocks=3)
    assert measure_offset(moved(buildings, to_gcj02), roads).finding == ""


def test_abroad_no_shift_is_tried() -> None:
    buildings, roads = town()
    abroad = [moved(frame, lambda xy: xy - [118.0, -14.0]) for frame in (buildings, roads)]
    assert measure_offset(*abroad) == Offset("")


def test_points_for_buildings_are_tried_too() -> None:
    buildings, roads = town(blocks=40)
    west = buildings.set_geometry(buildings.to_crs(METRIC).centroid.to_crs(LONLAT))
    assert measure_offset(west, roads).finding != "shifted"


def test_a_layer_with_one_foot_abroad_cannot_be_in_a_chinese_datum(tmp_path: Path) -> None:
    shapes = [shapely.Point(120.0, 30.0).buffer(1e-4), shapely.Point(140.0, 36.0).buffer(1e-4)]
    write(tmp_path, "buildings", gpd.GeoDataFrame({"bid": ["a", "b"]}, geometry=shapes, crs=4326))
    (tmp_path / "layers.toml").write_text('datum = "BD-09"\n', "utf-8")
    sentence = refusals(tmp_path)[0].text("en")
    assert "137.8347" in sentence
    assert "outside China" in sentence
