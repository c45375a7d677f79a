"""Small worlds for tests: communities drawn by hand or at random, in metres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from gridmap.layers.balance import BINS, BalanceSheet
from gridmap.plan.model import CommunityPlan
from gridmap.schema import (
    BARRIERS,
    COMPOUNDS,
    DEDICATED,
    GRIDS,
    LINKS,
    SETTLED,
    WATER,
    WORKERS,
    Community,
    CommunityCode,
    Table,
)

CRS = "EPSG:4549"
WEST, SOUTH = 500_000.0, 3_400_000.0


def at(x: float, y: float) -> tuple[float, float]:
    """Give the coordinates of a place in the world, whose corner is at 0, 0."""
    return WEST + x, SOUTH + y


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """Draw a rectangle."""
    return shapely.box(*at(x0, y0), *at(x1, y1))


def line(*points: tuple[float, float]) -> shapely.LineString:
    """Draw a line."""
    return shapely.LineString([at(*point) for point in points])


def lay(
    table: Table, rows: Mapping[str, BaseGeometry] | Sequence[BaseGeometry], **columns: list[Any]
) -> gpd.GeoDataFrame:
    """Lay geometries into a frame of a table's shape; other columns are as given, or empty."""
    named = rows if isinstance(rows, Mapping) else {str(n): row for n, row in enumerate(rows)}
    blank = {"str": "", "bool": False, "int64": 0, "float64": np.nan}
    values = {
        name: columns.get(name, [blank[kind]] * len(named)) for name, kind in table.columns.items()
    }
    index = pd.Index(list(named), name=table.index, dtype="str")
    frame = gpd.GeoDataFrame(values, index=index, geometry=list(named.values()), crs=CRS)
    return frame.astype(dict(table.columns))


def community(  # noqa: PLR0913
    buildings: Mapping[str, BaseGeometry],
    households: Sequence[int],
    *,
    boundary: BaseGeometry | None = None,
    persons: Sequence[int] | None = None,
    barriers: Sequence[tuple[str, BaseGeometry]] = (),
    crossings: Sequence[BaseGeometry] = (),
    water: Sequence[BaseGeometry] = (),
    compounds: Mapping[str, BaseGeometry] | None = None,
    dedicated: Mapping[str, BaseGeometry] | None = None,
    links: Sequence[BaseGeometry] = (),
    grids: Mapping[str, BaseGeometry] | None = None,
    workers: Mapping[str, str] | None = None,
    code: str = "990101001001",
) -> Community:
    """Draw a community; its outline is the world of 400 m by 300 m unless another is given."""
    lines = [*(shape for _, shape in barriers), *crossings, *(area.boundary for area in water)]
    kinds = [kind for kind, _ in barriers] + ["tertiary"] * len(crossings) + ["river"] * len(water)
    people = [2 * each for each in households] if persons is None else persons
    posts = workers or {}
    return Community(
        code=CommunityCode(code),
        name="石村",
        boundary=box(0, 0, 400, 300) if boundary is None else boundary,
        buildings=lay(SETTLED, buildings, households=list(households), persons=list(people)),
        barriers=lay(
            BARRIERS,
            lines,
            kind=kinds,
            name=[f"{kind}路" for kind in kinds],
            crossing=[False] * len(barriers) + [True] * len(crossings) + [False] * len(water),
        ),
        water=lay(WATER, water),
        compounds=lay(COMPOUNDS, compounds or {}),
        dedicated=lay(DEDICATED, dedicated or {}, name=list(dedicated or {})),
        links=lay(LINKS, links),
        grids=lay(GRIDS, grids or {}),
        workers=lay(
            WORKERS, {w: shapely.Point(at(1, 1)) for w in posts}, grids=list(posts.values())
        ),
    )


def sheet(*plans: CommunityPlan) -> BalanceSheet:
    """Make the balance sheet of plans whose ledger holds exactly what they place."""
    nothing = dict.fromkeys(BINS, 0)
    households = sum(int(plan.assignment["households"].sum()) for plan in plans)
    persons = sum(int(plan.assignment["persons"].sum()) for plan in plans)
    return BalanceSheet(
        "counts",
        households,
        persons,
        {**nothing, "placed": households},
        {**nothing, "placed": persons},
    )


@st.composite
def communities(draw: st.DrawFn) -> Community:
    """
    Draw any community: houses anywhere, also over each other and over roads.

    Rivers, railways, walls, roads of all kinds, dead ends, compounds, dedicated areas, islands in
    the outline, buildings without households, towers above the band.
    """
    spot = st.tuples(st.integers(0, 400), st.integers(0, 300))
    seed = draw(st.integers(0, 2**32 - 1))
    count = draw(st.integers(0, 40))
    dice = np.random.default_rng(seed)
    outline = draw(
        st.sampled_from(
            [
                box(0, 0, 400, 300),
                box(0, 0, 400, 300) - box(150, 100, 250, 180),
                box(0, 0, 180, 300) | box(220, 0, 400, 300),
                shapely.Point(at(200, 150)).buffer(150),
            ]
        )
    )
    outline = shapely.set_precision(outline, 1e-4)
    houses, household_counts = _houses(dice, count, outline)
    roads = draw(st.lists(st.lists(spot, min_size=2, max_size=4, unique=True), max_size=8))
    kinds = ["primary", "tertiary", "lane", "railway", "river", "wall", "residential", "path"]
    barriers = [(kinds[int(dice.integers(len(kinds)))], line(*points)) for points in roads]
    crossings = [line(*draw(st.lists(spot, min_size=2, max_size=2, unique=True)))]
    areas = [box(x, y, x + 90, y + 70) for x, y in draw(st.lists(spot, max_size=3))]
    split = draw(st.integers(0, len(areas)))
    water = [box(0, 140, 400, 165)] if draw(st.booleans()) else []
    return community(
        houses,
        household_counts,
        boundary=outline,
        barriers=barriers,
        crossings=crossings,
        water=water,
        compounds={f"c{n}": area for n, area in enumerate(areas[:split])},
        dedicated={f"d{n}": area for n, area in enumerate(areas[split:])},
    )


def _houses(
    dice: np.random.Generator, count: int, outline: BaseGeometry
) -> tuple[dict[str, BaseGeometry], list[int]]:
    houses: dict[str, BaseGeometry] = {}
    household_counts: list[int] = []
    for number in range(count):
        x, y = int(dice.integers(0, 390)), int(dice.integers(0, 290))
        wide, high = int(dice.integers(4, 40)), int(dice.integers(4, 30))
        shape: BaseGeometry = box(x, y, x + wide, y + high)
        if dice.random() < 0.1 and houses:
            shape = next(iter(houses.values()))
        if dice.random() < 0.1:
            shape = shapely.Point(at(x, y))
        anchor = shape.representative_point()
        if outline.covers(anchor):
            houses[f"h{number}"] = shape
            household_counts.append(int(dice.choice([0, 1, 6, 40, 90, 200, 640])))
    return houses, household_counts
