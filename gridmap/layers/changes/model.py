"""What a comparison of two versions says, as frames and figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gridmap.schema import Count, Number, Table, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geopandas import GeoDataFrame
    from pandas import DataFrame

    from gridmap.layers.ledger import Ledger
    from gridmap.schema import Layers

BUILDING_KINDS: Final = ("same", "changed", "moved", "split", "merged", "new", "gone")
HOUSEHOLD_KINDS: Final = ("same", "changed", "moved", "in", "out")
AREA_KINDS: Final = ("same", "changed", "new", "gone")

BUILDING_CHANGES: Final = Table(
    "building changes",
    "change",
    {
        "old_id": Text,  # "" for a building that is new
        "new_id": Text,  # "" for a building that is gone
        "kind": Text,  # one of BUILDING_KINDS; a split or merger has a row for every part
        "way": Text,  # what says that it is the same building: id, geometry, address
        "what": Text,  # the columns that changed, "outline" and "id" among them, joined by ", "
        "overlap": Number,  # shared ground by all ground of the two, 0 to 1
        "moved_m": Number,  # between the anchors
        "reused": Count,  # 1 where the id stands for another building in the other version
    },
)
HOUSEHOLD_CHANGES: Final = Table(
    "household changes",
    "change",
    {
        "old_id": Text,
        "new_id": Text,
        "kind": Text,  # one of HOUSEHOLD_KINDS
        "what": Text,  # building, place, persons, need, id
        "old_building": Text,  # where it was placed, as the old version numbers buildings
        "new_building": Text,
        "old_persons": Count,
        "new_persons": Count,
    },
)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the data, as it was read and settled."""

    layers: Layers
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Trust:
    """Whether ids can be trusted: how many both versions use, and how many of them agree."""

    shared: int
    agreeing: int
    least_share: float

    @property
    def share(self) -> float:
        """The part of the shared ids that agree, 0 where none is shared."""
        return self.agreeing / self.shared if self.shared else 0.0

    @property
    def is_given(self) -> bool:
        """Do enough of the shared ids agree."""
        return self.shared > 0 and self.share >= self.least_share


@dataclass(frozen=True, slots=True)
class BuildingChanges:
    """`BUILDING_CHANGES`; `shift_m` is how far the old layer as a whole lies from the new one."""

    rows: DataFrame
    trust: Trust
    shift_m: tuple[float, float] = (0.0, 0.0)

    @property
    def pairs(self) -> DataFrame:
        """Old and new ids of what is the same building, or a part of it."""
        known = (self.rows["old_id"] != "") & (self.rows["new_id"] != "")
        return self.rows.loc[known, ["old_id", "new_id", "kind"]]

    def heirs(self) -> dict[str, str]:
        """Give the one new building for each old one that is not gone and not divided."""
        pairs = self.pairs
        single = pairs[pairs["kind"] != "split"]
        return dict(zip(single["old_id"], single["new_id"], strict=True))

    def counts(self) -> dict[str, int]:
        """Count buildings by kind: the old ones of a merger, else the new ones where there are."""
        rows = self.rows
        merged = rows["kind"] == "merged"
        name = rows["old_id"].where(merged | (rows["new_id"] == ""), rows["new_id"])
        found = name.groupby(rows["kind"]).nunique()
        return {kind: int(found.get(kind, 0)) for kind in BUILDING_KINDS}


@dataclass(frozen=True, slots=True)
class HouseholdChanges:
    """
    `HOUSEHOLD_CHANGES`: every household of either version in one row.

    A household that a ledger holds twice is taken once, by its row that is no duplicate.
    """

    rows: DataFrame
    trust: Trust

    def counts(self, column: str = "") -> dict[str, int]:
        """Count households by kind, or add up `old_persons` or `new_persons`."""
        kinds = self.rows.groupby("kind")
        found = kinds[column].sum() if column else kinds.size()
        return {kind: int(found.get(kind, 0)) for kind in HOUSEHOLD_KINDS}

    @property
    def before(self) -> tuple[int, int]:
        """Households and persons of the old version."""
        return int((self.rows["kind"] != "in").sum()), int(self.rows["old_persons"].sum())

    @property
    def after(self) -> tuple[int, int]:
        """Households and persons of the new version."""
        return int((self.rows["kind"] != "out").sum()), int(self.rows["new_persons"].sum())


@dataclass(frozen=True, slots=True)
class LayerChanges:
    """
    How one of the other layers changed.

    `touched` holds what is not the same: `layer`, `id`, `kind`, `name`, `redrawn` (False where only
    words changed) and geometry.
    """

    layer: str
    counts: Mapping[str, int]
    touched: GeoDataFrame


@dataclass(frozen=True, slots=True)
class Changes:
    """
    All that changed from one version to the next.

    `homes` counts, by building of the new version, the placed households and persons before and
    after and those that came and went; an old building that is gone stands under its old id.
    Everything is in the metric CRS of the new version.
    """

    buildings: BuildingChanges
    households: HouseholdChanges
    others: tuple[LayerChanges, ...]
    homes: DataFrame
    balances: tuple[Mapping[str, Any], Mapping[str, Any]]

    def layer(self, name: str) -> LayerChanges:
        """Find one of the other layers."""
        return next(one for one in self.others if one.layer == name)
