"""What is to be said beside each row of a table: its faults, and the building that is offered."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gridmap.layers.formats.headers import OWN, known_names
from gridmap.layers.workbook.cells import colour_of
from gridmap.messages import LANGUAGES, Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pandas import DataFrame

    from gridmap.messages import Language
    from gridmap.schema import Fault

GRAVITY: Final = {"refused": 0, "repaired": 2}
OF_A_BIN: Final = 1
HEADS: Final = ("fault", "suggestion")


@dataclass(frozen=True, slots=True)
class Note:
    """What is said beside one row."""

    fault: str
    suggestion: str
    colour: str


@dataclass(frozen=True, slots=True)
class Notes:
    """
    What is said beside the rows of one table.

    `by_sheet` gives notes by sheet ("" where the table has but one) and line. `known` are the
    names that columns of the layer have, by which the header is found; `heads` those of the two
    columns that are added.
    """

    by_sheet: Mapping[str, Mapping[int, Note]]
    known: frozenset[str]
    heads: tuple[str, str]
    to_defuse: frozenset[tuple[str, int]] = frozenset()  # rows with a formula that starts programs

    def of(self, sheet: str, *, is_first: bool) -> Mapping[int, Note]:
        """Give the notes of a sheet; those of no sheet are of the first one that is read."""
        if sheet in self.by_sheet:
            return self.by_sheet[sheet]
        return self.by_sheet.get("", {}) if is_first else {}


def is_own(head: object) -> bool:
    """
    Tell a column that gridmap added from the user's own.

    Parameters
    ----------
    head
        A cell of the header.

    Returns
    -------
    own
        In either language.
    """
    return isinstance(head, str) and head.strip() in {
        f"{OWN}{Message(f'ledger.head_{name}').text(language)}"
        for name in HEADS
        for language in LANGUAGES
    }


def note_rows(
    layer: str,
    faults: Iterable[Fault],
    offers: DataFrame | None,
    language: Language,
    *,
    columns: Iterable[str] = (),
) -> Notes:
    """
    Collect what is to be said beside the rows of a layer.

    Parameters
    ----------
    layer
        Name of the layer.
    faults
        Of all layers.
    offers
        Near matches, for the ledger; the best of each row is suggested.
    language
        To say it in.
    columns
        Names that a mapping gives the columns of the layer.

    Returns
    -------
    notes
        One a row that has a fault or an offer.
    """
    of_row: dict[tuple[str, int], list[Fault]] = defaultdict(list)
    for fault in faults:
        if fault.layer == layer and fault.row is not None:
            of_row[fault.sheet, fault.row].append(fault)
    suggested = {} if offers is None or layer != "households" else _suggested(offers, language)
    by_sheet: dict[str, dict[int, Note]] = defaultdict(dict)
    for sheet, row in sorted({*of_row, *suggested}):
        found = sorted(of_row[sheet, row], key=_gravity)
        text = "\n".join(dict.fromkeys(fault.text(language) for fault in found))
        colour = colour_of(found[0].kind, found[0].level) if found else ""
        by_sheet[sheet][row] = Note(text, suggested.get((sheet, row), ""), colour)
    running = {key for key, found in of_row.items() if any(f.kind == "cell_formula" for f in found)}
    head, other = (f"{OWN}{Message(f'ledger.head_{name}').text(language)}" for name in HEADS)
    return Notes(by_sheet, known_names(layer, columns), (head, other), frozenset(running))


def _gravity(fault: Fault) -> int:
    """Order by what keeps a household from its place."""
    is_bin = colour_of(fault.kind, fault.level) != colour_of("", fault.level)
    return OF_A_BIN if is_bin else GRAVITY.get(fault.level, 3)


def _suggested(offers: DataFrame, language: Language) -> dict[tuple[str, int], str]:
    best = offers.drop_duplicates(["sheet", "row"])
    columns = ("sheet", "row", "building_id", "building_address", "score")
    lists = (best[name].tolist() for name in columns)
    return {
        (sheet, row): Message(
            "ledger.suggestion",
            {"building": building, "address": address, "share": f"{score:.0%}"},
        ).text(language)
        for sheet, row, building, address, score in zip(*lists, strict=True)
    }
