"""
The tables of an import: a dataset and its layers, written once and never edited.

`seq` keeps the order rows were read in, because plans depend on it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from gridmap.layers.balance import BINS
from gridmap.layers.placement import WAYS
from gridmap.store.tables.base import Base, not_negative, one_of, shape, spatial, valid


class DatasetRow(Base):
    """One import: one version of all layers, whole and never edited."""

    __tablename__ = "dataset"
    __table_args__ = (
        one_of("state", "importing", "complete"),
        one_of("counted_by", "ledger", "counts", "estimated"),
        CheckConstraint("has_ledger = (counted_by = 'ledger')", name="ledger_counted"),
        *not_negative("ledger_households", "ledger_persons", "estimated_households"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    imported_at: Mapped[datetime] = mapped_column(server_default=func.now())
    source: Mapped[str]
    crs: Mapped[str]  # WKT of what the buildings came in
    metric_crs: Mapped[str]  # WKT of what is planned in
    metric_srid: Mapped[int]  # the same in spatial_ref_sys: checks are made in metres
    state: Mapped[str]
    has_ledger: Mapped[bool]
    counted_by: Mapped[str]
    ledger_households: Mapped[int]  # what the files said, beside what the rows add up to
    ledger_persons: Mapped[int]
    estimated_households: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(server_default="")  # of all that was brought in
    loads: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{}'")
    )  # further ones


class BalanceRow(Base):
    """One bin of an import's balance sheet; the rows must add up to it."""

    __tablename__ = "balance"
    __table_args__ = (one_of("bin", *BINS), *not_negative("households", "persons"))

    dataset_id: Mapped[int] = mapped_column(
        ForeignKey(DatasetRow.id, ondelete="CASCADE"), primary_key=True
    )
    bin: Mapped[str] = mapped_column(primary_key=True)
    households: Mapped[int]
    persons: Mapped[int]


class Layer:
    """What every imported row has: its dataset, its place in it, its record in the file."""

    seq: Mapped[int] = mapped_column(primary_key=True, sort_order=-2)
    row: Mapped[int] = mapped_column(sort_order=-1)

    @declared_attr
    @classmethod
    def dataset_id(cls) -> Mapped[int]:
        """Name the import a row came with; rows go when it goes."""
        parent = ForeignKey(DatasetRow.id, ondelete="CASCADE")
        return mapped_column(parent, primary_key=True, sort_order=-3)


class CommunityRow(Layer, Base):
    """One community's outline."""

    __tablename__ = "community"
    __table_args__ = (UniqueConstraint("dataset_id", "code"), spatial("community"), valid())

    code: Mapped[str]
    name: Mapped[str]
    geom: Mapped[WKBElement] = shape("MULTIPOLYGON")


class BuildingRow(Base):
    """One building: what the layer said, and the households that settled in it."""

    __tablename__ = "building"
    __table_args__ = (
        ForeignKeyConstraint(
            ["dataset_id", "community_code"],
            ["community.dataset_id", "community.code"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("dataset_id", "seq"),
        CheckConstraint("GeometryType(geom) IN ('POLYGON', 'MULTIPOLYGON', 'POINT')", name="shape"),
        CheckConstraint("NOT is_vacant OR households = 0", name="vacant_is_empty"),
        *not_negative("households", "persons"),
        valid(),
        spatial("building"),
        spatial("building", "anchor"),
        Index(None, "dataset_id", "community_code"),
    )

    dataset_id: Mapped[int] = mapped_column(
        ForeignKey(DatasetRow.id, ondelete="CASCADE"), primary_key=True
    )
    building_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]
    row: Mapped[int]
    households: Mapped[int]
    persons: Mapped[int]
    loads: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))  # further ones
    estimated: Mapped[bool]
    is_vacant: Mapped[bool]  # a home nobody is registered in
    households_given: Mapped[float | None]
    persons_given: Mapped[float | None]
    floors: Mapped[float | None]
    units_per_floor: Mapped[float | None]
    use: Mapped[str]
    name: Mapped[str]
    address: Mapped[str]
    compound_id: Mapped[str]
    community_code: Mapped[str | None]  # NULL outside every community
    anchor: Mapped[WKBElement] = shape("POINT")
    geom: Mapped[WKBElement] = shape("GEOMETRY")


