"""
Ledgers with one row a person: gathered into households before anything is settled.

Nobody is lost: the persons of all households are the rows, save those that repeat one, which are
told. What tells persons apart is used here and forgotten.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.layers.address import normal_addresses
from gridmap.layers.personal import NAMES_SOMEBODY, holds_identities
from gridmap.layers.synonyms import plain
from gridmap.schema import LOAD, Fault, Number, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geopandas import GeoDataFrame
    from numpy.typing import NDArray
    from pandas import DataFrame, Series

PERSON_IDS: Final = frozenset(
    map(
        plain,
        (
            *("person_id", "personid", "member_id", "resident_id", "pid"),
            *(
                "人员编号",
                "成员编号",
                "居民编号",
                "人口编号",
                "人员id",
                "成员id",
                "人员编码",
                "个人编号",
            ),
        ),
    )
)
RELATIONS: Final = frozenset(
    map(
        plain,
        (
            *("relation", "relationship", "relation_to_head", "relationship_to_head"),
            *("与户主关系", "户主关系", "与户主的关系", "家庭关系", "成员关系", "关系"),
        ),
    )
)
HEAD_RELATIONS: Final = frozenset(
    map(plain, ("户主", "本人", "本人或户主", "head", "householder", "self"))
)
IDENTITIES: Final = re.compile("身份证|公民身份|^id_?card")
HEAD_COLUMN: Final = re.compile("户主(?!关系)|^head_|house_?holder")
UNSAID: Final = re.compile(r"[-/\\*0.\s]*|无.*|没有|暂无|未知|未办.*|不详|不明|空|N/?A|NONE|NULL")
NO_IDENTITY: Final = re.compile(r"(?![1-9][0-9]{16}[0-9X]$).*|.*000")
"""What two people may both have in the place of a number: a word, a part, what Excel rounded."""


@dataclass(frozen=True, slots=True)
class People:
    """
    The rows of a ledger as persons: who each is, as whole numbers that mean nothing elsewhere.

    `person` is -1 where a row does not say who it is. `heads` marks the rows about the head of a
    household. `columns` are of the file.
    """

    person: NDArray[np.int64]
    repeats: NDArray[np.bool_]  # rows that are another row once more
    heads: NDArray[np.bool_]
    columns: tuple[str, ...]


def find_people(frame: DataFrame) -> People | None:
    """
    Say whether a ledger has one row a person, and who is who.

    Parameters
    ----------
    frame
        The ledger as it was typed, with all of its columns.

    Returns
    -------
    people
        None for a ledger with one row a household.
    """
    ids = _called(frame, PERSON_IDS)
    relations = _called(frame, RELATIONS)
    if not (ids or relations):
        return None
    telling = ids or [str(name) for name in frame.columns if _tells_apart(name, frame[name])]
    nobody = np.full(len(frame), -1, dtype=np.int64)
    repeats = np.zeros(len(frame), dtype=bool)
    if telling:
        person = _numbered(frame[telling[0]], UNSAID if ids else NO_IDENTITY)
    else:
        person = nobody
        if any(NAMES_SOMEBODY.search(plain(str(name))) for name in frame.columns):
            repeats = frame.astype("str").duplicated().to_numpy()
    heads = np.zeros(len(frame), dtype=bool)
    for name in relations:
        told = frame[name].astype("str")
        said = [word for word in told.unique() if plain(str(word)) in HEAD_RELATIONS]
        heads |= told.isin(said).to_numpy(dtype=bool)
    return People(person, repeats, heads, tuple(dict.fromkeys((*ids, *relations))))


def gather(frame: GeoDataFrame, people: People) -> tuple[GeoDataFrame, list[Fault]]:
    """
    Make one row a household of one row a person.

    Rows of a household that name different buildings, or none and different addresses, stay
    apart: each is a claim of its own, and the conflict is seen.

    Parameters
    ----------
    frame
        `HOUSEHOLDS` with the id as a column.
    people
        Who is in which row.

    Returns
    -------
    households
        The first row of each, with `persons` counted.
    faults
        What was gathered, persons listed twice, and persons in two households.
    """
    if frame.empty:
        return frame, []
    if (frame["household_id"] == "").all():
        return _gathered_by_heads(frame, people)
    group = _groups(frame)
    again = people.repeats | _listed_again(group, people.person)
    faults = _twice(frame, people.person)
    grouped = frame.assign(group=group)
    kept = grouped.loc[~again]
    persons = kept.groupby("group").size()
    first = kept.drop_duplicates("group").set_index("group", drop=False)
    told = first["persons"]
    first = first.assign(persons=persons.astype(Number), **_first_known(grouped), **_summed(kept))
    told = told.reset_index(drop=True)
    differs = told.notna() & (told.to_numpy() != first["persons"].to_numpy())
    households = first.drop(columns="group").set_index(kept.index[~kept["group"].duplicated()])
    counts = {"rows": len(frame), "households": len(households), "persons": int(persons.sum())}
    counts |= {"repeated": int(again.sum())}
    faults.insert(0, Fault("households", None, "persons_gathered", "noted", counts))
    rows = frame["row"].to_numpy()[again]
    faults += [Fault("households", int(row), "person_repeated") for row in rows]
    if differs.any():
        fields = {"count": int(differs.sum())}
        faults.append(Fault("households", None, "persons_recounted", "noted", fields))
    return households, faults


def _gathered_by_heads(frame: GeoDataFrame, people: People) -> tuple[GeoDataFrame, list[Fault]]:
    """Let each row of a head begin a household, where no ids say who lives together."""
    said: dict[str, str | int] = {"columns": ", ".join(people.columns)}
    if not _are_families(frame, people.heads):
        return frame, [Fault("households", None, "persons_without_household", "refused", said)]
    of_head = frame["row"].where(people.heads).ffill().astype("int64")
    families, faults = gather(frame.assign(household_id=of_head.astype(Text)), people)
    said["count"] = int(people.heads.sum())
    note = Fault("households", None, "households_by_heads", "noted", said)
    unnamed = pd.Series("", index=families.index, dtype=Text)  # a row is no id that lasts
    return families.assign(household_id=unnamed), [*faults, note]


def _are_families(frame: GeoDataFrame, heads: NDArray[np.bool_]) -> bool:
    """Say whether every row down to the next head agrees with its own head on where they live."""
    if not heads[:1].any():
        return False
    family = np.cumsum(heads)
    places = (normal_addresses(frame["address"]), frame["building_id"])
    told = (pd.DataFrame({"family": family, "place": place}) for place in places)
    return all(one[one["place"] != ""].drop_duplicates()["family"].is_unique for one in told)


def _called(frame: DataFrame, names: frozenset[str]) -> list[str]:
    return [str(name) for name in frame.columns if plain(str(name)) in names]


def _tells_apart(name: object, told: Series) -> bool:
    """Say whether a column has the identity of whom the row is about, and not of their head."""
    words = plain(str(name))
    return HEAD_COLUMN.search(words) is None and (
        IDENTITIES.search(words) is not None or holds_identities(told)
    )


def _numbered(told: Series, unsaid: re.Pattern[str]) -> NDArray[np.int64]:
    words = told.astype("str").str.strip().str.upper()
    codes, _ = pd.factorize(words.mask(told.isna() | words.str.fullmatch(unsaid.pattern)))
    return np.asarray(codes, dtype=np.int64)


def _groups(frame: GeoDataFrame) -> NDArray[np.int64]:
    """Give each claim a number: a household in one building, or else at one address."""
    ids = frame["household_id"]
    blank = ids == ""
    household = ids.where(~blank, "\0" + frame["row"].astype("str"))
    building = _sole(frame["building_id"], household)
    address = _sole(normal_addresses(frame["address"]), household)
    place = ("b" + building).where(building != "", "a" + address)
    keys = pd.DataFrame({"household": household, "place": place})
    numbers: Series = keys.groupby(["household", "place"], sort=False).ngroup()
    return numbers.to_numpy(dtype=np.int64)


def _sole(told: Series, household: Series) -> Series:
    """Fill a blank with what the household says elsewhere, where it says only one thing."""
    known = told.where(told != "")
    of_household = known.groupby(household.to_numpy())
    only = of_household.transform("first").where(of_household.transform("nunique") == 1)
    return known.fillna(only).fillna("").astype("str")


def _listed_again(group: NDArray[np.int64], person: NDArray[np.int64]) -> NDArray[np.bool_]:
    pairs = pd.DataFrame({"group": group, "person": person})
    return (pairs.duplicated() & (pairs["person"] >= 0)).to_numpy()


def _twice(frame: GeoDataFrame, person: NDArray[np.int64]) -> list[Fault]:
    """Name both rows of a person who is in two households."""
    told = pd.DataFrame(
        {
            "person": person,
            "household": frame["household_id"].to_numpy(),
            "row": frame["row"].to_numpy(),
        }
    )
    told = told[(told["person"] >= 0) & (told["household"] != "")]
    told = told.drop_duplicates(["person", "household"])
    first = told.drop_duplicates("person").set_index("person")["row"]
    later = told[told["person"].duplicated()]
    return [
        Fault(
            "households",
            int(row),
            "person_twice",
            "noted",
            {"first": int(first[who]), "household": name},
        )
        for who, row, name in later[["person", "row", "household"]].itertuples(
            index=False, name=None
        )
    ]


def _summed(kept: GeoDataFrame) -> dict[str, Series]:
    """Add up what the persons of each household count for in the loads of a rule."""
    by_group = kept.groupby("group")
    return {name: by_group[name].sum() for name in kept.columns if name.startswith(LOAD)}


def _first_known(grouped: GeoDataFrame) -> dict[str, Iterable[object]]:
    """Give each household the first thing that any of its rows says, not only the first row."""
    groups = grouped["group"]
    firsts: dict[str, Iterable[object]] = {}
    for name in ("building_id", "address", "entrance", "floor", "need"):
        if name in grouped:
            known = grouped[name].where(grouped[name] != "").groupby(groups).first()
            firsts[name] = known.fillna("").astype("str")
    if grouped.geometry.notna().any():
        firsts[grouped.geometry.name] = grouped.geometry.groupby(groups).first()
    return firsts
