"""Where nobody lives: schools, factories, markets, parks, halls and shops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis_data.footprints import (
    L_SHAPE,
    MILLIMETRES,
    RECTANGLE,
    U_SHAPE,
    Stock,
    draw,
    same,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapely.geometry.base import BaseGeometry

    from gis_data.footprints import Floats, Shapes, Yard


def _stock(drawn: Shapes, floors: int, use: str, label: str = "") -> Stock:
    count = len(drawn)
    return Stock(drawn, same(floors, count), same(0, count), same(1, count), use, label)


def build_school(yards: list[Yard]) -> Iterator[Stock]:
    """Build a school: on one side of the drive lessons, on the other the hall and sports."""
    for side, shape, share, size, floors, label in (
        (0, U_SHAPE, (0.5, 0.7), (44.0, 30.0), 4, "教学楼"),
        (0, RECTANGLE, (0.5, 0.2), (36.0, 12.0), 3, "实验楼"),
        (1, L_SHAPE, (0.5, 0.78), (26.0, 20.0), 2, "食堂"),
        (1, RECTANGLE, (0.14, 0.12), (7.0, 5.0), 1, "门房"),
    ):
        yard = yards[side]
        fitted = np.minimum(size, yard.size * (0.9, 0.45))
        drawn = draw(shape, yard.spots(np.array([share])), fitted[None], yard.turn)
        yield _stock(drawn[yard.holds(drawn)], floors, "school", label)


def build_factory(yards: list[Yard], rng: np.random.Generator) -> Iterator[Stock]:
    """Build a factory: long sheds on both sides of the drive, and an office among them."""
    for side, yard in enumerate(yards):
        centres, size = yard.slots((42.0, 23.0))
        count = len(centres)
        gaps = np.column_stack([rng.uniform(5, 8, count), rng.uniform(6, 8, count)])
        drawn = draw(RECTANGLE, centres, size - gaps, yard.turn)
        drawn = drawn[yard.holds(drawn)]
        if side == 0:
            yield _stock(drawn[:1], 4, "industrial", "办公楼")
            drawn = drawn[1:]
        yield _stock(drawn, 1, "industrial", "号车间" if side == 0 else "号仓库")


def build_market(yard: Yard) -> Iterator[Stock]:
    """Build a market: one great hall, and rows of stalls before it."""
    size = np.minimum((50.0, 34.0), yard.size * 0.55)
    hall = draw(RECTANGLE, yard.spots(np.array([(0.5, 0.64)])), size[None], yard.turn)
    hall = hall[yard.holds(hall)]
    yield _stock(hall, 2, "market", "交易大厅")
    centres, size = yard.slots((17.0, 10.5))
    stalls = draw(RECTANGLE, centres, (size - (3.0, 5.0))[None], yard.turn)
    stalls = stalls[yard.holds(stalls)]
    if len(hall):
        stalls = stalls[shapely.distance(stalls, hall[0]) > 4.0]  # noqa: PLR2004 (a passage)
    yield _stock(stalls, 1, "market", "号摊棚")


def build_park(yard: Yard) -> Iterator[Stock]:
    """Build a park: two pavilions; the pond is on the water layer."""
    spots = yard.spots(np.array([(0.18, 0.8), (0.82, 0.2)]))
    drawn = draw(RECTANGLE, spots, np.array([[9.0, 9.0], [12.0, 7.0]]), yard.turn)
    yield _stock(drawn[yard.holds(drawn)], 1, "public", "号亭")


def dig_pond(yard: Yard) -> BaseGeometry:
    """Dig the pond of a park: a round-cornered pool in its middle."""
    angle = np.linspace(0, 2 * np.pi, 25)[:-1]
    radius = 0.22 + 0.04 * np.sin(3 * angle)
    ring = 0.5 + np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
    return shapely.polygons(np.round(yard.spots(ring), MILLIMETRES))


def build_hall(yard: Yard, rng: np.random.Generator) -> Iterator[Stock]:
    """Build the community's own hall, a clinic, and offices around them."""
    centres, size = yard.slots((34.0, 30.0))
    drawn = draw(L_SHAPE, centres, size - rng.uniform(8, 12, (len(centres), 2)), yard.turn)
    drawn = drawn[yard.holds(drawn)]
    yield _stock(drawn[:1], 3, "public", "社区服务中心")
    yield _stock(drawn[1:2], 4, "public", "卫生服务站")
    yield _stock(drawn[2:], 6, "office", "号楼")


def build_shops(yard: Yard, rng: np.random.Generator) -> Iterator[Stock]:
    """Build a shopping block: large stores in a loose lattice."""
    centres, size = yard.slots((30.0, 26.0))
    drawn = draw(RECTANGLE, centres, size - rng.uniform(6, 10, (len(centres), 2)), yard.turn)
    drawn = drawn[yard.holds(drawn)]
    count = len(drawn)
    floors, ones = whole(1, 5, count, rng), same(1, count)
    yield Stock(drawn, floors, 0 * ones, ones, "retail", "号楼")


def build_frontage(side: Floats, back_m: float, plot: BaseGeometry) -> Iterator[Stock]:
    """
    Line a street with small shops.

    Parameters
    ----------
    side
        (n, 2): net points along the street, the block to the left of the walk, metres.
    back_m
        From the middle of the street to the shop fronts.
    plot
        Shops that would leave it are not built.

    Yields
    ------
    stock
        Two shops a step.
    """
    first, step = side[:-1], np.diff(side, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])
    inward = np.column_stack([-step[:, 1], step[:, 0]]) / length[:, None]
    turns = np.arctan2(step[:, 1], step[:, 0])
    shops: list[Shapes] = []
    for half in (0.25, 0.75):
        centre = first + half * step + inward * (back_m + 5.0)
        sizes = np.column_stack([length / 2 - 2.2, np.full(len(length), 9.0)])
        shops.extend(
            draw(RECTANGLE, centre[[k]], sizes[[k]], float(turns[k])) for k in range(len(length))
        )
    drawn = np.concatenate(shops)
    shapely.prepare(plot)
    yield _stock(drawn[shapely.covers(plot, drawn)], 2, "retail", "号铺")
