"""Imports: layers and their ledger into PostGIS, whole or not at all, and back out of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely
from geoalchemy2.shape import from_shape
from pyproj import CRS
from sqlalchemy import func, text

from gridmap.crs import LONLAT_SRID
from gridmap.errors import StoreError
from gridmap.layers.balance import BINS
from gridmap.layers.jurisdiction import place_in
from gridmap.layers.ledger import Ledger
from gridmap.messages import Message
from gridmap.schema import BUILDINGS, HOUSEHOLDS, SETTLED, Count, Layers, Number, Text, anchors
from gridmap.store.datasets import community_codes, find_dataset, latest_dataset, read_balance
from gridmap.store.faults import BEFORE_PLANNING, Chapter, read_faults, write_faults
from gridmap.store.frames import (
    STORED,
    Progress,
    Stored,
    columns_of,
    copy_rows,
    hexadecimal,
    read_frame,
    shapes_of,
)
from gridmap.store.projection import Projection, register
from gridmap.store.session import check_now
from gridmap.store.tables import (
    BalanceRow,
    BuildingRow,
    CommunityRow,
    DatasetRow,
    HouseholdRow,
    WorkerRow,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geoalchemy2 import WKBElement
    from geopandas import GeoDataFrame
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from gridmap.schema import Fault

__all__ = [
    "MARGIN_M",
    "community_codes",
    "find_dataset",
    "import_layers",
    "latest_dataset",
    "read_balance",
    "read_layer",
    "read_layers",
]

IMPORT_LOCK: Final = 0x696D_706F  # "impo": one import at a time in one database
TO_ANALYZE: Final = "gridmap.community, gridmap.building, gridmap.household"
"""What the guards and every later question are planned by: fresh rows have no statistics."""

MARGIN_M: Final = 50.0
"""How far around a community the lines are read that its grids may follow."""

KEPT: Final = ("row", "use", "floors", "units_per_floor", "community_code")
BUILDING: Final = Stored(
    BUILDINGS, BuildingRow, {"households": "households_given", "persons": "persons_given"}
)
HOUSEHOLD: Final = Stored(HOUSEHOLDS, HouseholdRow, {"persons": "persons_given"})
SETTLED_BUILDING: Final = Stored(
    replace(
        SETTLED, columns={**SETTLED.columns, **{name: BUILDINGS.columns[name] for name in KEPT}}
    ),
    BuildingRow,
)
BINNED_HOUSEHOLD: Final = Stored(
    replace(
        HOUSEHOLDS,
        columns={
            **HOUSEHOLDS.columns,
            "persons": Count,
            "bin": Text,
            "placed_in": Text,
            "placed_by": Text,
            "confidence": Number,
            "community_code": Text,
        },
    ),
    HouseholdRow,
)


def import_layers(
    session: Session,
    layers: Layers,
    ledger: Ledger,
    *,
    source: str,
    progress: Progress | None = None,
) -> int:
    """
    Write one import.

    Two imports into one database queue. Nothing is there before the session's transaction
    commits; what is there then is never edited.

    Parameters
    ----------
    session
        Open transaction, of this import alone.
    layers
        Clean layers in a metric CRS.
    ledger
        The same buildings with their households settled, and every household in its bin.
    source
        What it was read from, as the user knows it.
    progress
        Told the table, its rows so far and its rows altogether, after every chunk.

    Returns
    -------
    dataset
        Its number.

    Raises
    ------
    StoreError
        If PostGIS cannot compute in the layers' metric CRS, or the rows do not add up.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": IMPORT_LOCK})
    projection = Projection.of(layers.metric_crs)
    dataset = _dataset_row(session, layers, ledger, source)
    for name, stored in STORED.items():
        columns = {
            "dataset_id": dataset.id,
            **columns_of(getattr(layers, name), stored, projection),
        }
        copy_rows(session, stored.row, columns, progress=progress)
    building = {"dataset_id": dataset.id, **_building_columns(layers, ledger, projection)}
    copy_rows(session, BuildingRow, building, progress=progress)
    if layers.has_ledger:
        household = {"dataset_id": dataset.id, **_household_columns(layers, ledger, projection)}
        copy_rows(session, HouseholdRow, household, progress=progress)
    for stage, faults in zip(BEFORE_PLANNING, (layers.faults, ledger.faults), strict=True):
        codes = _communities_of(faults, layers, ledger)
        chapter = Chapter(stage, dataset.id)
        write_faults(session, chapter, faults, projection, communities=codes)
    session.execute(text(f"ANALYZE {TO_ANALYZE}"))
    dataset.state = "complete"
    check_now(session)
    return dataset.id


