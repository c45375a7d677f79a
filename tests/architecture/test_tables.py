"""The tables in PostGIS: degrees in one datum, and nothing loaded behind anybody's back."""

from geoalchemy2 import Geometry
from sqlalchemy.orm import configure_mappers

from gridmap.crs import LONLAT_SRID
from gridmap.store.tables import Base


def geometry_columns() -> dict[str, Geometry]:
    return {
        f"{table.name}.{column.name}": column.type
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Geometry)
    }


def test_every_geometry_column_is_in_degrees() -> None:
    srids = {name: column.srid for name, column in geometry_columns().items()}
    assert srids
    assert {name: srid for name, srid in srids.items() if srid != LONLAT_SRID} == {}


def test_no_relationship_loads_by_itself() -> None:
    configure_mappers()
    loads = {
        str(relationship): relationship.lazy
        for mapper in Base.registry.mappers
        for relationship in mapper.relationships
    }
    assert {name: lazy for name, lazy in loads.items() if lazy != "raise"} == {}
