"""The commands and their options, under the names that scripts rely on."""

from __future__ import annotations

import sys
from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer

from gridmap.cli import accounts, comparison, database, files, service, stored, town
from gridmap.cli import changes as change_commands
from gridmap.cli import ledger as ledger_commands
from gridmap.cli.alternatives import plan_alternatives
from gridmap.cli.columns import show_columns
from gridmap.cli.options import (
    By,
    FromGrids,
    Json,
    Mapping,
    OnlyGrids,
    OptionalSource,
    PlanId,
    RuleName,
    Seed,
    Source,
    TimeLimit,
)
from gridmap.cli.publishing import pack_plan, publish_plan
from gridmap.cli.terminal import (
    Terminal,
    asked_language,
    catch_everything,
    complain,
    is_language,
    keep_output_clean,
    open_terminal,
)
from gridmap.comparison.compared import TOLERANCE_M
from gridmap.errors import GridmapError, InputError
from gridmap.messages import Language, Message, chosen_language
from gridmap.rules import DEFAULT_PROFILE

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Divide communities into service grids, so that no household is missed (格不漏户).",
)
app.add_typer(database.app, name="db")
app.add_typer(accounts.app, name="user")
app.add_typer(service.app)


def main() -> None:
    """Run the command line; errors become sentences and exit codes."""
    keep_output_clean()
    language = chosen_language(asked_language(sys.argv))
    catch_everything(language)
    try:
        # Called as a command, because calling the app itself would put typer's hook over ours.
        command = typer.main.get_command(app)
        command(prog_name="gridmap", args=[arg for arg in sys.argv[1:] if not is_language(arg)])
    except GridmapError as error:
        complain(error.sentences(language))
        sys.exit(error.exit_code)


@app.command()
def demo() -> None:
    """Sample town → PostGIS → plan → balance sheet → coverage map; says where to look."""
    town.show_demo(open_terminal())


@app.command()
def sample(
    buildings: Annotated[int, typer.Option(min=1, metavar="N")],
    out: Annotated[Path, typer.Option(metavar="DIR")],
    seed: Seed = 0,
) -> None:
    """Write a generated town as a layer folder."""
    town.make_town(open_terminal(), out, buildings=buildings, seed=seed)


@app.command()
def check(
    source: Source,
    mapping: Mapping = None,
    faults: Annotated[Path | None, typer.Option(metavar="FILE.xlsx")] = None,
    control: Annotated[
        Path | None, typer.Option(metavar="FILE", help="polygons with households to count against")
    ] = None,
    as_json: Json = False,
) -> None:
    """Read and validate layers: every fault in one list, and as XLSX with --faults."""
    terminal = open_terminal(as_json=as_json)
    files.check(terminal, source, mapping=mapping, faults_file=faults, control=control)


@app.command()
def rows(
    name: Annotated[str, typer.Option("--bin", metavar="BIN", help="a bin or check of the sheet")],
    source: OptionalSource = None,
    mapping: Mapping = None,
    community: Annotated[str | None, typer.Option(metavar="CODE")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help=".csv or .xlsx")] = None,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="who looks, in the database")
    ] = None,
    why: Annotated[str | None, typer.Option(metavar="TEXT", help="and what for")] = None,
    as_json: Json = False,
) -> None:
    """List the rows behind a figure, with their line in your own file; without DIR, as imported."""
    terminal = open_terminal(as_json=as_json)
    if source is None:
        ledger_commands.show_stored_rows(
            terminal, name, community=community, out=out, who=by, why=why
        )
    else:
        ledger_commands.show_rows(
            terminal, source, name, mapping=mapping, community=community, out=out
        )


@app.command()
def waive(
    source: Source,
    households: Annotated[list[str], typer.Argument(metavar="HOUSEHOLD…", help="id or address")],
    reason: Annotated[str, typer.Option(metavar="TEXT")],
    by: By,
    mapping: Mapping = None,
    restore: Annotated[bool, typer.Option("--restore", help="take the waiver back")] = False,
    as_json: Json = False,
) -> None:
    """Set households aside with a reason and a name; remembered beside the layers."""
    terminal = open_terminal(as_json=as_json)
    ledger_commands.waive(
        terminal, source, households, reason=reason, by=by, mapping=mapping, restore=restore
    )


