"""The steps of a draft: operations written down, taken back, done again, or rebased."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import IntegrityError

from gridmap.errors import RefusedError, StaleDraftError
from gridmap.messages import Message
from gridmap.redraw.desk import Redraw, make_change
from gridmap.store.drafts import read_steps
from gridmap.store.outlines import draw_outlines, plain_figures
from gridmap.store.tables import DraftSnapshotRow, DraftStepRow
from gridmap.store.terrains import pack_plan, plain_change, read_change

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gridmap.store.drafts import OpenDraft

SNAPSHOT_EVERY: Final = 32
"""Steps between two whole plans that are kept."""


def record_step(
    session: Session, opened: OpenDraft, redraw: Redraw, *, by: str, why: str = ""
) -> OpenDraft:
    """
    Write an operation down as the next step of a draft.

    Parameters
    ----------
    session
        Open transaction; it cannot go on after a refusal.
    opened
        The draft as it was when the operation was done on its plan.
    redraw
        The operation.
    by, why
        Who did it, and for what reason.

    Returns
    -------
    opened
        The draft after it.

    Raises
    ------
    StaleDraftError
        If somebody else has changed the draft in between; it says who and what.
    """
    number = opened.head + 1
    step = DraftStepRow(kind="do", operation=redraw.operation, why=why)
    after = replace(opened, head=number, plan=redraw.plan, done=(*opened.done, number), undone=())
    return _written(session, opened, after, step, redraw, by=by)


def undo_step(session: Session, opened: OpenDraft, *, by: str) -> OpenDraft:
    """
    Take the last operation of a draft back.

    Parameters
    ----------
    session
        Open transaction.
    opened
        The draft as it was seen.
    by
        Who takes it back.

    Returns
    -------
    opened
        The draft after it: a step of its own, because history is not rewritten.

    Raises
    ------
    RefusedError
        If there is nothing to take back.
    StaleDraftError
        If somebody else has changed the draft in between.
    """
    if not opened.done:
        raise RefusedError(Message("redraw.nothing_to_undo"))
    *done, last = opened.done
    redraw = _made_again(session, opened, last, is_undone=True)
    step = DraftStepRow(kind="undo", of_number=last, operation=redraw.operation)
    after = replace(
        opened,
        head=opened.head + 1,
        plan=redraw.plan,
        done=tuple(done),
        undone=(last, *opened.undone),
    )
    return _written(session, opened, after, step, redraw, by=by)


def redo_step(session: Session, opened: OpenDraft, *, by: str) -> OpenDraft:
    """
    Do the operation of a draft again that was taken back last.

    Parameters
    ----------
    session
        Open transaction.
    opened
        The draft as it was seen.
    by
        Who does it again.

    Returns
    -------
    opened
        The draft after it.

    Raises
    ------
    RefusedError
        If there is nothing to do again.
    StaleDraftError
        If somebody else has changed the draft in between.
    """
    if not opened.undone:
        raise RefusedError(Message("redraw.nothing_to_redo"))
    first, *rest = opened.undone
    redraw = _made_again(session, opened, first, is_undone=False)
    step = DraftStepRow(kind="redo", of_number=first, operation=redraw.operation)
    after = replace(
        opened,
        head=opened.head + 1,
        plan=redraw.plan,
        done=(*opened.done, first),
        undone=tuple(rest),
    )
    return _written(session, opened, after, step, redraw, by=by)


def rebase_redraw(opened: OpenDraft, redraw: Redraw) -> Redraw:
    """
    Make an operation on a draft that has gone on since, where the changes do not touch.

    Parameters
    ----------
    opened
        The draft as it is now.
    redraw
        Done on an older plan of it.

    Returns
    -------
    redraw
        The same operation on the plan as it is now.

    Raises
    ------
    RefusedError
        If what it starts from is no longer so, or a hard rule would be broken now.
    """
    if not opened.plan.fits(redraw.change):
        raise RefusedError(Message("redraw.changes_touch"))
    ends = {number for number, card in redraw.change.cards.items() if card.after is None}
    return make_change(
        opened.desk, opened.plan, redraw.change, operation=redraw.operation, ends=ends
    )


def _made_again(session: Session, opened: OpenDraft, number: int, *, is_undone: bool) -> Redraw:
    """Make the change of a former step once more, or the other way round."""
    step = session.get_one(DraftStepRow, (opened.id, number))
    change = read_change(step.change)
    return make_change(
        opened.desk,
        opened.plan,
        change.inverse if is_undone else change,
        operation=step.operation,
        ends=opened.plan.cards,
    )


def _written(
    session: Session,
    before: OpenDraft,
    after: OpenDraft,
    step: DraftStepRow,
    redraw: Redraw,
    *,
    by: str,
) -> OpenDraft:
    step.draft_id, step.number, step.made_by = after.id, after.head, by
    step.change = plain_change(redraw.change)
    step.figures = {
        "before": plain_figures(after.desk, redraw.before),
        "after": plain_figures(after.desk, redraw.after),
    }
    try:
        with session.begin_nested():
            session.add(step)
            session.flush()
    except IntegrityError as error:
        raise _stale(session, before) from error
    if after.head % SNAPSHOT_EVERY == 0:
        content = pack_plan(after.plan, after.done, after.undone)
        session.add(DraftSnapshotRow(draft_id=after.id, number=after.head, content=content))
    draw_outlines(session, after, redraw.change.grids)
    return after


def _stale(session: Session, seen: OpenDraft) -> StaleDraftError:
    """Say who changed what since."""
    since = read_steps(session, seen.id, after=seen.head)
    done = ", ".join(f"{step.made_by}: {step.kind} {step.operation}" for step in since)
    fields: dict[str, str | int | float | Message]
    fields = {"draft": seen.name, "seen": seen.head, "head": seen.head + len(since), "done": done}
    return StaleDraftError(Message("store.draft_moved_on", fields))