class HouseholdRow(Layer, Base):
    """
    One record of the ledger and the bin it fell into.

    A placed household keeps neither address nor point: its building has both. Only a household
    without a place keeps them, because somebody has to find it.
    """

    __tablename__ = "household"
    __table_args__ = (
        ForeignKeyConstraint(
            ["dataset_id", "placed_in"],
            ["building.dataset_id", "building.building_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["dataset_id", "community_code"],
            ["community.dataset_id", "community.code"],
            ondelete="CASCADE",
        ),
        one_of("bin", *BINS),
        one_of("placed_by", *WAYS),
        CheckConstraint("(bin = 'placed') = (placed_in IS NOT NULL)", name="placed_somewhere"),
        CheckConstraint("(bin = 'placed') = (placed_by <> '')", name="placed_somehow"),
        CheckConstraint("bin <> 'placed' OR (address = '' AND geom IS NULL)", name="least_data"),
        *not_negative("persons"),
        Index(None, "dataset_id", "placed_in"),
        Index(
            "uq_household_placed_once",
            "dataset_id",
            "household_id",
            unique=True,
            postgresql_where=text("bin = 'placed' AND household_id <> ''"),
        ),
        spatial("household"),
    )

    sheet: Mapped[str] = mapped_column(server_default="")
    household_id: Mapped[str]
    building_id: Mapped[str]  # as the ledger has it; it may name a building nobody drew
    address: Mapped[str]
    persons: Mapped[int]
    persons_given: Mapped[float | None]
    entrance: Mapped[str]
    floor: Mapped[str]
    need: Mapped[str]
    bin: Mapped[str]
    placed_in: Mapped[str | None]
    placed_by: Mapped[str]
    confidence: Mapped[float] = mapped_column(server_default="0")  # of its place, 0 to 1
    community_code: Mapped[str | None]
    geom: Mapped[WKBElement | None] = shape("POINT")


class RoadRow(Layer, Base):
    """One road."""

    __tablename__ = "road"
    __table_args__ = (spatial("road"),)

    road_id: Mapped[str]
    class_: Mapped[str] = mapped_column("class")
    name: Mapped[str]
    bridge: Mapped[bool]
    tunnel: Mapped[bool]
    oneway: Mapped[bool]
    geom: Mapped[WKBElement] = shape("MULTILINESTRING")


class RailwayRow(Layer, Base):
    """One railway line or yard."""

    __tablename__ = "railway"
    __table_args__ = (spatial("railway"),)

    railway_id: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    geom: Mapped[WKBElement] = shape("GEOMETRY")


class WaterRow(Layer, Base):
    """One river, canal or lake."""

    __tablename__ = "water"
    __table_args__ = (spatial("water"),)

    water_id: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    geom: Mapped[WKBElement] = shape("GEOMETRY")


class WallRow(Layer, Base):
    """One wall or fence."""

    __tablename__ = "wall"
    __table_args__ = (spatial("wall"),)

    wall_id: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    geom: Mapped[WKBElement] = shape("GEOMETRY")


class CompoundRow(Layer, Base):
    """One residential compound (小区)."""

    __tablename__ = "compound"
    __table_args__ = (valid(), spatial("compound"))

    compound_id: Mapped[str]
    name: Mapped[str]
    geom: Mapped[WKBElement] = shape("MULTIPOLYGON")


class DedicatedRow(Layer, Base):
    """One area to be carved out as a dedicated grid (专属网格)."""

    __tablename__ = "dedicated"
    __table_args__ = (valid(), spatial("dedicated"))

    dedicated_id: Mapped[str]
    name: Mapped[str]
    owner: Mapped[str]
    geom: Mapped[WKBElement] = shape("MULTIPOLYGON")


class TodaysGridRow(Layer, Base):
    """One grid as it is drawn today; today's map may overlap itself."""

    __tablename__ = "todays_grid"
    __table_args__ = (valid(), spatial("todays_grid"))

    grid_code: Mapped[str]
    name: Mapped[str]
    locked: Mapped[bool]
    geom: Mapped[WKBElement] = shape("MULTIPOLYGON")


class WorkerRow(Layer, Base):
    """One grid worker's post."""

    __tablename__ = "worker"
    __table_args__ = (spatial("worker"),)

    worker_id: Mapped[str]
    grids: Mapped[str]
    on_duty: Mapped[bool]
    skills: Mapped[str]
    geom: Mapped[WKBElement | None] = shape("POINT")


class LinkRow(Layer, Base):
    """One way that joins ground a barrier parts."""

    __tablename__ = "link"
    __table_args__ = (spatial("link"),)

    link_id: Mapped[str]
    name: Mapped[str]
    geom: Mapped[WKBElement] = shape("MULTILINESTRING")
