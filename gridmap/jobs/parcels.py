"""
A community's plan as bytes: how it travels between processes and machines and waits on a disk.

A parcel is a check sum, a head in JSON and one Arrow stream a table, geometry as WKB. It holds
values only, so nothing in a file that somebody else wrote can run, and it is kept and passed on
without being opened.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from pyproj import CRS

from gridmap.messages import Message
from gridmap.plan.model import CommunityPlan, Objective
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

SUM_BYTES: Final = 16
HEAD_BYTES: Final = 8
SHAPE: Final = "geometry"
INDEX: Final = b"index"


def pack_plan(plan: CommunityPlan) -> bytes:
    """
    Pack a plan.

    Parameters
    ----------
    plan
        Of one community.

    Returns
    -------
    parcel
        That :func:`open_parcel` makes the same plan of.
    """
    held = {field.name: getattr(plan, field.name) for field in fields(plan)}
    frames = {name: value for name, value in held.items() if isinstance(value, pd.DataFrame)}
    plain: dict[str, Any] = {name: held[name] for name in held if name not in frames}
    plain["faults"] = [_plain_fault(fault) for fault in plan.faults]
    plain["objective"] = asdict(plan.objective)
    head = {
        "community": plan.community,
        "buildings": len(plan.assignment),
        "crs": plan.grids.crs.to_wkt(),
        "frames": list(frames),
        "plain": plain,
    }
    written = json.dumps(head, ensure_ascii=False, default=_plain_number).encode()
    sink = pa.BufferOutputStream()
    sink.write(len(written).to_bytes(HEAD_BYTES, "big") + written)
    for frame in frames.values():
        table = _table(frame)
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
    content = sink.getvalue().to_pybytes()
    return _sum_of(content) + content


def open_parcel(parcel: bytes) -> CommunityPlan:
    """
    Open a parcel.

    Parameters
    ----------
    parcel
        Of :func:`pack_plan`.

    Returns
    -------
    plan
        As it was packed; the CRS of all plans that are opened is one object.
    """
    head, at = _head(memoryview(parcel))
    crs = _crs(head["crs"])
    source = pa.BufferReader(parcel)
    source.seek(at)
    held = dict(head["plain"])
    held["faults"] = tuple(_fault(one) for one in held["faults"])
    held["objective"] = Objective(**held["objective"])
    for name in head["frames"]:
        with pa.ipc.open_stream(source) as stream:
            held[name] = _frame(stream.read_all(), crs)
    return CommunityPlan(**held)


def read_label(parcel: bytes) -> tuple[str, int] | None:
    """
    Read what is in a parcel without opening it.

    Parameters
    ----------
    parcel
        Perhaps only a part of one, or something else altogether.

    Returns
    -------
    label
        The community's code and its number of buildings; None if the parcel is not whole.
    """
    content = memoryview(parcel)[SUM_BYTES:]
    if len(content) < HEAD_BYTES or _sum_of(content) != parcel[:SUM_BYTES]:
        return None
    head, _ = _head(memoryview(parcel))
    return str(head["community"]), int(head["buildings"])


def _sum_of(content: bytes | memoryview) -> bytes:
    return blake2b(content, digest_size=SUM_BYTES).digest()


def _head(parcel: memoryview) -> tuple[Mapping[str, Any], int]:
    """Read the head of a parcel; gives also where the tables begin."""
    start = SUM_BYTES + HEAD_BYTES
    stop = start + int.from_bytes(parcel[SUM_BYTES:start], "big")
    return json.loads(bytes(parcel[start:stop])), stop


@lru_cache(maxsize=16)
def _crs(text: str) -> CRS:
    return CRS.from_wkt(text)


def _table(frame: pd.DataFrame) -> pa.Table:
    columns = {str(frame.index.name): _column(frame.index)}
    columns |= {name: _column(frame[name]) for name in frame.columns if name != SHAPE}
    if SHAPE in frame:
        columns[SHAPE] = pa.array(shapely.to_wkb(frame[SHAPE].to_numpy()), pa.large_binary())
    told = {INDEX: str(frame.index.name)}
    return pa.table(columns).replace_schema_metadata(told)


def _column(values: pd.Series | pd.Index) -> pa.Array:
    if values.dtype.kind in "biuf" and isinstance(values.dtype, np.dtype):
        return pa.array(values.to_numpy())  # NaN stays NaN
    return pa.array(values.to_numpy(object), pa.large_string())


def _frame(table: pa.Table, crs: CRS) -> pd.DataFrame:
    index = table.schema.metadata[INDEX].decode()
    has_shapes = SHAPE in table.column_names
    shapes = shapely.from_wkb(table[SHAPE].to_numpy()) if has_shapes else None
    plain = table.drop_columns([SHAPE]) if has_shapes else table
    frame = plain.to_pandas(use_threads=False).set_index(index)  # too few rows to share out
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=crs) if has_shapes else frame


def _plain_fault(fault: Fault) -> dict[str, Any]:
    return {
        "layer": fault.layer,
        "row": fault.row,
        "kind": fault.kind,
        "level": fault.level,
        "sentence": fault.message.to_json(),
        "own": list(fault.fields),
        "geometry": None if fault.geometry is None else shapely.to_wkb(fault.geometry, hex=True),
        "sheet": fault.sheet,
    }


def _fault(plain: Mapping[str, Any]) -> Fault:
    told = Message.from_json(plain["sentence"]).fields
    shape = plain["geometry"]
    return Fault(
        layer=plain["layer"],
        row=plain["row"],
        kind=plain["kind"],
        level=plain["level"],
        fields={name: told[name] for name in plain["own"]},
        geometry=None if shape is None else shapely.from_wkb(shape),
        sheet=plain["sheet"],
    )


def _plain_number(value: Any) -> Any:  # noqa: ANN401 (a number of NumPy, as a number of Python)
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(type(value).__name__)
