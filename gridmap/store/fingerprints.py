"""
Fingerprints: is what was read now just what is in the database already.

A layer's fingerprint is taken from its clean frame, so a file that was merely saved again, or
handed in in another format, is the same. The import's is taken from everything that would be
written: with the same files a new waiver, another rule or a better reader makes another one.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.messages import Message
from gridmap.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geopandas import GeoDataFrame
    from pandas import DataFrame

    from gridmap.layers.balance import BalanceSheet
    from gridmap.layers.ledger import Ledger
    from gridmap.schema import Fault, Layers

ON_THE_MAP: Final = frozenset({"community_code"})
"""What a layer takes over from another one: it is not changed when only the other one is."""


def layer_fingerprints(layers: Layers) -> dict[str, str]:
    """
    Take the fingerprint of every layer that holds a row.

    Parameters
    ----------
    layers
        Clean layers.

    Returns
    -------
    fingerprints
        By layer, in the order of the schema.
    """
    frames = {name: getattr(layers, name) for name in TABLES}
    return {
        name: _hexadecimal(_of_frame(frame.drop(columns=ON_THE_MAP, errors="ignore")))
        for name, frame in frames.items()
        if len(frame)
    }


def import_fingerprint(layers: Layers, ledger: Ledger, of_layers: Mapping[str, str]) -> str:
    """
    Take the fingerprint of all that an import would write.

    Parameters
    ----------
    layers
        Clean layers.
    ledger
        The same, settled.
    of_layers
        As :func:`layer_fingerprints` gives them.

    Returns
    -------
    fingerprint
        The same for the same outcome, whenever and wherever it is taken.
    """
    crs = {"crs": layers.crs.to_wkt(), "metric": layers.metric_crs.to_wkt()}
    settled = (
        pd.DataFrame(frame.drop(columns="geometry", errors="ignore")) for frame in _settled(ledger)
    )
    return _hexadecimal(
        _plain({"layers": dict(of_layers), **crs, "balance": _of_balance(ledger.balance)}),
        *(_of_frame(frame) for frame in settled),
        *(_of_fault(fault) for fault in (*layers.faults, *ledger.faults)),
    )


def grids_fingerprint(grids: GeoDataFrame | None) -> str:
    """
    Take the fingerprint of grids to plan on from.

    Parameters
    ----------
    grids
        None where a plan is started afresh.

    Returns
    -------
    fingerprint
        "" for none.
    """
    return "" if grids is None else _hexadecimal(_of_frame(grids))


def _settled(ledger: Ledger) -> tuple[DataFrame, ...]:
    frames = (ledger.buildings, ledger.households, ledger.offers)
    return tuple(pd.DataFrame(frame.drop(columns="geometry", errors="ignore")) for frame in frames)


def _of_balance(balance: BalanceSheet) -> dict[str, Any]:
    return balance.to_dict() | {"vacant": list(balance.residential_without_households)}


def _of_fault(fault: Fault) -> bytes:
    where = [fault.layer, fault.sheet, fault.row, fault.level]
    return _plain([*where, Message(fault.kind, fault.fields).to_json()])


def _of_frame(frame: DataFrame) -> bytes:
    """Hash every column by its values, whichever way pandas holds them."""
    digest = hashlib.sha256(_plain([str(frame.index.name), *map(str, frame.columns)]))
    columns = [pd.Series(frame.index), *(frame[name] for name in frame.columns)]
    for values in columns:
        if isinstance(values, gpd.GeoSeries):
            shapes = shapely.to_wkb(np.asarray(values.array, dtype=object))
            digest.update(b"".join(b"-" if shape is None else shape for shape in shapes))
        else:
            digest.update(pd.util.hash_pandas_object(values, index=False).to_numpy().tobytes())
    return digest.digest()


def _plain(document: Any) -> bytes:  # noqa: ANN401 (anything that JSON can say)
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode()


def _hexadecimal(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
