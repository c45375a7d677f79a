"""What is filed of one published version, and how words are put for all parts alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from gridmap.maps.tally import size_class
from gridmap.messages import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geopandas import GeoDataFrame

    from gridmap.maps.page import OfflineMap
    from gridmap.messages import Language
    from gridmap.plan.model import Draft

CLOCK: Final[Mapping[Language, timezone]] = {"zh": timezone(timedelta(hours=8)), "en": UTC}
"""Certificates keep UTC; a sheet in Chinese shows the one time of China, and says so."""

UNBREAKABLE: Final = re.compile(r"[\w./-]{20,}", re.ASCII)
"""A word without a place to break that would not fit into a narrow column."""

PIECE: Final = 10
ZERO_WIDTH_SPACE: Final = "\u200b"


@dataclass(frozen=True, slots=True, eq=False)
class Filing:
    """
    One published version with its certificate.

    `draft` has no faults: they may speak of households. `certified` are its grids as the
    certificate's hash has them, in degrees; `names` are those of its communities, `roads` and
    `water` what lies near them, in the metres of the draft; `page` is the coverage map.
    """

    version: int
    draft: Draft
    certificate: Mapping[str, Any]
    sha256: str
    document: bytes
    certified: GeoDataFrame
    names: Mapping[str, str]
    roads: GeoDataFrame
    water: GeoDataFrame
    page: OfflineMap

    @property
    def published_at(self) -> datetime:
        """When the version was published: every part of the pack bears this time."""
        taken = {step["step"]: step["at"] for step in self.certificate["steps"]}
        return datetime.fromisoformat(taken["published"])

    @property
    def communities(self) -> list[str]:
        """Codes of its communities that have grids, in order."""
        return sorted(set(self.draft.grids["community_code"]))

    def called(self, community: str) -> str:
        """Give the name of a community, or its code where it has none."""
        return self.names.get(community, "") or community


@dataclass(frozen=True, slots=True)
class GridLine:
    """One grid as it stands in a table, in one language."""

    code: str
    name: str
    community: str
    households: int
    persons: int
    buildings: int
    area_m2: float
    bounds: str
    worker: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExceptionLine:
    """One signed exception as it stands in a table, in one language."""

    code: str
    rule: str
    cause: str
    why: str
    by: str
    at: str


def list_grids(filing: Filing, language: Language) -> list[GridLine]:
    """
    List the grids of a version.

    Parameters
    ----------
    filing
        The version.
    language
        To say it in.

    Returns
    -------
    lines
        In the order of communities, then codes.
    """
    grids = filing.draft.grids.reset_index()
    grids = grids.sort_values(["community_code", "grid_code"], kind="stable")
    return [
        GridLine(
            code=row["grid_code"],
            name=row["name"],
            community=row["community_code"],
            households=int(row["households"]),
            persons=int(row["persons"]),
            buildings=int(row["buildings"]),
            area_m2=float(row["area_m2"]),
            bounds=spoken(row["bounds"], language),
            worker=row["worker"],
            status=Message(f"map.status_{size_class(row['kind'], row['status'])}").text(language),
            reason=spoken(row["reason"], language),
        )
        for row in grids.to_dict("records")
    ]


def list_exceptions(filing: Filing, language: Language) -> list[ExceptionLine]:
    """
    List what was published out of the rule, and who answers for it.

    Parameters
    ----------
    filing
        The version.
    language
        To say it in.

    Returns
    -------
    lines
        In the order of the codes.
    """
    reasons = filing.draft.grids["reason"].to_dict()
    return [
        ExceptionLine(
            code=said["code"] or Message("filing.whole_plan").text(language),
            rule=Message(f"filing.rule_{said['rule']}").text(language),
            cause=spoken(reasons.get(said["code"], ""), language) if said["rule"] == "band" else "",
            why=said["why"],
            by=said["by"],
            at=at_time(said["at"], language),
        )
        for said in filing.certificate["exceptions"]
    ]


def at_time(when: str, language: Language) -> str:
    """
    Write a time for a sheet.

    Parameters
    ----------
    when
        As a certificate has it.
    language
        Chooses the clock.

    Returns
    -------
    written
        To the minute, with the clock it is by.
    """
    local = datetime.fromisoformat(when).astimezone(CLOCK[language])
    return Message("filing.time", {"time": f"{local:%Y-%m-%d %H:%M}"}).text(language)


def spoken(line: str, language: Language) -> str:
    """
    Say a kept message.

    Parameters
    ----------
    line
        `Message.to_json`, or "".
    language
        To say it in.

    Returns
    -------
    text
        "" for none.
    """
    return Message.from_json(line).text(language) if line else ""


def breakable(text: str) -> str:
    """
    Let a word that is too long for a column go on in the next line.

    Parameters
    ----------
    text
        To be printed.

    Returns
    -------
    text
        It looks the same.
    """
    return UNBREAKABLE.sub(_in_pieces, text)


def _in_pieces(word: re.Match[str]) -> str:
    text = word.group()
    return ZERO_WIDTH_SPACE.join(text[at : at + PIECE] for at in range(0, len(text), PIECE))
