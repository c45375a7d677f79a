"""A layer as it was found: the user's own columns, before anything is understood or repaired."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gridmap.layers.mapping import LayerMapping

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, slots=True)
class OpenedLayer:
    """
    One layer of one file; a GeoDataFrame where the file holds geometry.

    The frame's index counts records from 1, the way a user does.
    """

    layer: str
    file: str
    frame: DataFrame
    mapping: LayerMapping = field(default_factory=LayerMapping)
