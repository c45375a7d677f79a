"""Tokens for scripts, each account's own."""

from datetime import timedelta

from fastapi import APIRouter, Request

from api.auth import AccountDep, BrowserDep
from api.db import NowDep, SessionDep
from api.errors import problems
from api.links import AFTER_TOKEN
from api.paging import AfterName, Limit, cut_page
from api.schemas.fields import NumberPath
from api.schemas.tokens import NewTokenOut, TokenIn, TokenOut, TokensOut
from gridmap.errors import RefusedError
from gridmap.messages import Message
from gridmap.store import credentials

router = APIRouter(prefix="/tokens", tags=["tokens"])


@router.get("")
def list_tokens(
    account: AccountDep, session: SessionDep, after: AfterName = "", limit: Limit = 100
) -> TokensOut:
    """List the tokens of one's own account by name."""
    found = credentials.list_tokens(session, account, after=after, most=limit + 1)
    shown, last = cut_page(found, limit)
    return TokensOut(
        tokens=[TokenOut.of(token) for token in shown], next=last.name if last else None
    )


@router.post("", status_code=201, responses=problems(409) | AFTER_TOKEN)
def add_token(
    given: TokenIn,
    caller: BrowserDep,
    account: AccountDep,
    session: SessionDep,
    now: NowDep,
    request: Request,
) -> NewTokenOut:
    """Make a token with the rights of one's own account; only this answer shows it."""
    del caller
    most: int = request.app.state.settings.token_days
    if given.days > most:
        raise RefusedError(Message("api.token_too_long", {"days": most}))
    lasts = timedelta(days=given.days)
    token, secret = credentials.add_token(session, account, given.name, now=now, lasts=lasts)
    return NewTokenOut(**TokenOut.of(token).model_dump(), token=secret)


@router.delete("/{number}", status_code=204, responses=problems(404))
def end_token(
    number: NumberPath, caller: BrowserDep, account: AccountDep, session: SessionDep
) -> None:
    """Take a token back."""
    del caller
    credentials.end_token(session, account, number)
