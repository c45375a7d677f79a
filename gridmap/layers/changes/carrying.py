"""
What a new version takes over from the one in force, where only a part of it was handed in.

A household that was placed keeps neither address nor point in the database, so it is carried over
with `kept_in`: the building that the last version placed it in, as the new version numbers it. It
counts only where the row makes no claim of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.layers.changes.buildings import compare_buildings
from gridmap.layers.changes.delta import MERGED, merge_rows, split_deltas
from gridmap.layers.changes.model import Version
from gridmap.schema import TABLES, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geopandas import GeoDataFrame
    from pyproj import CRS

    from gridmap.layers.changes.delta import Removals
    from gridmap.layers.ledger import Ledger
    from gridmap.layers.opened import OpenedLayer
    from gridmap.schema import Layers

MADE_ON_THE_MAP: Final = frozenset(
    (
        *("outline_repeated", "layer_elsewhere", "building_outside", "tie", "astride"),
        *("communities_overlap", "communities_crack", "communities_missing"),
    )
)
"""Faults that come again by themselves whenever layers are put on the map together."""

BY_ADDRESS: Final = ("decision", "address", "parsed", "kept")
NOBODYS: Final = "~"
"""Behind an id that now means another building, or one of the parts it was divided into."""

HULL_ROW: Final = 0
"""A community nobody handed in, made of all buildings, stands in no row of a file."""


@dataclass(frozen=True, slots=True)
class Base:
    """The version in force that a part of a new one is added to; a delta changes single rows."""

    version: Version
    is_delta: bool = False
    removals: Mapping[str, Removals] = field(default_factory=dict)

    @classmethod
    def of(cls, layers: Layers, ledger: Ledger, *, is_delta: bool = False) -> Base:
        """Take a version as the store reads it."""
        return cls(Version(layers, ledger), is_delta)

    @property
    def crs(self) -> CRS:
        """What the buildings of the version in force came in."""
        return self.version.layers.crs

    @property
    def metric_crs(self) -> CRS:
        """What they are measured in."""
        return self.version.layers.metric_crs

    def parted(self, opened: list[OpenedLayer]) -> tuple[Base, list[OpenedLayer], list[Fault]]:
        """Part what a delta takes out from what it hands in; all of it, where it is no delta."""
        if not opened:
            return self, opened, [Fault("layers", None, "update_empty", "refused")]
        if not self.is_delta:
            return self, opened, []
        left, removals, faults = split_deltas(opened)
        return replace(self, removals=removals), left, faults

    def completed(
        self, fresh: Mapping[str, GeoDataFrame], *, crs: CRS
    ) -> tuple[dict[str, GeoDataFrame], list[Fault]]:
        """
        Fill up what was handed in with what is in force.

        Parameters
        ----------
        fresh
            Layers that were handed in, by name, in metres.
        crs
            The metric CRS of the new version.

        Returns
        -------
        frames
            Every layer that holds a row; households that are carried over have `kept_in`.
        faults
            What was carried over, what did not fit, and what was known to be wrong with it.
        """
        held = {name: getattr(self.version.layers, name).to_crs(crs) for name in TABLES}
        held["communities"] = _without_hull(held["communities"])
        frames = held | dict(fresh)
        faults: list[Fault] = []
        if self._is_merged("buildings"):
            frames["buildings"], faults = merge_rows("buildings", held, fresh, self.removals)
        if "compounds" in fresh:
            frames["buildings"] = _without_compounds(frames["buildings"], held["compounds"])
        if self.is_delta or "households" not in fresh:
            is_new = "buildings" in {*fresh, *self.removals}
            carried = self._carried(held, frames["buildings"] if is_new else None)
            frames["households"], wrong = merge_rows(
                "households", held | {"households": carried}, fresh, self.removals
            )
            faults = [*faults, *wrong]
        kept = {name: frame for name, frame in frames.items() if len(frame)}
        return kept, [*faults, *self._known_faults(fresh, crs)]

    def _carried(
        self, held: Mapping[str, GeoDataFrame], buildings: GeoDataFrame | None
    ) -> GeoDataFrame:
        """Take the households over, each with the building that it was placed in."""
        told, ledger = held["households"], self.version.ledger.households
        placed = pd.Series(ledger["placed_in"].to_numpy(dtype=object), dtype="str")
        if buildings is None:
            return told.assign(kept_in=placed.to_numpy())
        way = ledger["placed_by"].to_numpy(dtype=object)
        changes = compare_buildings(held["buildings"], buildings)
        out = self.removals.get("buildings")
        razed = frozenset[str]() if out is None else out.ids
        heirs = {old: new for old, new in changes.heirs().items() if old not in razed}
        heir = placed.map(heirs).fillna("").to_numpy(dtype=object)
        found = heir != ""
        lost = (placed != "").to_numpy() & ~found
        taken = lost & placed.isin(buildings.index).to_numpy()
        divided = placed.isin(changes.pairs.loc[changes.pairs["kind"] == "split", "old_id"])
        reused = taken & ~divided.to_numpy()
        by_id = way == "building"
        named = told["building_id"].to_numpy(dtype=object)
        named = np.select([by_id & found, by_id & reused], [heir, ""], named)
        address = told["address"].to_numpy(dtype=object)
        known = placed.map(held["buildings"]["address"].to_dict()).fillna("")
        nameless = (lost & np.isin(way, BY_ADDRESS)) | (by_id & reused)
        address = np.where(nameless & (address == ""), known, address)
        kept = np.select([found, taken], [heir, placed + NOBODYS], placed)
        columns = {"building_id": named, "address": address, "kept_in": kept}
        return told.assign(**columns).astype(dict.fromkeys(columns, "str"))

    def _known_faults(self, fresh: Mapping[str, GeoDataFrame], crs: CRS) -> list[Fault]:
        """Say of the layers that were carried over what was known to be wrong with them."""
        whole = {name for name in fresh if not self._is_merged(name)}
        faults = [
            fault
            for fault in self.version.layers.faults
            if fault.layer in TABLES and fault.layer not in whole
            if fault.kind not in MADE_ON_THE_MAP
        ]
        if crs != self.metric_crs:
            faults = [replace(fault, geometry=None) for fault in faults]
        return faults

    def _is_merged(self, layer: str) -> bool:
        return self.is_delta and layer in MERGED


def _without_hull(communities: GeoDataFrame) -> GeoDataFrame:
    """Leave out the community that was made of all buildings: it is made again."""
    return communities[communities["row"] != HULL_ROW]


def _without_compounds(buildings: GeoDataFrame, compounds: GeoDataFrame) -> GeoDataFrame:
    """Forget compounds that were found on the map: others are there now."""
    told = buildings["compound_id"]
    return buildings.assign(compound_id=told.where(~told.isin(compounds.index), ""))