@app.command()
def matches(source: Source, mapping: Mapping = None, as_json: Json = False) -> None:
    """List near matches of addresses and buildings, for a person to decide."""
    ledger_commands.show_matches(open_terminal(as_json=as_json), source, mapping=mapping)


@app.command()
def decide(
    source: Source,
    by: By,
    take: Annotated[list[str] | None, typer.Option(metavar="ADDRESS=BUILDING")] = None,
    reject: Annotated[list[str] | None, typer.Option(metavar="ADDRESS[=BUILDING]")] = None,
    review: Annotated[
        Path | None, typer.Option("--from", metavar="FILE.xlsx", help="filled in by hand")
    ] = None,
    mapping: Mapping = None,
    as_json: Json = False,
) -> None:
    """Take near matches or turn them down; remembered beside the layers."""
    ledger_commands.decide(
        open_terminal(as_json=as_json),
        source,
        take=take or (),
        reject=reject or (),
        review=review,
        by=by,
        mapping=mapping,
    )


@app.command()
def plan(
    source: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="layer folder; no database is needed")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help=".gpkg, .parquet, .geojson or .shp")
    ] = None,
    rule: RuleName = DEFAULT_PROFILE,
    mapping: Mapping = None,
    seed: Seed = 0,
    time_limit: TimeLimit = None,
    from_grids: FromGrids = None,
    only: OnlyGrids = None,
    alternatives: Annotated[
        bool, typer.Option("--alternatives", help="three plans beside FILE, and what each costs")
    ] = False,
    micro: Annotated[bool, typer.Option("--micro", help="micro-grids in every grid")] = False,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Dask cluster to plan on, tcp://…:8786")
    ] = None,
    community: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="from the database; may be repeated")
    ] = None,
    all_communities: Annotated[
        bool, typer.Option("--all", help="every community in the database")
    ] = False,
    as_json: Json = False,
) -> None:
    """Divide communities into grids: from a folder to a file, or within the database."""
    terminal = open_terminal(as_json=as_json)
    wishes = files.Wishes(
        rule, seed, time_limit, from_grids, micro, scheduler, only=tuple(only or ())
    )
    from_database = all_communities or bool(community)
    if (source is not None) == from_database:
        raise typer.BadParameter(Message("cli.choose_source").text(terminal.language))
    if alternatives and (only or from_database):
        raise typer.BadParameter(Message("cli.alternatives_alone").text(terminal.language))
    if source is None:
        stored.plan(terminal, wishes, codes=None if all_communities else community)
    elif out is None:
        raise typer.BadParameter(Message("cli.choose_target").text(terminal.language))
    else:
        make = plan_alternatives if alternatives else files.plan
        make(terminal, source, out, wishes, mapping=mapping)


@app.command()
def columns(
    source: Source,
    mapping: Mapping = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="write what is confirmed into layers.toml")
    ] = False,
    as_json: Json = False,
) -> None:
    """Which column holds what, how surely, and why; with --confirm remembered in layers.toml."""
    terminal = open_terminal(as_json=as_json)
    show_columns(terminal, source, mapping=mapping, confirm=confirm)


@app.command(name="import")
def import_(
    source: Source,
    mapping: Mapping = None,
    rule: RuleName = DEFAULT_PROFILE,
    update: Annotated[
        bool, typer.Option("--update", help="layers that are not here stay as they are in force")
    ] = False,
    delta: Annotated[
        bool, typer.Option("--delta", help="only rows that are added, changed or taken out (变更)")
    ] = False,
    faults: Annotated[Path | None, typer.Option(metavar="FILE.xlsx")] = None,
    as_json: Json = False,
) -> None:
    """Bring layers into PostGIS, with the balance sheet."""
    terminal = open_terminal(as_json=as_json)
    if update and delta:
        raise typer.BadParameter(Message("cli.update_or_delta").text(terminal.language))
    part: stored.Part = "delta" if delta else "update" if update else "whole"
    stored.import_folder(
        terminal, source, mapping=mapping, rule=rule, part=part, faults_file=faults
    )


@app.command()
def imports(as_json: Json = False) -> None:
    """List every import: date, source, rows by layer and what changed; the first is in force."""
    stored.show_versions(open_terminal(as_json=as_json))


