"""The next version of the data beside the last one: what changed, and which grids it touches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gridmap.cli.files import no_folder
from gridmap.cli.stored import transaction
from gridmap.errors import InputError, StoreError
from gridmap.layers import read_layers
from gridmap.layers.changes import Changes, Version, compare_versions
from gridmap.layers.changes.grids import PresentGrids, TouchedGrids, flag_grids
from gridmap.layers.changes.workbook import write_changes
from gridmap.layers.ledger import settle_households
from gridmap.messages import Message
from gridmap.planfile import read_draft
from gridmap.rules import load_rules
from gridmap.store import layers as stored_layers
from gridmap.store import plans
from gridmap.store.versions import read_versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from gridmap.cli.terminal import Terminal
    from gridmap.messages import Language
    from gridmap.plan.model import Draft
    from gridmap.rules import Rules

IDS_SHOWN: Final = 10
GRIDS_SHOWN: Final = 20


def show_folders(
    terminal: Terminal,
    folders: tuple[Path, Path],
    *,
    plan: Path | None,
    rule: str,
    out: Path | None,
) -> None:
    """Compare two layer folders, and flag the grids of a plan or those of the newer folder."""
    _require_folder(out)
    rules = load_rules(rule)
    draft = None if plan is None else read_draft(plan)
    versions = []
    for folder in folders:
        with terminal.progress("reading", total=None, source=folder.name):
            layers = read_layers(folder, loads=rules.load_names)
            versions.append(Version(layers, settle_households(layers, rules=rules)))
    old, new = versions
    _show(terminal, old, new, present=_present(draft, old, new, rules), out=out)


def show_imports(
    terminal: Terminal, datasets: tuple[int | None, int | None], *, rule: str, out: Path | None
) -> None:
    """Compare two imports: by default the one in force with the one before it."""
    _require_folder(out)
    rules = load_rules(rule)
    with transaction() as session, terminal.progress("comparing", total=None):
        old, new = (
            Version(*stored_layers.read_layers(session, dataset))
            for dataset in _chosen(session, *datasets)
        )
        draft = _newest_plan(session)
    _show(terminal, old, new, present=_present(draft, old, new, rules), out=out)


def _require_folder(out: Path | None) -> None:
    if out is not None and not out.resolve().parent.is_dir():
        raise InputError(no_folder(out))


def _chosen(session: Session, before: int | None, after: int | None) -> tuple[int, int]:
    """Choose two imports: the newest, and the one before the other, where none is named."""
    known = [version.dataset for version in read_versions(session)]
    if after is None:
        after = next((one for one in known if before is None or one > before), None)
    if before is None and after is not None:
        before = next((one for one in known if one < after), None)
    if before is None or after is None:
        raise StoreError(Message("changes.one_import"))
    return before, after


def _newest_plan(session: Session) -> Draft | None:
    try:
        return plans.read_draft(session, plans.latest_version(session))
    except StoreError:
        return None


def _present(draft: Draft | None, old: Version, new: Version, rules: Rules) -> PresentGrids | None:
    """Take the grids of a plan, else today's of the newer version, else those of the older."""
    if draft is not None:
        return PresentGrids(draft.grids, draft.assignment["grid_code"], draft.rules)
    for version in (new, old):
        if len(version.layers.grids):
            return PresentGrids.of_layer(version.layers, rules)
    return None


def _show(
    terminal: Terminal,
    old: Version,
    new: Version,
    *,
    present: PresentGrids | None,
    out: Path | None,
) -> None:
    changes = compare_versions(old, new)
    touched = None if present is None else flag_grids(present, changes, old, new)
    if out is not None:
        write_changes(changes, touched, out, language=terminal.language)
    terminal.answer(_document(changes, touched, terminal.language))
    if terminal.as_json:
        return
    for message in (*_trust(changes), *_sums(changes)):
        terminal.tell(message.text(terminal.language))
    if touched is None:
        terminal.tell(Message("changes.no_grids").text(terminal.language))
    else:
        _show_grids(terminal, touched)
    if out is not None:
        terminal.say("written", file=str(out))


def _trust(changes: Changes) -> list[Message]:
    """Say whether ids were believed, before anything that rests on them."""
    said = []
    for trust, trusted, untrusted in (
        (changes.buildings.trust, "changes.buildings_trusted", "changes.buildings_untrusted"),
        (changes.households.trust, "changes.households_trusted", "changes.households_untrusted"),
    ):
        fields: dict[str, str | int] = {
            "shared": trust.shared,
            "agreeing": trust.agreeing,
            "share": f"{trust.share:.0%}",
        }
        if len(changes.households.rows) or trust is changes.buildings.trust:
            said.append(Message(trusted if trust.is_given else untrusted, fields))
    east, north = changes.buildings.shift_m
    if east or north:
        moved = {"east": round(east, 1), "north": round(north, 1)}
        said.append(Message("changes.shifted", moved))
    return said


