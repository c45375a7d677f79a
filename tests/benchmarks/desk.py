"""
Measure a step of a draft as a planner's page takes it: over HTTP, with figures, and stored.

Run by `make bench`; prints a table, and asserts nothing. The service runs as a program of its own,
over a private PostGIS, once with a community of about 3,000 buildings alone and once with one of a
plan of 100,000. Numbers on the command line ask for other sizes.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx2
import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

import gis_data
from gridmap.store import cluster
from gridmap.store.accounts import add_account
from gridmap.store.credentials import add_token
from gridmap.store.drafts import open_draft
from gridmap.store.session import open_engine, sessions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session, sessionmaker

ALONE: Final = 3_000
CITY: Final = 100_000
PROGRAM: Final = str(Path(sys.executable).with_name("gridmap"))
SEED: Final = 5
MOVES: Final = 300
BARS_MS: Final = {ALONE: 100, CITY: 150}
MOST: Final = """
    SELECT community_code FROM gridmap.building GROUP BY 1 ORDER BY abs(count(*) - :wanted) LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """One draft of one community of a plan, and a planner's client."""

    office: sessionmaker[Session]
    client: httpx2.Client
    community: str
    version: int


def main() -> None:
    """Measure and print."""
    sizes = [int(size) for size in sys.argv[1:]] or [ALONE, CITY]
    table = Table(title="A step of a draft, over HTTP and stored")
    for column in ("buildings in the plan", "in the draft", "grids", "step", "steps"):
        table.add_column(column, justify="right")
    for column in ("median ms", "95th ms", "bar"):
        table.add_column(column, justify="right")
    for size in sizes:
        folder = Path(tempfile.mkdtemp(prefix="gridmap-bench-"))
        folder.chmod(0o755)  # the server's account has to get in
        try:
            with opened(folder, size) as desk:
                measure(table, desk, size)
        finally:
            cluster.stop(folder / "cluster")
            shutil.rmtree(folder)
    Console().print(table)


@contextmanager
def opened(folder: Path, size: int) -> Iterator[Desk]:
    """Import and plan a town, serve it, and sign a planner in."""
    url = cluster.start(folder / "cluster")
    environment = os.environ | {"GRIDMAP_DATABASE_URL": url}
    gis_data.write_town(folder / "town", buildings=size, seed=SEED)
    if size == ALONE:
        for file in (folder / "town").glob("communities*"):
            file.unlink()  # without them it is one
    for words in (["import", folder / "town"], ["plan", "--all"]):
        run(folder, environment, *map(str, words))
    engine = open_engine(url)
    office = sessions(engine)
    with office.begin() as session:
        community = str(session.scalar(text(MOST), {"wanted": ALONE}))
        version = int(session.scalar(text("SELECT max(id) FROM gridmap.plan_version")) or 0)
        account = add_account(session, "bench", "a long bench", "planner")
        now, lasts = datetime.now(UTC), timedelta(days=1)
        _, secret = add_token(session, account, "bench", now=now, lasts=lasts)
    with served(folder, environment) as base:
        headers = {"Authorization": f"Bearer {secret}"}
        patient = httpx2.HTTPTransport(retries=8)  # until the service is there
        with httpx2.Client(
            base_url=base, headers=headers, timeout=600, transport=patient
        ) as client:
            yield Desk(office, client, community, version)
    engine.dispose()


def run(folder: Path, environment: dict[str, str], *words: str) -> None:
    """Run a command of gridmap's to its end."""
    command = [PROGRAM, *words]
    subprocess.run(  # noqa: S603
        command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL
    )


@contextmanager
def served(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """Serve on a free port, and give the address."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = str(free.getsockname()[1])
    with subprocess.Popen(  # noqa: S603
        [PROGRAM, "serve", "--port", port],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        yield f"http://127.0.0.1:{port}/api/v1"
        process.terminate()


def measure(table: Table, desk: Desk, size: int) -> None:
    """Time every kind of step, from asking to the last byte of the answer."""
    drafts = f"/communities/{desk.community}/drafts"
    began = desk.client.post(drafts, json={"version": desk.version, "name": "bench"})
    number = began.raise_for_status().json()["id"]
    with desk.office.begin() as session:
        seen = open_draft(session, number, {})
    plots, grids = len(seen.desk.terrain), len(seen.plan.cards)
    wishes = moves_over_borders(seen)
    where = f"{drafts}/{number}"
    moved: list[float] = []
    undone: list[float] = []
    head = 0
    for wish in wishes:
        head += timed(desk, f"{where}/steps", {"seen": head, "wish": wish}, moved)
    for _ in range(min(len(moved), MOVES // 4)):
        head += timed(desk, f"{where}/undo", {"seen": head}, undone)
    for name, spent in {"move a building": moved, "take one back": undone}.items():
        middle, late = np.percentile(spent, [50, 95])
        figures = f"{len(spent)}", f"{middle:.1f}", f"{late:.1f}", f"{BARS_MS.get(size, '')}"
        table.add_row(f"{size:,}", f"{plots:,}", f"{grids}", name, *figures)


def moves_over_borders(seen: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """Choose buildings that lie at a border, and the grid on its other side."""
    terrain, number_of = seen.desk.terrain, seen.plan.number_of
    borders, dice = terrain.borders, np.random.default_rng(SEED)
    apart = np.flatnonzero(number_of[borders.first] != number_of[borders.second])
    chosen = dice.permutation(apart)[:MOVES]
    homes: dict[int, str] = {}
    for building, plot in zip(terrain.buildings, terrain.plot_of, strict=True):
        homes.setdefault(int(plot), str(building))
    return [
        {
            "operation": "move",
            "buildings": [homes[plot]],
            "to": str(seen.desk.code(int(number_of[borders.second[edge]]))),
        }
        for edge in chosen
        if (plot := int(borders.first[edge])) in homes
    ]


def timed(desk: Desk, where: str, given: dict[str, Any], spent_ms: list[float]) -> int:
    """Take one step and count it; what is refused is not counted."""
    began = time.perf_counter()
    answer = desk.client.post(where, json=given)
    spent = 1e3 * (time.perf_counter() - began)
    if answer.status_code != 201:
        return 0
    spent_ms.append(spent)
    return 1


if __name__ == "__main__":
    main()
