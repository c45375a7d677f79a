"""
The household ledger of one community: mostly right, and wrong where real ledgers are.

Most rows name their building, a tenth only its address, a few only a point inside it. No names
of people, no numbers of theirs: a household is an id, a place, a count of persons and a need.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import shapely

from gis_data.homes import RESIDENTIAL
from gis_data.names import CITY_NAME, short_code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis_data.census import Census
    from gis_data.ground import Ground

LEDGER: Final = pa.schema(
    [
        ("household_id", pa.string()),
        ("building_id", pa.string()),
        ("address", pa.string()),
        ("persons", pa.int8()),
        ("entrance", pa.int8()),
        ("floor", pa.int8()),
        ("need", pa.string()),
        ("x", pa.float64()),
        ("y", pa.float64()),
    ]
)
"""Columns of `households.csv`; `x` and `y` are metres in the CRS of the buildings."""

AWAY: Final = 6
"""Households of a community on the edge whose coordinates lie outside the town."""

BY_ADDRESS: Final = 0.10
BY_POINT: Final = 0.03

_PERSONS: Final = (0.2, 0.34, 0.25, 0.12, 0.06, 0.03)  # 1 to 6, mean 2.59
_NEEDS: Final = ("", "elderly", "disabled", "infant")
_NEED_SHARES: Final = (0.88, 0.07, 0.02, 0.03)
_SUFFIXES: Final = np.array([f"-{k:04d}" for k in range(10_000)], dtype=object)


@dataclass(frozen=True, slots=True)
class Entries:
    """Rows of the ledger, and how many of them are wrong, by kind."""

    table: pa.Table
    persons: int
    faults: Counter[str]


@dataclass(slots=True)
class _Rows:
    """Rows on their way: every column an array of objects or numbers."""

    ids: NDArray[np.object_]
    buildings: NDArray[np.object_]
    addresses: NDArray[np.object_]
    persons: NDArray[np.int8]
    entrances: NDArray[np.int8]
    floors: NDArray[np.int8]
    needs: NDArray[np.object_]
    points: NDArray[np.float64]  # NaN where the row has none

    def take(self, rows: NDArray[np.int64]) -> _Rows:
        return _Rows(
            self.ids[rows],
            self.buildings[rows],
            self.addresses[rows],
            self.persons[rows],
            self.entrances[rows],
            self.floors[rows],
            self.needs[rows],
            self.points[rows],
        )

    def table(self) -> pa.Table:
        columns = [
            self.ids,
            _blank(self.buildings),
            _blank(self.addresses),
            self.persons,
            pa.array(self.entrances, mask=self.entrances == 0),
            pa.array(self.floors, mask=self.floors == 0),
            _blank(self.needs),
            pa.array(self.points[:, 0], mask=np.isnan(self.points[:, 0])),
            pa.array(self.points[:, 1], mask=np.isnan(self.points[:, 1])),
        ]
        arrays = [pa.array(column, type=kind.type) for column, kind in zip(columns, LEDGER)]  # noqa: B905
        return pa.Table.from_arrays(arrays, schema=LEDGER)


def keep_ledger(ground: Ground, census: Census, rng: np.random.Generator) -> Entries:
    """
    Write down the households of a community.

    Parameters
    ----------
    ground
        Of the community.
    census
        Its buildings, with how many households live in each.
    rng
        Source of chance.

    Returns
    -------
    entries
        One row a household, building by building, then the rows that are wrong: households
        nobody can place, or beyond the town; rows that repeat a household; rows that claim one
        for a second building.
    """
    rows = _register(ground, census, rng)
    faults = Counter(
        by_address_rows=int(((rows.buildings == "") & (rows.addresses != "")).sum()),
        by_point_rows=int((~np.isnan(rows.points[:, 0])).sum()),
    )
    order = np.arange(len(rows.ids))
    named = np.flatnonzero((rows.buildings != "") & ~np.isin(rows.buildings, _odd(census)))
    wrong = 1 + int(rng.poisson(1.5)), 1 + int(rng.poisson(1.0)), 1 + int(rng.poisson(0.7))
    unplaced, repeated, contested = (min(count, len(named) // 4) for count in wrong)
    picked = rng.choice(named, unplaced + repeated + contested, replace=False)
    lost, claimed = picked[:unplaced], picked[unplaced + repeated :]
    rows.buildings[lost] = ""
    rows.addresses[lost] = [f"{CITY_NAME}旧里弄{int(k)}号" for k in lost]
    rows.buildings[lost[::2]] = [f"B{int(k):06d}-X" for k in lost[::2]]
    rows.addresses[lost[::2]] = ""
    away = AWAY if ground.cell.row == 0 and ground.cell.number % 5 == 0 else 0
    again = rows.take(np.concatenate([order, picked[unplaced:], order[:away]]))
    again.buildings[len(order) + repeated :] = np.concatenate(
        [_elsewhere(census, rows.buildings[claimed], rng), [""] * away]
    )
    _send_away(ground, again, len(again.ids) - away)
    faults.update(unplaced_rows=unplaced, repeated_rows=repeated, contested_rows=contested)
    faults.update(outside_rows=away)
    return Entries(again.table(), int(again.persons.sum()), faults)


def _register(ground: Ground, census: Census, rng: np.random.Generator) -> _Rows:
    where = np.repeat(np.arange(len(census)), census.households)
    count = len(where)
    first = np.cumsum(census.households) - census.households
    place = np.arange(count) - first[where]
    floors = 1 + place * census.floors[where] // census.households[where]
    rows = _Rows(
        np.array(f"H{short_code(ground.cell.number)}", object) + _SUFFIXES[1 : count + 1],
        census.ids[where],
        np.full(count, "", dtype=object),
        rng.choice(np.arange(1, 7), count, p=_PERSONS).astype(np.int8),
        (1 + place % census.entrances[where]).astype(np.int8),
        floors.astype(np.int8),
        np.array(_NEEDS, dtype=object)[rng.choice(len(_NEEDS), count, p=_NEED_SHARES)],
        np.full((count, 2), np.nan),
    )
    odd = census.strange[where]
    draw = rng.random(count)
    by_address = (draw < BY_ADDRESS) & ~odd & (census.address[where] != "")
    by_point = (draw > 1 - BY_POINT) & ~odd
    rows.addresses[by_address] = census.address[where[by_address]]
    rows.buildings[by_address | by_point] = ""
    inside = shapely.get_coordinates(shapely.point_on_surface(census.geometry[where[by_point]]))
    rows.points[by_point] = np.round(inside + rng.uniform(-0.9, 0.9, inside.shape), 2)
    return rows


def _odd(census: Census) -> NDArray[np.object_]:
    odd: NDArray[np.object_] = census.ids[census.strange]
    return odd.astype(str)


def _elsewhere(
    census: Census, buildings: NDArray[np.object_], rng: np.random.Generator
) -> NDArray[np.object_]:
    """Name another home for each of `buildings`."""
    fit = (census.use == RESIDENTIAL) & ~census.strange & (census.households > 0)
    ids = census.ids[fit]
    places = {name: k for k, name in enumerate(ids)}
    steps = rng.integers(1, len(ids), len(buildings))
    others = [(places[name] + step) % len(ids) for name, step in zip(buildings, steps, strict=True)]
    homes: NDArray[np.object_] = ids[np.array(others, dtype=np.int64)]
    return homes


def _send_away(ground: Ground, rows: _Rows, start: int) -> None:
    """Turn the rows from `start` on into households at points south of the town."""
    prefix = f"H{short_code(ground.cell.number)}"
    for row in range(start, len(rows.ids)):
        rows.ids[row] = f"{prefix}-X{row - start + 1:03d}"
        rows.addresses[row] = ""
        rows.entrances[row] = rows.floors[row] = 0
        rows.points[row] = np.round(ground.net[2 + row - start, 0] - (0.0, 150.0), 2)


def _blank(column: NDArray[np.object_]) -> pa.Array:
    return pa.array(column, type=pa.string(), mask=column == "")
