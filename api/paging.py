"""Lists that could grow without end: so many at once, and where they go on."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

from fastapi import Query

from api.schemas.fields import PRINTED

Row = TypeVar("Row")

Limit = Annotated[int, Query(ge=1, le=500, description="How many at once.")]
AfterName = Annotated[
    str,
    Query(max_length=80, pattern=f"{PRINTED}|^$", description="Only what comes after this name."),
]
AfterNumber = Annotated[
    int, Query(ge=0, le=2**31 - 1, description="Only what comes after this number.")
]


def cut_page(found: Sequence[Row], limit: int) -> tuple[Sequence[Row], Row | None]:
    """Take a page of what was asked for with one more; give its last row if others follow."""
    shown = found[:limit]
    return shown, shown[-1] if len(found) > limit else None
