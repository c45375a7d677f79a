"""
Which grid goes on as which: links between old and new grids, heirs among them, and pieces.

1. A code goes on where half the homes or half the ground of either side is the same. 2. Of the
grids that are left, two are the same one under another code where each has most in common with
the other: so a split goes on in the piece with most households, and a merge in the larger side.
3. A grid that goes on as nothing has *ended*, one that nothing goes on as has *begun*. What a
grid that begins took from others, and one that ends left to others, are *pieces*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.comparison.sides import NOWHERE

if TYPE_CHECKING:
    from pandas import DataFrame, Index

SAME_GRID: Final = 0.5
"""Share of a grid's homes or ground by which its code still means the same grid."""

FRINGE: Final = 0.1
"""What passes between grids is a fringe, and no piece, when it is a smaller share of both."""

ENDS: Final = ("old", "new")


def find_links(pairs: DataFrame) -> DataFrame:
    """
    Find the parents of every grid: all that gave it households.

    Parameters
    ----------
    pairs
        `PAIRS`.

    Returns
    -------
    links
        Some of its rows, with the `weight` in households and the `share` of the one of the two
        that it is more of. Ground makes a link, and a share, only where one of the two has no
        household in common with any grid of the other plan.
    """
    links = pairs[(pairs["old_code"] != NOWHERE) & (pairs["new_code"] != NOWHERE)]
    weight = links[["households_before", "households_after"]].max(axis=1)
    links = links.assign(weight=weight, share=links[["homes_of_old", "homes_of_new"]].max(axis=1))
    is_link = (weight > 0).to_numpy()
    for end in ENDS:
        is_bare = (links.groupby(f"{end}_code")["weight"].transform("sum") == 0).to_numpy()
        is_link = is_link | (is_bare & (links["area_m2"] > 0).to_numpy())
        ground = np.where(is_bare, links[f"ground_of_{end}"], 0.0)
        links["share"] = np.maximum(links["share"], ground)
    return links[is_link]


def find_heirs(pairs: DataFrame, links: DataFrame) -> dict[str, str]:
    """
    Find which old grid goes on as which new one.

    Parameters
    ----------
    pairs
        `PAIRS`.
    links
        As :func:`find_links` gives them.

    Returns
    -------
    heirs
        Old code to new code; each is there at most once on either side.
    """
    shares = [f"{what}_of_{end}" for what in ("homes", "ground") for end in ENDS]
    alike = pairs[(pairs["old_code"] == pairs["new_code"]) & (pairs["old_code"] != NOWHERE)]
    kept = alike.loc[alike[shares].max(axis=1) >= SAME_GRID, "old_code"]
    mutual = links.loc[_strongest(links, "old").intersection(_strongest(links, "new"), sort=False)]
    free = mutual[~mutual["old_code"].isin(kept) & ~mutual["new_code"].isin(kept)]
    heirs = dict(zip(kept, kept, strict=True))
    return heirs | dict(zip(free["old_code"], free["new_code"], strict=True))


def find_pieces(links: DataFrame, heirs: dict[str, str]) -> DataFrame:
    """
    Find the links that are pieces.

    Parameters
    ----------
    links
        As :func:`find_links` gives them.
    heirs
        As :func:`find_heirs` gives them.

    Returns
    -------
    pieces
        Some of the links. A fringe is none, unless it is the most that a grid that begins got, or
        one that ends left.
    """
    ends, begins = ~links["old_code"].isin(heirs), ~links["new_code"].isin(heirs.values())
    most = (ends & links.index.isin(_strongest(links, "old"))) | (
        begins & links.index.isin(_strongest(links, "new"))
    )
    return links[(ends | begins) & ((links["share"] >= FRINGE) | most)]


def _strongest(links: DataFrame, end: str) -> Index:
    """Find the strongest link of each grid of one side; of equals, the one that keeps the code."""
    other = links["old_code"] != links["new_code"]
    ordered = links.assign(other=other).sort_values(
        ["weight", "area_m2", "other", "old_code", "new_code"],
        ascending=[False, False, True, True, True],
    )
    return ordered.index[~ordered[f"{end}_code"].duplicated()]
