"""What is published for everybody to read."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field

from gridmap.messages import Language
from gridmap.store.notices import Notice, PublishedGrid


class NoticeOut(BaseModel):
    """One community whose grids are in force."""

    community: str
    name: str
    version: int
    since: datetime
    grids: int
    sha256: Annotated[str, Field(description="Of the certificate.")]

    @classmethod
    def of(cls, notice: Notice) -> Self:
        """Show all of it."""
        return cls(**{name: getattr(notice, name) for name in cls.model_fields})


class NoticesOut(BaseModel):
    """Every community whose grids are in force."""

    notices: list[NoticeOut]


class PublishedGridOut(BaseModel):
    """One grid in force."""

    code: str
    name: str
    kind: str
    households: Annotated[int | None, Field(description="Null where there are fewer than five.")]
    worker: str
    bounds: Annotated[str, Field(description="What lies along its border (四至).")]

    @classmethod
    def of(cls, grid: PublishedGrid, language: Language) -> Self:
        """Show what is told of it."""
        return cls(
            code=grid.code,
            name=grid.name,
            kind=grid.kind,
            households=grid.households,
            worker=grid.worker,
            bounds=grid.bounds.text(language) if grid.bounds else "",
        )


class NoticeGridsOut(BaseModel):
    """One community and its grids in force."""

    notice: NoticeOut
    grids: list[PublishedGridOut]
