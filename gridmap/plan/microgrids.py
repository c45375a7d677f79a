"""
Micro-grids: the nested level, each the round of one helper inside a grid.

Every general grid is divided by the search that divides the community, in a smaller window and
without a cap on persons. A tower that is more than one micro-grid by itself is divided by
entrances and floors, not by lines nobody could find: its micro-grids have one polygon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.codes import number_from_northwest
from gridmap.errors import CodesExhaustedError
from gridmap.messages import Message
from gridmap.plan.model import MICROGRIDS
from gridmap.plan.nesting import build_nest
from gridmap.plan.polygons import align_borders, dissolve_cells
from gridmap.plan.storeys import Stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridmap.ground.adjacency import Ground
    from gridmap.plan.nesting import Nest
    from gridmap.plan.storeys import Slice
    from gridmap.rules import Rules
    from gridmap.schema import Community, GridCode

MOST: Final = 99
"""A micro-grid has two digits after the code of its grid."""


def nest_microgrids(
    community: Community,
    ground: Ground,
    grid_of: np.ndarray,
    codes: Sequence[GridCode],
    nest: Nest,
    rules: Rules,
) -> tuple[gpd.GeoDataFrame, np.ndarray]:
    """
    Divide the general grids of a community into micro-grids.

    1. A compound that is no bigger than a micro-grid stays whole; so do water and its bank. 2. A
    grid is divided so that its micro-grids are in the window of the rule where that can be. 3. A
    building above the window, alone or with what no line can part from it, is divided into
    entrances and ranges of floors; where it has neither, it stays whole and says so.

    Parameters
    ----------
    community
        Its buildings may have `floors`, and it may have `entrances`.
    ground
        Of the community.
    grid_of
        Number of each cell's grid.
    codes
        Code of each grid.
    nest
        Of the community. A grid that stays as it is keeps its micro-grids, whatever its code.
    rules
        The band of micro-grids.

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
    if _cuts_atoms(nest, grid_of):
        nest = build_nest(
            community,
            ground,
            rules,
            seed=nest.seed,
            deadline_s=nest.deadline_s,
            melts_compounds=False,
        )
    part_of, grid_of_part = _divide_grids(nest, grid_of, len(codes))
    divided = np.flatnonzero(part_of >= 0)
    if not len(divided):
        return MICROGRIDS.empty(community.crs), np.full(len(community.buildings), "", object)
    areas = dissolve_cells(ground.cells.geometry.to_numpy()[divided], part_of[divided])
    stack = Stack(community, part_of[ground.cell_of], rules)
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


def _cuts_atoms(nest: Nest, grid_of: np.ndarray) -> bool:
    """Tell whether a line that somebody insists on runs through a small compound."""
    atom = nest.zoning.atom
    general = atom >= 0
    pairs = np.unique(np.column_stack([atom[general], grid_of[general]]), axis=0)
    return len(pairs) > len(nest.homes)


def _divide_grids(nest: Nest, grid_of: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the part of each cell, -1 where there is none, and the grid of each part."""
    zoning = nest.zoning
    lived_in = np.bincount(grid_of, zoning.households, count) > 0
    atoms = np.flatnonzero(zoning.atom >= 0)
    grid_of_atom = np.full(len(nest.homes), -1)
    grid_of_atom[zoning.atom[atoms]] = grid_of[atoms]
    labels = np.full(len(nest.homes), -1)
    grid_of_part: list[int] = []
    for grid in np.flatnonzero(lived_in).tolist():
        nodes = np.flatnonzero(grid_of_atom == grid)
        if len(nodes):
            found = nest.divide(nodes)
            labels[nodes] = found + len(grid_of_part)
            grid_of_part += [grid] * (int(found.max()) + 1)
    part_of = np.full(len(grid_of), -1)
    part_of[atoms] = labels[zoning.atom[atoms]]
    return part_of, np.array(grid_of_part, np.int64)


def _number(
    slices: Sequence[Slice],
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


def _codes_by_building(slices: Sequence[Slice], codes: Sequence[str], count: int) -> np.ndarray:
    found = np.full(count, "", object)
    for each, code in zip(slices, codes, strict=True):
        for building in each.buildings:
            found[building] = f"{found[building]};{code}" if found[building] else code
    return found
