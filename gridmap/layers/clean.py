"""
Repair what can be repaired without changing what is meant, and say what was repaired.

Heights and measures are dropped, self-crossing outlines are made valid with their area kept,
features without geometry are left out by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely

from gridmap.schema import AREA, LINE, TABLES, Fault

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray
    from pyproj import CRS
    from shapely.geometry.base import BaseGeometry

OPTIONAL_GEOMETRY: Final = ("households",)
SINGLES: Final = {"MultiPoint": "Point"}
MOST_VERTICES: Final = 250_000
"""Of one feature: a county's coast has fewer, and what has more would be all the work there is."""
MOST_CROSSINGS: Final = 100_000
"""An outline that crosses itself more often is no outline, and mending it takes the machine."""
MOST_PAIRS: Final = 4_000_000


def clean_shapes(layer: str, frame: GeoDataFrame) -> tuple[GeoDataFrame, list[Fault]]:
    """
    Keep the features that have a geometry of the layer's kind, flat.

    Parameters
    ----------
    layer
        Name of the layer, for its geometry types.
    frame
        Features in any CRS, with `row`.

    Returns
    -------
    flat
        Features without Z and M; without those that have no geometry, unless the layer is a
        ledger.
    faults
        Dimensions dropped, features left out, and geometry of a kind the layer cannot have.
    """
    shapes = np.array(frame.geometry.array, dtype=object)
    heavy = shapely.get_num_coordinates(shapes) > MOST_VERTICES
    if heavy.any():
        return frame, [_too_heavy(layer, row) for row in frame["row"].to_numpy()[heavy]]
    faults = []
    high = shapely.has_z(shapes) | shapely.has_m(shapes)
    if high.any():
        shapes = shapely.force_2d(shapes)
        fields: dict[str, str | int] = {"count": int(high.sum())}
        faults.append(Fault(layer, None, "z_dropped", "repaired", fields))
    shapes = _without_wrapping(shapes)
    nothing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    shapes[nothing] = None
    faults += _unexpected(layer, frame, shapes)
    frame = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
    if layer in OPTIONAL_GEOMETRY or not nothing.any():
        return frame, faults
    if nothing.all():
        fields = {"expected": _spoken(_expected(layer))}
        return frame, [*faults, Fault(layer, None, "geometry_missing", "refused", fields)]
    faults += [_missing(layer, row) for row in frame[nothing].itertuples()]
    return frame[~nothing], faults


def clean_outlines(
    layer: str, frame: GeoDataFrame, *, crs: CRS
) -> tuple[GeoDataFrame, list[Fault]]:
    """
    Bring a layer to the metric CRS and make its outlines valid.

    Parameters
    ----------
    layer
        Name of the layer.
    frame
        Features of the layer's kind, in their own CRS.
    crs
        The metric CRS to plan in.

    Returns
    -------
    valid
        Features in `crs`, every geometry valid.
    faults
        One for every outline that was repaired, and for every one that
        encloses nothing and was left out.
    """
    if frame.crs is None:  # a ledger without coordinates
        return frame.set_crs(crs), []
    frame = frame.to_crs(crs)
    shapes = np.array(frame.geometry.array, dtype=object)
    present = ~shapely.is_missing(shapes)
    bounds = shapely.bounds(shapes)
    lost = present & ~np.isfinite(bounds).all(axis=1)
    faults = [
        Fault(layer, int(row), "coordinates_unusable", "refused", {"crs": crs.name})
        for row in frame["row"].to_numpy()[lost]
    ]
    broken = np.flatnonzero(present & ~lost & ~shapely.is_valid(shapes))
    tangled = [place for place in broken if crossings(shapes[place]) > MOST_CROSSINGS]
    if tangled:
        rows = frame["row"].to_numpy()[tangled]
        return frame, [*faults, *(_too_tangled(layer, row) for row in rows)]
    mended = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    for place, shape in zip(broken, mended, strict=True):
        row = frame.iloc[place]
        if shape.is_empty:
            faults.append(_missing(layer, row))
        else:
            area = {"area": round(shape.area, 1)}
            faults.append(
                Fault(layer, int(row["row"]), "outline_repaired", "repaired", area, shape)
            )
    shapes[broken] = mended
    empty = present & shapely.is_empty(shapes)
    frame = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=crs))
    return frame[~empty], faults


