"""
Filters in CQL2: what may be asked of a collection, and nothing else that SQL could do.

A filter becomes part of a statement. Its parser lets any function be called by name, and what is a
word alone would stand there as it is, so a filter is taken apart first: only operations, columns
and values that are listed here get through.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from cql2 import Expr

from gridmap.errors import UnreadableError
from gridmap.messages import Message

if TYPE_CHECKING:
    from collections.abc import Collection

CONDITIONS: Final = frozenset(
    {
        *("and", "or", "not", "=", "<>", "<", ">", "<=", ">="),
        *("isNull", "like", "between", "in"),
        *("s_intersects", "s_within", "s_contains", "s_disjoint", "s_equals"),
        *("s_touches", "s_overlaps", "s_crosses"),
    }
)
"""Operations that are true or not."""

VALUES: Final = frozenset({"casei", "+", "-", "*", "/"})
"""Operations that give a value."""

SHAPES: Final = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
)
DEEPEST: Final = 32


def read_filter(written: str, columns: Collection[str]) -> Expr:
    """
    Read a filter in CQL2, as text or as JSON.

    Parameters
    ----------
    written
        The filter; its geometries are in degrees.
    columns
        Names that it may ask about.

    Returns
    -------
    filter
        With nothing in it but what is listed here.

    Raises
    ------
    UnreadableError
        If it is no CQL2, or asks for something else.
    """
    try:
        tree: object = Expr(written).to_json()
    except Exception as error:
        raise _unreadable(str(error).strip().splitlines()[-1].strip()) from error
    if not (isinstance(tree, dict) and tree.get("op") in CONDITIONS):
        raise _unreadable(written)
    return Expr(_known(tree, columns, DEEPEST))


def in_box(box: tuple[float, float, float, float]) -> Expr:
    """
    Ask for what touches a box.

    Parameters
    ----------
    box
        West, south, east, north in degrees; one that crosses the date line has its west in the
        east.

    Returns
    -------
    filter
        On the column `geom`.
    """
    west, south, east, north = box
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    parts = [
        {"op": "s_intersects", "args": [{"property": "geom"}, _polygon(left, south, right, north)]}
        for left, right in spans
    ]
    return Expr(parts[0] if len(parts) == 1 else {"op": "or", "args": parts})


def in_time(since: datetime | None, until: datetime | None) -> Expr:
    """
    Ask for what was in force at some time between two.

    Parameters
    ----------
    since, until
        Both included, the same for one moment; None is without end.

    Returns
    -------
    filter
        On the columns `valid_from` and `valid_to`, which is not included.
    """
    parts: list[dict[str, Any]] = []
    if until is not None:
        parts.append(_compare("<=", "valid_from", until))
    if since is not None:
        goes_on = {"op": "isNull", "args": [{"property": "valid_to"}]}
        parts.append({"op": "or", "args": [goes_on, _compare(">", "valid_to", since)]})
    return Expr(parts[0] if len(parts) == 1 else {"op": "and", "args": parts})


def _compare(operation: str, column: str, moment: datetime) -> dict[str, Any]:
    return {"op": operation, "args": [{"property": column}, {"timestamp": moment.isoformat()}]}


def _known(node: Any, columns: Collection[str], deep: int) -> Any:  # noqa: ANN401 (JSON)
    """Give the same filter back if all of it is known."""
    if deep == 0:
        raise _unreadable(str(node))
    if isinstance(node, list):
        return [_known(each, columns, deep - 1) for each in node]
    if isinstance(node, dict):
        return _known_object(node, columns, deep)
    if isinstance(node, float) and not math.isfinite(node):
        raise _unreadable(str(node))
    if isinstance(node, str) and "\0" in node:
        raise _unreadable(repr(node))
    return node


def _known_object(node: dict[str, Any], columns: Collection[str], deep: int) -> Any:  # noqa: ANN401
    if node.get("op") in CONDITIONS | VALUES:
        return {"op": node["op"], "args": _known(node["args"], columns, deep - 1)}
    if node.get("property") in columns:
        return {"property": node["property"]}
    if node.get("type") in SHAPES:
        return node
    if len(node.get("bbox", ())) == 4:  # noqa: PLR2004 (without heights)
        return _polygon(*node["bbox"])
    for kind in ("timestamp", "date"):
        if kind in node:
            return {kind: _moment(node[kind])}
    raise _unreadable(str(node.get("op") or node.get("property") or next(iter(node), "{}")))


def _moment(written: str) -> str:
    try:
        datetime.fromisoformat(written)
    except ValueError as error:
        raise _unreadable(written) from error
    return written


def _polygon(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _unreadable(reason: str) -> UnreadableError:
    return UnreadableError(Message("store.filter_unreadable", {"reason": reason[:200]}))
