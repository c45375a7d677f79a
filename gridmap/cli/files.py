"""Commands on files: layers in, plans out, no database."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gridmap.cli.census import census_document, count_census, show_census
from gridmap.cli.planning import plan_town
from gridmap.cli.selection import choose_grids, show_selection
from gridmap.cli.summary import show_plan
from gridmap.codes import profile_for
from gridmap.errors import InputError
from gridmap.ground.communities import split_communities
from gridmap.jobs.city import require_scheduler
from gridmap.jobs.order import Order, processes_for
from gridmap.jobs.town import Town, key_of, require_present, spool_for
from gridmap.layers import read_grids, read_layers
from gridmap.layers.decisionfile import find_decisions, read_decisions
from gridmap.layers.drill import offered_rows
from gridmap.layers.faults import find_home, write_faults
from gridmap.layers.ledger import settle_households
from gridmap.maps.coverage import coverage_map
from gridmap.maps.page import write_page
from gridmap.plan.certificate import audit_draft
from gridmap.plan.present import start_from
from gridmap.planfile import read_draft, require_ending, write_draft
from gridmap.rules import load_rules
from gridmap.schema import CommunityCode, Fault
from gridmap.store.fingerprints import grids_fingerprint, import_fingerprint, layer_fingerprints

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geopandas import GeoDataFrame
    from pyproj import CRS

    from gridmap.cli.terminal import Terminal
    from gridmap.layers.ledger import Ledger
    from gridmap.plan.certificate import Audit
    from gridmap.plan.model import Draft
    from gridmap.rules import Rules
    from gridmap.schema import Community, Layers
    from gridmap.store.audit import Audit as StoredAudit

TODAY: Final = "today"
"""The word for the layer of today's grids, where a file with grids may be named."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """
    How a plan is wished for: rule profile, seed, and seconds to think.

    `from_grids` is a file with grids to plan on from, or `TODAY` for those of the layer; `only`
    are the codes of those to redraw, where not just any may be.
    """

    rule: str
    seed: int = 0
    time_limit_s: float | None = None
    from_grids: str | None = None
    with_microgrids: bool = False
    scheduler: str | None = None
    only: tuple[str, ...] = ()

    def rules(self) -> Rules:
        """Load the rule, and refuse at once what would be refused after all the reading."""
        if self.time_limit_s is not None and not self.time_limit_s > 0:
            fields = {"seconds": f"{self.time_limit_s:g}"}
            raise InputError(Fault("plan", None, "time_limit_nothing", "refused", fields))
        rules = load_rules(self.rule)
        profile_for(CommunityCode(""), rules.code_profile)
        if self.from_grids is None:
            choose_grids(None, self.only)
        if self.scheduler is not None:
            require_scheduler(self.scheduler)
        return rules

    def order(self, rules: Rules, buildings: int) -> Order:
        """Turn the wishes into an order for so many buildings."""
        limit = self.time_limit_s
        deadline_s = float("inf") if limit is None else time.monotonic() + limit
        return Order(
            rules,
            self.seed,
            deadline_s,
            processes_for(buildings),
            self.with_microgrids,
            self.scheduler,
        )

    def key(self, rules: Rules, **what: str) -> str:
        """Name the plan that is wished for of just this, wherever it is made."""
        return key_of(wishes=asdict(replace(self, scheduler=None)), rules=rules.to_dict(), **what)

    def find_grids(
        self, todays: GeoDataFrame, crs: CRS
    ) -> tuple[GeoDataFrame | None, tuple[Fault, ...]]:
        """Find the grids to plan on from, in the metric `crs`; None to start afresh."""
        if self.from_grids is None:
            return None, ()
        if self.from_grids != TODAY:
            return read_grids(Path(self.from_grids), crs=crs)
        return require_present(todays), ()


def check(
    terminal: Terminal,
    source: Path,
    *,
    mapping: Path | None,
    faults_file: Path | None,
    control: Path | None = None,
) -> None:
    """Read and validate `source`; list what is wrong; raise if it cannot be used."""
    require_folder(faults_file)
    refused: InputError | None = None
    settled, census = None, None
    try:
        layers, ledger = settle(terminal, source, mapping=mapping, rules=load_rules())
        settled = layers, ledger
        faults = (*layers.faults, *ledger.faults)
        census, faults = count_census(control, layers, ledger, faults)
    except InputError as error:
        refused, faults = error, error.faults
    written = send_home(terminal, faults, faults_file, source, mapping=mapping, settled=settled)
    told = [_plain(fault, terminal) for fault in faults]
    balance = {} if settled is None else {"ledger": settled[1].balance.to_dict()}
    terminal.answer({"faults": told, **balance, **census_document(census)})
    if refused is None:
        terminal.show_faults(faults)
        terminal.show_balance(ledger.balance)
        terminal.show_offers(ledger, source)
        show_census(terminal, census)
    counts = {
        level: sum(fault.level == level for fault in faults)
        for level in ("refused", "repaired", "noted")
    }
    terminal.say("faults_found" if faults else "no_faults", **counts)
    for file in written:
        terminal.say("faults_written", file=str(file))
    if refused is not None:
        raise refused


def settle(
    terminal: Terminal, source: Path, *, mapping: Path | None, rules: Rules
) -> tuple[Layers, Ledger]:
    """Read layers and settle their ledger by what was decided before."""
    decisions = read_decisions(find_decisions(source))
    with terminal.progress("reading", total=None, source=source.name):
        layers = read_layers(source, mapping=mapping, loads=rules.load_names)
    with terminal.progress("settling", total=None):
        ledger = settle_households(layers, rules=rules, decisions=decisions)
    return layers, ledger


def send_home(
    terminal: Terminal,
    faults: Sequence[Fault],
    file: Path | None,
    source: Path,
    *,
    mapping: Path | None,
    settled: tuple[Layers, Ledger] | None,
) -> list[Path]:
    """Write faults beside the user's own rows, if they are wanted; gives the files written."""
    if file is None:
        return []
    balance, offers = None, None
    if settled is not None:
        balance, offers = settled[1].balance, offered_rows(*settled)
    home = find_home(source, mapping=mapping, balance=balance, offers=offers)
    return write_faults(faults, file, terminal.language, home=home)


