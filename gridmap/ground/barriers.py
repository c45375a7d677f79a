"""
Barriers: the lines on the ground that a grid border may follow.

Each kind has a price for cutting there, in points a metre: cheap where a border is plain to see
on the ground and nobody lives across it, dear where it would part neighbours. The prices set the
order of kinds; the partition works with nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.schema import AREA, BARRIERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geopandas import GeoDataFrame

    from gridmap.schema import Layers


@dataclass(frozen=True, slots=True)
class Kind:
    """
    One kind of border.

    `cut_cost` is in points a metre. A `parting` barrier cannot be walked across except at a
    crossing, so ground on its two sides does not count as touching without one.
    """

    cut_cost: float
    parting: bool = False


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "river": Kind(0.03, parting=True),
        "railway": Kind(0.03, parting=True),
        "expressway": Kind(0.03),
        "primary": Kind(0.05),
        "secondary": Kind(0.08),
        "tertiary": Kind(0.12),
        "stream": Kind(0.12),
        "residential": Kind(0.2),
        "dedicated": Kind(0.2),
        "wall": Kind(0.25),
        "service": Kind(0.4),
        "lane": Kind(0.45),
        "path": Kind(0.6),
        "compound": Kind(0.7),
        "none": Kind(1.5),
    }
)
KIND_NAMES: Final = tuple(KINDS)
CUT_COST: Final = np.array([kind.cut_cost for kind in KINDS.values()])
PARTING: Final = np.array([kind.parting for kind in KINDS.values()])
NO_BARRIER: Final = KIND_NAMES.index("none")

ROAD_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "motorway": "expressway",
        "trunk": "expressway",
        "expressway": "expressway",
        "primary": "primary",
        "secondary": "secondary",
        "tertiary": "tertiary",
        "residential": "residential",
        "unclassified": "residential",
        "living_street": "residential",
        "road": "residential",
        "service": "service",
        "track": "service",
        "lane": "lane",
        "pedestrian": "lane",
    }
)
PATH_CLASSES: Final = frozenset({"footway", "path", "steps", "cycleway", "bridleway", "corridor"})
STREAMS: Final = frozenset({"stream", "ditch", "drain", "brook"})


def collect_barriers(layers: Layers) -> GeoDataFrame:
    """
    Lay roads, railways, water and walls into one layer of lines.

    Bridges and tunnels cut nothing on the ground; they stay as crossings of what they cross.

    Parameters
    ----------
    layers
        Clean layers in metres.

    Returns
    -------
    barriers
        `BARRIERS` layer, index from 0, LineString or MultiLineString; the outline stands for
        every area.
    """
    roads = layers.roads
    parts = [
        _barrier_rows(
            roads, kinds=_road_kinds(roads["class"]), crossing=roads["bridge"] | roads["tunnel"]
        ),
        _barrier_rows(layers.railways, kinds=np.full(len(layers.railways), "railway", object)),
        _barrier_rows(layers.water, kinds=water_kinds(layers.water)),
        _barrier_rows(layers.walls, kinds=np.full(len(layers.walls), "wall", object)),
    ]
    rows = pd.concat(parts, ignore_index=True)
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=layers.metric_crs)
    frame.index.name = BARRIERS.index
    return frame


def water_kinds(water: GeoDataFrame) -> np.ndarray:
    """
    Tell rivers, which part the ground, from streams, which can be stepped over.

    Parameters
    ----------
    water
        `WATER` layer.

    Returns
    -------
    kinds
        `river` or `stream` a row.
    """
    is_stream = water["kind"].str.lower().isin(STREAMS).to_numpy(bool)
    return np.where(is_stream, "stream", "river").astype(object)


def _road_kinds(classes: pd.Series) -> np.ndarray:
    plain = classes.str.lower().str.removesuffix("_link")
    kinds = plain.map(dict(ROAD_KINDS)).where(~plain.isin(PATH_CLASSES), "path")
    return kinds.fillna("residential").to_numpy(object)


def _barrier_rows(
    layer: GeoDataFrame, *, kinds: np.ndarray, crossing: pd.Series | None = None
) -> pd.DataFrame:
    geometry = layer.geometry.to_numpy()
    is_area = layer.geometry.geom_type.isin(AREA).to_numpy(bool)
    lines = np.where(is_area, shapely.boundary(geometry), geometry)
    return pd.DataFrame(
        {
            "kind": kinds,
            "name": layer["name"].to_numpy(object),
            "crossing": False if crossing is None else crossing.to_numpy(bool),
            "geometry": lines,
        }
    )
