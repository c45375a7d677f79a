"""Codes over time: parents and children of a grid, and counts restated on another base."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gridmap.comparison.document import list_records
from gridmap.store.lineage import Ancestry, Link, Restatement
from gridmap.store.tables import PublicationRow

When = Annotated[
    Annotated[int, Field(ge=1, le=2**31 - 1)] | AwareDatetime | date,
    Field(
        union_mode="left_to_right",
        description="Number of a version that was in force, or a day or time; a day begins at "
        "00:00 UTC.",
    ),
]


class CrosswalkAsked(BaseModel):
    """From which base to which; either may be the earlier one."""

    model_config = ConfigDict(extra="forbid")

    start: Annotated[When, Field(alias="from", examples=["2026-03-01"])]
    end: Annotated[When, Field(alias="to", examples=["2026-06-01"])]
    format: Annotated[
        Literal["json", "csv"] | None,
        Field(description="Without it the header Accept decides between JSON and text/csv."),
    ] = None


class BaseOut(BaseModel):
    """The grids of one publication."""

    version: int
    valid_from: datetime

    @classmethod
    def of(cls, row: PublicationRow) -> Self:
        """Show which it is."""
        return cls(version=row.version_id, valid_from=row.valid_from)


class WeightOut(BaseModel):
    """How much of what is counted in one grid belongs to a grid of the other base."""

    from_code: str
    to_code: Annotated[str, Field(description='"" is what lies in no grid there.')]
    measure: Annotated[
        Literal["households", "ground"],
        Field(description="What it is weighed by: ground where nobody lives."),
    ]
    part: int
    whole: int
    share: Annotated[float, Field(description="Part by whole; those of a grid add up to 1.")]


class CrosswalkOut(BaseModel):
    """How counts by the grids of one base are restated on another."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "start": {"version": 3, "valid_from": "2026-03-01T00:00:00Z"},
                    "end": {"version": 5, "valid_from": "2026-06-01T00:00:00Z"},
                    "publications_between": 1,
                    "weights": [
                        {
                            "from_code": "440305001001002",
                            "to_code": "440305001001001",
                            "measure": "households",
                            "part": 10,
                            "whole": 100,
                            "share": 0.1,
                        }
                    ],
                }
            ]
        }
    )

    start: BaseOut
    end: BaseOut
    publications_between: Annotated[int, Field(description="Steps that were composed.")]
    weights: list[WeightOut]

    @classmethod
    def of(cls, found: Restatement) -> Self:
        """Show all of it."""
        return cls(
            start=BaseOut.of(found.start),
            end=BaseOut.of(found.end),
            publications_between=found.steps,
            weights=[WeightOut(**row) for row in list_records(found.weights)],
        )


class LinkOut(BaseModel):
    """One grid that is a child of another, since a publication."""

    old_version: int
    old_code: str
    new_version: int
    new_code: str
    valid_from: datetime
    kind: Literal["renamed", "split", "merge", "redrawn", "moved_line"]
    households: Annotated[int, Field(description="That both have, as counted after.")]
    share_of_area: Annotated[float, Field(description="Of the old grid.")]
    weight: Annotated[float, Field(description="Of the old grid, in the crosswalk.")]

    @classmethod
    def of(cls, link: Link) -> Self:
        """Show all of it."""
        return cls(**{name: getattr(link, name) for name in cls.model_fields})


class LineageOut(BaseModel):
    """What a grid came from and what came of it, through all publications; nearest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "440305001001004",
                    "since": "2026-06-01T00:00:00Z",
                    "until": None,
                    "parents": [
                        {
                            "old_version": 3,
                            "old_code": "440305001001003",
                            "new_version": 5,
                            "new_code": "440305001001004",
                            "valid_from": "2026-06-01T00:00:00Z",
                            "kind": "split",
                            "households": 50,
                            "share_of_area": 0.5,
                            "weight": 0.5,
                        }
                    ],
                    "children": [],
                }
            ]
        }
    )

    code: str
    since: datetime
    until: Annotated[datetime | None, Field(description="The day it ended; null if it has not.")]
    parents: list[LinkOut]
    children: list[LinkOut]

    @classmethod
    def of(cls, found: Ancestry) -> Self:
        """Show all of it."""
        return cls(
            code=found.code,
            since=found.since,
            until=found.until,
            parents=[LinkOut.of(link) for link in found.parents],
            children=[LinkOut.of(link) for link in found.children],
        )
