"""Long jobs, as they are asked for and shown."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.drafts import Code
from api.schemas.fields import Word
from gridmap.messages import Language, Message
from gridmap.rules import DEFAULT_PROFILE
from gridmap.store.tables import JobState, PlanningJobRow

Number = Annotated[int, Field(ge=0, le=10**9)] | Annotated[float, Field(ge=0, le=10**9)]
Bands = dict[Word, dict[Word, Number]]
LONGEST_S = 7 * 24 * 3600


class JobIn(BaseModel):
    """Communities to plan, and how; without any, all that the account acts in."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"rule": "cn-urban", "rules": {"high": 450}, "seed": 0}]},
    )

    communities: Annotated[list[Code], Field(min_length=1, max_length=10_000)] | None = None
    rule: Annotated[Word, Field(description="A profile.")] = DEFAULT_PROFILE
    rules: Annotated[
        dict[Word, Number | Word | Bands],
        Field(max_length=100, description="Where the rule differs from its profile."),
    ] = {}
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    time_limit_s: Annotated[
        float | None, Field(gt=0, le=LONGEST_S, description="Then the best plan so far.")
    ] = None
    from_present: Annotated[
        bool, Field(description="Change today's grids as little as possible.")
    ] = False


class JobOut(BaseModel):
    """A job as it is now; `change` counts what has happened to it, `version` is what came of it."""

    id: int
    state: JobState
    change: int
    buildings: int
    done_buildings: int
    version: int | None
    failures: list[str]
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    dataset: int
    communities: list[str]
    rules: dict[str, Any]
    seed: int
    time_limit_s: float | None
    from_present: bool

    @classmethod
    def of(cls, row: PlanningJobRow, language: Language) -> Self:
        """Show all but what its workers need."""
        shown = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        shown["failures"] = [Message.from_json(one).text(language) for one in row.failures]
        return cls(**shown, version=row.version_id, dataset=row.dataset_id)


class JobsOut(BaseModel):
    """Some jobs in the order they were asked for; `next` is where the rest begins."""

    jobs: list[JobOut]
    next: int | None
