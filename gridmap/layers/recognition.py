"""
Which column of a file holds what, and how surely.

The name speaks first: a synonym, a synonym with harmless words around it, something that reads
much like one. The content speaks with it or against it. What is sure is used at once; the rest
is told with its confidence, and used only once somebody has confirmed it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final, Literal

from gridmap.layers.evidence import Evidence, weigh
from gridmap.layers.personal import personal_columns
from gridmap.layers.synonyms import (
    COLUMN_NAMES,
    POINTS,
    plain,
)
from gridmap.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from gridmap.layers.opened import OpenedLayer

Source = Literal["mapping", "remembered", "recognised"]

SURE: Final = 0.9
OFFERED: Final = 0.6
"""Below it a likeness is no guess at all."""
EXACT: Final = 1.0
HARMLESS: Final = 0.88  # a synonym with words that change nothing around it
WITHIN: Final = 0.62  # a synonym with words that may change what is meant
ALIKE: Final = 0.75  # shares of letters in common below it are chance
SPELLED_ALIKE: Final = 0.82
AGREES: Final = 0.07
CONFLICTS: Final = 0.5
TIED: Final = 0.05
UNSURE: Final = 0.85  # the most that one of two equally good columns can have

SHAPEFILE_NAME_BYTES: Final = 10
GENERIC: Final = frozenset(
    map(
        plain,
        (
            *("id", "name", "label", "type", "kind", "class", "code", "building", "household"),
            *("grid", "unit", "level", "use", "function", "compound", "community", "people"),
            *("lock", "duty", "skill", "nature", "nom", "homes", "members", "need", "x", "y"),
            *(
                "编号",
                "序号",
                "名称",
                "名",
                "代码",
                "编码",
                "类型",
                "类别",
                "种类",
                "等级",
                "户",
                "层",
            ),
            *("小区", "社区", "网格", "桥", "隧道", "需求", "高度", "楼栋", "在岗", "锁定", "技能"),
        ),
    )
)
"""Names too short or too common to be looked for inside other names."""

HARMLESS_WORDS: Final = (
    *(
        "信息",
        "情况",
        "资料",
        "登记",
        "数据",
        "台账",
        "基本",
        "基础",
        "住户",
        "家庭",
        "本户",
        "每户",
    ),
    *(
        "户内",
        "房屋",
        "住宅",
        "房产",
        "楼栋",
        "建筑物",
        "建筑",
        "所属",
        "所在",
        "现",
        "居住",
        "实际",
    ),
    *(
        "详细",
        "标准",
        "完整",
        "具体",
        "总",
        "合计",
        "共",
        "全部",
        "号码",
        "编码",
        "代码",
        "编号",
        "的",
    ),
    *("填写", "必填", "字段", "列", "地上", "系统", "统一"),
)
HARMLESS_PATTERN: Final = re.compile(f"(?:{'|'.join(HARMLESS_WORDS)}|[\\W_\\d])*")
HEADS: Final = re.compile(r"[/\\|>:：→]")

KINDS: Final[Mapping[str, str]] = {
    "households": "count",
    "persons": "count",
    "floors": "floor",
    "units_per_floor": "count",
    "address": "address",
    "building_id": "known_id",
    "lon": "lon",
    "lat": "lat",
}


@dataclass(frozen=True, slots=True)
class Guess:
    """One column of the schema, the file's column that holds it, and how sure that is."""

    name: str
    column: str  # "" where the mapping says that the file has none
    confidence: float  # 0 to 1
    source: Source = "recognised"

    @property
    def is_sure(self) -> bool:
        """Is it used without asking anybody."""
        return self.confidence >= SURE


def recognise(
    opened: OpenedLayer, *, known_ids: AbstractSet[str] = frozenset()
) -> tuple[Guess, ...]:
    """
    Find the best column of a file for each column of its layer.

    Parameters
    ----------
    opened
        A layer as it was found.
    known_ids
        Ids of the buildings, for a ledger.

    Returns
    -------
    guesses
        At most one a column of the schema, and one a column of the file; first those that are
        declared, then by name. Mappings to columns the file does not have are left out.
    """
    columns = [str(name) for name in opened.frame.columns]
    declared = _declared(opened, columns)
    settled = {guess.name for guess in declared}
    taken = {guess.column for guess in declared}
    private = set(personal_columns(opened))
    names = {n: s for n, s in _names(opened).items() if n not in opened.mapping.columns}
    weighed: dict[str, Evidence] = {}

    def evidence(column: str) -> Evidence:
        if column not in weighed:
            weighed[column] = weigh(opened.frame[column], known_ids)
        return weighed[column]

    free = [c for c in columns if c not in taken and c != geometry_name(opened)]
    exact = _exact(opened, names, [c for c in free if _may_be(opened.layer, c, private)])
    exact = [_judged(guess, opened.layer, evidence(guess.column)) for guess in exact]
    sure = {guess.name for guess in exact if guess.is_sure}
    taken |= {guess.column for guess in exact if guess.is_sure}
    rest = [c for c in free if c not in taken and c not in private]
    wanted = {n: s for n, s in names.items() if n not in sure | settled}
    likely = [
        _judged(Guess(name, column, score), opened.layer, evidence(column))
        for name, synonyms in wanted.items()
        for column in rest
        if (score := _likeness(column, synonyms)) >= OFFERED
    ]
    doubtful = [guess for guess in exact if not guess.is_sure]
    best = _best([*_untied(likely), *doubtful])
    return (*declared, *(guess for guess in exact if guess.is_sure), *best)


