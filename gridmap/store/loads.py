"""
Further loads in the database: one JSON document a building and a grid, by name of the load.

An import keeps the loads of the rule it was made with, already added up by building: what makes a
single household count is not kept.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from gridmap.schema import LOAD, load_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pandas import DataFrame


def loads_in(frame: DataFrame) -> list[str]:
    """
    Name the loads that a frame has columns of.

    Parameters
    ----------
    frame
        Settled buildings, or grids.

    Returns
    -------
    names
        In the order of the columns.
    """
    return [name.removeprefix(LOAD) for name in frame.columns if name.startswith(LOAD)]


def pack_loads(frame: DataFrame) -> list[str]:
    """
    Write the loads of every row as a document.

    Parameters
    ----------
    frame
        Settled buildings, or grids.

    Returns
    -------
    documents
        JSON, one a row.
    """
    names = loads_in(frame)
    rows = frame[load_columns(names)].to_numpy(float).tolist()
    return [json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in rows]


def open_loads(documents: Iterable[dict[str, Any]], names: Sequence[str]) -> DataFrame:
    """
    Make columns of documents.

    Parameters
    ----------
    documents
        One a row.
    names
        Of the loads wanted; what a document does not name is 0.

    Returns
    -------
    loads
        One column a load, rows numbered from 0.
    """
    rows = [[float(document.get(name, 0.0)) for name in names] for document in documents]
    return pd.DataFrame(rows, columns=load_columns(names), dtype="float64")
