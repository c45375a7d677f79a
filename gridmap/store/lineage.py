"""Lineage: what each grid in force has to do with those before it, kept for the years after."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd
from sqlalchemy import insert, literal, select

from gridmap.comparison import compose_weights
from gridmap.comparison.crosswalk import WEIGHTS
from gridmap.comparison.lists import SUCCESSION, list_succession
from gridmap.errors import MissingError
from gridmap.messages import Message
from gridmap.store.comparisons import compare_versions
from gridmap.store.frames import copy_rows
from gridmap.store.register import list_publications
from gridmap.store.tables import DESCENT, GridRow, LineageRow, PublicationRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pandas import DataFrame
    from sqlalchemy.orm import Session

    Node = tuple[int, str]

Way = Literal["forward", "backward"]


@dataclass(frozen=True, slots=True)
class Link:
    """One grid in force that is a child of one before it."""

    old_version: int
    old_code: str
    new_version: int
    new_code: str
    valid_from: datetime
    kind: str
    households: int
    share_of_area: float
    weight: float


@dataclass(frozen=True, slots=True)
class Ancestry:
    """
    The parents and children of a code through all publications, nearest first.

    `since` is the day the code came in force first, `until` the day it ended, None while it goes
    on. That it stays the same grid from one publication to the next is no link of its own.
    """

    code: str
    since: datetime
    until: datetime | None
    parents: tuple[Link, ...]
    children: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Restatement:
    """How counts by the grids of one publication are restated on another: `WEIGHTS`."""

    start: PublicationRow
    end: PublicationRow
    steps: int
    weights: DataFrame


def record_lineage(session: Session, version: int, community: str) -> None:
    """
    Write down what the grids of a publication have to do with those that were in force before.

    Parameters
    ----------
    session
        Open transaction, in which it is published.
    version
        Number of the version.
    community
        Its code.
    """
    before = [row.version_id for row in list_publications(session, community)]
    before = before[: before.index(version)]
    if not before:
        _record_first(session, version, community)
        return
    rows = list_succession(compare_versions(session, community, before[-1], version))
    here = {"version_id": version, "community_code": community, "old_version": before[-1]}
    copy_rows(session, LineageRow, {**here, **{name: rows[name] for name in SUCCESSION.columns}})


def _record_first(session: Session, version: int, community: str) -> None:
    """Let every grid begin: what was there before was not published."""
    told = {
        "version_id": version,
        "community_code": community,
        "old_code": "",
        "kind": "new",
        "share_of_area": 0.0,
        "measure": "",
        "part": 0,
        "whole": 0,
        "back_measure": "ground",
        "back_part": 1,
        "back_whole": 1,
    }
    grids = select(
        GridRow.code, GridRow.households, *(literal(value) for value in told.values())
    ).where(GridRow.version_id == version, GridRow.community_code == community)
    session.execute(insert(LineageRow).from_select(["new_code", "households", *told], grids))


def trace_ancestry(session: Session, community: str, code: str) -> Ancestry:
    """
    Trace a code through all publications of its community.

    Parameters
    ----------
    session
        Open transaction.
    community
        Its code.
    code
        Of a grid.

    Returns
    -------
    ancestry
        All that it came from and all that came of it.

    Raises
    ------
    MissingError
        If the code was never in force.
    """
    publications = list_publications(session, community)
    asked = select(GridRow.version_id).where(
        GridRow.code == code, GridRow.community_code == community
    )
    held = set(session.scalars(asked))
    lived = [place for place, row in enumerate(publications) if row.version_id in held]
    if not lived:
        raise MissingError(
            Message("store.code_never_in_force", {"code": code, "community": community})
        )
    links = _links(session, community, {row.version_id: row.valid_from for row in publications})
    nodes = [(publications[place].version_id, code) for place in lived]
    ended = lived[-1] + 1
    return Ancestry(
        code=code,
        since=publications[lived[0]].valid_from,
        until=publications[ended].valid_from if ended < len(publications) else None,
        parents=_followed(links, nodes, _end, _start),
        children=_followed(links, nodes, _start, _end),
    )


def restate(session: Session, start: PublicationRow, end: PublicationRow) -> Restatement:
    """
    Compose the crosswalk from one publication of a community to another one.

    Parameters
    ----------
    session
        Open transaction.
    start, end
        Of one community; the second may be the earlier one.

    Returns
    -------
    restatement
        The weights of each grid of the first add up to 1.

    Raises
    ------
    MissingError
        If what lies between was published before lineage was kept.
    """
    publications = list_publications(session, start.community_code)
    numbers = [row.version_id for row in publications]
    first, last = numbers.index(start.version_id), numbers.index(end.version_id)
    way: Way = "forward" if first <= last else "backward"
    between = numbers[min(first, last) + 1 : max(first, last) + 1]
    chain = [_weights(session, version, start.community_code, way) for version in between]
    if way == "backward":
        chain.reverse()
    weights = compose_weights(chain) if chain else _unchanged(session, start)
    return Restatement(start, end, len(chain), weights)


def find_publication(session: Session, community: str, version: int) -> PublicationRow:
    """
    Find the publication of a version in a community.

    Parameters
    ----------
    session
        Open transaction.
    community
        Its code.
    version
        Number of the version.

    Returns
    -------
    publication
        From when on it is in force.

    Raises
    ------
    MissingError
        If it never was.
    """
    row = session.get(PublicationRow, (version, community))
    if row is None:
        fields: dict[str, str | int] = {"version": version, "community": community}
        raise MissingError(Message("store.version_never_in_force", fields))
    return row


def _weights(session: Session, version: int, community: str, way: Way) -> DataFrame:
    row = LineageRow
    back = way == "backward"
    names = ("back_measure", "back_part", "back_whole") if back else ("measure", "part", "whole")
    measure, part, whole = (getattr(row, name) for name in names)
    ends = (row.new_code, row.old_code) if back else (row.old_code, row.new_code)
    asked = (
        select(*ends, measure, part, whole)
        .where(row.version_id == version, row.community_code == community, part > 0)
        .order_by(*ends)
    )
    found = pd.DataFrame(
        [tuple(each) for each in session.execute(asked)],
        columns=["from_code", "to_code", "measure", "part", "whole"],
    )
    if found.empty:
        raise MissingError(Message("store.lineage_not_kept", {"version": version}))
    found["share"] = found["part"] / found["whole"]
    return found.rename_axis(index=WEIGHTS.index).astype(dict(WEIGHTS.columns))


def _unchanged(session: Session, publication: PublicationRow) -> DataFrame:
    """Restate every grid as itself."""
    asked = select(GridRow.code).where(
        GridRow.version_id == publication.version_id,
        GridRow.community_code == publication.community_code,
    )
    codes = list(session.scalars(asked.order_by(GridRow.code)))
    told = {"measure": "households", "part": 1, "whole": 1, "share": 1.0}
    weights = pd.DataFrame({"from_code": codes, "to_code": codes, **told})
    return weights.rename_axis(index=WEIGHTS.index).astype(dict(WEIGHTS.columns))


def _links(session: Session, community: str, days: dict[int, datetime]) -> list[Link]:
    """Read all links of descent in a community, in the order of its publications."""
    row = LineageRow
    asked = select(row).where(row.community_code == community, row.kind.in_(DESCENT))
    links = [
        Link(
            old_version=each.old_version or 0,  # a link of descent has one
            old_code=each.old_code,
            new_version=each.version_id,
            new_code=each.new_code,
            valid_from=days[each.version_id],
            kind=each.kind,
            households=each.households,
            share_of_area=each.share_of_area,
            weight=each.part / each.whole if each.whole else 0.0,
        )
        for each in session.scalars(asked)
    ]
    return sorted(links, key=lambda link: (link.valid_from, link.old_code, link.new_code))


def _start(link: Link) -> Node:
    return link.old_version, link.old_code


def _end(link: Link) -> Node:
    return link.new_version, link.new_code


def _followed(
    links: list[Link],
    nodes: list[Node],
    near: Callable[[Link], Node],
    far: Callable[[Link], Node],
) -> tuple[Link, ...]:
    """Follow links from some grids in force as far as they go; what stays the same is passed."""
    leads: dict[Node, list[Link]] = defaultdict(list)
    for link in links:
        leads[near(link)].append(link)
    seen, found = set(nodes), []
    waiting = list(nodes)
    for node in waiting:
        for link in leads[node]:
            found += [] if link.kind == "same" else [link]
            if far(link) not in seen:
                seen.add(far(link))
                waiting.append(far(link))
    return tuple(found)
