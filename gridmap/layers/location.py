"""
Where a layer lies: its CRS, from the file or declared, and out of the shifted datums.

Coordinates that say nothing about themselves are refused, because a plan on shifted ground looks
right and is wrong everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from gridmap.crs import LONLAT
from gridmap.layers.axes import straighten
from gridmap.layers.datum import FROM_DATUM, TRUE_DATUMS, is_in_china
from gridmap.schema import Fault

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gridmap.layers.columns import FittedLayer
    from gridmap.layers.mapping import LayerMapping

DEGREES: Final = (-180.0, -90.0, 180.0, 90.0)


def locate(fitted: FittedLayer, mapping: LayerMapping) -> tuple[GeoDataFrame, list[Fault]]:
    """
    Give a layer its CRS, and take it out of GCJ-02 or BD-09 if that was declared.

    Parameters
    ----------
    fitted
        A layer with the schema's columns.
    mapping
        What was declared for it.

    Returns
    -------
    frame
        The same rows with a CRS; without one only if it has no geometry at all, or is refused.
    faults
        What cannot be located, and what was assumed.
    """
    layer, frame = fitted.layer, fitted.frame
    if shapely.is_missing(np.asarray(frame.geometry.array, dtype=object)).all():
        return frame, []
    datum = mapping.datum.casefold().replace("-", "").replace("_", "").replace(" ", "")
    if datum and datum not in {**FROM_DATUM, **TRUE_DATUMS}:
        return frame, [Fault(layer, None, "datum_unknown", "refused", {"datum": mapping.datum})]
    frame, faults = _with_crs(fitted, mapping.crs, TRUE_DATUMS.get(datum, LONLAT) if datum else "")
    if _is_refused(faults) or frame.crs is None:
        return frame, faults
    is_chinese = datum in FROM_DATUM
    frame, wrong = straighten(
        layer, frame, is_chinese=is_chinese, is_declared=bool(mapping.crs or mapping.datum)
    )
    faults += [*wrong, *_impossible(layer, frame)]
    if is_chinese and not _is_refused(faults):
        frame, wrong = _shifted_back(layer, frame, datum, mapping.datum)
        faults += wrong
    return frame, faults


def _is_refused(faults: list[Fault]) -> bool:
    return any(fault.level == "refused" for fault in faults)


def _with_crs(
    fitted: FittedLayer, declared: str, by_datum: str
) -> tuple[GeoDataFrame, list[Fault]]:
    layer, frame = fitted.layer, fitted.frame
    if declared:
        return _with_declared_crs(layer, frame, declared)
    if frame.crs is not None:
        return frame, []
    if by_datum:
        return frame.set_crs(by_datum), []
    if fitted.lonlat:
        return frame.set_crs(LONLAT), [Fault(layer, None, "lonlat_assumed")]
    return frame, [Fault(layer, None, "crs_missing", "refused")]


def _with_declared_crs(
    layer: str, frame: GeoDataFrame, declared: str
) -> tuple[GeoDataFrame, list[Fault]]:
    try:
        crs = CRS.from_user_input(declared)
    except CRSError:
        return frame, [Fault(layer, None, "crs_unknown", "refused", {"crs": declared})]
    faults = []
    if frame.crs not in (None, crs):
        fields = {"crs": declared, "file_crs": frame.crs.name}
        faults.append(Fault(layer, None, "crs_override", "noted", fields))
    return frame.set_crs(crs, allow_override=True), faults


def _impossible(layer: str, frame: GeoDataFrame) -> list[Fault]:
    """Name the rows whose coordinates their CRS cannot hold."""
    bounds = shapely.bounds(frame.geometry.array)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    known = ~shapely.is_empty(shapes) & ~shapely.is_missing(shapes)
    wrong = known & ~np.isfinite(bounds).all(axis=1)
    if frame.crs.is_geographic:
        low, high = bounds[:, :2] < DEGREES[:2], bounds[:, 2:] > DEGREES[2:]
        wrong |= known & (low | high).any(axis=1)
    if not wrong.any():
        return []
    rows = frame["row"].to_numpy()[wrong]
    x, y = bounds[wrong][0, :2]
    fields: dict[str, str | int] = {"crs": frame.crs.name, "value": f"{x:g}, {y:g}"}
    fields["count"] = int(wrong.sum())
    return [Fault(layer, int(rows[0]), "coordinates_impossible", "refused", fields)]


def _shifted_back(
    layer: str, frame: GeoDataFrame, datum: str, spoken: str
) -> tuple[GeoDataFrame, list[Fault]]:
    crs = frame.crs
    degrees = frame.to_crs(LONLAT)
    coordinates = shapely.get_coordinates(degrees.geometry.array)
    inside = is_in_china(coordinates)
    if not inside.all():
        strangers: dict[str, str | int] = {"datum": spoken, "count": int((~inside).sum())}
        return frame, [Fault(layer, None, "datum_outside", "refused", strangers)]

    true = FROM_DATUM[datum](coordinates)
    nowhere = ~is_in_china(true)
    if nowhere.any():  # at the very edge: nothing is shifted to there
        strangers = {"datum": spoken, "count": int(nowhere.sum())}
        return frame, [Fault(layer, None, "datum_outside", "refused", strangers)]
    flat = shapely.force_2d(degrees.geometry.array)
    moved = degrees.set_geometry(shapely.set_coordinates(flat, true), crs=LONLAT)
    fields = {"datum": spoken}
    return moved.to_crs(crs), [Fault(layer, None, "datum_shifted", "noted", fields)]
