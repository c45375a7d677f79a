"""Linework: every line that may cut a community, and what kind of barrier lies where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from gridmap.crs import PRECISION_M, require_metric
from gridmap.ground.barriers import CUT_COST, KIND_NAMES, NO_BARRIER
from gridmap.ground.boxes import list_stretches, near_pairs

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gridmap.schema import Community

REACH_M: Final = 8.0
"""A street that stops this short of the next line is taken to meet it."""

OUTER_REACH_M: Final = 12.0
"""A road this near to the community's outline is what lies along it."""

AREA_GIVES_WAY_M: Final = 15.0
LINE_GIVES_WAY_M: Final = 1.0
"""The outline of an area gives way to a road or wall so near to it; all lines, to the outline."""

ALONG: Final = 3
"""Lines run along each other for at least so many times their distance; else they only meet."""

AREA_KINDS: Final = [KIND_NAMES.index(kind) for kind in ("compound", "dedicated")]

AREA_STRIDE_M: Final = 4.0
LINE_STRIDE_M: Final = 16.0
"""Every so often it is looked up whether a line gives way."""

ON_LINE_M: Final = 0.01
"""A border this near to a barrier lies on it: noding moves lines by less."""


@dataclass(frozen=True, slots=True)
class Linework:
    """
    The lines that cut a community, each with the kind and name of its barrier.

    Arrays of one length, in no particular order. Lines that run along a plainer one, or along the
    community's outline, cut nothing: there is no ground between them that anybody could live on.
    """

    lines: np.ndarray  # LineString, metres
    kinds: np.ndarray  # index into KIND_NAMES
    names: np.ndarray  # text, "" where nameless
    cuts: np.ndarray  # bool

    @property
    def cutting(self) -> np.ndarray:
        """The lines that cut."""
        return self.lines[self.cuts]


@dataclass(frozen=True, slots=True)
class Linebook:
    """Looks up what lies on a stretch of border."""

    linework: Linework
    stretches: np.ndarray  # (n, 4) x1, y1, x2, y2
    line: np.ndarray  # of each stretch

    @classmethod
    def of(cls, linework: Linework) -> Linebook:
        """Open the book of a community's lines."""
        return cls(linework, *list_stretches(linework.lines))

    def lines_at(self, places: np.ndarray, *, within_m: float = ON_LINE_M) -> np.ndarray:
        """
        Find the plainest barrier at each place.

        Parameters
        ----------
        places
            (n, 2) x, y in metres.
        within_m
            How far off the line counts as on it.

        Returns
        -------
        lines
            Position in the linework a place, -1 where nothing lies there. Of several lines the
            one that is cheapest to cut along is taken, then one that has a name.
        """
        at, stretch = near_pairs(places, np.full(len(places), within_m), self.stretches)
        line = self.line[stretch]
        found = np.full(len(places), -1)
        nameless = self.linework.names[line] == ""
        order = np.lexsort((line, nameless, CUT_COST[self.linework.kinds[line]], at))
        first = np.unique(at[order], return_index=True)
        found[first[0]] = line[order][first[1]]
        return found


def gather_linework(community: Community) -> Linework:
    """
    Gather every line that may cut the community's ground.

    Barriers that lie on the ground, the outlines of compounds and of dedicated areas; bridges and
    tunnels are left out. Streets that stop short of the next line are carried on to it, for many
    surveys end a street at the kerb of the one it meets.

    Parameters
    ----------
    community
        In metres.

    Returns
    -------
    linework
        Whole lines in the community or along its outline, which may lead on beyond it: clipped,
        they would meet the outline a rounding error away from where the neighbour sees them.

    Raises
    ------
    CrsError
        If the barriers are not in metres.
    """
    require_metric(community.barriers)
    barriers = community.barriers
    on_ground = ~barriers["crossing"].to_numpy(bool)
    kinds = barriers["kind"].to_numpy(object)[on_ground]
    layers = [
        (
            barriers.geometry.to_numpy()[on_ground],
            np.array([KIND_NAMES.index(kind) for kind in kinds], np.int64),
            barriers["name"].to_numpy(object)[on_ground],
        ),
        _outlines(community.compounds, "compound"),
        _outlines(community.dedicated, "dedicated"),
    ]
    lines, kinds, names = (np.concatenate(column) for column in zip(*layers, strict=True))
    parts, source = shapely.get_parts(lines, return_index=True)
    shapely.prepare(community.boundary)
    near = shapely.dwithin(community.boundary, parts, OUTER_REACH_M)
    kept = near & (shapely.length(parts) > PRECISION_M)
    parts, source = parts[kept], source[kept]
    once = _once(parts, np.lexsort((names[source] == "", CUT_COST[kinds[source]])))
    parts, source = parts[once], source[once]
    pieces, whole, cuts = give_way(parts, source >= on_ground.sum(), community.boundary)
    source = source[whole]
    linework = Linework(pieces, kinds[source], names[source], cuts)
    return carry_on_dead_ends(linework, community.boundary)


