"""Signing in, signing out, and who is signed in."""

from fastapi import APIRouter, Request, Response

from api.auth import COOKIE, CSRF_COOKIE, BrowserDep, CallerDep
from api.db import NowDep, SessionDep, transaction
from api.errors import problems
from api.schemas.accounts import AccountOut
from api.schemas.sessions import CallerOut, SignedInOut, SignInIn
from api.settings import Settings
from gridmap.errors import NotSignedInError
from gridmap.messages import Message
from gridmap.store.accounts import check_password
from gridmap.store.credentials import Opened, end_session, open_session
from gridmap.store.passwords import forgive_attempts, note_attempt

router = APIRouter(prefix="/sessions", tags=["sessions"])


@router.post("", status_code=201, responses=problems(401, 429))
def sign_in(given: SignInIn, request: Request, response: Response, now: NowDep) -> SignedInOut:
    """Sign a browser in; wrong name and wrong password are answered alike."""
    settings: Settings = request.app.state.settings
    address = request.client.host if request.client else ""
    # The one request with two transactions: an attempt counts before it is known how it ends.
    with transaction(request) as session:
        note_attempt(session, given.name, address, now=now)
    with transaction(request) as session:
        account = check_password(session, given.name, given.password)
        if account is None:
            raise NotSignedInError(Message("api.sign_in_wrong"))
        forgive_attempts(session, given.name, address)
        opened = open_session(session, account, now=now, lasts=settings.session_lasts)
    _set_cookies(request, response, opened, settings)
    return SignedInOut(
        account=AccountOut.of(account), expires_at=opened.expires_at, csrf_token=opened.csrf
    )


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


def _set_cookies(request: Request, response: Response, opened: Opened, settings: Settings) -> None:
    """Keep the session from scripts, and hand them the form token they have to send."""
    secure = settings.cookie_secure
    if secure is None:
        secure = request.url.scheme == "https"
    for name, value in ((COOKIE, opened.token), (CSRF_COOKIE, opened.csrf)):
        response.set_cookie(
            name,
            value,
            expires=opened.expires_at,
            httponly=name == COOKIE,
            secure=secure,
            samesite="strict",
        )