def _dataset_row(session: Session, layers: Layers, ledger: Ledger, source: str) -> DatasetRow:
    west, south, east, north = layers.buildings.total_bounds
    corners = shapely.points([[west, south], [east, north], [west, north], [east, south]])
    dataset = DatasetRow(
        source=source,
        crs=layers.crs.to_wkt(),
        metric_crs=layers.metric_crs.to_wkt(),
        metric_srid=register(session, layers.metric_crs, corners),
        state="importing",
        has_ledger=layers.has_ledger,
        counted_by=ledger.balance.source,
        ledger_households=ledger.balance.ledger_households,
        ledger_persons=ledger.balance.ledger_persons,
        estimated_households=ledger.balance.estimated_households,
    )
    session.add(dataset)
    session.flush()
    balance = ledger.balance
    session.add_all(
        BalanceRow(
            dataset_id=dataset.id,
            bin=name,
            households=balance.households[name],
            persons=balance.persons[name],
        )
        for name in BINS
    )
    session.flush()
    return dataset


def _building_columns(layers: Layers, ledger: Ledger, projection: Projection) -> dict[str, Any]:
    frame, settled = layers.buildings, ledger.buildings.loc[layers.buildings.index]
    vacant = set(ledger.balance.residential_without_households)
    points = projection.to_degrees(shapes_of(gpd.GeoDataFrame(geometry=anchors(frame))))
    return columns_of(frame, BUILDING, projection) | {
        "community_code": _or_null(frame["community_code"]),
        "households": settled["households"],
        "persons": settled["persons"],
        "estimated": settled["estimated"],
        "is_vacant": frame.index.isin(vacant),
        "anchor": hexadecimal(points, "POINT"),
    }


def _household_columns(layers: Layers, ledger: Ledger, projection: Projection) -> dict[str, Any]:
    """Leave a placed household's address and point out: its building has both."""
    frame, given = ledger.households, layers.households
    placed = (frame["bin"] == "placed").to_numpy()
    columns = columns_of(frame, HOUSEHOLD, projection)
    return columns | {
        "address": frame["address"].where(~placed, ""),
        "geom": np.where(placed, None, columns["geom"]),
        "persons": frame["persons"],
        "persons_given": given["persons"].to_numpy(),
        "bin": frame["bin"],
        "placed_in": _or_null(frame["placed_in"]),
        "placed_by": frame["placed_by"],
        "confidence": frame["confidence"],
        "community_code": _or_null(frame["community_code"]),
    }


def _communities_of(faults: Sequence[Fault], layers: Layers, ledger: Ledger) -> list[str]:
    """Say where each fault lies: by its household's community, or else by its own ground."""
    rows, codes = ledger.households["row"], ledger.households["community_code"]
    of_row = dict(zip(rows.tolist(), codes.tolist(), strict=True))
    shapes = np.array([None, *(fault.geometry for fault in faults)], dtype=object)[1:]
    ground, _ = place_in(layers.communities, gpd.GeoSeries(shapely.point_on_surface(shapes)))
    return [
        (of_row.get(fault.row, "") if fault.layer == HOUSEHOLDS.name else "") or code
        for fault, code in zip(faults, ground, strict=True)
    ]


def _or_null(codes: Any) -> list[str | None]:  # noqa: ANN401 (a pandas column)
    return [code or None for code in codes]


def read_layer(session: Session, dataset: int, name: str) -> GeoDataFrame:
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
    of_it = stored.row.__table__.c["dataset_id"] == dataset
    return read_frame(session, stored, projection, of_it)


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
        The same buildings settled, and the households in their bins.

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
    return layers, Ledger(settled, binned, balance, found["ledger"])


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
