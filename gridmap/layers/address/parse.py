"""
Reading a Chinese address into its parts.

Pure functions of the text: the map is not asked. What cannot be read is kept as `rest`, so that
nobody is placed by half an address.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import pandas as pd

from gridmap.layers.address.numerals import ROMAN, with_digits
from gridmap.layers.address.words import (
    ADMIN,
    ADMIN_ENDING,
    AFTER,
    BESIDE,
    BETWEEN,
    COMMITTEE,
    DASHES,
    HASH_FIRST,
    KIND_TWICE,
    LIST,
    NAME,
    NO_ADMIN,
    NOTES,
    ORDINAL,
    SIGNS,
    SIMPLIFIED,
    STOP,
    UNITS,
    VAGUE,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from re import Match

    from pandas import DataFrame


@dataclass(frozen=True, slots=True)
class ParsedAddress:
    """
    The parts of an address, "" where it does not give one; numbers in plain digits.

    Names of the administration come without the word that says what they are (姑苏, not 姑苏区),
    names of roads and estates with it. `rest` is what could not be read. `loose` is "1" where
    3-302 after a house number may mean building 3 or entrance 3, and "2" where 3-2 after the name
    of an estate may mean building 3 or building 3-2.
    """

    province: str = ""
    city: str = ""
    district: str = ""
    town: str = ""
    community: str = ""
    estate: str = ""
    group: str = ""
    road: str = ""
    lane: str = ""
    number: str = ""
    building: str = ""
    entrance: str = ""
    floor: str = ""
    room: str = ""
    rest: str = ""
    loose: str = ""


PARTS: Final = tuple(field.name for field in fields(ParsedAddress))
ROOM_DIGITS: Final = 3
"""A number of this many digits or more at the end is a room, never a house."""


def parse_address(text: str) -> ParsedAddress:
    """
    Read one address.

    Parameters
    ----------
    text
        As typed, in digits and signs of any width and script.

    Returns
    -------
    parts
        Empty ones where the address does not say.

    Examples
    --------
    >>> parse_address("人民路十二号阳光花园三栋二单元1203室").floor
    '12'
    """
    return ParsedAddress(**_Reading().read(written_plainly(text)))


def parse_addresses(texts: Iterable[str]) -> DataFrame:
    """
    Read many addresses.

    Parameters
    ----------
    texts
        As typed; each different one once, for speed.

    Returns
    -------
    parts
        One row a text, one column a part of :class:`ParsedAddress`.
    """
    read = [_Reading().read(written_plainly(text)) for text in texts]
    columns = {part: [parts.get(part, "") for parts in read] for part in PARTS}
    return pd.DataFrame(columns, dtype="str")


def written_plainly(text: str) -> str:
    """
    Write an address in narrow capitals, digits and simplified words, without signs.

    Parameters
    ----------
    text
        As typed.

    Returns
    -------
    text
        Ready to be read.
    """
    plain = text.translate(ROMAN) if _HAS_ROMAN.search(text) else text
    plain = unicodedata.normalize("NFKC", plain).upper()
    plain = plain.translate(SIMPLIFIED) if _HAS_FULL.search(plain) else plain
    plain = LIST.sub("及", NOTES.sub("", plain))
    plain = DASHES.sub("-", SIGNS.sub("", BETWEEN.sub("-", plain)))
    plain = KIND_TWICE.sub(lambda kind: kind[1], COMMITTEE.sub("村", plain))
    plain = AFTER.sub(lambda after: f"-{after[1]}号", ORDINAL.sub("", with_digits(plain)))
    return HASH_FIRST.sub(lambda number: f"{number[1]}#", plain)  # a template is parsed every time


_HAS_ROMAN: Final = re.compile(f"[{''.join(map(chr, ROMAN))}]")
_HAS_FULL: Final = re.compile(f"[{''.join(map(chr, SIMPLIFIED))}]")
"""To look for a sign takes a tenth of the time of writing a text anew."""


class _Reading:
    """One address while it is read, from left to right."""

    __slots__ = ("found", "last_name")

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self.last_name = ""

    def read(self, text: str) -> dict[str, str]:
        at = 0
        for stop in STOP.finditer(text):
            if stop.start() > at or at == 0:
                self._names(text[at : stop.start()], is_first=at == 0)
            self._number(stop, text)
            at = stop.end()
        if at < len(text):
            if at == 0:
                self._names(text, is_first=True)
            else:
                self._ending(text[at:])
        return self._finished()

    def _names(self, run: str, *, is_first: bool) -> None:
        if not is_first and BESIDE.search(run):
            self._set("rest", run)
            return
        named, last_name = _named(run, is_first=is_first)
        for part, name in named:
            self._add(part, name)
        self.last_name = last_name or self.last_name

    def _number(self, stop: Match[str], text: str) -> None:
        n, unit = stop["n"], stop["unit"] or ""
        kind = UNITS.get(unit, "room")
        if kind == "number" and _is_room(n.rpartition("-")[2]) and "-" in n:
            kind = "room"
        if kind == "storey":
            kind = "floor" if "building" in self.found else _storey(text[stop.end() :])
        if kind == "number":
            self._house(_house_number(n, stop))
        elif kind == "room" and not n[0].isdigit():
            self.found.setdefault("room", n)
        elif kind == "room":
            self._chain(n.split("-"), is_bare=not unit or "-" in n)
        elif kind == "floor":
            self.found["floor"] = _plain(n)
        else:
            self._add(kind, _plain(n), between="-")

    def _house(self, number: str) -> None:
        found = self.found
        if "building" in found:
            self._set("room", number)
        elif "number" in found or self.last_name == "estate":
            found["building"] = number
        else:
            found["number"] = number

    def _chain(self, numbers: list[str], *, is_bare: bool) -> None:
        """Read a bare 3-2-1201: the house where a road waits for one, the room from its end."""
        numbers = [_plain(n) for n in numbers]
        numbers = self._houses(numbers) if is_bare else numbers
        has_house = bool({"building", "entrance"} & set(self.found))
        if len(numbers) == len(("3", "2", "501")) and "number" in self.found and not has_house:
            self.found["building"], has_house = numbers.pop(0), True
        if numbers:
            self._set("room" if "room" not in self.found else "rest", numbers.pop())
        if numbers:
            self._set("loose", "" if has_house else "1")
            self._set("entrance", numbers.pop(0))
            self._set("rest", "-".join(numbers))

    def _houses(self, numbers: list[str]) -> list[str]:
        """Take the number of the house from the front, and give those inside it."""
        if self._waits_for("number", numbers):
            self.found["number"], numbers = _one_house(numbers)
        elif self._waits_for("building", numbers) and "group" in self.found:
            self.found["building"], numbers = _one_house(numbers)
        elif self._waits_for("building", numbers):
            self.found["building"], *numbers = numbers
            self._set("loose", "2" if numbers else "")
        elif len(numbers) > 1 and _is_room(numbers[-2]):  # 501-2 is a part of 501
            numbers = [*numbers[:-2], "-".join(numbers[-2:])]
        return numbers

    def _waits_for(self, part: str, numbers: list[str]) -> bool:
        """Is the first of the numbers a house, and not the room at the end."""
        found, is_house = self.found, len(numbers) > 1 or not _is_room(numbers[0])
        if part == "number":
            names_road = self.last_name == "road"
            return is_house and names_road and not {"number", "building"} & set(found)
        names_estate = self.last_name == "estate" or (len(numbers) == 1 and "number" not in found)
        return is_house and names_estate and "building" not in found

    def _ending(self, run: str) -> None:
        if VAGUE.search(run) or len(run) < ROOM_DIGITS or "room" in self.found:
            self._set("rest", run.strip("-#"))
        else:
            self._names(run, is_first=False)

    def _add(self, part: str, text: str, *, between: str = "") -> None:
        told = self.found.get(part, "")
        self.found[part] = f"{told}{between}{text}" if told else text

    def _set(self, part: str, text: str) -> None:
        if text:
            self.found[part] = text

    def _finished(self) -> dict[str, str]:
        found = self.found
        if "lane" in found and "building" in found and "number" not in found:
            found["number"] = found.pop("building")
        if "floor" not in found and "room" in found:
            self._set("floor", floor_of(found["room"]))
        return found


@lru_cache(maxsize=65_536)
def _named(run: str, *, is_first: bool) -> tuple[tuple[tuple[str, str], ...], str]:
    """Divide a run of names into parts, and say what the last one is. Runs repeat in a ledger."""
    found, run = _administration(run) if is_first else ([], run)
    at, estates, last_name = 0, [], ""
    while name := NAME.match(run, at):
        last_name = "road" if name["road"] else "estate"
        if name["road"]:
            found.append(("road", name[0]))
        else:
            estates.append(name[0])
        at = name.end()
    if ending := run[at:].strip("-#"):
        estates.append(ending)
        last_name = "estate"
    if len(estates) > 1 and estates[0].endswith("村") and not estates[0].endswith("新村"):
        found.append(("community", estates.pop(0)[:-1]))
    if estates:
        found.append(("estate", "".join(estates)))
    return tuple(found), last_name


def _administration(run: str) -> tuple[list[tuple[str, str]], str]:
    found = []
    for level, pattern in ADMIN.items():
        name = pattern.match(run)
        if name is None or NO_ADMIN.search(name[0]) is not None:
            continue
        if name.end() < len(run) or level == "community":  # what a number follows is no area
            found.append((level, ADMIN_ENDING.sub("", name[0])))
            run = run[name.end() :]
    return found, run


def floor_of(room: str) -> str:
    """
    Tell the floor by the number of a room.

    Parameters
    ----------
    room
        In digits.

    Returns
    -------
    floor
        3 for 302, 12 for 1203; "" where the number does not say.
    """
    digits = re.match(r"0?([1-9]\d?)\d\d(?!\d)", room)
    return digits[1] if digits else ""


def _storey(after: str) -> str:
    """Tell 3楼2单元, a building, from 3楼, a floor."""
    return "building" if re.match(r"[\dA-Z]+(?:单元|号?门|梯|-\d)", after) else "floor"


def _is_room(number: str) -> bool:
    return len(number) >= ROOM_DIGITS and number[:ROOM_DIGITS].isdigit()


def _one_house(numbers: list[str]) -> tuple[str, list[str]]:
    """Take 12-1 for one house on a road or in a village, and the 12 of 12-302 or 12-1-302."""
    is_one = len(numbers) == len(("12", "1")) and not _is_room(numbers[1])
    return ("-".join(numbers), []) if is_one else (numbers[0], numbers[1:])


def _plain(number: str) -> str:
    return number.lstrip("0") or number


def _house_number(n: str, stop: Match[str]) -> str:
    """Write 甲12号 as 12甲, and 12号附3 and 12号之3 as 12-3."""
    if n[0] in "甲乙丙丁":
        n = n[1:] + n[0]
    after = stop["after"] or stop["dashed"]
    n = "-".join(_plain(part) for part in n.split("-"))
    return f"{n}-{after}" if after else n + (stop["stem"] or "")
