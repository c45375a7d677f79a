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
    word = Speech(language)
    contents: dict[Part, dict[str, Any]] = {
        "map": {"sheets": _map_sheets(filing, word)},
        "table": _listed(filing, word, _table_sections(filing, word)),
        "reasons": _listed(filing, word, [_exceptions(filing, word, title="")]),
        "certificate": _listed(filing, word, _certificate_sections(filing, word)),
    }
    sheets: dict[Part, bytes] = {}
    for part in PARTS:
        data = _frame(filing, word, part) | {"family": family} | contents[part]
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


def _frame(filing: Filing, word: Speech, part: Part) -> dict[str, Any]:
    """Say what stands on every sheet of a part."""
    other = next(language for language in LANGUAGES if language != word.language)
    return {
        "part": part,
        "language": word.language,
        "across": part in ACROSS,
        "title": word(f"title_{part}"),
        "subtitle": Speech(other)(f"title_{part}"),
        "footer": word("footer", version=filing.version, sha256=filing.sha256[:16]),
    }


def _listed(filing: Filing, word: Speech, sections: list[dict[str, Any]]) -> dict[str, Any]:
    places = [filing.called(code) for code in filing.communities]
    return {
        "place": breakable(word("separator").join(places)),
        "facts": _facts(filing, word, list_grids(filing, word.language)),
        "sections": sections,
    }


def _facts(filing: Filing, word: Speech, grids: Sequence[GridLine]) -> list[tuple[str, str]]:
    return [
        (word("version"), str(filing.version)),
        (word("in_force"), at_time(filing.certificate["valid_from"], word.language)),
        (word("grids"), f"{len(grids):,}"),
        (word("households"), f"{sum(grid.households for grid in grids):,}"),
        (word("persons"), f"{sum(grid.persons for grid in grids):,}"),
        (word("buildings"), f"{sum(grid.buildings for grid in grids):,}"),
    ]


def _map_sheets(filing: Filing, word: Speech) -> list[dict[str, Any]]:
    lines = list_grids(filing, word.language)
    sheets = []
    for code in filing.communities:
        grids = filing.draft.grids[filing.draft.grids["community_code"] == code]
        sketch = draw_sketch(grids, filing.roads, filing.water, community=code, north=word("north"))
        here = [line for line in lines if line.community == code]
        scale = (word("scale"), f"1:{sketch.scale}")
        note = word("map_note", prefix=sketch.prefix) if sketch.prefix else word("map_note_whole")
        sheets.append(
            {
                "place": _place(filing, code),
                "across": sketch.is_across,
                "facts": [*_facts(filing, word, here), scale],
                "svg": sketch.svg,
                "width": sketch.width_mm,
                "note": note,
            }
        )
    return sheets


def _place(filing: Filing, code: str) -> str:
    name = filing.called(code)
    return breakable(name if name == code else f"{name}  {code}")


def _table_sections(filing: Filing, word: Speech) -> list[dict[str, Any]]:
    lines = list_grids(filing, word.language)
    return [
        _section(
            word,
            GRID_COLUMNS,
            [_grid_cells(line, word) for line in lines if line.community == code],
            title=_place(filing, code),
        )
        for code in filing.communities
    ]


def _grid_cells(line: GridLine, word: Speech) -> list[str]:
    return [
        line.code,
        line.name,
        f"{line.households:,}",
        f"{line.persons:,}",
        f"{line.buildings:,}",
        f"{line.area_m2 / 10_000:,.2f}",
        line.bounds,
        line.worker or word("vacant"),
        line.status,
        line.reason,
    ]


def _exceptions(filing: Filing, word: Speech, *, title: str) -> dict[str, Any]:
    lines = list_exceptions(filing, word.language)
    rows = [[line.code, line.rule, line.cause, line.why, line.by, line.at] for line in lines]
    note = word("exceptions_are", count=len(lines)) if lines else word("no_exceptions")
    return _section(word, EXCEPTION_COLUMNS, rows, title=title, note=note)


def _certificate_sections(filing: Filing, word: Speech) -> list[dict[str, Any]]:
    return [
        _section(word, {}, [], title="", note=_verdict(filing, word)),
        _balance(filing.certificate["balance"], word),
        _rule(filing.certificate["rules"], word),
        _exceptions(filing, word, title=word("exceptions")),
        _data(filing.certificate["data"], word),
        _steps(filing, word),
        _section(
            word,
            {},
            [],
            title=word("hash"),
            note=f"{breakable(filing.sha256)}\n{word('hash_how', version=filing.version)}",
        ),
    ]


def _verdict(filing: Filing, word: Speech) -> str:
    """Certify no more than is so: households without a place are said to be that."""
    balance = filing.certificate["balance"]
    ledger, placed = balance["ledger"], balance["placed"]
    if ledger == placed:
        return word("certified_all", version=filing.version, households=f"{placed:,}")
    counts = {"ledger": ledger, "placed": placed, "others": ledger - placed}
    told = {name: f"{count:,}" for name, count in counts.items()}
    return word("certified_part", version=filing.version, **told)


def _balance(balance: Mapping[str, Any], word: Speech) -> dict[str, Any]:
    rows = [
        [
            Message(f"map.bin_{name}").text(word.language),
            f"{balance[name]:,}",
            f"{balance['persons'][name]:,}",
        ]
        for name in BINS
    ]
    sums = [
        [word(f"sum_{name}"), f"{balance[name]:,}", f"{balance['persons'][name]:,}"]
        for name in ("ledger", "grids")
    ]
    columns = {"bin": 4.0, "households": 2.0, "persons": 2.0}
    note = word("balanced") if balance["balanced"] else ""
    return _section(word, columns, [*rows, *sums], title=word("balance"), note=note)


def _rule(rules: Mapping[str, Any], word: Speech) -> dict[str, Any]:
    told = {name: rules[name] for name in ("profile", "low", "high", "target", "persons_cap")}
    note = word("rule_is", **told)
    return _section(word, {}, [], title=word("rule"), note=note)


def _data(data: Mapping[str, Any], word: Speech) -> dict[str, Any]:
    imported = at_time(data["imported_at"], word.language)
    note = word("data_is", dataset=data["dataset"], time=imported)
    rows = [[layer, print_] for layer, print_ in sorted(data["layers"].items())]
    return _section(word, {"layer": 2.0, "fingerprint": 8.0}, rows, title=word("data"), note=note)


def _steps(filing: Filing, word: Speech) -> dict[str, Any]:
    rows = [
        [
            word(f"step_{step['step']}"),
            step["by"],
            at_time(step["at"], word.language),
            word(f"way_{step['way']}"),
            "",
        ]
        for step in filing.certificate["steps"]
    ]
    columns = {"step": 2.0, "taker": 3.0, "at": 3.5, "way": 3.0, "signature": 4.0}
    return _section(word, columns, rows, title=word("steps"))


def _section(
    word: Speech,
    columns: Mapping[str, float],
    rows: list[list[str]],
    *,
    title: str,
    note: str = "",
) -> dict[str, Any]:
    return {
        "title": title,
        "note": note,
        "heads": [word(f"column_{name}") for name in columns],
        "widths": list(columns.values()),
        "sides": ["right" if name in NUMBERS else "left" for name in columns],
        "rows": [[breakable(text) for text in row] for row in rows],
    }
