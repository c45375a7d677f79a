"""GDAL, as it is in QGIS: it reads OGC API over HTTP, the tiles, and PostGIS itself."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import uvicorn
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from api.main import PREFIX
from gridmap.store.address import plain_url
from tests.api.service import Service, publish_world
from tests.api.test_ogc_rights import PLACE
from tests.conftest import do_without
from tests.store.world import A

VIEWS = {"grids": 3, "grid_history": 6, "communities": 2, "buildings": 6}

KNOWN = "Multi-column primary key"  # GDAL numbers such rows itself


@dataclass
class Gdal:
    """GDAL's programs, and who they sign in as."""

    headers: str
    folder: Path

    def run(self, program: str, *words: str) -> str:
        """Run a program; what it complains of is a failure."""
        environment = {name: value for name, value in os.environ.items() if name[:2] != "PG"}
        done = subprocess.run(  # noqa: S603
            [program, *words],
            env={**environment, "GDAL_HTTP_HEADERS": self.headers, "NO_PROXY": "127.0.0.1"},
            capture_output=True,
            text=True,
            check=False,
        )
        complaints = [line for line in done.stderr.splitlines() if KNOWN not in line]
        assert (done.returncode, complaints) == (0, []), done
        return done.stdout

    def copy(self, source: str, layer: str, *options: str) -> gpd.GeoDataFrame:
        """Copy a layer into a file, and read that."""
        file = self.folder / f"{layer}.gpkg"
        file.unlink(missing_ok=True)
        self.run("ogr2ogr", "-nlt", "GEOMETRY", *options, str(file), source, layer)
        return gpd.read_file(file)


@pytest.fixture(scope="module")
def town(module_engine: Engine) -> Service:
    service = Service(module_engine)
    for day, name in (("2026-01-01T00:00:00Z", "old"), ("2026-03-01T00:00:00Z", "new")):
        publish_world(service, day, name=name)
    service.add("planner", "planner")
    service.add("of A", "planner", [A])
    return service


@pytest.fixture(scope="module")
def served(town: Service) -> Iterator[str]:
    """Serve on a free port until the tests are done."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(town.app, log_config=None))
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}{PREFIX}"
        server.should_exit = True
        running.join()


@pytest.fixture(scope="module")
def headers(town: Service) -> dict[str, str]:
    return {
        name: f"Authorization: {town.script(name).headers['authorization']}"
        for name in ("planner", "of A")
    }


@pytest.fixture
def gdal(pytestconfig: pytest.Config, headers: dict[str, str], tmp_path: Path) -> Gdal:
    if not (shutil.which("ogr2ogr") and shutil.which("ogrinfo")):
        do_without(pytestconfig, "gdal", "no GDAL: `make setup` says how to get it")
    return Gdal(headers["planner"], tmp_path)


@pytest.fixture
def stored(module_engine: Engine) -> dict[str, gpd.GeoDataFrame]:
    """Read what the database holds."""
    return {
        view: gpd.read_postgis(
            f"SELECT * FROM gridmap_published.{view} ORDER BY id",  # noqa: S608
            module_engine,
        )
        for view in VIEWS
    }


@pytest.fixture
def postgis(module_engine: Engine) -> str:
    url = make_url(plain_url(module_engine.url.render_as_string(hide_password=False)))
    parts = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "dbname": url.database,
        **url.query,
    }
    return "PG:" + " ".join(f"{name}='{value}'" for name, value in parts.items() if value)


def agree(read: gpd.GeoDataFrame, stored: gpd.GeoDataFrame, *, key: str = "id") -> float:
    """Hold what GDAL read against the database; give how far apart shapes are, in degrees."""
    assert read.crs is not None
    assert read.crs.to_epsg() == 4326
    here, there = (frame.set_index(key).sort_index() for frame in (read, stored))
    for column in ("households", "persons"):
        assert here[column].astype(int).to_dict() == there[column].astype(int).to_dict()
    shapes = (frame.geometry.to_numpy() for frame in (here, there))
    return float(shapely.hausdorff_distance(*shapes).max())


@pytest.mark.parametrize("view", VIEWS)
def test_gdal_reads_a_collection_as_the_database_holds_it(
    gdal: Gdal, served: str, stored: dict[str, gpd.GeoDataFrame], view: str
) -> None:
    said = gdal.run("ogrinfo", "-so", f"OAPIF:{served}/ogc", view)
    assert f"Feature Count: {VIEWS[view]}" in said
    assert "WGS 84" in said
    assert agree(gdal.copy(f"OAPIF:{served}/ogc", view), stored[view]) < 1e-9


def test_gdal_goes_on_page_by_page(
    gdal: Gdal, served: str, stored: dict[str, gpd.GeoDataFrame]
) -> None:
    read = gdal.copy(f"OAPIF:{served}/ogc", "grid_history", "-oo", "PAGE_SIZE=2")
    assert agree(read, stored["grid_history"]) < 1e-9


def test_gdal_asks_for_a_box_and_for_a_property(
    gdal: Gdal, served: str, stored: dict[str, gpd.GeoDataFrame]
) -> None:
    west, south, _, north = stored["grids"].total_bounds
    box = (str(west), str(south), str(west + 1e-5), str(north))
    source = f"OAPIF:{served}/ogc"
    assert list(gdal.copy(source, "grids", "-spat", *box)["name"]) == ["new"]
    assert list(gdal.copy(source, "grids", "-where", "name = 'b1'")["name"]) == ["b1"]


def test_gdal_reads_what_its_token_may_read(
    gdal: Gdal, served: str, headers: dict[str, str]
) -> None:
    gdal.headers = headers["of A"]
    assert sorted(gdal.copy(f"OAPIF:{served}/ogc", "grids")["name"]) == ["a2", "new"]


@pytest.mark.parametrize("view", VIEWS)
def test_gdal_reads_the_views_in_postgis(
    gdal: Gdal, postgis: str, stored: dict[str, gpd.GeoDataFrame], view: str
) -> None:
    said = gdal.run("ogrinfo", "-so", f"{postgis} schemas=gridmap_published", view)
    assert f"Feature Count: {VIEWS[view]}" in said
    assert "WGS 84" in said
    assert agree(gdal.copy(f"{postgis} schemas=gridmap_published", view), stored[view]) == 0


def test_gdal_reads_the_tables_in_postgis(
    gdal: Gdal, postgis: str, stored: dict[str, gpd.GeoDataFrame]
) -> None:
    said = gdal.run("ogrinfo", "-so", f"{postgis} schemas=gridmap", "grid")
    assert "Feature Count: 6" in said
    assert "Multi Polygon" in said
    read = gdal.copy(f"{postgis} schemas=gridmap", "grid")
    read["id"] = read["version_id"].astype(str) + "." + read["code"]
    assert agree(read, stored["grid_history"]) == 0


def test_gdal_reads_a_tile(gdal: Gdal, town: Service, stored: dict[str, gpd.GeoDataFrame]) -> None:
    at = f"/ogc/collections/grids/tiles/WebMercatorQuad/14/{PLACE.y}/{PLACE.x}"
    with town.browser("planner") as client:
        file = gdal.folder / "tile.mvt"
        file.write_bytes(client.get(at).content)
    where = ("-oo", f"X={PLACE.x}", "-oo", f"Y={PLACE.y}", "-oo", "Z=14", "-oo", "CLIP=NO")
    read = gdal.copy(f"MVT:{file}", "grids", "-t_srs", "EPSG:4326", *where)
    pixel = 360 / 2**14 / 4096
    assert agree(read, stored["grids"], key="code") < 2 * pixel
