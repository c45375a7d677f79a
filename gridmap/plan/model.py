"""What a plan is: which grid every building is in, and the drawn grids that follow from it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gridmap.schema import AREA, Count, Number, Table, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geopandas import GeoDataFrame
    from pyproj import CRS

    from gridmap.layers.balance import BalanceSheet
    from gridmap.rules import Alternative, Rules
    from gridmap.schema import CommunityCode, Fault

DRAWN_GRIDS: Final = Table(
    "grids",
    "grid_code",
    {
        "name": Text,
        "kind": Text,  # general, dedicated, empty
        "community_code": Text,
        "households": Count,
        "persons": Count,
        "buildings": Count,
        "area_m2": Number,
        "clear_share": Number,  # NaN where a grid has no inner border
        "compactness": Number,
        "neck_m": Number,  # how wide the narrowest place is
        "enclosed_by": Text,  # code of the one grid all around it, "" for most
        "worker": Text,  # worker_id, or the owner of a dedicated grid; "" is a vacancy
        "status": Text,  # ok, over_band, under_band, over_persons, over_load, under_load
        "reason": Text,  # Message.to_json, "" where there is none
        "bounds": Text,  # Message.to_json: the 四至
        "why": Text,  # Message.to_json: what its border follows and what made its size
    },
    AREA,
)
ASSIGNMENT: Final = Table(
    "assignment",
    "building_id",
    {"grid_code": Text, "micro_code": Text, "households": Count, "persons": Count},
    ("Point",),  # the building's anchor
)
MICROGRIDS: Final = Table(
    "microgrids",
    "micro_code",
    {"grid_code": Text, "households": Count, "persons": Count, "made_of": Text},
    AREA,
)


@dataclass(frozen=True, slots=True)
class Objective:
    """
    What a plan costs by the weights of its rule, in points, term by term.

    The terms are those of :mod:`gridmap.plan.partition.objective`, over general ground only:
    where dedicated grids lie is nobody's choice.
    """

    cut: float = 0.0
    size: float = 0.0
    shape: float = 0.0
    split: float = 0.0
    moved: float = 0.0

    @property
    def value(self) -> float:
        """All terms together: the fewer points, the better the plan."""
        return self.cut + self.size + self.shape + self.split + self.moved

    def __add__(self, other: Objective) -> Objective:
        return Objective(
            self.cut + other.cut,
            self.size + other.size,
            self.shape + other.shape,
            self.split + other.split,
            self.moved + other.moved,
        )

    def to_dict(self) -> dict[str, float]:
        """Give the value, and the terms it is the sum of."""
        return {"value": self.value} | asdict(self)


@dataclass(frozen=True, slots=True)
class CommunityPlan:
    """
    The drawn plan of one community, with the figures that add up over communities.

    Borders are inner ones, between two grids of the community; seconds are by step. Of any plan
    of the same general ground, no further out of the band, the cut cost is at least `lower_bound`
    and the objective at least `objective_bound`; None where nobody knows. `objective` is this
    plan's, on general ground.
    """

    community: CommunityCode
    grids: GeoDataFrame
    assignment: GeoDataFrame
    microgrids: GeoDataFrame
    faults: tuple[Fault, ...]
    border_m: float
    clear_m: float
    cut_cost: float
    split_compounds: int
    objective: Objective
    seconds: dict[str, float]
    moved_households: int | None = None
    alternative: Alternative | None = None
    lower_bound: float | None = None
    objective_bound: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """
    How good a draft is, as far as it cannot be read off its tables; seconds by step.

    `moved_households` counts those that change grid, None where a plan was started afresh. No plan
    as near to the band has a lower cut cost than `lower_bound`, and at most `objective_gap`, a
    share, of the objective could be saved: 0 is proven the best; None where nobody knows.
    `objective` is None for plans from before it was kept. `alternative` says what the search put
    first; the objective is by the rule itself all the same.
    """

    cut_cost: float
    clear_share: float
    split_compounds: int
    seconds: dict[str, float]
    lower_bound: float | None = None
    objective_gap: float | None = None
    moved_households: int | None = None
    objective: Objective | None = None
    alternative: Alternative | None = None

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Figures:
        """Make figures of what `asdict` made of them, wherever that was kept."""
        values = dict(plain)
        terms = values.pop("objective", None)
        return cls(**values, objective=None if terms is None else Objective(**terms))


@dataclass(frozen=True, slots=True)
class Draft:
    """
    A drawn plan of one or many communities, with the proof that nobody is missing.

    Frames are in the metric CRS they were planned in; `crs` is the one to write them in. Every
    household that has no place is among the `faults`, with its row and its bin as the kind.
    """

    grids: GeoDataFrame
    assignment: GeoDataFrame
    microgrids: GeoDataFrame
    faults: tuple[Fault, ...]
    balance: BalanceSheet
    rules: Rules
    seed: int
    crs: CRS
    figures: Figures

    def counted(self) -> Draft:
        """Put what the grids really hold, summed over the assignment, beside the ledger."""
        held = self.assignment[self.assignment["grid_code"].isin(self.grids.index)]
        balance = replace(
            self.balance,
            grid_households=int(held["households"].sum()),
            grid_persons=int(held["persons"].sum()),
        )
        return replace(self, balance=balance)