def give_way(
    lines: np.ndarray, is_area: np.ndarray, boundary: shapely.Geometry
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Find out where lines run along a plainer one, a step aside.

    The outline of a compound is often drawn along the inner kerb of the street around it. Both
    would cut, and of a border on either nobody could say on which of the two it lies. So the
    outlines of areas give way to all that lies on the ground, and everything to the outline of
    the community.

    Parameters
    ----------
    lines
        LineStrings, in metres.
    is_area
        Which are outlines of areas.
    boundary
        The community.

    Returns
    -------
    pieces
        The same lines, in pieces where they give way in part.
    source
        The position of each piece's line.
    cuts
        False for pieces that give way.
    """
    outline = shapely.boundary(boundary)
    shapely.prepare(outline)
    near_m = np.where(is_area, AREA_GIVES_WAY_M, LINE_GIVES_WAY_M)
    asked = np.flatnonzero(is_area | shapely.dwithin(outline, lines, near_m))
    stride_m = np.where(is_area, AREA_STRIDE_M, LINE_STRIDE_M)
    walk = _Walk.along(lines[asked], stride_m[asked])
    of_line = asked[walk.line]
    near = np.zeros(len(of_line), bool)
    near[near_pairs(walk.points, near_m[of_line], list_stretches(outline)[0])[0]] = True
    asking = np.flatnonzero(~near & is_area[of_line])
    stretches, _ = list_stretches(lines[~is_area])
    near[asking[near_pairs(walk.points[asking], near_m[of_line[asking]], stretches)[0]]] = True
    pieces, line, cuts = walk.pieces(near, ALONG * near_m[asked])
    whole = np.ones(len(lines), bool)
    whole[asked[line]] = False
    return (
        np.concatenate([lines[whole], pieces]),
        np.concatenate([np.flatnonzero(whole), asked[line]]),
        np.concatenate([np.ones(whole.sum(), bool), cuts]),
    )


@dataclass(frozen=True, slots=True)
class _Walk:
    """Points along lines, one line after the other."""

    points: np.ndarray
    line: np.ndarray
    is_corner: np.ndarray

    @classmethod
    def along(cls, lines: np.ndarray, stride_m: np.ndarray) -> _Walk:
        """Walk along lines by strides, and by every corner."""
        corners, line = shapely.get_coordinates(lines, return_index=True)
        step = np.diff(corners, axis=0, append=corners[-1:])
        step[np.append(line[1:] != line[:-1], True)[: len(line)]] = 0
        strides = np.maximum(np.ceil(np.hypot(*step.T) / stride_m[line]), 1).astype(np.int64)
        start = np.repeat(np.arange(len(corners)), strides)
        nth = np.arange(len(start)) - np.repeat(np.cumsum(strides) - strides, strides)
        points = corners[start] + step[start] * (nth / strides[start])[:, None]
        return cls(points, line[start], nth == 0)

    def pieces(
        self, near: np.ndarray, least_m: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """
        Cut the lines that are `near` for at least so many metres a line.

        Gives their pieces, the line of each, and whether it is not near.
        """
        start = np.flatnonzero(self.line[1:] == self.line[:-1])
        line, along = self.line[start], near[start] & near[start + 1]
        length_m = np.hypot(*(self.points[start + 1] - self.points[start]).T)
        run = _runs(line, along)
        along &= np.bincount(run, length_m)[run] >= least_m[line]
        in_pieces = np.zeros(len(least_m), bool)
        in_pieces[line[along]] = True
        kept = in_pieces[line]
        start, line, along = start[kept], line[kept], along[kept]
        run = _runs(line, along)
        is_first, is_last = np.diff(run, prepend=-1) > 0, np.diff(run, append=len(run)) > 0
        is_needed, first, last = self.is_corner[start] | is_first, is_first, is_last
        spots = np.concatenate([start[is_needed], start[last] + 1])
        of_run = np.concatenate([run[is_needed], run[last]])
        order = np.lexsort((spots, of_run))
        pieces = shapely.linestrings(self.points[spots[order]], indices=of_run[order])
        return pieces, line[first], ~along[first]


def _once(lines: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Give positions of lines that leave out none, and none twice: the first by `order`."""
    shapes = pd.Series(shapely.to_wkb(shapely.normalize(lines[order])), dtype=object)
    return np.sort(order[~shapes.duplicated().to_numpy()])


def _runs(line: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Count off the stretches of one line that are all along something, or all not."""
    changes = np.zeros(len(line), bool)
    changes[1:] = (line[1:] != line[:-1]) | (along[1:] != along[:-1])
    return np.cumsum(changes)


def carry_on_dead_ends(linework: Linework, boundary: shapely.Geometry) -> Linework:
    """
    Join line ends that stop just short of another line, or of the community's outline.

    Parameters
    ----------
    linework
        Lines.
    boundary
        The community, as an area.

    Returns
    -------
    linework
        The same lines and the short joints, each of its line's kind and name.
    """
    cutting = linework.cutting
    if not len(cutting):
        return linework
    lines = np.append(cutting, shapely.boundary(boundary))
    ends = np.concatenate([shapely.get_point(cutting, 0), shapely.get_point(cutting, -1)])
    owner = np.tile(np.arange(len(cutting)), 2)
    inside = shapely.intersects(boundary, ends)
    ends, owner = ends[inside], owner[inside]
    tree = shapely.STRtree(lines)
    is_area = np.isin(linework.kinds[linework.cuts], AREA_KINDS)
    reach_m = np.where(is_area[owner], AREA_GIVES_WAY_M + PRECISION_M, REACH_M)
    end, near = tree.query(ends, predicate="dwithin", distance=reach_m)
    other = near != owner[end]
    end, near = end[other], near[other]
    gap_m = shapely.distance(ends[end], lines[near])
    meets = gap_m <= PRECISION_M
    meets[~meets] = _oversteps(ends[end[~meets]], cutting[owner[end[~meets]]], lines[near[~meets]])
    met = np.unique(end[meets])
    open_ended = ~np.isin(end, met)
    end, near, gap_m = end[open_ended], near[open_ended], gap_m[open_ended]
    order = np.lexsort((near, gap_m, end))
    first = order[np.unique(end[order], return_index=True)[1]]
    joints = shapely.shortest_line(ends[end[first]], lines[near[first]])
    source = np.flatnonzero(linework.cuts)[owner[end[first]]]
    return Linework(
        np.concatenate([linework.lines, joints]),
        np.concatenate([linework.kinds, linework.kinds[source]]),
        np.concatenate([linework.names, linework.names[source]]),
        np.concatenate([linework.cuts, np.ones(len(joints), bool)]),
    )


def _oversteps(ends: np.ndarray, lines: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Tell which lines have just crossed another where they end: they need no joint back to it."""
    crosses = shapely.intersects(lines, others)
    meeting = shapely.intersection(lines[crosses], others[crosses])
    crosses[crosses] = shapely.dwithin(ends[crosses], meeting, REACH_M)
    return crosses


def _outlines(areas: GeoDataFrame, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    outlines = shapely.boundary(areas.geometry.to_numpy())
    kinds = np.full(len(areas), KIND_NAMES.index(kind))
    return outlines, kinds, areas["name"].to_numpy(object)


assert CUT_COST[NO_BARRIER] == CUT_COST.max()  # noqa: S101 (a border on nothing is the dearest)
