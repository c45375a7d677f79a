"""Two plans side by side before one is approved: who moves, what changes, whom it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
from pyogrio.errors import DataLayerError, DataSourceError

from gridmap.comparison import DrawnPlan, compare_plans
from gridmap.comparison.document import list_records, plain_comparison
from gridmap.comparison.files import require_ending, spell_reasons, write_comparison
from gridmap.comparison.lists import list_moves, list_tables
from gridmap.comparison.sides import NOWHERE
from gridmap.errors import InputError
from gridmap.messages import Message
from gridmap.planfile import read_draft
from gridmap.schema import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from geopandas import GeoDataFrame
    from pyproj import CRS

    from gridmap.cli.terminal import Terminal
    from gridmap.comparison import Comparison
    from gridmap.messages import Language

ROWS_SHOWN: Final = 25
CODES_SHOWN: Final = 10
QUIET: Final = ("unchanged", "redigitised")
GRID_HEADS: Final = (
    *("change", "old_code", "new_code"),
    *("households", "homes_kept", "ground_kept"),
)
MOVE_HEADS: Final = ("old_code", "new_code", "households", "persons", "buildings")
WORKER_HEADS: Final = ("worker", "before", "after", "gained", "lost")
BOARD_HEADS: Final = ("board", "grid_code", "why")
CODES: Final = ("old_code", "new_code", "grid_code")
INCIDENT_HEADS: Final = ("incident", "old_code", "new_code", "old_worker", "new_worker")


def compare_files(
    terminal: Terminal,
    files: tuple[Path, Path],
    *,
    incidents: Path | None,
    tolerance_m: float,
    out: Path | None,
) -> None:
    """Compare two plan files; show it, and write it where it is wanted."""
    if out is not None:
        require_ending(out)
    drafts = [read_draft(file) for file in files]
    crs = drafts[1].grids.crs
    old, new = (
        DrawnPlan(draft.grids.to_crs(crs), draft.assignment.to_crs(crs)) for draft in drafts
    )
    points = None if incidents is None else _read_incidents(incidents, crs)
    found = compare_plans(old, new, incidents=points, tolerance_m=tolerance_m)
    if out is not None:
        write_comparison(
            found, out, plans=(old, new), crs=drafts[1].crs, language=terminal.language
        )
    terminal.answer(plain_comparison(found))
    if terminal.as_json:
        return
    for message in _sums(found, terminal.language):
        terminal.tell(message.text(terminal.language))
    _show_tables(terminal, found)
    if out is not None:
        terminal.say("written", file=str(out))


def _read_incidents(file: Path, crs: CRS) -> GeoDataFrame:
    """Read open incidents: points with an `incident_id`."""
    try:
        rows = gpd.read_file(file).to_crs(crs).set_index("incident_id")
    except (DataSourceError, DataLayerError, KeyError, ValueError, AttributeError) as error:
        raise InputError(_unusable(file)) from error
    if not (rows.geom_type == "Point").all():
        raise InputError(_unusable(file))
    return rows


def _unusable(file: Path) -> Fault:
    return Fault("incidents", None, "incidents_unusable", "refused", {"file": file.name})


def _sums(found: Comparison, language: Language) -> list[Message]:
    """Say in a few sentences what approving the new plan would change."""
    grids, moved = found.grids, found.count_changes("moved")
    counts: dict[str, str | int] = {
        "kinds": _kinds(found, language),
        "before": int((grids["old_code"] != NOWHERE).sum()),
        "after": int((grids["new_code"] != NOWHERE).sum()),
    }
    everyone = int(grids["households_after"].sum())
    share = moved["households_after"] / everyone if everyone else 0.0
    told = {
        "households": f"{moved['households_after']:,}",
        "everyone": f"{everyone:,}",
        "share": f"{share:.1%}",
        "persons": f"{moved['persons_after']:,}",
        "buildings": f"{moved['buildings']:,}",
    }
    said = [Message("compare.of_grids", counts), Message("compare.of_households", told)]
    recoded = found.count_changes("recoded")["households_after"]
    if recoded:
        said.append(Message("compare.of_recoded", {"households": f"{recoded:,}"}))
    return [*said, *_of_data(found), *_of_people(found), *_of_codes(found)]


def _kinds(found: Comparison, language: Language) -> str:
    """Count the grids of each kind that there is."""
    said = [
        Message("compare.of_kind", {"kind": Message(f"compare.kind_{kind}"), "count": count})
        for kind, count in found.count_kinds().items()
        if count
    ]
    return Message("compare.between").text(language).join(one.text(language) for one in said)


def _of_data(found: Comparison) -> list[Message]:
    """Say what is different in the data that the two plans were made of."""
    said = []
    came, went = (found.count_changes(change) for change in ("appeared", "disappeared"))
    if came["buildings"] or went["buildings"]:
        fields = {
            "came": came["buildings"],
            "came_households": came["households_after"],
            "went": went["buildings"],
            "went_households": went["households_before"],
        }
        said.append(Message("compare.of_buildings", fields))
    gained, lost = (found.count_changes(change)["buildings"] for change in ("gained", "lost"))
    if gained or lost:
        said.append(Message("compare.of_places", {"gained": gained, "lost": lost}))
    return said


def _of_people(found: Comparison) -> list[Message]:
    grids = found.grids
    goes_on = (grids["old_code"] != NOWHERE) & (grids["new_code"] != NOWHERE)
    named = found.workers[found.workers.index != NOWHERE]
    stirred = ((named["gained"] > 0) | (named["lost"] > 0)).sum()
    workers = {
        "grids": int((goes_on & (grids["old_worker"] != grids["new_worker"])).sum()),
        "workers": int(stirred),
    }
    boards = found.boards["action"].value_counts()
    actions = {name: int(boards.get(name, 0)) for name in ("put_up", "take_down", "replace")}
    said = [Message("compare.of_workers", workers)] if len(named) else []
    said.append(Message("compare.of_boards", actions))
    if len(found.incidents):
        said.append(Message("compare.of_incidents", {"count": len(found.incidents)}))
    return said


def _of_codes(found: Comparison) -> list[Message]:
    """Warn of codes that do not keep the rule of codes."""
    grids, boards = found.grids, found.boards
    elsewhere = boards.index[boards["reasons"] == "place"].tolist()
    lesser = grids.loc[grids["on_lesser_piece"], "new_code"].tolist()
    return [
        Message(key, {"count": len(codes), "codes": _listed(codes)})
        for key, codes in (
            ("compare.codes_elsewhere", elsewhere),
            ("compare.codes_on_lesser_piece", lesser),
        )
        if codes
    ]


def _listed(codes: list[str]) -> str:
    return ", ".join(codes[:CODES_SHOWN]) + (", …" if len(codes) > CODES_SHOWN else "")


def _show_tables(terminal: Terminal, found: Comparison) -> None:
    language = terminal.language
    changed = found.grids[~found.grids["kind"].isin(QUIET)]
    _show(terminal, "grids", GRID_HEADS, [_grid(row, language) for row in list_records(changed)])
    moves = list_moves(found)[list(MOVE_HEADS)]
    _show(terminal, "moves", MOVE_HEADS, [_texts(row) for row in list_records(moves)])
    workers = list_tables(found)["workers"].drop(columns=["old_grids", "new_grids"])
    workers["worker_id"] = workers["worker_id"].replace("", _vacant(language))
    if (found.workers.index != NOWHERE).any():
        _show(terminal, "workers", WORKER_HEADS, [_texts(row) for row in list_records(workers)])
    incidents = list_tables(found)["incidents"]
    _show(terminal, "incidents", INCIDENT_HEADS, [_texts(row) for row in list_records(incidents)])
    boards = [_board(row, language) for row in list_records(found.boards.reset_index())]
    _show(terminal, "boards", BOARD_HEADS, boards)


def _show(terminal: Terminal, name: str, heads: tuple[str, ...], rows: list[list[str]]) -> None:
    """Show the first rows of a list, and say what it is and how many more there are."""
    if not rows:
        return
    terminal.tell("")
    terminal.tell(Message(f"compare.list_{name}").text(terminal.language))
    terminal.show_table(heads, rows[:ROWS_SHOWN], whole=CODES)
    if len(rows) > ROWS_SHOWN:
        more = Message("compare.more", {"count": len(rows) - ROWS_SHOWN})
        terminal.tell(more.text(terminal.language))


def _grid(row: dict[str, Any], language: Language) -> list[str]:
    before, after = row["households_before"], row["households_after"]
    same = row["old_code"] == row["new_code"]
    return [
        Message(f"compare.kind_{row['kind']}").text(language),
        row["old_code"] or "–",
        "=" if same else row["new_code"] or "–",
        f"{before:,}" if before == after else f"{before:,}→{after:,}",
        *(
            "–" if share is None or not row["old_code"] else _percent(share)
            for share in (row["homes_kept"], row["ground_kept"])
        ),
    ]


def _percent(share: float) -> str:
    """Write a share in five letters at most; only all of it is 100%."""
    return "100%" if share == 1 else f"{min(share, 0.999):.1%}"


def _board(row: dict[str, Any], language: Language) -> list[str]:
    action = Message(f"compare.board_{row['action']}").text(language)
    return [action, row["grid_code"], spell_reasons(row["reasons"], language)]


def _texts(row: dict[str, Any]) -> list[str]:
    return [f"{value:,}" if isinstance(value, int) else str(value) or "–" for value in row.values()]


def _vacant(language: Language) -> str:
    return Message("compare.vacant").text(language)
