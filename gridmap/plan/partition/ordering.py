"""Order where the exact place does not matter: sorting by the leading bits of a number."""

from __future__ import annotations

import numpy as np

from gridmap.compiled import compiled

DROPPED_BITS = 48
"""Of the 52 bits after the leading one of a float; numbers that share the rest are within 1/16."""


@compiled
def nearly_sorted(keys: np.ndarray) -> np.ndarray:
    """
    Give the order of some numbers, smaller ones first, in one pass over them.

    The bits of a positive float read as a whole number grow with it, so their leading ones are a
    counter to sort by.

    Parameters
    ----------
    keys
        (n,) positive and finite.

    Returns
    -------
    order
        (n,) positions; numbers within 1/16 of each other may stay in the order they came in.
    """
    count = len(keys)
    order = np.empty(count, np.int64)
    if count == 0:
        return order
    bits = keys.view(np.int64) >> DROPPED_BITS
    least = bits.min()
    start = np.zeros(bits.max() - least + 2, np.int64)
    for at in range(count):
        start[bits[at] - least + 1] += 1
    for at in range(1, len(start)):
        start[at] += start[at - 1]
    for at in range(count):
        bucket = bits[at] - least
        order[start[bucket]] = at
        start[bucket] += 1
    return order
