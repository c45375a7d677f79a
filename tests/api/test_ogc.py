"""OGC API – Features: what is claimed holds, and what is asked in the wrong way is told."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from api.main import PREFIX
from api.routes.features import CLASSES
from gridmap.store.published import COLLECTIONS
from gridmap.store.session import sessions
from tests.api.service import Service, publish_world
from tests.store.world import GRIDS, A, B

GRIDS_NOW = "/ogc/collections/grids/items"
HISTORY = "/ogc/collections/grid_history/items"
FIRST, SECOND, LATER = "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", "2090-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def town(module_engine: Engine) -> Service:
    return Service(module_engine)


@pytest.fixture(scope="module")
def versions(town: Service) -> list[int]:
    """Publish one version after another; the last is to come."""
    days = {FIRST: "old", SECOND: "new", LATER: "to come"}
    return [publish_world(town, day, name=name) for day, name in days.items()]


@pytest.fixture(scope="module")
def client(town: Service, versions: list[int]) -> TestClient:
    assert len(versions) == 3
    town.add("planner", "planner")
    return town.script("planner")


def codes(answer: Any) -> list[str]:  # noqa: ANN401
    assert answer.status_code == 200, answer.text
    return [feature["properties"]["code"] for feature in answer.json()["features"]]


def found(
    client: TestClient, where: str, asked: Mapping[str, str] = MappingProxyType({}), **more: str
) -> list[str]:
    return codes(client.get(where, params={**asked, **more}))


# ---- Common, Features: core, geojson


def test_every_link_of_the_landing_page_leads_somewhere(client: TestClient) -> None:
    waiting, seen = [f"https://service{PREFIX}/ogc"], set()
    while waiting:
        here = waiting.pop()
        answer = client.get(here)
        assert answer.status_code == 200, (here, answer.text)
        seen.add(here.partition("?")[0])
        links = answer.json().get("links", [])
        for part in ("collections", "tilesets", "tileMatrixSets"):
            for one in answer.json().get(part, []):
                links += one["links"]
        for link in links:
            filled = link["href"]
            for name in ("tileMatrix", "tileRow", "tileCol"):
                filled = filled.replace(f"{{{name}}}", "0")
            if filled.partition("?")[0] not in seen and not link.get("templated"):
                waiting.append(filled)
            if link.get("templated"):
                assert client.get(filled).status_code == 200
    assert len(seen) > 20
    assert f"https://service{PREFIX}/openapi.json" in seen


def test_what_is_claimed_is_what_is_tested_here_and_among_the_tiles(client: TestClient) -> None:
    claimed = client.get("/ogc/conformance").json()["conformsTo"]
    assert claimed == list(CLASSES)
    assert {uri.split("/spec/")[1].split("/")[0] for uri in claimed} == {
        "ogcapi-common-1",
        "ogcapi-common-2",
        "ogcapi-features-1",
        "ogcapi-features-3",
        "cql2",
        "ogcapi-tiles-1",
    }
    assert not any("html" in uri or "oas30" in uri for uri in claimed)


def test_collections_say_where_and_when_there_is_anything(client: TestClient) -> None:
    listed = client.get("/ogc/collections").json()["collections"]
    assert [one["id"] for one in listed] == ["grids", "grid_history", "communities", "buildings"]
    grids, history = listed[0], listed[1]
    west, south, east, north = grids["extent"]["spatial"]["bbox"][0]
    assert 120 < west < east < 120.01
    assert 31 < south < north < 32
    (since, until), (first, last) = (
        one["extent"]["temporal"]["interval"][0] for one in (grids, history)
    )
    assert (since[:10], until[:10]) == ("2026-03-01", "2090-01-01")
    assert (first[:10], last) == ("2026-01-01", None)
    assert client.get("/ogc/collections/grids").json() == grids
    assert client.get("/ogc/collections/household").status_code == 404


def test_features_are_geojson_in_degrees_as_the_database_holds_them(
    client: TestClient, town: Service, versions: list[int]
) -> None:
    answer = client.get(GRIDS_NOW)
    assert answer.headers["content-type"] == "application/geo+json"
    body = answer.json()
    assert (body["type"], body["numberMatched"], body["numberReturned"]) == (
        "FeatureCollection",
        3,
        3,
    )
    one = body["features"][0]
    assert one["id"] == f"{versions[1]}.{GRIDS['a1']}"
    said = one["properties"]
    assert (said["name"], said["households"], said["community_code"]) == ("new", 3, A)
    with sessions(town.engine)() as session:
        asked = text("""
            SELECT ST_HausdorffDistance(geom, ST_GeomFromGeoJSON(:shape)) < 1e-9
            FROM gridmap_published.grids WHERE code = :code
        """)
        shape = {"shape": json.dumps(one["geometry"]), "code": GRIDS["a1"]}
        assert session.execute(asked, shape).scalar_one() is True
    alone = client.get(f"{GRIDS_NOW}/{one['id']}").json()
    assert (alone["geometry"], alone["properties"]) == (one["geometry"], said)
    assert client.get(f"{GRIDS_NOW}/{versions[0]}.{GRIDS['a1']}").status_code == 404


def test_pages_follow_one_another_without_gap_or_repetition(client: TestClient) -> None:
    pages, here = [], f"{HISTORY}?limit=2&code={GRIDS['a1']}"
    while here:
        body = client.get(here).json()
        assert body["numberMatched"] == 3
        pages.append([feature["properties"]["name"] for feature in body["features"]])
        here = next((link["href"] for link in body["links"] if link["rel"] == "next"), "")
    assert pages == [["old", "new"], ["to come"]]
    assert found(client, HISTORY, limit="2", offset="9") == []


def test_a_box_finds_what_it_touches(client: TestClient) -> None:
    west, south, east, north = client.get("/ogc/collections/grids").json()["extent"]["spatial"][
        "bbox"
    ][0]
    first = f"{west},{south},{west + 1e-5},{north}"
    assert found(client, GRIDS_NOW, bbox=first) == [GRIDS["a1"]]
    high = f"{west},{south},0,{west + 1e-5},{north},99"
    assert found(client, GRIDS_NOW, bbox=high) == [GRIDS["a1"]]
    assert found(client, GRIDS_NOW, bbox="0,0,1,1") == []
    around = f"{east - 1e-5},{south},{west - 1},{north}"  # the long way round, by the date line
    assert found(client, GRIDS_NOW, bbox=around) == [GRIDS["b1"]]


@pytest.mark.parametrize(
    ("moment", "names"),
    [
        ("2025-12-31T23:59:59Z", []),
        (FIRST, ["old"]),
        ("2026-02-01T08:00:00+08:00", ["old"]),
        (SECOND, ["new"]),
        ("2089-01-01T00:00:00Z", ["new"]),
        ("2091-01-01T00:00:00Z", ["to come"]),
        (f"{FIRST}/{SECOND}", ["new", "old"]),
        (f"../{FIRST}", ["old"]),
        (f"{SECOND}/..", ["new", "to come"]),
        (f"/{SECOND}", ["new", "old"]),
    ],
)
def test_a_time_finds_the_grids_that_were_in_force_then(
    client: TestClient, moment: str, names: list[str]
) -> None:
    asked = {"datetime": moment, "code": GRIDS["a1"]}
    body = client.get(HISTORY, params=asked).json()
    assert sorted(feature["properties"]["name"] for feature in body["features"]) == names


@pytest.mark.parametrize(
    "asked",
    [
        {"bbox": "1,2,3"},
        {"bbox": "x,2,3,4"},
        {"bbox": "nan,2,3,4"},
        {"bbox": "1,4,3,2"},
        {"bbox": "1,2,3,400"},
        {"datetime": "yesterday"},
        {"datetime": "2026-03-01"},
        {"datetime": "2026-03-01T00:00:00"},
        {"datetime": f"{SECOND}/{FIRST}"},
        {"datetime": "../.."},
        {"limit": "0"},
        {"offset": "-1"},
        {"f": "html"},
        {"no_such_parameter": "1"},
        {"households": "many"},
        {"geom": "here"},
        {"filter": "foo bar"},
        {"filter": "households > 1", "filter-lang": "cql2-json"},
        {"filter": "households > 1", "filter-crs": "http://www.opengis.net/def/crs/EPSG/0/4490"},
    ],
)
def test_what_cannot_be_read_is_a_problem_of_400(client: TestClient, asked: dict[str, str]) -> None:
    refused = client.get(GRIDS_NOW, params=asked)
    assert refused.status_code == 400, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:gridmap:problem:unreadable"
    assert client.get("/ogc/collections", params={"what": "1"}).status_code == 400


# ---- Features: queryables, filter; CQL2


def test_every_queryable_is_a_parameter_and_a_word_of_filters(client: TestClient) -> None:
    answer = client.get("/ogc/collections/grids/queryables")
    assert answer.headers["content-type"] == "application/schema+json"
    said = answer.json()
    assert said["$id"].endswith("/ogc/collections/grids/queryables")
    assert said["type"] == "object"
    values = client.get(GRIDS_NOW).json()["features"][0]["properties"]
    assert said["properties"].keys() == values.keys() | {"geom"}
    for name, value in values.items():
        assert GRIDS["a1"] in found(client, GRIDS_NOW, {name: str(value)}), name
        assert GRIDS["a1"] in found(client, GRIDS_NOW, filter=f"NOT {name} IS NULL"), name


a1, a2, b1 = GRIDS.values()


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (f"code = '{GRIDS['a1']}'", [a1]),
        (f"code <> '{GRIDS['a1']}'", [a2, b1]),
        ("households > 4 AND households < 100", []),
        ("households >= 0 OR persons <= 0", [a1, a2, b1]),
        (f"NOT (community_code = '{A}')", [b1]),
        ("worker IS NULL", []),
        ("worker IS NOT NULL", [a1, a2, b1]),
        ("valid_from = TIMESTAMP('2026-03-01T00:00:00Z')", [a1, a2, b1]),
        ("valid_to > DATE('2090-01-01')", []),
        ("name LIKE 'a_'", [a2]),
        ("name NOT LIKE '%1'", [a1, a2]),
        ("name IN ('a2', 'b1')", [a2, b1]),
        ("buildings BETWEEN 2 AND 3", [a1, a2, b1]),
        ("CASEI(name) = CASEI('NEW')", [a1]),
        ("households * 2 + 3 = 9", [a1]),
        ('{"op": "=", "args": [{"property": "name"}, "new"]}', [a1]),
        ('{"op": "in", "args": [{"property": "name"}, ["new", "b1"]]}', [a1, b1]),
        ("S_INTERSECTS(geom, BBOX(0, 0, 179, 89))", [a1, a2, b1]),
        ("S_INTERSECTS(geom, POINT(0 0))", []),
        ("S_WITHIN(geom, POLYGON((0 0, 179 0, 179 89, 0 89, 0 0)))", [a1, a2, b1]),
        ("S_DISJOINT(geom, POLYGON((0 0, 179 0, 179 89, 0 89, 0 0)))", []),
        ("S_CONTAINS(geom, POINT(0 0)) OR S_EQUALS(geom, POINT(0 0))", []),
        ("S_TOUCHES(geom, POINT(0 0)) OR S_CROSSES(geom, LINESTRING(0 0, 1 1))", []),
        ("S_OVERLAPS(geom, BBOX(0, 0, 1, 1))", []),
        ("name = 'it''s' OR name = 'new'", [a1]),
    ],
)
def test_a_filter_finds_what_it_says(client: TestClient, written: str, wanted: list[str]) -> None:
    assert found(client, GRIDS_NOW, filter=written) == wanted
    lang = "cql2-json" if written.startswith("{") else "cql2-text"
    assert found(client, GRIDS_NOW, {"filter-lang": lang}, filter=written) == wanted


@pytest.mark.parametrize(
    "written",
    [
        "pg_sleep(9) IS NULL",
        "set_config('gridmap.account', '1', true) = '1'",
        "code = set_config('role', 'postgres', true)",
        "'true'",
        "'1 = 1'",
        "code",
        "tableoid = 1",
        "ctid = '(0,1)'",
        '{"op": "pg_sleep", "args": [9]}',
        '{"op": "=", "args": [{"property": "code\\" = code --"}, 1]}',
        '{"op": "=", "args": [{"property": "valid_from"}, {"timestamp": "x\' OR true --"}]}',
        "code = 1",
        "households = 'many'",
        "households = 1e999",
        "1 / (households - households) = 1",
        "valid_from = TIMESTAMP('2026-13-01T00:00:00Z')",
        "S_INTERSECTS(code, POINT(0 0))",
        "code = ACCENTI('x')",
        "NOT " * 40 + "code = 'x'",
        "(" * 900 + "code = 'x'" + ")" * 900,
    ],
)
def test_a_filter_can_do_nothing_but_ask(client: TestClient, written: str) -> None:
    refused = client.get(GRIDS_NOW, params={"filter": written})
    assert refused.status_code in {200, 400}
    if not written.startswith("((("):
        assert refused.status_code == 400, refused.text
    tile = client.get("/ogc/collections/grids/tiles/WebMercatorQuad/0/0/0?filter=" + quote(written))
    assert tile.status_code == refused.status_code


# ---- what is there


def test_the_views_have_the_columns_that_are_described(town: Service) -> None:
    names = {"timestamptz": "timestamp with time zone"}
    asked = text("""
        SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
        WHERE attrelid = CAST('gridmap_published.' || :name AS regclass) AND attnum > 0
        ORDER BY attnum
    """)
    with sessions(town.engine)() as session:
        for name, collection in COLLECTIONS.items():
            rows = [tuple(row) for row in session.execute(asked, {"name": name})]
            said = [(one.name, names.get(one.type, one.type)) for one in collection.properties]
            assert rows == said, name


def test_communities_and_buildings_come_with_figures_and_no_household(client: TestClient) -> None:
    told = client.get("/ogc/collections/communities/items").json()["features"]
    assert [(one["properties"]["code"], one["properties"]["grids"]) for one in told] == [
        (A, 2),
        (B, 1),
    ]
    houses = client.get("/ogc/collections/buildings/items").json()["features"]
    in_grid = {one["properties"]["building_id"]: one["properties"]["grid_code"] for one in houses}
    assert in_grid == {
        **dict.fromkeys(("A1", "A2"), a1),
        **dict.fromkeys(("A3", "A4"), a2),
        **dict.fromkeys(("B1", "B2"), b1),
    }
    assert "H1" not in client.get("/ogc/collections/buildings/items").text


def test_a_leader_sees_no_figure_under_five(town: Service, client: TestClient) -> None:
    town.add("leader", "leader")
    leader = town.script("leader")
    for where, households in ((GRIDS_NOW, 4), ("/ogc/collections/buildings/items", 3)):
        plain = {
            one["id"]: one["properties"]["households"]
            for one in client.get(where).json()["features"]
        }
        assert min(plain.values()) <= households
        shown = {
            one["id"]: one["properties"]["households"]
            for one in leader.get(where).json()["features"]
        }
        assert shown == {key: None if 0 < n < 5 else n for key, n in plain.items()}
    assert leader.get(GRIDS_NOW, params={"filter": "households = 4"}).json()["features"] == []


def test_a_publication_shows_in_the_next_request(service: Service) -> None:
    service.add("planner", "planner")
    client = service.script("planner")
    asked = {"code": a1}
    assert client.get(GRIDS_NOW, params=asked).json()["numberMatched"] == 0
    for day, name in ((FIRST, "old"), (f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", "new")):
        publish_world(service, day, name=name)
        (feature,) = client.get(GRIDS_NOW, params=asked).json()["features"]
        assert feature["properties"]["name"] == name