@app.command()
def changes(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[OLD NEW]", help="two layer folders")
    ] = None,
    plan_file: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="a plan whose grids to flag")
    ] = None,
    before: Annotated[
        int | None, typer.Option("--from", metavar="N", help="number of an import")
    ] = None,
    after: Annotated[
        int | None, typer.Option("--to", metavar="N", help="number of an import")
    ] = None,
    rule: RuleName = DEFAULT_PROFILE,
    out: Annotated[Path | None, typer.Option(metavar="FILE.xlsx", help="all of it, listed")] = None,
    as_json: Json = False,
) -> None:
    """Compare two versions of the data, and name the grids to redraw."""
    terminal = open_terminal(as_json=as_json)
    of_imports = before is not None or after is not None
    if len(folders or ()) not in {0, 2} or (of_imports if folders else plan_file is not None):
        raise typer.BadParameter(Message("changes.one_side").text(terminal.language))
    if folders:
        two = (folders[0], folders[1])
        change_commands.show_folders(terminal, two, plan=plan_file, rule=rule, out=out)
    else:
        change_commands.show_imports(terminal, (before, after), rule=rule, out=out)


@app.command()
def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="a plan file, for example in force")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="a plan file of the same ground")],
    incidents: Annotated[
        Path | None, typer.Option(metavar="FILE", help="open incidents: points, incident_id")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=0.001, metavar="M", help="a line nearer than this is the same")
    ] = TOLERANCE_M,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help=".xlsx or .gpkg")] = None,
    as_json: Json = False,
) -> None:
    """Compare two plans before one is approved: who moves, and whom it concerns."""
    comparison.compare_files(
        open_terminal(as_json=as_json),
        (old, new),
        incidents=incidents,
        tolerance_m=tolerance,
        out=out,
    )


@app.command()
def audit(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]")] = None,
    plan_id: PlanId = None,
    as_json: Json = False,
) -> None:
    """Balance sheet and publish gate of a plan; exit code 1 when it does not pass."""
    terminal = open_terminal(as_json=as_json)
    _require_one(file, plan_id, terminal)
    passes = files.audit(terminal, file) if file else stored.audit(terminal, plan_id)
    raise typer.Exit(0 if passes else 1)


@app.command()
def publish(
    plan_id: PlanId = None,
    by: Annotated[str, typer.Option(metavar="NAME", help="who answers for it; else you")] = "",
    accept: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE=WHY",
            help="sign for a grid, for no_place, conflict or all; may be repeated",
        ),
    ] = None,
    from_day: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="in force from this day on; else now")
    ] = None,
    as_json: Json = False,
) -> None:
    """Put a plan in force, if its gate lets it; exit code 1 when it does not."""
    terminal = open_terminal(as_json=as_json)
    done = publish_plan(
        terminal, plan_id, by=by or getuser(), accepted=accept or (), from_day=from_day
    )
    raise typer.Exit(0 if done else 1)


@app.command()
def pack(
    out: Annotated[Path, typer.Option(metavar="FILE.zip")],
    plan_id: PlanId = None,
    language: Annotated[
        Language | None, typer.Option(help="of the sheets; else the one you are spoken to in")
    ] = None,
    fonts: Annotated[
        Path | None, typer.Option(metavar="DIR", help="fonts to use in place of the system's")
    ] = None,
) -> None:
    """Write the filing pack of a published plan: map, table, reasons, certificate, layers."""
    terminal = open_terminal()
    pack_plan(terminal, plan_id, out, language=language or terminal.language, fonts=fonts)


@app.command(name="map")
def map_(
    out: Annotated[Path, typer.Option(metavar="FILE.html")],
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]")] = None,
    plan_id: PlanId = None,
) -> None:
    """Draw a coverage map that opens with no network."""
    terminal = open_terminal()
    _require_one(file, plan_id, terminal)
    if not out.resolve().parent.is_dir():
        raise InputError(files.no_folder(out))
    if file:
        files.draw_map(terminal, file, out)
    else:
        stored.draw_map(terminal, plan_id, out)


def _require_one(file: Path | None, plan_id: int | None, terminal: Terminal) -> None:
    if file is not None and plan_id is not None:
        raise typer.BadParameter(Message("cli.file_or_plan").text(terminal.language))
