"""Signing in, and who is signed in."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.accounts import AccountOut
from api.schemas.fields import Password, Word


class SignInIn(BaseModel):
    """Who somebody says to be, and the proof."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "王敏", "password": "eN3kq0ZcV5bPz8sA"}]},
    )

    name: Word
    password: Password


class PasswordIn(BaseModel):
    """Another password for oneself, and the proof."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"current": "eN3kq0ZcV5bPz8sA", "new": "spring rain on old tiles"}]
        },
    )

    current: Password
    new: Password


class CallerOut(BaseModel):
    """Who asks; `expires_at` is null for a script."""

    account: AccountOut
    expires_at: datetime | None


class SignedInOut(CallerOut):
    """Who is signed in now, and what has to come with every change."""

    csrf_token: Annotated[str, Field(description="For the header X-CSRF-Token.")]
