"""
What a request is signed with: the cookie of a browser that is signed in, or a script's token.

Both are 256 random bits and known only to who holds them: what is kept is their SHA-256, which
needs no salt because nobody can guess what went in.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from gridmap.errors import MissingError, TakenError
from gridmap.messages import Message
from gridmap.store.accounts import Account, read_account
from gridmap.store.tables import AccountRow, ApiTokenRow, SignInRow

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

PREFIX: Final = "gridmap_"
"""Begins every script's token, so that one that got into a file can be found."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a browser gets at sign-in; neither value can be read again."""

    token: str
    csrf: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a browser's cookie stands for, and what its form token has to be."""

    account: Account
    csrf_hash: bytes
    expires_at: datetime

    def accepts(self, csrf: str) -> bool:
        """Say whether a form token is the one that came with the cookie."""
        return hmac.compare_digest(_hash(csrf), self.csrf_hash)


@dataclass(frozen=True, slots=True)
class Token:
    """A script's token without the token itself."""

    id: int
    name: str
    created_at: datetime
    expires_at: datetime


def open_session(session: Session, account: Account, *, now: datetime, lasts: timedelta) -> Opened:
    """
    Sign a browser in, and forget those whose time is over.

    Parameters
    ----------
    session
        Open transaction.
    account
        As :func:`gridmap.store.accounts.check_password` gave it.
    now
        The time.
    lasts
        How long until the password is asked for again.

    Returns
    -------
    opened
        For the browser alone.
    """
    session.execute(delete(SignInRow).where(SignInRow.expires_at <= now))
    opened = Opened(secrets.token_urlsafe(32), secrets.token_urlsafe(32), now + lasts)
    row = SignInRow(
        token_hash=_hash(opened.token),
        csrf_hash=_hash(opened.csrf),
        account_id=account.id,
        opened_at=now,
        expires_at=opened.expires_at,
    )
    session.add(row)
    session.flush()
    return opened


def find_session(session: Session, token: str, *, now: datetime) -> SignedIn | None:
    """
    Say who a browser's cookie stands for.

    Parameters
    ----------
    session
        Open transaction.
    token
        The cookie.
    now
        The time.

    Returns
    -------
    signed_in
        None when nobody is: it never was, it is over, or the account is disabled.
    """
    sign_in = SignInRow
    found = session.scalar(
        select(sign_in)
        .join(AccountRow, AccountRow.id == sign_in.account_id)
        .where(sign_in.token_hash == _hash(token), sign_in.expires_at > now, AccountRow.is_active)
    )
    if found is None:
        return None
    account = read_account(session, found.account_id)
    return SignedIn(account, found.csrf_hash, found.expires_at)


def end_session(session: Session, token: str) -> None:
    """
    Sign a browser out.

    Parameters
    ----------
    session
        Open transaction.
    token
        The cookie; one that stands for nobody is left alone.
    """
    session.execute(delete(SignInRow).where(SignInRow.token_hash == _hash(token)))


def add_token(
    session: Session, account: Account, name: str, *, now: datetime, lasts: timedelta
) -> tuple[Token, str]:
    """
    Make a token for a script.

    Parameters
    ----------
    session
        Open transaction.
    account
        Whose rights it has.
    name
        What it is for.
    now
        The time.
    lasts
        How long it is good for.

    Returns
    -------
    token
        What is kept of it.
    secret
        The token itself, which cannot be read again.

    Raises
    ------
    TakenError
        If the account has a token of that name.
    """
    secret = PREFIX + secrets.token_urlsafe(32)
    adding = insert(ApiTokenRow).values(
        account_id=account.id,
        name=name,
        token_hash=_hash(secret),
        created_at=now,
        expires_at=now + lasts,
    )
    added = session.execute(adding.on_conflict_do_nothing().returning(ApiTokenRow.id)).scalar()
    if added is None:
        raise TakenError(Message("store.token_taken", {"name": name}))
    return Token(added, name, now, now + lasts), secret


def find_token(session: Session, secret: str, *, now: datetime) -> Account | None:
    """
    Say who a script's token stands for.

    Parameters
    ----------
    session
        Open transaction.
    secret
        The token.
    now
        The time.

    Returns
    -------
    account
        None when it stands for nobody: it never did, it is over, or the account is disabled.
    """
    token = ApiTokenRow
    found = session.scalar(
        select(token.account_id)
        .join(AccountRow, AccountRow.id == token.account_id)
        .where(token.token_hash == _hash(secret), token.expires_at > now, AccountRow.is_active)
    )
    return None if found is None else read_account(session, found)


def list_tokens(
    session: Session, account: Account, *, after: str = "", most: int | None = None
) -> list[Token]:
    """
    List an account's tokens by name.

    Parameters
    ----------
    session
        Open transaction.
    account
        Whose.
    after
        Only names that come after this one.
    most
        How many at once; None is all.

    Returns
    -------
    tokens
        Those whose time is over as well.
    """
    own = select(ApiTokenRow).where(ApiTokenRow.account_id == account.id, ApiTokenRow.name > after)
    return [
        Token(row.id, row.name, row.created_at, row.expires_at)
        for row in session.scalars(own.order_by(ApiTokenRow.name).limit(most))
    ]


def end_token(session: Session, account: Account, number: int) -> None:
    """
    Take a token back.

    Parameters
    ----------
    session
        Open transaction.
    account
        Whose.
    number
        As :func:`list_tokens` gives it.

    Raises
    ------
    MissingError
        If the account has no such token; somebody else's is none.
    """
    own = (ApiTokenRow.id == number) & (ApiTokenRow.account_id == account.id)
    if session.scalar(delete(ApiTokenRow).where(own).returning(ApiTokenRow.id)) is None:
        raise MissingError(Message("store.no_such_token", {"number": number}))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
