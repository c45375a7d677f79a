"""What is wrong with an import or a plan, in the database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import shapely
from sqlalchemy import text

from gridmap.messages import Message
from gridmap.schema import Fault
from gridmap.store.frames import copy_rows, hexadecimal
from gridmap.store.tables import FaultRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from gridmap.store.projection import Projection

Stage = Literal["layers", "ledger", "plan"]
BEFORE_PLANNING: Final[tuple[Stage, Stage]] = ("layers", "ledger")


def write_faults(
    session: Session,
    faults: Sequence[Fault],
    projection: Projection,
    *,
    stage: Stage,
    dataset: int,
    version: int | None = None,
) -> None:
    """
    Write faults down, each with the community it lies in.

    Parameters
    ----------
    session
        Open transaction.
    faults
        Faults with geometry in metres, or none.
    projection
        The way to degrees.
    stage
        What was being done when they were found.
    dataset
        The import they belong to.
    version
        The plan they belong to; only at stage `plan`.
    """
    if not faults:
        return
    shapes = np.array([None, *(fault.geometry for fault in faults)], dtype=object)[1:]
    columns = {
        "dataset_id": dataset,
        "version_id": [version] * len(faults),
        "stage": stage,
        "layer": [fault.layer for fault in faults],
        "row": [fault.row for fault in faults],
        "kind": [fault.kind for fault in faults],
        "level": [fault.level for fault in faults],
        "fields": [_written(fault) for fault in faults],
        "geom": hexadecimal(projection.to_degrees(shapes), "GEOMETRY"),
    }
    copy_rows(session, FaultRow, columns)
    where = {"dataset": dataset, "version": version, "stage": stage}
    session.execute(text(_COMMUNITY_OF_GROUND), where)
    session.execute(text(_COMMUNITY_OF_HOUSEHOLD), where)


_COMMUNITY_OF_GROUND = """
    UPDATE gridmap.fault SET community_code = c.code FROM gridmap.community c
    WHERE fault.dataset_id = :dataset AND fault.version_id IS NOT DISTINCT FROM :version
        AND fault.stage = :stage AND c.dataset_id = fault.dataset_id
        AND ST_Intersects(c.geom, ST_PointOnSurface(fault.geom))
"""
_COMMUNITY_OF_HOUSEHOLD = """
    UPDATE gridmap.fault SET community_code = h.community_code FROM gridmap.household h
    WHERE fault.dataset_id = :dataset AND fault.version_id IS NOT DISTINCT FROM :version
        AND fault.stage = :stage AND fault.community_code IS NULL
        AND fault.layer = 'households' AND h.dataset_id = fault.dataset_id AND h.row = fault.row
"""


def read_faults(
    session: Session,
    projection: Projection,
    *,
    stage: Stage,
    dataset: int,
    version: int | None = None,
    communities: Sequence[str] | None = None,
) -> tuple[Fault, ...]:
    """
    Read faults back.

    Parameters
    ----------
    session
        Open transaction.
    projection
        The way to metres.
    stage
        Only faults of this stage.
    dataset
        The import they belong to.
    version
        The plan they belong to; only at stage `plan`.
    communities
        Only faults of these communities; None is all, with those that lie in no community.

    Returns
    -------
    faults
        In the order they were written.
    """
    ask = text(
        "SELECT layer, row, kind, level, fields, ST_AsBinary(geom) FROM gridmap.fault"
        " WHERE dataset_id = :dataset AND version_id IS NOT DISTINCT FROM :version"
        " AND stage = :stage AND (CAST(:codes AS text[]) IS NULL OR community_code = ANY(:codes))"
        " ORDER BY id"
    )
    codes = None if communities is None else list(communities)
    where = {"dataset": dataset, "version": version, "stage": stage, "codes": codes}
    found = session.execute(ask, where).all()
    wkb = np.array([None, *(row[5] and bytes(row[5]) for row in found)], dtype=object)[1:]
    shapes = projection.to_metres(shapely.from_wkb(wkb))
    return tuple(
        Fault(row[0], row[1], row[2], row[3], _fields(row[2], row[4]), shape)
        for row, shape in zip(found, shapes, strict=True)
    )


def _written(fault: Fault) -> str:
    plain = json.loads(Message(fault.kind, fault.fields).to_json())
    return json.dumps(plain.get("fields", {}), ensure_ascii=False)


def _fields(kind: str, plain: Any) -> Any:  # noqa: ANN401 (JSON has no type)
    return Message.from_json(json.dumps({"key": kind, "fields": plain})).fields
