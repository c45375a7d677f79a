"""What all tables share: the schema, the names of constraints, and how a column says no."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, DateTime, Double, Index, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column

from gridmap.crs import LONLAT_SRID

SCHEMA: Final = "gridmap"
NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of gridmap."""

    metadata = MetaData(schema=SCHEMA, naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's way)
        str: Text,
        float: Double,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
    }


def shape(kind: str, **options: Any) -> MappedColumn[Any]:  # noqa: ANN401
    """
    Make a geometry column in degrees; its index is written out among the table's own.

    Parameters
    ----------
    kind
        Geometry type; `GEOMETRY` is any.
    **options
        As for any column.

    Returns
    -------
    column
        With its type and SRID stated.
    """
    return mapped_column(Geometry(kind, srid=LONLAT_SRID, spatial_index=False), **options)


def one_of(column: str, *values: str) -> CheckConstraint:
    """
    Allow a column only these values.

    Parameters
    ----------
    column
        Column of text.
    *values
        What it may say.

    Returns
    -------
    constraint
        Named after the column.
    """
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def not_negative(*columns: str) -> tuple[CheckConstraint, ...]:
    """
    Allow no count below nought.

    Parameters
    ----------
    *columns
        Columns that count something.

    Returns
    -------
    constraints
        One a column.
    """
    return tuple(CheckConstraint(f"{name} >= 0", name=f"{name}_counted") for name in columns)


def valid(column: str = "geom") -> CheckConstraint:
    """
    Allow only geometry that PostGIS can compute with.

    Parameters
    ----------
    column
        Geometry column.

    Returns
    -------
    constraint
        Named after the column.
    """
    return CheckConstraint(f"ST_IsValid({column})", name=f"{column}_valid")


def spatial(table: str, column: str = "geom") -> Index:
    """
    Index a geometry column.

    Parameters
    ----------
    table
        Name of the table, which the index bears too.
    column
        Geometry column.

    Returns
    -------
    index
        A GiST index.
    """
    return Index(f"ix_{table}_{column}", column, postgresql_using="gist")
