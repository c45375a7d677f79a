"""
Measure a tile of 10,000 buildings over HTTP: of a draft, of what is published, and tipg's own.

Run by `make bench`; prints a table, and asserts nothing. tipg draws the same table for everybody,
with the same columns and no rights; what is published is drawn by it too, as far as they go.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from fastapi import FastAPI
from fastapi.testclient import TestClient
from morecantile import tms
from pyproj import Transformer
from rich.console import Console
from rich.table import Table
from shapely import Polygon
from shapely.affinity import translate
from sqlalchemy import text
from tipg.collections import register_collection_catalog
from tipg.database import close_db_connection, connect_to_db
from tipg.factory import OGCTilesFactory
from tipg.settings import DatabaseSettings, PostgresSettings

from api.main import PREFIX, create_app, now
from api.settings import Settings
from gridmap.schema import TABLES, Layers
from gridmap.store import cluster
from gridmap.store.accounts import add_account
from gridmap.store.address import plain_url
from gridmap.store.credentials import add_token
from gridmap.store.rights import require_service_role
from gridmap.store.session import open_engine, sessions
from tests.benchmarks.redrawing import begin
from tests.store.test_rights import put_in_force
from tests.store.world import CRS_AS_READ, EAST, METRIC, NORTH, A, frame

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.orm import Session, sessionmaker

SIDE: Final = 100
HOUSE_M: Final = 18.0
ZOOM: Final = 14
ROUNDS: Final = 60
BAR_MS: Final = 100
HOUSE: Final = Polygon([(3, 3), (13, 3), (13, 6), (10, 6), (10, 14), (6, 14), (6, 10), (3, 10)])


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="gridmap-bench-"))
    folder.chmod(0o755)  # the server's account has to get in
    try:
        url = cluster.start(folder / "cluster")
        engine = open_engine(url)
        office = sessions(engine)
        draft = begin(office, draw_layers())
        tokens = publish(office)
        ours = create_app(office, Settings())
        with TestClient(ours) as here, TestClient(plain(plain_url(url))) as there:
            pages = addresses(here, there, draft, find_tile(office))
            Console(file=sys.stdout).print(measure(pages, tokens))
    finally:
        cluster.stop(folder / "cluster")
        shutil.rmtree(folder)


def draw_layers() -> Layers:
    """Draw a community of 100 by 100 houses, which lies in one tile."""
    west, south = find_corner()
    houses: dict[str, dict[str, Any]] = {}
    for number in range(SIDE * SIDE):
        x, y = west + number % SIDE * HOUSE_M, south + number // SIDE * HOUSE_M
        houses[f"h{number:05d}"] = {
            "geometry": translate(HOUSE, x, y),
            "households": 3 + number % 5,
            "persons": 8,
            "use": "residential",
            "community_code": A,
        }
    ground = shapely.box(west, south, west + SIDE * HOUSE_M, south + SIDE * HOUSE_M)
    drawn = {"buildings": houses, "communities": {A: {"name": "long", "geometry": ground}}}
    return Layers(
        crs=CRS_AS_READ,
        has_ledger=False,
        faults=(),
        **{name: frame(table, drawn.get(name, {})) for name, table in TABLES.items()},
    )


def find_corner() -> tuple[float, float]:
    """Find the south-west of a tile, and 100 m off its edges, in metres of the drawing."""
    tiles = tms.get("WebMercatorQuad")
    bounds = tiles.bounds(tiles.tile(120.01, 31.18, ZOOM))
    to_metres = Transformer.from_crs(4326, METRIC, always_xy=True)
    x, y = to_metres.transform(bounds.left, bounds.bottom)
    return x - EAST + 100, y - NORTH + 100


def publish(office: sessionmaker[Session]) -> dict[str, str]:
    """Put the plan in force, and give tokens of who reads it."""
    with office.begin() as session:
        require_service_role(session)
        version = session.execute(text("SELECT max(id) FROM gridmap.plan_version")).scalar_one()
        put_in_force(session, version, "2026-01-01T00:00Z")
        tokens = {}
        for name, areas in (("of the community", [A]), ("of all", None)):
            account = add_account(session, name, "spring rain on tiles", "planner", areas=areas)
            lasts = timedelta(days=1)
            _, tokens[name] = add_token(session, account, "bench", now=now(), lasts=lasts)
        session.execute(text("ANALYZE"))
    return tokens


def find_tile(office: sessionmaker[Session]) -> tuple[int, int]:
    """Give column and row of the tile that holds the community."""
    asked = "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Centroid(ST_Extent(geom)) p FROM gridmap.grid)"
    with office() as session:
        longitude, latitude = session.execute(text(f"{asked} one")).one()
    place = tms.get("WebMercatorQuad").tile(longitude, latitude, ZOOM)
    return place.x, place.y


def addresses(
    here: TestClient, there: TestClient, draft: int, place: tuple[int, int]
) -> dict[str, tuple[TestClient, str]]:
    """List what is measured; tipg's own comes first, because the others are held against it."""
    x, y = place
    layer = f"{PREFIX}/ogc/collections/{{}}/tiles/WebMercatorQuad/{ZOOM}/{y}/{x}"
    table = f"/collections/gridmap.building/tiles/WebMercatorQuad/{ZOOM}/{x}/{y}"
    drawn = f"{PREFIX}/communities/{A}/drafts/{draft}/tiles/{ZOOM}/{x}/{y}"
    return {
        "tipg: the table, same columns": (there, f"{table}?properties=building_id,households"),
        "tipg: the table, all columns": (there, table),
        "draft: grids and buildings": (here, drawn),
        "published: buildings": (here, layer.format("buildings")),
        "published: grids": (here, layer.format("grids")),
    }


