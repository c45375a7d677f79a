"""Tokens for scripts; the secret is shown only when it is made."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.fields import Word
from gridmap.store.credentials import Token


class TokenIn(BaseModel):
    """A token to make."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "nightly", "days": 90}]}
    )

    name: Word
    days: Annotated[int, Field(ge=1, le=3660)]


class TokenOut(BaseModel):
    """What is kept of a token."""

    id: int
    name: str
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, token: Token) -> Self:
        """Show what is kept."""
        return cls(
            id=token.id,
            name=token.name,
            created_at=token.created_at,
            expires_at=token.expires_at,
        )


class TokensOut(BaseModel):
    """Some tokens of an account by name; `next` is the `after` of those that follow."""

    tokens: list[TokenOut]
    next: str | None


class NewTokenOut(TokenOut):
    """A token just made, with its secret, shown only this once."""

    token: str
