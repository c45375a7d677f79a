"""
What layers say about each other's coordinates: hints for what was not declared, doubts of what was.

A layer without a CRS is refused, but its numbers and its neighbours often tell what it is. A layer
with one is believed, unless a shift of Chinese map vendors would explain the others far better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from pyproj import Transformer

from gridmap.crs import LONLAT
from gridmap.layers.axes import example_of
from gridmap.layers.datum import DATUM_NAMES, is_in_china
from gridmap.layers.offset import UNKNOWN, Offset, measure_offset
from gridmap.messages import Message
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geopandas import GeoDataFrame
    from numpy.typing import NDArray

PAIR: Final = ("buildings", "roads")
NEAR_DEG: Final = 0.5
"""Layers of one county lie closer together than this, in degrees."""

MERIDIANS: Final = range(75, 136, 3)
"""Central meridians of China's 3-degree zones; the 6-degree ones are every other of them."""
FIRST_PLAIN: Final = 4534  # CGCS2000 / 3-degree Gauss-Kruger CM 75E, false easting 500 km
FIRST_3_DEGREE: Final = 4513  # …zone 25, whose number comes before the easting
FIRST_6_DEGREE: Final = 4491  # CGCS2000 / Gauss-Kruger zone 13
ZONES_3: Final = range(25, 46)
ZONES_6: Final = range(13, 24)
EASTINGS_M: Final = (100_000.0, 900_000.0)
NORTHINGS_M: Final = (1_800_000.0, 6_000_000.0)  # of China, from Hainan to the Amur
WEB_EASTINGS_M: Final = (8_190_000.0, 15_040_000.0)  # of China in Web Mercator
ZONE_STEP_M: Final = 1_000_000.0


def hint_undeclared(shaped: Mapping[str, GeoDataFrame], faults: Sequence[Fault]) -> list[Fault]:
    """
    Say of layers that were refused for want of a CRS what they probably are.

    Parameters
    ----------
    shaped
        Layer name to features; without a CRS those that were refused.
    faults
        What was found so far.

    Returns
    -------
    faults
        The same, with a better sentence where the numbers or the roads allow it.
    """
    return [
        _hinted(fault, shaped) if fault.kind == "crs_missing" and fault.layer in shaped else fault
        for fault in faults
    ]


def note_offset(shaped: Mapping[str, GeoDataFrame]) -> list[Fault]:
    """
    Note that buildings and roads fit only if one of them is in another datum than it says.

    Parameters
    ----------
    shaped
        Layers with a CRS, any two of which may differ in it.

    Returns
    -------
    faults
        One note, or none: outside China there is nothing to try.
    """
    offset = _between(shaped.get("buildings"), shaped.get("roads"))
    if offset.finding != "shifted":
        return []
    named = {"buildings": offset.buildings, "roads": offset.roads}
    readings = [
        Message("faults.reading", {"layer": layer, "datum": DATUM_NAMES[datum]})
        for layer, datum in named.items()
        if datum
    ]
    both = {"one": readings[0], "other": readings[-1]}
    reading = readings[0] if len(readings) == 1 else Message("faults.readings", both)
    layer = "buildings" if offset.buildings else "roads"
    return [Fault(layer, None, "layer_shifted", "noted", {**_told(offset), "reading": reading})]


def note_swapped(shaped: Mapping[str, GeoDataFrame]) -> list[Fault]:
    """
    Refuse a layer that meets the buildings only with its axes swapped.

    Parameters
    ----------
    shaped
        Layers with a CRS.

    Returns
    -------
    faults
        One for every such layer. Which of the two is the wrong way round is not known.
    """
    middles = {name: _middle(frame) for name, frame in shaped.items()}
    here = middles.get("buildings")
    if here is None:
        return []
    return [
        Fault(layer, None, "axes_disagree", "refused", {"value": example_of(there[None])})
        for layer, there in middles.items()
        if there is not None
        and np.abs(there - here).max() > NEAR_DEG
        and np.abs(there[::-1] - here).max() < NEAR_DEG
    ]


def _hinted(fault: Fault, shaped: Mapping[str, GeoDataFrame]) -> Fault:
    frame = shaped[fault.layer]
    at = shapely.get_coordinates(np.asarray(frame.geometry.array, dtype=object))
    at = at[np.isfinite(at).all(axis=1)]
    if not len(at):
        return fault
    if (np.abs(at) <= (180.0, 90.0)).all():
        return _hint_degrees(fault, shaped, at)
    if (np.abs(at) <= (90.0, 180.0)).all():
        return _refused(fault.layer, "crs_missing_latitude", {"value": example_of(at)})
    return _hint_metres(fault, shaped, at)


