"""Two plans side by side: what approving the new one would change, and for whom."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from gridmap.comparison import Comparison
from gridmap.comparison.document import plain_comparison

Share = Annotated[float | None, Field(description="From 0 to 1; null where there was nothing.")]
OldCode = Annotated[str, Field(description='Before; "" is no grid.')]
NewCode = Annotated[str, Field(description='After; "" is no grid.')]
Kind = Literal[
    "unchanged",
    "redigitised",
    "renamed",
    "moved_line",
    "split",
    "merge",
    "redrawn",
    "new",
    "ended",
]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]


class ComparisonAsked(BaseModel):
    """What a version is compared with."""

    model_config = ConfigDict(extra="forbid")

    other: Annotated[
        Number | Literal["in_force"],
        Field(alias="with", description="Number of a version, or what is in force."),
    ] = "in_force"


class DraftComparisonAsked(BaseModel):
    """What a draft is compared with."""

    model_config = ConfigDict(extra="forbid")

    other: Annotated[
        Number | Literal["base", "in_force"],
        Field(
            alias="with",
            description="Number of a version, the one the draft began from, or what is in force.",
        ),
    ] = "base"


class SideOut(BaseModel):
    """One of the two plans: a version, or a draft that began from it."""

    version: int
    draft: int | None = None


class GridChangeOut(BaseModel):
    """What happens to one grid; every old and every new code is in exactly one row."""

    kind: Kind
    old_code: OldCode
    new_code: NewCode
    old_name: str
    new_name: str
    old_worker: Annotated[str, Field(description='"" is a vacancy.')]
    new_worker: str
    households_before: int
    households_after: int
    households_kept: Annotated[int, Field(description="In this grid before and after.")]
    homes_kept: Share
    ground_kept: Annotated[Share, Field(description="Share of the old grid's area.")]
    outline_m: Annotated[float | None, Field(description="How far the outlines lie apart.")]
    on_lesser_piece: Annotated[
        bool, Field(description="The rule of codes would give the code to a larger piece.")
    ]


class MoveOut(BaseModel):
    """Who goes from which grid to which other one."""

    old_code: OldCode
    new_code: NewCode
    buildings: int
    households: int
    persons: int
    share_of_old: float
    share_of_new: float
    area_m2: float


class MatrixOut(BaseModel):
    """Households by old code (rows) and new code (columns), of the grids that change."""

    old_codes: list[str]
    new_codes: list[str]
    households: list[list[int]]


class WorkerChangeOut(BaseModel):
    """What changes for a worker; `gained` and `lost` are households."""

    worker_id: Annotated[str, Field(description='"" are the vacancies together.')]
    old_grids: Annotated[str, Field(description='Codes, ", " between.')]
    new_grids: str
    households_before: int
    households_after: int
    gained: int
    lost: int


class BoardOut(BaseModel):
    """A notice board to put up, take down or replace, and what on it is no longer so."""

    grid_code: str
    action: Literal["put_up", "take_down", "replace"]
    reasons: Annotated[str, Field(description='Of place, outline, name, worker; ", " between.')]


class IncidentMoveOut(BaseModel):
    """An open incident that changes owner."""

    incident_id: str
    old_code: OldCode
    new_code: NewCode
    old_worker: str
    new_worker: str


EXAMPLE: Final[dict[str, Any]] = {
    "old": {"version": 3, "draft": None},
    "new": {"version": 3, "draft": 7},
    "tolerance_m": 1.0,
    "kinds": {"moved_line": 2, "unchanged": 1},
    "buildings_by_change": {
        "moved": {
            "buildings": 1,
            "households_before": 10,
            "households_after": 10,
            "persons_before": 25,
            "persons_after": 25,
        }
    },
    "grids": [
        {
            "kind": "moved_line",
            "old_code": "440305001001002",
            "new_code": "440305001001002",
            "old_name": "",
            "new_name": "",
            "old_worker": "w2",
            "new_worker": "w2",
            "households_before": 100,
            "households_after": 90,
            "households_kept": 90,
            "homes_kept": 0.9,
            "ground_kept": 0.9,
            "outline_m": 20.0,
            "on_lesser_piece": False,
        }
    ],
    "moves": [
        {
            "old_code": "440305001001002",
            "new_code": "440305001001001",
            "buildings": 1,
            "households": 10,
            "persons": 25,
            "share_of_old": 0.1,
            "share_of_new": 0.0909,
            "area_m2": 2000.0,
        }
    ],
    "matrix": {
        "old_codes": ["440305001001001", "440305001001002"],
        "new_codes": ["440305001001001", "440305001001002"],
        "households": [[100, 0], [10, 90]],
    },
    "workers": [
        {
            "worker_id": "w2",
            "old_grids": "440305001001002",
            "new_grids": "440305001001002",
            "households_before": 100,
            "households_after": 90,
            "gained": 0,
            "lost": 10,
        }
    ],
    "boards": [{"grid_code": "440305001001002", "action": "replace", "reasons": "outline"}],
    "incidents": [],
}


class ComparisonOut(BaseModel):
    """What is different between two plans of a community, before anybody approves the new one."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    old: SideOut
    new: SideOut
    tolerance_m: Annotated[float, Field(description="A line nearer to itself is the same line.")]
    kinds: dict[str, int]
    buildings_by_change: dict[str, dict[str, int]]
    grids: list[GridChangeOut]
    moves: list[MoveOut]
    matrix: MatrixOut
    workers: list[WorkerChangeOut]
    boards: list[BoardOut]
    incidents: Annotated[
        list[IncidentMoveOut],
        Field(
            description="Open incidents that change owner. The service keeps no incidents yet, so "
            "there are none; `gridmap compare --incidents` takes a file of them."
        ),
    ]

    @classmethod
    def of(cls, found: Comparison, *, old: SideOut, new: SideOut) -> Self:
        """Show all but the single buildings."""
        plain = plain_comparison(found)
        shown = {name: plain[name] for name in cls.model_fields if name in plain}
        return cls(old=old, new=new, **shown)
