"""The grids of a draft as they are now, in a table that pages, tiles and exports read."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import delete, insert

from gridmap.redraw.figures import count_grids
from gridmap.redraw.parts import dissolve_plots
from gridmap.store.frames import hexadecimal
from gridmap.store.tables import DraftGridRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from gridmap.redraw.desk import Desk
    from gridmap.redraw.figures import GridFigures
    from gridmap.store.drafts import OpenDraft


def draw_outlines(session: Session, opened: OpenDraft, numbers: Iterable[int]) -> None:
    """
    Put grids into the table as they are now, and take away those that have ended.

    Parameters
    ----------
    session
        Open transaction.
    opened
        The draft.
    numbers
        Of the grids that were touched.
    """
    asked = sorted(set(numbers))
    gone = DraftGridRow.draft_id == opened.id, DraftGridRow.number.in_(asked)
    session.execute(delete(DraftGridRow).where(*gone))
    there = [number for number in asked if number in opened.plan.cards]
    if not there:
        return
    desk, plan = opened.desk, opened.plan
    figures = count_grids(desk.terrain, plan.number_of, there, desk.window)
    areas = [dissolve_plots(desk.terrain, plan.number_of, number) for number in there]
    shapes = hexadecimal(opened.projection.to_degrees(np.array(areas, object)), "MULTIPOLYGON")
    rows = [
        {
            "draft_id": opened.id,
            "number": number,
            "step": opened.head,
            "name": plan.cards[number].name,
            "is_locked": plan.cards[number].is_locked,
            "code": str(desk.code(number)),
            "geom": shape,
            **_columns(figures[number]),
        }
        for number, shape in zip(there, shapes, strict=True)
    ]
    session.execute(insert(DraftGridRow), rows)


def plain_figures(desk: Desk, figures: Mapping[int, GridFigures]) -> dict[str, Any]:
    """
    Write figures as plain values, by code.

    Parameters
    ----------
    desk
        Knows how codes are written.
    figures
        By number.

    Returns
    -------
    plain
        For a column of JSON, or an answer.
    """
    return {
        str(desk.code(number)): {
            **asdict(grid),
            "clear_share": grid.clear_share,
            "compactness": grid.compactness,
        }
        for number, grid in figures.items()
    }


def _columns(figures: GridFigures) -> dict[str, Any]:
    return {
        "is_dedicated": figures.is_dedicated,
        "households": figures.households,
        "persons": figures.persons,
        "buildings": figures.buildings,
        "area_m2": figures.area_m2,
        "clear_share": figures.clear_share,
        "compactness": min(figures.compactness, 1.0),
        "status": figures.status,
    }
