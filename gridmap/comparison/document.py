"""A comparison as plain values, for scripts and for the service: one form, under fixed names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gridmap.comparison.lists import changed_matrix, list_tables

if TYPE_CHECKING:
    from pandas import DataFrame

    from gridmap.comparison.compared import Comparison

CHANGES: Final = ("stays", "moved", "recoded", "appeared", "disappeared", "gained", "lost")
"""What may become of a building."""


def plain_comparison(comparison: Comparison) -> dict[str, Any]:
    """
    Give figures and lists, under the names that scripts rely on.

    Parameters
    ----------
    comparison
        Of two plans.

    Returns
    -------
    plain
        Counts by kind and by change, every table of :func:`gridmap.comparison.lists.list_tables`
        and the pairs as lists of rows, and the matrix of the grids that changed.
    """
    known = set(comparison.buildings["change"])
    changes = [change for change in CHANGES if change in known]
    matrix = changed_matrix(comparison)
    tables = list_tables(comparison)
    return {
        "kinds": comparison.count_kinds(),
        "buildings_by_change": {change: comparison.count_changes(change) for change in changes},
        "tolerance_m": comparison.tolerance_m,
        "pairs": list_records(comparison.pairs.drop(columns="geometry").round(4)),
        "matrix": {
            "old_codes": matrix.index.tolist(),
            "new_codes": matrix.columns.tolist(),
            "households": matrix.to_numpy().tolist(),
        },
        **{name: list_records(table) for name, table in tables.items()},
    }


def list_records(frame: DataFrame) -> list[dict[str, Any]]:
    """
    Give rows as plain values.

    Parameters
    ----------
    frame
        Without geometry.

    Returns
    -------
    records
        By column; what is no number is None, because JSON has no word for it.
    """
    plain = frame.astype("object")
    rows = plain.where(frame.notna(), None).to_dict("records")
    return [{str(name): _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value
