"""
Acting as an account: from here on the database itself keeps what is not theirs from them.

The policies are in `migrations/sql/0010_rights.sql`. They guard against a query that asks too
much, in whatever route, tile or export it stands; they are no cell for somebody who can send SQL
of their own on the service's connection, because that connection could become its owner again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from gridmap.errors import StoreError
from gridmap.messages import Message

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gridmap.store.accounts import Account

SERVICE_ROLE: Final = "gridmap_service"


def require_service_role(session: Session) -> None:
    """
    Make sure that there is a role to act in, or say what an administrator has to do.

    Parameters
    ----------
    session
        Open transaction of the tables' owner.

    Raises
    ------
    StoreError
        If there is none and it may not be made, or it goes past the policies.
    """
    if not session.scalar(text("SELECT gridmap.admit_service()")):
        owner = session.scalar(text("SELECT quote_ident(current_user)")) or ""
        raise StoreError(Message("store.no_service_role", {"role": SERVICE_ROLE, "owner": owner}))
    session.execute(text("SELECT gridmap_published.admit_service()"))


def act_as(session: Session, account: Account) -> None:
    """
    Read as an account until the transaction ends: what is not theirs is not there.

    Parameters
    ----------
    session
        Open transaction of the tables' owner.
    account
        A planner, an approver or a dispatcher reads the households of their communities, a worker
        those of their grids in force; a leader and an administrator read none, but the buildings
        and grids of their communities. What is written down in `household_read` has to be signed
        with the account's own name.
    """
    acting = {"account": str(account.id)}
    session.execute(text(_ACTING), acting)
    session.execute(text(f"SET LOCAL ROLE {SERVICE_ROLE}"))


# With the policies a query looks dear enough to PostgreSQL to compile it first, which takes longer
# than to answer it.
_ACTING: Final = """
    SELECT set_config('gridmap.account', :account, true), set_config('jit', 'off', true)
"""
