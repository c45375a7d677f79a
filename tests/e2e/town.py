"""A town of grids on a lattice, as large as a test or a benchmark wants it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS
from shapely import LineString, Point, Polygon

from gridmap.layers.balance import BINS, BalanceSheet
from gridmap.messages import Message
from gridmap.plan.model import MICROGRIDS, Draft, Figures
from gridmap.rules import Rules
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from geopandas import GeoDataFrame

METRES = CRS.from_epsg(4549)
ORIGIN = (452_000.0, 4_420_000.0)
SIDE_M = 220.0
COMMUNITIES = {"110101001001": "和平社区", "110101001002": "幸福里社区", "110101001003": "东关社区"}

Corner = tuple[int, int]


class Lattice:
    """Wobbling lines between wobbling corners, so that neighbours share them to the bit."""

    def __init__(self, rows: int, columns: int, *, bends: int, seed: int = 7) -> None:
        self.rng = np.random.default_rng(seed)
        self.bends = bends
        self.corners = {
            (row, column): self._wobbled(column * SIDE_M, row * SIDE_M, 25.0)
            for row in range(rows + 1)
            for column in range(columns + 1)
        }
        self.lines: dict[tuple[Corner, Corner], list[tuple[float, float]]] = {}

    def cell(self, row: int, column: int) -> Polygon:
        """Give the ground of one grid."""
        ring = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
        points: list[tuple[float, float]] = []
        for start, end in zip(ring, [*ring[1:], ring[0]], strict=True):
            points += self._line(start, end)[:-1]
        return Polygon(points)

    def line(self, start: Corner, end: Corner) -> LineString:
        """Give the shared border between two corners."""
        return LineString(self._line(start, end))

    def _line(self, start: Corner, end: Corner) -> list[tuple[float, float]]:
        low, high = sorted((start, end))
        if (low, high) not in self.lines:
            (x0, y0), (x1, y1) = self.corners[low], self.corners[high]
            steps = np.linspace(0, 1, self.bends + 2)[1:-1]
            wobble = self.rng.uniform(-1, 1, (self.bends, 2)) * (SIDE_M / self.bends / 4)
            between = [
                (round(x0 + (x1 - x0) * t + dx, 4), round(y0 + (y1 - y0) * t + dy, 4))
                for t, (dx, dy) in zip(steps, wobble, strict=True)
            ]
            self.lines[low, high] = [(x0, y0), *between, (x1, y1)]
        points = self.lines[low, high]
        return points if (start, end) == (low, high) else points[::-1]

    def _wobbled(self, x: float, y: float, spread: float) -> tuple[float, float]:
        dx, dy = self.rng.uniform(-spread, spread, 2)
        return (round(ORIGIN[0] + x + dx, 4), round(ORIGIN[1] + y + dy, 4))


def town(
    rows: int = 4,
    columns: int = 6,
    *,
    homes_a_grid: int = 12,
    bends: int = 6,
    seed: int = 7,
) -> Draft:
    """
    Draw a plan whose sheet balances, with every kind of grid and of missing household.

    Returns
    -------
    draft
        `rows * columns` grids in EPSG:4549, columns west to east split over the communities.
    """
    lattice = Lattice(rows, columns, bends=bends, seed=seed)
    cells = [(row, column) for column in range(columns) for row in range(rows)]
    records = list(_grid_records(cells, rows, columns))
    shapes = [lattice.cell(*cell) for cell in cells]
    grids = gpd.GeoDataFrame(records, geometry=shapes, crs=METRES).set_index("grid_code")
    grids["area_m2"] = grids.area
    assignment = _assignment(grids, homes_a_grid, lattice.rng)
    homes = assignment.groupby("grid_code")[["households", "persons"]].sum()
    for name in ("households", "persons"):
        grids[name] = homes[name].reindex(grids.index, fill_value=0).astype("int64")
    grids["buildings"] = assignment.groupby("grid_code").size().reindex(grids.index, fill_value=0)
    faults = _faults(grids)
    draft = Draft(
        grids=grids,
        assignment=assignment,
        microgrids=MICROGRIDS.empty(METRES),
        faults=faults,
        balance=_sheet(assignment, faults),
        rules=Rules(),
        seed=0,
        crs=METRES,
        figures=Figures(0.0, 0.8, 0, {}),
    )
    return draft.counted()


def unbalanced(draft: Draft) -> Draft:
    """Lose three households between the ledger and the bins."""
    balance = draft.balance
    return replace(draft, balance=replace(balance, ledger_households=balance.ledger_households + 3))


def roads(rows: int = 4, columns: int = 6, *, bends: int = 6, seed: int = 7) -> GeoDataFrame:
    """Draw roads along every second border of :func:`town` of the same size."""
    lattice = Lattice(rows, columns, bends=bends, seed=seed)
    for column in range(columns):  # the same order as the town asks for them
        for row in range(rows):
            lattice.cell(row, column)
    along = [
        shapely.line_merge(
            shapely.union_all([lattice.line((row, c), (row, c + 1)) for c in range(columns)])
        )
        for row in range(0, rows + 1, 2)
    ]
    names = [f"{word}路" for word in ("人民", "解放", "和平", "建设", "中山")]
    return gpd.GeoDataFrame(
        {
            "name": [names[at % len(names)] for at in range(len(along))],
            "class": ["primary" if at % 2 else "residential" for at in range(len(along))],
        },
        geometry=along,
        crs=METRES,
    )


def _grid_records(cells: list[Corner], rows: int, columns: int) -> Iterator[Mapping[str, Any]]:
    codes = list(COMMUNITIES)
    number: dict[str, int] = {}
    for at, (_, column) in enumerate(cells):
        community = codes[min(column * len(codes) // columns, len(codes) - 1)]
        number[community] = number.get(community, 0) + 1
        kind, status = _kind(at, rows * columns)
        yield {
            "grid_code": f"{community}{number[community]:03d}",
            "name": f"{COMMUNITIES[community]}第{number[community]}网格",
            "kind": kind,
            "community_code": community,
            "buildings": 0,
            "clear_share": float("nan"),
            "compactness": 0.7,
            "neck_m": 60.0,
            "enclosed_by": "",
            "worker": "" if at % 7 == 3 else f"W{at + 1:04d}",
            "status": status,
            "reason": _reason(status),
            "bounds": Message("plan.bounds", _bounds(at)).to_json(),
            "why": Message("plan.why_follows", {"barriers": f"人民路{at}"}).to_json(),
        }


def _kind(at: int, count: int) -> tuple[str, str]:
    if at == count - 1:
        return "empty", "ok"
    if at % 11 == 5:
        return "dedicated", "ok"
    return "general", {2: "under_band", 7: "over_band", 9: "over_persons"}.get(at % 13, "ok")


def _reason(status: str) -> str:
    if status == "ok":
        return ""
    piece = Message("plan.building", {"name": "<b>安居大厦</b>"})
    return Message(
        "plan.not_found", {"piece": piece, "households": 640, "low": 300, "high": 500}
    ).to_json()


def _bounds(at: int) -> Mapping[str, str | Message]:
    return {
        "east": Message("plan.kind_river"),
        "south": f"人民路{at}",
        "west": Message("plan.bound_outline"),
        "north": Message("plan.bound_grid", {"code": "110101001001001"}),
    }


def _assignment(grids: GeoDataFrame, homes: int, rng: np.random.Generator) -> GeoDataFrame:
    target = {"under_band": 200, "over_band": 640, "over_persons": 480, "ok": 400}
    general = grids[grids["kind"] == "general"]
    middles = general.geometry.representative_point()
    codes = np.repeat(np.asarray(general.index, object), homes)
    spread = rng.uniform(-0.32 * SIDE_M, 0.32 * SIDE_M, (len(codes), 2))
    x = np.repeat(middles.x.to_numpy(), homes) + spread[:, 0]
    y = np.repeat(middles.y.to_numpy(), homes) + spread[:, 1]
    each = np.repeat(general["status"].map(target).to_numpy(), homes) / homes
    households = np.maximum(0, rng.normal(each, each / 6).round()).astype("int64")
    households[::97] = 0
    frame = gpd.GeoDataFrame(
        {
            "grid_code": codes,
            "micro_code": "",
            "households": households,
            "persons": (households * 2.5).astype("int64"),
        },
        geometry=gpd.points_from_xy(x, y),
        index=[f"B{at:05d}" for at in range(len(codes))],
        crs=METRES,
    )
    frame.index.name = "building_id"
    frame["grid_code"] = frame["grid_code"].astype("str")
    return frame


def _faults(grids: GeoDataFrame) -> tuple[Fault, ...]:
    spots = list(grids.geometry.representative_point())
    west = Point(ORIGIN[0] - 150, ORIGIN[1] + 200)
    x, y = ORIGIN[0] + 400, ORIGIN[1] + 300
    bow_tie = Polygon([(x, y), (x + 60, y + 60), (x + 60, y), (x, y + 60)])
    why = {"why": Message("faults.why_nothing")}
    return (
        *(Fault("households", row, "no_place", "noted", why) for row in range(11, 15)),
        *(Fault("households", row, "outside", geometry=west) for row in range(21, 24)),
        Fault("households", 31, "duplicate", "noted", {"first": 1}, spots[0]),
        Fault("households", 32, "duplicate", "noted", {"first": 2}, spots[-2]),
        Fault("households", 41, "conflict", "noted", {"buildings": "B00001, B00002"}, spots[-1]),
        Fault("buildings", 51, "outline_repaired", "repaired", {"area": 1800}, bow_tie),
        Fault("communities", None, "communities_missing"),
    )


def _sheet(assignment: GeoDataFrame, faults: tuple[Fault, ...]) -> BalanceSheet:
    lost = Counter(fault.kind for fault in faults if fault.layer == "households")
    households = {name: lost[name] for name in BINS}
    persons = {name: 3 * lost[name] for name in BINS}
    households["placed"] = int(assignment["households"].sum())
    persons["placed"] = int(assignment["persons"].sum())
    return BalanceSheet(
        source="ledger",
        ledger_households=sum(households.values()),
        ledger_persons=sum(persons.values()),
        households=households,
        persons=persons,
        residential_without_households=tuple(assignment.index[assignment["households"] == 0]),
    )
