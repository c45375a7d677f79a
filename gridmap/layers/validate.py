"""
What cannot be repaired without guessing: ids that repeat, and layers with nothing in them.

Ids that are missing are made from the row, so that the same file always gets the same ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from gridmap.schema import TABLES, Fault

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray

CODED: Final = ("communities", "grids")
"""Layers whose code is law: it is never changed, and a second use of it is refused."""

CODE_DIGITS: Final = 12
ELSEWHERE_M: Final = 1000.0
"""A layer that begins further from the buildings than this has probably another CRS."""


def require_ids(layer: str, frame: GeoDataFrame) -> tuple[GeoDataFrame, list[Fault]]:
    """
    Make a layer's id its index, and see that it stands for one thing each.

    Missing ids are made from the row. A building that repeats the id and the outline of an
    earlier one is the same record twice and is left out; one that repeats only the id is
    refused, because a ledger could mean either. A household may repeat: that is a bin of the
    balance sheet. Elsewhere a repeated id gets a suffix, and community and grid codes may not
    repeat at all.

    Parameters
    ----------
    layer
        Name of the layer.
    frame
        Valid features with `row` and the id as a column.

    Returns
    -------
    frame
        The same features with their id as index.
    faults
        What was made, left out, changed or refused.
    """
    index = TABLES[layer].index
    ids, faults = _made(layer, frame)
    if layer == "households" and faults:
        frame = frame.assign(id_made=frame[index] == "")
    frame = frame.assign(**{index: ids})
    repeated = ids.duplicated()
    if layer == "households" or not repeated.any():
        return frame.set_index(index), faults
    first = frame.drop_duplicates(index).set_index(index)["row"]
    if layer == "buildings":
        frame, wrong = _repeated_buildings(frame, repeated)
    elif layer in CODED:
        wrong = [
            Fault(layer, int(row), "code_repeated", "refused", {"code": code, "first": first[code]})
            for code, row in frame.loc[repeated, [index, "row"]].itertuples(index=False)
        ]
    else:
        suffixes = frame.groupby(index).cumcount()
        ids = ids.where(~repeated, ids + "~" + (suffixes + 1).astype("str"))
        frame = frame.assign(**{index: ids})
        fields = {"count": int(repeated.sum())}
        wrong = [Fault(layer, None, "ids_suffixed", "repaired", fields)]
    return frame.set_index(index), faults + wrong


def note_repeated_outlines(buildings: GeoDataFrame) -> list[Fault]:
    """
    Name the buildings that lie exactly on another one.

    Parameters
    ----------
    buildings
        `BUILDINGS`.

    Returns
    -------
    faults
        One note for every second and later building of the same outline. All are kept.
    """
    extents = pd.DataFrame(shapely.bounds(buildings.geometry.array), index=buildings.index)
    alike = buildings[extents.duplicated(keep=False)]  # few are, and only they are compared
    outlines = pd.Series(_outlines(alike), index=alike.index)
    repeated = outlines.duplicated()
    if not repeated.any():
        return []
    first = pd.Series(alike.index, index=outlines).groupby(level=0).first()
    return [
        Fault(
            "buildings",
            int(buildings.loc[building, "row"]),
            "outline_repeated",
            "noted",
            {"building": str(building), "first": str(first[outlines[building]])},
            buildings.geometry[building],
        )
        for building in alike.index[repeated]
    ]


def note_elsewhere(layer: str, frame: GeoDataFrame, buildings: GeoDataFrame) -> list[Fault]:
    """
    Note a layer that does not come near the buildings: its CRS is probably another one.

    Parameters
    ----------
    layer
        Name of the layer.
    frame
        The layer, in the CRS of the buildings.
    buildings
        `BUILDINGS`.

    Returns
    -------
    faults
        One note, or none.
    """
    if frame.empty or frame.geometry.isna().all() or buildings.empty:
        return []
    gap_m = shapely.box(*frame.total_bounds).distance(shapely.box(*buildings.total_bounds))
    if gap_m < ELSEWHERE_M:
        return []
    return [Fault(layer, None, "layer_elsewhere", "noted", {"distance_km": round(gap_m / 1000, 1)})]


def _made(layer: str, frame: GeoDataFrame) -> tuple[pd.Series, list[Fault]]:
    ids = frame[TABLES[layer].index]
    blank = ids == ""
    if not blank.any():
        return ids, []
    made = frame["row"].astype("str")
    if layer in CODED:
        made = made.str.zfill(CODE_DIGITS)
    taken = set(ids[~blank])
    made = made.map(lambda name: _free(name, taken))
    fields = {"count": int(blank.sum())}
    quiet = layer not in (*CODED, "buildings", "households", "workers")
    faults = [] if quiet else [Fault(layer, None, "ids_made", "noted", fields)]
    return ids.mask(blank, made).astype("str"), faults


def _free(name: str, taken: set[str]) -> str:
    return name if name not in taken else _free(f"{name}~", taken)


def _repeated_buildings(
    frame: GeoDataFrame, repeated: pd.Series
) -> tuple[GeoDataFrame, list[Fault]]:
    first = frame.drop_duplicates("building_id").set_index("building_id")
    later = frame[repeated]
    originals = first.loc[later["building_id"]]
    same = _outlines(later) == _outlines(originals)
    faults = []
    for is_same, original, row in zip(same, originals["row"], later.itertuples(), strict=True):
        counts = {"households": row.households, "persons": row.persons}
        fields: dict[str, str | int] = {"building_id": str(row.building_id), "first": int(original)}
        if is_same:
            fields |= {name: int(count) for name, count in counts.items() if not np.isnan(count)}
        at, shape = int(row.row), row.geometry
        if is_same:
            faults.append(Fault("buildings", at, "record_repeated", "repaired", fields, shape))
        else:
            faults.append(Fault("buildings", at, "id_repeated", "refused", fields, shape))
    return frame[~repeated], faults


def _outlines(frame: GeoDataFrame) -> NDArray[np.object_]:
    """Give each geometry as bytes that are equal when the shapes are."""
    wkb: NDArray[np.object_] = shapely.to_wkb(shapely.normalize(frame.geometry.array))
    return wkb
