"""
The audit of a stored version, in SQL: is anybody missing, counted twice or in the wrong place.

The guards in `migrations/` refuse most of what is looked for here. The audit looks all the same,
at the rows as they are, because a certificate must not rest on the writer's own word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from pyproj import CRS
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sqlalchemy import text

from gridmap.messages import Message
from gridmap.store.datasets import community_codes, find_dataset, read_balance
from gridmap.store.frames import STORED, read_frame, shapes_of
from gridmap.store.plans import find_version
from gridmap.store.projection import Projection
from gridmap.store.tables import LinkRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from sqlalchemy.orm import Session

    from gridmap.layers.balance import BalanceSheet
    from gridmap.messages import Language
    from gridmap.store.tables import PlanVersionRow

LINK_REACH_M: Final = 20.0
"""A declared link joins the pieces whose edge its ends come this near to."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that must not be, where it is, as a sentence in no language yet."""

    kind: str
    message: Message
    geometry: shapely.Geometry | None = None

    def text(self, language: Language) -> str:
        """Say it in `language`."""
        return self.message.text(language)


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found; `gap_m2` is the ground of each community that no grid holds."""

    version: int
    balance: BalanceSheet
    gap_m2: Mapping[str, float]
    findings: tuple[Finding, ...]

    @property
    def passes(self) -> bool:
        """Is nobody missing and nothing wrong."""
        return self.balance.is_balanced and not self.findings


def audit_version(session: Session, version: int) -> Audit:
    """
    Look through a stored version.

    Parameters
    ----------
    session
        Open transaction.
    version
        Its number.

    Returns
    -------
    audit
        The balance sheet with what the grids hold, summed over the assigned buildings, and
        everything that is wrong: a building in no grid, in two or outside its own; grids that
        overlap, leave their community, are not in one piece (but for declared links) or count
        other homes than they hold; ground of a community in no grid; a household twice or lost.

    Raises
    ------
    StoreError
        If there is no such version.
    """
    row = find_version(session, version)
    dataset = find_dataset(session, row.dataset_id)
    projection = Projection.of(CRS.from_wkt(dataset.metric_crs))
    where = {"version": version, "dataset": dataset.id, "srid": dataset.metric_srid}
    findings = [
        finding
        for kind, question in QUESTIONS.items()
        for finding in _asked(session, kind, question, where, projection)
    ]
    gaps = _asked(session, "gap", _GAPS, where, projection)
    return Audit(
        version=version,
        balance=count_balance(session, row),
        gap_m2=dict(map(_area_of, gaps)),
        findings=(
            *findings,
            *(gap for gap in gaps if gap.geometry is not None),
            *_in_pieces(session, row, projection),
        ),
    )


def count_balance(session: Session, row: PlanVersionRow) -> BalanceSheet:
    """
    Add up what the grids hold beside the ledger of the communities that were planned.

    Parameters
    ----------
    session
        Open transaction.
    row
        The version.

    Returns
    -------
    balance
        Counted over the assigned buildings.
    """
    planned = list(session.execute(text(_PLANNED), {"version": row.id}).scalars())
    is_whole = set(planned) == set(community_codes(session, row.dataset_id))
    codes = None if is_whole else planned
    balance = read_balance(session, row.dataset_id, communities=codes)
    held = session.execute(text(_HELD), {"version": row.id}).one()
    return replace(balance, grid_households=int(held[0]), grid_persons=int(held[1]))


def _asked(
    session: Session, kind: str, question: str, where: Mapping[str, Any], projection: Projection
) -> list[Finding]:
    """Ask one question; its last column is where, the others are the fields of the sentence."""
    answer = session.execute(text(question), where)
    names = [name for name in answer.keys() if name != "place"]  # noqa: SIM118 (no mapping)
    findings = []
    for found in answer.all():
        fields = {name: _field(getattr(found, name)) for name in names}
        place = None if found.place is None else _metric(bytes(found.place), projection)
        findings.append(Finding(kind, Message(f"store.audit_{kind}", fields), place))
    return findings


def _field(value: Any) -> str | int | float:  # noqa: ANN401 (whatever the driver makes of SQL)
    return value if isinstance(value, str | int) else round(float(value), 2)


def _area_of(gap: Finding) -> tuple[str, float]:
    fields = gap.message.fields
    return str(fields["community"]), float(str(fields["m2"]))


def _metric(wkb: bytes, projection: Projection) -> shapely.Geometry:
    shape: shapely.Geometry = projection.to_metres(np.array([shapely.from_wkb(wkb)]))[0]
    return shape


def _in_pieces(session: Session, row: PlanVersionRow, projection: Projection) -> list[Finding]:
    links = read_frame(session, STORED["links"], projection, LinkRow.dataset_id == row.dataset_id)
    ends = _ends(shapes_of(links))
    findings = []
    for code, wkb in session.execute(text(_SEVERAL_PARTS), {"version": row.id}):
        parts = shapely.get_parts(_metric(bytes(wkb), projection))
        pieces = _count_pieces(parts, ends)
        if pieces > 1:
            message = Message("store.audit_pieces", {"grid": code, "pieces": pieces})
            findings.append(Finding("pieces", message, shapely.multipolygons(parts)))
    return findings


def _ends(links: NDArray[np.object_]) -> Sequence[tuple[shapely.Point, shapely.Point]]:
    lines = shapely.get_parts(links)
    return list(zip(shapely.get_point(lines, 0), shapely.get_point(lines, -1), strict=True))


def _count_pieces(
    parts: NDArray[np.object_], ends: Sequence[tuple[shapely.Point, shapely.Point]]
) -> int:
    joined = [
        (
            int(np.argmin(shapely.distance(parts, start))),
            int(np.argmin(shapely.distance(parts, stop))),
        )
        for start, stop in ends
        if max(shapely.distance(parts, start).min(), shapely.distance(parts, stop).min())
        <= LINK_REACH_M
    ]
    here, there = np.array(joined, dtype=int).reshape(-1, 2).T
    table = coo_array((np.ones(len(here)), (here, there)), shape=(len(parts), len(parts)))
    return int(connected_components(table, directed=False)[0])


_PLANNED = "SELECT community_code FROM gridmap.plan_community WHERE version_id = :version"

_HELD = """
    SELECT coalesce(sum(b.households), 0), coalesce(sum(b.persons), 0)
    FROM gridmap.assignment a JOIN gridmap.building b USING (dataset_id, building_id)
    WHERE a.version_id = :version
