"""Passwords: how they are kept, which are good enough, and how often one may be tried."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, func, select, text

from gridmap.errors import RefusedError, ThrottledError
from gridmap.messages import Message
from gridmap.store.tables import SignInAttemptRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""
Argon2id with 19 MiB and two passes: what OWASP's password storage cheat sheet asks for at least.
More memory a guess would let forty people who sign in at once fill a small server.
"""

SHORTEST: Final = 12
WINDOW: Final = timedelta(minutes=15)
TRIES_OF_ONE: Final = 10
"""Attempts on one name from one address in a `WINDOW`: more than anybody mistypes."""

TRIES_OF_ALL: Final = 100
"""Attempts on one name, or from one address, in a `WINDOW`: nobody locks a name by ten guesses."""

LOCK: Final = 0x7369_676E  # "sign": attempts are counted one after the other


def hash_password(password: str) -> str:
    """
    Hash a password for keeping.

    Parameters
    ----------
    password
        As it was typed.

    Returns
    -------
    kept
        Argon2id in PHC form, with its own salt.
    """
    return HASHER.hash(_normal(password))


def new_password() -> str:
    """
    Make a password that nobody chose.

    Returns
    -------
    password
        96 random bits in 16 letters.
    """
    return secrets.token_urlsafe(12)


def require_good_password(password: str, name: str) -> str:
    """
    Let through only a password that takes more than a few guesses.

    Parameters
    ----------
    password
        What somebody chose.
    name
        Of the account.

    Returns
    -------
    password
        The same.

    Raises
    ------
    RefusedError
        If it is short, or holds the name and little else.
    """
    rest = _normal(password).casefold().replace(_normal(name).casefold(), "")
    if min(len(password), len(rest) + SHORTEST // 2) < SHORTEST:
        raise RefusedError(Message("store.password_weak", {"least": SHORTEST}))
    return password


def fits(password: str, kept: str | None) -> bool:
    """
    Compare a password with what is kept; without anything kept it takes as long to say no.

    Parameters
    ----------
    password
        As it was typed.
    kept
        As :func:`hash_password` made it; None for an account that is not there.

    Returns
    -------
    fits
        Never True when nothing is kept.
    """
    try:
        HASHER.verify(kept or _nobodys(), _normal(password))
    except VerificationError:
        return False
    return kept is not None


def note_attempt(session: Session, name: str, address: str, *, now: datetime) -> None:
    """
    Count an attempt to sign in before it is looked at, so that none goes uncounted.

    It has to be in force before the password is compared: end the transaction in between, or
    guesses made at the same time, or broken off, would cost nothing.

    Parameters
    ----------
    session
        Open transaction of its own.
    name
        Who somebody says to be; there need be no such account.
    address
        Where the attempt comes from.
    now
        The time.

    Raises
    ------
    ThrottledError
        If there were too many in the last `WINDOW`; this one is then not counted.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    tried = SignInAttemptRow
    session.execute(delete(tried).where(tried.tried_at <= now - WINDOW))
    by_name, by_address = tried.name == name, tried.address == address
    for condition, most in (
        (by_name & by_address, TRIES_OF_ONE),
        (by_name, TRIES_OF_ALL),
        (by_address, TRIES_OF_ALL),
    ):
        counted, first = session.execute(
            select(func.count(), func.min(tried.tried_at)).where(condition)
        ).one()
        if counted >= most:
            seconds = max(1, round((first + WINDOW - now).total_seconds()))
            raise ThrottledError(Message("store.throttled", {"seconds": seconds}))
    session.add(SignInAttemptRow(name=name, address=address, tried_at=now))
    session.flush()


def forgive_attempts(session: Session, name: str, address: str) -> None:
    """
    Forget the attempts of somebody who got in at last.

    Parameters
    ----------
    session
        Open transaction.
    name
        Of the account.
    address
        Where they signed in from; attempts from elsewhere still count.
    """
    tried = SignInAttemptRow
    session.execute(delete(tried).where(tried.name == name, tried.address == address))


def _normal(password: str) -> str:
    """Keyboards write the same letter in more than one way."""
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys() -> str:
    return HASHER.hash(secrets.token_urlsafe())
