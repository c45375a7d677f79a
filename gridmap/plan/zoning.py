"""
Zoning: from cells to the atoms the partition divides.

Dedicated areas are carved out first. What is left is melted where it must stay together: water
goes with one bank, a compound that fits the rule stays whole, and ground that nobody lives on and
that nothing else reaches goes with a neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridmap.ground.adjacency import Ground, areas_at, water_homes
from gridmap.ground.cells import grow_homes, sum_neighbours
from gridmap.plan.partition import Graph, Shape, Window, renumber
from gridmap.schema import load_columns

if TYPE_CHECKING:
    from gridmap.schema import Community


@dataclass(frozen=True, slots=True)
class Zoning:
    """
    The cells of a community, sorted into what is fixed and what is to be divided.

    Arrays by cell: `zone` is the number of its dedicated grid, -1 for general ground; `atom` its
    node in `graph`, -1 for dedicated ground; `compound` the position of its compound, -1 outside;
    `loads` has a column for every further load. `area_of_zone` is the dedicated area a dedicated
    grid is (a part of).
    """

    zone: np.ndarray
    atom: np.ndarray
    compound: np.ndarray
    area_of_zone: np.ndarray
    graph: Graph
    households: np.ndarray
    persons: np.ndarray
    loads: np.ndarray

    @property
    def held(self) -> np.ndarray:
        """All loads of every cell, (n, L): households, persons, then the further ones."""
        return np.column_stack([self.households, self.persons, self.loads])


def zone_ground(ground: Ground, community: Community, window: Window) -> Zoning:
    """
    Sort the cells of a community into dedicated grids and atoms.

    Parameters
    ----------
    ground
        Of the community.
    community
        Its buildings, compounds and dedicated areas. A cell lies in the first area that its
        deciding point is in.
    window
        Tells which compounds fit, and which further loads the buildings carry.

    Returns
    -------
    zoning
        Every cell is in exactly one dedicated grid or one atom; dedicated grids and atoms are
        connected.
    """
    count = len(ground.cells)
    held = _loads(ground, community, window)
    households = held[:, 0]
    homes = water_homes(ground)
    points = shapely.points(ground.cells["x"], ground.cells["y"])
    area = areas_at(points, community.dedicated.geometry.to_numpy())[0][homes]
    compound = _compound_of(ground, community, points)
    touch = ground.touch
    zone, area_of_zone = _connected_zones(area, touch.first, touch.second)
    atoms = _Atoms(homes, zone, touch.first, touch.second, touch.is_passable)
    labels = atoms.melt_compounds(compound, held, window)
    labels, zone = _settle_empty_ground(labels, zone, ground, households)
    general = zone < 0
    atom = np.full(count, -1)
    atom[general] = renumber(labels[general])
    graph = _graph(ground, atom, compound, held)
    return Zoning(
        zone=zone,
        atom=atom,
        compound=np.where(general, compound, -1),
        area_of_zone=area_of_zone,
        graph=graph,
        households=households.astype(np.int64),
        persons=held[:, 1].astype(np.int64),
        loads=held[:, 2:],
    )


def components(count: int, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """
    Give the number of the connected piece to each of `count` nodes joined by pairs.

    Parameters
    ----------
    count
        How many nodes.
    first, second
        The pairs.

    Returns
    -------
    piece
        (count,) numbered as they appear.
    """
    nothing = np.zeros(count, np.int64)
    return Graph(nothing, nothing, first, second, np.ones(len(first))).components()


@dataclass(frozen=True, slots=True)
class _Atoms:
    homes: np.ndarray
    zone: np.ndarray
    first: np.ndarray
    second: np.ndarray
    is_passable: np.ndarray

    def melt_compounds(self, compound: np.ndarray, loads: np.ndarray, window: Window) -> np.ndarray:
        """Label the cells by atom: water with its bank, compounds that fit in one label."""
        inside = (compound >= 0) & (self.zone < 0)
        same = compound[self.first] == compound[self.second]
        joined = inside[self.first] & inside[self.second] & same & self.is_passable
        piece = components(len(compound), self.first[joined], self.second[joined])
        total = np.column_stack([np.bincount(piece, load) for load in loads.T])
        fits = np.all(total <= window.bounds()[1], axis=1)
        whole = np.flatnonzero(inside & fits[piece])
        one = np.unique(piece[whole], return_index=True)[1]
        chief = np.zeros(len(total), np.int64)
        chief[piece[whole[one]]] = whole[one]
        labels = self.homes.copy()
        labels[whole] = chief[piece[whole]]
        return labels[labels[self.homes]]  # water on the bank of a compound goes with it


def _loads(ground: Ground, community: Community, window: Window) -> np.ndarray:
    """Add up by cell what its buildings hold: households, persons, then the further loads."""
    further = load_columns(band.name for band in window.others)
    held = community.buildings[["households", "persons", *further]].to_numpy(float)
    count = len(ground.cells)
    return np.column_stack([np.bincount(ground.cell_of, load, count) for load in held.T])


def _compound_of(ground: Ground, community: Community, points: np.ndarray) -> np.ndarray:
    """Find each cell's compound: what its buildings say, else where it lies."""
    compound, _ = areas_at(points, community.compounds.geometry.to_numpy())
    said = community.buildings["compound_id"].to_numpy(object)
    names = sorted({name for name in said if name})
    known = {name: place for place, name in enumerate(community.compounds.index)}
    for name in names:
        known.setdefault(name, len(known))
    place = np.array([known[name] if name else -1 for name in said], np.int64)
    told = np.flatnonzero(place >= 0)[::-1]
    compound[ground.cell_of[told]] = place[told]
    return compound


