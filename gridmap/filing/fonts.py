"""The font of the sheets: one that has Chinese, from this machine or a folder, or a refusal."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import typst

from gridmap.errors import FontError
from gridmap.messages import Message

if TYPE_CHECKING:
    from pathlib import Path

FAMILIES: Final = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN"),
    *("Microsoft YaHei", "PingFang SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei"),
    *("Noto Serif CJK SC", "Source Han Serif SC", "SimHei", "SimSun", "FangSong", "KaiTi"),
    *("AR PL UMing CN", "Droid Sans Fallback"),
)
"""Fonts that hold the characters of names and addresses in China, the first one there is taken."""


def find_fonts(folder: Path | None = None) -> tuple[typst.Fonts, str]:
    """
    Find the fonts to set sheets in.

    Parameters
    ----------
    folder
        Where fonts are; None is wherever this system keeps them.

    Returns
    -------
    fonts
        All of them.
    family
        The one to be used.

    Raises
    ------
    FontError
        If none of them has Chinese.
    """
    fonts = _fonts_of(folder)
    known = set(fonts.families())
    family = next((name for name in FAMILIES if name in known), None)
    if family is None:
        raise FontError(Message("filing.no_font", {"known": ", ".join(FAMILIES[:3])}))
    return fonts, family


@cache
def _fonts_of(folder: Path | None) -> typst.Fonts:
    """Look once: a system may have thousands."""
    if folder is None:
        return typst.Fonts(include_embedded_fonts=False)
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
    )
