"""What stands on a sheet, read by a program that is not ours."""

from __future__ import annotations

import re
import subprocess


def read_pages(sheet: bytes) -> list[str]:
    """Give the text of every page, without the places where a word may break."""
    text = _poppler("pdftotext", sheet, "-raw").replace("\u200b", "")
    return text.split("\f")[:-1]


def read_words(sheet: bytes) -> list[tuple[float, float, str]]:
    """Give where every word begins and ends from left to right, in points."""
    found = re.findall(
        r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">(.*?)</word>',
        _poppler("pdftotext", sheet, "-bbox"),
    )
    return [(float(left), float(right), word) for left, right, word in found]


def describe(sheet: bytes) -> str:
    """Give what the file says of itself."""
    return _poppler("pdfinfo", sheet)


def _poppler(program: str, sheet: bytes, *options: str) -> str:
    into = ["-"] if program == "pdftotext" else []
    done = subprocess.run(  # noqa: S603 (the programs are ours to name)
        [program, *options, "-", *into], input=sheet, capture_output=True, check=True
    )
    return done.stdout.decode()
