"""
One planning job from the database to the database, in a process of its own that may be killed.

It is the same work as `gridmap plan --community …`: communities that are done are kept in the
database instead of a folder, so that another machine can go on, and the version and the end of
the job are one transaction.
"""

from __future__ import annotations

import signal
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import OperationalError

from gridmap.errors import GridmapError, StoreError
from gridmap.jobs.offspring import leave_with_parent
from gridmap.jobs.order import Order, processes_for
from gridmap.jobs.parcels import read_label
from gridmap.jobs.stored import Present, town_in
from gridmap.jobs.town import key_of, plan_town, require_present
from gridmap.layers.loads import require_stored_loads
from gridmap.store.datasets import find_dataset
from gridmap.store.errands import fail_job, finish_job, keep_parcel, kept_sizes, take_parcel
from gridmap.store.layers import read_layer
from gridmap.store.session import open_engine, sessions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from gridmap.plan.model import Draft
    from gridmap.store.errands import Errand

BROKE_OFF: Final = 75
"""Exit code where the database went away: somebody has to take the job up again."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Communities of a job that are planned, kept in the database."""

    opened: sessionmaker[Session]
    errand: Errand
    kit: str
    sizes: dict[str, int]

    def keep(self, parcel: bytes) -> int:
        """Keep a parcel for good; gives its number of buildings."""
        label = read_label(parcel)
        assert label is not None  # noqa: S101 (it was packed just now)
        with self.opened.begin() as session:
            keep_parcel(session, self.errand, parcel, label=label, kit=self.kit)
        code, self.sizes[code] = label
        return self.sizes[code]

    def take(self, code: str) -> bytes:
        """Give the parcel of a community that is kept."""
        with self.opened.begin() as session:
            return take_parcel(session, self.errand, code)


def run_errand(url: str, errand: Errand) -> None:
    """
    Plan a job that was taken up, store its version and end it; for a process of its own.

    Parameters
    ----------
    url
        Database.
    errand
        As it was taken up; if somebody else takes it up or it is cancelled, nothing is stored.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this process ends it
    leave_with_parent()
    try:
        engine = open_engine(url)
    except StoreError:
        sys.exit(BROKE_OFF)
    try:
        do_errand(sessions(engine), errand)
    except OperationalError:
        sys.exit(BROKE_OFF)
    finally:
        engine.dispose()


def do_errand(opened: sessionmaker[Session], errand: Errand) -> None:
    """
    Plan a job, store its version and end it, or say why that cannot be.

    Parameters
    ----------
    opened
        Opens transactions.
    errand
        As it was taken up.
    """
    try:
        draft = _planned(opened, errand)
        with opened.begin() as session:
            finish_job(session, errand, draft)
    except GridmapError as error:
        with opened.begin() as session:
            fail_job(session, errand, error.reasons)


def _planned(opened: sessionmaker[Session], errand: Errand) -> Draft:
    limit_s = errand.time_limit_s
    deadline_s = float("inf") if limit_s is None else time.monotonic() + limit_s
    kit = key_of()
    with opened.begin() as session:
        require_stored_loads(find_dataset(session, errand.dataset).loads, errand.rules)
        town = town_in(
            session,
            errand.dataset,
            codes=errand.codes,
            present=_present(session, errand),
            reading=opened.begin,
        )
        shelf = Shelf(opened, errand, kit, kept_sizes(session, errand, kit=kit))
    order = Order(errand.rules, errand.seed, deadline_s, processes_for(town.buildings))
    return plan_town(town, order, shelf)


def _present(session: Session, errand: Errand) -> Present:
    if not errand.from_present:
        return Present()
    return Present(require_present(read_layer(session, errand.dataset, "grids")))
