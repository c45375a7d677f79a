"""Layers and their ledger out of PostGIS: an import, or some communities of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from geoalchemy2.shape import from_shape
from pyproj import CRS
from sqlalchemy import func

from gridmap.crs import LONLAT_SRID
from gridmap.errors import StoreError
from gridmap.layers.ledger import Ledger
from gridmap.messages import Message
from gridmap.schema import Layers
from gridmap.store.datasets import community_codes, find_dataset, latest_dataset, read_balance
from gridmap.store.faults import BEFORE_PLANNING, Chapter, read_faults
from gridmap.store.frames import (
    BINNED_HOUSEHOLD,
    BUILDING,
    HOUSEHOLD,
    SETTLED_BUILDING,
    STORED,
    Stored,
    read_columns,
    read_frame,
    shapes_of,
)
from gridmap.store.loads import open_loads
from gridmap.store.projection import Projection
from gridmap.store.tables import BuildingRow, CommunityRow, HouseholdRow, WorkerRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geoalchemy2 import WKBElement
    from geopandas import GeoDataFrame
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

__all__ = [
    "MARGIN_M",
    "community_codes",
    "find_dataset",
    "latest_dataset",
    "read_balance",
    "read_layer",
    "read_layers",
]

MARGIN_M: Final = 50.0
"""How far around a community the lines are read that its grids may follow."""


def read_layer(
    session: Session, dataset: int, name: str, *, communities: Sequence[str] | None = None
) -> GeoDataFrame:
    """
    Read one layer of an import back, for a map to draw.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        Its number.
    name
        Any layer but buildings and households.
    communities
        Codes; None is everything, otherwise what lies within `MARGIN_M` of them.

    Returns
    -------
    layer
        As it was imported, in metres.

    Raises
    ------
    StoreError
        If there is no such import.
    """
    stored = STORED[name]
    projection = Projection.of(CRS.from_wkt(find_dataset(session, dataset).metric_crs))
    area = _Area.of(session, dataset, projection, communities)
    return read_frame(session, stored, projection, *area.holds(stored))


def read_layers(
    session: Session, dataset: int, *, communities: Sequence[str] | None = None
) -> tuple[Layers, Ledger]:
    """
    Read an import back, whole or some of its communities.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        Its number.
    communities
        Codes; None is everything, with the buildings outside every community. Otherwise their
        buildings, households and faults, the lines and areas within `MARGIN_M` of them, and all
        workers: memory grows with the communities, not with the city.

    Returns
    -------
    layers
        As they were imported, in the metric CRS they were imported in. Coordinates on the
        planning lattice come back to the bit. Placed households have no address and no point.
    ledger
        The same buildings settled, with every further load the import keeps, and the households
        in their bins.

    Raises
    ------
    StoreError
        If there is no such import, or it has no such community.
    """
    row = find_dataset(session, dataset)
    projection = Projection.of(CRS.from_wkt(row.metric_crs))
    area = _Area.of(session, dataset, projection, communities)
    frames = {
        name: read_frame(session, stored, projection, *area.holds(stored))
        for name, stored in STORED.items()
    }
    buildings, settled = (
        read_frame(session, stored, projection, *area.owns(BuildingRow))
        for stored in (BUILDING, SETTLED_BUILDING)
    )
    packed = read_columns(session, BuildingRow, {"loads": "loads"}, *area.owns(BuildingRow))
    loads = open_loads(packed["loads"], row.loads).set_axis(settled.index)
    given, binned = (
        read_frame(session, stored, projection, *area.owns(HouseholdRow))
        for stored in (HOUSEHOLD, BINNED_HOUSEHOLD)
    )
    found = {
        stage: read_faults(session, Chapter(stage, dataset), projection, communities=communities)
        for stage in BEFORE_PLANNING
    }
    layers = Layers(
        crs=CRS.from_wkt(row.crs),
        buildings=buildings,
        households=given,
        has_ledger=row.has_ledger,
        faults=found["layers"],
        **frames,
    )
    balance = read_balance(session, dataset, communities=communities)
    return layers, Ledger(settled.join(loads), binned, balance, found["ledger"])


@dataclass(frozen=True, slots=True)
class _Area:
    """The rows of one import, or of some communities of it with a margin around them."""

    dataset: int
    codes: tuple[str, ...] | None
    ground: WKBElement | None

    @classmethod
    def of(
        cls,
        session: Session,
        dataset: int,
        projection: Projection,
        communities: Sequence[str] | None,
    ) -> _Area:
        if communities is None:
            return cls(dataset, None, None)
        whole = cls(dataset, tuple(communities), None)
        wanted = read_frame(
            session, STORED["communities"], projection, *whole.holds(STORED["communities"])
        )
        unknown = sorted(set(communities) - set(wanted.index))
        if unknown:
            message = Message(
                "store.no_community", {"dataset": dataset, "codes": ", ".join(unknown)}
            )
            raise StoreError(message)
        around = np.asarray([shapely.union_all(shapely.buffer(shapes_of(wanted), MARGIN_M))])
        return replace(whole, ground=from_shape(projection.to_degrees(around)[0], LONLAT_SRID))

    def owns(self, row: type[BuildingRow | HouseholdRow]) -> list[ColumnElement[bool]]:
        """Ask for what belongs to the communities."""
        asked = [row.dataset_id == self.dataset]
        return asked if self.codes is None else [*asked, row.community_code.in_(self.codes)]

    def holds(self, stored: Stored) -> list[ColumnElement[bool]]:
        """Ask for what lies in or near the communities, and for the communities themselves."""
        table = stored.row.__table__
        asked = [table.c["dataset_id"] == self.dataset]
        if self.codes is not None and stored.row is CommunityRow:
            asked.append(CommunityRow.code.in_(self.codes))
        elif self.codes is not None and stored.row is not WorkerRow:
            asked.append(func.ST_Intersects(table.c["geom"], self.ground))
        return asked
