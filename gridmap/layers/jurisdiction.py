"""
The communities as one coverage, and which of them each building belongs to.

Two communities share their line to the bit, with every junction a vertex of both, so that ground
is in one community or on a line, never in two and never in a crack between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.crs import PRECISION_M
from gridmap.schema import COMMUNITIES, Fault, anchors

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray

CRACK_M: Final = 1.0
"""A gap between communities is closed if its mean width is below this, and nowhere twice it."""

WORTH_SAYING_M2: Final = 1.0
"""An overlap or a gap below this is a matter of rounding and is not worth a sentence."""

HULL_REACH_M: Final = 10.0


def cover(communities: GeoDataFrame) -> tuple[GeoDataFrame, list[Fault]]:
    """
    Make the communities a coverage on the lattice of `PRECISION_M`.

    Outlines that fit already are only rounded. Otherwise all lines are noded together: ground
    that two communities claim goes to the lower code, a crack between them to the neighbour it
    borders longest.

    Parameters
    ----------
    communities
        `COMMUNITIES` in a metric CRS, valid polygons, codes unique.

    Returns
    -------
    coverage
        The same communities sorted by code, a coverage in the sense of
        `shapely.coverage_is_valid`, without the ones that nothing is left of.
    faults
        Overlaps and cracks, with the ground in question.
    """
    communities = communities.sort_index()
    rounded = _on_lattice(communities.geometry.array)
    faces = _faces(rounded)
    owners, claims = _claimed(faces, rounded)
    owners, cracks = _cracks_closed(faces, owners)
    ground = shapely.union_all(cracks)
    has_cracks = ground.area >= WORTH_SAYING_M2
    if not has_cracks and _is_coverage(rounded):
        return _redrawn(communities, rounded), []
    faults = _overlaps(communities, faces, claims)
    if has_cracks:
        fields = {"count": len(cracks)}
        faults.append(Fault("communities", None, "communities_crack", "repaired", fields, ground))
    shapes = [shapely.coverage_union_all(faces[owners == n]) for n in range(len(rounded))]
    drawn = np.array([shapely.normalize(shape) for shape in shapes], dtype=object)
    covered = _redrawn(communities, drawn)
    empty = covered.geometry.is_empty
    faults += [
        Fault("communities", int(row), "community_swallowed", "refused", {"code": str(code)})
        for code, row in covered.loc[empty, "row"].items()
    ]
    return covered[~empty], faults


def hull_community(buildings: GeoDataFrame, name: str) -> tuple[GeoDataFrame, list[Fault]]:
    """
    Make one community of all buildings, for input that has none.

    Parameters
    ----------
    buildings
        `BUILDINGS` in a metric CRS.
    name
        What to call it, and its code: no official one, so that its grids are numbered without end.

    Returns
    -------
    communities
        One community: the convex hull of the buildings and a little ground around it.
    faults
        The warning that this is not a community.
    """
    hull = shapely.convex_hull(
        shapely.GeometryCollection(np.asarray(buildings.geometry.array, dtype=object))
    )
    outline = shapely.set_precision(hull.buffer(HULL_REACH_M, quad_segs=2), PRECISION_M)
    frame = gpd.GeoDataFrame(
        {"row": [0], "name": [name]},
        index=pd.Index([name], name=COMMUNITIES.index, dtype="str"),
        geometry=[outline],
        crs=buildings.crs,
    )
    return frame, [Fault("communities", None, "communities_missing", "noted", {}, outline)]


def place_in(areas: GeoDataFrame, points: gpd.GeoSeries) -> tuple[pd.Series, pd.Series]:
    """
    Say which area each point lies in, borders included.

    Parameters
    ----------
    areas
        Polygons indexed by code.
    points
        Points of any index, None where there is none.

    Returns
    -------
    codes
        The lowest code of the areas that a point touches, "" where it touches none.
    ties
        For points that touch more than one: all their codes, joined by ", ".
    """
    tree = shapely.STRtree(np.asarray(points.array, dtype=object))
    area, point = tree.query(np.asarray(areas.geometry.array, dtype=object), predicate="intersects")
    touched = pd.DataFrame({"point": point, "code": areas.index.to_numpy(dtype=object)[area]})
    touched = touched.sort_values(["point", "code"], ignore_index=True)
    codes = np.full(len(points), "", dtype=object)
    firsts = touched.drop_duplicates("point")
    codes[firsts["point"]] = firsts["code"]
    several = touched[touched["point"].duplicated(keep=False)]
    ties = several.groupby("point")["code"].agg(", ".join)
    ties.index = points.index[ties.index]
    return pd.Series(codes, index=points.index, dtype="str"), ties


def settle_buildings(
    buildings: GeoDataFrame, communities: GeoDataFrame
) -> tuple[GeoDataFrame, list[Fault]]:
    """
    Give every building the community its anchor lies in.

    Parameters
    ----------
    buildings
        `BUILDINGS`, without a community yet.
    communities
        A coverage.

    Returns
    -------
    settled
        The same buildings with `community_code`, "" outside every community.
    faults
        Buildings outside, on the very line (`tie`), and astride it.
    """
    codes, ties = place_in(communities, anchors(buildings))
    settled = buildings.assign(community_code=codes)
    outside = settled[codes == ""]
    faults = [
        Fault("buildings", int(row), "building_outside", "noted", {"building": str(name)}, shape)
        for name, row, shape in zip(outside.index, outside["row"], outside.geometry, strict=True)
    ]
    for name, others in zip(ties.index, ties, strict=True):
        fields = {"chosen": str(codes[name]), "others": str(others)}
        row = int(buildings.loc[name, "row"])
        shape = buildings.geometry[name]
        faults.append(Fault("buildings", row, "tie", "noted", fields, shape))
    return settled, faults + _astride(settled, communities)


def _astride(buildings: GeoDataFrame, communities: GeoDataFrame) -> list[Fault]:
    lines = shapely.boundary(np.asarray(communities.geometry.array, dtype=object))
    tree = shapely.STRtree(np.asarray(buildings.geometry.array, dtype=object))
    _, crossed = tree.query(lines, predicate="crosses")
    found = buildings.iloc[np.unique(crossed)]
    found = found[found["community_code"] != ""]
    return [
        Fault(
            "buildings",
            int(row),
            "astride",
            "noted",
            {"building": str(name), "community": str(code)},
            shape,
        )
        for name, row, code, shape in zip(
            found.index, found["row"], found["community_code"], found.geometry, strict=True
        )
    ]


def _on_lattice(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    rounded: NDArray[np.object_] = shapely.set_precision(
        np.asarray(shapes, dtype=object), PRECISION_M, mode="pointwise"
    )
    return rounded


def _is_coverage(shapes: NDArray[np.object_]) -> bool:
    return bool(shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes))


def _redrawn(communities: GeoDataFrame, shapes: NDArray[np.object_]) -> GeoDataFrame:
    return communities.set_geometry(gpd.GeoSeries(shapes, communities.index, crs=communities.crs))


def _faces(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    lines = shapely.union_all(shapely.boundary(shapes), grid_size=PRECISION_M)
    faces: NDArray[np.object_] = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    return faces


def _claimed(
    faces: NDArray[np.object_], shapes: NDArray[np.object_]
) -> tuple[NDArray[np.int64], pd.DataFrame]:
    tree = shapely.STRtree(shapely.point_on_surface(faces))
    sound = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    claimant, face = tree.query(sound, predicate="intersects")
    claims = pd.DataFrame({"face": face, "claimant": claimant}).sort_values(["face", "claimant"])
    owners = np.full(len(faces), -1, dtype=np.int64)
    firsts = claims.drop_duplicates("face")
    owners[firsts["face"]] = firsts["claimant"]
    return owners, claims


def _overlaps(
    communities: GeoDataFrame, faces: NDArray[np.object_], claims: pd.DataFrame
) -> list[Fault]:
    winners = claims.groupby("face")["claimant"].transform("first")
    lost = claims.assign(winner=winners)[claims["claimant"] != winners]
    faults = []
    for (winner, loser), pieces in lost.groupby(["winner", "claimant"]):
        ground = shapely.union_all(faces[pieces["face"]])
        if ground.area >= WORTH_SAYING_M2:
            fields = {
                "winner": str(communities.index[winner]),
                "loser": str(communities.index[loser]),
                "area": round(ground.area, 1),
            }
            row = int(communities["row"].iloc[loser])
            faults.append(
                Fault("communities", row, "communities_overlap", "repaired", fields, ground)
            )
    return faults


def _is_crack(faces: NDArray[np.object_]) -> NDArray[np.bool_]:
    mean_width = 2.0 * shapely.area(faces) / shapely.length(faces)
    is_crack: NDArray[np.bool_] = (mean_width < CRACK_M) & shapely.is_empty(
        shapely.buffer(faces, -CRACK_M)
    )
    return is_crack


def _cracks_closed(
    faces: NDArray[np.object_], owners: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    owners = owners.copy()
    free = np.flatnonzero(owners < 0)
    narrow = free[_is_crack(faces[free])]
    crack, beside, shared_m = _shared_borders(faces, narrow)
    starts = np.searchsorted(crack, [narrow, narrow + 1])
    for number, start, stop in zip(narrow.tolist(), *starts.tolist(), strict=True):
        near, weights = beside[start:stop], shared_m[start:stop]
        held = owners[near] >= 0  # mostly no other crack: every line has a community beside it
        if held.any():
            owners[number] = int(np.bincount(owners[near][held], weights=weights[held]).argmax())
    closed = narrow[owners[narrow] >= 0]
    return owners, faces[closed]


def _shared_borders(
    faces: NDArray[np.object_], some: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Measure what `some` faces share with others; faces of one net share stretches to the bit."""
    rings, owner = shapely.get_rings(faces, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[1:] == ring[:-1]
    ends = np.stack([corners[:-1], corners[1:]], axis=1)[joined]
    owner = owner[ring[:-1][joined]]
    stretch = pd.DataFrame({"face": owner, "m": np.hypot(*(ends[:, 0] - ends[:, 1]).T)})
    flipped = (ends[:, 0, 0] > ends[:, 1, 0]) | (
        (ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] > ends[:, 1, 1])
    )
    ends[flipped] = ends[flipped][:, ::-1]
    place = ["x0", "y0", "x1", "y1"]
    stretch[place] = ends.reshape(-1, 4)
    both = stretch[stretch["face"].isin(some)].merge(stretch[["face", *place]], on=place)
    both = both[both["face_x"] != both["face_y"]]
    shared = both.groupby(["face_x", "face_y"])["m"].sum()
    pairs = shared.index.to_frame().to_numpy(np.int64)
    return pairs[:, 0], pairs[:, 1], shared.to_numpy()
