"""Clients of a service that may die at any moment: they write down every answer they got."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Lock
from typing import Any

import httpx2
from numpy.random import Generator

from tests.store.streets import STREET_RULES
from tests.store.world import A

DRAFTS = f"/communities/{A}/drafts"
VERSIONS = f"/communities/{A}/versions"
RULES = {"low": STREET_RULES.low, "high": STREET_RULES.high, "target": STREET_RULES.target}
FIRST_DAY = datetime(2030, 1, 1, tzinfo=UTC)
TURN_S = 0.3
OVER = {"done", "failed", "cancelled"}
AWAY = 503
MAY_BE_REFUSED = "step"  # what the dice ask for may break a rule


class HomeTime(Exception):  # noqa: N818 (nothing is wrong)
    """The day is over, or whom they talked to is gone."""


@dataclass
class Notes:
    """What was answered, by kind of change; how many answers never came; what was wrong."""

    told: defaultdict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    unanswered: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    @property
    def count(self) -> int:
        """How many changes were acknowledged."""
        with self.lock:
            return sum(map(len, self.told.values()))


@dataclass(frozen=True)
class Clerk:
    """One client, with the tokens of those it works for, until the day is over."""

    client: httpx2.Client
    tokens: Mapping[str, str]
    notes: Notes
    over: Event
    dice: Generator

    def work(self, day: Callable[[Clerk], None]) -> None:
        """Do something again and again."""
        try:
            while True:
                day(self)
        except HomeTime:
            self.client.close()

    def get(self, path: str) -> Any:  # noqa: ANN401 (as JSON has it)
        """Look at something."""
        return self._send("", "GET", path, "li").json()

    def change(
        self, kind: str, path: str, body: object, *, by: str, note: Callable[[Any], object]
    ) -> Any:  # noqa: ANN401 (as JSON has it)
        """Ask for a change and note what is answered; None is a refusal."""
        answer = self._send(kind, "POST", path, by, json=body)
        if answer.status_code == 409:
            if kind != MAY_BE_REFUSED:
                self.notes.wrong.append(f"{path} by {by} was refused: {answer.text}")
                raise HomeTime
            return None
        content = answer.json() if answer.content else None
        with self.notes.lock:
            self.notes.told[kind].append(note(content))
        return content

    def _send(self, kind: str, method: str, path: str, by: str, **sent: Any) -> httpx2.Response:  # noqa: ANN401
        if self.over.is_set():
            raise HomeTime
        headers = {"Authorization": f"Bearer {self.tokens[by]}"}
        try:
            answer = self.client.request(method, path, headers=headers, **sent)
        except httpx2.TransportError as error:
            self.notes.unanswered[kind] += 1
            raise HomeTime from error
        if answer.status_code == AWAY:
            self.notes.unanswered[kind] += 1
            raise HomeTime
        if answer.status_code >= 400 and answer.status_code != 409:
            self.notes.wrong.append(f"{method} {path} by {by}: {answer.status_code} {answer.text}")
            raise HomeTime
        return answer


def begin(clerk: Clerk, version: int, name: str) -> str:
    """Begin a draft; give its address."""
    body = {"version": version, "name": name}
    made = clerk.change("draft", DRAFTS, body, by="li", note=lambda draft: draft["id"])
    return f"{DRAFTS}/{made['id']}"


def redraw(clerk: Clerk, draft: str, *, may_go_back: bool = True) -> None:
    """Do to a draft what the dice say."""
    shown = clerk.get(draft)
    number, seen = shown["draft"]["id"], shown["draft"]["head"]
    codes = sorted(grid["code"] for grid in shown["grids"])
    place = int(clerk.dice.integers(len(codes)))
    house = f"h{int(clerk.dice.integers(30)):02d}"
    ways: list[dict[str, Any]] = [
        {"operation": "move", "buildings": [house], "to": codes[place]},
        {"operation": "split_evenly", "grid": codes[place], "parts": 2},
        {"operation": "merge", "grids": [codes[place], codes[place - 1]]},
    ]
    way = int(clerk.dice.integers(5 if may_go_back else 3))
    path, body = ("steps", {"wish": ways[way]}) if way < 3 else (("undo", "redo")[way - 3], {})
    clerk.change(
        "step",
        f"{draft}/{path}",
        {"seen": seen, **body},
        by="li",
        note=lambda step: (number, step["number"], step["kind"], step["operation"]),
    )


def _give(told: object, content: object) -> object:
    """Note what was asked for, whatever was answered."""
    del content
    return told


@dataclass
class Publisher:
    """Takes one version after the other from a draft to the files; each begins a day later."""

    base: int
    day: int
    round: int

    def __call__(self, clerk: Clerk) -> None:
        """Publish one more."""
        draft = begin(clerk, self.base, f"published {self.round}.{self.day}")
        for _ in range(2):
            redraw(clerk, draft, may_go_back=False)
        shown = clerk.get(draft)
        seen = {"seen": shown["draft"]["head"]}
        made = clerk.change(
            "version", f"{draft}/versions", seen, by="li", note=lambda made: made["version"]
        )
        version = made["version"]
        for grid in shown["grids"]:
            self._sign(clerk, version, grid)
        self._step(clerk, version, "submission", {}, by="li")
        self._step(clerk, version, "approval", {}, by="wang")
        valid_from = FIRST_DAY + timedelta(days=self.day)
        dated = {"valid_from": valid_from.isoformat()}
        self._step(clerk, version, "publication", dated, by="zhao")
        self._step(clerk, version, "filing", {}, by="li")
        self.base, self.day = version, self.day + 1

    def _sign(self, clerk: Clerk, version: int, grid: Mapping[str, Any]) -> None:
        rules = ["owner"] if grid["status"] == "ok" else ["owner", "band"]
        for rule in rules:
            signed = {"code": grid["code"], "rule": rule, "why": "recruiting"}
            path, told = f"{VERSIONS}/{version}/exceptions", (version, grid["code"], rule)
            clerk.change("signature", path, signed, by="wang", note=partial(_give, told))

    def _step(self, clerk: Clerk, version: int, name: str, body: object, *, by: str) -> None:
        path = f"{VERSIONS}/{version}/{name}"
        clerk.change(name, path, body, by=by, note=lambda told: (version, told and told["sha256"]))


@dataclass
class Redrawer:
    """Redraws one draft."""

    base: int
    round: int
    draft: str = ""

    def __call__(self, clerk: Clerk) -> None:
        """Redraw it once more."""
        self.draft = self.draft or begin(clerk, self.base, f"redrawn {self.round}")
        redraw(clerk, self.draft)


@dataclass
class Asker:
    """Asks for jobs; two are under way at any time."""

    under_way: list[int] = field(default_factory=list)

    def __call__(self, clerk: Clerk) -> None:
        """Ask for one more, or look at the oldest."""
        if len(self.under_way) < 2:
            wish = {"communities": [A], "rules": RULES, "seed": int(clerk.dice.integers(1000))}
            job = clerk.change("job", "/jobs", wish, by="sun", note=lambda job: job["id"])
            self.under_way.append(job["id"])
        elif clerk.get(f"/jobs/{self.under_way[0]}")["state"] in OVER:
            self.under_way.pop(0)
        else:
            clerk.over.wait(TURN_S)
