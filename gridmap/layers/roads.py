"""
Road classes: every vocabulary into OSM's, so that a rule about barriers is written once.

What is not known is `unclassified`, and said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from gridmap.layers.synonyms import plain
from gridmap.schema import Fault, Flag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pandas import DataFrame, Series

    from gridmap.layers.opened import OpenedLayer

UNKNOWN_CLASS: Final = "unclassified"
ROAD_CLASSES: Final = (
    *("motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link"),
    *("secondary", "secondary_link", "tertiary", "tertiary_link", "residential"),
    *("living_street", "service", "unclassified", "pedestrian", "footway", "path", "steps"),
    *("cycleway", "track", "bridleway", "road", "busway", "corridor", "raceway"),
)
CLASS_NAMES: Final[Mapping[str, str]] = {
    "高速": "motorway",
    "高速公路": "motorway",
    "快速路": "trunk",
    "城市快速路": "trunk",
    "国道": "trunk",
    "省道": "primary",
    "主干道": "primary",
    "主干路": "primary",
    "县道": "secondary",
    "次干道": "secondary",
    "次干路": "secondary",
    "乡道": "tertiary",
    "支路": "tertiary",
    "街巷": "residential",
    "巷": "residential",
    "小区路": "living_street",
    "内部路": "service",
    "人行道": "footway",
    "步行街": "pedestrian",
    "小路": "path",
    "台阶": "steps",
    "自行车道": "cycleway",
    "村道": "unclassified",
    "chemin": "track",
    "route_empierrée": "track",
    "sentier": "path",
    "escalier": "steps",
    "piste_cyclable": "cycleway",
}
IMPORTANCE: Final[Mapping[str, str]] = {
    "1": "primary",
    "2": "secondary",
    "3": "tertiary",
    "4": "residential",
    "5": "service",
}
"""What `importance` from 1 to 5 means where a file has no class."""


def road_classes(opened: OpenedLayer, told: Series) -> tuple[Series, list[Fault]]:
    """
    Say each road's class in OSM's words.

    The first that is known counts: the layer's own mapping of values, the class as written, the
    nature of the way, its importance from 1 to 5.

    Parameters
    ----------
    opened
        The roads as they were found.
    told
        The class column as text, "" where there is none.

    Returns
    -------
    classes
        One of `ROAD_CLASSES`, or a class that the mapping names.
    faults
        The values nobody knows, in one note.
    """
    own = opened.mapping.words.get("class", {})
    classes = told.map(own).astype("str") if own else pd.Series("", told.index, dtype="str")
    classes = classes.fillna("")
    columns = {plain(str(name)): opened.frame[name] for name in opened.frame.columns}
    words = told.map(plain, na_action="ignore")
    known = words.where(words.isin(ROAD_CLASSES), words.map(CLASS_NAMES))
    classes = classes.where(classes != "", known.fillna(""))
    for name, meaning in (("nature", CLASS_NAMES), ("importance", IMPORTANCE)):
        if name in columns:
            means = columns[name].astype("str").map(plain, na_action="ignore").map(meaning)
            classes = classes.where(classes != "", means.fillna(""))
    unknown = classes == ""
    strange = sorted(set(told[unknown]) - {""})
    fields: dict[str, str | int] = {"values": ", ".join(strange[:20])}
    fields["count"] = int(unknown.sum())
    faults = [Fault("roads", None, "class_unknown", "noted", fields)] if strange else []
    return classes.mask(unknown, UNKNOWN_CLASS), faults


def road_levels(frame: DataFrame, found: Mapping[str, str]) -> dict[str, Series]:
    """
    Take bridges and tunnels from the level above ground, where a file has only that.

    Parameters
    ----------
    frame
        The roads as they were found.
    found
        Schema columns that the file has.

    Returns
    -------
    flags
        `bridge` and `tunnel`, or nothing when the file names them itself or has no level.
    """
    if "bridge" in found or "tunnel" in found or "level" not in frame.columns:
        return {}
    level = pd.to_numeric(frame["level"], errors="coerce").fillna(0)
    return {"bridge": (level > 0).astype(Flag), "tunnel": (level < 0).astype(Flag)}
