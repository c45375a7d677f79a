"""Drafts and the operations on them, as they are asked for and shown."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.schemas.fields import BoxField, Word
from gridmap.store.operations import SEARCH_S
from gridmap.store.tables import DraftGridRow, DraftRow, DraftStepRow

Code = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Codes = Annotated[list[Code], Field(min_length=1, max_length=1000)]
Buildings = Annotated[list[Code], Field(min_length=1, max_length=5000)]
Why = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
Place = Annotated[list[float], Field(min_length=2, max_length=2)]
Places = Annotated[list[Place], Field(min_length=2, max_length=5000)]
Limit = Annotated[
    float, Field(gt=0, le=60, description="Seconds to search; then the best that was found.")
]
Seen = Annotated[int, Field(ge=0, le=2**31 - 1, description="The last step that was seen.")]


class Wish(BaseModel):
    """What every operation has in common: nothing but that it says no more than it means."""

    model_config = ConfigDict(extra="forbid")


class LineString(Wish):
    """A drawn line, in degrees."""

    type: Literal["LineString"]
    coordinates: Places


class Polygon(Wish):
    """A drawn area, in degrees."""

    type: Literal["Polygon"]
    coordinates: Annotated[list[Places], Field(min_length=1, max_length=100)]


class Move(Wish):
    """Move buildings to a grid."""

    operation: Literal["move"]
    buildings: Buildings
    to: Code


class Swap(Wish):
    """Let buildings of two grids change places."""

    operation: Literal["swap"]
    one: Buildings
    other: Buildings


class GiveArea(Wish):
    """Give all that lies in a drawn area to a grid."""

    operation: Literal["give_area"]
    area: Polygon
    to: Code


class Merge(Wish):
    """Make one grid of several."""

    operation: Literal["merge"]
    grids: Codes


class SplitLine(Wish):
    """Split a grid by a drawn line."""

    operation: Literal["split_line"]
    grid: Code
    line: LineString


class SplitBarrier(Wish):
    """Split a grid along a road, a river or a wall that runs through it."""

    operation: Literal["split_barrier"]
    grid: Code
    barrier: Word


class SplitEvenly(Wish):
    """Split a grid into parts of about as many households."""

    operation: Literal["split_evenly"]
    grid: Code
    parts: Annotated[int, Field(ge=2, le=50)]


class ShiftBorder(Wish):
    """Shift the border between two grids to a barrier."""

    operation: Literal["shift_border"]
    one: Code
    other: Code
    barrier: Word


class Lock(Wish):
    """Lock grids, or unlock them."""

    operation: Literal["lock", "unlock"]
    grids: Codes


class Rename(Wish):
    """Give a grid another name."""

    operation: Literal["rename"]
    grid: Code
    name: Word


class Repair(Wish):
    """Bring grids back into the rule with few moves; locked ones are not touched."""

    operation: Literal["repair"]
    time_limit_s: Limit = SEARCH_S


class Replan(Wish):
    """Draw some grids anew, and no others."""

    operation: Literal["replan"]
    grids: Codes
    time_limit_s: Limit = SEARCH_S


Operation = Annotated[
    Move
    | Swap
    | GiveArea
    | Merge
    | SplitLine
    | SplitBarrier
    | SplitEvenly
    | ShiftBorder
    | Lock
    | Rename
    | Repair
    | Replan,
    Field(discriminator="operation"),
]


class DraftIn(BaseModel):
    """A draft to begin."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"version": 1, "name": "spring"}]}
    )

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    name: Word


class StepIn(BaseModel):
    """An operation to do, and what was seen before."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "seen": 0,
                    "why": "the tower is finished",
                    "wish": {
                        "operation": "move",
                        "buildings": ["b17"],
                        "to": "440305001001002",
                    },
                }
            ]
        },
    )

    seen: Seen
    wish: Operation
    why: Why = ""
    rebase: bool = False


class SeenIn(BaseModel):
    """The last step that was seen."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"seen": 3}]})

    seen: Seen


class DraftOut(BaseModel):
    """One draft; `head` is its last step."""

    id: int
    version: int
    community: str
    name: str
    created_by: str
    created_at: datetime
    head: int

    @classmethod
    def of(cls, row: DraftRow) -> Self:
        """Show all of it."""
        return cls(
            id=row.id,
            version=row.version_id,
            community=row.community_code,
            name=row.name,
            created_by=row.created_by,
            created_at=row.created_at,
            head=row.head,
        )


class GridOut(BaseModel):
    """One grid of a draft as it is now; `step` drew it so."""

    code: str
    name: str
    is_locked: bool
    is_dedicated: bool
    households: int
    persons: int
    buildings: int
    area_m2: float
    clear_share: float | None
    compactness: float
    status: str
    step: int

    @classmethod
    def of(cls, row: DraftGridRow) -> Self:
        """Show all but its shape."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class DraftGridsOut(BaseModel):
    """A draft with its grids, in the order of their codes."""

    draft: DraftOut
    grids: list[GridOut]


class StepOut(BaseModel):
    """One step: who did what, when and why, and the figures of the grids it touched."""

    number: int
    kind: Literal["do", "undo", "redo"]
    of_number: int | None
    operation: str
    made_by: str
    made_at: datetime
    why: str
    before: dict[str, Any]
    after: dict[str, Any]

    @classmethod
    def of(cls, row: DraftStepRow) -> Self:
        """Show all but the plots."""
        shown = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        return cls(**shown, before=row.figures["before"], after=row.figures["after"])


class DraftsOut(BaseModel):
    """Some drafts of a community's plan; `next` is the `after` of those that follow."""

    drafts: list[DraftOut]
    next: int | None


class StepsOut(BaseModel):
    """The log of a draft after some step; `next` is the `after` of the steps that follow."""

    steps: list[StepOut]
    next: int | None


class FeaturesAsked(BaseModel):
    """Which grids of a draft; `code` may be said more than once, or with commas between."""

    bbox: BoxField = None
    code: list[
        Annotated[str, StringConstraints(max_length=8_000, pattern=r"^[^\x00-\x1f\x7f]*$")]
    ] = []
    after: Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    limit: Annotated[int, Field(ge=1, le=1_000)] = 1_000

    @property
    def codes(self) -> list[str]:
        """Every code that is asked for; none is all."""
        return [code.strip() for said in self.code for code in said.split(",") if code.strip()]


class VersionOut(BaseModel):
    """A version that was made of a draft."""

    version: int