def require_folder(file: Path | None) -> None:
    """Refuse a file that is to go into a folder which is not there."""
    if file is not None and not file.resolve().parent.is_dir():
        raise InputError(no_folder(file))


def plan(
    terminal: Terminal, source: Path, out: Path, wishes: Wishes, *, mapping: Path | None
) -> None:
    """Plan a layer folder into a file; a run that was killed is gone on with by the next one."""
    rules = wishes.rules()
    require_ending(out)
    started = time.perf_counter()
    layers, ledger = settle(terminal, source, mapping=mapping, rules=rules)
    read_s = time.perf_counter() - started
    present, wrong = wishes.find_grids(layers.grids, layers.metric_crs)
    chosen = choose_grids(present, wishes.only)
    town = town_of(layers, ledger, present, redrawn=chosen, faults=wrong)
    key = wishes.key(rules, town=layers_key(layers, ledger), grids=grids_fingerprint(present))
    with spool_for(out.with_name(f"{out.name}.part"), town.codes, key) as spool:
        order = wishes.order(rules, town.buildings)
        draft = plan_town(terminal, town, order, spool)
        started = time.perf_counter()
        write_draft(draft, out, language=terminal.language)
        spent = {"read": read_s, "write": time.perf_counter() - started}
    show_plan(terminal, _with_seconds(draft, spent))
    show_selection(terminal, draft, wishes.only)
    terminal.say("written", file=str(out))


def town_of(
    layers: Layers,
    ledger: Ledger,
    present: GeoDataFrame | None = None,
    *,
    redrawn: frozenset[str] = frozenset(),
    faults: tuple[Fault, ...] = (),
) -> Town:
    """Give every community of `layers`, planned on from the `present` grids if there are any."""

    def read(codes: Sequence[str]) -> Iterable[Community]:
        return start_from(split_communities(layers, ledger, codes=codes), present, redrawn=redrawn)

    placed = ledger.buildings["community_code"] != ""
    return Town(
        codes=sorted(layers.communities.index),
        read=read,
        buildings=int(placed.sum()),
        balance=ledger.balance,
        faults=(*faults, *layers.faults, *ledger.faults),
        crs=layers.crs,
    )


def layers_key(layers: Layers, ledger: Ledger) -> str:
    """Say in one word what was read and how it was settled."""
    return import_fingerprint(layers, ledger, layer_fingerprints(layers))


def audit(terminal: Terminal, file: Path) -> bool:
    """Audit a plan file; True when it passes."""
    found = audit_draft(read_draft(file))
    show_audit(terminal, found)
    return found.passes


def draw_map(terminal: Terminal, file: Path, out: Path) -> None:
    """Draw the coverage map of a plan file."""
    draft = read_draft(file)
    page = coverage_map(draft, language=terminal.language, community_names=_community_names(draft))
    write_page(page, out)
    terminal.say("written", file=str(out))


def show_audit(
    terminal: Terminal, found: Audit | StoredAudit, *, holds: bool | None = None
) -> None:
    """Show balance sheet and findings, and whether the certificate holds if there is one."""
    sentences = [finding.text(terminal.language) for finding in found.findings]
    terminal.answer(
        {
            "ledger": found.balance.to_dict(),
            "findings": sentences,
            "passes": found.passes and holds is not False,
            **({} if holds is None else {"certificate_holds": holds}),
        }
    )
    terminal.show_balance(found.balance)
    for sentence in sentences:
        terminal.tell(sentence)
    if found.passes:
        terminal.say("audit_passes")
    else:
        terminal.say("audit_fails", count=max(len(sentences), 1))
    if holds is not None:
        terminal.say("audit_certified" if holds else "audit_certificate_broken")


def no_folder(path: Path) -> Fault:
    """Say that the folder a file shall go to is not there."""
    return Fault("plan", None, "plan_folder", "refused", {"file": str(path)})


def _community_names(draft: Draft) -> dict[str, str]:
    """Read the names of communities off the grids, which are named after them."""
    general = draft.grids[draft.grids["kind"] != "dedicated"]
    names = general["name"].str.rsplit(" ", n=1).str[0]
    return dict(zip(general["community_code"], names, strict=True))


def _with_seconds(draft: Draft, spent: dict[str, float]) -> Draft:
    figures = replace(draft.figures, seconds=draft.figures.seconds | spent)
    return replace(draft, figures=figures)


def _plain(fault: Fault, terminal: Terminal) -> dict[str, Any]:
    return {
        "layer": fault.layer,
        "row": fault.row,
        "kind": fault.kind,
        "level": fault.level,
        "sentence": fault.text(terminal.language),
    }
