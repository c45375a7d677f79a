"""The first call of the search in a process, which compiles it or loads it."""

from __future__ import annotations

from functools import cache

import numpy as np

from gridmap.compiled import warm
from gridmap.plan.partition.graph import Graph, Shape
from gridmap.plan.partition.search import Search, search_division
from gridmap.plan.partition.window import Window


@cache
def warm_up() -> None:
    """Divide a ring of four, once a process, while no other process does."""
    four, ring = np.full(4, 40), np.arange(4)
    shape = Shape(np.ones(4), np.ones(4), np.ones(4))
    graph = Graph(four, four, ring, (ring + 1) % 4, np.ones(4), shape=shape)
    search = Search(Window(60, 90, 200), np.random.default_rng(0))
    with warm():
        search_division(graph, search)
