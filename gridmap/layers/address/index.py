"""
The addresses of the map, and the one building that a typed address can only mean.

A building is known by its own address, by its name and by the name of its compound. A typed
address means a building if the map has its road and number, or its estate and building, once, and
no other part of it says something else. What an address leaves out contradicts nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.layers.address.parse import PARTS, parse_addresses
from gridmap.layers.address.words import ADMIN_ENDING

if TYPE_CHECKING:
    from pandas import DataFrame, Index, Series

    from gridmap.schema import Layers

HOUSE: Final = ("estate", "group", "road", "lane", "number", "building")
AREAS: Final = ("district", "town", "community")
MEANT: Final = ("province", "city", *AREAS, *HOUSE, "rest", "loose")
"""What tells one building from another; the rest of an address lies inside it."""

BY_ESTATE: Final = ("estate", "group", "building")
BY_ROAD: Final = ("road", "lane", "number", "building")
SURE: Final = 0.98
STRANGE_ESTATE: Final = 0.96  # the road and number are known, the name of the estate is not
LOOSE: Final = 0.96


def index_buildings(layers: Layers) -> DataFrame:
    """
    Read every name the map has for its buildings.

    Parameters
    ----------
    layers
        With buildings, compounds and communities.

    Returns
    -------
    known
        One row a name of a building: `building_id` and the parts of :class:`ParsedAddress`.
    """
    buildings, compounds = layers.buildings, layers.compounds
    compound = buildings["compound_id"].map(compounds["name"]).astype("str").fillna("")
    address = _parsed(buildings["address"])
    within = compound.where(
        ~_contains(buildings["name"], compound) & ~_contains(buildings["address"], compound), ""
    )
    name = _parsed(within + buildings["name"])
    own = _filled(address, name, ("estate", "group", "building"))
    lanes = (own["lane"] != "") & (own["number"] == "") & (own["building"] != "")
    own.loc[lanes, "number"], own.loc[lanes, "building"] = own.loc[lanes, "building"], ""
    community = buildings["community_code"].map(layers.communities["name"]).astype("str").fillna("")
    own["community"] = own["community"].where(own["community"] != "", _bare(community))
    aliases = [own, *(own.assign(estate=other) for other in (name["estate"], compound))]
    known = pd.concat(aliases).rename_axis("building_id").reset_index()
    known = known[(known["estate"] != "") | (known["road"] != "") | (known["community"] != "")]
    known = known[known["rest"] == ""].drop_duplicates(ignore_index=True)
    named = known.groupby("building_id")["estate"].transform("max") != ""
    return known[(known["estate"] != "") | ~named].reset_index(drop=True)


def find_meant(parts: DataFrame, known: DataFrame) -> DataFrame:
    """
    Find the one building that each typed address can only mean.

    Parameters
    ----------
    parts
        Typed addresses, as :func:`~gridmap.layers.address.parse.parse_addresses` reads them.
    known
        As of :func:`index_buildings`.

    Returns
    -------
    found
        Same index as `parts`: `building_id` and `confidence`; "" and 0 where it is not sure;
        `entrance`, which a loose reading may take back.
    """
    found = pd.DataFrame(
        {"building_id": "", "confidence": 0.0, "entrance": parts["entrance"]}, index=parts.index
    )
    readable = parts[parts["rest"] == ""]
    estates = set(known["estate"]) - {""}
    named = readable["estate"].isin(estates)
    _take(found, _sole(readable[named], known, BY_ESTATE), SURE)
    strange = (readable["estate"] != "") & ~named
    _take(found, _sole(readable[readable["estate"] == ""], known, BY_ROAD), SURE)
    _take(found, _sole(readable[strange], known, BY_ROAD), STRANGE_ESTATE)
    waiting = (readable["loose"] != "") & (found.loc[readable.index, "building_id"] == "")
    loose = readable[waiting].assign(building=readable["entrance"], entrance="")
    taken = _sole(loose, known, BY_ROAD)
    _take(found, taken, LOOSE)
    found.loc[taken.index, "entrance"] = ""
    _take(found, pd.Series("", index=_two_ways(readable, known)), 0.0)
    return found


def _two_ways(parts: DataFrame, known: DataFrame) -> Index:
    """List addresses whose 3-2 may be one building, and 100-12 one house or one in a lane."""
    house, lane = parts[parts["loose"] == "2"], parts[parts["loose"] == "1"]
    inside = house["entrance"].where(house["entrance"] != "", house["room"])
    house = house.assign(building=house["building"] + "-" + inside)
    lane = lane.assign(lane=lane["number"], number=lane["entrance"])
    by_lane = BY_ROAD[:-1]
    number = lane.assign(lane="", number=lane["lane"] + "-" + lane["number"])
    ways = (house, BY_ESTATE), (lane, by_lane), (number, by_lane)
    there = [part.index[_key(part, by).isin(_key(known, by))] for part, by in ways if len(part)]
    return parts.index[:0].append(there)


def contradicting(told: DataFrame, known: DataFrame) -> Series:
    """
    Mark pairs of addresses in which some part says something else.

    Parameters
    ----------
    told, known
        The parts of each pair, in the same order.

    Returns
    -------
    contradicts
        Indexed as `told`; a part that one of them leaves out contradicts nothing.
    """
    wrong = np.zeros(len(told), dtype=bool)
    for part in ("province", *AREAS, *HOUSE):
        wrong |= differs(told[part], known[part])
    elsewhere = differs(told["city"], known["city"])
    for one, other in ((told, known), (known, told)):  # 苏州市昆山市 may be typed 昆山市
        same = (one["city"].to_numpy() == other["district"].to_numpy()) & (one["city"] != "")
        elsewhere &= ~same.to_numpy()
    return pd.Series(wrong | elsewhere, index=told.index)


def differs(one: Series, other: Series) -> np.ndarray:
    """
    Mark where both say something, and not the same.

    Parameters
    ----------
    one, other
        Texts in the same order, "" where nothing is said.

    Returns
    -------
    differs
        Booleans, by position.
    """
    left, right = one.to_numpy(dtype=object), other.to_numpy(dtype=object)
    return np.asarray((left != right) & (left != "") & (right != ""), dtype=bool)


def without_areas(parts: DataFrame, known: DataFrame) -> DataFrame:
    """
    Take names of areas typed without their word from the front of a road or an estate.

    Parameters
    ----------
    parts
        Typed addresses: 姑苏人民路 is read as one name, for nothing says where 姑苏 ends.
    known
        As of :func:`index_buildings`: it knows an area 姑苏 and a road 人民路.

    Returns
    -------
    parts
        With the area in its own part, where the map knows what is left.
    """
    areas = {name: part for part in (*reversed(AREAS), "city", "province") for name in known[part]}
    areas.pop("", None)
    parts = parts.copy()
    for part in ("district", "town", "estate", "road"):
        names = set(known[part]) - {""}
        strangers = set(parts[part]) - names - {""}
        divided = {text: _divided(text, names, areas) for text in strangers}
        divided = {text: found for text, found in divided.items() if found}
        rows = parts[part].isin(divided)
        told = parts.loc[rows, part]
        for level in {level for found in divided.values() for level in found if level}:
            said = told.map({text: found.get(level, "") for text, found in divided.items()})
            parts.loc[rows, level] = said.where(said != "", parts.loc[rows, level])
        parts.loc[rows, part] = told.map({text: found[""] for text, found in divided.items()})
    return parts


def _divided(strange: str, names: set[str], areas: dict[str, str]) -> dict[str, str]:
    """Give the areas in front of a name by level, and under "" the name; nothing if unknown."""
    levels: dict[str, str] = {}
    while strange not in names:
        fronts = (strange[:n] for n in range(len(strange) - 1, 1, -1))
        area = next((front for front in fronts if front in areas), "")
        if not area:
            return {}
        levels[areas[area]] = area
        strange = strange.removeprefix(area)
    return levels | {"": strange}


def _sole(told: DataFrame, known: DataFrame, by: tuple[str, ...]) -> Series:
    """Give the building of each address that has just one by this key, if nothing contradicts."""
    part = "road" if by is BY_ROAD else "estate"
    told = told[told[part] != ""]
    if by is BY_ROAD:
        told, known = told[told["number"] != ""], known[known["number"] != ""]
    different = told[list(MEANT)].drop_duplicates()
    pairs = _agreeing(different, known[known[part] != ""], by)
    pairs = pairs[~pairs["at"].duplicated(keep=False)]
    whole = (different["building"] != "").loc[pairs["at"]].to_numpy()
    pairs = pairs[whole | pairs["at"].isin(_alone(different.loc[pairs["at"][~whole]], known, by))]
    meant = different.loc[pairs["at"]].assign(building_id=pairs["building_id"].to_numpy())
    found = told[list(MEANT)].merge(meant, how="left", on=list(MEANT))["building_id"]
    return found.set_axis(told.index).dropna().astype("str")


def _agreeing(told: DataFrame, known: DataFrame, by: tuple[str, ...]) -> DataFrame:
    """Pair addresses with each building that has them by this key, where nothing contradicts."""
    pairs = pd.DataFrame({"key": _key(told, by), "at": told.index}).merge(
        pd.DataFrame({"key": _key(known, by), "known": known.index}), on="key"
    )
    agree = ~contradicting(told.loc[pairs["at"]], known.loc[pairs["known"]]).to_numpy()
    pairs = pairs[agree]
    pairs = pairs.assign(building_id=known["building_id"].loc[pairs["known"]].to_numpy())
    return pairs[["at", "building_id"]].drop_duplicates()


def _alone(told: DataFrame, known: DataFrame, by: tuple[str, ...]) -> Series:
    """List addresses of an estate or a house number that has a single building, with no number."""
    at = _agreeing(told, known, by[:-1])["at"]
    return at[~at.duplicated(keep=False)]


def _key(parts: DataFrame, by: tuple[str, ...]) -> Series:
    key = parts[by[0]]
    for part in by[1:]:
        key = key + "|" + parts[part]
    return key


def _take(found: DataFrame, buildings: Series, confidence: float) -> None:
    found.loc[buildings.index, "building_id"] = buildings
    found.loc[buildings.index, "confidence"] = confidence


def _parsed(texts: Series) -> DataFrame:
    different = pd.Index(texts.unique())
    parts = parse_addresses(different.to_numpy(dtype=object)).set_axis(different)
    return parts.loc[texts].set_axis(texts.index)[list(PARTS)]


def _filled(parts: DataFrame, others: DataFrame, columns: tuple[str, ...]) -> DataFrame:
    filled = {c: parts[c].where(parts[c] != "", others[c]) for c in columns}
    return parts.assign(**filled)


def _contains(texts: Series, words: Series) -> Series:
    inside = [word in text for text, word in zip(texts, words, strict=True)]
    return pd.Series(inside, index=texts.index, dtype="bool")


def _bare(names: Series) -> Series:
    bare = {name: ADMIN_ENDING.sub("", name) for name in names.unique()}
    return names.map(bare).astype("str")
