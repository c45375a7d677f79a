"""What an account may not read is in no feature, no extent and no tile of OGC API either."""

import pytest
from fastapi.testclient import TestClient
from morecantile import tms
from sqlalchemy import Engine

from tests.api.service import Service, publish_world
from tests.store.world import GRIDS, A

READS = {
    "planner": ["a1", "a2"],
    "leader": ["a1", "a2", "b1"],
    "a1": ["a1"],
    "a2": ["a2"],
    "b1": ["b1"],
    "elsewhere": [],
}
CODES = {grid: [code] for grid, code in GRIDS.items()}
HOUSES = {"a1": ["A1", "A2"], "a2": ["A3", "A4"], "b1": ["B1", "B2"]}
LAYERS = {
    "grids": ("code", CODES),
    "grid_history": ("code", CODES),
    "buildings": ("building_id", HOUSES),
}
PLACE = tms.get("WebMercatorQuad").tile(120.0034, 31.1742, 14)
TILE = f"/ogc/collections/{{}}/tiles/WebMercatorQuad/14/{PLACE.y}/{PLACE.x}"

Clients = dict[str, TestClient]


@pytest.fixture(scope="module")
def town(module_engine: Engine) -> Service:
    """Publish the world, for a planner of A, a leader of all, and a worker in each grid."""
    service = Service(module_engine)
    publish_world(service, "2026-01-01T00:00:00Z", name="a1")
    service.add("planner", "planner", [A])
    service.add("leader", "leader")
    service.add("elsewhere", "approver", ["999"])
    for grid, code in GRIDS.items():
        service.add(grid, "worker", [code])
    return service


@pytest.fixture(scope="module")
def scripts(town: Service) -> Clients:
    return {name: town.script(name) for name in READS}


@pytest.fixture(scope="module")
def browsers(town: Service) -> Clients:
    return {name: town.browser(name) for name in READS}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("name", READS)
def test_features_extents_and_tiles_hold_what_is_the_accounts(
    scripts: Clients, browsers: Clients, layer: str, name: str
) -> None:
    key, of_grid = LAYERS[layer]
    items = f"/ogc/collections/{layer}/items"
    own = [one for grid in READS[name] for one in of_grid[grid]]
    foreign = [one for grid in GRIDS for one in of_grid[grid] if one not in own]
    everything = scripts["leader"].get(items).json()["features"]
    ids = {one["properties"][key]: one["id"] for one in everything}
    assert ids.keys() == {*own, *foreign}
    for client in (scripts[name], browsers[name]):
        read = client.get(items).json()
        assert sorted(one["properties"][key] for one in read["features"]) == own
        assert read["numberMatched"] == len(own)
        tile = client.get(TILE.format(layer))
        assert tile.status_code == 200
        assert [one for one in (*own, *foreign) if one.encode() in tile.content] == own
        answers = {one: client.get(f"{items}/{ids[one]}").status_code for one in ids}
        assert answers == {**dict.fromkeys(own, 200), **dict.fromkeys(foreign, 404)}
        extent = client.get(f"/ogc/collections/{layer}").json().get("extent")
        assert (extent is None) is (own == [])


def test_extents_tell_nothing_of_where_others_are(scripts: Clients) -> None:
    boxes = {
        name: scripts[name].get("/ogc/collections/grids").json()["extent"]["spatial"]["bbox"][0]
        for name in ("a1", "a2", "b1", "leader")
    }
    assert boxes["a1"][2] <= boxes["a2"][0] + 1e-6
    assert boxes["a2"][2] <= boxes["b1"][0] + 1e-6
    assert boxes["leader"][0] == boxes["a1"][0]
    assert boxes["leader"][2] == boxes["b1"][2]


def test_communities_are_those_with_a_grid_of_ones_own(scripts: Clients) -> None:
    read = {
        name: [
            (one["properties"]["code"][-1], one["properties"]["grids"])
            for one in script.get("/ogc/collections/communities/items").json()["features"]
        ]
        for name, script in scripts.items()
    }
    assert read == {
        "planner": [("1", 2)],
        "leader": [("1", 2), ("2", 1)],
        "a1": [("1", 1)],
        "a2": [("1", 1)],
        "b1": [("2", 1)],
        "elsewhere": [],
    }


def test_an_etag_of_one_reader_is_no_other_readers(scripts: Clients) -> None:
    tiles = {name: scripts[name].get(TILE.format("grids")) for name in ("a1", "b1")}
    etags = {name: tile.headers["etag"] for name, tile in tiles.items()}
    assert etags["a1"] != etags["b1"]
    assert tiles["a1"].headers["cache-control"] == "private, no-cache"
    again = {
        name: scripts["a1"].get(TILE.format("grids"), headers={"If-None-Match": etag})
        for name, etag in etags.items()
    }
    assert (again["a1"].status_code, again["a1"].content) == (304, b"")
    assert again["b1"].status_code == 200


def test_nobody_unknown_reads_anything(town: Service) -> None:
    for where in ("/ogc", "/ogc/collections/grids/items", TILE.format("grids")):
        refused = town.anonymous().get(where)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Bearer")
    assert town.anonymous(authorization="Bearer nobody").get("/ogc").status_code == 401
