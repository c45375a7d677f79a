"""
Which coordinate comes first: east or north, longitude or latitude.

EPSG:4326 and EPSG:4490 are latitude-first in their register, and Gauss–Krüger zones are
north-first, so many a file was written that way round. Coordinates are turned only where they
cannot be read otherwise: beyond a pole, or thousands of kilometres from their own zone. Where
another reading is possible, however unlikely, the layer is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import shapely

from gridmap.layers.datum import is_in_china
from gridmap.schema import Fault

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray
    from pyproj import CRS

Reading = Literal["straight", "swapped", "doubtful", "neither"]

POLE: Final = 90.0
ROUND: Final = 180.0
ARCTIC: Final = 72.0
"""Hardly anybody lives north of this latitude, and nobody in China west of this longitude."""
ZONE_HALF_WIDTH_M: Final = 1_000_000.0
"""No zone is used further from its middle than this: it would be stretched by a per cent."""
MERIDIAN_LENGTH_M: Final = 10_100_000.0  # from the equator to a pole

EASTING, NORTHING = "False easting", "False northing"


def straighten(
    layer: str, frame: GeoDataFrame, *, is_chinese: bool, is_declared: bool
) -> tuple[GeoDataFrame, list[Fault]]:
    """
    Turn coordinates that can only be meant the other way round.

    Parameters
    ----------
    layer
        Named in faults.
    frame
        Features with a CRS.
    is_chinese
        Is it declared to be in a datum that exists in China only.
    is_declared
        Did somebody declare the CRS: then a place is believed that nobody would believe a file.

    Returns
    -------
    frame
        With x before y.
    faults
        One if the axes were turned, if it is likely but not certain that they should be, or if
        the coordinates cannot be of this CRS at all.
    """
    at = shapely.get_coordinates(np.asarray(frame.geometry.array, dtype=object))
    reading = read_axes(at, frame.crs, is_chinese=is_chinese)
    if reading == "straight" or (reading == "doubtful" and is_declared):
        return frame, []
    if reading == "neither" and (frame.crs.is_geographic or not np.isfinite(at).any()):
        return frame, []  # told by row
    fields: dict[str, str | int] = {"crs": frame.crs.name, "value": example_of(at)}
    if reading != "swapped":
        kind = "axes_doubtful" if reading == "doubtful" else "crs_other_zone"
        return frame, [Fault(layer, None, kind, "refused", fields)]
    turned = shapely.transform(frame.geometry.array, lambda xy: xy[:, ::-1])
    turned = frame.set_geometry(type(frame.geometry)(turned, index=frame.index, crs=frame.crs))
    return turned, [Fault(layer, None, "axes_swapped", "repaired", fields)]


def example_of(at: NDArray[np.float64]) -> str:
    """
    Write the first coordinate as a user would look for it.

    Parameters
    ----------
    at
        Coordinates, n by 2, at least one.

    Returns
    -------
    example
        Two numbers with as many digits as tell a street.
    """
    return ", ".join(f"{value:.5f}" if abs(value) <= ROUND else f"{value:.0f}" for value in at[0])


def read_axes(at: NDArray[np.float64], crs: CRS, *, is_chinese: bool = False) -> Reading:
    """
    Tell how coordinates are meant.

    Parameters
    ----------
    at
        Coordinates as the file has them, n by 2.
    crs
        Theirs.
    is_chinese
        Are they known to lie in China.

    Returns
    -------
    reading
        `swapped` if that is the only reading that is possible, `doubtful` if it is only the one
        that lies in China, `neither` if none is possible.
    """
    at = at[np.isfinite(at).all(axis=1)]
    if not len(at):
        return "neither"
    if crs.is_geographic:
        return _read_degrees(at, is_chinese=is_chinese)
    zone = _zone(crs)
    if zone is None or _in_zone(at, zone).any():
        return "straight"
    return "swapped" if _in_zone(at[:, ::-1], zone).all() else "neither"


def _read_degrees(at: NDArray[np.float64], *, is_chinese: bool) -> Reading:
    if not _is_on_earth(at):
        return "swapped" if _is_on_earth(at[:, ::-1]) else "neither"
    inside, turned = is_in_china(at).all(), is_in_china(at[:, ::-1]).all()
    if inside or not turned:
        return "straight"
    if is_chinese:
        return "swapped"
    return "doubtful" if at[:, 1].min() > ARCTIC else "straight"


def _is_on_earth(at: NDArray[np.float64]) -> bool:
    return bool((np.abs(at[:, 0]) <= ROUND).all() and (np.abs(at[:, 1]) <= POLE).all())


def _zone(crs: CRS) -> tuple[float, float] | None:
    """Give false easting and northing of a transverse Mercator in metres; None of others."""
    operation = crs.coordinate_operation
    if operation is None or "Transverse Mercator" not in operation.method_name:
        return None
    if any(axis.unit_conversion_factor != 1 for axis in crs.axis_info[:2]):
        return None
    told = {parameter.name: parameter.value for parameter in operation.params}
    if not {EASTING, NORTHING} <= told.keys():
        return None
    return float(told[EASTING]), float(told[NORTHING])


def _in_zone(at: NDArray[np.float64], zone: tuple[float, float]) -> NDArray[np.bool_]:
    off = np.abs(at - np.array(zone))
    inside: NDArray[np.bool_] = (off < (ZONE_HALF_WIDTH_M, MERIDIAN_LENGTH_M)).all(axis=1)
    return inside
