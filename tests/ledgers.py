"""
A made town with its ledger: every household has a known home, and what is wrong is known by row.

Each row is typed in one of many ways, by somebody: with or without the city, in digits of any
script, in shorthand. Some rows are spoilt on purpose; `truth` says how, and which bin they belong
in. No row of it is about anybody.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from shapely import Point, box

from gridmap.layers import assemble
from gridmap.layers.decisions import Decision, Decisions
from gridmap.schema import BUILDINGS, COMMUNITIES, COMPOUNDS, HOUSEHOLDS, Layers, Text
from tests.handwriting import STYLES, Style, wide

METRIC = CRS("EPSG:32651")
EAST, NORTH = 263_000.0, 3_466_000.0
SPACE_M, ACROSS = 40.0, 60
CITY, DISTRICT, TOWN, COMMUNITY = "云泽", "澄湾", "湖林", ("梅园", "兰亭", "竹溪", "菊坡")
NAME_SIGNS = "虹湾久都冬廊光木雪滨怡府碧锦燕寿萍红桥云峰松岭秋枫翠屏星河晨曦"
NAME_PAIRS = frozenset(a + b for a in NAME_SIGNS for b in NAME_SIGNS)
STRANGE_SIGNS = "鳄鑫犇骉猋"  # in no name, so that a slip of the pen never makes another name
QUARTERS = ("compound", "compound", "compound", "street", "lane", "village")
ESTATES = ("花园", "家园", "小区", "苑", "新村", "公寓", "城市花园", "国际城", "东区", "里", "大厦")


@dataclass(frozen=True)
class Town:
    """Layers with a ledger; `truth` has, by position, `kind`, `bin` and the `building` lived in."""

    layers: Layers
    truth: pd.DataFrame
    homes: pd.DataFrame
    decisions: Decisions


def make_town(households: int = 50_000, buildings: int = 2_600, *, seed: int = 0) -> Town:
    """Make a town of about so many buildings and its ledger of just so many rows."""
    rng = np.random.default_rng(seed)
    homes = draw_homes(buildings, rng)
    rows = type_rows(homes, households, rng)
    gone = rows["household_id"][rows["kind"] == "waived"]
    waivers = tuple(Decision("waive", name, reason="moved", by="a clerk") for name in gone)
    ledger = gpd.GeoDataFrame(
        {
            "row": np.arange(len(rows)) + 2,
            **{name: rows.get(name, "") for name in HOUSEHOLDS.columns if name != "row"},
        },
        geometry=rows["geometry"].to_list(),
        crs=METRIC,
    ).astype(dict(HOUSEHOLDS.columns))
    ledger.index = pd.Index(rows["household_id"], name=HOUSEHOLDS.index, dtype="str")
    layers = assemble({**map_layers(homes), "households": ledger}, crs=METRIC)
    return Town(layers, rows[["kind", "bin", "building"]], homes, Decisions(waivers))


def write_town(town: Town, folder: Path, *, ledger: str) -> None:
    """Write the layers, and the ledger as a clerk would keep it: with totals at its end."""
    for name in ("buildings", "compounds", "communities"):
        layer = getattr(town.layers, name).drop(columns=["row", "community_code"], errors="ignore")
        layer.reset_index().to_file(folder / f"{name}.gpkg", layer=name)
    (folder / "layers.toml").write_text(f'[households]\ncrs = "{METRIC}"\n', "utf-8")
    told = town.layers.households
    table = pd.DataFrame(
        {
            "户编号": told.index,
            "楼栋编号": told["building_id"].to_numpy(),
            "地址": told["address"].to_numpy(),
            "人数": told["persons"].astype("int64").astype("str").to_numpy(),
            "x": _coordinates(told, 0),
            "y": _coordinates(told, 1),
        }
    )
    total = {"户编号": "合计", "人数": str(int(told["persons"].sum()))}
    table = pd.concat([table, pd.DataFrame([total])]).fillna("")
    if ledger.endswith(".xlsx"):
        table.to_excel(folder / ledger, index=False)
    else:
        table.to_csv(folder / ledger, index=False)


def _coordinates(told: gpd.GeoDataFrame, axis: int) -> list[str]:
    return ["" if p is None else repr(p.coords[0][axis]) for p in told.geometry]


# The map ------------------------------------------------------------------------------------------


def draw_homes(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Lay out compounds, streets, lanes and villages until there are so many buildings."""
    names = _names(rng)
    rows: list[dict[str, object]] = []
    while len(rows) < count:
        kind = QUARTERS[rng.integers(6)]
        rows += _QUARTERS[kind](next(names), rng)
    homes = pd.DataFrame(rows).fillna("")
    homes.index = pd.Index([f"B{n:06d}" for n in range(len(homes))], dtype="str")
    number = np.arange(len(homes))
    homes["x"] = EAST + number % ACROSS * SPACE_M
    homes["y"] = NORTH + number // ACROSS * SPACE_M
    high = homes["y"].max() - NORTH + SPACE_M
    homes["community"] = [COMMUNITY[n] for n in ((homes["y"] - NORTH) / high * 4).astype(int)]
    return homes


