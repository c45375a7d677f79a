"""
The grids that a new version of the data touches: which to redraw, which to look at, and why.

A grid is to be redrawn when it left the rule, when a building stands in no grid, or when its
community has another outline. Touched but still within the rule, it is worth a look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from gridmap.layers.changes.surroundings import BARRIERS
from gridmap.layers.jurisdiction import place_in
from gridmap.messages import Message
from gridmap.schema import Count, Flag, Table, Text, anchors

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame, Series

    from gridmap.layers.changes.model import Changes, Version
    from gridmap.rules import Rules
    from gridmap.schema import Layers

TOUCHED_GRIDS: Final = Table(
    "touched grids",
    "grid_code",
    {
        "name": Text,
        "households_before": Count,
        "households_after": Count,
        "persons_after": Count,
        "buildings_new": Count,
        "buildings_gone": Count,
        "in_rule_before": Flag,  # dedicated grids have no band and are always in it
        "in_rule_after": Flag,
        "barriers": Count,  # lines and areas inside it or along it that are new, gone or changed
        "flag": Text,  # redraw, look, or "" for a grid that nothing touched
    },
)  # and `reasons`, a tuple of messages


@dataclass(frozen=True, slots=True)
class PresentGrids:
    """
    The grids that are worked with today.

    `grids` has `name`, `kind` and `community_code` ("" where nothing is known) and is in metres;
    `grid_of` gives the grid by building of the version the grids were drawn from, and may be
    empty.
    """

    grids: GeoDataFrame
    grid_of: Series
    rules: Rules

    @classmethod
    def of_layer(cls, layers: Layers, rules: Rules) -> PresentGrids:
        """Take the layer of today's grids, which says nothing of buildings and communities."""
        areas, _ = place_in(layers.dedicated, anchors(layers.grids))
        kind = np.where(areas == "", "general", "dedicated")
        grids = layers.grids.assign(kind=kind, community_code="")
        return cls(grids, pd.Series([], index=pd.Index([], dtype="str"), dtype="str"), rules)


@dataclass(frozen=True, slots=True)
class TouchedGrids:
    """`TOUCHED_GRIDS`, and the new buildings that stand in none with the nearest grid of each."""

    grids: DataFrame
    without_grid: Series

    def flagged(self, flag: str) -> DataFrame:
        """Keep the grids of a flag: redraw or look."""
        return self.grids[self.grids["flag"] == flag]


def flag_grids(present: PresentGrids, changes: Changes, old: Version, new: Version) -> TouchedGrids:
    """
    Say of every grid what a new version of the data means for it.

    Parameters
    ----------
    present
        The grids there are.
    changes
        From `old` to `new`.
    old, new
        The versions.

    Returns
    -------
    touched
        One row a grid, in the order of the grids.
    """
    grids = present.grids.to_crs(new.layers.metric_crs)
    before = _grids_before(present, grids, old)
    after, without = _grids_after(grids, before, changes, new)
    rows = changes.buildings.rows
    told = {
        "name": grids["name"],
        "households_before": _summed(old, "households", before, grids),
        "households_after": _summed(new, "households", after, grids),
        "persons_after": _summed(new, "persons", after, grids),
        "buildings_new": _counted(after.reindex(rows.loc[rows["kind"] == "new", "new_id"]), grids),
        "buildings_gone": _counted(
            before.reindex(rows.loc[rows["kind"] == "gone", "old_id"]), grids
        ),
    }
    persons_before = _summed(old, "persons", before, grids)
    frame = pd.DataFrame(told, index=grids.index)
    has_band = (grids["kind"] == "general").to_numpy()
    measured = {
        "before": (frame["households_before"], persons_before),
        "after": (frame["households_after"], frame["persons_after"]),
    }
    for when, (households, persons) in measured.items():
        keeps = households.between(present.rules.low, present.rules.high)
        frame[f"in_rule_{when}"] = ~has_band | (keeps & (persons <= present.rules.persons_cap))
    frame["barriers"] = _barriers(grids, changes)
    lost = _counted(without, grids)
    outlined = _outlined(grids, changes)
    stirred = _stirred(grids, changes, before, after)
    told_of = zip(frame.itertuples(), lost, outlined, stirred, strict=True)
    judged = [_judged(*one, present.rules) for one in told_of]
    frame["flag"] = [flag for flag, _ in judged]
    frame["reasons"] = pd.Series([why for _, why in judged], index=frame.index, dtype="object")
    return TouchedGrids(frame.rename_axis(index=TOUCHED_GRIDS.index), without)


def _grids_before(present: PresentGrids, grids: GeoDataFrame, old: Version) -> Series:
    """Give the grid of every old building: as the plan says, else where its anchor lies."""
    points = anchors(old.layers.buildings).to_crs(grids.crs)
    lying, _ = place_in(grids, points)
    planned = present.grid_of.reindex(points.index)
    return planned.where(planned.isin(grids.index), lying).fillna("").astype("str")


