"""
The buildings of one community as one table, and how many households are registered in each.

Faults of the map that real layers have are put in here, on purpose and counted: a house astride
the community line, one on a road, the same footprint under two ids, a bow-tie, homes nobody is
registered in.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gis_data.footprints import RECTANGLE, draw
from gis_data.homes import GREAT_TOWER, RESIDENTIAL
from gis_data.lattice import RAIL, UNITS
from gis_data.names import CITY_NAME, short_code
from gis_data.streets import PROGRAMMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gis_data.footprints import Floats, Shapes
    from gis_data.ground import Ground
    from gis_data.quarters import Parcel

EMPTY_SHARE: Final = 0.01
"""Share of the residential buildings in which nobody is registered."""

_OCCUPIED: Final = (0.55, 0.97)
_TWISTED: Final = 4  # of the first six communities, the village
_HOUSE_M: Final = (9.0, 7.5)


@dataclass(frozen=True, slots=True, eq=False)
class Census:
    """
    The buildings of one community: columns of equal length, one entry a building.

    `strange` marks buildings put in as faults, which no household is looked up by coordinates
    in; `faults` counts them by kind.
    """

    ids: NDArray[np.object_]
    geometry: Shapes
    floors: NDArray[np.int64]
    units_per_floor: NDArray[np.int64]
    entrances: NDArray[np.int64]
    use: NDArray[np.object_]
    name: NDArray[np.object_]
    address: NDArray[np.object_]
    compound: NDArray[np.object_]
    households: NDArray[np.int64]
    strange: NDArray[np.bool_]
    faults: Counter[str]

    def __len__(self) -> int:
        return len(self.ids)


def take_census(ground: Ground, parcels: list[Parcel], rng: np.random.Generator) -> Census:
    """
    Put the parcels of a community into one table and let people move in.

    Parameters
    ----------
    ground
        Of the community.
    parcels
        Its built blocks.
    rng
        Source of chance.

    Returns
    -------
    census
        Buildings block by block, then those that were added as faults.
    """
    census = _occupy(_gather(ground, parcels), rng)
    census = _add_houses(ground, census)
    census = _draw_twice(ground, census, rng)
    census = _twist(ground, census, rng)
    prefix = f"B{short_code(ground.cell.number)}"
    ids = np.array([f"{prefix}-{k + 1:04d}" for k in range(len(census))], dtype=object)
    return replace(census, ids=ids)


def compound_id(ground: Ground, number: int) -> str:
    """Name the compound on block `number` of the plan."""
    return f"C{short_code(ground.cell.number)}-{number + 1:02d}"


def _gather(ground: Ground, parcels: list[Parcel]) -> Census:
    stocks = [(k, stock) for k, parcel in enumerate(parcels) for stock in parcel.stocks]
    uses = [stock.use for _, stock in stocks for _ in range(len(stock))]
    names = [name for parcel in parcels for name in parcel.names]
    addresses = [address for parcel in parcels for address in parcel.addresses]
    compounds = [
        compound_id(ground, k) if parcels[k].compound is not None and stock.use != "retail" else ""
        for k, stock in stocks
        for _ in range(len(stock))
    ]
    return Census(
        np.empty(len(uses), dtype=object),
        np.concatenate([stock.geometry for _, stock in stocks]),
        np.concatenate([stock.floors for _, stock in stocks]),
        np.concatenate([stock.units_per_floor for _, stock in stocks]),
        np.concatenate([stock.entrances for _, stock in stocks]),
        np.array(uses, dtype=object),
        np.array(names, dtype=object),
        np.array(addresses, dtype=object),
        np.array(compounds, dtype=object),
        np.zeros(len(uses), dtype=np.int64),
        np.zeros(len(uses), dtype=bool),
        Counter(),
    )


def _occupy(census: Census, rng: np.random.Generator) -> Census:
    homes = census.floors * census.units_per_floor
    wanted = rng.uniform(1100, 1700) / max(1, int(homes.sum()))
    share = np.clip(rng.normal(np.clip(wanted, *_OCCUPIED), 0.08, len(homes)), 0.3, 1.0)
    great = homes == GREAT_TOWER[0] * GREAT_TOWER[1]
    residential = census.use == RESIDENTIAL
    households = np.where(great, homes, np.maximum(np.rint(homes * share), residential))
    candidates = np.flatnonzero(residential & ~great)
    empty = rng.choice(
        candidates, min(len(candidates), 1 + int(EMPTY_SHARE * len(candidates))), replace=False
    )
    households[empty] = 0
    faults = census.faults + Counter(empty_homes=len(empty), great_towers=int(great.sum()))
    return replace(census, households=households.astype(np.int64), faults=faults)


def _add_houses(ground: Ground, census: Census) -> Census:
    """Add the house astride the line and the one on a road."""
    if ground.astride is not None:
        middle, turn = ground.astride
        census = _append(ground, census, (middle, turn), "astride_line")
    if ground.cell.number % 2 == 0 and (spot := _spot_on_road(ground)) is not None:
        census = _append(ground, census, spot, "on_road")
    return census


def _spot_on_road(ground: Ground) -> tuple[Floats, float] | None:
    """Find the middle of a step of an inner street, away from junctions, rails and the river."""
    joints = ground.plan.joints()
    for run in ground.plan.runs:
        if run.bridge or run.kind not in ("tertiary", "residential") or not run.across:
            continue
        for first, last in pairwise(run.points):
            crosses = ground.lattice.has_rail(ground.cell) and first[0] in (RAIL[0] - 1, *RAIL)
            if first[0] > 0 and last[0] < UNITS and not joints & {first, last} and not crosses:
                start, end = ground.net[first], ground.net[last]
                along = end - start
                return (start + end) / 2, float(np.arctan2(along[1], along[0]))
    return None


def _append(ground: Ground, census: Census, spot: tuple[Floats, float], fault: str) -> Census:
    middle, turn = spot
    address = f"{CITY_NAME}{ground.names.place(ground.cell.number)}临{len(census)}号"
    house = draw(RECTANGLE, middle[None], np.array([_HOUSE_M]), turn)
    one = np.ones(1, dtype=np.int64)
    return replace(
        census,
        ids=np.append(census.ids, ""),
        geometry=np.append(census.geometry, house),
        floors=np.append(census.floors, 2 * one),
        units_per_floor=np.append(census.units_per_floor, one),
        entrances=np.append(census.entrances, one),
        use=np.append(census.use, RESIDENTIAL),
        name=np.append(census.name, ""),
        address=np.append(census.address, address),
        compound=np.append(census.compound, ""),
        households=np.append(census.households, 2 * one),
        strange=np.append(census.strange, True),
        faults=census.faults + Counter({fault: 1}),
    )


def _ordinary_houses(census: Census) -> NDArray[np.int64]:
    is_small = (census.use == RESIDENTIAL) & (census.compound == "") & (census.households > 1)
    found: NDArray[np.int64] = np.flatnonzero(is_small & ~census.strange)
    return found


def _draw_twice(ground: Ground, census: Census, rng: np.random.Generator) -> Census:
    """Put one footprint in a second time, under an id of its own with a household of its own."""
    houses = _ordinary_houses(census)
    if ground.cell.number % 2 == 0 or not len(houses):
        return census
    chosen = int(rng.choice(houses))
    rows = np.append(np.arange(len(census)), chosen)
    columns = {
        name: getattr(census, name)[rows]
        for name in (
            *("ids", "geometry", "floors", "units_per_floor", "entrances", "use", "name"),
            *("address", "compound", "households", "strange"),
        )
    }
    columns["strange"][[chosen, -1]] = True
    columns["households"][-1] = 1
    columns["address"][-1] = ""
    return replace(census, **columns, faults=census.faults + Counter(duplicate_footprints=1))


def _twist(ground: Ground, census: Census, rng: np.random.Generator) -> Census:
    """Swap two corners of one house, so that its ring crosses itself like a bow-tie."""
    houses = _ordinary_houses(census)
    houses = houses[shapely.get_num_coordinates(census.geometry[houses]) == len(RECTANGLE) + 1]
    if ground.cell.number % len(PROGRAMMES) != _TWISTED or not len(houses):
        return census
    chosen = int(rng.choice(houses))
    geometry, strange = census.geometry.copy(), census.strange.copy()
    corners = shapely.get_coordinates(geometry[chosen])
    geometry[chosen] = shapely.polygons(corners[[0, 2, 1, 3, 0]])
    strange[chosen] = True
    faults = census.faults + Counter(bow_ties=1)
    return replace(census, geometry=geometry, strange=strange, faults=faults)
