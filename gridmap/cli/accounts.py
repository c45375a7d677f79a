"""Commands on accounts: who may use the service, as what, and where."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from gridmap.cli.stored import transaction
from gridmap.cli.terminal import Terminal, open_terminal
from gridmap.messages import Message
from gridmap.store import accounts
from gridmap.store.passwords import new_password, require_good_password
from gridmap.store.tables import ROLES, Role

app = typer.Typer(no_args_is_help=True, help="Accounts of the service.")

Name = Annotated[str, typer.Argument(metavar="NAME")]
RoleName = Annotated[Role, typer.Option("--role", metavar="|".join(ROLES))]
Areas = Annotated[
    list[str] | None,
    typer.Option(
        "--area", metavar="CODE", help="community, or a worker's grid; may be repeated; else all"
    ),
]
Post = Annotated[str, typer.Option("--worker", metavar="ID", help="the worker's post, of workers")]
Ask = Annotated[
    bool, typer.Option("--ask", help="ask for the password, or read it from standard input")
]
Json = Annotated[bool, typer.Option("--json", help="print one JSON document and nothing else")]


@app.command()
def add(
    name: Name,
    role: RoleName,
    areas: Areas = None,
    post: Post = "",
    ask: Ask = False,  # noqa: FBT002 (a parameter is an option)
) -> None:
    """Add an account; prints a password that is shown once, unless it asks for one."""
    terminal = open_terminal()
    password = _choose_password(terminal, name, ask=ask)
    with transaction() as session:
        accounts.add_account(session, name, password, role, areas=areas or None, worker_id=post)
        _expire(session, name, ask=ask)
    terminal.say("account_added", name=name, role=role)
    _show_password(terminal, password, ask=ask)


@app.command(name="list")
def list_(as_json: Json = False) -> None:  # noqa: FBT002 (a parameter is an option)
    """List accounts, with those that are disabled."""
    terminal = open_terminal(as_json=as_json)
    with transaction() as session:
        found = accounts.list_accounts(session)
    terminal.answer({"accounts": [_plain(account) for account in found]})
    everywhere = Message("cli.account_everywhere").text(terminal.language)
    disabled = Message("cli.account_is_disabled").text(terminal.language)
    rows = [
        (
            account.name,
            account.role,
            everywhere if account.everywhere else " ".join(account.areas),
            "" if account.is_active else disabled,
        )
        for account in found
    ]
    terminal.show_table(("account", "account_role", "account_areas", "account_state"), rows)


@app.command()
def password(
    name: Name,
    ask: Ask = False,  # noqa: FBT002 (a parameter is an option)
) -> None:
    """Give an account another password and sign it out everywhere."""
    terminal = open_terminal()
    chosen = _choose_password(terminal, name, ask=ask)
    with transaction() as session:
        accounts.change_password(session, name, chosen)
        _expire(session, name, ask=ask)
    terminal.say("password_changed", name=name)
    _show_password(terminal, chosen, ask=ask)


@app.command()
def disable(name: Name) -> None:
    """Let an account in no more; what it did stays under its name."""
    with transaction() as session:
        accounts.disable(session, name)
    open_terminal().say("account_disabled", name=name)


@app.command()
def enable(name: Name) -> None:
    """Let a disabled account in again."""
    with transaction() as session:
        accounts.enable(session, name)
    open_terminal().say("account_enabled", name=name)


def _choose_password(terminal: Terminal, name: str, *, ask: bool) -> str:
    """Make a password, or read one where it is not seen: never from the command's own words."""
    if not ask:
        return new_password()
    if sys.stdin.isatty():
        prompt = Message("cli.password_prompt", {"name": name}).text(terminal.language)
        typed = getpass.getpass(prompt)
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    return require_good_password(typed, name)


def _expire(session: Session, name: str, *, ask: bool) -> None:
    """Let a password that nobody chose be good for choosing one."""
    if not ask:
        accounts.expire_password(session, name)


def _show_password(terminal: Terminal, password: str, *, ask: bool) -> None:
    if not ask:
        terminal.say("password_once", password=password)


def _plain(account: accounts.Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "role": account.role,
        "is_active": account.is_active,
        "areas": None if account.everywhere else list(account.areas),
        "worker_id": account.worker_id,
    }
