"""Linework: every line that may cut a community, and what kind of barrier lies where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gridmap.crs import PRECISION_M, require_metric
from gridmap.ground.barriers import CUT_COST, KIND_NAMES, NO_BARRIER

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from gridmap.schema import Community

REACH_M: Final = 8.0
"""A street that stops this short of the next line is taken to meet it."""

OUTER_REACH_M: Final = 12.0
"""A road this near to the community's outline is what lies along it."""

ON_LINE_M: Final = 0.01
"""A border this near to a barrier lies on it: noding moves lines by less."""


@dataclass(frozen=True, slots=True)
class Linework:
    """
    The lines that cut a community, each with the kind and name of its barrier.

    Arrays of one length, in no particular order.
    """

    lines: np.ndarray  # LineString, metres
    kinds: np.ndarray  # index into KIND_NAMES
    names: np.ndarray  # text, "" where nameless


@dataclass(frozen=True, slots=True)
class Linebook:
    """Looks up what lies on a stretch of border."""

    linework: Linework
    tree: shapely.STRtree

    def lines_at(self, points: np.ndarray, *, within_m: float = ON_LINE_M) -> np.ndarray:
        """
        Find the plainest barrier at each point.

        Parameters
        ----------
        points
            Points, in metres.
        within_m
            How far off the line counts as on it.

        Returns
        -------
        lines
            Position in the linework a point, -1 where nothing lies there. Of several lines the
            one that is cheapest to cut along is taken, then one that has a name.
        """
        at, line = self.tree.query(points, predicate="dwithin", distance=within_m)
        found = np.full(len(points), -1)
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
    on_ground = community.barriers[~community.barriers["crossing"]]
    kinds = on_ground["kind"].map(KIND_NAMES.index).to_numpy(np.int64)
    layers = [
        (on_ground.geometry.to_numpy(), kinds, on_ground["name"].to_numpy(object)),
        _outlines(community.compounds, "compound"),
        _outlines(community.dedicated, "dedicated"),
    ]
    lines, kinds, names = (np.concatenate(column) for column in zip(*layers, strict=True))
    parts, source = shapely.get_parts(lines, return_index=True)
    near = shapely.dwithin(parts, community.boundary, OUTER_REACH_M)
    kept = near & (shapely.length(parts) > PRECISION_M)
    linework = Linework(parts[kept], kinds[source[kept]], names[source[kept]])
    return carry_on_dead_ends(linework, community.boundary)


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
    if not len(linework.lines):
        return linework
    lines = np.append(linework.lines, shapely.boundary(boundary))
    ends = np.concatenate(
        [shapely.get_point(linework.lines, 0), shapely.get_point(linework.lines, -1)]
    )
    owner = np.tile(np.arange(len(linework.lines)), 2)
    inside = shapely.intersects(boundary, ends)
    ends, owner = ends[inside], owner[inside]
    tree = shapely.STRtree(lines)
    end, near = tree.query(ends, predicate="dwithin", distance=REACH_M)
    other = near != owner[end]
    end, near = end[other], near[other]
    gap_m = shapely.distance(ends[end], lines[near])
    met = np.unique(end[gap_m <= PRECISION_M])
    open_ended = ~np.isin(end, met)
    end, near, gap_m = end[open_ended], near[open_ended], gap_m[open_ended]
    order = np.lexsort((near, gap_m, end))
    first = order[np.unique(end[order], return_index=True)[1]]
    joints = shapely.shortest_line(ends[end[first]], lines[near[first]])
    source = owner[end[first]]
    return Linework(
        np.concatenate([linework.lines, joints]),
        np.concatenate([linework.kinds, linework.kinds[source]]),
        np.concatenate([linework.names, linework.names[source]]),
    )


def _outlines(areas: GeoDataFrame, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    outlines = shapely.boundary(areas.geometry.to_numpy())
    kinds = np.full(len(areas), KIND_NAMES.index(kind))
    return outlines, kinds, areas["name"].to_numpy(object)


assert CUT_COST[NO_BARRIER] == CUT_COST.max()  # noqa: S101 (a border on nothing is the dearest)