def _sums(changes: Changes) -> list[Message]:
    said = [Message("changes.of_buildings", changes.buildings.counts())]
    rows = changes.buildings.rows
    ids = sorted({*rows.loc[rows["reused"] > 0, "old_id"]} - {""})
    if ids:
        more = ", …" if len(ids) > IDS_SHOWN else ""
        shown = ", ".join(ids[:IDS_SHOWN]) + more
        said.append(Message("changes.reused", {"count": len(ids), "ids": shown}))
    said += _people(changes)
    around = [one for one in changes.others if len(one.touched)]
    for one in around:
        layer = Message(f"changes.layer_{one.layer}")
        said.append(Message("changes.of_layer", {**one.counts, "layer": layer}))
    return said if around else [*said, Message("changes.nothing_around")]


def _people(changes: Changes) -> list[Message]:
    households = changes.households
    if households.rows.empty:
        sums = changes.homes[["households_before", "households_after"]].sum()
        return [
            Message("changes.of_counts", {"before": int(sums.iloc[0]), "after": int(sums.iloc[1])})
        ]
    counts = households.counts()
    before, after = households.before, households.after
    told = {"before": before[0], "after": after[0], "came": counts["in"], "out": counts["out"]}
    told |= {"moved": counts["moved"], "changed": counts["changed"]}
    persons = {"before": before[1], "after": after[1]}
    return [Message("changes.of_households", told), Message("changes.of_persons", persons)]


def _show_grids(terminal: Terminal, touched: TouchedGrids) -> None:
    counts = {flag: len(touched.flagged(flag)) for flag in ("redraw", "look")}
    untouched = len(touched.grids) - sum(counts.values())
    fields: dict[str, int] = {**counts, "untouched": untouched}
    terminal.tell(Message("changes.of_grids", fields).text(terminal.language))
    shown = [*touched.flagged("redraw").iterrows(), *touched.flagged("look").iterrows()]
    for code, grid in shown[:GRIDS_SHOWN]:
        said: dict[str, str | Message] = {
            "code": str(code),
            "flag": Message(f"changes.flag_{grid['flag']}"),
            "reason": _reasons(grid["reasons"], terminal.language),
        }
        terminal.tell(Message("changes.of_grid", said).text(terminal.language))
    if len(shown) > GRIDS_SHOWN:
        terminal.say("more_faults", count=len(shown) - GRIDS_SHOWN)


def _reasons(reasons: tuple[Message, ...], language: Language) -> str:
    between = Message("changes.between").text(language)
    return between.join(one.text(language) for one in reasons)


def _document(changes: Changes, touched: TouchedGrids | None, language: Language) -> dict[str, Any]:
    """Give figures and lists; households by building only, never one by one."""
    households, buildings = changes.households, changes.buildings
    rows = buildings.rows
    document: dict[str, Any] = {
        "buildings": {
            **buildings.counts(),
            "ids": _plain_trust(buildings.trust),
            "shift_m": [round(one, 3) for one in buildings.shift_m],
            "reused_ids": sorted({*rows.loc[rows["reused"] > 0, "old_id"]} - {""}),
            "changes": _records(rows[rows["kind"] != "same"].drop(columns="reused")),
        },
        "households": {
            **households.counts(),
            "ids": _plain_trust(households.trust),
            "before": households.before[0],
            "after": households.after[0],
        },
        "persons": {"before": households.before[1], "after": households.after[1]},
        "homes": _records(_lively(changes).reset_index()),
        "ledger": {"before": changes.balances[0], "after": changes.balances[1]},
        "layers": {one.layer: dict(one.counts) for one in changes.others},
    }
    if touched is not None:
        flagged = touched.grids[touched.grids["flag"] != ""]
        reasons = [_reasons(why, language) for why in flagged["reasons"]]
        told = flagged.drop(columns="reasons").assign(reason=reasons)
        document["grids"] = _records(told.reset_index())
        document["buildings_without_grid"] = touched.without_grid.to_dict()
    return document


def _lively(changes: Changes) -> Any:  # noqa: ANN401 (a frame)
    homes = changes.homes
    unlike = homes["households_before"] != homes["households_after"]
    return homes[unlike | (homes["came"] > 0) | (homes["went"] > 0)]


def _plain_trust(trust: Any) -> Mapping[str, Any]:  # noqa: ANN401 (of buildings or households)
    return {"shared": trust.shared, "agreeing": trust.agreeing, "trusted": trust.is_given}


def _records(frame: Any) -> list[dict[str, Any]]:  # noqa: ANN401 (a frame)
    return frame.astype("object").to_dict("records")
