"""What was in force when: whose grid a place, a building or a code was in on any day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, text

from gridmap.errors import MissingError, RefusedError
from gridmap.messages import Message
from gridmap.store.tables import GridRow, PublicationRow
from gridmap.store.terms import IN_FORCE

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Owner:
    """The grid that a place, a household or a code was in at some time, and since when."""

    version: int
    community: str
    code: str
    name: str
    worker: str
    since: datetime


def find_owner(
    session: Session,
    community: str,
    *,
    at: datetime,
    place: tuple[float, float] | None = None,
    building: str | None = None,
    code: str | None = None,
) -> Owner:
    """
    Tell whose grid one of these was in at some time, within a community.

    Parameters
    ----------
    session
        Open transaction.
    community
        Its code: what lies elsewhere is not told.
    at
        When, with its zone.
    place, building, code
        Exactly one of them: longitude and latitude, the id of a building, or the code of a grid.

    Returns
    -------
    owner
        The one grid.

    Raises
    ------
    RefusedError
        If none of them is given, or more than one.
    MissingError
        If nothing was in force there then.
    """
    if sum(each is not None for each in (place, building, code)) != 1:
        raise RefusedError(Message("store.ask_for_one"))
    if place is not None:
        found = owner_of_place(session, *place, at=at)
    elif building is not None:
        found = owner_of_building(session, building, at=at)
    else:
        found = owner_of_code(session, str(code), at=at)
    if found is None or found.community != community:
        raise MissingError(Message("store.not_in_force"))
    return found


def list_publications(session: Session, community: str) -> list[PublicationRow]:
    """
    List what was and will be in force in a community.

    Parameters
    ----------
    session
        Open transaction.
    community
        Its code.

    Returns
    -------
    publications
        In the order of the days they begin on.
    """
    asked = select(PublicationRow).where(PublicationRow.community_code == community)
    return list(session.scalars(asked.order_by(PublicationRow.valid_from)))


def list_codes(session: Session, community: str) -> list[str]:
    """
    List the codes that are given out for good in a community.

    Parameters
    ----------
    session
        Open transaction.
    community
        Its code.

    Returns
    -------
    codes
        Of every grid that was or will be in force, in order, those that have ended too.
    """
    published = (GridRow.version_id == PublicationRow.version_id) & (
        GridRow.community_code == PublicationRow.community_code
    )
    asked = select(GridRow.code).join(PublicationRow, published)
    asked = asked.where(PublicationRow.community_code == community)
    return list(session.scalars(asked.distinct().order_by(GridRow.code)))


def publication_in_force(session: Session, community: str, *, at: datetime) -> PublicationRow:
    """
    Find what is in force in a community at some time.

    Parameters
    ----------
    session
        Open transaction.
    community
        Its code.
    at
        When, with its zone.

    Returns
    -------
    publication
        The last one that had begun by then.

    Raises
    ------
    MissingError
        If there was none yet.
    """
    begun = [row for row in list_publications(session, community) if row.valid_from <= at]
    if not begun:
        raise MissingError(Message("store.nothing_in_force", {"community": community}))
    return begun[-1]


def owner_of_place(
    session: Session, longitude: float, latitude: float, *, at: datetime
) -> Owner | None:
    """
    Tell whose grid a place was in at some time.

    Parameters
    ----------
    session
        Open transaction.
    longitude, latitude
        In degrees.
    at
        When, with its zone.

    Returns
    -------
    owner
        The one grid; of two that share the line the place lies on, the one of the lower code.
        None where nothing was in force.
    """
    return _owner(session, _PLACE, {"x": longitude, "y": latitude, "at": at})


def owner_of_building(session: Session, building: str, *, at: datetime) -> Owner | None:
    """
    Tell whose grid the households of a building were in at some time.

    Parameters
    ----------
    session
        Open transaction.
    building
        Its id.
    at
        When, with its zone.

    Returns
    -------
    owner
        The one grid, None where nothing was in force.
    """
    return _owner(session, _BUILDING, {"building": building, "at": at})


def owner_of_code(session: Session, code: str, *, at: datetime) -> Owner | None:
    """
    Tell whether a grid was in force at some time, and who worked there.

    Parameters
    ----------
    session
        Open transaction.
    code
        Of the grid.
    at
        When, with its zone.

    Returns
    -------
    owner
        The grid, None where it was not in force.
    """
    return _owner(session, _CODE, {"code": code, "at": at})


def _owner(session: Session, question: str, fields: dict[str, Any]) -> Owner | None:
    found = session.execute(text(question), fields).first()
    return None if found is None else Owner(*found)


_FOUND: Final = f"""{IN_FORCE}
    SELECT g.version_id, g.community_code, g.code, g.name, g.worker, p.valid_from
    FROM in_force p JOIN gridmap.grid g
        ON g.version_id = p.version_id AND g.community_code = p.community_code
"""  # noqa: S608 (no value of anybody's is put in)

_PLACE: Final = f"""{_FOUND}
    WHERE g.geom && ST_SetSRID(ST_Point(:x, :y), 4326)
        AND ST_Intersects(g.geom, ST_SetSRID(ST_Point(:x, :y), 4326))
    ORDER BY g.code LIMIT 1
"""

_BUILDING: Final = f"""{_FOUND}
    JOIN gridmap.assignment a ON a.version_id = g.version_id AND a.grid_code = g.code
    WHERE a.building_id = :building ORDER BY p.valid_from DESC LIMIT 1
"""

_CODE: Final = f"""{_FOUND}
    WHERE g.code = :code ORDER BY p.valid_from DESC LIMIT 1
"""
