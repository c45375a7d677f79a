"""
Planning on from grids that exist: whoever keeps the rule stays where they are.

Every piece of ground starts in the present grid that most of its households live in. What is out
of rule is mended with as little around it as will do (:mod:`gridmap.plan.repair`); locked grids
are not touched at all. Where grids are named to be redrawn, their ground is divided anew as a
whole, and all others are as good as locked. A grid that is redrawn hands its code and its name to
the new grid with most of its households, and no code is ever given to anything else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gridmap.codes import number_from_northwest
from gridmap.crs import PRECISION_M
from gridmap.errors import InputError
from gridmap.ground.cells import grow_homes, sum_neighbours
from gridmap.plan.partition import renumber
from gridmap.plan.repair import redraw, repair
from gridmap.plan.zoning import components, zone_ground
from gridmap.schema import GridCode, anchors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from geopandas import GeoDataFrame

    from gridmap.codes import CodeProfile
    from gridmap.ground.adjacency import Ground
    from gridmap.plan.partition import Graph, Search
    from gridmap.plan.zoning import Zoning
    from gridmap.schema import Community

REACH_M: Final = 10 * PRECISION_M
"""An anchor this near to a line is on it: grids come from files, in degrees perhaps."""

KEPT_WEIGHT: Final = 1e12
"""More households than there are: a kept grid is its own successor."""


@dataclass(frozen=True, slots=True)
class Present:
    """
    The grids a community is planned on from, in the order of their codes.

    `of_building` and `of_cell` tell the grid each lies in, -1 outside all of them; `households`
    is by building, `area` by cell and less than one household in all: it decides only where
    nobody lives. What `is_kept` is not touched: a locked grid, or one that was not named where
    others are to be redrawn.
    """

    codes: list[str]
    names: np.ndarray
    is_locked: np.ndarray
    is_kept: np.ndarray
    is_redrawn: np.ndarray
    of_building: np.ndarray
    of_cell: np.ndarray
    cell_of: np.ndarray
    households: np.ndarray
    area: np.ndarray

    def shares(self, group: np.ndarray, count: int) -> np.ndarray:
        """Add up what each group of cells has of each grid; the last column is in no grid."""
        table = np.zeros((count, len(self.codes) + 1))
        cells = np.flatnonzero(group >= 0)
        np.add.at(table, (group[cells], self.of_cell[cells]), self.area[cells])
        buildings = np.flatnonzero(group[self.cell_of] >= 0)
        homes = group[self.cell_of[buildings]]
        np.add.at(table, (homes, self.of_building[buildings]), self.households[buildings])
        return table


@dataclass(frozen=True, slots=True)
class Heritage:
    """
    What grids are called, and what they have from present ones.

    By grid: its number in the community, its name ("" where it needs a new one), whether it is
    a present one that was not to be touched, and whether that is because it is locked; and how
    many households change grid, None where there was none to change from.
    """

    numbers: np.ndarray
    names: np.ndarray
    is_kept: np.ndarray
    is_locked: np.ndarray
    moved_households: int | None

    def put_in_order(self, order: np.ndarray) -> Heritage:
        """Give the same with the grids in another order."""
        return replace(
            self,
            numbers=self.numbers[order],
            names=self.names[order],
            is_kept=self.is_kept[order],
            is_locked=self.is_locked[order],
        )


def start_from(
    communities: Iterable[Community],
    grids: GeoDataFrame | None = None,
    *,
    redrawn: frozenset[str] = frozenset(),
) -> Iterator[Community]:
    """
    Tell communities which grids they are planned on from.

    Parameters
    ----------
    communities
        As they come.
    grids
        `GRIDS` in the CRS of the communities; None to plan afresh.
    redrawn
        Codes of those to draw anew, where no other grid is to be touched.

    Yields
    ------
    community
        The same, each with the grids that touch it.
    """
    for community in communities:
        if grids is None:
            yield community
        else:
            touching = grids.sindex.query(community.boundary, predicate="intersects", sort=True)
            yield replace(community, present=grids.iloc[touching], redrawn=redrawn)


def find_present(community: Community, ground: Ground) -> Present | None:
    """
    Find out what lies in which present grid.

    Parameters
    ----------
    community
        With or without grids to go on from.
    ground
        Of the community.

    Returns
    -------
    present
        A building is in the grid its anchor lies in; on a line between two, or where they
        overlap, in the one that the middle of its cell lies in, and else in the lowest code.
        None where there is nothing to go on from.
    """
    if community.present is None or community.present.empty:
        return None
    grids = community.present.sort_index()
    tree = shapely.STRtree(grids.geometry.to_numpy())
    shapes = ground.cells.geometry.to_numpy()
    cell, grid = tree.query(shapely.point_on_surface(shapes), predicate="intersects")
    of_cell = _first(cell, grid, np.zeros(len(cell)), len(shapes))
    points = anchors(community.buildings).to_numpy()
    building, near = tree.query(points, predicate="dwithin", distance=REACH_M)
    with_cell = np.isin(ground.cell_of[building] * len(grids) + near, cell * len(grids) + grid)
    area, is_locked = shapely.area(shapes), grids["locked"].to_numpy(bool)
    is_redrawn = grids.index.isin(community.redrawn) & ~is_locked
    return Present(
        codes=[str(code) for code in grids.index],
        names=grids["name"].to_numpy(object),
        is_locked=is_locked,
        is_kept=is_locked if not community.redrawn else ~is_redrawn,
        is_redrawn=is_redrawn,
        of_building=_first(building, near, ~with_cell, len(points)),
        of_cell=of_cell,
        cell_of=ground.cell_of,
        households=community.buildings["households"].to_numpy(float),
        area=area / (area.sum() + 1.0),
    )


def continue_grids(
    present: Present, community: Community, ground: Ground, zoning: Zoning, search: Search
) -> tuple[Zoning, np.ndarray, dict[int, int]]:
    """
    Divide a community anew where its present grids break the rule, and nowhere else.

    1. A kept grid keeps its homes, whatever they come to and whatever its line cuts. 2. Every
    other atom starts in the grid that most of its households live in; pieces of a grid that do
    not hang together are parts of their own, and ground without homes that is cut off from its
    grid goes with a neighbour. 3. Parts out of rule are mended; where grids are to be redrawn, all
    that is not kept is divided as if there was nothing, unless that is worse.

    Parameters
    ----------
    present
        Of the community.
    community, ground, zoning
        What is divided.
    search
        The rule, the dice and the deadline.

    Returns
    -------
    zoning
        As the lines of kept grids leave it.
    labels
        By atom of that zoning. Every part is connected, but for kept grids.
    kept
        The labels that are kept grids, with their places among the present ones.
    """
    held = np.full(len(zoning.graph), -1)
    if present.is_kept.any():
        fine = zone_ground(ground, community, replace(search.window, high=-1))  # no compound fits
        zoning, held = _carve_kept(present, fine, zoning)
    labels, count = _first_labels(present, zoning, held), len(zoning.graph)
    is_held = (labels >= count) & (labels < count + len(present.codes))
    free, fixed = np.flatnonzero(~is_held), np.flatnonzero(is_held)
    divide = redraw if present.is_redrawn.any() else repair
    mended = divide(zoning.graph.part(free), labels[free], search)
    before = labels[fixed] - count
    labels[free] = mended
    labels[fixed] = before + mended.max(initial=-1) + 1
    labels = renumber(labels)
    kept = dict(zip(labels[fixed].tolist(), before.tolist(), strict=True))
    return zoning, labels, kept


def number_grids(areas: np.ndarray, *, moved_households: int | None = None) -> Heritage:
    """
    Give grids that follow on nothing their first numbers.

    Parameters
    ----------
    areas
        Of the grids of one community.
    moved_households
        0 where present grids were asked for and there are none in this community.

    Returns
    -------
    heritage
        Numbered from 1, west to east and north to south.
    """
    middles = shapely.centroid(areas)
    return Heritage(
        numbers=number_from_northwest(shapely.get_x(middles), shapely.get_y(middles)),
        names=np.full(len(areas), "", object),
        is_kept=np.zeros(len(areas), bool),
        is_locked=np.zeros(len(areas), bool),
        moved_households=moved_households,
    )


def inherit_codes(
    present: Present,
    grid_of: np.ndarray,
    areas: np.ndarray,
    kept: dict[int, int],
    community: Community,
    profile: CodeProfile,
) -> Heritage:
    """
    Hand the codes and names of present grids down to new ones.

    Parameters
    ----------
    present
        Of the community.
    grid_of
        New grid of each cell.
    areas
        Of the new grids.
    kept
        New grids that are kept present ones.
    community
        Whose codes count.
    profile
        How codes are written.

    Returns
    -------
    heritage
        A present grid is followed by the new grid with most of its households; of several that
        have the same one, the biggest hands its code down. Other grids get the numbers after the
        highest that was ever in use, from the north-west on.
    """
    shares = present.shares(grid_of, len(areas))[:, :-1]
    for grid, before in kept.items():
        shares[grid, before] += KEPT_WEIGHT
    heir = np.full(len(areas), -1)
    order = np.argsort(-shares.max(axis=0), kind="stable")
    for before in order.tolist():
        follower = int(shares[:, before].argmax())
        if heir[follower] < 0 and shares[follower, before] > 0:
            heir[follower] = before
    known = np.array([_number_of(code, community, profile) for code in present.codes])
    numbers = np.where(heir >= 0, known[heir], 0)
    new = np.flatnonzero(numbers == 0)
    numbers[new] = known.max() + number_grids(areas[new]).numbers
    in_grid, locked = present.of_building >= 0, present.is_locked
    moved = in_grid & (heir[grid_of[present.cell_of]] != present.of_building)
    return Heritage(
        numbers=numbers,
        names=np.where(heir >= 0, present.names[heir], ""),
        is_kept=np.isin(np.arange(len(areas)), list(kept)),
        is_locked=np.isin(np.arange(len(areas)), [new for new, old in kept.items() if locked[old]]),
        moved_households=int(present.households[moved].sum()),
    )


def _first(at: np.ndarray, grid: np.ndarray, rank: np.ndarray, count: int) -> np.ndarray:
    """Give each of `count` places its grid of lowest rank, then of lowest code; -1 for none."""
    order = np.lexsort((grid, rank, at))
    found, first = np.unique(at[order], return_index=True)
    chosen = np.full(count, -1)
    chosen[found] = grid[order][first]
    return chosen


def _number_of(code: str, community: Community, profile: CodeProfile) -> int:
    """Read the number out of a code of this community; 0 if it is none."""
    try:
        home, number = profile.parse(GridCode(code))
    except InputError:
        return 0
    is_own = home == community.code and number and profile.format(home, number) == code
    return number if is_own else 0


def _carve_kept(present: Present, fine: Zoning, zoning: Zoning) -> tuple[Zoning, np.ndarray]:
    """Part atoms along the lines of kept grids; give the kept grid of each atom, or -1."""
    graph = fine.graph
    best = present.shares(fine.atom, len(graph)).argmax(axis=1)
    kept = np.append(present.is_kept, False)
    held = np.where(kept[best], best, -1)
    general = np.flatnonzero(fine.atom >= 0)
    coarse = np.full(len(graph), -1)
    coarse[fine.atom[general]] = zoning.atom[general]
    first, second = graph.first, graph.second
    joined = (coarse[first] == coarse[second]) & (held[first] < 0) & (held[second] < 0)
    group = components(len(graph), first[joined], second[joined])
    held_group = np.full(group.max(initial=-1) + 1, -1)
    held_group[group] = held
    atom = np.full(len(fine.atom), -1)
    atom[general] = group[fine.atom[general]]
    return replace(zoning, atom=atom, graph=graph.contract(group)), held_group


def _first_labels(present: Present, zoning: Zoning, held: np.ndarray) -> np.ndarray:
    """Give each atom the piece of a grid it starts in; kept grids count on from the last atom."""
    graph = zoning.graph
    shares = present.shares(zoning.atom, len(graph))
    shares[:, :-1][:, present.is_kept] = -1.0
    home = shares.argmax(axis=1)
    home[(home == len(present.codes)) | (shares.max(axis=1) <= 0)] = -1
    home = np.where(held >= 0, held, home)
    piece = _pieces(graph, home)
    is_empty = np.bincount(piece, graph.households)[piece] == 0
    homes = np.bincount(held[held >= 0], graph.households[held >= 0], len(present.codes))
    stays = (held >= 0) & (homes[held] == 0)  # a kept grid that nobody lives in at all
    label = np.where(held >= 0, len(graph) + held, piece)
    label = np.where(is_empty & ~stays, -1, label)
    return _settle_loose(graph, label, len(graph), len(graph) + len(present.codes))


def _pieces(graph: Graph, home: np.ndarray) -> np.ndarray:
    """Tell pieces of grids apart; outside all grids only homes hang together, not bare ground."""
    first, second = graph.first, graph.second
    lived_in = graph.households > 0
    same = (home[first] == home[second]) & (
        (home[first] >= 0) | (lived_in[first] & lived_in[second])
    )
    return components(len(graph), first[same], second[same])


def _settle_loose(graph: Graph, label: np.ndarray, kept: int, beyond: int) -> np.ndarray:
    """Give bare ground to what it touches, to a kept grid only where there is nothing else."""
    neighbours = sum_neighbours(
        graph.first, graph.second, graph.cut_cost, np.ones(len(graph.first)), count=len(graph)
    )
    label = label.copy()
    for may_share in ((label >= 0) & (label < kept), label >= kept):
        grow_homes(label, neighbours, np.flatnonzero(may_share))
    lost = label < 0
    alone = lost[graph.first] & lost[graph.second]
    island = components(len(graph), graph.first[alone], graph.second[alone])
    return np.where(lost, beyond + island, label)
