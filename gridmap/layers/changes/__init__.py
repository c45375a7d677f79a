"""
The next version of the data beside the last one: what is new, gone, moved, changed.

Buildings come first (:mod:`gridmap.layers.changes.buildings`), because households move between
them; then households, then the lines and areas of the other layers; then the grids that all this
touches. A delta (:mod:`gridmap.layers.changes.delta`) makes a whole version of the last one and a
few rows, and what it carries over keeps its place (:mod:`gridmap.layers.changes.carrying`).
"""

from gridmap.layers.changes.comparison import compare_versions
from gridmap.layers.changes.model import Changes, Version

__all__ = ["Changes", "Version", "compare_versions"]
