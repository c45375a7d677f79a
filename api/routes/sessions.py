"""Signing in, signing out, and who is signed in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from fastapi import APIRouter, Request, Response

from api.auth import COOKIE, CSRF_COOKIE, BrowserDep, CallerDep, sign_browser_in
from api.db import NowDep, SessionDep, transaction
from api.errors import problems
from api.schemas.accounts import AccountOut
from api.schemas.sessions import CallerOut, PasswordIn, SignedInOut, SignInIn
from gridmap.errors import NotSignedInError, RefusedError
from gridmap.messages import Message
from gridmap.store import accounts
from gridmap.store.accounts import Account, check_password
from gridmap.store.credentials import end_session
from gridmap.store.passwords import forgive_attempts, note_attempt, require_good_password

router = APIRouter(prefix="/sessions", tags=["sessions"])


@router.post("", status_code=201, responses=problems(401, 429))
def sign_in(given: SignInIn, request: Request, response: Response, now: NowDep) -> SignedInOut:
    """Sign a browser in; wrong name and wrong password are answered alike."""
    with _tried(request, given.name, now) as session:
        account = check_password(session, given.name, given.password)
        if account is None:
            raise NotSignedInError(Message("api.sign_in_wrong"))
        forgive_attempts(session, given.name, _address(request))
        return _open(request, response, session, account, now)


@router.get("/current")
def read_caller(caller: CallerDep) -> CallerOut:
    """Say who asks."""
    return CallerOut(account=AccountOut.of(caller.account), expires_at=caller.expires_at)


@router.delete("/current", status_code=204)
def sign_out(caller: BrowserDep, session: SessionDep, response: Response) -> None:
    """Sign this browser out."""
    end_session(session, caller.cookie or "")
    for name in (COOKIE, CSRF_COOKIE):
        response.delete_cookie(name)


@router.put("/current/password", responses=problems(409, 429))
def change_password(
    given: PasswordIn, caller: BrowserDep, request: Request, response: Response, now: NowDep
) -> SignedInOut:
    """Choose another password; everywhere else one is signed out, and tokens end."""
    name = caller.account.name
    with _tried(request, name, now) as session:
        if check_password(session, name, given.current) is None:
            raise RefusedError(Message("api.password_wrong"))
        forgive_attempts(session, name, _address(request))
        if given.new == given.current:
            raise RefusedError(Message("api.password_same"))
        accounts.change_password(session, name, require_good_password(given.new, name))
        return _open(request, response, session, accounts.find_account(session, name), now)


@contextmanager
def _tried(request: Request, name: str, now: datetime) -> Iterator[SessionDep]:
    """Count an attempt before it is known how it ends: that takes a transaction of its own."""
    with transaction(request) as session:
        note_attempt(session, name, _address(request), now=now)
    with transaction(request) as session:
        yield session


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _open(
    request: Request, response: Response, session: SessionDep, account: Account, now: datetime
) -> SignedInOut:
    opened = sign_browser_in(request, response, session, account, now)
    return SignedInOut(
        account=AccountOut.of(account), expires_at=opened.expires_at, csrf_token=opened.csrf
    )
