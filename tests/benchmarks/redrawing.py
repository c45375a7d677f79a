"""
Measure a step of a draft, stored: one operation with its figures, in the private PostGIS.

Run by `make bench`; prints a table, and asserts nothing. A community of 3,000 buildings, redrawn by
moves of single buildings over the borders, and once by each other operation.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from rich.console import Console
from rich.table import Table

import gis_data
from gridmap.errors import GridmapError
from gridmap.ground.communities import split_communities
from gridmap.layers import read_layers
from gridmap.layers.ledger import settle_households
from gridmap.pipeline import assemble_draft, plan_community
from gridmap.redraw.cuts import split_evenly
from gridmap.redraw.moves import merge_grids, move_plots
from gridmap.rules import Rules
from gridmap.store import cluster
from gridmap.store.drafts import begin_draft, open_draft
from gridmap.store.imports import import_layers
from gridmap.store.plans import add_draft
from gridmap.store.session import open_engine, sessions
from gridmap.store.steps import record_step, undo_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session, sessionmaker

    from gridmap.redraw.desk import Redraw
    from gridmap.schema import Layers
    from gridmap.store.drafts import OpenDraft, Room

BUILDINGS: Final = 3_000
SEED: Final = 5
MOVES: Final = 200
BAR_MS: Final = 100
RULES: Final = Rules()


def main() -> None:
    """Measure and print."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else BUILDINGS
    folder = Path(tempfile.mkdtemp(prefix="gridmap-bench-"))
    folder.chmod(0o755)  # the server's account has to get in
    try:
        engine = open_engine(cluster.start(folder / "cluster"))
        office = sessions(engine)
        draft, rooms = prepare(office, folder / "town", size)
        Console().print(measure(office, draft, rooms))
        engine.dispose()
    finally:
        cluster.stop(folder / "cluster")
        shutil.rmtree(folder)


def prepare(
    office: sessionmaker[Session], folder: Path, size: int
) -> tuple[int, dict[tuple[int, str], Room]]:
    """Import a town as one community, plan it, and begin a draft."""
    gis_data.write_town(folder, buildings=size, seed=SEED)
    for file in folder.glob("communities*"):
        file.unlink()  # without them it is one
    return begin(office, read_layers(folder)), {}


def begin(office: sessionmaker[Session], layers: Layers) -> int:
    """Import one community, plan it, and begin a draft."""
    ledger = settle_households(layers, rules=RULES)
    (community,) = split_communities(layers, ledger)
    drawn = assemble_draft(
        [plan_community(community, rules=RULES)],
        balance=ledger.balance,
        faults=(),
        rules=RULES,
        seed=0,
        crs=layers.crs,
    )
    with office.begin() as session:
        dataset = import_layers(session, layers, ledger, source="bench")
        version = add_draft(session, dataset, drawn)
        return begin_draft(session, version, community.code, name="bench", by="bench")


def measure(office: sessionmaker[Session], draft: int, rooms: dict[tuple[int, str], Room]) -> Table:
    """Time every kind of step, from opening the draft to the end of the transaction."""
    dice = np.random.default_rng(SEED)
    with office.begin() as session:
        opened = open_draft(session, draft, rooms)
    plots, grids = len(opened.desk.terrain), len(opened.plan.cards)
    table = Table(title=f"A step of a draft, stored: {plots:,} plots in {grids} grids")
    for column in ("step", "steps", "median ms", "95th ms", "bar"):
        table.add_column(column, justify="left" if column == "step" else "right")
    wanted: dict[str, tuple[int, Callable[[OpenDraft], Redraw]]] = {
        "move a building": (MOVES, lambda seen: move_somewhere(seen, dice)),
        "merge two grids": (MOVES // 10, merge_somewhere),
        "split a grid evenly": (MOVES // 10, split_largest),
    }
    for name, (count, act) in wanted.items():
        spent_ms = [timed(office, draft, rooms, act) for _ in range(count)]
        add(table, name, [each for each in spent_ms if each is not None])
    undone = [timed_undo(office, draft, rooms) for _ in range(MOVES // 4)]
    add(table, "take one back", undone)
    return table


def add(table: Table, name: str, spent_ms: list[float]) -> None:
    """Add a row."""
    middle, late = np.percentile(spent_ms, [50, 95])
    table.add_row(name, f"{len(spent_ms)}", f"{middle:.1f}", f"{late:.1f}", f"{BAR_MS}")


def timed(
    office: sessionmaker[Session],
    draft: int,
    rooms: dict[tuple[int, str], Room],
    act: Callable[[OpenDraft], Redraw],
) -> float | None:
    """Take one step; None where it was refused."""
    began = time.perf_counter()
    try:
        with office.begin() as session:
            seen = open_draft(session, draft, rooms)
            record_step(session, seen, act(seen), by="bench")
    except GridmapError:
        return None
    return 1e3 * (time.perf_counter() - began)


def timed_undo(
    office: sessionmaker[Session], draft: int, rooms: dict[tuple[int, str], Room]
) -> float:
    """Take one step back."""
    began = time.perf_counter()
    with office.begin() as session:
        undo_step(session, open_draft(session, draft, rooms), by="bench")
    return 1e3 * (time.perf_counter() - began)


def move_somewhere(seen: OpenDraft, dice: np.random.Generator) -> Redraw:
    """Move some building over a border."""
    borders, number_of = seen.desk.terrain.borders, seen.plan.number_of
    apart = np.flatnonzero(number_of[borders.first] != number_of[borders.second])
    edge = int(dice.choice(apart))
    plot, to = borders.first[[edge]], int(number_of[borders.second[edge]])
    return move_plots(seen.desk, seen.plan, plot, to=to)


def merge_somewhere(seen: OpenDraft) -> Redraw:
    """Merge the first two grids that touch."""
    borders, number_of = seen.desk.terrain.borders, seen.plan.number_of
    ends = number_of[borders.first], number_of[borders.second]
    edge = int(np.flatnonzero((ends[0] != ends[1]) & borders.is_passable)[0])
    return merge_grids(seen.desk, seen.plan, [int(ends[0][edge]), int(ends[1][edge])])


def split_largest(seen: OpenDraft) -> Redraw:
    """Split the grid with most homes."""
    homes = np.bincount(seen.plan.number_of, seen.desk.terrain.loads[:, 0])
    return split_evenly(seen.desk, seen.plan, int(homes.argmax()), parts=2)


if __name__ == "__main__":
    main()
