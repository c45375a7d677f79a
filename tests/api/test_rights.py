"""
Rights as a matrix, made from the OpenAPI document: every route, every role, here and elsewhere.

Whoever adds a route has to say here who may use it, or the first test fails.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter

from api.auth import CommunityDep
from api.main import PREFIX
from gridmap.store.tables import ROLES, Role
from tests.api.service import Service

EVERYBODY = frozenset(ROLES)
PLANNERS: frozenset[Role] = frozenset({"planner", "admin"})
APPROVERS: frozenset[Role] = frozenset({"approver", "admin"})
CLERKS: frozenset[Role] = PLANNERS | APPROVERS
READERS: frozenset[Role] = PLANNERS | {"approver", "leader"}
OWN, FOREIGN = "A", "B"
PUBLIC = {
    "GET /health",
    "POST /sessions",
    "GET /sessions/oidc",
    "GET /sessions/oidc/callback",
    "GET /notices",
    "GET /notices.html",
    "GET /notices/{community}",
    "GET /notices/{community}.html",
}
OGC_TILE = (
    "/ogc/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}"
)
ALLOWED: dict[str, frozenset[Role]] = {
    "GET /sessions/current": EVERYBODY,
    "DELETE /sessions/current": EVERYBODY,
    "PUT /sessions/current/password": EVERYBODY,
    "GET /households/{household}": frozenset({"planner", "approver", "dispatcher", "worker"}),
    "GET /household-reads": frozenset({"admin"}),
    "GET /accounts": frozenset({"admin"}),
    "POST /accounts": frozenset({"admin"}),
    "PUT /accounts/{name}/areas": frozenset({"admin"}),
    "PUT /accounts/{name}/state": frozenset({"admin"}),
    "POST /accounts/{name}/password": frozenset({"admin"}),
    "GET /tokens": EVERYBODY,
    "POST /tokens": EVERYBODY,
    "DELETE /tokens/{number}": EVERYBODY,
    "GET /communities/{community}/drafts": CLERKS,
    "POST /communities/{community}/drafts": PLANNERS,
    "GET /communities/{community}/drafts/{number}": CLERKS,
    "GET /communities/{community}/drafts/{number}/features": CLERKS,
    "GET /communities/{community}/drafts/{number}/tiles/{z}/{x}/{y}": CLERKS,
    "GET /communities/{community}/drafts/{number}/steps": CLERKS,
    "POST /communities/{community}/drafts/{number}/steps": PLANNERS,
    "POST /communities/{community}/drafts/{number}/undo": PLANNERS,
    "POST /communities/{community}/drafts/{number}/redo": PLANNERS,
    "POST /communities/{community}/drafts/{number}/versions": PLANNERS,
    "GET /communities/{community}/versions/{number}/gate": READERS,
    "POST /communities/{community}/versions/{number}/exceptions": APPROVERS,
    "POST /communities/{community}/versions/{number}/submission": PLANNERS,
    "POST /communities/{community}/versions/{number}/approval": APPROVERS,
    "POST /communities/{community}/versions/{number}/publication": APPROVERS,
    "POST /communities/{community}/versions/{number}/filing": CLERKS,
    "GET /communities/{community}/versions/{number}/certificate": READERS,
    "GET /communities/{community}/versions/{number}/pack": CLERKS,
    "GET /communities/{community}/versions/{number}/comparison": CLERKS,
    "GET /communities/{community}/drafts/{number}/comparison": CLERKS,
    "GET /communities/{community}/grids/{code}/lineage": EVERYBODY - {"worker"},
    "GET /communities/{community}/crosswalk": EVERYBODY - {"worker"},
    "GET /communities/{community}/owner": EVERYBODY - {"worker"},
    "GET /jobs": READERS,
    "POST /jobs": PLANNERS,
    "GET /jobs/{number}": READERS,
    "GET /jobs/{number}/events": READERS,
    "POST /jobs/{number}/cancellation": PLANNERS,
    "GET /openapi.json": EVERYBODY,
    "GET /ogc": EVERYBODY,
    "GET /ogc/conformance": EVERYBODY,
    "GET /ogc/collections": EVERYBODY,
    "GET /ogc/collections/{collectionId}": EVERYBODY,
    "GET /ogc/collections/{collectionId}/queryables": EVERYBODY,
    "GET /ogc/collections/{collectionId}/items": EVERYBODY,
    "GET /ogc/collections/{collectionId}/items/{itemId}": EVERYBODY,
    "GET /ogc/collections/{collectionId}/tiles": EVERYBODY,
    "GET /ogc/collections/{collectionId}/tiles/{tileMatrixSetId}": EVERYBODY,
    f"GET {OGC_TILE}": EVERYBODY,
    "GET /ogc/tileMatrixSets": EVERYBODY,
    "GET /ogc/tileMatrixSets/{tileMatrixSetId}": EVERYBODY,
    "GET /probe/{community}": EVERYBODY - {"worker"},
}
"""Which roles may use a route at all; where it names a community, only in one of their own."""

FIELDS = {
    "name": "target",
    "number": "999",
    "household": "H1",
    "code": "001",
    "collectionId": "grids",
    "itemId": "999.A",
    "tileMatrixSetId": "WebMercatorQuad",
    **dict.fromkeys(("z", "x", "y", "tileMatrix", "tileRow", "tileCol"), "0"),
}

Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture
def service(service: Service) -> Service:
    """Give a service with one more route, which only asks for a community."""
    router = APIRouter()

    @router.get("/probe/{community}")
    def probe(community: CommunityDep) -> str:
        return community

    service.app.include_router(router, prefix=PREFIX)
    service.add("target", "leader", [OWN])
    for role in ROLES:
        service.add(role, role, [OWN])
    return service


def operations(service: Service) -> Iterator[Operation]:
    """List every route of the document: method, path, and what is said of it."""
    for path, methods in service.app.openapi()["paths"].items():
        for method, said in methods.items():
            yield method.upper(), path.removeprefix(PREFIX), said


def body(service: Service, said: dict[str, Any]) -> dict[str, Any] | None:
    """Take the document's own example."""
    if "requestBody" not in said:
        return None
    schema = said["requestBody"]["content"]["application/json"]["schema"]
    name = schema["$ref"].rpartition("/")[2]
    example: dict[str, Any] = service.app.openapi()["components"]["schemas"][name]["examples"][0]
    return example


