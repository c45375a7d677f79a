"""The OpenAPI document: whole, with examples, and nothing in it that has to be loaded."""

import json
from typing import Any

import pytest

from api.openapi import write_document
from tests.api.service import Service


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("document") / "openapi.json"
    write_document(file)
    written: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return written


def test_what_is_written_is_what_is_served(service: Service, document: dict[str, Any]) -> None:
    service.add("leader", "leader")
    assert service.browser("leader").get("/openapi.json").json() == document


def test_every_route_says_in_a_sentence_what_it_does(document: dict[str, Any]) -> None:
    said = [op["description"] for ops in document["paths"].values() for op in ops.values()]
    assert said
    assert all(sentence.endswith(".") for sentence in said)


def test_what_is_sent_comes_with_an_example(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    bare = [name for name, one in schemas.items() if name.endswith("In") and "examples" not in one]
    assert bare == []


def test_problems_are_documented_as_what_they_are(document: dict[str, Any]) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in json.dumps(document)


def test_the_pages_that_load_from_elsewhere_are_not_there(service: Service) -> None:
    client = service.anonymous()
    client.base_url = "https://service"
    for page in ("/docs", "/redoc", "/openapi.json"):
        assert client.get(page).status_code == 404


def test_every_link_names_a_route_and_fills_its_address(document: dict[str, Any]) -> None:
    routes = {op["operationId"]: op for ops in document["paths"].values() for op in ops.values()}
    links = [
        (name, link)
        for route in routes.values()
        for answer in route["responses"].values()
        for name, link in answer.get("links", {}).items()
    ]
    assert len(links) > 20
    for name, link in links:
        route = routes[link["operationId"]]
        places = {one["name"] for one in route.get("parameters", ()) if one["in"] == "path"}
        assert set(link["parameters"]) == places, name
        if "requestBody" in link:
            sent = route["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            schema = document["components"]["schemas"][sent.rpartition("/")[2]]
            assert link["requestBody"].keys() <= schema["properties"].keys(), name
