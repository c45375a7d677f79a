"""Who asks, and whether they may: a browser's cookie or a script's token, a role, an area."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import Depends, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from api.db import NowDep, SessionDep
from api.settings import Settings
from gridmap.errors import NotAllowedError, NotSignedInError
from gridmap.messages import Message
from gridmap.store.accounts import Account
from gridmap.store.credentials import Opened, find_session, find_token, open_session
from gridmap.store.rights import act_as
from gridmap.store.tables import Role

COOKIE: Final = "gridmap_session"
CSRF_COOKIE: Final = "gridmap_csrf"
CSRF_HEADER: Final = "X-CSRF-Token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

CookieDep = Annotated[
    str | None,
    Security(
        APIKeyCookie(
            name=COOKIE,
            scheme_name="session",
            description=f"Set by signing in. What changes anything needs `{CSRF_HEADER}` too, "
            f"with the value of the cookie `{CSRF_COOKIE}`.",
            auto_error=False,
        )
    ),
]
BearerDep = Annotated[
    HTTPAuthorizationCredentials | None,
    Security(HTTPBearer(scheme_name="token", description="A script's token.", auto_error=False)),
]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; `cookie` is None for a script."""

    account: Account
    cookie: str | None = None
    expires_at: datetime | None = None


def get_caller(
    request: Request, session: SessionDep, now: NowDep, cookie: CookieDep, bearer: BearerDep
) -> Caller:
    """Say who asks; a request that bears a token is the token's, whatever cookie comes along."""
    if "authorization" in request.headers:
        account = find_token(session, bearer.credentials, now=now) if bearer else None
        caller = Caller(account) if account else None
    else:
        caller = _of_browser(request, session, now, cookie)
    if caller is None:
        raise NotSignedInError(Message("api.sign_in_needed"))
    request.state.account = caller.account.id
    return caller


def _of_browser(
    request: Request, session: SessionDep, now: datetime, cookie: str | None
) -> Caller | None:
    signed = find_session(session, cookie, now=now) if cookie else None
    if signed is None:
        return None
    if request.method not in SAFE and not signed.accepts(request.headers.get(CSRF_HEADER, "")):
        raise NotAllowedError(Message("api.csrf_missing", {"header": CSRF_HEADER}))
    return Caller(signed.account, cookie, signed.expires_at)


CallerDep = Annotated[Caller, Depends(get_caller)]


# What waits for nothing is async: a plain function would go through a thread, and back.
async def get_account(caller: CallerDep) -> Account:
    """Give the account of who asks; a password that others know opens nothing but its change."""
    if caller.account.password_expired:
        raise NotAllowedError(Message("api.password_expired"))
    return caller.account


async def get_browser(caller: CallerDep) -> Caller:
    """Let in only a person: a token that got lost must not be able to make others."""
    if caller.cookie is None:
        raise NotAllowedError(Message("api.browser_only"))
    return caller


AccountDep = Annotated[Account, Depends(get_account)]
BrowserDep = Annotated[Caller, Depends(get_browser)]


def sign_browser_in(
    request: Request, response: Response, session: Session, account: Account, now: datetime
) -> Opened:
    """Keep the session from scripts, and hand them the form token they have to send."""
    settings: Settings = request.app.state.settings
    opened = open_session(session, account, now=now, lasts=settings.session_lasts)
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
    return opened


def require_role(*roles: Role) -> Callable[[Account], Awaitable[Account]]:
    """Make a dependency that lets in only these roles."""

    async def let_in(account: AccountDep) -> Account:
        if account.role not in roles:
            raise NotAllowedError(Message("api.wrong_role"))
        return account

    return let_in


async def get_community(community: str, account: AccountDep) -> str:
    """Give the community of a route's `{community}`, if it is one that the account acts in."""
    if not account.acts_in(community):
        raise NotAllowedError(Message("api.wrong_area", {"community": community}))
    return community


def get_restricted_session(session: SessionDep, account: AccountDep) -> Session:
    """Give the request's transaction, in which what is not the account's is not there."""
    act_as(session, account)
    return session


# For every route that reads what is somebody's: the database keeps the rights once more.
RestrictedDep = Annotated[Session, Depends(get_restricted_session)]
AdminDep = Annotated[Account, Depends(require_role("admin"))]
PlannerDep = Annotated[Account, Depends(require_role("planner", "admin"))]
# Whoever works on a plan. A leader does not: a draft and its packs hold small figures.
ClerkDep = Annotated[Account, Depends(require_role("planner", "approver", "admin"))]
# Whoever has a say in a plan before it is in force.
ReaderDep = Annotated[Account, Depends(require_role("planner", "approver", "leader", "admin"))]
CommunityDep = Annotated[str, Depends(get_community)]
