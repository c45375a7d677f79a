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

    The frame's index is the row a user sees: the line a spreadsheet shows, the number of a feature
    from 1. Where a ledger has several sheets their lines are counted on, so that the index stays
    unique, and `sheets` gives each sheet's name with the number of lines before it.
    """

    layer: str
    file: str
    frame: DataFrame
    mapping: LayerMapping = field(default_factory=LayerMapping)
    sheets: tuple[tuple[str, int], ...] = ()
