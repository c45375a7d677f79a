"""The journal: what was done, in order, with undo and redo without limit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gridmap.errors import RefusedError
from gridmap.messages import Message

if TYPE_CHECKING:
    from datetime import datetime

    from gridmap.redraw.desk import Redraw
    from gridmap.redraw.plan import Change, Plan


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation: what it was, what it changed, who did it, when, and why."""

    operation: str
    change: Change
    by: str
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class Journal:
    """
    A plan with the operations that led to it, and those that were undone and can be done again.

    A journal never changes: an operation gives the next one.
    """

    plan: Plan
    done: tuple[Entry, ...] = ()
    undone: tuple[Entry, ...] = ()

    def after(self, redraw: Redraw, *, by: str, at: datetime, why: str = "") -> Journal:
        """
        Write an operation down.

        Parameters
        ----------
        redraw
            Done on this journal's plan.
        by, at, why
            Who did it, when, and for what reason.

        Returns
        -------
        journal
            What was undone before cannot be done again.
        """
        entry = Entry(redraw.operation, redraw.change, by, at, why)
        return Journal(redraw.plan, (*self.done, entry))

    def undo(self) -> Journal:
        """
        Take the last operation back.

        Returns
        -------
        journal
            As it was before it, and with it to be done again.

        Raises
        ------
        RefusedError
            If there is none.
        """
        if not self.done:
            raise RefusedError(Message("redraw.nothing_to_undo"))
        *done, last = self.done
        plan = self.plan.changed(last.change.inverse)
        return Journal(plan, tuple(done), (last, *self.undone))

    def redo(self) -> Journal:
        """
        Do the operation again that was taken back last.

        Returns
        -------
        journal
            As it was before it was taken back.

        Raises
        ------
        RefusedError
            If there is none.
        """
        if not self.undone:
            raise RefusedError(Message("redraw.nothing_to_redo"))
        first, *rest = self.undone
        return replace(
            self,
            plan=self.plan.changed(first.change),
            done=(*self.done, first),
            undone=tuple(rest),
        )
