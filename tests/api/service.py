"""The service over a real PostGIS, its clock in the test's hands, and clients signed in or not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.auth import COOKIE, CSRF_HEADER
from api.main import PREFIX, create_app
from api.settings import Settings
from gridmap.store.accounts import Account, add_account, find_account
from gridmap.store.credentials import add_token, open_session
from gridmap.store.imports import import_layers
from gridmap.store.plans import add_draft
from gridmap.store.session import sessions
from gridmap.store.tables import Role
from tests.store.test_rights import put_in_force
from tests.store.world import draw_draft, draw_world, with_grid

PASSWORD = "spring rain on tiles"  # noqa: S105 (of nobody)
BASE = f"https://service{PREFIX}"


@dataclass
class Service:
    """One service; `now` is its clock."""

    engine: Engine
    now: datetime = datetime(2100, 3, 1, 8, tzinfo=UTC)  # to come, or clients drop its cookies
    settings: Settings = field(default_factory=Settings)
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        self.app = create_app(sessions(self.engine), self.settings, clock=lambda: self.now)

    def wait(self, **units: float) -> None:
        """Let time pass."""
        self.now += timedelta(**units)

    def anonymous(self, **headers: str) -> TestClient:
        """Give a client that nobody knows."""
        return TestClient(
            self.app,
            base_url=BASE,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            raise_server_exceptions=False,
            follow_redirects=False,
        )

    def add(self, name: str, role: Role, areas: Iterable[str] | None = None) -> Account:
        """Add an account; a worker needs areas."""
        with sessions(self.engine).begin() as session:
            return add_account(session, name, PASSWORD, role, areas=areas)

    def browser(self, name: str) -> TestClient:
        """Give a browser that is signed in and sends its form token along."""
        with sessions(self.engine).begin() as session:
            account = find_account(session, name)
            opened = open_session(session, account, now=self.now, lasts=timedelta(hours=12))
        client = self.anonymous(**{CSRF_HEADER: opened.csrf})
        client.cookies.set(COOKIE, opened.token)
        return client

    def script(self, name: str, days: int = 1) -> TestClient:
        """Give a script that has a token."""
        with sessions(self.engine).begin() as session:
            account = find_account(session, name)
            label, lasts = f"{self.now:%s}", timedelta(days=days)
            _, secret = add_token(session, account, label, now=self.now, lasts=lasts)
        return self.anonymous(authorization=f"Bearer {secret}")


def plan_world(service: Service, **changes: Any) -> int:  # noqa: ANN401
    """Import the world and plan it, grid a1 told otherwise where anything is; give the version."""
    world = draw_world()
    with sessions(service.engine).begin() as session:
        dataset = import_layers(session, *world, source="a drawing")
        return add_draft(session, dataset, with_grid(draw_draft(*world), "a1", **changes))


def publish_world(service: Service, day: str = "2026-01-01", **changes: Any) -> int:  # noqa: ANN401
    """Plan the world and put the plan in force from a day on."""
    version = plan_world(service, **changes)
    with sessions(service.engine).begin() as session:
        put_in_force(session, version, day)
    return version
