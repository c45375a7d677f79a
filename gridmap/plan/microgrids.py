"""
Micro-grids: the nested level, each the round of one helper inside a grid.

Every general grid is divided by the search that divides the community, in a smaller window and
without a cap on persons. A tower that is more than one micro-grid by itself is divided by floors,
not by lines nobody could find: its micro-grids lie above each other and have one polygon.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.codes import number_from_northwest
from gridmap.errors import CodesExhaustedError
from gridmap.messages import Message
from gridmap.plan.model import MICROGRIDS
from gridmap.plan.partition import Effort, Search, Weights, Window, partition
from gridmap.plan.polygons import align_borders, dissolve_cells
from gridmap.plan.zoning import NOTHING_FITS, zone_ground

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridmap.ground.adjacency import Ground
    from gridmap.plan.zoning import Zoning
    from gridmap.rules import Rules
    from gridmap.schema import Community, GridCode

NO_CAP: Final = 2**31 - 1
QUICK: Final = Effort(rounds=1, divisions=2, cycles=2, sweeps=4)
"""Hundreds of small graphs, in a window they often cannot keep: a long search would find little."""

MOST: Final = 99
"""A micro-grid has two digits after the code of its grid."""

NAMED: Final = 4
"""How many buildings of a micro-grid are named before the rest are only counted."""


@dataclass(frozen=True, slots=True)
class Nesting:
    """What micro-grids are made by: the rule, the seed, and when to stop (monotonic seconds)."""

    rules: Rules
    seed: int = 0
    deadline_s: float = float("inf")


@dataclass(frozen=True, slots=True)
class _Slice:
    """One micro-grid: its ground, who lives there, its buildings, what it is made of."""

    part: int
    households: int
    persons: int
    buildings: tuple[int, ...]
    made_of: Message


def nest_microgrids(
    community: Community,
    ground: Ground,
    grid_of: np.ndarray,
    codes: Sequence[GridCode],
    nesting: Nesting,
) -> tuple[gpd.GeoDataFrame, np.ndarray]:
    """
    Divide the general grids of a community into micro-grids.

    1. A compound that is no bigger than a micro-grid stays whole; so do water and its bank. 2. A
    grid is divided so that its micro-grids are in the window of the rule where that can be. 3. A
    building above the window, alone or with what no line can part from it, is divided into
    ranges of floors; where their number is unknown it stays whole and says so.

    Parameters
    ----------
    community
        Its buildings may have `floors`.
    ground
        Of the community.
    grid_of
        Number of each cell's grid.
    codes
        Code of each grid. Each grid has dice of its own, seeded by its code, so that a grid that
        stays as it is keeps its micro-grids.
    nesting
        The rule, the seed and the deadline.

    Returns
    -------
    microgrids
        `MICROGRIDS`. Those of a grid tile it, with its corners, and add up to its households and
        persons. Each is in one piece, but for declared links. Dedicated grids and grids nobody
        lives in have none.
    micro_codes
        The micro-grids of every building, `;` between those of one tower, "" where there are
        none.

    Raises
    ------
    CodesExhaustedError
        If a grid has more micro-grids than two digits can number.
    """
    rules = nesting.rules
    window = Window(rules.micro_low, rules.micro_high, NO_CAP)
    zoning = _nested_zoning(community, ground, grid_of, rules)
    part_of, grid_of_part = _divide_grids(zoning, grid_of, codes, window, nesting)
    divided = np.flatnonzero(part_of >= 0)
    if not len(divided):
        return MICROGRIDS.empty(community.crs), np.full(len(community.buildings), "", object)
    areas = dissolve_cells(ground.cells.geometry.to_numpy()[divided], part_of[divided])
    stack = _Stack(community, part_of[ground.cell_of], rules)
    slices = [each for part in range(len(areas)) for each in stack.slices(part)]
    order, micro_codes = _number(slices, areas, grid_of_part, codes)
    slices = [slices[place] for place in order]
    columns = {
        "grid_code": [codes[grid_of_part[each.part]] for each in slices],
        "households": [each.households for each in slices],
        "persons": [each.persons for each in slices],
        "made_of": [each.made_of.to_json() for each in slices],
    }
    frame = gpd.GeoDataFrame(
        columns,
        index=pd.Index(micro_codes, name=MICROGRIDS.index, dtype="str"),
        geometry=areas[[each.part for each in slices]],
        crs=community.crs,
    ).astype(dict(MICROGRIDS.columns))
    return frame, _codes_by_building(slices, micro_codes, len(community.buildings))


def align_microgrids(microgrids: gpd.GeoDataFrame, grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Give micro-grids the corners that their grids get from the communities around.

    Parameters
    ----------
    microgrids
        `MICROGRIDS` of some communities.
    grids
        `DRAWN_GRIDS` of the same communities, as they were before their borders were aligned.

    Returns
    -------
    microgrids
        The same, tiling the aligned grids to the bit.
    """
    if not len(microgrids):
        return microgrids
    shapes = microgrids.geometry.to_numpy()
    _, first, part = np.unique(shapely.to_wkb(shapes), return_index=True, return_inverse=True)
    home = grids["community_code"].loc[microgrids["grid_code"].iloc[first]].to_numpy(object)
    whole = ~grids.index.isin(microgrids["grid_code"])
    areas = np.concatenate([shapes[first], grids.geometry.to_numpy()[whole]])
    community = np.concatenate([home, grids["community_code"].to_numpy(object)[whole]])
    rank = pd.Index(grids["community_code"].unique()).get_indexer(community)
    order = np.argsort(rank, kind="stable")
    aligned = np.empty(len(areas), object)
    aligned[order] = align_borders(areas[order], community[order])
    drawn = gpd.GeoSeries(aligned[part], index=microgrids.index, crs=microgrids.crs)
    return microgrids.set_geometry(drawn)


