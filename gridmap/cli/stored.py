"""Commands on the database: import, list imports, plan, audit, map."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from gridmap.cli.files import require_folder, send_home, show_audit
from gridmap.cli.planning import plan_town
from gridmap.cli.selection import choose_grids, show_selection
from gridmap.cli.summary import show_plan
from gridmap.errors import InputError, StoreError
from gridmap.filing.reading import draw_coverage, read_whole_draft
from gridmap.jobs.spool import Spool, discard_spool
from gridmap.jobs.stored import Present, town_in
from gridmap.jobs.town import spool_for
from gridmap.layers import read_layers
from gridmap.layers.changes.carrying import Base
from gridmap.layers.decisionfile import find_decisions
from gridmap.layers.decisionfile import read_decisions as read_decision_file
from gridmap.layers.ledger import settle_households
from gridmap.layers.loads import require_stored_loads
from gridmap.maps.page import write_page
from gridmap.messages import Message
from gridmap.rules import load_rules
from gridmap.schema import Fault
from gridmap.store import layers as stored_layers
from gridmap.store import plans
from gridmap.store.audit import audit_version
from gridmap.store.certificates import is_published, verify_certificate
from gridmap.store.cluster import database_url
from gridmap.store.datasets import find_dataset, latest_dataset
from gridmap.store.decisions import add_decisions, read_decisions
from gridmap.store.fingerprints import grids_fingerprint
from gridmap.store.imports import count_rows, import_changes, lock_imports
from gridmap.store.mappings import read_mappings, remember_mappings
from gridmap.store.session import breaks_said, open_engine, sessions
from gridmap.store.versions import read_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from geopandas import GeoDataFrame
    from sqlalchemy.orm import Session

    from gridmap.cli.files import Wishes
    from gridmap.cli.terminal import Terminal
    from gridmap.jobs.town import Town
    from gridmap.layers.ledger import Ledger
    from gridmap.rules import Rules
    from gridmap.schema import Layers
    from gridmap.store.frames import Progress
    from gridmap.store.imports import Imported
    from gridmap.store.versions import Version

Part = Literal["whole", "update", "delta"]
"""What a folder holds: all layers, some of them, or some rows of them."""

HOME: Final = Path(".gridmap")
"""Where the private PostGIS lives, in the folder one works in."""


@contextmanager
def transaction() -> Iterator[Session]:
    """Open the database, starting the private one if need be; commit when the block ends well."""
    engine = open_engine(database_url(HOME, os.environ))
    try:
        with breaks_said(), sessions(engine).begin() as session:
            yield session
    finally:
        engine.dispose()


def import_folder(
    terminal: Terminal,
    source: Path,
    *,
    mapping: Path | None,
    rule: str,
    part: Part = "whole",
    faults_file: Path | None = None,
) -> None:
    """Import a layer folder, or a part of one, and show what came of every household."""
    require_folder(faults_file)
    rules = _rules_for(part, rule)
    read = partial(read_layers, source, mapping=mapping, loads=rules.load_names)
    file = find_decisions(source)
    decided = read_decision_file(file)
    try:
        with transaction() as session:
            remembered = read_mappings(session)
            in_force, base = _read_base(session, part)
    except StoreError:
        if part == "whole":
            read()  # what is wrong with the files is said first
        raise
    with terminal.progress("reading", total=None, source=source.name):
        try:
            layers = read(remembered=remembered, base=base)
        except InputError as error:
            send_home(terminal, error.faults, faults_file, source, mapping=mapping, settled=None)
            raise
    with transaction() as session:
        lock_imports(session)  # nobody else imports between settling and writing
        _require_in_force(session, in_force)
        added = add_decisions(session, decided, source=str(file))
        remember_mappings(session, layers.confirmed)
        with terminal.progress("settling", total=None):
            decisions = read_decisions(session)
            ledger = settle_households(layers, rules=rules, decisions=decisions)
        with terminal.progress("storing", total=count_rows(layers, ledger)) as advance:
            imported = import_changes(
                session, layers, ledger, source=str(source), progress=_steps(advance)
            )
    _show_import(terminal, imported, layers, ledger, decisions=added)
    if imported.changed and part == "whole":  # a part does not hold the rows that wait
        terminal.show_offers(ledger, source)
    faults = (*layers.faults, *ledger.faults)
    home = send_home(
        terminal, faults, faults_file, source, mapping=mapping, settled=(layers, ledger)
    )
    for one in home:
        terminal.say("faults_written", file=str(one))


def _rules_for(part: Part, rule: str) -> Rules:
    """Load the rule; one with further loads asks for all layers, which are added up as a whole."""
    rules = load_rules(rule)
    if rules.loads and part != "whole":
        raise InputError(Fault("rules", None, "loads_in_part", "refused", {"rule": rules.profile}))
    return rules


def _read_base(session: Session, part: Part) -> tuple[int | None, Base | None]:
    """Read the version in force, where only a part of a new one is brought."""
    if part == "whole":
        return None, None
    dataset = latest_dataset(session)
    layers, ledger = stored_layers.read_layers(session, dataset)
    return dataset, Base.of(layers, ledger, is_delta=part == "delta")


def _require_in_force(session: Session, dataset: int | None) -> None:
    """Refuse a part that was added to a version which is in force no longer."""
    if dataset is not None and latest_dataset(session) != dataset:
        raise StoreError(Message("store.base_replaced", {"dataset": dataset}))


def _show_import(
    terminal: Terminal, imported: Imported, layers: Layers, ledger: Ledger, *, decisions: int
) -> None:
    number = {"dataset": imported.dataset, "changed": imported.changed}
    terminal.answer({**number, "decisions": decisions, "ledger": ledger.balance.to_dict()})
    if decisions:
        terminal.say("decisions_added", count=decisions)
    if not imported.changed:
        terminal.say("nothing_changed", dataset=imported.dataset)
        return
    buildings, communities = len(layers.buildings), len(layers.communities)
    terminal.show_faults((*layers.faults, *ledger.faults), most=2)
    terminal.show_balance(ledger.balance)
    sizes = {"buildings": buildings, "communities": communities}
    terminal.say("imported", dataset=imported.dataset, **sizes)


def _steps(advance: Callable[[int], None]) -> Progress:
    """Turn the rows of each table so far into steps of one bar over all of them."""
    written: dict[str, int] = {}

    def tell(table: str, done: int, total: int) -> None:
        advance(done - written.get(table, 0))
        written[table] = done if done < total else 0  # faults are written in two goes

    return tell


def show_versions(terminal: Terminal) -> None:
    """List every import, newest first, with its layers and what changed."""
    with transaction() as session:
        versions = read_versions(session)
    terminal.answer(
        {
            "in_force": versions[0].dataset if versions else None,
            "imports": [_plain_version(version) for version in versions],
        }
    )
    if not versions:
        terminal.say("no_imports")
    for place, version in enumerate(versions, start=1):
        rows = (f"{name} {one.rows:,}" for name, one in version.layers.items())
        is_first = place == len(versions)
        why = Message("cli.first_import" if is_first else "cli.only_decisions")
        terminal.say(
            "import_in_force" if place == 1 else "import_before",
            dataset=version.dataset,
            date=f"{version.imported_at:%Y-%m-%d %H:%M}",
            source=version.source,
            rows=", ".join(rows) or "–",
            changed=why if is_first or not version.changed else ", ".join(version.changed),
        )


def _plain_version(version: Version) -> dict[str, Any]:
    return {
        "dataset": version.dataset,
        "imported_at": version.imported_at.isoformat(),
        "source": version.source,
        "changed": list(version.changed),
        "layers": {name: asdict(one) for name, one in version.layers.items()},
    }


def plan(terminal: Terminal, wishes: Wishes, *, codes: Sequence[str] | None) -> None:
    """Plan communities of the newest dataset and store the draft; a killed run is gone on with."""
    rules = wishes.rules()
    # What is done is thrown away after the transaction, once the plan is stored for good.
    with ExitStack() as kept, transaction() as session:
        dataset = latest_dataset(session)
        require_stored_loads(find_dataset(session, dataset).loads, rules)
        grids, wrong = _find_grids(session, dataset, wishes)
        present = Present(grids, choose_grids(grids, wishes.only), wrong)
        town = town_in(session, dataset, codes=codes, present=present)
        imported = find_dataset(session, dataset)
        known_by = (dataset, imported.imported_at.isoformat(), imported.fingerprint)
        key = wishes.key(rules, town=str(known_by), grids=grids_fingerprint(grids))
        spool = kept.enter_context(_spool(dataset, town, key))
        draft = plan_town(terminal, town, wishes.order(rules, town.buildings), spool)
        version = plans.add_draft(session, dataset, draft)
        draft = plans.read_draft(session, version)
    show_plan(terminal, draft, plan_id=version)
    show_selection(terminal, draft, wishes.only)
    terminal.say("stored_plan", plan=version)


def plan_dataset(terminal: Terminal, session: Session, dataset: int, wishes: Wishes) -> int:
    """Plan all communities of a dataset afresh; gives the plan's number."""
    require_stored_loads(find_dataset(session, dataset).loads, wishes.rules())
    town = town_in(session, dataset)
    order = wishes.order(wishes.rules(), town.buildings)
    return plans.add_draft(session, dataset, plan_town(terminal, town, order, Spool()))


