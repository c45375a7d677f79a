"""What a route reads in the name of an account: the database keeps the rights once more."""

import pytest
from fastapi import APIRouter
from sqlalchemy import text

from api.auth import RestrictedDep
from api.main import PREFIX
from tests.api.service import Service, publish_world
from tests.store.world import GRIDS, A


@pytest.fixture
def service(service: Service) -> Service:
    """Give a service with a planned world, and a careless route that asks for all of it."""
    router = APIRouter()

    @router.get("/careless")
    def read_all(session: RestrictedDep) -> list[str]:
        rows = session.execute(text("SELECT placed_in FROM gridmap.household"))
        return sorted({str(home) for home in rows.scalars() if home is not None})

    service.app.include_router(router, prefix=PREFIX)
    publish_world(service)
    service.add("planner", "planner", [A])
    service.add("leader", "leader")
    for grid, code in GRIDS.items():
        service.add(grid, "worker", [code])
    return service


@pytest.mark.parametrize(
    ("name", "homes"),
    [
        ("a1", ["A1", "A2"]),
        ("a2", ["A3", "A4"]),
        ("b1", ["B2"]),
        ("planner", ["A1", "A2", "A3", "A4"]),
        ("leader", []),
    ],
)
def test_a_route_that_asks_for_too_much_gets_what_is_the_accounts(
    service: Service, name: str, homes: list[str]
) -> None:
    for client in (service.browser(name), service.script(name)):
        assert client.get("/careless").json() == homes


def test_one_request_does_not_lend_its_rights_to_the_next(service: Service) -> None:
    planner, worker, boss = (service.browser(name) for name in ("planner", "b1", "leader"))
    for _ in range(3):
        assert planner.get("/careless").json() == ["A1", "A2", "A3", "A4"]
        assert worker.get("/careless").json() == ["B2"]
        assert boss.get("/careless").json() == []
    assert service.anonymous().get("/careless").status_code == 401
