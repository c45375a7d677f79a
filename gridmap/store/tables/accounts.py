"""
The tables of accounts: who may act where, who is signed in, and who tries to be.

Nothing here can be used to sign in: passwords are kept as Argon2 hashes, tokens as SHA-256 of
what was random to begin with.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, get_args

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from gridmap.store.tables.base import Base, one_of

Role = Literal["planner", "approver", "dispatcher", "leader", "worker", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)


class AccountRow(Base):
    """One person or script that may use the service; never deleted, because the log names it."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("name"),
        one_of("role", *ROLES),
        CheckConstraint("name <> '' AND name = btrim(name)", name="has_name"),
        CheckConstraint("role <> 'worker' OR NOT everywhere", name="worker_has_grids"),
        CheckConstraint("role = 'worker' OR worker_id = ''", name="post_is_a_workers"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    password_expired: Mapped[bool] = mapped_column(server_default=text("false"))
    role: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    everywhere: Mapped[bool] = mapped_column(server_default=text("false"))
    worker_id: Mapped[str] = mapped_column(server_default="")  # the post, as the layer names it
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AccountAreaRow(Base):
    """One community an account acts in; for a worker, one grid."""

    __tablename__ = "account_area"
    __table_args__ = (CheckConstraint("code <> ''", name="has_code"),)

    account_id: Mapped[int] = mapped_column(
        ForeignKey(AccountRow.id, ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(primary_key=True)


class SignInRow(Base):
    """One browser that is signed in, until it signs out or the time is over."""

    __tablename__ = "sign_in"
    __table_args__ = (Index(None, "account_id"), Index(None, "expires_at"))

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    csrf_hash: Mapped[bytes]
    account_id: Mapped[int] = mapped_column(ForeignKey(AccountRow.id, ondelete="CASCADE"))
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiTokenRow(Base):
    """One token a script signs its requests with."""

    __tablename__ = "api_token"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        UniqueConstraint("account_id", "name"),
        CheckConstraint("name <> ''", name="has_name"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(AccountRow.id, ondelete="CASCADE"))
    name: Mapped[str]
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SignInAttemptRow(Base):
    """One attempt to sign in; kept only as long as it counts against the next."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index(None, "name"), Index(None, "address"), Index(None, "tried_at"))

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    address: Mapped[str]
    tried_at: Mapped[datetime]
