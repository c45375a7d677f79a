"""Terrains and plans on the desk as bytes: kept in the database, opened without planning again."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from gridmap.redraw.plan import Card, CardChange, Change, Plan
from gridmap.redraw.terrain import Borders, Stretches, Terrain
from gridmap.schema import CommunityCode

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT: Final = "U"
PARTS: Final[Mapping[str, type]] = {"borders": Borders, "stretches": Stretches}
"""What a terrain is made of beside plain arrays."""


def pack_terrain(terrain: Terrain) -> bytes:
    """
    Write a terrain as bytes.

    Parameters
    ----------
    terrain
        Of one community.

    Returns
    -------
    content
        A compressed archive of plain arrays; nothing in it is code.
    """
    arrays: dict[str, np.ndarray] = {}
    for field in fields(terrain):
        value = getattr(terrain, field.name)
        if field.name in PARTS:
            inner = {each.name: getattr(value, each.name) for each in fields(value)}
            arrays |= {f"{field.name}.{name}": _plain(array) for name, array in inner.items()}
        elif field.name == "cells":
            shapes = shapely.to_wkb(value)
            arrays["cells"] = np.frombuffer(b"".join(shapes), np.uint8)
            arrays["cells.sizes"] = np.array([len(shape) for shape in shapes], np.int64)
        else:
            arrays[field.name] = _plain(np.asarray(value))
    return _archive(arrays)


def open_terrain(content: bytes) -> Terrain:
    """
    Read what :func:`pack_terrain` wrote.

    Parameters
    ----------
    content
        Of one community.

    Returns
    -------
    terrain
        The same, to the bit.
    """
    arrays = _opened(content)
    values: dict[str, Any] = {
        name: array for name, array in arrays.items() if "." not in name and name != "cells"
    }
    for name, kind in PARTS.items():
        inner = {each.name: arrays[f"{name}.{each.name}"] for each in fields(kind)}
        values[name] = kind(**inner)
    ends = np.cumsum(arrays["cells.sizes"])
    shapes = np.split(arrays["cells"], ends[:-1])
    values["cells"] = shapely.from_wkb([shape.tobytes() for shape in shapes])
    values["community"] = CommunityCode(str(arrays["community"]))
    return Terrain(**values)


def pack_plan(plan: Plan, done: tuple[int, ...], undone: tuple[int, ...]) -> bytes:
    """
    Write a plan as bytes.

    Parameters
    ----------
    plan
        Of one draft.
    done, undone
        The steps that led to it, and those that can be done again.

    Returns
    -------
    content
        A compressed archive of plain arrays.
    """
    known = {"cards": _plain_cards(plan.cards), "issued": plan.issued, "done": done}
    told = json.dumps({**known, "undone": undone}, ensure_ascii=False)
    return _archive({"number_of": plan.number_of.astype(np.int32), "told": np.array(told)})


def open_packed_plan(content: bytes) -> tuple[Plan, tuple[int, ...], tuple[int, ...]]:
    """
    Read what :func:`pack_plan` wrote.

    Parameters
    ----------
    content
        Of one draft.

    Returns
    -------
    plan, done, undone
        The same.
    """
    arrays = _opened(content)
    told = json.loads(str(arrays["told"]))
    cards = {int(number): Card(**card) for number, card in told["cards"].items()}
    plan = Plan(arrays["number_of"].astype(np.int64), cards, int(told["issued"]))
    return plan, tuple(told["done"]), tuple(told["undone"])


def plain_change(change: Change) -> dict[str, Any]:
    """
    Write a change as plain values for a column of JSON.

    Parameters
    ----------
    change
        Any.

    Returns
    -------
    plain
        Lists, numbers and text.
    """
    return {
        "plots": change.plots.tolist(),
        "before": change.before.tolist(),
        "after": change.after.tolist(),
        "cards": {
            str(number): [None if card is None else asdict(card) for card in each]
            for number, each in change.cards.items()
        },
        "issued": list(change.issued),
    }


def read_change(plain: Mapping[str, Any]) -> Change:
    """
    Read what :func:`plain_change` wrote.

    Parameters
    ----------
    plain
        From a column of JSON.

    Returns
    -------
    change
        The same.
    """
    cards = {
        int(number): CardChange(*(None if card is None else Card(**card) for card in each))
        for number, each in plain["cards"].items()
    }
    plots, before, after = (
        np.array(plain[name], np.int64) for name in ("plots", "before", "after")
    )
    return Change(plots, before, after, cards, (plain["issued"][0], plain["issued"][1]))


def _plain_cards(cards: Mapping[int, Card]) -> dict[str, Any]:
    return {str(number): asdict(card) for number, card in cards.items()}


def _plain(array: np.ndarray) -> np.ndarray:
    """Turn text into an array that is no pickle."""
    return array.astype(TEXT) if array.dtype == object else array


def _archive(arrays: Mapping[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _opened(content: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return {
        name: array.astype(object) if array.dtype.kind == TEXT and array.ndim else array
        for name, array in arrays.items()
    }
