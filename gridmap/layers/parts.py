"""
Addresses typed in parts: 区, 路, 弄, 楼号, 单元, 房号 in columns of their own, put together.

A unit is appended only where the value lacks it: "3" under 楼号 is 3号楼, and 3幢 stays 3幢.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from gridmap.layers.synonyms import plain
from gridmap.schema import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pandas import DataFrame, Series

PART_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "province": ("省", "省份", "province"),
    "city": ("市", "城市", "地市", "地级市", "city"),
    "district": ("区", "县", "区县", "县区", "县市区", "区市县", "行政区", "district", "county"),
    "street": ("街道", "镇", "乡", "乡镇", "镇街", "街镇", "乡镇街道", "街道办", "subdistrict"),
    "community": ("社区", "村", "居委会", "村居", "村社区", "社区村", "社区名称", "居委"),
    "compound": ("小区", "小区名称", "小区名", "住宅小区", "楼盘", "所属小区", "compound"),
    "road": ("路", "路名", "道路", "街路", "街路巷", "街巷", "道路名称", "路街", "road"),
    "lane": ("弄", "巷", "弄号", "里弄", "lane"),
    "door": ("门牌号", "门牌", "号", "门号", "门牌号码", "door_number", "house_number"),
    "block": (
        *(
            "楼号",
            "栋",
            "幢",
            "号楼",
            "栋号",
            "幢号",
            "楼栋号",
            "楼幢号",
            "楼座",
            "座",
            "楼",
            "座号",
        ),
        *("楼栋", "block"),
    ),
    "unit": ("单元", "单元号", "门洞", "entrance", "unit", "staircase"),
    "floor": ("层", "楼层", "所在层", "floor", "storey", "level"),
    "room": ("房号", "室", "室号", "房间号", "户室号", "房间", "房屋号", "门户号", "room", "flat"),
}
WHERE: Final = ("compound", "road", "lane", "door", "block")
"""Parts of which one at least must be there: a room alone is no address."""

BARE: Final = re.compile(r"[0-9A-Za-z零\u3007一二三四五六七八九十百甲乙丙丁东西南北中之\-]+")
COMPOUND_SHEET: Final = re.compile(r".+(?:小区|花园|家园|公寓|新村|[苑里庭邸坊]|社区)")
BLOCK_SHEET: Final = re.compile(r".*(?:[0-9A-Za-z一二三四五六七八九十]+)(?:号楼|栋|幢|座|楼|#)")
NUMBERED: Final = re.compile(r"([0-9A-Za-z]+)(?:号楼|栋|幢|座)$")
DISTRICT_UNITS: Final = ("区", "县")
STREET_UNITS: Final = ("街道", "镇", "乡")
COMMUNITY_UNITS: Final = ("社区", "村")
BLOCK_UNITS: Final = ("栋", "幢", "座")
LANE_UNITS: Final = ("弄", "巷")
PROVINCES: Final = re.compile(
    r"北京|上海|天津|重庆|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|.*[省市区]"
)
ROADS: Final = re.compile(r".*(?:路|街|道|巷|弄|里|线|胡同|公路|桥|段)[东西南北中]?[段路街]?")


@dataclass(frozen=True, slots=True)
class Parts:
    """Which column of a file holds which part of an address."""

    columns: Mapping[str, str]

    @property
    def say_where(self) -> bool:
        """Is there enough to say where a home is."""
        return any(name in self.columns for name in WHERE)


def find_parts(columns: Iterable[str], *, taken: Mapping[str, str]) -> Parts:
    """
    Find the columns that hold parts of an address.

    Parameters
    ----------
    columns
        Of the file.
    taken
        What other columns of the schema hold; only entrance and floor are parts as well.

    Returns
    -------
    parts
        Part to column, in the order in which an address is read.
    """
    shared = {taken[name] for name in ("entrance", "floor") if name in taken}
    used = set(taken.values()) - shared
    have = {plain(str(name)): str(name) for name in reversed(list(columns)) if name not in used}
    found: dict[str, str] = {}
    for part, names in PART_NAMES.items():
        column = next((have[plain(name)] for name in names if plain(name) in have), None)
        if column is not None and column not in found.values():
            found[part] = column
    return Parts(found)


def compose(frame: DataFrame, parts: Parts, sheets: Series | None = None) -> DataFrame:
    """
    Put addresses together from their parts.

    Parameters
    ----------
    frame
        The ledger as it was typed.
    parts
        Which column holds what.
    sheets
        Name of the sheet of each row, where a sheet may be a compound or a building.

    Returns
    -------
    made
        `address`, `block` (the building alone), `entrance` and `floor`, one a row; "" where
        nothing is known or, for the address, nothing says where.
    """
    told = {part: _spoken(frame[column], part, column) for part, column in parts.columns.items()}
    blank = pd.Series("", index=frame.index, dtype=Text)
    if sheets is not None:
        for part, pattern in (("compound", COMPOUND_SHEET), ("block", BLOCK_SHEET)):
            named = sheets.where(sheets.str.fullmatch(pattern.pattern), "")
            own = told.get(part, blank)
            told[part] = own.where(own != "", named)
    whole, says_where = blank, pd.Series(data=False, index=frame.index)
    for part in PART_NAMES:
        if part in told:
            whole = _joined(whole, told[part])
            says_where |= (told[part] != "") & (part in WHERE)
    entrance = told["unit"].str.removesuffix("单元") if "unit" in told else blank
    floor = told["floor"].str.removesuffix("层") if "floor" in told else blank
    made = {"address": whole.where(says_where, ""), "block": told.get("block", blank)}
    return pd.DataFrame({**made, "entrance": entrance, "floor": floor}, index=frame.index)


def is_place(name: str) -> bool:
    """
    Say whether a sheet is called after a compound or a building.

    Parameters
    ----------
    name
        Of a sheet.

    Returns
    -------
    answer
        False for 2026年3月 and Sheet1.
    """
    return bool(COMPOUND_SHEET.fullmatch(name) or BLOCK_SHEET.fullmatch(name))


def _joined(before: Series, part: Series) -> Series:
    """Append a part, unless it repeats the end of what stands before it."""
    repeats = pd.Series(data=False, index=part.index)
    pairs = pd.DataFrame({"before": before, "part": part})
    both = (before != "") & (part != "")
    if both.any():
        different = pairs[both].drop_duplicates()
        again = different[[_says_again(b, p) for b, p in different.to_numpy()]]
        if len(again):
            known = pd.MultiIndex.from_frame(again)
            repeats = pd.Series(pd.MultiIndex.from_frame(pairs).isin(known), index=part.index)
    longer = repeats & (part.str.len() > before.str.len())
    return (before + part.where(~repeats, "")).where(~longer, part)


def _says_again(before: str, part: str) -> bool:
    """Say whether a part repeats what stands before it: 3号楼 after 幸福小区3幢 is one building."""
    number = NUMBERED.search(part)
    again = NUMBERED.search(before) if number and number[0] == part else None
    same = number is not None and again is not None and number[1] == again[1]
    return same or part.startswith(before) or before.endswith(part)


def _spoken(told: Series, part: str, column: str) -> Series:
    typed = told.astype("str").fillna("").where(told.notna(), "")
    add = UNITS[part]
    return _each(typed, lambda value: add(value, plain(column)) if value else "")


def _each(told: Series, change: Callable[[str], str]) -> Series:
    """Change every different value once."""
    codes, values = pd.factorize(told)
    changed = pd.Series(
        [change(re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(v)))) for v in values],
        dtype=Text,
    )
    return changed.take(codes).set_axis(told.index) if len(values) else told.astype(Text)


def _unit_of(column: str, units: Iterable[str], default: str) -> str:
    return next((unit for unit in units if column in (unit, f"{unit}号", f"{unit}名称")), default)


def _province(value: str, _: str) -> str:
    if value in ("北京", "上海", "天津", "重庆"):
        return f"{value}市"
    return value if PROVINCES.fullmatch(value) else f"{value}省"


def _city(value: str, _: str) -> str:
    return value if value.endswith(("市", "自治州", "盟", "地区", "区", "县")) else f"{value}市"


def _district(value: str, column: str) -> str:
    has = value.endswith(("区", "县", "市", "旗"))
    return value if has else value + _unit_of(column, DISTRICT_UNITS, "")


def _street(value: str, column: str) -> str:
    has = value.endswith(("街道", "镇", "乡", "办事处", "街道办"))
    return value if has else value + _unit_of(column, STREET_UNITS, "")


def _community(value: str, column: str) -> str:
    has = value.endswith(("社区", "村", "居委会", "委会", "居委"))
    return value if has else value + _unit_of(column, COMMUNITY_UNITS, "")


def _road(value: str, _: str) -> str:
    return value if ROADS.fullmatch(value) or not value[-1:].isalpha() else f"{value}路"


def _lane(value: str, column: str) -> str:
    return value + _unit_of(column, LANE_UNITS, "弄") if BARE.fullmatch(value) else value


def _door(value: str, _: str) -> str:
    return f"{value}号" if BARE.fullmatch(value) else value


def _block(value: str, column: str) -> str:
    bare = value.removesuffix("#").removesuffix("号")
    return bare + _unit_of(column, BLOCK_UNITS, "号楼") if BARE.fullmatch(bare) else value


def _room(value: str, _: str) -> str:
    return f"{value}室" if BARE.fullmatch(value) else value


def _floor(value: str, _: str) -> str:
    bare = value.removesuffix("F").removesuffix("f").removesuffix("楼")
    return f"{bare}层" if BARE.fullmatch(bare) else value


def _entrance(value: str, _: str) -> str:
    return f"{value}单元" if BARE.fullmatch(value) else value


def _as_typed(value: str, _: str) -> str:
    return value


UNITS: Final[Mapping[str, Callable[[str, str], str]]] = {
    "province": _province,
    "city": _city,
    "district": _district,
    "street": _street,
    "community": _community,
    "compound": _as_typed,
    "road": _road,
    "lane": _lane,
    "door": _door,
    "block": _block,
    "unit": _entrance,
    "floor": _floor,
    "room": _room,
}
