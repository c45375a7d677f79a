"""Trees of nodes that have been joined: who belongs together, found in next to no time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridmap.compiled import compiled

if TYPE_CHECKING:
    import numpy as np


@compiled
def root_of(root: np.ndarray, node: int) -> int:
    """
    Find the root of the tree a node is in.

    Parameters
    ----------
    root
        (n,) the node each one hangs on, itself where it is a root; the way is halved in place.
    node
        Any.

    Returns
    -------
    node
        The same for all that belong together.
    """
    while root[node] != node:
        root[node] = root[root[node]]
        node = root[node]
    return node
