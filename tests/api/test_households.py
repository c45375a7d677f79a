"""Single households over HTTP: only one's own, and every look is written down."""

import pytest

from tests.api.service import Service, publish_world
from tests.store.world import GRIDS, A, B

WHY = {"why": "a visit"}


@pytest.fixture
def service(service: Service) -> Service:
    publish_world(service)
    service.add("Ai", "worker", [GRIDS["a1"]])
    service.add("Bo", "dispatcher", [B])
    service.add("root", "admin")
    return service


def test_a_worker_reads_a_household_of_their_grid_and_of_no_other(service: Service) -> None:
    worker = service.browser("Ai")
    found = worker.get("/households/H2", params=WHY)
    assert found.status_code == 200
    told = found.json()
    assert (told["building"], told["entrance"], told["floor"], told["need"]) == (
        "A1",
        "1",
        "2",
        "80+",
    )
    assert (told["community"], told["grid"]) == (A, GRIDS["a1"])
    for elsewhere in ("H4", "H9", "H5", "H7", "nobody"):
        assert worker.get(f"/households/{elsewhere}", params=WHY).status_code == 404
    assert service.browser("Bo").get("/households/H2", params=WHY).status_code == 404
    assert service.browser("Bo").get("/households/H5", params=WHY).status_code == 200


def test_before_the_first_publication_nobody_was_in_a_grid(service: Service) -> None:
    asked = WHY | {"at": "2025-12-31T00:00:00Z"}
    assert service.browser("Bo").get("/households/H5", params=asked).status_code == 404


def test_every_look_says_who_when_why_and_at_whom(service: Service) -> None:
    service.browser("Ai").get("/households/H2", params=WHY)
    service.browser("Ai").get("/households/H9", params=WHY)  # not theirs: there was nothing to see
    service.browser("Bo").get("/households/H5", params={"why": "door to door"})
    admin = service.browser("root")
    first = admin.get("/household-reads", params={"limit": 1}).json()
    (look,) = first["reads"]
    assert (look["who"], look["why"], look["household_id"]) == ("Ai", "a visit", "H2")
    assert look["read_at"] > "2026"
    rest = admin.get("/household-reads", params={"after": first["next"]}).json()
    assert [row["household_id"] for row in rest["reads"]] == ["H5"]
    assert rest["next"] is None
    of_one = admin.get("/household-reads", params={"household": "H5"}).json()
    assert [row["who"] for row in of_one["reads"]] == ["Bo"]


@pytest.mark.parametrize("why", ["", "   ", None])
def test_without_a_reason_nothing_is_read(service: Service, why: str | None) -> None:
    asked = {} if why is None else {"why": why}
    assert service.browser("Bo").get("/households/H5", params=asked).status_code == 422
    assert service.browser("root").get("/household-reads").json()["reads"] == []