def _names(rng: np.random.Generator) -> Iterator[str]:
    pairs = [a + b for a in NAME_SIGNS for b in NAME_SIGNS if a != b]
    triples = [a + b for a in pairs for b in NAME_SIGNS]
    yield from rng.permutation(pairs)
    yield from rng.permutation(triples)


def _compound(name: str, rng: np.random.Generator) -> list[dict[str, object]]:
    estate = name + ESTATES[rng.integers(len(ESTATES))]
    road = name + ("路", "东路", "市场街", "前巷")[rng.integers(4)]
    known = "compound" if rng.random() < 0.5 else "address"
    phases = ("一期", "二期") if rng.random() < 0.15 else ("",)
    return [
        {
            "kind": "compound",
            "known": known,
            "road": road,
            "number": str(40 * n + rng.integers(1, 40)),
            "estate": estate + phase,
            "bare": estate if phase else "",
            "house": str(house),
        }
        for n, phase in enumerate(phases)
        for house in range(1, rng.integers(5, 31))
    ]


def _street(name: str, rng: np.random.Generator) -> list[dict[str, object]]:
    road = name + ("路", "街", "大道", "一路", "四巷")[rng.integers(5)]
    numbers = np.sort(rng.choice(np.arange(1, 300), size=rng.integers(10, 60), replace=False))
    return [{"kind": "street", "road": road, "number": str(n)} for n in numbers]


def _lane(name: str, rng: np.random.Generator) -> list[dict[str, object]]:
    gate = {"kind": "lane", "road": f"{name}路", "lane": str(rng.integers(2, 900))}
    return [{**gate, "number": str(n + 1)} for n in range(rng.integers(5, 25))]


def _village(name: str, rng: np.random.Generator) -> list[dict[str, object]]:
    return [
        {"kind": "village", "estate": f"{name}村", "group": str(group), "house": str(n + 1)}
        for group in range(1, rng.integers(2, 6))
        for n in range(rng.integers(4, 20))
    ]


_QUARTERS: dict[str, Callable[[str, np.random.Generator], list[dict[str, object]]]] = {
    "compound": _compound,
    "street": _street,
    "lane": _lane,
    "village": _village,
}


def map_address(home: pd.Series) -> str:
    """Write the address the map has of a building."""
    front = f"{CITY}市{DISTRICT}区"
    if home["kind"] == "compound":
        gate = f"{front}{home['road']}{home['number']}号"
        return gate if home["known"] == "compound" else f"{gate}{home['estate']}{home['house']}幢"
    if home["kind"] == "lane":
        return f"{front}{home['road']}{home['lane']}弄{home['number']}号"
    if home["kind"] == "village":
        return f"{front}{home['estate']}{home['group']}组{home['house']}号"
    return f"{front}{home['road']}{home['number']}号"


