"""
Households and persons that nobody counted, by a rule that is written down beside the plan.

A home is so many square metres of floor; a household so many persons. Fractions are carried from
building to building, so that the sum is right even where each building is small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.layers.uses import living, usual_storeys

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from numpy.typing import NDArray
    from pandas import Series

    from gridmap.rules import Rules

SMALLEST_HOME_M2: Final = 30.0
"""A building of unknown use with a smaller footprint is a shed."""


def estimate_households(buildings: GeoDataFrame, *, rules: Rules) -> Series:
    """
    Estimate households from persons where they are known, else from floor area.

    Floor area is footprint times floors; floors are as given, else height over `storey_m`, else
    usual for the use. Only buildings people live in, or might, have households; one that people
    live in has at least one.

    Parameters
    ----------
    buildings
        `BUILDINGS` in a metric CRS, `height_m` where it is known.
    rules
        For `dwelling_m2`, `storey_m` and `persons_per_household`.

    Returns
    -------
    households
        Whole numbers, same index.
    """
    home = living(buildings["use"])
    footprint_m2 = buildings.geometry.area
    floors = buildings["floors"]
    if "height_m" in buildings:
        by_height = (buildings["height_m"] / rules.storey_m).round().clip(lower=1)
        floors = floors.where(floors > 0, by_height)
    floors = floors.where(floors > 0, usual_storeys(buildings["use"]))
    by_area = (footprint_m2 * floors / rules.dwelling_m2).round().clip(lower=1)
    might = (home == "residential") | ((home == "unknown") & (footprint_m2 >= SMALLEST_HOME_M2))
    by_persons = np.ceil(buildings["persons"] / rules.persons_per_household)
    households: Series = by_persons.fillna(by_area.where(might, 0)).astype("int64")
    return households


def whole_persons(
    households: Series, persons: Series, *, per_household: float
) -> tuple[NDArray[np.int64], int]:
    """
    Fill the persons that are not known.

    Parameters
    ----------
    households
        How many households each row stands for.
    persons
        Persons of each row, NaN where nobody counted.
    per_household
        Persons in a household where it is not known.

    Returns
    -------
    persons
        Whole numbers. The estimated ones add up to `per_household` times their households,
        rounded once.
    estimated
        How many of them were estimated.
    """
    unknown = persons.isna().to_numpy()
    filled = persons.fillna(0).to_numpy().astype("int64")
    running = np.cumsum(households.to_numpy()[unknown])
    totals = np.floor(running * per_household + 0.5).astype("int64")
    filled[unknown] = np.diff(totals, prepend=0)
    return filled, int(np.count_nonzero(unknown & (households.to_numpy() > 0)))


def without_homes(buildings: GeoDataFrame) -> tuple[str, ...]:
    """
    List the homes nobody is registered in.

    Parameters
    ----------
    buildings
        With `use` and the `households` they were settled with.

    Returns
    -------
    buildings
        Ids of residential buildings with no household, in order.
    """
    empty = (living(buildings["use"]) == "residential") & (buildings["households"] == 0)
    return tuple(sorted(map(str, pd.Index(buildings.index[empty]))))
