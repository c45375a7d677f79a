"""Answers that a client keeps and asks about again: by their ETag, and never for others."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Header, Response

IfNoneMatch = Annotated[str, Header(max_length=200, description="The ETag that is known.")]

OWN: Final = "private, no-cache"
"""To be kept by who asked alone, and asked about each time."""


def unchanged(known: Mapping[str, str], if_none_match: str) -> Response | None:
    """Answer a client that has it already; None for one that has not."""
    is_known = if_none_match == known["ETag"]
    return Response(status_code=304, headers=known) if is_known else None