def plain(url: str) -> FastAPI:
    """Make a service of nothing but tipg's tiles, over the tables."""

    @asynccontextmanager
    async def open_pool(app: FastAPI) -> AsyncIterator[None]:
        place = PostgresSettings.model_validate({"database_url": url.replace("+psycopg", "")})
        await connect_to_db(app, schemas=["gridmap"], settings=place)
        asked = DatabaseSettings(schemas=["gridmap"], functions=[], spatial_extent=False)
        await register_collection_catalog(app, db_settings=asked)
        yield
        await close_db_connection(app)

    app = FastAPI(lifespan=open_pool)
    app.include_router(OGCTilesFactory(with_common=False, with_viewer=False).router)
    return app


def measure(pages: dict[str, tuple[TestClient, str]], tokens: dict[str, str]) -> Table:
    """Ask for each tile by turns, so that whatever else the machine does is shared by all."""
    spent: dict[tuple[str, str], list[float]] = {}
    sizes: dict[tuple[str, str], int] = {}
    for _ in range(ROUNDS):
        for name, (client, page) in pages.items():
            for reader, token in tokens.items():
                began = time.perf_counter()
                answer = client.get(page, headers={"Authorization": f"Bearer {token}"})
                spent.setdefault((name, reader), []).append(time.perf_counter() - began)
                sizes[name, reader] = len(answer.content)
                answer.raise_for_status()
    table = Table(title=f"A tile of {SIDE * SIDE:,} buildings over HTTP, bar {BAR_MS} ms")
    for column in ("tile", "reader", "KiB", "50th ms", "95th ms", "of tipg's"):
        table.add_column(column, justify="left" if column in {"tile", "reader"} else "right")
    base = float(np.median(next(iter(spent.values()))))
    for (name, reader), seconds in spent.items():
        middle, late = 1e3 * np.percentile(seconds, [50, 95])
        size = sizes[name, reader] / 1024
        ratio = middle / 1e3 / base
        table.add_row(name, reader, f"{size:.0f}", f"{middle:.1f}", f"{late:.1f}", f"{ratio:.2f}")
    return table


if __name__ == "__main__":
    main()
