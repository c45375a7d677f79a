"""Accounts, as they are asked for and shown; never with a password's hash."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.fields import Word
from gridmap.store.accounts import Account
from gridmap.store.tables import Role

Areas = Annotated[
    list[Word] | None,
    Field(
        max_length=5000,
        description="Communities, or a worker's grids; null is every community.",
        examples=[["440305001001"]],
    ),
]


class AccountIn(BaseModel):
    """An account to add."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "王敏", "role": "planner", "areas": ["440305001001"]}]
        },
    )

    name: Word
    role: Role
    areas: Areas
    worker_id: Annotated[str, Field(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class AreasIn(BaseModel):
    """Where an account acts from now on."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"areas": ["440305001001"]}]}
    )

    areas: Areas


class StateIn(BaseModel):
    """Whether an account may sign in."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"is_active": False}]}
    )

    is_active: bool


class AccountOut(BaseModel):
    """One account."""

    name: str
    role: Role
    is_active: bool
    areas: Areas
    worker_id: str
    password_expired: Annotated[
        bool, Field(description="Whether nothing is open to it but choosing another password.")
    ]

    @classmethod
    def of(cls, account: Account) -> Self:
        """Show what may be shown."""
        return cls(
            name=account.name,
            role=account.role,
            is_active=account.is_active,
            areas=None if account.everywhere else list(account.areas),
            worker_id=account.worker_id,
            password_expired=account.password_expired,
        )


class AccountsOut(BaseModel):
    """Some accounts by name; `next` is the `after` of those that follow."""

    accounts: list[AccountOut]
    next: str | None


class PasswordOut(BaseModel):
    """A new password, shown only this once."""

    account: AccountOut
    password: Annotated[str, Field(examples=["eN3kq0ZcV5bPz8sA"])]
