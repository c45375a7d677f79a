"""Households in no grid, and faults in the data: the layers a reader switches on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd

from gridmap.crs import LONLAT
from gridmap.layers.balance import BINS
from gridmap.maps.shapes import packed_any
from gridmap.messages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyproj import CRS

    from gridmap.schema import Fault

MISSING: Final = tuple(name for name in BINS if name != "placed")
LEVELS: Final = ("refused", "repaired", "noted")
FAULT_LAYERS: Final = (*MISSING, *LEVELS)


def layer_of(fault: Fault) -> str:
    """
    Say which layer a fault is drawn in: missing households by their bin, others by level.

    Parameters
    ----------
    fault
        A household of a ledger, a building whose counted households are in no grid
        (`count_outside` and its kin), or anything else.

    Returns
    -------
    layer
        One of `FAULT_LAYERS`.
    """
    home = fault.kind.removeprefix("count_") if fault.layer == "buildings" else fault.kind
    is_missing = fault.layer == "households" or home != fault.kind
    return home if is_missing and home in MISSING else fault.level


def fault_layers(faults: Sequence[Fault], crs: CRS) -> list[dict[str, Any]]:
    """
    Sort faults into layers.

    Parameters
    ----------
    faults
        Everything written down beside the plan.
    crs
        CRS of their geometries.

    Returns
    -------
    layers
        JSON: one entry for each of `FAULT_LAYERS`, empty ones included, each fault with its row,
        its sentence in every language and, where it has a place, its packed shape.
    """
    shapes = gpd.GeoSeries([fault.geometry for fault in faults], crs=crs).to_crs(LONLAT)
    layers: dict[str, list[dict[str, Any]]] = {name: [] for name in FAULT_LAYERS}
    for fault, shape in zip(faults, shapes, strict=True):
        layers[layer_of(fault)].append(
            {
                "layer": fault.layer,
                "row": fault.row,
                "says": [fault.text(language) for language in LANGUAGES],
                "shape": packed_any(shape) if shape is not None else {},
            }
        )
    return [
        {"key": name, "missing": name in MISSING, "faults": found} for name, found in layers.items()
    ]
