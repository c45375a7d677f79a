"""Which parts of a division touch, and groups of them that are worth cutting anew together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridmap.compiled import compiled
from gridmap.plan.partition.dice import shuffled, throw
from gridmap.plan.partition.objective import Rule, excess_of

if TYPE_CHECKING:
    from gridmap.plan.partition.net import Board, Net


WIDEST = 5
"""Parts in a group at most."""

TRIPLE_SHARE = 0.3
"""How often a third part joins a pair."""

STUBBORN_GROUPS = 6
"""How many groups there are around each part that is out of the window."""


@compiled
def touching_pairs(net: Net, board: Board) -> np.ndarray:
    """
    List the pairs of parts that touch.

    Parameters
    ----------
    net, board
        The division.

    Returns
    -------
    pairs
        (p, 2) each pair once, in order.
    """
    room = len(board.nodes)
    keys = np.empty(len(net.first), np.int64)
    found = 0
    for edge in range(len(net.first)):
        one, other = board.label[net.first[edge]], board.label[net.second[edge]]
        if one != other:
            keys[found] = min(one, other) * room + max(one, other)
            found += 1
    keys = np.unique(keys[:found])
    pairs = np.empty((len(keys), 2), np.int64)
    for row in range(len(keys)):
        pairs[row, 0], pairs[row, 1] = keys[row] // room, keys[row] % room
    return pairs


@compiled
def list_groups(
    net: Net,
    rule: Rule,
    board: Board,
    is_repair: bool,
    dice: np.ndarray,
) -> np.ndarray:
    """
    List groups of touching parts: wide ones around what is out of the window, then pairs.

    Parameters
    ----------
    net, rule, board
        The division.
    is_repair
        List only what is around parts out of the window.
    dice
        Decides the order and who joins.

    Returns
    -------
    groups
        (g, WIDEST) numbers of parts, -1 fills up.
    """
    pairs = touching_pairs(net, board)
    start, beside = _by_part(pairs, len(board.nodes))
    rows = np.full((len(pairs) + STUBBORN_GROUPS * len(board.nodes), WIDEST), -1)
    found = 0
    for part in range(len(board.nodes)):
        if board.nodes[part] and excess_of(rule, board.loads[part]) > 0.0:
            for _ in range(STUBBORN_GROUPS):
                rows[found, 0] = part
                _grow(rows[found], 1, 2 + int(4 * throw(dice)), start, beside, dice)
                found += 1
    if not is_repair:
        for row in shuffled(len(pairs), dice):
            rows[found, 0], rows[found, 1] = pairs[row]
            if throw(dice) < TRIPLE_SHARE:
                _grow(rows[found], 2, 3, start, beside, dice)
            found += 1
    return rows[:found]


@compiled
def _by_part(pairs: np.ndarray, room: int) -> tuple[np.ndarray, np.ndarray]:
    start = np.zeros(room + 1, np.int64)
    for one, other in pairs:
        start[one + 1] += 1
        start[other + 1] += 1
    start = np.cumsum(start)
    fill, beside = start[:-1].copy(), np.empty(2 * len(pairs), np.int64)
    for one, other in pairs:
        beside[fill[one]] = other
        beside[fill[other]] = one
        fill[one] += 1
        fill[other] += 1
    return start, beside


@compiled
def _grow(
    row: np.ndarray, size: int, wanted: int, start: np.ndarray, beside: np.ndarray,
    dice: np.ndarray,
) -> None:  # fmt: skip
    """Let random neighbours join a group; a neighbour that is in it already is let pass."""
    for _ in range(4 * WIDEST):
        if size >= wanted:
            break
        part = row[int(throw(dice) * size)]
        around = start[part + 1] - start[part]
        if around:
            other = beside[start[part] + int(throw(dice) * around)]
            if not np.any(row[:size] == other):
                row[size] = other
                size += 1
