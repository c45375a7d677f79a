"""
A world small enough to see: two communities side by side, in metres of EPSG:4549.

::

    0        100        200        300        400
    +---------+----------+---------------------+
    | A1  A2  |  A3  A4  |   B1          B2     |   O1     (100 m high; O1 is outside)
    +---------+----------+---------------------+
     grid a1    grid a2        grid b1
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from shapely import LineString, MultiPolygon, Point, Polygon, box
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from gridmap.layers.ledger import Ledger, settle_households
from gridmap.messages import Message
from gridmap.plan.model import ASSIGNMENT, DRAWN_GRIDS, MICROGRIDS, Draft, Figures
from gridmap.rules import Rules
from gridmap.schema import TABLES, Fault, Layers, Table, anchors

METRIC = CRS("EPSG:4549")
CRS_AS_READ = CRS("EPSG:4490")
EAST, NORTH = 500_123.4567, 3_450_234.5678
A, B = "440305001001", "440305001002"
GRIDS = {"a1": f"{A}001", "a2": f"{A}002", "b1": f"{B}001"}
HOUSES = {"A1": 10, "A2": 60, "A3": 120, "A4": 170, "B1": 230, "B2": 330, "O1": 450}
COURTYARD = Polygon(box(330, 40, 345, 55).exterior.coords, [box(334, 44, 340, 50).exterior.coords])

LEDGER: list[dict[str, Any]] = [
    {"household_id": "H1", "building_id": "A1", "persons": 3},
    {"household_id": "H2", "building_id": "A1", "entrance": "1", "floor": "2", "need": "80+"},
    {"household_id": "H3", "address": "河滨路2号", "persons": 2},
    {"household_id": "H4", "geometry": Point(125, 45), "persons": 1},
    {"household_id": "H5", "building_id": "B2", "address": "河滨路6号", "persons": 5},
    {"household_id": "H5", "building_id": "B2", "persons": 5},
    {"household_id": "H6", "building_id": "A1", "persons": 4},
    {"household_id": "H6", "building_id": "A2", "persons": 4},
    {"household_id": "H7", "address": "无此路1号", "persons": 2},
    {"household_id": "H8", "building_id": "O1", "persons": 2},
    {"household_id": "H9", "building_id": "A4", "persons": 6},
]
BINS = {"placed": 6, "no_place": 1, "outside": 1, "duplicate": 1, "conflict": 2, "waived": 0}


def put(shape: BaseGeometry) -> BaseGeometry:
    """Put a shape of the drawing where it lies in the CRS."""
    moved: BaseGeometry = translate(shape, EAST, NORTH)
    return moved


def frame(table: Table, rows: Mapping[str, Mapping[str, Any]]) -> gpd.GeoDataFrame:
    """Make a layer: what a row does not say is unknown; `geometry` is of the drawing."""
    if not rows:
        return table.empty(METRIC)
    unknown = {"int64": 0, "float64": np.nan, "str": "", "bool": False}
    told: dict[str, list[Any]] = {
        name: [
            row.get(name, place if name == "row" else unknown[kind])
            for place, row in enumerate(rows.values(), start=1)
        ]
        for name, kind in table.columns.items()
    }
    columns = pd.DataFrame(told).astype(dict(table.columns))
    shapes = [row.get("geometry") for row in rows.values()]
    columns.index = pd.Index(list(rows), name=table.index)
    return gpd.GeoDataFrame(
        columns, geometry=[shape and put(shape) for shape in shapes], crs=METRIC
    )


def draw_houses() -> dict[str, Any]:
    """Draw the buildings: one has a courtyard, one is a point off the planning lattice."""
    houses: dict[str, Any] = {
        name: {
            "geometry": box(x, 40, x + 15, 55),
            "households": 4,
            "floors": 3 if name == "A1" else np.nan,
            "use": "residential",
            "address": f"河滨路{number}号",
            "community_code": {"A": A, "B": B, "O": ""}[name[0]],
        }
        for number, (name, x) in enumerate(HOUSES.items(), start=1)
    }
    houses["B2"]["geometry"] = COURTYARD
    houses["A4"]["geometry"] = Point(170.12345678, 50)
    return houses


def draw_ledger() -> gpd.GeoDataFrame:
    """Write the ledger, in which a household may be twice."""
    households = frame(TABLES["households"], {str(n): row for n, row in enumerate(LEDGER)})
    ids = [row["household_id"] for row in LEDGER]
    return households.set_axis(pd.Index(ids, name=TABLES["households"].index))


def draw_layers(*, has_ledger: bool = True) -> Layers:
    """Draw the world; every layer but the walls has something in it."""
    drawn: dict[str, Any] = {
        "buildings": draw_houses(),
        "communities": {
            A: {"name": "河滨社区", "geometry": box(0, 0, 200, 100)},
            B: {"name": "“东”社区,\n二", "geometry": box(200, 0, 400, 100)},
        },
        "roads": {
            "r1": {"class": "residential", "geometry": LineString([(100, -50), (100, 150)])},
            "r2": {"class": "primary", "bridge": True, "geometry": LineString([(0, 9), (900, 9)])},
            "r3": {"name": "远", "geometry": LineString([(360, 120), (390, 900)])},
        },
        "railways": {"t1": {"kind": "rail", "geometry": LineString([(-9, 120), (400, 120)])}},
        "water": {
            "w1": {"name": "河", "geometry": box(-50, 90, 60, 140)},
            "w2": {"kind": "stream", "geometry": LineString([(380, 5), (380, 95)])},
        },
        "walls": {},
        "compounds": {"k1": {"name": "花园", "geometry": box(5, 30, 80, 70)}},
        "dedicated": {"d1": {"name": "市场", "owner": "街道", "geometry": box(300, 5, 320, 20)}},
        "grids": {"old": {"name": "旧", "locked": True, "geometry": box(0, 0, 150, 100)}},
        "workers": {
            "p1": {"grids": "old", "on_duty": True, "geometry": Point(20, 20)},
            "p2": {"skills": "电工"},
        },
        "links": {"l1": {"geometry": LineString([(90, 50), (110, 50)])}},
    }
    return Layers(
        crs=CRS_AS_READ,
        households=draw_ledger() if has_ledger else TABLES["households"].empty(METRIC),
        has_ledger=has_ledger,
        faults=(
            Fault(
                "buildings", 7, "building_outside", "noted", {"building": "O1"}, put(Point(9, 9))
            ),
            Fault("roads", None, "missing_column", "repaired", {"columns": Message("crs.missing")}),
        ),
        **{name: frame(TABLES[name], rows) for name, rows in drawn.items()},
    )


def draw_world(*, has_ledger: bool = True) -> tuple[Layers, Ledger]:
    """Draw the layers and settle their households."""
    layers = draw_layers(has_ledger=has_ledger)
    return layers, settle_households(layers, rules=Rules())


def draw_draft(layers: Layers, ledger: Ledger) -> Draft:
    """Draw the plan of the picture."""
    homes = ledger.buildings[ledger.buildings["community_code"] != ""]
    place = {"A1": "a1", "A2": "a1", "A3": "a2", "A4": "a2", "B1": "b1", "B2": "b1"}
    codes = pd.Series({name: GRIDS[grid] for name, grid in place.items()})
    assignment = gpd.GeoDataFrame(
        {
            "grid_code": codes.loc[homes.index].astype("str").to_numpy(),
            "micro_code": "",
            "households": homes["households"],
            "persons": homes["persons"],
        },
        index=homes.index.rename(ASSIGNMENT.index),
        geometry=anchors(homes),
        crs=METRIC,
    ).astype({"grid_code": "str", "micro_code": "str"})
    draft = Draft(
        grids=draw_grids(assignment),
        assignment=assignment,
        microgrids=MICROGRIDS.empty(METRIC),
        faults=(Fault("buildings", 1, "tie", "noted", {"chosen": "a", "others": "b"}),),
        balance=ledger.balance,
        rules=Rules(),
        seed=7,
        crs=layers.crs,
        figures=Figures(1.5, 0.25, 0, {"read": 0.1, "write": 0.0}),
    )
    return draft.counted()


def draw_grids(assignment: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Draw the three grids, counted over their buildings."""
    shapes = {"a1": box(0, 0, 100, 100), "a2": box(100, 0, 200, 100), "b1": box(200, 0, 400, 100)}
    reason = Message("faults.missing_column", {"layer": "“a”", "columns": Message("crs.missing")})
    rows = {}
    for name, shape in shapes.items():
        held = assignment[assignment["grid_code"] == GRIDS[name]]
        rows[GRIDS[name]] = {
            "name": name,
            "kind": "general",
            "community_code": A if name[0] == "a" else B,
            "households": int(held["households"].sum()),
            "persons": int(held["persons"].sum()),
            "buildings": len(held),
            "area_m2": shape.area,
            "clear_share": np.nan if name == "b1" else 0.5,
            "compactness": 0.7,
            "neck_m": 12.5,
            "enclosed_by": GRIDS["a2"] if name == "a1" else "",
            "worker": "p1",
            "status": "under_band",
            "reason": reason.to_json(),
            "bounds": Message("crs.missing").to_json(),
            "why": Message("plan.why_follows", {"barriers": Message("crs.missing")}).to_json(),
            "geometry": shape,
        }
    return frame(DRAWN_GRIDS, rows)


def with_grid(draft: Draft, grid: str, **changes: object) -> Draft:
    """Give the draft with one grid told otherwise; `geometry` is of the drawing."""
    grids = draft.grids.copy()
    for name, value in changes.items():
        is_shape = name == "geometry"
        grids.loc[[GRIDS[grid]], name] = (
            gpd.GeoSeries([put(value)], index=[GRIDS[grid]], crs=METRIC) if is_shape else value
        )
    return replace(draft, grids=grids)


def two_islands() -> MultiPolygon:
    """Draw grid a1 in two pieces, with a strip of nobody's between them."""
    return MultiPolygon([box(0, 0, 40, 100), box(50, 0, 100, 100)])
