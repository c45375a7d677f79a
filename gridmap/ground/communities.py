"""Layers cut into communities, one at a time, with everything each of them needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridmap.ground.barriers import collect_barriers
from gridmap.ground.linework import OUTER_REACH_M
from gridmap.layers.entrances import count_entrances
from gridmap.schema import AREA, Community, CommunityCode, anchors, posts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import shapely
    from geopandas import GeoDataFrame
    from pandas import DataFrame

    from gridmap.layers.ledger import Ledger
    from gridmap.schema import Layers


def split_communities(
    layers: Layers, ledger: Ledger, *, codes: Sequence[str] | None = None
) -> Iterator[Community]:
    """
    Cut the layers into communities.

    Parameters
    ----------
    layers
        Clean layers in metres.
    ledger
        The buildings with every household settled in them.
    codes
        The communities wanted; all of them when None.

    Yields
    ------
    community
        In the order of their codes. A building is in the community its anchor lies in, and in
        no other; areas are in every community they touch, lines also in those they run along,
        workers where they are posted.
    """
    barriers = collect_barriers(layers)
    is_area = layers.water.geometry.geom_type.isin(AREA)
    water = layers.water[is_area]
    by_community = ledger.buildings.groupby("community_code", sort=True).indices
    places = anchors(layers.grids)
    posts = _posts(layers.workers)
    entrances = count_entrances(ledger.households)
    home = ledger.buildings["community_code"].reindex(entrances.index).to_numpy()
    behind = entrances.groupby(home).indices
    wanted = layers.communities.sort_index()
    if codes is not None:
        wanted = wanted.loc[sorted(codes)]
    for code, name, boundary in zip(wanted.index, wanted["name"], wanted.geometry, strict=True):
        rows = by_community.get(code, [])
        inside = places.sindex.query(boundary, predicate="intersects", sort=True)
        yield Community(
            code=CommunityCode(code),
            name=name,
            boundary=boundary,
            buildings=ledger.buildings.iloc[rows],
            barriers=_touching(barriers, boundary, within_m=OUTER_REACH_M),
            water=_touching(water, boundary),
            compounds=_touching(layers.compounds, boundary),
            dedicated=_touching(layers.dedicated, boundary),
            links=_touching(layers.links, boundary),
            grids=layers.grids.iloc[inside],
            workers=layers.workers.iloc[_posted(posts, layers.grids.index[inside])],
            entrances=entrances.iloc[behind.get(code, [])],
        )


def _posts(workers: DataFrame) -> dict[str, list[int]]:
    """Say for each of today's grids which workers are posted there, by their place."""
    posts: dict[str, list[int]] = {}
    for place, grids in enumerate(workers["grids"]):
        for code in posts_of(str(grids)):
            posts.setdefault(code, []).append(place)
    return posts


def _posted(posts: dict[str, list[int]], codes: Iterable[str]) -> list[int]:
    """Give the workers of some grids only: all of them in each community is all of them squared."""
    return sorted({place for code in codes for place in posts.get(str(code), ())})


def _touching(
    layer: GeoDataFrame, boundary: shapely.Geometry, *, within_m: float = 0.0
) -> GeoDataFrame:
    near = layer.sindex.query(boundary, predicate="dwithin", distance=within_m, sort=True)
    return layer.iloc[near]