def crossings(shape: BaseGeometry) -> float:
    """
    Estimate how often an outline crosses itself, without finding every place.

    Parameters
    ----------
    shape
        Any geometry.

    Returns
    -------
    crossings
        Exact for outlines of few vertices; from a sample of the edges of larger ones.
    """
    at, ring = shapely.get_coordinates(
        shapely.get_parts(shapely.get_rings(shape)), return_index=True
    )
    joined = ring[1:] == ring[:-1]
    edges = shapely.linestrings(np.stack([at[:-1], at[1:]], axis=1)[joined])
    sample = edges[:: max(1, len(edges) ** 2 // MOST_PAIRS)]
    met = shapely.STRtree(edges).query(sample, predicate="crosses").shape[1]
    return met * len(edges) / max(1, len(sample)) / 2


def _too_heavy(layer: str, row: int) -> Fault:
    return Fault(layer, int(row), "too_many_vertices", "refused", {"most": MOST_VERTICES})


def _too_tangled(layer: str, row: int) -> Fault:
    return Fault(layer, int(row), "too_tangled", "refused", {"most": MOST_CROSSINGS})


def _without_wrapping(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Unpack collections of one: a MultiPoint of one point, a collection of one polygon."""
    kinds = shapely.get_type_id(shapes)
    wrapped = np.isin(
        kinds, (shapely.GeometryType.MULTIPOINT, shapely.GeometryType.GEOMETRYCOLLECTION)
    )
    single = wrapped & (shapely.get_num_geometries(shapes) == 1)
    if not single.any():
        return shapes
    return np.where(single, shapely.get_geometry(shapes, 0), shapes)


def _unexpected(layer: str, frame: GeoDataFrame, shapes: NDArray[np.object_]) -> list[Fault]:
    expected = _expected(layer)
    faults = []
    for kind in shapely.GeometryType:
        if kind is shapely.GeometryType.MISSING:
            continue
        name = _kind_name(kind)
        wrong = shapely.get_type_id(shapes) == kind
        if name in expected or not wrong.any():
            continue
        fields: dict[str, str | int] = {"found": name, "expected": _spoken(expected)}
        fields["count"] = int(wrong.sum())
        first = int(frame["row"].to_numpy()[wrong][0])
        faults.append(Fault(layer, first, "wrong_geometry", "refused", fields))
    return faults


def _missing(layer: str, row: object) -> Fault:
    """Say that a feature has no geometry; a building takes its counts along, lest they be lost."""
    fields: dict[str, str | int] = {}
    if layer == "buildings":
        counts = {name: getattr(row, name) for name in ("households", "persons")}
        fields = {name: int(count) for name, count in counts.items() if not np.isnan(count)}
        fields["building_id"] = str(row.building_id)  # type: ignore[attr-defined]
    return Fault(layer, int(row.row), "no_geometry", "noted", fields)  # type: ignore[attr-defined]


def _expected(layer: str) -> tuple[str, ...]:
    """Give the geometry types a layer can have; what is no layer of a plan is made of areas."""
    return TABLES[layer].geometry if layer in TABLES else AREA


def _kind_name(kind: shapely.GeometryType) -> str:
    names = {
        "LINEARRING": "LinearRing",
        "GEOMETRYCOLLECTION": "GeometryCollection",
        "MULTIPOINT": "MultiPoint",
        "LINESTRING": "LineString",
        "MULTILINESTRING": "MultiLineString",
        "MULTIPOLYGON": "MultiPolygon",
    }
    return names.get(str(kind.name), str(kind.name).capitalize())


def _spoken(expected: tuple[str, ...]) -> str:
    if set(expected) == {*AREA}:
        return "Polygon"
    if set(expected) == {*LINE}:
        return "LineString"
    return " / ".join(kind for kind in expected if not kind.startswith("Multi"))
