"""The sheets of a filing pack as PDF: map, table, reasons and certificate."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal

import typst

from gridmap.filing.fonts import find_fonts
from gridmap.filing.record import at_time, breakable, list_exceptions, list_grids
from gridmap.filing.sketch import draw_sketch
from gridmap.layers.balance import BINS
from gridmap.messages import LANGUAGES, Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gridmap.filing.record import Filing, GridLine
    from gridmap.messages import Language

Part = Literal["map", "table", "reasons", "certificate"]
PARTS: Final[tuple[Part, ...]] = ("map", "table", "reasons", "certificate")
ACROSS: Final[frozenset[Part]] = frozenset({"table", "reasons"})

GRID_COLUMNS: Final = {
    "code": 3.4,
    "name": 3.0,
    "households": 2.0,
    "persons": 1.6,
    "buildings": 1.8,
    "area": 1.8,
    "bounds": 6.6,
    "worker": 2.4,
    "status": 2.0,
    "reason": 5.0,
}
"""Columns of the table and their widths, in parts of the whole."""

EXCEPTION_COLUMNS: Final = {
    "code": 3.4,
    "rule": 2.6,
    "cause": 5.5,
    "why": 5.5,
    "by": 2.4,
    "at": 3.8,
}
NUMBERS: Final = frozenset({"households", "persons", "buildings", "area"})


@dataclass(frozen=True, slots=True)
class Speech:
    """Words of this chapter in one language."""

    language: Language

    def __call__(self, name: str, **fields: str | int) -> str:
        """Say one of them."""
        return Message(f"filing.{name}", fields).text(self.language)


def set_pages(
    filing: Filing, *, language: Language, fonts: Path | None = None
) -> dict[Part, bytes]:
    """
    Set the sheets of a version.

    Parameters
    ----------
    filing
        The version.
    language
        That they are in; titles are in both.
    fonts
        Folder with fonts; None is those of the system.

    Returns
    -------
    sheets
        PDF by part, on A4. The same version gives the same bytes, with the same fonts.

    Raises
    ------
    FontError
        If there is no font with Chinese.
    """
    found, family = find_fonts(fonts)
    template = files("gridmap.filing").joinpath("pages.typ").read_bytes()
    say = Speech(language)
    contents: dict[Part, dict[str, Any]] = {
        "map": {"sheets": _map_sheets(filing, say)},
        "table": _listed(filing, say, _table_sections(filing, say)),
        "reasons": _listed(filing, say, [_exceptions(filing, say, title="")]),
        "certificate": _listed(filing, say, _certificate_sections(filing, say)),
    }
    sheets: dict[Part, bytes] = {}
    for part in PARTS:
        data = _frame(filing, say, part) | {"family": family} | contents[part]
        text = json.dumps(data, ensure_ascii=False)
        made = typst.compile(
            template,
            format="pdf",
            font_paths=found,
            ignore_system_fonts=True,  # those that were found are all there are
            sys_inputs={"data": text},
            timestamp=int(filing.published_at.timestamp()),
        )
        assert isinstance(made, bytes)  # noqa: S101 (one document)
        sheets[part] = made
    return sheets


def _frame(filing: Filing, say: Speech, part: Part) -> dict[str, Any]:
    """Say what stands on every sheet of a part."""
    other = next(language for language in LANGUAGES if language != say.language)
    return {
        "part": part,
        "language": say.language,
        "across": part in ACROSS,
        "title": say(f"title_{part}"),
        "subtitle": Speech(other)(f"title_{part}"),
        "footer": say("footer", version=filing.version, sha256=filing.sha256[:16]),
    }


def _listed(filing: Filing, say: Speech, sections: list[dict[str, Any]]) -> dict[str, Any]:
    places = [filing.called(code) for code in filing.communities]
    return {
        "place": breakable(say("separator").join(places)),
        "facts": _facts(filing, say, list_grids(filing, say.language)),
        "sections": sections,
    }


def _facts(filing: Filing, say: Speech, grids: Sequence[GridLine]) -> list[tuple[str, str]]:
    return [
        (say("version"), str(filing.version)),
        (say("in_force"), at_time(filing.certificate["valid_from"], say.language)),
        (say("grids"), f"{len(grids):,}"),
        (say("households"), f"{sum(grid.households for grid in grids):,}"),
        (say("persons"), f"{sum(grid.persons for grid in grids):,}"),
        (say("buildings"), f"{sum(grid.buildings for grid in grids):,}"),
    ]


def _map_sheets(filing: Filing, say: Speech) -> list[dict[str, Any]]:
    lines = list_grids(filing, say.language)
    sheets = []
    for code in filing.communities:
        grids = filing.draft.grids[filing.draft.grids["community_code"] == code]
        sketch = draw_sketch(grids, filing.roads, filing.water, community=code, north=say("north"))
        here = [line for line in lines if line.community == code]
        scale = (say("scale"), f"1:{sketch.scale}")
        note = say("map_note", prefix=sketch.prefix) if sketch.prefix else say("map_note_whole")
        sheets.append(
            {
                "place": _place(filing, code),
                "across": sketch.is_across,
                "facts": [*_facts(filing, say, here), scale],
                "svg": sketch.svg,
                "width": sketch.width_mm,
                "note": note,
            }
        )
    return sheets


def _place(filing: Filing, code: str) -> str:
    name = filing.called(code)
    return breakable(name if name == code else f"{name}  {code}")


def _table_sections(filing: Filing, say: Speech) -> list[dict[str, Any]]:
    lines = list_grids(filing, say.language)
    return [
        _section(
            say,
            GRID_COLUMNS,
            [_grid_cells(line, say) for line in lines if line.community == code],
            title=_place(filing, code),
        )
        for code in filing.communities
    ]


def _grid_cells(line: GridLine, say: Speech) -> list[str]:
    return [
        line.code,
        line.name,
        f"{line.households:,}",
        f"{line.persons:,}",
        f"{line.buildings:,}",
        f"{line.area_m2 / 10_000:,.2f}",
        line.bounds,
        line.worker or say("vacant"),
        line.status,
        line.reason,
    ]


def _exceptions(filing: Filing, say: Speech, *, title: str) -> dict[str, Any]:
    lines = list_exceptions(filing, say.language)
    rows = [[line.code, line.rule, line.cause, line.why, line.by, line.at] for line in lines]
    note = say("exceptions_are", count=len(lines)) if lines else say("no_exceptions")
    return _section(say, EXCEPTION_COLUMNS, rows, title=title, note=note)


def _certificate_sections(filing: Filing, say: Speech) -> list[dict[str, Any]]:
    return [
        _section(say, {}, [], title="", note=_verdict(filing, say)),
        _balance(filing.certificate["balance"], say),
        _rule(filing.certificate["rules"], say),
        _exceptions(filing, say, title=say("exceptions")),
        _data(filing.certificate["data"], say),
        _steps(filing, say),
        _section(
            say,
            {},
            [],
            title=say("hash"),
            note=f"{breakable(filing.sha256)}\n{say('hash_how', version=filing.version)}",
        ),
    ]


def _verdict(filing: Filing, say: Speech) -> str:
    """Certify no more than is so: households without a place are said to be that."""
    balance = filing.certificate["balance"]
    ledger, placed = balance["ledger"], balance["placed"]
    if ledger == placed:
        return say("certified_all", version=filing.version, households=f"{placed:,}")
    counts = {"ledger": ledger, "placed": placed, "others": ledger - placed}
    told = {name: f"{count:,}" for name, count in counts.items()}
    return say("certified_part", version=filing.version, **told)


def _balance(balance: Mapping[str, Any], say: Speech) -> dict[str, Any]:
    rows = [
        [
            Message(f"map.bin_{name}").text(say.language),
            f"{balance[name]:,}",
            f"{balance['persons'][name]:,}",
        ]
        for name in BINS
    ]
    sums = [
        [say(f"sum_{name}"), f"{balance[name]:,}", f"{balance['persons'][name]:,}"]
        for name in ("ledger", "grids")
    ]
    columns = {"bin": 4.0, "households": 2.0, "persons": 2.0}
    note = say("balanced") if balance["balanced"] else ""
    return _section(say, columns, [*rows, *sums], title=say("balance"), note=note)


def _rule(rules: Mapping[str, Any], say: Speech) -> dict[str, Any]:
    told = {name: rules[name] for name in ("profile", "low", "high", "target", "persons_cap")}
    note = say("rule_is", **told)
    return _section(say, {}, [], title=say("rule"), note=note)


def _data(data: Mapping[str, Any], say: Speech) -> dict[str, Any]:
    note = say("data_is", dataset=data["dataset"], time=at_time(data["imported_at"], say.language))
    rows = [[layer, print_] for layer, print_ in sorted(data["layers"].items())]
    return _section(say, {"layer": 2.0, "fingerprint": 8.0}, rows, title=say("data"), note=note)


def _steps(filing: Filing, say: Speech) -> dict[str, Any]:
    rows = [
        [
            say(f"step_{step['step']}"),
            step["by"],
            at_time(step["at"], say.language),
            say(f"way_{step['way']}"),
            "",
        ]
        for step in filing.certificate["steps"]
    ]
    columns = {"step": 2.0, "taker": 3.0, "at": 3.5, "way": 3.0, "signature": 4.0}
    return _section(say, columns, rows, title=say("steps"))


def _section(
    say: Speech,
    columns: Mapping[str, float],
    rows: list[list[str]],
    *,
    title: str,
    note: str = "",
) -> dict[str, Any]:
    return {
        "title": title,
        "note": note,
        "heads": [say(f"column_{name}") for name in columns],
        "widths": list(columns.values()),
        "sides": ["right" if name in NUMBERS else "left" for name in columns],
        "rows": [[breakable(text) for text in row] for row in rows],
    }
