"""What is wrong with an import or a plan, in the database."""

from __future__ import annotations

import json
from dataclasses import dataclass
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

    from gridmap.store.frames import Progress
    from gridmap.store.projection import Projection

Stage = Literal["layers", "ledger", "plan"]
BEFORE_PLANNING: Final[tuple[Stage, Stage]] = ("layers", "ledger")


@dataclass(frozen=True, slots=True)
class Chapter:
    """Faults that were found together: reading or settling an import, or planning from it."""

    stage: Stage
    dataset: int
    version: int | None = None  # the plan; only at stage `plan`

    def where(self) -> dict[str, Any]:
        """Give the values by name, as queries want them."""
        return {"stage": self.stage, "dataset": self.dataset, "version": self.version}


def write_faults(
    session: Session,
    chapter: Chapter,
    faults: Sequence[Fault],
    projection: Projection,
    *,
    communities: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> None:
    """
    Write faults down.

    Parameters
    ----------
    session
        Open transaction.
    chapter
        What was being done when they were found.
    faults
        Faults with geometry in metres, or none.
    projection
        The way to degrees.
    communities
        The code of the community that each lies in, "" for none; None where nobody asks.
    progress
        Told after every chunk.
    """
    if not faults:
        return
    shapes = np.array([None, *(fault.geometry for fault in faults)], dtype=object)[1:]
    columns = {
        "dataset_id": chapter.dataset,
        "version_id": [chapter.version] * len(faults),
        "stage": chapter.stage,
        "community_code": [code or None for code in communities or [""] * len(faults)],
        "layer": [fault.layer for fault in faults],
        "row": [fault.row for fault in faults],
        "sheet": [fault.sheet for fault in faults],
        "kind": [fault.kind for fault in faults],
        "level": [fault.level for fault in faults],
        "fields": [_written(fault) for fault in faults],
        "geom": hexadecimal(projection.to_degrees(shapes), "GEOMETRY"),
    }
    copy_rows(session, FaultRow, columns, progress=progress)


def read_faults(
    session: Session,
    chapter: Chapter,
    projection: Projection,
    *,
    communities: Sequence[str] | None = None,
) -> tuple[Fault, ...]:
    """
    Read faults back.

    Parameters
    ----------
    session
        Open transaction.
    chapter
        What was being done when they were found.
    projection
        The way to metres.
    communities
        Only faults of these communities; None is all, with those that lie in no community.

    Returns
    -------
    faults
        In the order they were written.
    """
    ask = text(
        "SELECT layer, row, kind, level, fields, ST_AsBinary(geom), sheet FROM gridmap.fault"
        " WHERE dataset_id = :dataset AND version_id IS NOT DISTINCT FROM :version"
        " AND stage = :stage AND (CAST(:codes AS text[]) IS NULL OR community_code = ANY(:codes))"
        " ORDER BY id"
    )
    codes = None if communities is None else list(communities)
    found = session.execute(ask, {**chapter.where(), "codes": codes}).all()
    wkb = np.array([None, *(row[5] and bytes(row[5]) for row in found)], dtype=object)[1:]
    shapes = projection.to_metres(shapely.from_wkb(wkb))
    return tuple(
        Fault(row[0], row[1], row[2], row[3], _fields(row[2], row[4]), shape, row[6])
        for row, shape in zip(found, shapes, strict=True)
    )


def _written(fault: Fault) -> str:
    plain = json.loads(Message(fault.kind, fault.fields).to_json())
    return json.dumps(plain.get("fields", {}), ensure_ascii=False)


def _fields(kind: str, plain: Any) -> Any:  # noqa: ANN401 (JSON has no type)
    return Message.from_json(json.dumps({"key": kind, "fields": plain})).fields
