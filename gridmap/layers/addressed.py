"""The addresses of a ledger held against the map: exact, read part by part, or only near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from gridmap.layers.address import normal_addresses, parse_addresses
from gridmap.layers.address.index import (
    contradicting,
    find_meant,
    index_buildings,
    without_areas,
)
from gridmap.layers.address.near import offer_near
from gridmap.layers.address.words import NO_HOUSE, NOTHING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pandas import DataFrame, Series

    from gridmap.schema import Layers


@dataclass(frozen=True, slots=True)
class TypedAddresses:
    """
    What the addresses of a ledger say, by position of the row.

    `exact` is the one building that has the address, `meant` the one it can only mean, with its
    `confidence`; "" where there is none. `shared` marks addresses that several buildings have.
    `parts` holds each different address once, and `code` says which is whose.
    """

    exact: Series
    shared: Series
    meant: Series
    confidence: Series
    parts: DataFrame
    code: NDArray[np.intp]
    known: DataFrame

    def column(self, part: str) -> Series:
        """Give one part of every address."""
        return self._by_row(self.parts[part])

    def contradict(self, building: Series) -> Series:
        """Mark rows whose address says something else than every address of their building."""
        pairs = pd.DataFrame({"row": building.index, "code": self.code, "building_id": building})
        pairs = pairs[(building != "").to_numpy()]
        pairs = pairs.merge(self.known.assign(known=self.known.index)[["building_id", "known"]])
        told = self.parts.iloc[pairs["code"].to_numpy()].reset_index(drop=True)
        there = self.known.loc[pairs["known"]].reset_index(drop=True)
        wrong = contradicting(told, there).groupby(pairs["row"]).all()
        return wrong.reindex(building.index, fill_value=False).astype("bool")

    def near(self, rows: Series) -> DataFrame:
        """Offer buildings to the rows marked: `seq`, `building_id`, `score`, best first."""
        asked = pd.Series(self.code, index=rows.index)[rows]
        offers = offer_near(self.parts.loc[asked.unique()], self.known)
        offers = offers[offers.groupby("at").cumcount() < MOST_LOOKED_AT]
        seqs = pd.DataFrame({"seq": asked.index, "at": asked.to_numpy()})
        return seqs.merge(offers, on="at")[["seq", "building_id", "score"]]

    def _by_row(self, values: Series) -> Series:
        return values.take(self.code).reset_index(drop=True)


MOST_LOOKED_AT = 10
"""Near matches kept of an address before those that were turned down are taken away."""


def read_addresses(typed: Series, layers: Layers) -> TypedAddresses:
    """
    Hold every address of a ledger against the map.

    Parameters
    ----------
    typed
        As typed, by position.
    layers
        With buildings, compounds and communities.

    Returns
    -------
    addresses
        Each different one is read once.
    """
    code, different = pd.factorize(typed)
    texts = pd.Series(different, dtype="str")
    texts = texts.mask(texts.str.fullmatch(NOTHING.pattern, case=False), "")
    exact, shared = _exact(texts, layers.buildings["address"])
    known = index_buildings(layers)
    parts = without_areas(parse_addresses(texts.to_numpy(dtype=object)), known)
    found = find_meant(parts, known)
    is_wide = texts.str.fullmatch(NO_HOUSE.pattern)
    exact, found["building_id"] = exact.mask(is_wide, ""), found["building_id"].mask(is_wide, "")
    parts = parts.assign(entrance=found["entrance"])

    def by_row(values: Series) -> Series:
        return values.take(code).reset_index(drop=True)

    return TypedAddresses(
        exact=by_row(exact),
        shared=by_row(shared),
        meant=by_row(found["building_id"]),
        confidence=by_row(found["confidence"]),
        parts=parts,
        code=code,
        known=known,
    )


def _exact(asked: Series, known: Series) -> tuple[Series, Series]:
    """Give the building that alone has the address, and mark addresses that several have."""
    names = normal_addresses(known)
    names = names[names != ""]
    several = names.duplicated(keep=False)
    building = pd.Series(names.index[~several], index=names[~several].to_numpy(), dtype="str")
    normal = normal_addresses(asked)
    found = building.reindex(normal).set_axis(asked.index).astype("str").fillna("")
    return found, normal.isin(set(names[several]))
