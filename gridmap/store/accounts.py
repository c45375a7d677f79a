"""Accounts: who may act, as what, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from gridmap.errors import MissingError, RefusedError, TakenError
from gridmap.messages import Message
from gridmap.store.passwords import HASHER, fits, hash_password
from gridmap.store.tables import (
    ROLES,
    AccountAreaRow,
    AccountRow,
    ApiTokenRow,
    Role,
    SignInRow,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Account:
    """One account; `areas` are codes of communities, a worker's are codes of grids."""

    id: int
    name: str
    role: Role
    is_active: bool = True
    everywhere: bool = False
    areas: tuple[str, ...] = ()
    worker_id: str = ""
    password_expired: bool = False

    def acts_in(self, community: str) -> bool:
        """Say whether the whole of a community is this account's; a worker's never is."""
        return self.role != "worker" and (self.everywhere or community in self.areas)


def add_account(
    session: Session,
    name: str,
    password: str,
    role: Role,
    *,
    areas: Iterable[str] | None = None,
    worker_id: str = "",
) -> Account:
    """
    Add an account.

    Parameters
    ----------
    session
        Open transaction.
    name
        What its holder signs in with; space around it is dropped.
    password
        Kept as a hash.
    role
        What it may do.
    areas
        Codes of the communities it acts in, or of a worker's grids; None is every community.
    worker_id
        The worker's post in the layer of workers.

    Returns
    -------
    account
        As it was stored.

    Raises
    ------
    TakenError
        If the name is somebody's.
    RefusedError
        If there is no such role, the name is empty, or a worker would act everywhere.
    """
    plain = name.strip()
    if role not in ROLES or not plain or (worker_id and role != "worker"):
        known = {"role": role, "known": ", ".join(ROLES)}
        raise RefusedError(Message("store.account_unusable", known))
    everywhere = areas is None and role != "worker"
    adding = insert(AccountRow).values(
        name=plain,
        password_hash=hash_password(password),
        role=role,
        everywhere=everywhere,
        worker_id=worker_id,
    )
    added = session.execute(adding.on_conflict_do_nothing().returning(AccountRow.id)).scalar()
    if added is None:
        raise TakenError(Message("store.account_taken", {"name": plain}))
    set_areas(session, plain, areas)
    return find_account(session, plain)


def find_account(session: Session, name: str) -> Account:
    """
    Find an account by its name.

    Parameters
    ----------
    session
        Open transaction.
    name
        As it was added.

    Returns
    -------
    account
        With its areas, whether it is active or not.

    Raises
    ------
    MissingError
        If there is none.
    """
    return _with_areas(session, [_find_row(session, name)])[0]


def read_account(session: Session, number: int) -> Account:
    """
    Read an account that is known to be there.

    Parameters
    ----------
    session
        Open transaction.
    number
        Its number.

    Returns
    -------
    account
        With its areas.
    """
    return _with_areas(session, [session.get_one(AccountRow, number)])[0]


def list_accounts(session: Session, *, after: str = "", most: int | None = None) -> list[Account]:
    """
    List accounts by name.

    Parameters
    ----------
    session
        Open transaction.
    after
        Only names that come after this one.
    most
        No more than so many; None is all.

    Returns
    -------
    accounts
        Those that may not sign in as well.
    """
    listed = select(AccountRow).where(AccountRow.name > after).order_by(AccountRow.name)
    return _with_areas(session, session.scalars(listed.limit(most)).all())


def check_password(session: Session, name: str, password: str) -> Account | None:
    """
    Say whose name and password these are; a name that is nobody's takes as long.

    Parameters
    ----------
    session
        Open transaction. The attempt must have been counted in an earlier one, see
        :func:`gridmap.store.passwords.note_attempt`.
    name
        Who somebody says to be.
    password
        As it was typed.

    Returns
    -------
    account
        None when name or password are wrong, or the account is disabled.
    """
    row = session.scalar(select(AccountRow).where(AccountRow.name == name.strip()))
    is_right = fits(password, row.password_hash if row else None)
    if row is None or not is_right or not row.is_active:
        return None
    if HASHER.check_needs_rehash(row.password_hash):
        row.password_hash = hash_password(password)
    return _with_areas(session, [row])[0]


