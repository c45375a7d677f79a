"""Addresses as they are compared: exactly, once width, case and spaces are out of the way."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from pandas import Series


def normal_addresses(addresses: Series) -> Series:
    """
    Write addresses so that the same one is the same text.

    Parameters
    ----------
    addresses
        As typed: with digits of any width, with spaces and commas or without.

    Returns
    -------
    normal
        Same index; "" where there is no address.
    """
    different = np.asarray(addresses.unique(), dtype=object)
    normal = {text: _normal(text) for text in different}
    return addresses.map(normal).astype("str")


_BETWEEN: Final = re.compile(r"[\s,，、;；]+")


def _normal(text: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text).casefold())
