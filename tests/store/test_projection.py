"""Metres become degrees and the same metres again, whatever the datum."""

import numpy as np
import pytest
import shapely
from pyproj import CRS
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gridmap.errors import StoreError
from gridmap.store.projection import Projection, register
from gridmap.store.session import sessions

TOWNS = {
    "EPSG:4549": (500_000, 3_450_000),  # CGCS2000, Gauss-Krüger
    "EPSG:32651": (263_000, 3_466_000),  # WGS 84, UTM
    "EPSG:2154": (700_000, 6_600_000),  # RGF93, Lambert
    "EPSG:27700": (530_000, 180_000),  # Airy, a seven-parameter shift
    "EPSG:2343": (360_000, 3_400_000),  # Xian 1980
}


def corners(name: str) -> np.ndarray:
    east, north = TOWNS[name]
    return np.asarray(shapely.points([[east, north], [east + 9_000, north + 7_000]]))


@pytest.mark.parametrize("name", TOWNS)
def test_a_coordinate_on_the_lattice_comes_back_to_the_bit(name: str) -> None:
    dice = np.random.default_rng(1)
    xy = np.round(dice.uniform(0, 9_000, (500, 2)) + TOWNS[name], 4)
    projection = Projection.of(CRS(name))
    there = projection.to_degrees(shapely.points(xy))
    assert np.abs(shapely.get_coordinates(there)).max() <= 180
    assert np.array_equal(shapely.get_coordinates(projection.to_metres(there)), xy)


def test_a_coordinate_off_the_lattice_stays_off_it() -> None:
    point = np.asarray(shapely.points([[500_000.123456789, 3_450_000.987654321]]))
    projection = Projection.of(CRS("EPSG:4549"))
    back = projection.to_metres(projection.to_degrees(point))
    assert 0 <= shapely.distance(back, point)[0] < 1e-7


def test_longitude_comes_first_even_where_the_register_says_otherwise() -> None:
    there = Projection.of(CRS("EPSG:4549")).to_degrees(corners("EPSG:4549"))
    assert shapely.get_x(there)[0] == pytest.approx(120, abs=1)
    assert shapely.get_y(there)[0] == pytest.approx(31.2, abs=0.1)


def test_a_polygon_that_only_holds_in_metres_is_mended() -> None:
    """Its notch comes within a hair of a long edge, and the edge bends on its way to degrees."""
    notched = shapely.Polygon([(0, 0), (5_000, 3_000), (5_000, 3_100), (2_500, 1_500.0001), (0, 9)])
    moved = shapely.transform(notched, lambda xy: xy + TOWNS["EPSG:4549"])
    assert moved.is_valid
    there = Projection.of(CRS("EPSG:4549")).to_degrees(np.array([moved]))[0]
    assert there.is_valid
    assert there.geom_type in {"Polygon", "MultiPolygon"}


@pytest.mark.parametrize("name", TOWNS)
def test_postgis_computes_in_the_same_metres(session: Session, name: str) -> None:
    assert register(session, CRS(name), corners(name)) == CRS(name).to_epsg()


def own_crs(meridian: float) -> CRS:
    return CRS.from_proj4(f"+proj=tmerc +lon_0={meridian} +x_0=500000 +ellps=GRS80 +units=m")


def test_a_crs_of_ones_own_gets_a_number_once(session: Session) -> None:
    numbers = [register(session, own_crs(119.9), corners("EPSG:4549")) for _ in range(2)]
    assert numbers[0] == numbers[1] >= 910_000
    assert register(session, own_crs(119.8), corners("EPSG:4549")) != numbers[0]


def test_two_crs_that_fall_on_one_number_get_two(session: Session) -> None:
    number = register(session, own_crs(119.9), corners("EPSG:4549"))
    session.execute(text("UPDATE spatial_ref_sys SET srtext = srtext || ' ' WHERE srid >= 910000"))
    assert register(session, own_crs(119.9), corners("EPSG:4549")) == number + 1


def test_a_number_that_means_something_else_there_is_not_used(engine: Engine) -> None:
    other = (
        "UPDATE spatial_ref_sys SET auth_name = '', srtext = '', proj4text = '+proj=utm +zone=9'"
    )
    with sessions(engine)() as session:
        session.execute(text(f"{other} WHERE srid = 4549"))
        assert register(session, CRS("EPSG:4549"), corners("EPSG:4549")) >= 910_000


def test_a_database_that_lets_no_crs_be_registered_is_named(session: Session) -> None:
    session.execute(text("CREATE ROLE gridmap_test_reader"))
    session.execute(text("SET LOCAL ROLE gridmap_test_reader"))
    with pytest.raises(StoreError, match="does not let the coordinate system"):
        register(session, own_crs(119.7), corners("EPSG:4549"))


def test_a_crs_that_postgis_computes_otherwise_is_refused(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridmap.store.projection.AGREEMENT_M", -1.0)
    with pytest.raises(StoreError, match="nothing was imported"):
        register(session, CRS("EPSG:4549"), corners("EPSG:4549"))
