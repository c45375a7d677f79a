"""
The ground of one community in metres: outline, streets, water, rails, and plots to build on.

Everything here is read off the net of points by the street plan. Lines that belong to two
communities are made by one of them: each makes its western and southern side, and the eastern
and northern one where the town ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gis_data.lattice import RAIL, RIVER, UNITS
from gis_data.streets import HALF_M, WALLED, Block, Point, Run, plan_streets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapely.geometry.base import BaseGeometry

    from gis_data.footprints import Floats, Shapes
    from gis_data.lattice import Cell, Lattice
    from gis_data.names import Names
    from gis_data.streets import StreetPlan

JOG_M: Final = 21.0
"""How far an outline leaves the road where it runs through a house."""

FRONTAGE_M: Final = 13.0
"""Depth of the strip along a main road that shops stand on."""

_JOG_SHARES: Final = ((0.12, 0.0), (0.18, JOG_M), (0.82, JOG_M), (0.88, 0.0))


@dataclass(frozen=True, slots=True)
class Road:
    """One piece of road between two junctions."""

    points: Floats
    kind: str
    name: str
    bridge: bool = False
    tunnel: bool = False


@dataclass(frozen=True, eq=False)
class Ground:
    """The net of one community with its plan, and what its neighbours' plans do to its sides."""

    lattice: Lattice
    cell: Cell
    names: Names
    plan: StreetPlan
    net: Floats
    east_jog: int | None
    south_joints: frozenset[int]
    west_joints: frozenset[int]

    def at(self, points: list[Point]) -> Floats:
        """Give the metres of points of the net."""
        picked = np.array(points)
        metres: Floats = self.net[picked[:, 0], picked[:, 1]]
        return metres

    def corners(self, block: Block) -> Floats:
        """Give the four corners of a block, counter-clockwise from the south-west."""
        west, east, south, north = block.west, block.east, block.south, block.north
        return self.at([(west, south), (east, south), (east, north), (west, north)])

    @cached_property
    def outline(self) -> BaseGeometry:
        """The community's own line: its sides, with the jogs on the west and the east."""
        walk = [self.south_side, self.east_side, self.net[::-1, -1], self.west_side[::-1]]
        return shapely.polygons(np.concatenate([side[:-1] for side in walk]))

    @property
    def south_side(self) -> Floats:
        """Points of the southern line, from west to east."""
        south: Floats = self.net[:, 0]
        return south

    @cached_property
    def west_side(self) -> Floats:
        """Points of the western line, from south to north."""
        return with_jog(self.net[0], self.plan.jog)

    @cached_property
    def east_side(self) -> Floats:
        """Points of the eastern line, from south to north."""
        return with_jog(self.net[-1], self.east_jog)

    @cached_property
    def astride(self) -> tuple[Floats, float] | None:
        """Middle and direction of the house astride the western line, if there is one."""
        if self.plan.jog is None:
            return None
        jog = self.west_side[self.plan.jog + 2 : self.plan.jog + 4]
        along = jog[1] - jog[0]
        return jog.mean(axis=0), float(np.arctan2(along[1], along[0]))

    @cached_property
    def sides(self) -> tuple[Run, ...]:
        """The main roads round the community, whole: south, north, west, east."""
        column, row, far = self.cell.column, self.cell.row, UNITS
        return (
            self._main((0, 0), (far, 0), row, across=True),
            self._main((0, far), (far, far), row + 1, across=True),
            self._main((0, 0), (0, far), column, across=False),
            self._main((far, 0), (far, far), column + 1, across=False),
        )

    def _main(self, start: Point, end: Point, line: int, *, across: bool) -> Run:
        number = line + (self.lattice.columns + 1 if across else 0)
        kind = "primary" if line % 3 == 1 else "secondary"
        return Run(start, end, kind, self.names.road(number, across=across))

    @cached_property
    def halves(self) -> dict[frozenset[Point], float]:
        """Half the width of the street on each step of the net that is one, in metres."""
        return {
            frozenset(step): HALF_M[run.kind]
            for run in (*self.sides, *self.plan.runs)
            for step in pairwise(run.points)
        }

    def half(self, block: Block, side: str) -> float:
        """Give half the width of the street along one side of a block; 0 where there is none."""
        points = side_points(block, side)
        steps = (frozenset(step) for step in pairwise(points))
        return max(self.halves.get(step, 0.0) for step in steps)

    def bow(self, block: Block, side: str) -> float:
        """Give how far a side bends into its block, in metres."""
        points = self.at(side_points(block, side))
        along = (points[-1] - points[0]) / np.hypot(*(points[-1] - points[0]))
        reach = points - points[0]
        return float((along[0] * reach[:, 1] - along[1] * reach[:, 0]).max())

    @cached_property
    def streets(self) -> BaseGeometry:
        """The ground all streets take, as one area; drives are left out."""
        runs = [run for run in (*self.sides, *self.plan.runs) if run.kind != "service"]
        lines = [shapely.linestrings(self.at(run.points)) for run in runs]
        widths = np.array([HALF_M[run.kind] + 1.0 for run in runs])
        areas = list(shapely.buffer(lines, widths, cap_style="square", join_style="mitre"))
        if self.lattice.has_rail(self.cell):
            areas.append(shapely.buffer(self.rail, 16.0))
        if self.astride is not None:
            areas.append(shapely.buffer(shapely.points(self.astride[0]), 8.5))
        return shapely.union_all(areas)

    @property
    def rail(self) -> BaseGeometry:
        """The railway through the community, from side to side."""
        middle = (self.net[RAIL[0]] + self.net[RAIL[1]]) / 2
        return shapely.linestrings(np.round(middle, 3))

    @property
    def river(self) -> BaseGeometry:
        """The river through the community; its ends are those of its neighbours', to the bit."""
        low, high = self.net[:, RIVER[0]], self.net[:, RIVER[1]]
        along = self.cell.column * UNITS + np.arange(UNITS + 1)
        south = 0.24 + 0.07 * np.sin(along / 5.3)
        north = 0.76 + 0.07 * np.sin(along / 6.1 + 1.0)
        banks = [np.round(low + share[:, None] * (high - low), 3) for share in (south, north)]
        return shapely.polygons(np.concatenate([banks[0], banks[1][::-1]]))

    def plots(self, blocks: list[Block], frontages: list[str]) -> tuple[Shapes, Shapes]:
        """
        Cut the streets off blocks.

        Parameters
        ----------
        blocks
            Of this ground's plan.
        frontages
            The side of each block that is lined with shops, "" where none is.

        Returns
        -------
        plots
            Each block without its streets: its largest piece.
        behind
            The same without the strip of shops.
        """
        areas = shapely.polygons([shapely.linearrings(self.at(b.ring())) for b in blocks])
        plots = _largest(shapely.difference(areas, self.streets))
        strips = [
            shapely.buffer(
                shapely.linestrings(self.at(side_points(block, side))),
                self.half(block, side) + FRONTAGE_M,
                cap_style="square",
                join_style="mitre",
            )
            if side
            else shapely.Polygon()
            for block, side in zip(blocks, frontages, strict=True)
        ]
        return plots, _largest(shapely.difference(plots, strips))

    @staticmethod
    def lines(paths: list[Floats]) -> Shapes:
        """Draw lines of any number of points at once."""
        lengths = [len(path) for path in paths]
        lines: Shapes = shapely.linestrings(
            np.concatenate(paths), indices=np.repeat(np.arange(len(paths)), lengths)
        )
        return lines

    def roads(self) -> Iterator[Road]:
        """Give every piece of road this community makes, from junction to junction."""
        joints = self.plan.joints()
        for run in self.plan.runs:
            for piece in _pieces(run, joints):
                yield Road(self.at(piece), run.kind, run.name, bridge=run.bridge)
        south, north, west, east = self.sides
        yield from self._across(south, {s for s, t in joints if t == 0} | self.south_joints)
        if self.lattice.neighbour(self.cell, rows=1) is None:
            yield from self._across(north, {s for s, t in joints if t == UNITS})
        yield from self._along(west, {t for s, t in joints if s == 0} | self.west_joints)
        if self.lattice.neighbour(self.cell, columns=1) is None:
            yield from self._along(east, {t for s, t in joints if s == UNITS})

    def _across(self, side: Run, joints: set[int]) -> Iterator[Road]:
        rail = RAIL if self.lattice.has_rail(self.cell) else None
        row = side.start[1]
        for piece in _pieces(side, {(s, row) for s in joints.union(rail or ())}):
            tunnel = rail is not None and piece[0][0] == rail[0]
            yield Road(self.at(piece), side.kind, side.name, tunnel=tunnel)

    def _along(self, side: Run, joints: set[int]) -> Iterator[Road]:
        river = RIVER if self.lattice.has_river(self.cell) else None
        line = self.cell.column + (side.start[0] == UNITS)
        bridged = line % 2 == 0 and 0 < line < self.lattice.columns
        for piece in _pieces(side, {(side.start[0], t) for t in joints.union(river or ())}):
            wet = river is not None and piece[0][1] == river[0]
            if bridged or not wet:
                yield Road(self.at(piece), side.kind, side.name, bridge=wet)


