"""What publishing a version takes, and what it gives."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.schemas.drafts import Code, Why
from gridmap.store.publications import Rule
from gridmap.store.register import Owner
from gridmap.store.tables import CertificateRow

Reason = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
    ),
]


class ExceptionIn(BaseModel):
    """What may be published as it is; who asks answers for it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"code": "440305001001003", "rule": "owner", "why": "recruiting"}]
        },
    )

    code: Annotated[
        Code | Literal[""], Field(description="Of the grid; not for `no_place` and `conflict`.")
    ] = ""
    rule: Annotated[
        Rule,
        Field(
            description="`band`: a grid is out of the rule; `owner`: it has no worker; `no_place`: "
            "households of the ledger have no place; `conflict`: they have more than one."
        ),
    ]
    why: Reason


class NoteIn(BaseModel):
    """What somebody says who takes a step."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"note": ""}]})

    note: Why = ""


class PublicationIn(BaseModel):
    """From when on a version is in force; null is now."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"valid_from": "2026-03-01T00:00:00+08:00"}]},
    )

    valid_from: Annotated[AwareDatetime | None, Field()] = None


class OwnerAsked(BaseModel):
    """One of a place, a building or a code, and a time; without one it is now."""

    model_config = ConfigDict(extra="forbid")

    longitude: Annotated[float | None, Field(ge=-180, le=180)] = None
    latitude: Annotated[float | None, Field(ge=-90, le=90)] = None
    building: Code | None = None
    code: Code | None = None
    at: AwareDatetime | None = None


class GateOut(BaseModel):
    """What is in the way of publishing, everything at once."""

    is_open: bool
    findings: list[str]


class CertificateOut(BaseModel):
    """What was certified, and its hash; `holds` is whether all of it is still so."""

    sha256: str
    content: dict[str, Any]
    holds: bool

    @classmethod
    def of(cls, row: CertificateRow, *, holds: bool) -> Self:
        """Show all of it."""
        return cls(sha256=row.sha256, content=row.content, holds=holds)


class OwnerOut(BaseModel):
    """The one grid that something was in."""

    version: int
    community: str
    code: str
    name: str
    worker: str
    since: datetime

    @classmethod
    def of(cls, owner: Owner) -> Self:
        """Show all of it."""
        return cls(**{name: getattr(owner, name) for name in cls.model_fields})
