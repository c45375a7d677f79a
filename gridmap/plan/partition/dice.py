"""Random numbers inside compiled code: one word of state, the same on every machine."""

from __future__ import annotations

import numpy as np

from gridmap.compiled import compiled

GAMMA = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
THIRTY, TWENTY_SEVEN, THIRTY_ONE, ELEVEN = (np.uint64(bits) for bits in (30, 27, 31, 11))


def new_dice(rng: np.random.Generator) -> np.ndarray:
    """
    Seed compiled dice from a generator.

    Parameters
    ----------
    rng
        Gives one number.

    Returns
    -------
    dice
        (1,) uint64, changed by every throw.
    """
    return rng.integers(0, 2**63, 1, dtype=np.uint64)


@compiled
def throw(dice: np.ndarray) -> float:
    """
    Throw the dice (SplitMix64, [1]_).

    Parameters
    ----------
    dice
        From :func:`new_dice`; changed in place.

    Returns
    -------
    number
        At least 0 and below 1.

    References
    ----------
    .. [1] G. L. Steele, D. Lea, C. H. Flood (2014). "Fast splittable pseudorandom number
       generators." OOPSLA. https://doi.org/10.1145/2660193.2660195
    """
    dice[0] += GAMMA
    word = dice[0]
    word = (word ^ (word >> THIRTY)) * FIRST
    word = (word ^ (word >> TWENTY_SEVEN)) * SECOND
    word = word ^ (word >> THIRTY_ONE)
    return float(word >> ELEVEN) / 9007199254740992.0


@compiled
def shuffled(count: int, dice: np.ndarray) -> np.ndarray:
    """
    Give the numbers below `count` in random order.

    Parameters
    ----------
    count
        How many.
    dice
        Changed in place.

    Returns
    -------
    order
        (count,) each number once.
    """
    order = np.arange(count)
    for place in range(count - 1, 0, -1):
        other = int(throw(dice) * (place + 1))
        order[place], order[other] = order[other], order[place]
    return order
