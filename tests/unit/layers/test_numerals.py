"""Counts are read however they were typed, and nothing else is taken for one."""

import math

import pandas as pd
import pytest

from gridmap.layers.numerals import read_numbers


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("3", 3),
        (" 12 ", 12),
        ("12.0", 12),
        ("３户", 3),
        ("3人", 3),
        ("两人", 2),
        ("三", 3),
        ("十二", 12),
        ("二十", 20),
        ("一百零五户", 105),
        ("一万二千", 12_000),
        ("1,234", 1234),
        ("\uff11\uff0c\uff12\uff13\uff14", 1234),  # full width
        ("6层", 6),
        ("0012", 12),
        ("零", 0),
    ],
)
def test_a_count_is_read_however_it_is_typed(typed: str, meant: float) -> None:
    assert read_numbers(pd.Series([typed]))[0] == meant


@pytest.mark.parametrize(
    "typed", ["3-4", "3或4", "很多", "1,23", "3人4户", "三四", "1 2", "人", ""]
)
def test_what_is_no_count_is_none(typed: str) -> None:
    assert math.isnan(read_numbers(pd.Series([typed]))[0])
