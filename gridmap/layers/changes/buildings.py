"""
Which building of the old version is which of the new one.

Ids say so where they can be trusted, and they can where buildings of the same id share ground.
What they leave over is found by shared ground, then by address. An id that stands for another
building now is not believed, and a footprint that was divided or joined is named as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from gridmap.layers.address import normal_addresses
from gridmap.layers.changes.footprints import best_pairs, common_shift, lay_over
from gridmap.layers.changes.model import BUILDING_CHANGES, BuildingChanges, Trust
from gridmap.schema import Number, anchors

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray
    from pandas import DataFrame, Series

TRUSTED_SHARE: Final = 0.8
SAME_GROUND: Final = 0.5
"""Of the smaller footprint: with so much in common one is a part of the other."""

ALIKE: Final = 0.3
"""Of all ground of the two: without an id, so much in common makes them the same building."""

NO_GROUND: Final = 0.1
WHOLE: Final = 0.9
OUTLINE_KEPT: Final = 0.97
MOVED_M: Final = 5.0
SAME_ID_REACH_M: Final = 100.0
SAME_ADDRESS_REACH_M: Final = 200.0

COMPARED: Final = (
    *("floors", "units_per_floor", "use", "name", "address"),
    *("households", "persons", "compound_id", "community_code"),
)


def compare_buildings(old: GeoDataFrame, new: GeoDataFrame) -> BuildingChanges:
    """
    Compare the buildings of two versions.

    Parameters
    ----------
    old, new
        `BUILDINGS`, in the same metric CRS, ids unique in each.

    Returns
    -------
    changes
        Every building of either version is in a row.
    """
    both = _Sides.of(old, new)
    by_id, trust = both.by_id()
    reused = by_id[~by_id["agrees"]] if trust.is_given else by_id[:0]
    known = by_id[by_id["agrees"]].assign(way="id") if trust.is_given else by_id[:0].assign(way="")
    divided = _divided(both.pairs, known)
    known = known[~known["old"].isin(divided["old"]) & ~known["new"].isin(divided["new"])]
    matched = both.matched(pd.concat([known, divided]))
    rows = pd.concat([matched, *both.alone(matched)], ignore_index=True)
    ids = pd.Index(reused["id"])
    rows["reused"] = (rows["old_id"].isin(ids) | rows["new_id"].isin(ids)).astype("int64")
    rows = rows.rename_axis(index=BUILDING_CHANGES.index)
    return BuildingChanges(rows[list(BUILDING_CHANGES.columns)], trust, both.shift_m)


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both versions with the old one laid where the new one is; pairs hold positions."""

    old: GeoDataFrame
    new: GeoDataFrame
    anchors: tuple[NDArray[np.object_], NDArray[np.object_]]
    addresses: tuple[NDArray[np.object_], NDArray[np.object_]]
    pairs: DataFrame
    shared: DataFrame
    shift_m: tuple[float, float]

    @classmethod
    def of(cls, old: GeoDataFrame, new: GeoDataFrame) -> _Sides:
        place = new.index.get_indexer(old.index)
        shared = pd.DataFrame({"old": np.flatnonzero(place >= 0), "new": place[place >= 0]})
        points = [np.asarray(anchors(side).array, dtype=object) for side in (old, new)]
        shift = common_shift(points[0][shared["old"]], points[1][shared["new"]])
        shapes = [np.asarray(side.geometry.array, dtype=object) for side in (old, new)]
        if any(shift):
            shapes[0], points[0] = (
                shapely.transform(these, lambda xy: xy + np.array(shift))
                for these in (shapes[0], points[0])
            )
        addresses = [
            normal_addresses(side["address"]).to_numpy(dtype=object) for side in (old, new)
        ]
        pairs = lay_over(*shapes)
        return cls(
            old, new, (points[0], points[1]), (addresses[0], addresses[1]), pairs, shared, shift
        )

    def by_id(self) -> tuple[DataFrame, Trust]:
        """Say of every id that both versions use whether it is the same building."""
        found = self.shared.merge(self.pairs, how="left", on=["old", "new"])
        found = found.fillna({"of_old": 0.0, "of_new": 0.0, "of_both": 0.0})
        ground = found[["of_old", "of_new"]].max(axis=1)
        mine, theirs = (
            pd.Series(side[found[name]])
            for side, name in zip(self.addresses, ("old", "new"), strict=True)
        )
        told = (mine != "") & (theirs != "")
        close = self.pairs[self.pairs["of_both"] >= SAME_GROUND]
        elsewhere = found["old"].isin(close["old"]) | found["new"].isin(close["new"])
        far = self.apart_m(found) > SAME_ID_REACH_M
        other = (ground < NO_GROUND) & ~(told & (mine == theirs))
        agrees = ~(other & (told | elsewhere | far))
        sure = (ground >= SAME_GROUND) | (told & (mine == theirs))
        found = found.assign(agrees=agrees, id=self.old.index[found["old"]])
        return found, Trust(len(found), int(sure.sum()), TRUSTED_SHARE)

    def apart_m(self, pairs: DataFrame) -> NDArray[np.float64]:
        """Measure between the anchors of pairs."""
        apart: NDArray[np.float64] = shapely.distance(
            self.anchors[0][pairs["old"]], self.anchors[1][pairs["new"]]
        )
        return apart

    def matched(self, known: DataFrame) -> DataFrame:
        """Add what shared ground and addresses say to what is known, and name the changes."""
        free = self.pairs[
            ~self.pairs["old"].isin(known["old"]) & ~self.pairs["new"].isin(known["new"])
        ]
        same = free[free["of_both"] >= ALIKE]
        known = pd.concat([known, best_pairs(same).assign(way="geometry")])
        known = pd.concat([known, self._by_address(known)], ignore_index=True)
        known["kind"] = known.get("kind", pd.Series(dtype="object")).fillna("")
        return self._described(known)

    def _by_address(self, known: DataFrame) -> DataFrame:
        sides = []
        for side, name in zip(self.addresses, ("old", "new"), strict=True):
            told = pd.DataFrame({"address": side, name: np.arange(len(side))})
            once = told[(told["address"] != "") & ~told["address"].duplicated(keep=False)]
            sides.append(once[~once[name].isin(known[name])])
        found = sides[0].merge(sides[1], on="address")[["old", "new"]]
        near = found[self.apart_m(found) <= SAME_ADDRESS_REACH_M]
        return near.assign(way="address", of_both=0.0)

    def _described(self, known: DataFrame) -> DataFrame:
        apart = self.apart_m(known)
        part = known["kind"] != ""
        moved = (apart > MOVED_M) & (known["of_both"] < SAME_GROUND)
        what = self._what(known).where(~part, "")
        kind = np.select([part, moved, what != ""], [known["kind"], "moved", "changed"], "same")
        return pd.DataFrame(
            {
                "old_id": self.old.index.to_numpy(dtype=object)[known["old"]],
                "new_id": self.new.index.to_numpy(dtype=object)[known["new"]],
                "kind": kind,
                "way": known["way"].to_numpy(),
                "what": what.to_numpy(),
                "overlap": known["of_both"].round(4).to_numpy(),
                "moved_m": np.where(moved, apart.round(1), 0.0),
            }
        )

    def _what(self, known: DataFrame) -> Series:
        """Name the columns that differ; one that a version leaves empty all along is no change."""
        mine, theirs = self.old.iloc[known["old"]], self.new.iloc[known["new"]]
        differs = {
            "id": mine.index.to_numpy() != theirs.index.to_numpy(),
            "outline": (known["of_both"] < OUTLINE_KEPT).to_numpy(),
        }
        for name in COMPARED:
            before, after = mine[name].to_numpy(), theirs[name].to_numpy()
            if name == "address":
                before, after = self.addresses[0][known["old"]], self.addresses[1][known["new"]]
            differs[name] = _differs(before, after, is_number=self._is_number(name))
        words = [np.where(flags, f"{name}, ", "") for name, flags in differs.items()]
        joined = pd.Series("", index=range(len(known)), dtype="str")
        for word in words:
            joined += pd.Series(word, dtype="str")
        return joined.str.removesuffix(", ")

    def _is_number(self, name: str) -> bool:
        return str(self.old[name].dtype) == Number

    def alone(self, matched: DataFrame) -> list[DataFrame]:
        """List the buildings that are gone and those that are new."""
        sides = (("gone", "old_id", self.old), ("new", "new_id", self.new))
        rows = []
        for kind, name, side in sides:
            left = side.index[~side.index.isin(matched[name])]
            told: dict[str, Any] = dict.fromkeys(("old_id", "new_id", "way", "what"), "")
            told |= {"overlap": 0.0, "moved_m": 0.0, "kind": kind, name: left}
            rows.append(pd.DataFrame(told, index=range(len(left))))
        return rows


