"""
Coordinates: metres inside, degrees outside.

Everything between reading and writing happens in one metric CRS; the buildings layer's own CRS
comes back on the way out. Axis order is always x, y: `EPSG:4490` and `EPSG:4326` are stored
latitude-first in the EPSG register, and geopandas and pyproj are told to ignore that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gridmap.errors import CrsError
from gridmap.messages import Message

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pyproj import CRS

LONLAT: Final = "EPSG:4326"
"""CRS of tables in PostGIS and of GeoJSON."""

LONLAT_SRID: Final = 4326

PRECISION_M: Final = 1e-4
"""Planning coordinates lie on a lattice of a tenth of a millimetre, so that lines meet exactly."""


def metric_crs(frame: GeoDataFrame) -> CRS:
    """
    Choose the CRS to plan in.

    Parameters
    ----------
    frame
        The buildings layer, with a CRS.

    Returns
    -------
    crs
        The layer's own when it is projected in metres, else the UTM zone it lies in.

    Raises
    ------
    CrsError
        If the layer has no CRS.
    """
    if frame.crs is None:
        raise CrsError(Message("crs.missing"))
    return frame.crs if is_metric(frame.crs) else frame.estimate_utm_crs()


def is_metric(crs: CRS) -> bool:
    """Is `crs` projected in metres that are metres: not stretched, as web Mercator is."""
    if not crs.is_projected:
        return False
    operation = crs.coordinate_operation
    method = "" if operation is None else operation.method_name
    is_stretched = "Mercator" in method and "Transverse" not in method
    return not is_stretched and all(axis.unit_conversion_factor == 1 for axis in crs.axis_info[:2])


def require_metric(frame: GeoDataFrame) -> GeoDataFrame:
    """
    Return `frame` if it is in metres.

    Parameters
    ----------
    frame
        Any layer.

    Returns
    -------
    frame
        The same layer.

    Raises
    ------
    CrsError
        If the layer has no CRS or is not in metres.
    """
    if frame.crs is None:
        raise CrsError(Message("crs.missing"))
    if not is_metric(frame.crs):
        raise CrsError(Message("crs.not_metric", {"crs": frame.crs.name}))
    return frame
