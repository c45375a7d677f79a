"""A layer as it was found: the user's own columns, before anything is understood or repaired."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from gridmap.layers.mapping import LayerMapping

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray
    from pandas import DataFrame

    from gridmap.schema import Fault


@dataclass(frozen=True, slots=True)
class OpenedLayer:
    """
    One layer of one file; a GeoDataFrame where the file holds geometry.

    The frame's index is the row a user sees: the line a spreadsheet shows, the number of a feature
    from 1. Where a workbook holds several sheets, `sheets` names those that were read, each with
    the number of lines before it: their lines are counted on, so that the index stays unique.
    """

    layer: str
    file: str
    frame: DataFrame
    mapping: LayerMapping = field(default_factory=LayerMapping)
    sheets: tuple[tuple[str, int], ...] = ()

    def sheet_names(self) -> NDArray[np.str_]:
        """Name the sheet of every row; "" where one sheet was read."""
        if not self.sheets:
            return np.full(len(self.frame), "", dtype=np.str_)
        sheet, _ = self._lines(self.frame.index.to_numpy())
        return np.array(self._names, dtype=np.str_)[sheet]

    def name_sheets(self, frame: GeoDataFrame) -> GeoDataFrame:
        """
        Turn rows that were counted on into lines of their sheets.

        Parameters
        ----------
        frame
            The layer with `row`; a `sheet` column is filled where there is one.

        Returns
        -------
        frame
            The same rows; as they were if no sheet needs a name.
        """
        if not self.sheets:
            return frame
        sheet, line = self._lines(frame["row"].to_numpy())
        told = {"sheet": np.array(self._names, dtype=object)[sheet]} if "sheet" in frame else {}
        return frame.assign(row=line, **told).astype(dict.fromkeys(told, "str"))

    def name_sheet(self, fault: Fault) -> Fault:
        """
        Turn the row of a fault that was counted on into a line of its sheet.

        Parameters
        ----------
        fault
            One about this layer or another one.

        Returns
        -------
        fault
            With the line and the name of the sheet; as it was if no sheet needs a name.
        """
        if not self.sheets or fault.layer != self.layer or fault.row is None or fault.sheet:
            return fault
        sheet, line = self._lines(np.array([fault.row]))
        return replace(fault, row=int(line[0]), sheet=self._names[sheet[0]])

    @property
    def _names(self) -> list[str]:
        return [name for name, _ in self.sheets]

    def _lines(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        before = np.array([lines for _, lines in self.sheets], dtype=np.int64)
        sheet = np.searchsorted(before, rows, side="left") - 1
        return sheet, rows - before[sheet]
