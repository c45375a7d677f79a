"""Signing in elsewhere, and coming back."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from api.auth import sign_browser_in
from api.db import NowDep, SessionDep
from api.errors import problems
from api.oidc import OutsideNameDep, PlaceDep
from gridmap.errors import MissingError, NotSignedInError
from gridmap.messages import Message
from gridmap.store import accounts
from gridmap.store.passwords import new_password

router = APIRouter(prefix="/sessions/oidc", tags=["sessions"])


@router.get("", status_code=302, response_class=RedirectResponse, responses=problems(404))
def begin_oidc(place: PlaceDep) -> RedirectResponse:
    """Send a browser to where its user signs in."""
    return RedirectResponse(place, 302)


@router.get(
    "/callback", status_code=302, response_class=RedirectResponse, responses=problems(401, 404)
)
def finish_oidc(
    name: OutsideNameDep, request: Request, session: SessionDep, now: NowDep
) -> RedirectResponse:
    """Sign a browser in whose user comes back, if there is an account of that name."""
    try:
        account = accounts.find_account(session, name)
    except MissingError as error:
        raise _nobody(name) from error
    if not account.is_active:
        raise _nobody(name)
    if account.password_expired:  # it was made by somebody else, and is not needed
        accounts.change_password(session, account.name, new_password())
    response = RedirectResponse("/", 302)
    sign_browser_in(request, response, session, account, now)
    return response


def _nobody(name: str) -> NotSignedInError:
    return NotSignedInError(Message("api.oidc_no_account", {"name": name}))
