"""The address of a database, in the one form that the driver here understands."""

from __future__ import annotations

from typing import Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from gridmap.errors import StoreError
from gridmap.messages import Message

DRIVER: Final = "postgresql+psycopg"


def plain_url(asked: str) -> str:
    """
    Read a database address in any of the ways people write it.

    Parameters
    ----------
    asked
        `postgres://…`, `postgresql://…` or SQLAlchemy's own form.

    Returns
    -------
    url
        The same address for the driver that is installed here, with its password.

    Raises
    ------
    StoreError
        If it is no address of a PostgreSQL.
    """
    try:
        url = make_url(asked)
    except (ArgumentError, ValueError) as error:  # what it is, is not shown: it may hold a secret
        raise StoreError(Message("store.url_unusable", {"url": "…"})) from error
    if url.drivername.split("+")[0] not in {"postgres", "postgresql"}:
        raise StoreError(Message("store.url_unusable", {"url": shown_url(asked)}))
    return url.set(drivername=DRIVER).render_as_string(hide_password=False)


def shown_url(url: str) -> str:
    """
    Write an address as it may be shown.

    Parameters
    ----------
    url
        Any address.

    Returns
    -------
    shown
        The same without its password.
    """
    return make_url(url).render_as_string(hide_password=True)