def places(path: str) -> dict[str, str]:
    """Fill a path's fields in: at home and, where it names a community, elsewhere."""
    known = path
    for name, value in FIELDS.items():
        known = known.replace(f"{{{name}}}", value)
    if "{community}" not in known:
        return {"own": known}
    return {
        "own": known.replace("{community}", OWN),
        "foreign": known.replace("{community}", FOREIGN),
    }


def test_no_route_is_left_out(service: Service) -> None:
    routes = {f"{method} {path}" for method, path, _ in operations(service)}
    assert routes == ALLOWED.keys() | PUBLIC
    served = {
        f"{method} {route.path.removeprefix(PREFIX)}"
        for route in _routes(service)
        for method in route.methods - {"HEAD"}
    }
    assert served == routes


def _routes(service: Service) -> list[Any]:
    from fastapi.routing import iter_route_contexts  # noqa: PLC0415

    return list(iter_route_contexts(service.app.routes))


def test_nobody_unknown_gets_in(service: Service) -> None:
    client, answers = service.anonymous(), {}
    for method, path, said in operations(service):
        for place, filled in places(path).items():
            answer = client.request(method, filled, json=body(service, said))
            answers[f"{method} {path}", place] = answer.status_code
    let_in = {route for (route, _), status in answers.items() if status != 401}
    assert let_in == PUBLIC - {"POST /sessions"}
    assert answers["POST /sessions", "own"] == 401  # that is: the example is nobody's password


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_in_where_it_may_and_nowhere_else(service: Service, role: Role) -> None:
    wrong = {}
    for method, path, said in operations(service):
        route = f"{method} {path}"
        for place, filled in places(path).items():
            answer = service.browser(role).request(method, filled, json=body(service, said))
            may = route in PUBLIC or (role in ALLOWED[route] and place == "own")
            refused = answer.status_code == 403
            documented = str(answer.status_code) in said["responses"]
            if refused is may or answer.status_code >= 500 or not documented:
                wrong[route, place] = answer.status_code
    assert wrong == {}


@pytest.mark.parametrize("role", ROLES)
def test_a_script_has_the_rights_of_its_account_and_no_more(service: Service, role: Role) -> None:
    script, wrong = service.script(role), {}
    for method, path, said in operations(service):
        route = f"{method} {path}"
        for place, filled in places(path).items():
            answer = script.request(method, filled, json=body(service, said))
            may = route in PUBLIC or (role in ALLOWED[route] and place == "own")
            if not may and answer.status_code != 403:
                wrong[route, place] = answer.status_code
    assert wrong == {}
