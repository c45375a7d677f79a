"""
What people decided about a ledger, once, to be replayed on every later import.

A near match is only ever offered; a person takes it or turns it down, and a row may be waived.
Each decision bears a name and a time, is never edited, and a later one about the same subject
goes before an earlier one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

Verdict = Literal["match", "reject", "waive", "restore"]
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
WITHOUT_BUILDING: Final[tuple[Verdict, ...]] = ("waive", "restore")
DECISIONS_FILE: Final = "decisions.csv"
"""What is decided without a database is kept under this name beside the layers."""


@dataclass(frozen=True, slots=True)
class Decision:
    """
    One decision.

    `subject` is the normalised address for `match` and `reject`. For `waive`, and for `restore`
    which takes a waiver back, it is the household id, or the normalised address of a household
    that has no id of its own. `building_id` is the building that was taken or turned down, "" for
    `waive` and `restore`.
    """

    verdict: Verdict
    subject: str
    building_id: str = ""
    reason: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """All decisions about one ledger, oldest first."""

    history: tuple[Decision, ...] = ()

    def __iter__(self) -> Iterator[Decision]:
        return iter(self.history)

    def __len__(self) -> int:
        return len(self.history)

    def matches(self) -> dict[str, str]:
        """Give the building taken for each normalised address; the last word counts."""
        taken: dict[str, str] = {}
        for one in self.history:
            if one.verdict == "match":
                taken[one.subject] = one.building_id
            elif one.verdict == "reject" and taken.get(one.subject) == one.building_id:
                del taken[one.subject]
        return taken

    def rejected(self) -> set[tuple[str, str]]:
        """Give the pairs of normalised address and building that are not to be offered again."""
        turned_down: set[tuple[str, str]] = set()
        for one in self.history:
            pair = (one.subject, one.building_id)
            if one.verdict == "reject":
                turned_down.add(pair)
            elif one.verdict == "match":
                turned_down.discard(pair)
        return turned_down

    def waived(self) -> dict[str, Decision]:
        """Give the decision that set each household aside that is waived still."""
        aside: dict[str, Decision] = {}
        for one in self.history:
            if one.verdict == "waive":
                aside[one.subject] = one
            elif one.verdict == "restore":
                aside.pop(one.subject, None)
        return aside

    def with_more(self, more: Iterable[Decision]) -> Decisions:
        """Add later decisions; one that is already there word for word is not repeated."""
        known = set(self.history)
        fresh = [one for one in dict.fromkeys(more) if one not in known]
        return Decisions((*self.history, *fresh))


NO_DECISIONS: Final = Decisions()