def map_layers(homes: pd.DataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Draw the town: buildings, compounds and communities."""
    by_compound = homes["kind"] == "compound"
    told: dict[str, object] = {
        name: "" if kind == Text else np.nan for name, kind in BUILDINGS.columns.items()
    }
    told |= {"row": np.arange(len(homes)) + 1, "address": homes.apply(map_address, axis=1)}
    told["name"] = (homes["house"] + "号楼").where(by_compound, "")
    told["compound_id"] = ("C-" + homes["estate"]).where(by_compound, "")
    told["community_code"] = homes["community"].map({c: f"C{n}" for n, c in enumerate(COMMUNITY)})
    shapes = box(homes["x"], homes["y"], homes["x"] + 12, homes["y"] + 10)
    buildings = gpd.GeoDataFrame(told, index=homes.index, geometry=shapes, crs=METRIC)
    buildings = buildings.astype(dict(BUILDINGS.columns)).rename_axis(index="building_id")
    estates = homes[by_compound].groupby("estate")[["x", "y"]].min()
    compounds = gpd.GeoDataFrame(
        {"row": np.arange(len(estates)) + 1, "name": estates.index},
        index=pd.Index("C-" + estates.index, name=COMPOUNDS.index, dtype="str"),
        geometry=list(box(estates["x"], estates["y"], estates["x"] + 50, estates["y"] + 50)),
        crs=METRIC,
    )
    rows = homes.groupby("community")["y"].agg(["min", "max"]).loc[list(COMMUNITY)]
    east = EAST + ACROSS * SPACE_M
    communities = gpd.GeoDataFrame(
        {"row": [1, 2, 3, 4], "name": [f"{name}社区" for name in COMMUNITY]},
        index=pd.Index([f"C{n}" for n in range(4)], name=COMMUNITIES.index, dtype="str"),
        geometry=list(box(EAST - 20, rows["min"] - 15, east, rows["max"] + 25)),
        crs=METRIC,
    )
    return {"buildings": buildings, "compounds": compounds, "communities": communities}


# What is typed ------------------------------------------------------------------------------------


SHARES = {
    "id": 0.14,
    "exact": 0.10,
    "typed": 0.50,
    "inside": 0.05,
    "beside": 0.03,
    "typo": 0.05,
    "no_number": 0.02,
    "contradiction": 0.015,
    "elsewhere": 0.01,
    "vague": 0.01,
    "blank": 0.01,
    "near_id": 0.01,
    "unknown_id": 0.005,
    "outside": 0.01,
    "repeated": 0.015,
    "two_buildings": 0.01,
    "other_footprint": 0.01,
    "waived": 0.005,
    "no_phase": 0.01,
}
PARSABLE = ("typed",)


@dataclass(frozen=True)
class Clerk:
    """Somebody who types one row: which home it is of, under which id, and chance."""

    home: dict[str, str]
    name: str
    place: tuple[float, float]
    rng: np.random.Generator

    @property
    def plain(self) -> str:
        """The address in the plainest way of its kind."""
        return self.styles[1 if self.home["kind"] == "compound" else 0](self.home)

    @property
    def styles(self) -> tuple[Style, ...]:
        """All ways of its kind."""
        return STYLES[self.home["kind"]]

    def typed(self, **changes: str) -> str:
        """Write the address in any way of its kind."""
        return self.styles[self.rng.integers(len(self.styles))](self.home | changes)

    def point(self, east: float, north: float) -> Point:
        """Give a point so far from the south-western corner of the home, in metres."""
        return Point(self.place[0] + east, self.place[1] + north)


def type_rows(homes: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Type the ledger, row by row, each with its fault and the bin it belongs in."""
    chances = np.array(list(SHARES.values()))
    drawn = rng.choice(list(SHARES), size=count, p=chances / chances.sum())
    at = rng.integers(len(homes), size=count)
    records = homes.drop(columns=["x", "y"]).to_dict("records")
    places = list(zip(homes["x"], homes["y"], strict=True))
    rows: list[dict[str, object]] = []
    for number, (kind, place) in enumerate(zip(drawn, at, strict=True)):
        clerk = Clerk(_door(records[place], rng), str(homes.index[place]), places[place], rng)
        row = {"household_id": f"H{number:06d}", "building": clerk.name, "kind": kind}
        row |= {"building_id": "", "address": "", "persons": float(rng.integers(1, 7))}
        row |= {"geometry": None, "bin": "placed", "entrance": "", "floor": "", "need": ""}
        row |= _ROWS[str(kind)](clerk)
        if kind in {"repeated", "two_buildings"}:
            _again(row, rows[-1] if rows else {"kind": ""}, str(kind))
        rows.append(row)
    return pd.DataFrame(rows)


def _again(row: dict[str, object], last: dict[str, object], kind: str) -> None:
    """Make a row the household of the one before it again."""
    if last["kind"] not in {"id", "exact", "typed", "inside"}:
        row["kind"], row["bin"] = "id", "placed"
        return
    row["household_id"] = last["household_id"]
    if kind == "repeated":
        row |= {"building": last["building"], "building_id": last["building"]}
    elif row["building"] == last["building"]:
        row |= {"kind": "repeated", "bin": "duplicate"}
    else:
        last |= {"kind": "two_buildings", "bin": "conflict"}


def _door(home: dict[str, str], rng: np.random.Generator) -> dict[str, str]:
    floor = int(rng.integers(1, 19))
    areas = {"city": CITY, "district": DISTRICT, "town": TOWN}
    door = {"unit": str(rng.integers(1, 5)), "floor": str(floor)}
    return home | areas | door | {"room": f"{floor}{rng.integers(1, 9):02d}"}


Row = Callable[[Clerk], dict[str, object]]


def _exact(clerk: Clerk) -> dict[str, object]:
    if clerk.home["known"] == "compound":  # all houses of it have one address
        return {"building_id": clerk.name}
    return {"address": wide(map_address(pd.Series(clerk.home)))}


def _typo(clerk: Clerk) -> dict[str, object]:
    """Mistype one sign of the name of the estate, or of the road where there is no estate."""
    home, rng = clerk.home, clerk.rng
    part = "estate" if home["estate"] else "road"
    name = home[part]
    at = int(rng.integers(min(len(name) - 1, 3)))
    sign = STRANGE_SIGNS[rng.integers(len(STRANGE_SIGNS))]
    other, more = name[:at] + sign + name[at + 1 :], name[:at] + sign + name[at:]
    less = name[:at] + name[at + 1 :]
    turned = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    slip = (other, more, less, turned)[rng.integers(4)]
    if slip in {less, turned} and (slip[:2] in NAME_PAIRS or slip == name):
        slip = other  # or it would be another name
    styles = clerk.styles[:2] if home["kind"] == "compound" else clerk.styles[:1]
    style = styles[rng.integers(len(styles))]
    return {"address": style(home | {part: slip}), "bin": "no_place"}


def _no_number(clerk: Clerk) -> dict[str, object]:
    part = "house" if clerk.home["house"] else "number"
    return {"address": clerk.styles[0](clerk.home | {part: "977"}), "bin": "no_place"}


def _elsewhere(clerk: Clerk) -> dict[str, object]:
    """Give a number that there is elsewhere: the estate and the gate do not belong together."""
    home = clerk.home
    if home["kind"] != "compound":
        return {"address": f"无此社区{clerk.plain}", "bin": "no_place"}
    told = f"{home['road']}{int(home['number']) + 1}号{home['estate']}{home['house']}幢"
    return {"address": told, "bin": "no_place"}


def _no_phase(clerk: Clerk) -> dict[str, object]:
    """Leave out which of two phases it is; where there are none, name a phase nobody built."""
    home = clerk.home
    if home["kind"] != "compound":
        return {"bin": "no_place"}
    estate = home["bare"] or f"{home['estate']}三期"
    return {"address": clerk.styles[1](home | {"estate": estate}), "bin": "no_place"}


def _other_footprint(clerk: Clerk) -> dict[str, object]:
    aside = SPACE_M if clerk.place[0] <= EAST else -SPACE_M
    point = clerk.point(6 + aside, 5)
    return {"building_id": clerk.name, "geometry": point, "bin": "conflict"}


_ROWS: dict[str, Row] = {
    "id": lambda clerk: {"building_id": clerk.name},
    "exact": _exact,
    "typed": lambda clerk: {"address": clerk.typed()},
    "inside": lambda clerk: {"geometry": clerk.point(6, 5)},
    "beside": lambda clerk: {"geometry": clerk.point(6, 14)},
    "typo": _typo,
    "no_number": _no_number,
    "no_phase": _no_phase,
    "contradiction": lambda clerk: {
        "address": f"{CITY}市北塘区{clerk.plain}",
        "bin": "no_place",
    },
    "elsewhere": _elsewhere,
    "vague": lambda clerk: {"address": f"{clerk.typed()}旁边小屋", "bin": "no_place"},
    "blank": lambda _: {"bin": "no_place"},
    "near_id": lambda clerk: {
        "building_id": f"b{clerk.name[1:].lstrip('0')}",
        "bin": "no_place",
    },
    "unknown_id": lambda clerk: {"building_id": f"X{clerk.name}", "bin": "no_place"},
    "outside": lambda clerk: {
        "geometry": Point(EAST - 900, clerk.place[1]),
        "bin": "outside",
    },
    "repeated": lambda clerk: {"building_id": clerk.name, "bin": "duplicate"},
    "two_buildings": lambda clerk: {"building_id": clerk.name, "bin": "conflict"},
    "other_footprint": _other_footprint,
    "waived": lambda clerk: {"building_id": clerk.name, "bin": "waived"},
}
