"""Accounts, for administrators."""

from fastapi import APIRouter

from api.auth import AdminDep
from api.db import SessionDep
from api.errors import problems
from api.paging import AfterName, Limit, cut_page
from api.schemas.accounts import (
    AccountIn,
    AccountOut,
    AccountsOut,
    AreasIn,
    PasswordOut,
    StateIn,
)
from api.schemas.fields import NamePath
from gridmap.store import accounts
from gridmap.store.passwords import new_password

router = APIRouter(prefix="/accounts", tags=["accounts"])


@router.get("")
def list_accounts(
    admin: AdminDep, session: SessionDep, after: AfterName = "", limit: Limit = 100
) -> AccountsOut:
    """List accounts by name, those that are disabled as well."""
    del admin
    found = accounts.list_accounts(session, after=after, most=limit + 1)
    shown, last = cut_page(found, limit)
    return AccountsOut(
        accounts=[AccountOut.of(account) for account in shown], next=last.name if last else None
    )


@router.post("", status_code=201, responses=problems(409))
def add_account(given: AccountIn, admin: AdminDep, session: SessionDep) -> PasswordOut:
    """Add an account; its password, for one sign-in, is shown only in this answer."""
    del admin
    password = new_password()
    account = accounts.add_account(
        session, given.name, password, given.role, areas=given.areas, worker_id=given.worker_id
    )
    accounts.expire_password(session, account.name)
    return PasswordOut(account=AccountOut.of(account), password=password)


@router.put("/{name}/areas", responses=problems(404, 409))
def set_areas(name: NamePath, given: AreasIn, admin: AdminDep, session: SessionDep) -> AccountOut:
    """Say anew where an account acts."""
    del admin
    accounts.set_areas(session, name, given.areas)
    return AccountOut.of(accounts.find_account(session, name))


@router.put("/{name}/state", responses=problems(404, 409))
def set_state(name: NamePath, given: StateIn, admin: AdminDep, session: SessionDep) -> AccountOut:
    """Disable an account, which ends its sign-ins and tokens at once, or let it in again."""
    del admin
    change = accounts.enable if given.is_active else accounts.disable
    change(session, name)
    return AccountOut.of(accounts.find_account(session, name))


@router.post("/{name}/password", status_code=201, responses=problems(404))
def renew_password(name: NamePath, admin: AdminDep, session: SessionDep) -> PasswordOut:
    """Give an account another password, shown only in this answer, and sign it out everywhere."""
    del admin
    password = new_password()
    accounts.change_password(session, name, password)
    accounts.expire_password(session, name)
    return PasswordOut(
        account=AccountOut.of(accounts.find_account(session, name)), password=password
    )