"""

_SEVERAL_PARTS = """
    SELECT code, ST_AsBinary(geom) FROM gridmap.grid
    WHERE version_id = :version AND ST_NumGeometries(geom) > 1 ORDER BY seq
"""

_GAPS: Final = """
    SELECT p.community_code AS community, ST_Area(gap.shape) AS m2,
           CASE WHEN ST_Area(gap.shape) > gridmap.slack_m2(c.shape)
                THEN ST_AsBinary(ST_Transform(gap.shape, 4326)) END AS place
    FROM gridmap.plan_community p
    JOIN gridmap.community k ON k.dataset_id = p.dataset_id AND k.code = p.community_code
    CROSS JOIN LATERAL (SELECT ST_Transform(k.geom, CAST(:srid AS int)) AS shape) c
    CROSS JOIN LATERAL (
        SELECT coalesce(
            ST_Difference(c.shape, ST_Union(ST_Transform(g.geom, CAST(:srid AS int)))), c.shape
        ) AS shape
        FROM gridmap.grid g
        WHERE g.version_id = p.version_id AND g.community_code = p.community_code
    ) gap
    WHERE p.version_id = :version ORDER BY 1
"""

QUESTIONS: Final[Mapping[str, str]] = {
    "unassigned": """
        SELECT b.building_id AS building, b.households, ST_AsBinary(b.anchor) AS place
        FROM gridmap.plan_community p
        JOIN gridmap.building b USING (dataset_id, community_code)
        LEFT JOIN gridmap.assignment a
            ON a.version_id = p.version_id AND a.building_id = b.building_id
        WHERE p.version_id = :version AND a.building_id IS NULL ORDER BY b.seq
    """,
    "doubled": """
        SELECT b.building_id AS building, string_agg(g.code, ', ' ORDER BY g.code) AS grids,
               ST_AsBinary(b.anchor) AS place
        FROM gridmap.grid g JOIN gridmap.building b
            ON b.dataset_id = g.dataset_id AND b.anchor && g.geom AND ST_Contains(g.geom, b.anchor)
        WHERE g.version_id = :version
        GROUP BY b.building_id, b.seq, b.anchor HAVING count(*) > 1 ORDER BY b.seq
    """,
    "outside": """
        SELECT b.building_id AS building, g.code AS grid, ST_AsBinary(b.anchor) AS place
        FROM gridmap.assignment a
        JOIN gridmap.building b USING (dataset_id, building_id)
        JOIN gridmap.grid g ON g.version_id = a.version_id AND g.code = a.grid_code
        WHERE a.version_id = :version AND NOT ST_Intersects(g.geom, b.anchor)
            AND NOT ST_DWithin(ST_Transform(g.geom, CAST(:srid AS int)),
                               ST_Transform(b.anchor, CAST(:srid AS int)), 1e-4)
        ORDER BY b.seq
    """,
    "miscounted": """
        SELECT g.code AS grid, g.households AS said, coalesce(sum(b.households), 0) AS held,
               ST_AsBinary(g.geom) AS place
        FROM gridmap.grid g
        LEFT JOIN gridmap.assignment a ON a.version_id = g.version_id AND a.grid_code = g.code
        LEFT JOIN gridmap.building b
            ON b.dataset_id = a.dataset_id AND b.building_id = a.building_id
        WHERE g.version_id = :version GROUP BY g.version_id, g.code
        HAVING (g.households, g.persons, g.buildings) IS DISTINCT FROM
            (coalesce(sum(b.households), 0), coalesce(sum(b.persons), 0), count(b.building_id))
        ORDER BY g.seq
    """,
    "misloaded": """
        SELECT g.code AS grid, said.key AS load, round(said.value::numeric, 2) AS said,
               round(coalesce(held.sum, 0)::numeric, 2) AS held, ST_AsBinary(g.geom) AS place
        FROM gridmap.grid g CROSS JOIN LATERAL jsonb_each_text(g.loads) said
        CROSS JOIN LATERAL (
            SELECT sum((b.loads ->> said.key)::float8)
            FROM gridmap.assignment a JOIN gridmap.building b USING (dataset_id, building_id)
            WHERE a.version_id = g.version_id AND a.grid_code = g.code
        ) held
        WHERE g.version_id = :version
            AND abs(said.value::float8 - coalesce(held.sum, 0)) > 1e-6 ORDER BY g.seq, 2
    """,
    "overlap": """
        SELECT one.code AS grid, other.code AS other, ST_Area(shared.shape) AS m2,
               ST_AsBinary(ST_Transform(shared.shape, 4326)) AS place
        FROM gridmap.grid one JOIN gridmap.grid other
            ON other.version_id = one.version_id AND other.code > one.code
            AND other.geom && one.geom
        CROSS JOIN LATERAL (SELECT ST_Transform(one.geom, CAST(:srid AS int)) AS shape) here
        CROSS JOIN LATERAL (
            SELECT ST_Intersection(here.shape, ST_Transform(other.geom, CAST(:srid AS int)))
                AS shape
        ) shared
        WHERE one.version_id = :version
            AND ST_Area(shared.shape) > gridmap.slack_m2(here.shape) ORDER BY one.seq, other.seq
    """,
    "strayed": """
        SELECT g.code AS grid, g.community_code AS community, ST_Area(stray.shape) AS m2,
               ST_AsBinary(ST_Transform(stray.shape, 4326)) AS place
        FROM gridmap.grid g JOIN gridmap.community k
            ON k.dataset_id = g.dataset_id AND k.code = g.community_code
        CROSS JOIN LATERAL (SELECT ST_Transform(g.geom, CAST(:srid AS int)) AS shape) here
        CROSS JOIN LATERAL (
            SELECT ST_Difference(here.shape, ST_Transform(k.geom, CAST(:srid AS int))) AS shape
        ) stray
        WHERE g.version_id = :version
            AND ST_Area(stray.shape) > gridmap.slack_m2(here.shape) ORDER BY g.seq
    """,
}
"""What must not be. Every question is asked of the rows, whatever the guards have let in."""
