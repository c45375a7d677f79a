"""
Layers written piece by piece: GeoParquet for places, CSV for the ledger.

Rows wait until there are enough for a row group, so that a layer of a million rows is neither
held in memory nor cut into thousands of groups. Nothing in a file says when it was written: the
same rows give the same bytes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

CRS_CODE: Final = "EPSG:4550"
"""CGCS2000, three-degree Gauss-Krüger zone around 123° E; x is east and y is north."""

GROUP_ROWS: Final = 20_000
"""Rows of a row group: what a layer holds back at most."""

_GEO_VERSION: Final = "1.1.0"


class LayerWriter:
    """One GeoParquet layer, open for appending."""

    def __init__(self, path: Path, columns: Mapping[str, pa.DataType], *, rows: int) -> None:
        fields = [pa.field(name, kind) for name, kind in columns.items()]
        self._columns = columns
        self._schema = pa.schema([*fields, pa.field("geometry", pa.binary())])
        text = [name for name, kind in columns.items() if pa.types.is_string(kind)]
        self._file = pq.ParquetWriter(
            path,
            self._schema,
            compression="zstd",
            use_dictionary=text,
            write_statistics=list(columns),
            store_schema=False,
        )
        self._rows = rows
        self._waiting: list[pa.Table] = []
        self._held = 0
        self._bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])
        self._kinds: set[str] = set()
        self.count = 0

    def add(
        self,
        columns: Mapping[str, Sequence[Any] | NDArray[Any]],
        geometry: Sequence[Any] | NDArray[Any],
    ) -> None:
        """
        Append rows.

        Parameters
        ----------
        columns
            Every column but the geometry, in any order.
        geometry
            As many shapes, in the CRS of the layer.
        """
        shapes = np.array(geometry, dtype=object)
        if not len(shapes):
            return
        arrays = [pa.array(columns[name], kind) for name, kind in self._columns.items()]
        arrays.append(pa.array(shapely.to_wkb(shapes, flavor="iso", byte_order=1), pa.binary()))
        self._waiting.append(pa.Table.from_arrays(arrays, schema=self._schema))
        self.count += len(shapes)
        low, high = np.split(shapely.total_bounds(shapes), 2)
        self._bounds = np.concatenate(
            [np.minimum(self._bounds[:2], low), np.maximum(self._bounds[2:], high)]
        )
        _, first = np.unique(shapely.get_type_id(shapes), return_index=True)
        self._kinds.update(shapes[k].geom_type for k in first)
        self._held += len(shapes)
        if self._held >= self._rows:
            self._flush()

    def close(self) -> None:
        """Write what waits, and what GeoParquet wants to know of the whole layer."""
        self._flush()
        column: dict[str, Any] = {
            "encoding": "WKB",
            "geometry_types": sorted(self._kinds),
            "crs": CRS.from_user_input(CRS_CODE).to_json_dict(),
        }
        if self.count:
            column["bbox"] = self._bounds.tolist()
        columns = {"geometry": column}
        geo = {"version": _GEO_VERSION, "primary_column": "geometry", "columns": columns}
        self._file.add_key_value_metadata({"geo": json.dumps(geo, sort_keys=True)})
        self._file.close()

    def _flush(self) -> None:
        if self._waiting:
            self._file.write_table(pa.concat_tables(self._waiting), row_group_size=2 * self._rows)
            self._waiting.clear()
            self._held = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class LedgerWriter:
    """The ledger, open for appending: UTF-8, with a header; nothing in it needs quotes."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        options = pacsv.WriteOptions(include_header=False, quoting_style="none")
        self._file = path.open("wb")
        self._file.write(",".join(schema.names).encode() + b"\n")
        self._writer = pacsv.CSVWriter(self._file, schema, write_options=options)
        self.count = 0

    def add(self, table: pa.Table) -> None:
        """Append rows."""
        self._writer.write_table(table)
        self.count += table.num_rows

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