def _nested_zoning(
    community: Community, ground: Ground, grid_of: np.ndarray, rules: Rules
) -> Zoning:
    """Melt small compounds, unless a line that somebody insists on runs through one of them."""
    zoning = zone_ground(ground, community, Window(0, rules.micro_high, rules.persons_cap))
    general = zoning.atom >= 0
    pairs = np.unique(np.column_stack([zoning.atom[general], grid_of[general]]), axis=0)
    if len(pairs) > len(zoning.graph):
        return zone_ground(ground, community, NOTHING_FITS)
    return zoning


def _divide_grids(
    zoning: Zoning,
    grid_of: np.ndarray,
    codes: Sequence[GridCode],
    window: Window,
    nesting: Nesting,
) -> tuple[np.ndarray, np.ndarray]:
    """Give the part of each cell, -1 where there is none, and the grid of each part."""
    count = len(codes)
    lived_in = np.bincount(grid_of, zoning.households, count) > 0
    atoms = np.flatnonzero(zoning.atom >= 0)
    grid_of_atom = np.full(len(zoning.graph), -1)
    grid_of_atom[zoning.atom[atoms]] = grid_of[atoms]
    labels = np.full(len(zoning.graph), -1)
    target = (nesting.rules.micro_low + nesting.rules.micro_high) / 2
    weights = replace(Weights.of(nesting.rules), target=target)
    grid_of_part: list[int] = []
    for grid in np.flatnonzero(lived_in).tolist():
        nodes = np.flatnonzero(grid_of_atom == grid)
        if len(nodes):
            dice = np.random.default_rng([nesting.seed, zlib.crc32(codes[grid].encode())])
            search = Search(window, dice, nesting.deadline_s, weights, QUICK)
            found = partition(zoning.graph.part(nodes), search)
            labels[nodes] = found + len(grid_of_part)
            grid_of_part += [grid] * (int(found.max()) + 1)
    part_of = np.full(len(grid_of), -1)
    part_of[atoms] = labels[zoning.atom[atoms]]
    return part_of, np.array(grid_of_part, np.int64)


def _number(
    slices: Sequence[_Slice],
    areas: np.ndarray,
    grid_of_part: np.ndarray,
    codes: Sequence[GridCode],
) -> tuple[list[int], list[str]]:
    """Order micro-grids by grid, inside it from the north-west and from the ground up."""
    middles = shapely.centroid(areas)
    sequence = np.zeros(len(areas), np.int64)
    for grid in np.unique(grid_of_part):
        here = np.flatnonzero(grid_of_part == grid)
        x, y = shapely.get_x(middles[here]), shapely.get_y(middles[here])
        sequence[here] = number_from_northwest(x, y)
    grid = np.array([grid_of_part[each.part] for each in slices])
    order = np.lexsort((np.arange(len(slices)), [sequence[each.part] for each in slices], grid))
    starts = np.searchsorted(grid[order], grid[order])
    numbers = np.arange(len(slices)) - starts + 1
    if numbers.max(initial=0) > MOST:
        code = codes[grid[order][np.argmax(numbers)]]
        raise CodesExhaustedError(Message("plan.micro_exhausted", {"code": code, "most": MOST}))
    pairs = zip(grid[order].tolist(), numbers.tolist(), strict=True)
    return order.tolist(), [f"{codes[at]}{number:02d}" for at, number in pairs]