def _may_be(layer: str, column: str, private: AbstractSet[str]) -> bool:
    """May a column be used: a household's own id may be one that has to be hidden first."""
    names = map(plain, COLUMN_NAMES["households"]["household_id"])
    return column not in private or (layer == "households" and plain(column) in names)


def _declared(opened: OpenedLayer, columns: Iterable[str]) -> list[Guess]:
    have, recalled = {*columns, ""}, opened.mapping.recalled
    return [
        Guess(name, column, EXACT, "remembered" if name in recalled else "mapping")
        for name, column in opened.mapping.columns.items()
        if column in have
    ]


def _names(opened: OpenedLayer) -> dict[str, tuple[str, ...]]:
    names = dict(COLUMN_NAMES[opened.layer])
    has_points = "Point" in TABLES[opened.layer].geometry and geometry_name(opened) is None
    return {**names, **POINTS} if has_points else names


def geometry_name(opened: OpenedLayer) -> str | None:
    """
    Name the column of geometry that a layer was read with.

    Parameters
    ----------
    opened
        A layer as it was found.

    Returns
    -------
    name
        None for a table.
    """
    name = getattr(opened.frame, "_geometry_column_name", None)
    return name if name in opened.frame.columns else None


def _exact(
    opened: OpenedLayer, names: Mapping[str, tuple[str, ...]], columns: list[str]
) -> list[Guess]:
    """Take synonyms in their order of trust; no column of the file stands for two."""
    have = {plain(column): column for column in reversed(columns)}
    is_cut = opened.file.lower().endswith(".shp")
    taken: set[str] = set()
    guesses = []
    for name, synonyms in names.items():
        words = map(plain, (*synonyms, *(_cut(word) for word in synonyms if is_cut)))
        column = next((have[w] for w in words if w in have and have[w] not in taken), None)
        if column is not None:
            taken.add(column)
            guesses.append(Guess(name, column, EXACT))
    return guesses


def _judged(guess: Guess, layer: str, evidence: Evidence) -> Guess:
    """Let the content speak: with the name, or against it."""
    own = guess.name == TABLES[layer].index
    kind = "id" if own else KINDS.get(guess.name, "")
    if evidence.speaks_against(kind):
        return replace(guess, confidence=round(guess.confidence * CONFLICTS, 2))
    is_other = own and layer == "households" and plain(guess.column) in GENERIC
    if is_other and evidence.speaks_for("known_id") and evidence.repeats > CONFLICTS:
        return replace(guess, confidence=round(guess.confidence * CONFLICTS, 2))
    agrees = AGREES if evidence.speaks_for(kind) else 0.0
    top = EXACT if guess.confidence == EXACT else EXACT - TIED
    return replace(guess, confidence=round(min(guess.confidence + agrees, top), 2))


def _likeness(column: str, synonyms: Iterable[str]) -> float:
    asked = plain(column)
    parts = [plain(part) for part in HEADS.split(column)]
    return max(_like(asked, parts[-1], plain(synonym)) for synonym in synonyms)


def _like(asked: str, last: str, synonym: str) -> float:
    if asked != last == synonym:
        return HARMLESS + TIED
    if synonym in GENERIC or len(synonym) < len("户数"):
        return 0.0
    if synonym in asked and not synonym.isascii():
        around = asked.replace(synonym, "", 1)
        return HARMLESS if HARMLESS_PATTERN.fullmatch(around) else WITHIN
    if asked.startswith(f"{synonym}_") or asked.endswith(f"_{synonym}"):
        return WITHIN
    ratio = SequenceMatcher(None, asked, synonym).ratio()
    return ratio * SPELLED_ALIKE if ratio >= ALIKE else 0.0


def _untied(guesses: list[Guess]) -> list[Guess]:
    """Let nobody be sure where two columns of the file are as good as each other."""
    return [
        replace(guess, confidence=min(guess.confidence, UNSURE))
        if any(
            other.name == guess.name
            and other.column != guess.column
            and abs(other.confidence - guess.confidence) < TIED
            for other in guesses
        )
        else guess
        for guess in guesses
    ]


def _best(guesses: list[Guess]) -> list[Guess]:
    """Give every column of the schema its best guess, and every column of the file one use."""
    names: set[str] = set()
    columns: set[str] = set()
    best = []
    for guess in sorted(guesses, key=lambda one: -one.confidence):
        if guess.name not in names and guess.column not in columns:
            names.add(guess.name)
            columns.add(guess.column)
            best.append(guess)
    return best


def _cut(name: str) -> str:
    """Cut a name as a Shapefile does: to ten bytes, whatever they cut through."""
    return name.encode()[:SHAPEFILE_NAME_BYTES].decode(errors="ignore")