def _differs(before: NDArray[Any], after: NDArray[Any], *, is_number: bool) -> NDArray[np.bool_]:
    if is_number:
        unknown = np.isnan(before), np.isnan(after)
        differs = (before != after) & ~(unknown[0] & unknown[1])
    else:
        unknown = before == "", after == ""
        differs = before != after
    says_nothing = any(bool(side.all()) for side in unknown)
    return np.zeros(len(before), dtype=bool) if says_nothing else np.asarray(differs, dtype=bool)


def _divided(pairs: DataFrame, known: DataFrame) -> DataFrame:
    """Find footprints that were divided into several, and several that became one."""
    parts = pairs.merge(known[["old", "new"]], on=["old", "new"], how="left", indicator="side")
    is_known = parts["side"] == "both"
    bound = parts["old"].isin(known["old"]), parts["new"].isin(known["new"])
    split = _families(parts[is_known | ~bound[1]], "old", "new")
    merged = _families(parts[is_known | ~bound[0]], "new", "old")
    merged = merged[~merged["old"].isin(split["old"]) & ~merged["new"].isin(split["new"])]
    kinds = [split.assign(kind="split"), merged.assign(kind="merged")]
    return pd.concat(kinds).assign(way="geometry").drop(columns="side")


def _families(parts: DataFrame, whole: str, part: str) -> DataFrame:
    """Keep the parts of a whole that several of them make up, none of them nearly all of it."""
    inside = parts[parts[f"of_{part}"] >= SAME_GROUND]
    inside = inside.sort_values(f"of_{part}", ascending=False).drop_duplicates(part)
    covered = inside.groupby(whole)[f"of_{whole}"].agg(["size", "max", "sum"])
    several = (covered["size"] > 1) & (covered["max"] < WHOLE) & (covered["sum"] >= SAME_GROUND)
    return inside[inside[whole].isin(covered.index[several])]
