"""The operations as they are asked for from outside: by codes, ids of buildings and degrees."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from gridmap.errors import RefusedError
from gridmap.messages import Message
from gridmap.redraw.cuts import shift_border, split_along_barrier, split_along_line, split_evenly
from gridmap.redraw.desk import set_cards
from gridmap.redraw.moves import give_area, merge_grids, move_plots, swap_plots
from gridmap.redraw.proposals import repair_grids, replan_grids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridmap.redraw.desk import Redraw
    from gridmap.redraw.plan import Card
    from gridmap.store.drafts import OpenDraft

SEARCH_S: Final = 10.0
"""So long an operation that searches may do so, unless somebody asks for more or less."""


def perform(opened: OpenDraft, operation: str, wish: Mapping[str, Any]) -> Redraw:
    """
    Do an operation on a draft, without writing it down yet.

    Parameters
    ----------
    opened
        The draft.
    operation
        Its name: `move`, `swap`, `give_area`, `merge`, `split_line`, `split_barrier`,
        `split_evenly`, `shift_border`, `lock`, `unlock`, `rename`, `repair` or `replan`.
    wish
        What it is to be done with: grids by code, buildings by id, geometry as GeoJSON in degrees.
        `repair` and `replan` take `time_limit_s`, seconds until the best found so far is taken.

    Returns
    -------
    redraw
        With figures before and after.

    Raises
    ------
    RefusedError
        If it is not possible, or would break a hard rule.
    """
    act = getattr(_Hand(opened), operation)
    redraw: Redraw = act(**wish)
    return redraw


@dataclass(frozen=True, slots=True)
class _Hand:
    """Does what it is told, one operation a method."""

    opened: OpenDraft

    def move(self, *, buildings: Sequence[str], to: str) -> Redraw:
        return move_plots(*self._here, self._plots(buildings), to=self._number(to))

    def swap(self, *, one: Sequence[str], other: Sequence[str]) -> Redraw:
        return swap_plots(*self._here, self._plots(one), self._plots(other))

    def give_area(self, *, area: Mapping[str, Any], to: str) -> Redraw:
        return give_area(*self._here, self._shape(area), to=self._number(to))

    def merge(self, *, grids: Sequence[str]) -> Redraw:
        return merge_grids(*self._here, [self._number(grid) for grid in grids])

    def split_line(self, *, grid: str, line: Mapping[str, Any]) -> Redraw:
        return split_along_line(*self._here, self._number(grid), self._shape(line))

    def split_barrier(self, *, grid: str, barrier: str) -> Redraw:
        return split_along_barrier(*self._here, self._number(grid), barrier)

    def split_evenly(self, *, grid: str, parts: int) -> Redraw:
        return split_evenly(*self._here, self._number(grid), parts=parts)

    def shift_border(self, *, one: str, other: str, barrier: str) -> Redraw:
        return shift_border(*self._here, self._number(one), self._number(other), barrier=barrier)

    def lock(self, *, grids: Sequence[str]) -> Redraw:
        return self._carded(grids, "lock", is_locked=True)

    def unlock(self, *, grids: Sequence[str]) -> Redraw:
        return self._carded(grids, "unlock", is_locked=False)

    def rename(self, *, grid: str, name: str) -> Redraw:
        return self._carded([grid], "rename", name=name)

    def repair(self, *, time_limit_s: float = SEARCH_S) -> Redraw:
        return repair_grids(*self._here, deadline_s=time.monotonic() + time_limit_s)

    def replan(self, *, grids: Sequence[str], time_limit_s: float = SEARCH_S) -> Redraw:
        numbers = {self._number(grid) for grid in grids}
        return replan_grids(*self._here, numbers, deadline_s=time.monotonic() + time_limit_s)

    @property
    def _here(self) -> tuple[Any, Any]:
        return self.opened.desk, self.opened.plan

    def _number(self, code: str) -> int:
        number = self.opened.desk.number(code)
        if number not in self.opened.plan.cards:
            raise RefusedError(Message("redraw.no_such_grid", {"code": code}))
        return number

    def _plots(self, buildings: Sequence[str]) -> np.ndarray:
        return self.opened.desk.terrain.plots_of(list(buildings))

    def _shape(self, plain: Mapping[str, Any]) -> shapely.Geometry:
        """Read GeoJSON and put it into the metres of the terrain."""
        shape = shapely.from_geojson(json.dumps(plain), on_invalid="ignore")
        if shape is None or shapely.is_empty(shape) or not shapely.is_valid(shape):
            raise RefusedError(Message("redraw.no_shape"))
        return self.opened.projection.to_metres(np.array([shape], object))[0]

    def _carded(self, grids: Sequence[str], operation: str, **known: Any) -> Redraw:  # noqa: ANN401 (fields of a card)
        cards: dict[int, Card] = {}
        for grid in grids:
            number = self._number(grid)
            cards[number] = replace(self.opened.plan.cards[number], **known)
        return set_cards(*self._here, cards, operation=operation)
