"""Where people live: slabs, towers, walk-ups and the houses of an urban village."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gis_data.footprints import (
    L_SHAPE,
    RECTANGLE,
    T_SHAPE,
    Stock,
    draw,
    draw_patches,
    rotation,
    same,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis_data.footprints import Floats, Shapes, Yard

RESIDENTIAL: Final = "residential"
STAIR_M: Final = 13.0
"""Length of a slab that one staircase serves."""

GREAT_TOWER: Final = (32, 20)
"""Floors, and homes on each, of the one building that is larger than any grid: 640 homes."""

# Shares: slabs a floor higher than their neighbours, slabs with a shed, compounds of T-shaped
# towers, angled walk-ups, village slots left open, village houses with two homes a floor.
_HIGHER, _SHEDS, _T_TOWERS, _ANGLED, _COURTYARDS, _SHARED = 0.2, 0.35, 0.6, 0.15, 0.05, 0.4


def build_slabs(yards: list[Yard], rng: np.random.Generator) -> Iterator[Stock]:
    """
    Fill a compound with parallel slabs, and sheds between them.

    Parameters
    ----------
    yards
        The ground on either side of the drive.
    rng
        Source of chance.

    Yields
    ------
    stock
        Slabs of each yard, then all sheds.
    """
    floors, pitch = int(rng.integers(5, 8)), float(rng.uniform(20.0, 23.0))
    depth = float(rng.uniform(10.5, 12.5))
    sheds: list[Shapes] = []
    for yard in yards:
        columns = max(1, round(float(yard.size[0]) / 56.0))
        centres, size = yard.slots((float(yard.size[0]) / columns - 1e-6, pitch))
        length = float(size[0]) - 4.0
        if length < STAIR_M:
            continue
        slabs = draw(RECTANGLE, centres, np.array([[length, depth]]), yard.turn)
        held = yard.holds(slabs)
        stairs = same(int(length // STAIR_M), int(held.sum()))
        height = floors + whole(0, 2, len(stairs), rng) * (rng.random(len(stairs)) < _HIGHER)
        yield Stock(slabs[held], height, 2 * stairs, stairs, RESIDENTIAL, "幢")
        sheds.append(_sheds(yard, centres[held], float(size[1]), rng))
    if sheds:
        drawn = np.concatenate(sheds)
        ones = same(1, len(drawn))
        yield Stock(drawn, ones, 0 * ones, ones, "storage")


def _sheds(yard: Yard, slabs: Floats, pitch: float, rng: np.random.Generator) -> Shapes:
    chosen = rng.random(len(slabs)) < _SHEDS
    count = int(chosen.sum())
    shift = np.column_stack([rng.uniform(-6, 6, count), np.full(count, pitch / 2)])
    size = np.column_stack([rng.uniform(7, 13, count), np.full(count, 3.2)])
    drawn = draw(RECTANGLE, slabs[chosen] + shift @ rotation(yard.turn), size, yard.turn)
    kept: Shapes = drawn[yard.holds(drawn)]
    return kept


def build_towers(yards: list[Yard], rng: np.random.Generator, *, great: bool) -> Iterator[Stock]:
    """
    Fill a compound with towers.

    Parameters
    ----------
    yards
        The ground on either side of the drive.
    rng
        Source of chance.
    great
        Make one tower the one with 640 homes.

    Yields
    ------
    stock
        The great tower, if asked for, then the others.
    """
    floors = int(rng.integers(12, 19))
    shape = T_SHAPE if rng.random() < _T_TOWERS else RECTANGLE
    for number, yard in enumerate(yards):
        centres, _ = yard.slots((34.0, 33.0))
        centres = centres + rng.uniform(-1.2, 1.2, centres.shape)
        count = len(centres)
        size = np.column_stack([rng.uniform(23, 27, count), rng.uniform(15, 19, count)])
        drawn = draw(shape, centres, size, yard.turn)
        drawn = drawn[yard.holds(drawn)]
        if great and number == 0 and len(drawn):
            giant = draw(L_SHAPE, centres[:1], np.array([[33.0, 26.0]]), yard.turn)
            height, units = (same(value, 1) for value in GREAT_TOWER)
            yield Stock(giant, height, units, same(4, 1), RESIDENTIAL, "幢")
            drawn = drawn[shapely.distance(drawn, giant[0]) > 2.0]  # noqa: PLR2004 (a footpath)
        four = same(4, len(drawn))
        yield Stock(
            drawn, floors + whole(-1, 2, len(drawn), rng), four, four // 2, RESIDENTIAL, "幢"
        )


def build_walkups(yard: Yard, rng: np.random.Generator) -> Iterator[Stock]:
    """
    Fill a small block with walk-ups that stand free, some of them L-shaped.

    Parameters
    ----------
    yard
        The block without its streets.
    rng
        Source of chance.

    Yields
    ------
    stock
        Rectangles, then L-shapes.
    """
    centres, size = yard.slots((float(rng.uniform(19, 25)), float(rng.uniform(15, 18))))
    if not len(centres):
        return
    count = len(centres)
    gaps = np.column_stack([rng.uniform(2.5, 5.0, count), rng.uniform(4.5, 6.5, count)])
    angled = rng.random(count) < _ANGLED
    for shape, chosen in ((RECTANGLE, ~angled), (L_SHAPE, angled)):
        drawn = draw(shape, centres[chosen], size - gaps[chosen], yard.turn)
        drawn = drawn[yard.holds(drawn)]
        stairs = whole(1, 3, len(drawn), rng)
        yield Stock(drawn, whole(3, 7, len(drawn), rng), 2 * stairs, stairs, RESIDENTIAL)


def build_village(yard: Yard, rng: np.random.Generator) -> Iterator[Stock]:
    """
    Pack a small block with houses back to back, an arm's length apart.

    Parameters
    ----------
    yard
        The block without its lanes.
    rng
        Source of chance.

    Yields
    ------
    stock
        One house a slot, but for a few courtyards.
    """
    columns, rows = (max(1, int(side // 11.2)) for side in yard.size)
    s, t = (
        np.linspace(0, 1, count + 1) + np.r_[0, rng.normal(0, 0.03 / count, count - 1), 0]
        for count in (columns, rows)
    )
    i, j = (steps.ravel() for steps in np.meshgrid(np.arange(columns), np.arange(rows)))
    kept = rng.random(len(i)) > _COURTYARDS
    i, j = i[kept], j[kept]
    gaps = rng.uniform(0.3, 0.85, (len(i), 4)) / np.tile(yard.size, 2)
    low = np.column_stack([s[i], t[j]]) + gaps[:, :2]
    high = np.column_stack([s[i + 1], t[j + 1]]) - gaps[:, 2:]
    drawn = draw_patches(yard, low, high)
    count = len(drawn)
    units = 1 + (rng.random(count) < _SHARED)
    yield Stock(drawn, whole(2, 5, count, rng), units, same(1, count), RESIDENTIAL)