def _spool(dataset: int, town: Town, key: str) -> AbstractContextManager[Spool]:
    """Keep what is done in the private folder; where there can be none, in memory only."""
    if len(town.codes) == 1:
        return nullcontext(Spool())
    try:
        HOME.mkdir(exist_ok=True)
    except OSError:
        return nullcontext(Spool())
    folder = HOME / f"plan-{dataset}-{key[:12]}.part"
    for other in HOME.glob("plan-*.part"):  # of an import that is in force no longer
        if not other.name.startswith(f"plan-{dataset}-"):
            discard_spool(other)
    return spool_for(folder, town.codes, key)


def audit(terminal: Terminal, plan_id: int | None) -> bool:
    """Audit a stored plan, the newest when none is named; True when it passes."""
    with transaction() as session:
        version = plans.latest_version(session) if plan_id is None else plan_id
        found = audit_version(session, version)
        holds = verify_certificate(session, version) if is_published(session, version) else None
    show_audit(terminal, found, holds=holds)
    return found.passes and holds is not False


def draw_map(terminal: Terminal, plan_id: int | None, out: Path) -> None:
    """Draw the coverage map of a stored plan, the newest when none is named."""
    with transaction() as session:
        version = plans.latest_version(session) if plan_id is None else plan_id
        draft = read_whole_draft(session, version)
        page = draw_coverage(session, version, draft, terminal.language)
    write_page(page, out)
    terminal.say("written", file=str(out))


def _find_grids(
    session: Session, dataset: int, wishes: Wishes
) -> tuple[GeoDataFrame | None, tuple[Fault, ...]]:
    """Read today's grids only for a plan that goes on from grids."""
    if wishes.from_grids is None:
        return None, ()
    todays = stored_layers.read_layer(session, dataset, "grids")
    return wishes.find_grids(todays, todays.crs)
