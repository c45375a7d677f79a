"""Numbers in any script, written in digits: 十二, 壹贰, ①, Ⅲ and full-width ones."""

from __future__ import annotations

import re
from typing import Final

DIGITS: Final = (
    {sign: str(n) for n, sign in enumerate("零一二三四五六七八九")}
    | {sign: str(n + 1) for n, sign in enumerate("壹贰叁肆伍陆柒捌玖")}
    | {"\u3007": "0", "○": "0", "貳": "2", "參": "3", "陸": "6"}
)
TENS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
SCORES: Final = {"廿": "二十", "卅": "三十"}
ROMAN: Final = str.maketrans(
    {chr(first + n): str(n + 1) for first in (0x2160, 0x2170) for n in range(12)}
)
"""The signs for Roman numbers one to twelve, capital and small."""

BEFORE: Final = (
    r"[-#0-9号栋幢座楼门梯层室房户弄支组队巷路街道里村区期之附及甲乙丙丁]|单元?|大[道街院]|$"
)
"""What a numeral stands before where it is a number, and not part of a name like 三元桥."""

SIGN: Final = "".join((*DIGITS, *TENS, *SCORES))
_RUN: Final = re.compile(f"[{SIGN}]+(?={BEFORE})")
_HAS: Final = re.compile(f"[{SIGN}]")
_MORE: Final = re.compile(r"[1-9]")


def with_digits(text: str) -> str:
    """
    Write the numbers of an address in digits.

    Parameters
    ----------
    text
        In Chinese, full-width signs made narrow already.

    Returns
    -------
    text
        With 十二号 as 12号, and 三301 as 3-301; a numeral inside a name stays as it is.
    """
    if _HAS.search(text) is None:
        return text
    return _RUN.sub(
        lambda run: number(run[0]) + ("-" if _MORE.match(text, run.end()) else ""), text
    )


def number(numerals: str) -> str:
    """
    Read a run of Chinese numerals: 一二〇三 digit by digit, 一百零二 by its tens.

    Parameters
    ----------
    numerals
        Plain or formal ones.

    Returns
    -------
    digits
        As they are written in an address.
    """
    for score, words in SCORES.items():
        numerals = numerals.replace(score, words)
    if not any(sign in TENS for sign in numerals):
        return "".join(DIGITS[sign] for sign in numerals)
    total, waiting = 0, ""
    for sign in numerals:
        if sign in TENS:
            total += int(waiting or 1) * TENS[sign]
            waiting = ""
        else:
            waiting += DIGITS[sign]
    return str(total + int(waiting or 0))