def _hint_degrees(
    fault: Fault, shaped: Mapping[str, GeoDataFrame], at: NDArray[np.float64]
) -> Fault:
    if not is_in_china(at).all():
        return _refused(fault.layer, "crs_missing_abroad", {"value": example_of(at)})
    told = {"value": example_of(at)}
    if fault.layer in PAIR:
        offset = _between(*(_assumed(shaped.get(name)) for name in PAIR))
        own = offset.buildings if fault.layer == "buildings" else offset.roads
        if offset.finding == "shifted" and own:
            fields = {**told, **_told(offset), "datum": DATUM_NAMES[own]}
            if fault.layer == "buildings":
                return _refused(fault.layer, "buildings_undeclared_shifted", fields)
            return _refused(fault.layer, "roads_undeclared_shifted", fields)
        if offset.finding == "aligned":
            fields = {**told, "crossed": offset.crossed, "sampled": offset.sampled}
            return _refused(fault.layer, "crs_missing_aligned", fields)
    return _refused(fault.layer, "crs_missing_degrees", told)


def _hint_metres(
    fault: Fault, shaped: Mapping[str, GeoDataFrame], at: NDArray[np.float64]
) -> Fault:
    middle = np.median(at, axis=0)
    is_turned = _is_northing(middle[0]) and not _is_northing(middle[1])
    easting, northing = middle[::-1] if is_turned else middle
    if not _is_northing(northing):
        return fault
    codes = _zone_codes(float(easting))
    near = [code for code in codes if _is_near((easting, northing), code, shaped)]
    if not (near or is_turned) and WEB_EASTINGS_M[0] <= easting <= WEB_EASTINGS_M[1]:
        other = "".join(f" / EPSG:{code}" for code in codes)
        return _refused(fault.layer, "crs_missing_web", {"value": example_of(at), "other": other})
    if not codes:
        return fault
    fields = {
        "value": example_of(at),
        "codes": " / ".join(f"EPSG:{code}" for code in (near or codes)[:3]),
        "declare": f"EPSG:{(near or codes)[0]}",
    }
    if len(codes) == 1 or near:
        kind = "crs_missing_northing" if is_turned else "crs_missing_zone"
        return _refused(fault.layer, kind, fields)
    fields = {"value": fields["value"], "first": f"EPSG:{codes[0]}", "last": f"EPSG:{codes[-1]}"}
    return _refused(fault.layer, "crs_missing_meridian", fields)


def _zone_codes(easting: float) -> list[int]:
    """List the CGCS2000 zones an easting can be of: by its zone number, or else all of them."""
    zone, rest = divmod(easting, ZONE_STEP_M)
    if not EASTINGS_M[0] <= rest <= EASTINGS_M[1]:
        return []
    if zone in ZONES_3:
        return [FIRST_3_DEGREE + int(zone) - ZONES_3[0]]
    if zone in ZONES_6:
        return [FIRST_6_DEGREE + int(zone) - ZONES_6[0]]
    return [FIRST_PLAIN + place for place in range(len(MERIDIANS))] if zone == 0 else []


def _is_northing(value: float) -> bool:
    return NORTHINGS_M[0] <= value <= NORTHINGS_M[1]


def _is_near(at: tuple[float, float], code: int, shaped: Mapping[str, GeoDataFrame]) -> bool:
    """Would a point in this zone lie where the layers lie whose CRS is known."""
    lonlat = Transformer.from_crs(code, LONLAT, always_xy=True).transform(*at)
    middles = (_middle(frame) for frame in shaped.values())
    return any(
        middle is not None and np.abs(middle - lonlat).max() < NEAR_DEG for middle in middles
    )


def _between(buildings: GeoDataFrame | None, roads: GeoDataFrame | None) -> Offset:
    if buildings is None or roads is None or buildings.crs is None or roads.crs is None:
        return UNKNOWN
    return measure_offset(buildings, roads)


def _assumed(frame: GeoDataFrame | None) -> GeoDataFrame | None:
    """Take a layer without a CRS for degrees."""
    return frame if frame is None or frame.crs is not None else frame.set_crs(LONLAT)


def _refused(layer: str, kind: str, fields: Mapping[str, str | int | float | Message]) -> Fault:
    return Fault(layer, None, kind, "refused", fields)


def _told(offset: Offset) -> dict[str, str | int | float | Message]:
    return {
        "metres": offset.metres,
        "way": Message(f"faults.way_{offset.way}"),
        "crossed": offset.crossed,
        "left": offset.left,
        "sampled": offset.sampled,
    }


def _middle(frame: GeoDataFrame) -> NDArray[np.float64] | None:
    """Give the middle of a layer in degrees; None if it has none."""
    if frame.crs is None or frame.geometry.isna().all():
        return None
    west, south, east, north = frame.total_bounds
    at = Transformer.from_crs(frame.crs, LONLAT, always_xy=True).transform(
        (west + east) / 2, (south + north) / 2
    )
    return np.array(at) if np.isfinite(at).all() else None
