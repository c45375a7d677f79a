"""GCJ-02 and BD-09 are undone to under a centimetre, all over the rectangle they are defined in."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gridmap.layers.datum import (
    CHINA,
    from_bd09,
    from_gcj02,
    is_in_china,
    to_bd09,
    to_gcj02,
)

Shift = Callable[[NDArray[np.float64]], NDArray[np.float64]]

WEST, SOUTH, EAST, NORTH = CHINA
DEGREE_M = 111_320.0
CENTIMETRE = 0.01
WAYS = pytest.mark.parametrize(
    ("there", "back"), [(to_gcj02, from_gcj02), (to_bd09, from_bd09)], ids=["GCJ-02", "BD-09"]
)
# The formula has kinks where its roots begin, and a jump at the edge of the rectangle.
SPECIAL_LON = [105.0, np.nextafter(105.0, 0.0), np.nextafter(105.0, 180.0), WEST, EAST, 90.0, 120.0]
SPECIAL_LAT = [35.0, np.nextafter(35.0, 90.0), SOUTH, NORTH, 30.0]
POINTS = st.lists(
    st.tuples(
        st.floats(WEST, EAST) | st.sampled_from(SPECIAL_LON),
        st.floats(SOUTH, NORTH) | st.sampled_from(SPECIAL_LAT),
    ),
    min_size=1,
    max_size=50,
).map(np.array)


def metres(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Measure the way between points in degrees, by the larger of what a degree can be."""
    distance: NDArray[np.float64] = np.hypot(*(one - other).T) * DEGREE_M
    return distance


@WAYS
@given(POINTS)
def test_there_and_back_again_is_the_same_point(
    there: Shift, back: Shift, points: NDArray[np.float64]
) -> None:
    assert metres(back(there(points)), points).max() < CENTIMETRE


@WAYS
@given(POINTS)
def test_the_way_back_fits_the_shift_or_ends_outside_and_is_refused(
    there: Shift, back: Shift, points: NDArray[np.float64]
) -> None:
    true = back(points)
    kept = is_in_china(true)
    assert np.isfinite(true).all()
    assert metres(there(true), points)[kept].max(initial=0.0) < CENTIMETRE
    edge = np.min(np.abs(points[:, [0, 1, 0, 1]] - np.array(CHINA)), axis=1) * DEGREE_M
    assert (edge[~kept] < 2_500.0).all()  # only what lies by the edge can come from nowhere


@WAYS
def test_a_fine_net_over_the_whole_rectangle_comes_back(there: Shift, back: Shift) -> None:
    lon, lat = np.meshgrid(np.linspace(WEST, EAST, 700), np.linspace(SOUTH, NORTH, 600))
    points = np.column_stack([lon.ravel(), lat.ravel()])
    assert metres(back(there(points)), points).max() < CENTIMETRE / 10


@WAYS
@given(st.floats(-180.0, 180.0), st.floats(-89.0, 89.0))
def test_abroad_nothing_is_shifted(there: Shift, back: Shift, lon: float, lat: float) -> None:
    assert back is not there
    point = np.array([[lon, lat]])
    if not is_in_china(point)[0]:
        assert (there(point) == point).all()
