"""What changed around the buildings: roads, water, walls, communities and the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.layers.changes.model import AREA_KINDS, LayerChanges
from gridmap.schema import TABLES, Number

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray

    from gridmap.schema import Layers

    Shapes = NDArray[np.object_]
    Flags = NDArray[np.bool_]

COMPARED: Final = (
    *("communities", "roads", "railways", "water", "walls"),
    *("compounds", "dedicated", "grids", "links"),
)
BARRIERS: Final = ("roads", "railways", "water", "walls")
NAMED: Final = ("communities", "compounds", "dedicated", "grids")
"""Layers whose ids people gave; elsewhere an id may be the number of a row."""

REDRAWN_M: Final = 1.0
"""A line that was digitised anew, or cut elsewhere, lies within this of the old one."""

COVERED: Final = 0.95
SAME_M: Final = 0.01
OUTLINE_KEPT: Final = 0.999


def compare_surroundings(old: Layers, new: Layers) -> tuple[LayerChanges, ...]:
    """
    Compare every layer but buildings, households and workers.

    Parameters
    ----------
    old, new
        In the same metric CRS.

    Returns
    -------
    changes
        One entry a layer, empty ones too.
    """
    return tuple(_compared(name, getattr(old, name), getattr(new, name)) for name in COMPARED)


def _compared(layer: str, old: GeoDataFrame, new: GeoDataFrame) -> LayerChanges:
    shapes = [np.asarray(side.geometry.array, dtype=object) for side in (old, new)]
    told = [_told(layer, side) for side in (old, new)]
    kinds = [np.full(len(old), "gone", dtype=object), np.full(len(new), "new", dtype=object)]
    redrawn = np.full(len(new), fill_value=True)
    pairs = _same_shapes(*shapes)
    if layer in NAMED:
        pairs = _by_name(old.index, new.index)
    first, second = pairs
    redrawn[second] = ~_alike(shapes[0][first], shapes[1][second])
    alike = (told[0][first] == told[1][second]) & ~redrawn[second]
    kinds[0][first] = kinds[1][second] = np.where(alike, "same", "changed")
    for mine, theirs in ((0, 1), (1, 0)):
        left = np.flatnonzero(~np.isin(kinds[mine], ("same", "changed")))
        if layer not in NAMED and len(left):
            kinds[mine][left[_covered(shapes[mine][left], shapes[theirs])]] = "same"
    counts = {kind: int((kinds[kind != "gone"] == kind).sum()) for kind in AREA_KINDS}
    return LayerChanges(layer, counts, _touched(layer, old, new.assign(redrawn=redrawn), kinds))


def _touched(
    layer: str, old: GeoDataFrame, new: GeoDataFrame, kinds: list[NDArray[np.object_]]
) -> GeoDataFrame:
    """Collect what is gone as it was, and what is new or changed as it is."""
    lost = old[kinds[0] == "gone"].assign(redrawn=True)
    sides = [
        side.assign(kind=kind, id=side.index.astype("str"), layer=layer)[
            ["layer", "id", "kind", "name", "redrawn", "geometry"]
        ]
        for side, kind in ((lost, "gone"), (new, kinds[1]))
    ]
    touched = pd.concat([sides[0], sides[1][sides[1]["kind"] != "same"]], ignore_index=True)
    return gpd.GeoDataFrame(touched, geometry="geometry", crs=new.crs)


def _told(layer: str, frame: GeoDataFrame) -> NDArray[np.object_]:
    """Write what a row says of itself, but for its number, as one text."""
    columns = [
        name for name, kind in TABLES[layer].columns.items() if name != "row" and kind != Number
    ]
    text = pd.Series("", index=range(len(frame)), dtype="str")
    for name in columns:
        text += "|" + pd.Series(frame[name].to_numpy(), dtype="str")
    return text.to_numpy(dtype=object)


def _by_name(old: pd.Index, new: pd.Index) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    place = new.get_indexer(old)
    return np.flatnonzero(place >= 0), place[place >= 0]


def _same_shapes(old: Shapes, new: Shapes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair shapes of the very same coordinates, to the centimetre and in either direction."""
    frames = []
    for shapes, name in ((old, "old"), (new, "new")):
        rounded = shapely.normalize(
            shapely.transform(shapes, lambda xy: np.round(xy / SAME_M) * SAME_M)
        )
        frame = pd.DataFrame({"wkb": shapely.to_wkb(rounded), name: np.arange(len(shapes))})
        frames.append(frame.assign(turn=frame.groupby("wkb").cumcount()))
    pairs = frames[0].merge(frames[1], on=["wkb", "turn"])
    return pairs["old"].to_numpy(), pairs["new"].to_numpy()


def _alike(old: Shapes, new: Shapes) -> Flags:
    """Are outlines the same ground, whatever vertices they have."""
    alike = shapely.equals_exact(old, new, tolerance=SAME_M)
    differs = np.flatnonzero(~alike)
    areas = shapely.area(old[differs]), shapely.area(new[differs])
    common = shapely.area(shapely.intersection(old[differs], new[differs]))
    alike[differs] = (common > 0) & (common >= OUTLINE_KEPT * np.maximum(*areas))
    lines = differs[np.maximum(*areas) == 0]
    alike[lines] = shapely.hausdorff_distance(old[lines], new[lines]) <= REDRAWN_M
    return np.asarray(alike, dtype=bool)


def _covered(shapes: Shapes, others: Shapes) -> Flags:
    """Which shapes lie on others nearly all along, however those are cut."""
    is_line = shapely.get_dimensions(others) == 1
    broad = others.copy()
    broad[is_line] = shapely.buffer(others[is_line], REDRAWN_M)
    mine, theirs = shapely.STRtree(broad).query(shapes, predicate="intersects")
    gathered = pd.Series(broad[theirs]).groupby(mine).agg(_united)
    found = gathered.index.to_numpy()
    common = shapely.intersection(shapes[found], gathered.to_numpy(dtype=object))
    measure = np.where(
        shapely.area(shapes[found]) > 0,
        shapely.area(common) / np.maximum(shapely.area(shapes[found]), SAME_M),
        shapely.length(common) / np.maximum(shapely.length(shapes[found]), SAME_M),
    )
    covered = np.zeros(len(shapes), dtype=bool)
    covered[found] = measure >= COVERED
    return covered


def _united(shapes: pd.Series) -> shapely.Geometry:
    return shapely.union_all(shapes.to_numpy(dtype=object))
