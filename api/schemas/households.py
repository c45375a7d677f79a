"""Single households, and who looked at them."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.schemas.drafts import Code
from api.schemas.publications import Reason
from gridmap.store.households import Household
from gridmap.store.tables import HouseholdReadRow


class HouseholdAsked(BaseModel):
    """Why somebody looks, which is written down with their name, and as of when."""

    model_config = ConfigDict(extra="forbid")

    why: Annotated[Reason, Field(description="Written down with the name of who asks.")]
    at: Annotated[AwareDatetime | None, Field(description="Without one it is now.")] = None


class HouseholdOut(BaseModel):
    """What the work needs of a household, and the one grid it was in."""

    household_id: str
    building: str
    address: str
    entrance: str
    floor: str
    persons: int
    need: str
    community: str
    grid: str
    grid_name: str
    worker: str
    since: datetime

    @classmethod
    def of(cls, household: Household) -> Self:
        """Show all of it."""
        return cls(**{name: getattr(household, name) for name in cls.model_fields})


class ReadsAsked(BaseModel):
    """Which looks: at one household or at any, after an entry that is known."""

    model_config = ConfigDict(extra="forbid")

    household: Code | None = None
    after: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class ReadOut(BaseModel):
    """One look; `household_id` is empty where somebody read a whole list."""

    number: int
    read_at: datetime
    who: str
    why: str
    household_id: str
    households: int
    communities: str

    @classmethod
    def of(cls, row: HouseholdReadRow) -> Self:
        """Show all of it."""
        return cls(
            number=row.id,
            **{name: getattr(row, name) for name in cls.model_fields if name != "number"},
        )


class ReadsOut(BaseModel):
    """Some looks, oldest first; `next` is the `after` of those that follow."""

    reads: list[ReadOut]
    next: int | None
