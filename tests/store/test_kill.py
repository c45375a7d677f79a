"""An import that is killed at any moment was never there, or is there whole."""

import multiprocessing
import random
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from gridmap.layers.ledger import Ledger
from gridmap.schema import Layers
from gridmap.store.datasets import read_balance
from gridmap.store.decisions import read_decisions
from gridmap.store.imports import IMPORT_LOCK, import_layers
from gridmap.store.session import sessions
from tests.store.importing import import_world

World = tuple[Layers, Ledger]
STEPS = 16  # begins, eleven tables with rows, faults twice, written, committed
ROUNDS = 10

COMPLETE = """
    SELECT d.source, d.state,
        (SELECT count(*) FROM gridmap.building b WHERE b.dataset_id = d.id),
        (SELECT count(*) FROM gridmap.household h WHERE h.dataset_id = d.id),
        (SELECT count(*) FROM gridmap.fault f WHERE f.dataset_id = d.id),
        (SELECT count(*) FROM gridmap.decision w WHERE w.subject = d.source)
    FROM gridmap.dataset d ORDER BY d.id
"""


def kill_after(steps: int, url: str, source: str) -> list[str]:
    """Start an import, kill it once it has told so many steps, and give what it told."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.importing"])
    here, there = context.Pipe(duplex=False)
    worker = context.Process(target=import_world, args=(url, source, there))
    worker.start()
    there.close()
    told: list[str] = []
    while len(told) < steps:
        try:
            told.append(here.recv())
        except EOFError:
            break
    worker.kill()
    worker.join()
    return told


def imported(engine: Engine) -> list[tuple[object, ...]]:
    """Wait until nobody imports any more, and list what is there."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": IMPORT_LOCK})
        return [tuple(row) for row in connection.execute(text(COMPLETE))]


@pytest.mark.usefixtures("repository_on_path")
def test_sigkill_at_ten_random_moments(engine: Engine, database_url: str, world: World) -> None:
    layers, ledger = world
    whole = (len(layers.buildings), len(ledger.households), len(layers.faults + ledger.faults), 1)
    dice = random.Random(20261122)  # noqa: S311 (the same ten moments every time)
    moments = [STEPS, *(dice.randrange(STEPS) for _ in range(ROUNDS - 1))]
    states = [imported(engine)]
    for number, moment in enumerate(moments):
        told = kill_after(moment, database_url, f"round {number}")
        states.append(imported(engine))
        assert len(told) == moment
        if told[-1:] == ["committed"]:
            assert states[-1][-1][0] == f"round {number}"
    for before, after in pairwise(states):
        assert after[: len(before)] == before
        assert len(after) - len(before) in {0, 1}
    assert {row[1:] for row in states[-1]} == {("complete", *whole)}
    assert 1 <= len(states[-1]) < ROUNDS
    with sessions(engine).begin() as session:
        assert len(read_decisions(session)) == len(states[-1])
        dataset = import_layers(session, layers, ledger, source="next")
        assert read_balance(session, dataset) == ledger.balance


@pytest.fixture
def repository_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the killed process find the tests."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
