"""The sample town, and the demonstration that walks through the whole job with it."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import gis_data
from gridmap.cli import stored
from gridmap.cli.files import Wishes
from gridmap.cli.summary import out_of_rule, tally_plan
from gridmap.filing.reading import draw_coverage, read_whole_draft
from gridmap.layers import read_layers
from gridmap.layers.ledger import settle_households
from gridmap.maps.page import write_page
from gridmap.messages import Message
from gridmap.rules import DEFAULT_PROFILE, load_rules
from gridmap.store import accounts, plans
from gridmap.store.address import shown_url
from gridmap.store.audit import audit_version
from gridmap.store.cluster import database_url
from gridmap.store.datasets import imported_from
from gridmap.store.imports import import_layers
from gridmap.store.passwords import new_password
from gridmap.store.tables import ROLES

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gridmap.cli.terminal import Terminal

DEMO_TOWN: Final = stored.HOME / "demo" / "town"
DEMO_MAP: Final = Path("coverage.html")


def make_town(terminal: Terminal, out: Path, *, buildings: int, seed: int) -> None:
    """Write a generated town as a layer folder."""
    facts = _write_town(terminal, out, buildings=buildings, seed=seed)
    terminal.say(
        "sample_made",
        out=str(out),
        communities=facts.communities,
        buildings=facts.buildings,
        households=facts.households,
    )


def show_demo(terminal: Terminal) -> None:
    """Make, import, plan, audit and draw the sample town; start from what is there already."""
    started = time.monotonic()
    if not (DEMO_TOWN / "layers.toml").is_file():
        size, seed = gis_data.SMALL_BUILDINGS, gis_data.SMALL_SEED
        _write_town(terminal, DEMO_TOWN, buildings=size, seed=seed)
    wishes = Wishes(DEFAULT_PROFILE)
    with stored.transaction() as session:
        dataset = _imported(terminal, session)
        known = plans.version_of(session, dataset, load_rules(wishes.rule), wishes.seed)
        version = known or stored.plan_dataset(terminal, session, dataset, wishes)
        found = audit_version(session, version)
        draft = read_whole_draft(session, version)
        page = draw_coverage(session, version, draft, terminal.language)
        made = _add_accounts(session, worker_grid=str(draft.grids.index[0]))
    write_page(page, DEMO_MAP)
    sheet: dict[str, Any] = found.balance.to_dict()
    unplaced = sheet["ledger"] - sheet["placed"]
    terminal.say("demo_town", town=str(DEMO_TOWN), **_size(draft, sheet))
    terminal.say("demo_database", database=_plain(database_url(stored.HOME, os.environ)))
    terminal.say("demo_import", dataset=dataset, faults=len(draft.faults), refused_rows=unplaced)
    terminal.say("demo_plan", plan=version, **tally_plan(draft))
    for code, grid in out_of_rule(draft)[:1]:
        reason = Message.from_json(grid["reason"]).text(terminal.language)
        terminal.say("demo_reason", code=code, reason=reason)
    terminal.say("demo_balance", **{name: sheet[name] for name in sheet if name != "persons"})
    terminal.say("demo_empty_homes", count=sheet["residential_without_households"])
    verdict = Message("cli.audit_passes")
    if not found.passes:
        verdict = Message("cli.audit_fails", {"count": len(found.findings)})
    terminal.say("demo_audit", verdict=verdict)
    terminal.say("demo_map", file=str(DEMO_MAP.resolve()))
    if made:
        told = ", ".join(f"{name} {password}" for name, password in made.items())
        terminal.say("demo_accounts", accounts=told)
    else:
        terminal.say("demo_accounts_there")
    terminal.say("demo_next", seconds=round(time.monotonic() - started, 1))


def _write_town(terminal: Terminal, out: Path, *, buildings: int, seed: int) -> gis_data.TownFacts:
    with terminal.progress("making", total=None, out=str(out)) as advance:
        return gis_data.write_town(
            out, buildings=buildings, seed=seed, progress=lambda _done, _total: advance()
        )


def _imported(terminal: Terminal, session: Session) -> int:
    """Import the demo town unless just this town is there already."""
    source = f"{DEMO_TOWN} {_fingerprint(DEMO_TOWN)}"
    known = imported_from(session, source)
    if known is not None:
        return known
    with terminal.progress("storing", total=None):
        layers = read_layers(DEMO_TOWN)
        ledger = settle_households(layers, rules=load_rules())
        return import_layers(session, layers, ledger, source=source)


def _add_accounts(session: Session, *, worker_grid: str) -> dict[str, str]:
    """Add an account a role where there is none at all; a password is for one sign-in."""
    if accounts.list_accounts(session, most=1):
        return {}
    made = {role: new_password() for role in ROLES}
    for role, password in made.items():
        areas = [worker_grid] if role == "worker" else None
        accounts.add_account(session, role, password, role, areas=areas)
        accounts.expire_password(session, role)
    return {str(role): password for role, password in made.items()}


def _plain(url: str) -> str:
    """Show an address as psql and QGIS write it, without its password."""
    return shown_url(url).replace("+psycopg", "", 1)


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _size(draft: Any, sheet: dict[str, Any]) -> dict[str, int]:  # noqa: ANN401
    return {
        "communities": draft.grids["community_code"].nunique(),
        "buildings": len(draft.assignment),
        "households": sheet["ledger"],
    }