def _connected_zones(
    area: np.ndarray, first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    inside = (area[first] >= 0) & (area[first] == area[second])
    piece = components(len(area), first[inside], second[inside])
    dedicated = np.flatnonzero(area >= 0)
    zone = np.full(len(area), -1)
    zone[dedicated] = renumber(piece[dedicated])
    area_of_zone = np.full(zone.max(initial=-1) + 1, -1)
    area_of_zone[zone[dedicated]] = area[dedicated]
    return zone, area_of_zone


def _settle_empty_ground(
    labels: np.ndarray, zone: np.ndarray, ground: Ground, households: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give ground without homes, that nobody can walk to, to whatever it touches."""
    touch, count = ground.touch, len(labels)
    general = zone < 0
    joined = touch.is_passable & general[touch.first] & general[touch.second]
    first = np.concatenate([touch.first[joined], np.arange(count)])
    second = np.concatenate([touch.second[joined], labels])
    piece = components(count, first, second)
    lived_in = np.bincount(piece[general], households[general], piece.max(initial=-1) + 1) > 0
    if lived_in.all() or not lived_in.any():
        return labels, zone
    homes = np.where(~general | lived_in[piece], np.arange(count), -1)
    neighbours = sum_neighbours(
        touch.first, touch.second, touch.cut_cost, touch.length_m, count=count
    )
    grow_homes(homes, neighbours, np.flatnonzero(general & lived_in[piece]))
    grow_homes(homes, neighbours, np.flatnonzero(~general))
    homes = np.where(homes < 0, np.arange(count), homes)
    return labels[homes], zone[homes]


def _graph(ground: Ground, atom: np.ndarray, compound: np.ndarray, loads: np.ndarray) -> Graph:
    touch = ground.touch
    general = np.flatnonzero(atom >= 0)
    place = np.full(len(atom), -1)
    place[general] = np.arange(len(general))
    usable = touch.is_passable & (atom[touch.first] >= 0) & (atom[touch.second] >= 0)
    first, second = place[touch.first[usable]], place[touch.second[usable]]
    length_m = touch.length_m[usable]
    cells = ground.cells.geometry.to_numpy()[general]
    outline_m = shapely.length(cells)
    for end in (first, second):
        outline_m -= np.bincount(end, length_m, len(general))
    households, persons, *further = loads[general].T
    graph = Graph(
        households,
        persons,
        first,
        second,
        touch.cut_cost[usable],
        shape=Shape(shapely.area(cells), np.maximum(outline_m, 0.0), length_m),
        others=np.column_stack(further) if further else None,
        group=compound[general],
    )
    return graph.contract(atom[general])
