"""
Measure what publishing costs with its lineage, and what is asked of it later.

Run by `make bench`; prints a table, and asserts nothing. A community of 3,000 buildings, published
twice, with a merge and a hundred moves over borders between.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from gridmap.comparison.lists import list_succession
from gridmap.filing import make_pack
from gridmap.filing.reading import read_filing
from gridmap.store import cluster
from gridmap.store.certificates import grids_of
from gridmap.store.comparisons import compare_draft, compare_versions
from gridmap.store.lineage import find_publication, restate, trace_ancestry
from gridmap.store.publications import broken_rules, publish, sign_exception, take_step
from gridmap.store.session import open_engine, sessions
from gridmap.store.settling import settle_draft
from gridmap.store.tables import DraftRow
from tests.benchmarks.redrawing import BUILDINGS, merge_somewhere, move_somewhere, prepare
from tests.benchmarks.redrawing import timed as step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session, sessionmaker

    from gridmap.store.drafts import Room

MOVES: Final = 100
DAYS: Final = tuple(datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2))


def main() -> None:
    """Measure and print."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else BUILDINGS
    folder = Path(tempfile.mkdtemp(prefix="gridmap-bench-"))
    folder.chmod(0o755)  # the server's account has to get in
    try:
        engine = open_engine(cluster.start(folder / "cluster"))
        office = sessions(engine)
        draft, rooms = prepare(office, folder / "town", size)
        Console().print(measure(office, draft, rooms, size))
        engine.dispose()
    finally:
        cluster.stop(folder / "cluster")
        shutil.rmtree(folder)


def measure(
    office: sessionmaker[Session], draft: int, rooms: dict[tuple[int, str], Room], size: int
) -> Table:
    """Publish a plan, redraw it, publish it again, and ask about both."""
    table = Table(title=f"Publishing a community of {size:,} buildings")
    table.add_column("what")
    table.add_column("s", justify="right")
    with office.begin() as session:
        row = session.get_one(DraftRow, draft)
        community, first = row.community_code, settle_draft(session, draft)
    put_in_force(office, table, first, DAYS[0])
    dice = np.random.default_rng(0)
    step(office, draft, rooms, merge_somewhere)
    for _ in range(MOVES):
        step(office, draft, rooms, lambda seen: move_somewhere(seen, dice))
    with office.begin() as session:
        second = settle_draft(session, draft)
    with office.begin() as session, timed(table, "compare the draft with what is in force"):
        compare_draft(session, community, first, draft, rooms)
    put_in_force(office, table, second, DAYS[1])
    with office() as session, timed(table, "of this, comparing and listing the lineage"):
        list_succession(compare_versions(session, community, first, second))
    with office() as session, timed(table, "trace a code"):
        trace_ancestry(session, community, grids_of(session, second)[0].code)
    with office() as session, timed(table, "compose the crosswalk"):
        ends = [find_publication(session, community, version) for version in (first, second)]
        restate(session, *ends)
    with office() as session, timed(table, "make the filing pack"):
        make_pack(read_filing(session, second, language="zh"), language="zh")
    return table


def put_in_force(office: sessionmaker[Session], table: Table, version: int, day: datetime) -> None:
    """Publish a version, and time the last step and its lineage alone."""
    with office.begin() as session:
        for grid in grids_of(session, version):
            for rule in broken_rules(grid):
                sign_exception(session, version, grid.code, rule, by="wang", why="bench")
        take_step(session, version, "submitted", by="li")
        take_step(session, version, "approved", by="wang")
    which = "first" if day == DAYS[0] else "next"
    with office.begin() as session, timed(table, f"publish the {which} version"):
        publish(session, version, by="zhao", valid_from=day)


@contextmanager
def timed(table: Table, what: str) -> Iterator[None]:
    """Add a row with how long something takes."""
    began = time.perf_counter()
    yield
    table.add_row(what, f"{time.perf_counter() - began:.2f}")


if __name__ == "__main__":
    main()
