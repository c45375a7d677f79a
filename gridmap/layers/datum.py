"""
GCJ-02 and BD-09: the shifted coordinates of Chinese map vendors, both ways.

PROJ knows neither. The forward shift is the published approximation that every open
implementation shares; the way back is found by iteration until a step is under a hundredth of a
millimetre, so that there and back again is the same point.

Only coordinates inside the rectangle around China are shifted, as the vendors do. It is a
rectangle and no border: Hong Kong, Taiwan and parts of the neighbours lie in it. A place just
outside is where it was, a place just inside has moved, so a shifted point within some hundred
metres of the edge may have come from nowhere; its way back ends outside the rectangle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SEMI_MAJOR_M: Final = 6378245.0  # Krasovsky 1940
ECCENTRICITY_2: Final = 0.00669342162296594323
BD_TURN: Final = np.pi * 3000.0 / 180.0
BD_EAST_DEG: Final = 0.0065
BD_NORTH_DEG: Final = 0.006
CHINA: Final = (72.004, 0.8293, 137.8347, 55.8271)
"""Rectangle outside which the shift is not defined: west, south, east, north in degrees."""

STEP_DEG: Final = 1e-10
STEPS: Final = 30


def is_in_china(lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Is each point of an n by 2 array inside the rectangle that the shift is defined for."""
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    west, south, east, north = CHINA
    inside: NDArray[np.bool_] = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def to_gcj02(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Shift WGS 84 (or CGCS2000) to GCJ-02.

    Parameters
    ----------
    lonlat
        Longitude and latitude in degrees, n by 2.

    Returns
    -------
    shifted
        Of the same shape; points outside China are as they were.
    """
    return np.where(is_in_china(lonlat)[:, None], _gcj02(lonlat), lonlat)


def to_bd09(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Shift WGS 84 (or CGCS2000) to BD-09.

    Parameters
    ----------
    lonlat
        Longitude and latitude in degrees, n by 2.

    Returns
    -------
    shifted
        Of the same shape; points outside China are as they were.
    """
    return np.where(is_in_china(lonlat)[:, None], _bd09(lonlat), lonlat)


def from_gcj02(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Take GCJ-02 back to WGS 84.

    Parameters
    ----------
    lonlat
        Longitude and latitude in degrees, n by 2, inside China.

    Returns
    -------
    true
        Of the same shape; :func:`to_gcj02` of it is `lonlat` again where it lies in China.
    """
    return _undone(_gcj02, lonlat)


def from_bd09(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Take BD-09 back to WGS 84.

    Parameters
    ----------
    lonlat
        Longitude and latitude in degrees, n by 2, inside China.

    Returns
    -------
    true
        Of the same shape; :func:`to_bd09` of it is `lonlat` again where it lies in China.
    """
    return _undone(_bd09, lonlat)


FROM_DATUM: Final[dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]]] = {
    "gcj02": from_gcj02,
    "bd09": from_bd09,
}
TO_DATUM: Final[dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]]] = {
    "gcj02": to_gcj02,
    "bd09": to_bd09,
}
DATUM_NAMES: Final = {"gcj02": "GCJ-02", "bd09": "BD-09", "": "WGS84"}
TRUE_DATUMS: Final = {"wgs84": "EPSG:4326", "cgcs2000": "EPSG:4490"}


def _gcj02(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shift whatever is handed in: the formula has no edge, only its use has."""
    lon, lat = lonlat[:, 0] - 105.0, lonlat[:, 1] - 35.0
    ripple = (20.0 * np.sin(6.0 * lon * np.pi) + 20.0 * np.sin(2.0 * lon * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * lon + 3.0 * lat + 0.2 * lat * lat + 0.1 * lon * lat
    north += 0.2 * np.sqrt(np.abs(lon)) + ripple
    north += (20.0 * np.sin(lat * np.pi) + 40.0 * np.sin(lat / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(lat / 12.0 * np.pi) + 320 * np.sin(lat * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + lon + 2.0 * lat + 0.1 * lon * lon + 0.1 * lon * lat
    east += 0.1 * np.sqrt(np.abs(lon)) + ripple
    east += (20.0 * np.sin(lon * np.pi) + 40.0 * np.sin(lon / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(lon / 12.0 * np.pi) + 300.0 * np.sin(lon / 30.0 * np.pi)) * 2.0 / 3.0
    phi = np.radians(lonlat[:, 1])
    flat = 1.0 - ECCENTRICITY_2 * np.sin(phi) ** 2
    root = np.sqrt(flat)
    meridian = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2) / (flat * root)
    shift = np.degrees(
        np.column_stack([east / (SEMI_MAJOR_M / root * np.cos(phi)), north / meridian])
    )
    shifted: NDArray[np.float64] = lonlat + shift
    return shifted


def _bd09(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    lon, lat = _gcj02(lonlat).T
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * BD_TURN)
    shifted: NDArray[np.float64] = np.column_stack(
        [radius * np.cos(angle) + BD_EAST_DEG, radius * np.sin(angle) + BD_NORTH_DEG]
    )
    return shifted


def _undone(
    shift: Callable[[NDArray[np.float64]], NDArray[np.float64]], lonlat: NDArray[np.float64]
) -> NDArray[np.float64]:
    true = lonlat.copy()
    for _ in range(STEPS):
        step = lonlat - shift(true)
        true += step
        if not step.size or np.abs(step).max() < STEP_DEG:
            break
    return true
