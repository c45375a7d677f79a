"""
Imports: layers and their ledger into PostGIS, whole or not at all.

What is in force is the newest import. One that would bring nothing new is not written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import text

from gridmap.layers.balance import BINS
from gridmap.layers.jurisdiction import place_in
from gridmap.layers.offering import OFFERS
from gridmap.schema import HOUSEHOLDS, anchors
from gridmap.store.faults import BEFORE_PLANNING, Chapter, write_faults
from gridmap.store.fingerprints import import_fingerprint, layer_fingerprints
from gridmap.store.frames import (
    BUILDING,
    HOUSEHOLD,
    STORED,
    Progress,
    columns_of,
    copy_rows,
    hexadecimal,
    shapes_of,
)
from gridmap.store.loads import loads_in, pack_loads
from gridmap.store.offers import write_offers
from gridmap.store.projection import Projection, register
from gridmap.store.session import check_now
from gridmap.store.tables import BalanceRow, BuildingRow, DatasetRow, HouseholdRow
from gridmap.store.versions import dataset_in_force, write_layer_versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from gridmap.layers.ledger import Ledger
    from gridmap.schema import Fault, Layers

IMPORT_LOCK: Final = 0x696D_706F  # "impo": one import at a time in one database
TO_ANALYZE: Final = "gridmap.community, gridmap.building, gridmap.household"
"""What the guards and every later question are planned by: fresh rows have no statistics."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import: the number in force, and whether it was written just now."""

    dataset: int
    changed: bool


def lock_imports(session: Session) -> None:
    """
    Let no other import into this database before this transaction ends.

    Parameters
    ----------
    session
        Open transaction.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": IMPORT_LOCK})


def count_rows(layers: Layers, ledger: Ledger) -> int:
    """
    Count the rows that an import writes, for a bar that shows how far it is.

    Parameters
    ----------
    layers
        Clean layers.
    ledger
        The same, settled.

    Returns
    -------
    rows
        Of every layer, of what is offered to its households, and of the faults.
    """
    of_layers = sum(len(getattr(layers, name)) for name in (*STORED, "buildings", "households"))
    return of_layers + len(ledger.offers) + len(layers.faults) + len(ledger.faults)


def import_changes(
    session: Session,
    layers: Layers,
    ledger: Ledger,
    *,
    source: str,
    progress: Progress | None = None,
) -> Imported:
    """
    Write one import, unless the one in force is just the same.

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
        As for :func:`import_layers`.

    Returns
    -------
    imported
        The new import, or the one that stays in force.

    Raises
    ------
    StoreError
        As for :func:`import_layers`.
    """
    lock_imports(session)
    newest = dataset_in_force(session)
    seen = _Fingerprints.of(layers, ledger)
    if newest is not None and newest.fingerprint == seen.whole:
        return Imported(newest.id, changed=False)
    dataset = _write(session, layers, ledger, source, seen, progress=progress)
    return Imported(dataset, changed=True)


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
    lock_imports(session)
    seen = _Fingerprints.of(layers, ledger)
    return _write(session, layers, ledger, source, seen, progress=progress)


@dataclass(frozen=True, slots=True)
class _Fingerprints:
    """Of each layer, and of all that is to be written."""

    of_layers: Mapping[str, str]
    whole: str

    @classmethod
    def of(cls, layers: Layers, ledger: Ledger) -> _Fingerprints:
        of_layers = layer_fingerprints(layers)
        return cls(of_layers, import_fingerprint(layers, ledger, of_layers))


def _write(
    session: Session,
    layers: Layers,
    ledger: Ledger,
    source: str,
    seen: _Fingerprints,
    *,
    progress: Progress | None,
) -> int:
    projection = Projection.of(layers.metric_crs)
    dataset = _dataset_row(session, layers, ledger, source, seen.whole)
    write_layer_versions(session, dataset.id, layers, seen.of_layers)
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
        write_offers(session, dataset.id, ledger.offers[list(OFFERS)], progress=progress)
    for stage, faults in zip(BEFORE_PLANNING, (layers.faults, ledger.faults), strict=True):
        codes = _communities_of(faults, layers, ledger)
        chapter = Chapter(stage, dataset.id)
        write_faults(session, chapter, faults, projection, communities=codes, progress=progress)
    session.execute(text(f"ANALYZE {TO_ANALYZE}"))
    dataset.state = "complete"
    check_now(session)
    return dataset.id


def _dataset_row(
    session: Session, layers: Layers, ledger: Ledger, source: str, fingerprint: str
) -> DatasetRow:
    west, south, east, north = layers.buildings.total_bounds
    corners = shapely.points([[west, south], [east, north], [west, north], [east, south]])
    dataset = DatasetRow(
        source=source,
        fingerprint=fingerprint,
        loads=loads_in(ledger.buildings),
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
        "loads": pack_loads(settled),
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
    columns = (ledger.households[name].tolist() for name in ("sheet", "row", "community_code"))
    of_row = {(sheet, row): code for sheet, row, code in zip(*columns, strict=True)}
    shapes = np.array([None, *(fault.geometry for fault in faults)], dtype=object)[1:]
    ground, _ = place_in(layers.communities, gpd.GeoSeries(shapely.point_on_surface(shapes)))
    return [
        (of_row.get((fault.sheet, fault.row), "") if fault.layer == HOUSEHOLDS.name else "") or code
        for fault, code in zip(faults, ground, strict=True)
    ]


def _or_null(codes: Any) -> list[str | None]:  # noqa: ANN401 (a pandas column)
    return [code or None for code in codes]