def survey(lattice: Lattice, cell: Cell, names: Names) -> Ground:
    """
    Put one community's plan on the ground.

    Parameters
    ----------
    lattice
        The main roads.
    cell
        Which community.
    names
        Of the town.

    Returns
    -------
    ground
        It knows of its neighbours only where their streets meet its sides.
    """
    south, west = lattice.neighbour(cell, rows=-1), lattice.neighbour(cell, columns=-1)
    east = lattice.neighbour(cell, columns=1)
    below = plan_streets(lattice, south, names).joints() if south else set()
    beside = plan_streets(lattice, west, names).joints() if west else set()
    return Ground(
        lattice,
        cell,
        names,
        plan_streets(lattice, cell, names),
        lattice.net(cell),
        plan_streets(lattice, east, names).jog if east else None,
        frozenset(s for s, t in below if t == UNITS),
        frozenset(t for s, t in beside if s == UNITS),
    )


def side_points(block: Block, side: str) -> list[Point]:
    """Walk one side of a block with the block on the left."""
    west, east, south, north = block.west, block.east, block.south, block.north
    if side == "south":
        return [(s, south) for s in range(west, east + 1)]
    if side == "north":
        return [(s, north) for s in range(east, west - 1, -1)]
    if side == "east":
        return [(east, t) for t in range(south, north + 1)]
    return [(west, t) for t in range(north, south - 1, -1)]


