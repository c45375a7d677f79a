"""Entrances of a ledger: however they are spelt, counted by building in the order of the doors."""

import pandas as pd
import pytest

from gridmap.layers.entrances import count_entrances, entrance_name
from gridmap.schema import ENTRANCES, HOUSEHOLDS


def ledger(*rows: tuple[str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["placed_in", "entrance", "persons"])


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        *(("2", "2"), ("02", "2"), ("2单元", "2"), ("二单元", "2"), ("第2单元", "2")),
        *(("\uff12 单元", "2"), ("单元2", "2"), ("3栋2单元", "2"), ("Unit 2", "2"), ("2号门", "2")),
        *(("十二单元", "12"), ("b门", "B"), ("甲单元", "甲"), ("东", "东"), ("0", "0")),
        *(("门", "门"), ("单元", "单元")),
    ],
)
def test_an_entrance_has_one_name_however_it_is_spelt(typed: str, name: str) -> None:
    assert entrance_name(typed) == name


def test_households_and_persons_are_counted_by_building_and_entrance() -> None:
    counts = count_entrances(
        ledger(("B", "1", 3), ("A", "二单元", 2), ("A", "2", 4), ("A", "1", 1))
    )
    assert counts.index.name == ENTRANCES.index
    assert dict(counts.dtypes.astype(str)) == dict(ENTRANCES.columns)
    assert list(counts.itertuples(name=None)) == [
        ("A", "1", 1, 1),
        ("A", "2", 2, 6),
        ("B", "1", 1, 3),
    ]


@pytest.mark.parametrize(
    "order", [["1", "2", "10"], ["A", "B"], ["甲", "乙", "丙"], ["东", "西"], ["1A", "1B", "2A"]]
)
def test_entrances_come_in_the_order_they_are_numbered_in(order: list[str]) -> None:
    counts = count_entrances(ledger(*(("A", door, 1) for door in sorted(order, reverse=True))))
    assert list(counts["entrance"]) == order


def test_a_household_without_a_place_or_an_entrance_is_not_counted() -> None:
    assert len(count_entrances(ledger(("", "1", 3), ("A", "", 2)))) == 0


def test_without_a_ledger_there_are_no_entrances() -> None:
    assert list(count_entrances(HOUSEHOLDS.empty()).columns) == list(ENTRANCES.columns)
