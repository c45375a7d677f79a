"""A published version drawn by hand: a lattice of grids with names and reasons of any length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import geopandas as gpd
from pyproj import CRS

from gridmap.crs import LONLAT
from gridmap.filing import Filing
from gridmap.layers.balance import BINS, BalanceSheet
from gridmap.maps.coverage import coverage_map
from gridmap.messages import Message
from gridmap.plan.model import ASSIGNMENT, DRAWN_GRIDS, MICROGRIDS, Draft, Figures
from gridmap.rules import Rules
from gridmap.schema import ROADS, WATER
from gridmap.store.certificates import canonical, hash_of
from tests import worlds

COMMUNITY: Final = "440305001001"
LONG: Final = "河滨路与长街交汇处东侧第三产业园区综合服务中心"
SIDE: Final = 100
AT: Final = "2026-03-01T02:00:00+00:00"


def draw_filing(
    across: int = 3, up: int = 2, *, exceptions: int = 2, name: str = "长街社区", **cells: str
) -> Filing:
    """Draw grids of 100 m by 100 m with ten homes each; `cells` are columns of every grid."""
    grids = _lattice(across, up, cells)
    codes = list(grids.index)
    assignment = worlds.lay(
        ASSIGNMENT,
        {f"h{code[-3:]}": area.centroid for code, area in grids.geometry.items()},
        grid_code=codes,
        households=[10] * len(codes),
        persons=[26] * len(codes),
    )
    draft = Draft(
        grids=grids,
        assignment=assignment,
        microgrids=MICROGRIDS.empty(grids.crs),
        faults=(),
        balance=_balance(10 * len(codes), 26 * len(codes)),
        rules=Rules(),
        seed=0,
        crs=CRS("EPSG:4490"),
        figures=Figures(0.0, 0.5, 0, {}),
    )
    certificate = _certificate(draft, codes[:exceptions])
    return Filing(
        version=7,
        draft=draft,
        certificate=certificate,
        sha256=hash_of(certificate),
        document=canonical(certificate),
        certified=_certified(grids),
        names={COMMUNITY: name},
        roads=worlds.lay(ROADS, [worlds.line((-50, SIDE), (SIDE * across + 50, SIDE))]),
        water=worlds.lay(WATER, [worlds.box(20, 20, 60, 40)]),
        page=coverage_map(draft, community_names={COMMUNITY: name}),
    )


def _lattice(across: int, up: int, cells: Mapping[str, str]) -> gpd.GeoDataFrame:
    places = [(x, y) for y in range(up) for x in range(across)]
    codes = [f"{COMMUNITY}{number:03d}" for number in range(1, len(places) + 1)]
    told: dict[str, Any] = {
        "name": "",
        "kind": "general",
        "community_code": COMMUNITY,
        "households": 10,
        "persons": 26,
        "buildings": 1,
        "area_m2": float(SIDE * SIDE),
        "clear_share": 0.5,
        "compactness": 0.78,
        "worker": "",
        "status": "ok",
        "bounds": Message("crs.missing").to_json(),
        **cells,
    }
    return worlds.lay(
        DRAWN_GRIDS,
        {
            code: worlds.box(SIDE * x, SIDE * y, SIDE * (x + 1), SIDE * (y + 1))
            for code, (x, y) in zip(codes, places, strict=True)
        },
        **{column: [value] * len(codes) for column, value in told.items()},
    )


def _balance(households: int, persons: int) -> BalanceSheet:
    nobody = dict.fromkeys(BINS, 0)
    return BalanceSheet(
        source="counts",
        ledger_households=households,
        ledger_persons=persons,
        households={**nobody, "placed": households},
        persons={**nobody, "placed": persons},
        grid_households=households,
        grid_persons=persons,
    )


def _certificate(draft: Draft, signed: list[str]) -> dict[str, Any]:
    steps: Mapping[str, str] = {"submitted": "li", "approved": "王敏", "published": "赵刚"}
    return {
        "form": 1,
        "version": 7,
        "valid_from": "2026-02-28T16:00:00+00:00",
        "balance": draft.balance.to_dict(),
        "rules": draft.rules.to_dict(),
        "data": {
            "dataset": 3,
            "imported_at": AT,
            "fingerprint": "f" * 64,
            "layers": {"buildings": "b" * 64, "roads": "a" * 64},
        },
        "grids": {"count": len(draft.grids), "sha256": "0" * 64},
        "exceptions": [
            {"code": code, "rule": rule, "why": f"{LONG}，正在招聘", "by": "王敏", "at": AT}
            for code in signed
            for rule in ("band", "owner")
        ],
        "steps": [
            {"step": step, "by": who, "at": AT, "way": "service"} for step, who in steps.items()
        ],
    }


def _certified(grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    columns = ["name", "kind", "households", "persons", "buildings", "worker", "status", "geometry"]
    rows = grids.reset_index().rename(columns={"grid_code": "code"})
    return rows[["code", *columns]].to_crs(LONLAT)
