"""Eight planners on one draft at once: every answer is a step or a conflict; the log is whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
from sqlalchemy import text

from gridmap.store.drafts import begin_draft, open_draft
from gridmap.store.session import sessions
from tests.api.service import Service
from tests.api.test_drafts import Desk, code, desk
from tests.store.world import A

__all__ = ["desk"]

PLANNERS = 8
TRIES = 6


def redraw_blindly(desk: Desk, draft: str, planner: int) -> list[int]:
    """Move buildings on what was seen a moment ago; give what was answered."""
    client, dice = desk.service.browser(f"p{planner}"), np.random.default_rng(planner)
    answers = []
    for _ in range(TRIES):
        seen = client.get(draft).json()["draft"]["head"]
        house, to = f"h{int(dice.integers(30)):02d}", code(int(dice.integers(1, 4)))
        answer = desk.do(
            client, draft, seen, operation="move", buildings=[house], to=to, rebase=planner % 2 == 0
        )
        answers.append(answer.status_code)
    return answers


def test_eight_planners_at_once_lose_nothing(desk: Desk, service: Service) -> None:
    draft = desk.begin()
    for planner in range(PLANNERS):
        service.add(f"p{planner}", "planner", [A])
    with ThreadPoolExecutor(PLANNERS) as crowd:
        answers = list(crowd.map(lambda one: redraw_blindly(desk, draft, one), range(PLANNERS)))
    flat = [status for each in answers for status in each]
    assert set(flat) <= {201, 409}
    shown = desk.wang.get(draft).json()
    steps = desk.wang.get(f"{draft}/steps").json()["steps"]
    assert [step["number"] for step in steps] == list(range(1, flat.count(201) + 1))
    assert shown["draft"]["head"] == flat.count(201) > 0
    with sessions(service.engine)() as session:
        replayed = open_draft(session, shown["draft"]["id"], {})
    counted = np.bincount(replayed.plan.number_of, replayed.desk.terrain.loads[:, 0])
    assert {grid["code"]: grid["households"] for grid in shown["grids"]} == {
        code(number): int(counted[number]) for number in sorted(replayed.plan.cards)
    }


def test_two_who_begin_the_first_drafts_of_a_plan_at_once_have_one_each(
    desk: Desk, service: Service
) -> None:
    waiting = text(
        "SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE NOT granted AND datname = current_database()"
    )
    with sessions(service.engine)() as first, ThreadPoolExecutor(1) as crowd:
        begin_draft(first, desk.version, A, name="spring", by="li")
        second = crowd.submit(desk.begin, "autumn")
        with service.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watch:
            while not second.done() and not watch.execute(waiting).all():
                wait([second], timeout=0.01)
        first.commit()
        assert desk.homes(second.result()) == {"001": 100, "002": 100, "003": 100}
