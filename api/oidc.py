"""
Signing in elsewhere: OpenID Connect, if it is set up (Authlib does the protocol).

Who somebody is is said there; what they may do is said here: the account has to be there already.
"""

import secrets
from dataclasses import dataclass
from typing import Annotated, Final

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth, StarletteOAuth2App
from fastapi import Depends, FastAPI, Request
from joserfc.errors import JoseError
from starlette.middleware.sessions import SessionMiddleware

from api.settings import Oidc, Settings
from gridmap.errors import MissingError, NotSignedInError, UnreachableError
from gridmap.messages import Message

COOKIE: Final = "gridmap_oidc"
MINUTES: Final = 10
"""How long somebody has for signing in there."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The place where people sign in, and our way to it."""

    place: Oidc
    client: StarletteOAuth2App


def set_up_oidc(app: FastAPI, settings: Settings, *, path: str) -> None:
    """Make the service a client of the place its settings name; without one, of none."""
    app.state.oidc = None
    if settings.oidc is None:
        return
    client = OAuth().register(
        "oidc",
        server_metadata_url=f"{settings.oidc.issuer}/.well-known/openid-configuration",
        client_id=settings.oidc.client_id,
        client_secret=settings.oidc.client_secret,
        client_kwargs={"scope": "openid profile", "code_challenge_method": "S256"},
    )
    app.state.oidc = Elsewhere(settings.oidc, client)
    # What has to be known when they come back: in their own browser, signed for this process.
    app.add_middleware(
        SessionMiddleware,
        secret_key=secrets.token_urlsafe(32),
        session_cookie=COOKIE,
        max_age=60 * MINUTES,
        path=path,
        same_site="lax",
        https_only=bool(settings.cookie_secure),
    )


async def get_elsewhere(request: Request) -> Elsewhere:
    """Give the place where people sign in, if there is one."""
    elsewhere: Elsewhere | None = request.app.state.oidc
    if elsewhere is None:
        raise MissingError(Message("api.oidc_not_set_up"))
    return elsewhere


ElsewhereDep = Annotated[Elsewhere, Depends(get_elsewhere)]


async def find_place(request: Request, elsewhere: ElsewhereDep) -> str:
    """Give the address where somebody signs in, and remember that it was asked for."""
    back = elsewhere.place.redirect_url or str(request.url_for("finish_oidc"))
    try:
        answer = await elsewhere.client.authorize_redirect(request, back)
    except (httpx2.HTTPError, AuthlibBaseError, ValueError, RuntimeError) as error:
        raise UnreachableError(Message("api.oidc_unreachable")) from error
    return str(answer.headers["location"])


async def find_name(request: Request, elsewhere: ElsewhereDep) -> str:
    """Give the name of who comes back, from a token that is signed there and meant for here."""
    try:
        told = await elsewhere.client.authorize_access_token(request)
    except httpx2.HTTPError as error:
        raise UnreachableError(Message("api.oidc_unreachable")) from error
    except (AuthlibBaseError, JoseError, ValueError, RuntimeError) as error:
        raise NotSignedInError(Message("api.oidc_refused")) from error
    name = (told.get("userinfo") or {}).get(elsewhere.place.claim)
    if not isinstance(name, str) or not name:
        raise NotSignedInError(Message("api.oidc_refused"))
    return name


PlaceDep = Annotated[str, Depends(find_place)]
OutsideNameDep = Annotated[str, Depends(find_name)]
