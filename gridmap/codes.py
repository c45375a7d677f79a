"""
Grid codes: how they are written, read back, and given out.

A profile says how many digits the community has and how many the sequence; `plain` is for places
whose communities have no 12-digit code.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.errors import CodesExhaustedError, InputError
from gridmap.messages import Message
from gridmap.schema import CommunityCode, Fault, GridCode

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class CodeProfile:
    """
    How a grid code is made up: the community, then a sequence number.

    `community_digits` is 0 where any text will do; then a dash stands before the sequence.
    """

    name: str
    community_digits: int
    sequence_digits: int

    def format(self, community: CommunityCode, sequence: int) -> GridCode:
        """
        Write the code of one grid.

        Parameters
        ----------
        community
            Its community.
        sequence
            Its number there, from 1.

        Returns
        -------
        code
            That :meth:`parse` reads back.

        Raises
        ------
        CodesExhaustedError
            If the profile has no such number.
        """
        if self.community_digits and not 0 < sequence < 10**self.sequence_digits:
            fields = {"community": community, "most": 10**self.sequence_digits - 1}
            raise CodesExhaustedError(Message("plan.codes_exhausted", fields))
        dash = "" if self.community_digits else "-"
        return GridCode(f"{community}{dash}{sequence:0{self.sequence_digits}d}")

    def parse(self, code: GridCode) -> tuple[CommunityCode, int]:
        """
        Read a code: its community and its number there.

        Parameters
        ----------
        code
            As :meth:`format` writes it.

        Returns
        -------
        community, sequence
            What it was made of.

        Raises
        ------
        InputError
            If it is not a code of this profile.
        """
        if self.community_digits:
            community, sequence = code[: self.community_digits], code[self.community_digits :]
            right = len(community) == self.community_digits and community.isdecimal()
            right &= len(sequence) == self.sequence_digits
        else:
            community, dash, sequence = code.rpartition("-")
            right = bool(dash) and len(sequence) >= self.sequence_digits
        if not right or not sequence.isdecimal() or not sequence.isascii():
            fields = {"code": code, "profile": self.name}
            raise InputError(Fault("grids", None, "code_unreadable", "refused", fields))
        return CommunityCode(community), int(sequence)


PROFILES: Final[Mapping[str, CodeProfile]] = MappingProxyType(
    {
        "bj15": CodeProfile("bj15", 12, 3),
        "cjt213": CodeProfile("cjt213", 12, 2),
        "plain": CodeProfile("plain", 0, 3),
    }
)


def profile_for(community: CommunityCode, name: str) -> CodeProfile:
    """
    Give the code profile for a community: the rule's, or `plain` where that cannot be.

    Parameters
    ----------
    community
        Its code, any text.
    name
        The profile the rule names.

    Returns
    -------
    profile
        One of `PROFILES`.

    Raises
    ------
    InputError
        If the rule names a profile that does not exist.
    """
    if name not in PROFILES:
        fields = {"name": name, "known": ", ".join(PROFILES)}
        raise InputError(Fault("rules", None, "code_profile_unknown", "refused", fields))
    profile = PROFILES[name]
    fits = len(community) == profile.community_digits and community.isdecimal()
    return profile if fits and community.isascii() else PROFILES["plain"]


def number_from_northwest(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """
    Give places numbers as text is read: west to east, rows from north to south.

    Parameters
    ----------
    x, y
        Where they are, in metres.

    Returns
    -------
    sequence
        A number each, from 1. Places are in one row when they differ less in height than the
        rows of a square of that many places would.
    """
    if not len(x):
        return np.empty(0, np.int64)
    rows = max(1, round(np.sqrt(len(x))))
    height = max(float(np.ptp(y)), 1e-9) / rows
    row = np.minimum(((y.max() - y) / height).astype(int), rows - 1)
    sequence = np.empty(len(x), np.int64)
    sequence[np.lexsort((-y, x, row))] = np.arange(1, len(x) + 1)
    return sequence
