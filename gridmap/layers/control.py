"""
The homes of the plan against totals that somebody else counted: a census grid, say.

Every home counts where the anchor of its building lies. A cell of a census holds a handful of
homes, was counted in another year and rounded, so a cell agrees when it is off by no more than the
largest of three: some homes, a share of its total, and some standard deviations of counting it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.errors import InputError
from gridmap.layers.clean import clean_outlines, clean_shapes
from gridmap.layers.columns import FittedLayer
from gridmap.layers.formats.vectors import (
    PARQUET_ENDINGS,
    VECTOR_ENDINGS,
    read_features,
    read_parquet,
)
from gridmap.layers.location import locate
from gridmap.layers.mapping import LayerMapping
from gridmap.layers.synonyms import COLUMN_NAMES, plain
from gridmap.messages import Message
from gridmap.schema import Fault, anchors

if TYPE_CHECKING:
    from pathlib import Path

    from geopandas import GeoDataFrame
    from numpy.typing import NDArray
    from pandas import DataFrame, Series
    from pyproj import CRS

CONTROL: Final = "control"
"""What the layer is called in faults."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """
    How far a count may be from its control.

    A cell: `homes`, or `share` of its control, or `sigmas` times the control's square root,
    whichever is most. All cells together: `total_share` of the control.
    """

    homes: float = 5.0
    share: float = 0.15
    sigmas: float = 2.0
    total_share: float = 0.10

    def allowed(self, control: Series) -> Series:
        """Say for each cell how many homes it may be off."""
        noise = self.sigmas * np.sqrt(control)
        return np.maximum(np.maximum(self.homes, self.share * control), noise)


TOLERANCE: Final = Tolerance()


@dataclass(frozen=True, slots=True)
class Census:
    """
    Homes counted, cell by cell, beside what they should be.

    `cells` has `row` (of the file), `counted`, `control`, `difference`, `allowed` and `agrees`, the
    worst first. `elsewhere` are placed homes in none of these cells: `counted` and it are all of
    them.
    """

    cells: GeoDataFrame
    elsewhere: int
    tolerance: Tolerance

    @property
    def counted(self) -> int:
        """Homes placed in the cells."""
        return int(self.cells["counted"].sum())

    @property
    def control(self) -> float:
        """What the control holds in the same cells."""
        return float(self.cells["control"].sum())

    @property
    def drift(self) -> float:
        """By which share of the control the count is higher than it."""
        return (self.counted - self.control) / self.control if self.control else 0.0

    @property
    def agreeing(self) -> int:
        """How many cells are within tolerance."""
        return int(self.cells["agrees"].sum())

    @property
    def total_agrees(self) -> bool:
        """Are all cells together within tolerance."""
        return abs(self.drift) <= self.tolerance.total_share


def read_control(file: Path, *, crs: CRS) -> GeoDataFrame:
    """
    Read control totals: polygons with a column of households.

    Parameters
    ----------
    file
        A file of features in any of the formats of layers; of its layers the first.
    crs
        The metric CRS of the buildings.

    Returns
    -------
    control
        `row` and `control` (households, which may be a fraction) of every polygon that has any
        number, in that CRS.

    Raises
    ------
    InputError
        If it cannot be used: every reason at once.
    """
    frame, faults = _opened(file)
    frame, wrong = locate(FittedLayer(CONTROL, frame), LayerMapping())
    _require_usable([*faults, *wrong])
    frame, wrong = clean_shapes(CONTROL, frame)
    _require_usable(wrong)
    frame, wrong = clean_outlines(CONTROL, frame, crs=crs)
    _require_usable(wrong)
    return frame[frame["control"].notna()]


def compare_control(
    buildings: GeoDataFrame,
    control: GeoDataFrame,
    *,
    communities: GeoDataFrame,
    tolerance: Tolerance = TOLERANCE,
) -> Census:
    """
    Count homes in the cells of a control.

    Parameters
    ----------
    buildings
        `SETTLED`.
    control
        As :func:`read_control` gives it, in the same CRS.
    communities
        `COMMUNITIES`: only cells whose middle lies in one of them are compared.
    tolerance
        How far a count may be off.

    Returns
    -------
    census
        An anchor on the line between two cells counts in the first of them.
    """
    ground = shapely.STRtree(np.asarray(communities.geometry.array, dtype=object))
    middles = np.asarray(anchors(control).array, dtype=object)
    cells = control.iloc[np.unique(ground.query(middles, predicate="intersects")[0])]
    counted = _counted(buildings, np.asarray(cells.geometry.array, dtype=object))
    control_homes = cells["control"]
    difference = counted - control_homes
    allowed = tolerance.allowed(control_homes)
    cells = cells.assign(
        counted=counted,
        difference=difference,
        allowed=allowed,
        agrees=difference.abs() <= allowed,
    )
    worst = (difference.abs() - allowed).sort_values(ascending=False, kind="stable").index
    elsewhere = int(buildings["households"].sum() - counted.sum())
    return Census(cells.loc[worst], elsewhere, tolerance)


def control_faults(census: Census) -> list[Fault]:
    """
    Name what does not agree.

    Parameters
    ----------
    census
        Of one control.

    Returns
    -------
    faults
        One for every cell out of tolerance with its outline, the worst first; one for the total
        if that is out too; one for homes that lie in no cell.
    """
    faults = []
    if not census.total_agrees:
        fields: dict[str, str | int] = {
            "counted": census.counted,
            "control": round(census.control),
            "drift": f"{census.drift:+.1%}",
            "allowed": f"{census.tolerance.total_share:.0%}",
        }
        faults.append(Fault(CONTROL, None, "control_total", "noted", fields))
    faults += [_cell_fault(cell) for cell in _disagreeing(census).itertuples()]
    if census.elsewhere:
        fields = {"households": census.elsewhere}
        faults.append(Fault(CONTROL, None, "control_elsewhere", "noted", fields))
    return faults


def summary(census: Census) -> Message:
    """
    Say in two sentences how far a count agrees with its control.

    Parameters
    ----------
    census
        Of one control.

    Returns
    -------
    message
        In no language yet.
    """
    limits = census.tolerance
    told: dict[str, str | int | float | Message] = {
        "counted": f"{census.counted:,}",
        "control": f"{census.control:,.0f}",
        "drift": f"{census.drift:+.1%}",
        "total": f"{limits.total_share:.0%}",
        "agreeing": census.agreeing,
        "cells": len(census.cells),
        "homes": f"{limits.homes:g}",
        "share": f"{limits.share:.0%}",
        "sigmas": f"{limits.sigmas:g}",
        "elsewhere": census.elsewhere,
    }
    if census.total_agrees:
        return Message("faults.control_agrees", told)
    return Message("faults.control_differs", told)


def _disagreeing(census: Census) -> GeoDataFrame:
    return census.cells[~census.cells["agrees"]]


def _cell_fault(cell: object) -> Fault:
    told: dict[str, str | int] = {
        "counted": int(cell.counted),  # type: ignore[attr-defined]
        "control": f"{cell.control:g}",  # type: ignore[attr-defined]
        "difference": f"{cell.difference:+.0f}",  # type: ignore[attr-defined]
        "allowed": f"{cell.allowed:.0f}",  # type: ignore[attr-defined]
    }
    row, shape = int(cell.row), cell.geometry  # type: ignore[attr-defined]
    return Fault(CONTROL, row, "control_cell", "noted", told, shape)


def _counted(buildings: GeoDataFrame, cells: NDArray[np.object_]) -> NDArray[np.int64]:
    at = np.asarray(anchors(buildings).array, dtype=object)
    home, cell = shapely.STRtree(cells).query(at, predicate="intersects")
    first = pd.Series(cell, index=home).groupby(level=0).min()
    homes = buildings["households"].to_numpy()[first.index]
    counted = np.zeros(len(cells), dtype="int64")
    np.add.at(counted, first.to_numpy(), homes)
    return counted


def _opened(file: Path) -> tuple[GeoDataFrame, list[Fault]]:
    """Read the file and find its column of households."""
    if not file.exists():
        raise InputError(Fault(CONTROL, None, "layer_file_missing", "refused", {"file": file.name}))
    ending = file.suffix.lower()
    if ending in PARQUET_ENDINGS:
        read = read_parquet(file, CONTROL)
    elif ending in VECTOR_ENDINGS:
        read, _ = read_features(file, CONTROL)
    else:
        raise InputError(Fault(CONTROL, None, "format_unknown", "refused", {"file": file.name}))
    have = {plain(str(name)): name for name in reversed(list(read.columns))}
    names = (plain(name) for name in COLUMN_NAMES["buildings"]["households"])
    column = next((have[name] for name in names if name in have), None)
    if column is None or not isinstance(read, gpd.GeoDataFrame) or read.empty:
        known = ", ".join(str(name) for name in read.columns)
        fields = {"file": file.name, "known": known}
        raise InputError(Fault(CONTROL, None, "control_columns", "refused", fields))
    return _numbered(read, column)


def _numbered(read: DataFrame, column: object) -> tuple[GeoDataFrame, list[Fault]]:
    told = read[column]
    homes = pd.to_numeric(told, errors="coerce").astype("float64")
    wrong = told.notna() & (~np.isfinite(homes) | (homes < 0))
    rows = pd.RangeIndex(1, len(read) + 1)
    frame = gpd.GeoDataFrame(
        {"row": rows, CONTROL: homes.to_numpy()}, geometry=read.geometry.array, crs=read.crs
    )
    faults = [
        Fault(
            CONTROL, int(row), "count_bad", "refused", {"column": str(column), "value": str(value)}
        )
        for row, value in zip(rows[wrong], told[wrong], strict=True)
    ]
    return frame, faults


def _require_usable(faults: list[Fault]) -> None:
    refused = [fault for fault in faults if fault.level == "refused"]
    if refused:
        raise InputError(*refused)
