"""
What is published for everybody to read: the grids in force, never a resident.

A figure under five would say something of somebody who can be found, so it is not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from gridmap.errors import MissingError
from gridmap.messages import Message
from gridmap.store.terms import IN_FORCE

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

FEWEST: Final = 5
"""The least number of households that is told (figures under five are suppressed)."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One community whose grids are in force; `sha256` is of the certificate."""

    community: str
    name: str
    version: int
    since: datetime
    grids: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PublishedGrid:
    """
    One grid in force; `households` is None where there are fewer than `FEWEST`.

    `outline` is a path of SVG and `label` a place inside it, both in units of `Sketch`.
    """

    code: str
    name: str
    kind: str
    households: int | None
    worker: str
    bounds: Message | None
    outline: str
    label: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sketch:
    """How large the drawing of a community is, in metres of Web Mercator."""

    width: float
    height: float


def list_notices(session: Session, *, at: datetime) -> list[Notice]:
    """
    List the communities whose grids are in force.

    Parameters
    ----------
    session
        Open transaction.
    at
        When, with its zone.

    Returns
    -------
    notices
        In the order of their codes.
    """
    return [Notice(*row) for row in session.execute(text(_NOTICES), {"at": at, "community": None})]


def read_notice(
    session: Session, community: str, *, at: datetime
) -> tuple[Notice, Sketch, list[PublishedGrid]]:
    """
    Read what is published of a community.

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
    notice, sketch, grids
        The grids in the order of their codes.

    Raises
    ------
    MissingError
        If none of its grids were in force then.
    """
    asked = {"at": at, "community": community}
    found = session.execute(text(_NOTICES), asked).first()
    if found is None:
        raise MissingError(Message("store.no_notice", {"community": community}))
    notice = Notice(*found)
    here = {"version": notice.version, "community": community}
    sketch = Sketch(*session.execute(text(_SKETCH), here).one())
    grids = [
        PublishedGrid(
            code=row.code,
            name=row.name,
            kind=row.kind,
            households=None if 0 < row.households < FEWEST else row.households,
            worker=row.worker,
            bounds=Message.from_json(row.bounds) if row.bounds else None,
            outline=row.outline,
            label=(row.x, row.y),
        )
        for row in session.execute(text(_GRIDS), here)
    ]
    return notice, sketch, grids


_NOTICES: Final = f"""{IN_FORCE}
    SELECT f.community_code, c.name, f.version_id, f.valid_from,
           (SELECT count(*) FROM gridmap.grid g
            WHERE g.version_id = f.version_id AND g.community_code = f.community_code),
           coalesce(t.sha256, '')
    FROM in_force f
    JOIN gridmap.plan_community p USING (version_id, community_code)
    JOIN gridmap.community c ON c.dataset_id = p.dataset_id AND c.code = p.community_code
    LEFT JOIN gridmap.certificate t USING (version_id)
    WHERE CAST(:community AS text) IS NULL OR f.community_code = :community
    ORDER BY f.community_code
"""  # noqa: S608 (constants)

_HERE: Final = """
    WITH here AS (
        SELECT code, name, kind, households, worker, bounds, ST_Transform(geom, 3857) AS geom
        FROM gridmap.grid WHERE version_id = :version AND community_code = :community
    ), extent AS (
        SELECT ST_XMin(e) AS west, ST_YMin(e) AS south, ST_XMax(e) AS east, ST_YMax(e) AS north
        FROM (SELECT ST_Extent(geom) AS e FROM here) AS measured
    )
"""

_SKETCH: Final = f"{_HERE} SELECT east - west, north - south FROM extent"  # noqa: S608 (constants)

# SVG's second axis points down: what lies north has a smaller y, and the drawing begins at 0.
_GRIDS: Final = f"""{_HERE}
    SELECT code, name, kind, households, worker, bounds::text AS bounds,
           ST_AsSVG(ST_Translate(geom, -west, -north), 0, 1) AS outline,
           ST_X(inside) - west AS x, north - ST_Y(inside) AS y
    FROM here, extent, LATERAL ST_PointOnSurface(geom) AS inside ORDER BY code
"""  # noqa: S608 (constants)