def main_side(block: Block) -> str:
    """Name the longest side of a block that lies on a main road and holds no gate, or ""."""
    lengths = {
        "south": (block.south == 0) * block.wide,
        "north": (block.north == UNITS) * block.wide,
        "west": (block.west == 0) * block.deep,
        "east": (block.east == UNITS) * block.deep,
    }
    if block.gate is not None:
        lengths["south" if block.gate[1] == block.south else "north"] = 0
    best = max(lengths, key=lambda side: lengths[side])
    return best if lengths[best] > 1 and block.use in (*WALLED, "walkup") else ""


def with_jog(side: Floats, jog: int | None) -> Floats:
    """Lead a western or eastern line, from south to north, off the road and round to it again."""
    if jog is None:
        return side
    along = side[jog + 1] - side[jog]
    eastward = np.array([along[1], -along[0]]) / np.hypot(*along)
    points = [side[jog] + share * along + reach * eastward for share, reach in _JOG_SHARES]
    return np.insert(side, jog + 1, np.round(points, 3), axis=0)


def _pieces(run: Run, joints: set[Point]) -> Iterator[list[Point]]:
    points = run.points
    stops = [k for k in range(1, len(points) - 1) if points[k] in joints]
    for low, high in zip([0, *stops], [*stops, len(points) - 1], strict=True):
        yield points[low : high + 1]


def _largest(areas: Shapes) -> Shapes:
    return np.array(
        [
            max(shapely.get_parts(area), key=shapely.area, default=shapely.Polygon())
            for area in areas
        ],
        dtype=object,
    )
