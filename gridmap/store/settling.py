"""A draft made a version: drawn up whole, checked by the guards, ready to be submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyproj import CRS

from gridmap.ground.adjacency import build_ground
from gridmap.pipeline import assemble_draft
from gridmap.redraw.drawn import draw_plan
from gridmap.store.datasets import find_dataset, read_balance
from gridmap.store.drafts import open_draft, read_community
from gridmap.store.plans import add_draft, find_version

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gridmap.store.drafts import Room


def settle_draft(session: Session, draft: int, *, at: int | None = None) -> int:
    """
    Make a version of a draft as it is.

    Parameters
    ----------
    session
        Open transaction.
    draft
        Its number.
    at
        After which step; None is the last one.

    Returns
    -------
    version
        The number of a version of this one community, drawn up as planning would.

    Raises
    ------
    StoreError
        If there is no such draft, or a guard refuses what it came to.
    RefusedError
        If its ground is another one now, because layers or software have changed.
    """
    rooms: dict[tuple[int, str], Room] = {}
    opened = open_draft(session, draft, rooms, at=at)
    first = open_draft(session, draft, rooms, at=0)
    row, community = find_version(session, opened.version), str(opened.desk.terrain.community)
    here = read_community(session, row.dataset_id, community)
    drawn = draw_plan(opened.desk, opened.plan, here, build_ground(here), first=first.plan)
    whole = assemble_draft(
        [drawn],
        balance=read_balance(session, row.dataset_id, communities=[community]),
        faults=(),
        rules=opened.desk.rules,
        seed=row.seed,
        crs=CRS.from_wkt(find_dataset(session, row.dataset_id).crs),
    )
    return add_draft(session, row.dataset_id, whole)