def _codes_by_building(slices: Sequence[_Slice], codes: Sequence[str], count: int) -> np.ndarray:
    found = np.full(count, "", object)
    for each, code in zip(slices, codes, strict=True):
        for building in each.buildings:
            found[building] = f"{found[building]};{code}" if found[building] else code
    return found


class _Stack:
    """Turns parts of the ground into micro-grids, floor by floor where a tower asks for it."""

    def __init__(self, community: Community, part_of: np.ndarray, rules: Rules) -> None:
        buildings = community.buildings
        self.rules = rules
        self.part_of = part_of
        self.households = buildings["households"].to_numpy(np.int64)
        self.persons = buildings["persons"].to_numpy(np.int64)
        self.floors = np.zeros(len(buildings), np.int64)
        if "floors" in buildings:
            self.floors = buildings["floors"].fillna(0).clip(0).to_numpy(np.int64)
        said = zip(buildings["address"], buildings["name"], buildings.index, strict=True)
        self.names = [str(address or name or building) for address, name, building in said]

    def slices(self, part: int) -> list[_Slice]:
        """Divide one part into its micro-grids: mostly it is one."""
        rows = np.flatnonzero(self.part_of == part)
        towers = rows[self.households[rows] > self.rules.micro_high]
        found = [each for tower in towers.tolist() for each in self._floors_of(part, tower)]
        rest = tuple(np.setdiff1d(rows, towers).tolist())
        if not found:
            return [self._whole(part, rest)]
        return self._share(found, rest) if rest else found

    def _whole(self, part: int, rows: tuple[int, ...]) -> _Slice:
        households, persons = self._totals(rows)
        return _Slice(part, households, persons, rows, self._spoken(rows))

    def _share(self, found: list[_Slice], rest: tuple[int, ...]) -> list[_Slice]:
        """Put small buildings that nothing parts from a tower with its emptiest range of floors."""
        to = min(range(len(found)), key=lambda place: found[place].households)
        households, persons = self._totals(rest)
        chosen, homes = found[to], tuple(row for row in rest if self.households[row])
        made_of = chosen.made_of
        if homes:
            made_of = Message("plan.clause_pair", {"first": made_of, "second": self._spoken(homes)})
        found[to] = replace(
            chosen,
            households=chosen.households + households,
            persons=chosen.persons + persons,
            buildings=(*chosen.buildings, *rest),
            made_of=made_of,
        )
        return found

    def _floors_of(self, part: int, tower: int) -> list[_Slice]:
        """Cut a tower into ranges of floors, as equal as whole floors can be."""
        households, persons = int(self.households[tower]), int(self.persons[tower])
        floors = int(self.floors[tower])
        name = Message("plan.building", {"name": self.names[tower]})
        if floors <= 1:
            kind = "plan.micro_one_floor" if floors else "plan.micro_floors_unknown"
            made_of = Message(kind, {"building": name, "households": households})
            return [_Slice(part, households, persons, (tower,), made_of)]
        most = max(1, self.rules.micro_high * floors // households)
        ranges = ceil(floors / most)
        tops = [floors * number // ranges for number in range(ranges + 1)]
        return [
            _Slice(
                part,
                households * top // floors - households * below // floors,
                persons * top // floors - persons * below // floors,
                (tower,),
                Message(
                    "plan.micro_floors",
                    {"building": name, "first": below + 1, "last": top, "floors": floors},
                ),
            )
            for below, top in pairwise(tops)
        ]

    def _totals(self, rows: tuple[int, ...]) -> tuple[int, int]:
        at = list(rows)
        return int(self.households[at].sum()), int(self.persons[at].sum())

    def _spoken(self, rows: tuple[int, ...]) -> Message:
        """Name the buildings with homes, the biggest first; count them where they are many."""
        homes = [row for row in rows if self.households[row]]
        if not homes:
            return Message("plan.micro_ground")
        if len(homes) == 1:
            return Message("plan.building", {"name": self.names[homes[0]]})
        homes.sort(key=lambda row: (-self.households[row], row))
        names = "; ".join(self.names[row] for row in homes[:NAMED])
        kind = "plan.micro_buildings" if len(homes) <= NAMED else "plan.micro_many"
        return Message(kind, {"count": len(homes), "names": names})