def change_password(session: Session, name: str, password: str) -> None:
    """
    Give an account another password; whoever is signed in with the old one no longer is.

    Parameters
    ----------
    session
        Open transaction.
    name
        Of the account.
    password
        The new one.

    Raises
    ------
    MissingError
        If there is no such account.
    """
    row = _find_row(session, name)
    row.password_hash, row.password_expired = hash_password(password), False
    session.flush()
    _sign_out(session, row.id)


def expire_password(session: Session, name: str) -> None:
    """
    Let an account do nothing but choose another password: somebody else knows this one.

    Parameters
    ----------
    session
        Open transaction.
    name
        Of the account.

    Raises
    ------
    MissingError
        If there is no such account.
    """
    _find_row(session, name).password_expired = True
    session.flush()


def set_areas(session: Session, name: str, areas: Iterable[str] | None) -> None:
    """
    Say anew where an account acts.

    Parameters
    ----------
    session
        Open transaction.
    name
        Of the account.
    areas
        Codes, as for :func:`add_account`.

    Raises
    ------
    MissingError
        If there is no such account.
    RefusedError
        If a worker would act everywhere.
    """
    row = _find_row(session, name)
    if areas is None and row.role == "worker":
        raise RefusedError(Message("store.worker_needs_grids", {"name": row.name}))
    row.everywhere = areas is None
    session.execute(delete(AccountAreaRow).where(AccountAreaRow.account_id == row.id))
    codes = sorted({code.strip() for code in areas or ()} - {""})
    session.add_all(AccountAreaRow(account_id=row.id, code=code) for code in codes)
    session.flush()


def disable(session: Session, name: str) -> None:
    """
    Let an account in no more: its sign-ins and tokens end with this transaction.

    Parameters
    ----------
    session
        Open transaction.
    name
        Of the account.

    Raises
    ------
    MissingError
        If there is no such account.
    RefusedError
        If nobody could add accounts afterwards.
    """
    admins = select(AccountRow.id).where(AccountRow.role == "admin", AccountRow.is_active)
    others = set(session.scalars(admins.with_for_update()))
    row = _find_row(session, name)
    if others == {row.id}:
        raise RefusedError(Message("store.last_admin", {"name": row.name}))
    row.is_active = False
    session.flush()
    _sign_out(session, row.id)


def enable(session: Session, name: str) -> None:
    """
    Let a disabled account in again, by its password; tokens have to be made anew.

    Parameters
    ----------
    session
        Open transaction.
    name
        Of the account.

    Raises
    ------
    MissingError
        If there is no such account.
    """
    _find_row(session, name).is_active = True
    session.flush()


def _find_row(session: Session, name: str) -> AccountRow:
    row = session.scalar(select(AccountRow).where(AccountRow.name == name.strip()))
    if row is None:
        raise MissingError(Message("store.no_such_account", {"name": name}))
    return row


def _with_areas(session: Session, rows: Sequence[AccountRow]) -> list[Account]:
    areas: dict[int, list[str]] = {row.id: [] for row in rows}
    of_these = select(AccountAreaRow).where(AccountAreaRow.account_id.in_(areas))
    for area in session.scalars(of_these.order_by(AccountAreaRow.code)):
        areas[area.account_id].append(area.code)
    return [
        Account(
            id=row.id,
            name=row.name,
            role=_role(row.role),
            is_active=row.is_active,
            everywhere=row.everywhere,
            areas=tuple(areas[row.id]),
            worker_id=row.worker_id,
            password_expired=row.password_expired,
        )
        for row in rows
    ]


def _role(stored: str) -> Role:
    return next(role for role in ROLES if role == stored)


def _sign_out(session: Session, account: int) -> None:
    for signed in (SignInRow, ApiTokenRow):
        session.execute(delete(signed).where(signed.account_id == account))
