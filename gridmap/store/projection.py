"""
The door between metres and degrees: planning is in metres, tables are in degrees.

One PROJ operation serves both ways, so that what was written comes back: coordinates on the
planning lattice to the bit, others to within `NOISE_M`.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError
from sqlalchemy import bindparam, text
from sqlalchemy.exc import DBAPIError

from gridmap.crs import LONLAT, PRECISION_M
from gridmap.errors import StoreError
from gridmap.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sqlalchemy.orm import Session

    Shapes = NDArray[np.object_]

NOISE_M: Final = 2e-8
"""There and back again, a coordinate is off by less than this."""

LATTICE_DECIMALS: Final = round(-math.log10(PRECISION_M))
REFINEMENTS: Final = 2
AGREEMENT_M: Final = 0.1
"""PostGIS may put everything a few millimetres aside: areas and distances stay what they are."""

FIRST_SRID: Final = 910_000
SRIDS: Final = 89_000
"""PostGIS leaves 910000 to 998999 to its users."""


@dataclass(frozen=True, slots=True)
class Projection:
    """One metric CRS and the way to degrees and back."""

    crs: CRS
    way: Transformer

    @classmethod
    def of(cls, crs: CRS) -> Projection:
        """Choose the operation once, longitude first."""
        return cls(crs, Transformer.from_crs(crs, LONLAT, always_xy=True))

    def to_degrees(self, shapes: Shapes) -> Shapes:
        """
        Reproject planning geometry for a table.

        A polygon that only holds in metres (two corners a thousandth of a millimetre apart along
        a line of a kilometre) is mended, because no table takes an invalid one.
        """
        moved = shapely.transform(shapely.force_2d(shapes), self._forth, interleaved=False)
        broken = ~shapely.is_valid(moved) & (shapely.get_dimensions(moved) == 2)  # noqa: PLR2004
        moved[broken] = [_areas(shape) for shape in shapely.make_valid(moved[broken])]
        return np.asarray(moved, dtype=object)

    def to_metres(self, shapes: Shapes) -> Shapes:
        """Reproject a table's geometry for planning, back onto the lattice it came from."""
        moved = shapely.transform(shapes, self._back, interleaved=False)
        return np.asarray(moved, dtype=object)

    def _forth(self, x: Any, y: Any) -> tuple[Any, Any]:  # noqa: ANN401 (pyproj has no types)
        return self.way.transform(x, y)

    def _back(self, x: Any, y: Any) -> tuple[Any, Any]:  # noqa: ANN401
        back = TransformDirection.INVERSE
        first_x, first_y = self.way.transform(x, y, direction=back)
        x, y = first_x, first_y
        for _ in range(REFINEMENTS):  # a shift of datum is only nearly its own way back
            again_x, again_y = self.way.transform(*self.way.transform(x, y), direction=back)
            x, y = x + first_x - again_x, y + first_y - again_y
        return _on_lattice(x), _on_lattice(y)


def register(session: Session, crs: CRS, corners: Shapes) -> int:
    """
    Give the metric CRS a number in PostGIS, where checks are made in its metres.

    Parameters
    ----------
    session
        Open transaction.
    crs
        Metric CRS, with an EPSG code or without.
    corners
        Points in it, where both sides must agree.

    Returns
    -------
    srid
        A row of `spatial_ref_sys`, made if there is none.

    Raises
    ------
    StoreError
        If PostGIS computes other coordinates, or does not let the CRS be written down.
    """
    code = crs.to_epsg(min_confidence=100)
    known = "SELECT FROM spatial_ref_sys WHERE srid = :srid"
    gaps = []
    if code is not None and session.execute(text(known), {"srid": code}).first() is not None:
        gaps.append(_disagreement_m(session, code, crs, corners))
        if gaps[-1] < AGREEMENT_M:
            return code
    srid = _written_down(session, crs)
    gaps.append(_disagreement_m(session, srid, crs, corners))
    if gaps[-1] >= AGREEMENT_M:
        fields = {"crs": crs.name, "metres": f"{min(gaps):.3g}"}
        raise StoreError(Message("store.crs_disagrees", fields))
    return srid


def _written_down(session: Session, crs: CRS) -> int:
    """
    Find the number of a CRS, or give it one that only it can have.

    The number comes from the words, because a server remembers what a number meant even after
    the transaction that gave it was rolled back.
    """
    try:
        words = crs.to_wkt("WKT1_GDAL")
    except CRSError:  # newer than that language
        words = crs.to_wkt()
    srid = FIRST_SRID + zlib.crc32(words.encode()) % SRIDS
    known = text("SELECT srtext FROM spatial_ref_sys WHERE srid = :srid")
    while (found := session.execute(known, {"srid": srid}).scalar()) not in (None, words):
        srid = FIRST_SRID + (srid - FIRST_SRID + 1) % SRIDS
    if found == words:
        return srid
    add = "INSERT INTO spatial_ref_sys (srid, srtext, proj4text) VALUES (:srid, :words, '')"
    try:
        with session.begin_nested():
            session.execute(text(add), {"srid": srid, "words": words})
    except DBAPIError as error:
        raise StoreError(Message("store.crs_unwritable", {"crs": crs.name})) from error
    return srid


def _disagreement_m(session: Session, srid: int, crs: CRS, corners: Shapes) -> float:
    """Measure how far PostGIS puts the corners from where they are."""
    there = shapely.to_wkb(Projection.of(crs).to_degrees(corners), hex=True)
    ask = text(
        "SELECT ST_AsBinary(ST_Transform(ST_GeomFromWKB(decode(hex, 'hex'), 4326), :srid))"
        " FROM unnest(CAST(:corners AS text[])) WITH ORDINALITY AS c(hex, n) ORDER BY n"
    ).bindparams(bindparam("corners", list(there)))
    try:
        with session.begin_nested():
            answer = session.execute(ask, {"srid": srid}).scalars().all()
    except DBAPIError:
        return float("inf")
    return float(shapely.distance(_read(answer), corners).max())


def _read(answer: Sequence[Any]) -> Shapes:
    return np.asarray(shapely.from_wkb([bytes(one) for one in answer]), dtype=object)


def _on_lattice(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round what lies on the planning lattice but for noise, and leave the rest."""
    rounded = np.round(values, LATTICE_DECIMALS)
    return np.where(np.abs(values - rounded) < NOISE_M, rounded, values)


def _areas(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])  # noqa: PLR2004
