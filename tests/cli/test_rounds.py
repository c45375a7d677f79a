"""
Whatever is killed, at whatever moment: what was answered is there, and nothing is there by half.

`GRIDMAP_TEST_ROUNDS` says how many rounds are run; which of the processes dies in a round, and
after which answers, is up to seeded dice.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import httpx2
import numpy as np
import pytest

from gridmap.store.accounts import add_account
from gridmap.store.credentials import add_token
from gridmap.store.imports import import_layers
from gridmap.store.plans import add_draft
from gridmap.store.session import open_engine, sessions
from gridmap.store.tables import Role
from tests.cli.clerks import Asker, Clerk, Notes, Publisher, Redrawer
from tests.cli.conftest import command_in
from tests.cli.inspection import Inspection
from tests.cli.machines import VICTIMS, Machines, Victim, wait
from tests.store.streets import draw_street, plan_street
from tests.store.world import A

ROUNDS = int(os.environ.get("GRIDMAP_TEST_ROUNDS", "4"))
SEED = 5
MOMENTS = {
    "job": 4,
    "step": 30,
    "version": 2,
    "signature": 6,
    "submission": 2,
    "approval": 2,
    "publication": 2,
    "filing": 1,
}
"""What is waited for before somebody dies, and how often at most: the next one is under way."""

MOST_MORE = 3
PEOPLE: dict[str, Role] = {
    "li": "planner",
    "sun": "planner",
    "wang": "approver",
    "zhao": "approver",
}

log = logging.getLogger(__name__)

pytestmark = [
    pytest.mark.usefixtures("postgis_installed"),
    pytest.mark.xdist_group("private cluster"),
]


@dataclass
class Hall:
    """Machines with a street on them, and the people who work there."""

    machines: Machines
    tokens: dict[str, str]
    first: int

    def clerk(self, notes: Notes, over: Event, *seed: int) -> Clerk:
        client = httpx2.Client(base_url=self.machines.address, timeout=60)
        return Clerk(client, self.tokens, notes, over, np.random.default_rng(seed))


@pytest.fixture
def hall(server_folder: Path) -> Iterator[Hall]:
    """Open the hall."""
    folder = server_folder / "rounds"
    folder.mkdir()
    machines = Machines(command_in(folder))
    try:
        machines.start()
        yield Hall(machines, *settle(machines.url))
    finally:
        machines.stop()


def settle(url: str) -> tuple[dict[str, str], int]:
    """Import the street and plan it; give the tokens of its people, and the plan."""
    engine, tokens = open_engine(url), {}
    layers, ledger = draw_street()
    with sessions(engine).begin() as session:
        dataset = import_layers(session, layers, ledger, source="a drawing")
        version = add_draft(session, dataset, plan_street(layers, ledger))
        for name, role in PEOPLE.items():
            account = add_account(session, name, "spring rain on tiles", role, areas=[A])
            _, tokens[name] = add_token(
                session, account, "test", now=datetime.now(UTC), lasts=timedelta(days=1)
            )
    engine.dispose()
    return tokens, version


def victim_of(number: int) -> Victim:
    """Draw who dies: each once in as many rounds as there are."""
    deck = np.random.default_rng([SEED, number // len(VICTIMS)]).permutation(len(VICTIMS))
    return VICTIMS[deck[number % len(VICTIMS)]]


def moment_of(number: int) -> tuple[str, int, int]:
    """Draw when: after so many answers of a kind, and then so many of any."""
    dice = np.random.default_rng([SEED, number])
    kind = str(dice.choice(list(MOMENTS)))
    return kind, int(dice.integers(1, MOMENTS[kind] + 1)), int(dice.integers(MOST_MORE + 1))


def work_until(hall: Hall, number: int, victim: Victim, inspection: Inspection) -> Notes:
    """Let all work at once, and kill one of the machines midway."""
    notes, over = Notes(), Event()
    kind, answers, more = moment_of(number)
    base, day = inspection.newest_publication() or (hall.first, 0)
    days: list[Callable[[Clerk], None]] = [
        Redrawer(hall.first, number),
        Publisher(base, day + 1, number),
        Asker(),
    ]
    with ThreadPoolExecutor(len(days)) as crowd:
        try:
            for place, each in enumerate(days):
                clerk = hall.clerk(notes, over, SEED, number, place)
                crowd.submit(clerk.work, each).add_done_callback(lambda done: done.result())
            wait(lambda: len(notes.told[kind]) >= answers or notes.wrong, f"{answers} {kind}")
            enough = notes.count + more
            wait(lambda: notes.count >= enough or notes.wrong, f"{more} answers more")
            hall.machines.kill(victim)
        finally:
            over.set()
    return notes


def test_no_answer_is_lost_and_nothing_is_there_by_half_whatever_is_killed(hall: Hall) -> None:
    told: Counter[str] = Counter()
    for number in range(ROUNDS):
        victim = victim_of(number)
        inspection = Inspection.before(hall.machines.url)
        try:
            notes = work_until(hall, number, victim, inspection)
            hall.machines.start()
            inspection.at(hall.machines.url).look(notes)
            if victim in {"worker", "planner"}:
                assert not notes.unanswered
        except BaseException as error:
            error.add_note(f"round {number}: {victim} killed after {moment_of(number)}")
            error.add_note(hall.machines.command.said()[-3000:])
            raise
        told.update({f"{victim} killed": 1, "unanswered": notes.unanswered.total()})
        told.update({kind: len(answers) for kind, answers in notes.told.items()})
        log.info("round %d, %s after %s: %s", number, victim, moment_of(number), dict(told))