def _grids_after(
    grids: GeoDataFrame, before: Series, changes: Changes, new: Version
) -> tuple[Series, Series]:
    """Give the grid of every new building, and the nearest one of those that stand in none."""
    buildings = new.layers.buildings
    points = anchors(buildings)
    lying, _ = place_in(grids, points)
    pairs = changes.buildings.pairs
    stayed = pairs[pairs["kind"] != "moved"].drop_duplicates("new_id").set_index("new_id")
    kept = stayed["old_id"].map(before).reindex(buildings.index).fillna("")
    after = kept.where(kept != "", lying).astype("str")
    planned = set(grids["community_code"]) - {""}
    here = buildings["community_code"].isin(planned) if planned else after == ""
    homeless = points[(after == "") & here]
    if homeless.empty or grids.empty:
        return after, pd.Series([], index=homeless.index[:0], dtype="str")
    tree = shapely.STRtree(np.asarray(grids.geometry.array, dtype=object))
    nearest = tree.nearest(np.asarray(homeless.array, dtype=object))
    return after, pd.Series(grids.index[nearest], index=homeless.index, dtype="str")


def _summed(version: Version, measure: str, grid_of: Series, grids: GeoDataFrame) -> Series:
    settled = version.ledger.buildings[measure]
    summed = settled.groupby(grid_of.reindex(settled.index).to_numpy()).sum()
    return summed.reindex(grids.index).fillna(0).astype("int64")


def _counted(grid_of: Series, grids: GeoDataFrame) -> Series:
    return grid_of.value_counts().reindex(grids.index).fillna(0).astype("int64")


def _barriers(grids: GeoDataFrame, changes: Changes) -> Series:
    """Count the changed barriers inside a grid or along it."""
    touched = [one.touched for one in changes.others if one.layer in BARRIERS]
    moved = [frame.geometry[frame["redrawn"].astype("bool")] for frame in touched]
    lines = np.concatenate([np.asarray(shapes.array, dtype=object) for shapes in moved])
    count = np.zeros(len(grids), dtype="int64")
    if len(lines):
        tree = shapely.STRtree(lines)
        grid, _ = tree.query(np.asarray(grids.geometry.array, dtype=object), predicate="intersects")
        count += np.bincount(grid, minlength=len(grids))
    return pd.Series(count, index=grids.index)


def _outlined(grids: GeoDataFrame, changes: Changes) -> Series:
    """Mark the grids whose community has another outline, or is gone."""
    touched = changes.layer("communities").touched
    redrawn = touched[touched["redrawn"].astype("bool") & (touched["kind"] != "new")]
    marked = grids["community_code"].isin(redrawn["id"])
    if (grids["community_code"] == "").all() and len(redrawn):
        ground = shapely.union_all(np.asarray(redrawn.geometry.array, dtype=object))
        marked = pd.Series(shapely.intersects(ground, grids.geometry.array), index=grids.index)
    return marked


def _stirred(grids: GeoDataFrame, changes: Changes, before: Series, after: Series) -> Series:
    """Mark the grids where a building changed its place or parts, or where anybody came or went."""
    rows = changes.buildings.rows
    other = rows[rows["kind"].isin(("moved", "split", "merged"))]
    homes = changes.homes
    lively = homes[(homes["came"] > 0) | (homes["went"] > 0)]
    found = {
        *before.reindex(other["old_id"]).dropna(),
        *after.reindex(other["new_id"]).dropna(),
        *after.reindex(lively.index[~lively["is_gone"]]).dropna(),
    }
    return pd.Series(grids.index.isin(list(found)), index=grids.index)


def _judged(
    grid: object, lost: int, outlined: object, stirred: object, rules: Rules
) -> tuple[str, tuple[Message, ...]]:
    """Say what is to be done with one grid, and why."""
    said = {name: getattr(grid, name) for name in TOUCHED_GRIDS.columns if hasattr(grid, name)}
    before, after = said["households_before"], said["households_after"]
    urgent: list[Message] = []
    mild: list[Message] = []
    if lost:
        urgent.append(Message("changes.grid_lacks", {"count": int(lost)}))
    if outlined:
        urgent.append(Message("changes.grid_outline"))
    if not said["in_rule_after"]:
        fields = {"households": after, "before": before, "low": rules.low, "high": rules.high}
        why = Message("changes.grid_out", fields)
        if rules.low <= after <= rules.high:
            persons = {"persons": said["persons_after"], "cap": rules.persons_cap}
            why = Message("changes.grid_persons", persons)
        is_worse = said["in_rule_before"] or before != after
        (urgent if is_worse else mild).append(why)
    touched = _touches(said, stirred=bool(stirred))
    if urgent:
        return "redraw", (*urgent, *touched)
    return ("look", (*touched, *mild)) if touched else ("", ())


def _touches(said: dict[str, int], *, stirred: bool) -> tuple[Message, ...]:
    found = []
    built = {"new": said["buildings_new"], "gone": said["buildings_gone"]}
    if any(built.values()):
        found.append(Message("changes.grid_buildings", built))
    if said["barriers"]:
        found.append(Message("changes.grid_barriers", {"count": said["barriers"]}))
    before, after = said["households_before"], said["households_after"]
    if before != after and said["in_rule_after"]:
        found.append(Message("changes.grid_households", {"before": before, "after": after}))
    elif stirred and before == after and not found:
        found.append(Message("changes.grid_stirred", {"households": after}))
    return tuple(found)
