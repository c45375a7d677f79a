"""What stands on each block: buildings with their addresses, compounds, walls, dedicated ground."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gis_data import homes, places
from gis_data.footprints import Yard, inset
from gis_data.ground import FRONTAGE_M, main_side, side_points
from gis_data.names import CITY_NAME, RIVER_NAME
from gis_data.streets import PROGRAMMES, WALLED, programme_of

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from gis_data.footprints import Stock
    from gis_data.ground import Ground
    from gis_data.streets import Block

PLACE_NAMES: Final = {
    "school": "小学",
    "market": "农贸市场",
    "park": "公园",
    "shops": "商业广场",
    "hall": "邻里中心",
}
_FACTORIES: Final = ("机械厂", "纺织厂", "电子厂", "食品厂", "印刷厂", "家具厂")
_OWNERS: Final = {
    "school": "澄湾区教育局",
    "market": "澄湾区市场监督管理所",
    "factory": "澄湾工业园管理办公室",
}
_WALL_M: Final = 2.5  # from the wall to the first building
_MARGIN_M: Final = 1.6  # for sides that are not straight
_DRIVE_M: Final = 4.0
_COMPOUNDS_A_CELL: Final = 12
_NUMBERS_A_CELL: Final = 100
_FRONTED: Final = 0.8  # share of the blocks on main roads that are lined with shops
_GREAT: Final = 0.1  # share of the later tower communities that have a great tower


@dataclass(slots=True)
class Parcel:
    """One block as it is built: the columns of a parcel are lists, one entry a building."""

    use: str
    stocks: list[Stock] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    compound_name: str = ""
    compound: BaseGeometry | None = None  # the ground of a residential compound
    wall: BaseGeometry | None = None
    dedicated: BaseGeometry | None = None
    place_name: str = ""
    owner: str = ""
    pond: BaseGeometry | None = None

    def add(self, stock: Stock, names: list[str], addresses: list[str]) -> None:
        """Put up buildings of one kind."""
        self.stocks.append(stock)
        self.names.extend(names)
        self.addresses.extend(addresses)


@dataclass(slots=True)
class _Numbers:
    """House numbers given so far, by street."""

    column: int  # of the community: the roads along the river are numbered on from one to the next
    given: Counter[str] = field(default_factory=Counter)

    def address(self, street: str) -> str:
        self.given[street] += 1
        start = _NUMBERS_A_CELL * self.column if street.startswith(RIVER_NAME) else 0
        return f"{CITY_NAME}{street}{start + self.given[street]}号"


def build_quarters(ground: Ground, rng: np.random.Generator) -> list[Parcel]:
    """
    Build every block of a community.

    Parameters
    ----------
    ground
        Of the community.
    rng
        Source of chance.

    Returns
    -------
    parcels
        One a block, in the order of the plan. Buildings of one community never overlap.
    """
    numbers = _Numbers(ground.cell.column)
    blocks = [block for block in ground.plan.blocks if block.use != "village"]
    sides = [main_side(block) if rng.random() < _FRONTED else "" for block in blocks]
    plots, behind = ground.plots(blocks, sides) if blocks else (np.array([]), np.array([]))
    where = {id(block): k for k, block in enumerate(blocks)}
    great = _great_block(ground, rng)
    parcels = []
    for number, block in enumerate(ground.plan.blocks):
        if block.use == "village":
            parcels.append(_build_village(ground, block, numbers, rng))
            continue
        k = where[id(block)]
        site = _Site(ground, block, behind[k], number, number == great, sides[k])
        parcel = _build(site, numbers, rng)
        if sides[k]:
            _line_with_shops(site, sides[k], plots[k], parcel, numbers)
        parcels.append(parcel)
    return parcels


@dataclass(frozen=True, slots=True)
class _Site:
    """A block about to be built on."""

    ground: Ground
    block: Block
    plot: BaseGeometry
    number: int
    great: bool
    frontage: str

    def yards(self) -> list[Yard]:
        """Give the ground to build on: one yard, or one on each side of the drive."""
        block, walled = self.block, self.block.use in WALLED
        plot = shapely.buffer(self.plot, -_WALL_M, join_style="mitre") if walled else self.plot
        take = {
            side: self.ground.half(block, side)
            + self.ground.bow(block, side)
            + (FRONTAGE_M if side == self.frontage else 0.0)
            + (_WALL_M if walled else 0.0)
            + _MARGIN_M
            for side in ("west", "east", "south", "north")
        }
        if not walled:
            return [Yard(inset(self.ground.corners(block), **take), plot)]
        middle = block.west + block.wide // 2
        halves = []
        for half, side in (
            (replace(block, east=middle), "east"),
            (replace(block, west=middle), "west"),
        ):
            halves.append((half, {**take, side: _DRIVE_M + self.ground.bow(half, side)}))
        return [Yard(inset(self.ground.corners(half), **sides), plot) for half, sides in halves]


def _great_block(ground: Ground, rng: np.random.Generator) -> int:
    """Choose the block of the great tower: one in the first community of towers, few later."""
    towers = [
        (block.units, -k) for k, block in enumerate(ground.plan.blocks) if block.use == "tower"
    ]
    is_main = programme_of(ground.lattice, ground.cell).main == "tower"
    wanted = is_main and (ground.cell.number < len(PROGRAMMES) or rng.random() < _GREAT)
    return -max(towers)[1] if wanted and towers else -1


def _build(site: _Site, numbers: _Numbers, rng: np.random.Generator) -> Parcel:
    block, parcel = site.block, Parcel(site.block.use)
    if site.plot.area < 400:  # noqa: PLR2004 (too small for any building and its yard)
        return parcel
    if block.use in WALLED:
        ground = shapely.set_precision(site.plot, 0.001)
        gap = shapely.buffer(_drive(site), 4.0)
        parcel.wall = shapely.line_merge(shapely.difference(shapely.boundary(ground), gap))
    else:
        ground = site.plot
    if block.use in ("slab", "tower"):
        parcel.compound = ground
        _build_compound(site, parcel, numbers, rng)
    elif block.use == "walkup":
        for stock in homes.build_walkups(site.yards()[0], rng):
            parcel.add(stock, [""] * len(stock), _addresses(stock, block.street, numbers))
    else:
        _build_place(site, parcel, numbers, rng)
    return parcel


def _drive(site: _Site) -> BaseGeometry:
    gate = site.block.gate
    assert gate is not None  # noqa: S101 (every walled block has one)
    step = 1 if gate[1] == site.block.south else -1
    return shapely.linestrings(site.ground.at([gate, (gate[0], gate[1] + step)]))


def _build_compound(
    site: _Site, parcel: Parcel, numbers: _Numbers, rng: np.random.Generator
) -> None:
    base = site.ground.cell.number * _COMPOUNDS_A_CELL
    name = site.ground.names.compound(base + site.number)
    address = f"{numbers.address(site.block.street)}{name}"
    parcel.compound_name = name
    if site.block.use == "tower":
        stocks = homes.build_towers(site.yards(), rng, great=site.great)
    else:
        stocks = homes.build_slabs(site.yards(), rng)
    count = 0
    for stock in stocks:
        if stock.use != homes.RESIDENTIAL:
            parcel.add(stock, [""] * len(stock), [""] * len(stock))
            continue
        doors = [f"{count + k + 1}幢" for k in range(len(stock))]
        count += len(stock)
        parcel.add(stock, [name + door for door in doors], [address + door for door in doors])


def _build_place(site: _Site, parcel: Parcel, numbers: _Numbers, rng: np.random.Generator) -> None:
    use, yards = site.block.use, site.yards()
    yard = yards[0]
    place = site.ground.names.place(site.ground.cell.number)
    kind = _FACTORIES[(site.number + site.ground.cell.number) % len(_FACTORIES)]
    parcel.place_name = place + PLACE_NAMES.get(use, kind)
    parcel.owner = _OWNERS.get(use, "")
    if use in _OWNERS:
        parcel.dedicated = shapely.set_precision(site.plot, 0.001)
    if use == "park":
        parcel.pond = places.dig_pond(yard)
    stocks = {
        "school": lambda: places.build_school(yards),
        "factory": lambda: places.build_factory(yards, rng),
        "market": lambda: places.build_market(yard),
        "park": lambda: places.build_park(yard),
        "hall": lambda: places.build_hall(yard, rng),
        "shops": lambda: places.build_shops(yard, rng),
    }[use]()
    for stock in stocks:
        numbered = stock.label.startswith("号")
        labels = [f"{k + 1}{stock.label}" if numbered else stock.label for k in range(len(stock))]
        names = [parcel.place_name + label for label in labels]
        parcel.add(stock, names, _addresses(stock, site.block.street, numbers))


def _line_with_shops(
    site: _Site, side: str, plot: BaseGeometry, parcel: Parcel, numbers: _Numbers
) -> None:
    points = site.ground.at(side_points(site.block, side))
    back_m = site.ground.half(site.block, side) + 2.0
    for stock in places.build_frontage(points, back_m, plot):
        parcel.add(stock, [""] * len(stock), _addresses(stock, site.block.street, numbers))


def _build_village(
    ground: Ground, block: Block, numbers: _Numbers, rng: np.random.Generator
) -> Parcel:
    parcel = Parcel("village")
    west, east, south, north = (
        ground.half(block, side) + 0.5 for side in ("west", "east", "south", "north")
    )
    yard = Yard(inset(ground.corners(block), west, east, south, north), ground.outline)
    for stock in homes.build_village(yard, rng):
        kept = _clear(ground, stock)
        parcel.add(kept, [""] * len(kept), _addresses(kept, block.street, numbers))
    return parcel


def _clear(ground: Ground, stock: Stock) -> Stock:
    """Leave out houses too near to the one astride the line."""
    if ground.astride is None:
        return stock
    far = shapely.distance(stock.geometry, shapely.points(ground.astride[0])) > 8.5  # noqa: PLR2004
    return stock.where(far)


def _addresses(stock: Stock, street: str, numbers: _Numbers) -> list[str]:
    return [numbers.address(street) for _ in range(len(stock))]
