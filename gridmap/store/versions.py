"""The versions of the data: every import with its layers, and since when each is just this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from gridmap.store.tables import DatasetRow, LayerVersionRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from gridmap.schema import Layers


@dataclass(frozen=True, slots=True)
class LayerVersion:
    """
    One layer of one import.

    `unchanged_since` is the import that first brought it just so, None when this one did; `file`
    is as the user calls it, "" where nobody said.
    """

    rows: int
    file: str
    fingerprint: str
    unchanged_since: int | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """
    One import of the data.

    `changed` names the layers that are not as in the import before, also those that are there no
    longer; it is empty where only decisions or rules put households elsewhere.
    """

    dataset: int
    imported_at: datetime
    source: str
    layers: Mapping[str, LayerVersion]
    changed: tuple[str, ...]


def dataset_in_force(session: Session) -> DatasetRow | None:
    """
    Find the newest complete import.

    Parameters
    ----------
    session
        Open transaction.

    Returns
    -------
    row
        What is known of it; None before the first import.
    """
    newest = select(DatasetRow).where(DatasetRow.state == "complete").order_by(DatasetRow.id.desc())
    return session.scalars(newest.limit(1)).first()


def read_versions(session: Session) -> list[Version]:
    """
    List every import, newest first.

    Parameters
    ----------
    session
        Open transaction.

    Returns
    -------
    versions
        The first one is in force; older ones stay readable.
    """
    complete = select(DatasetRow).where(DatasetRow.state == "complete").order_by(DatasetRow.id)
    rows = session.scalars(complete).all()
    layers = _layers(session)
    held = [layers.get(row.id, {}) for row in rows]
    versions = [
        Version(row.id, row.imported_at, row.source, here, _changed(here, before))
        for row, here, before in zip(rows, held, [{}, *held], strict=False)
    ]
    return versions[::-1]


def write_layer_versions(
    session: Session, dataset: int, layers: Layers, fingerprints: Mapping[str, str]
) -> None:
    """
    Write down which layers an import brings, and which of them are as they were.

    Parameters
    ----------
    session
        Open transaction.
    dataset
        Number of the import that is being written.
    layers
        Its layers.
    fingerprints
        Of those that hold a row.
    """
    newest = dataset_in_force(session)
    before = {} if newest is None else _layers(session, newest.id).get(newest.id, {})
    for layer, fingerprint in fingerprints.items():
        same = before.get(layer)
        since = None
        if newest is not None and same is not None and same.fingerprint == fingerprint:
            since = same.unchanged_since or newest.id
        session.add(
            LayerVersionRow(
                dataset_id=dataset,
                layer=layer,
                rows=len(getattr(layers, layer)),
                file=layers.files.get(layer, ""),
                fingerprint=fingerprint,
                unchanged_since=since,
            )
        )
    session.flush()


def _changed(
    here: Mapping[str, LayerVersion], before: Mapping[str, LayerVersion]
) -> tuple[str, ...]:
    prints = [{name: one.fingerprint for name, one in held.items()} for held in (here, before)]
    names = dict.fromkeys((*here, *before))
    return tuple(name for name in names if prints[0].get(name) != prints[1].get(name))


def _layers(session: Session, dataset: int | None = None) -> dict[int, dict[str, LayerVersion]]:
    asked = select(LayerVersionRow)
    if dataset is not None:
        asked = asked.where(LayerVersionRow.dataset_id == dataset)
    found: dict[int, dict[str, LayerVersion]] = {}
    for row in session.scalars(asked.order_by(LayerVersionRow.dataset_id, LayerVersionRow.layer)):
        one = LayerVersion(row.rows, row.file, row.fingerprint, row.unchanged_since)
        found.setdefault(row.dataset_id, {})[row.layer] = one
    return found
