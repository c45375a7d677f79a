"""
In what encoding the texts of a Shapefile's table are, whatever its `.cpg` says.

Bytes that are UTF-8 with Chinese in it are UTF-8: nothing else comes out that way. Bytes that are
not UTF-8, and nearly all common Chinese characters in GBK, are GBK. What could be either, or
neither, is believed to be what the files say it is; where they say nothing, somebody must.
"""

from __future__ import annotations

import codecs
import re
import struct
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Evidence = Literal["ascii", "utf-8", "gbk", "gb18030", "unclear"]

HEADER_BYTES: Final = 32
FIELD_BYTES: Final = 32
NAME_BYTES: Final = 11
LANGUAGE_BYTE: Final = 29
CODEPAGE_UTF_8: Final = "65001"
LAST_ASCII: Final = 0x7F
LAST_OF_PLANE: Final = 0xFFFF
LANGUAGES: Final = {0x4D: "gbk", 0x7A: "gbk", 0x4F: "big5", 0x78: "big5", 0x03: "cp1252"}
"""What the language driver of a table says; 0x57 (ANSI) and 0 say nothing."""

SAMPLE_BYTES: Final = 1 << 26
SAMPLE_TEXTS: Final = 20_000
COMMON_SHARE: Final = 0.9
"""Of the characters of a Chinese text at least this share is in GB 2312, the everyday set."""
FEWEST_HANZI: Final = 4
"""With fewer than these nothing is certain: two letters of Greek are a character of GBK."""
LATIN_SHARE: Final = 0.2
"""More hanzi than this beside small Latin letters are accented letters that were misread."""

HANZI: Final = re.compile(r"[\u4e00-\u9fff]")
BESIDE_LETTERS: Final = re.compile(r"[a-z][\u4e00-\u9fff]|[\u4e00-\u9fff][a-z]")


def said_encoding(table: Path, said: Path | None) -> str:
    """
    Read what the files say of the encoding.

    Parameters
    ----------
    table
        The `.dbf` file, for its language byte.
    said
        The `.cpg` file, None if there is none.

    Returns
    -------
    encoding
        As Python calls it, "" where nothing (or nothing known) is said.
    """
    name = said.read_text("ascii", "ignore").strip() if said else ""
    if name.isdecimal():
        name = "utf-8" if name == CODEPAGE_UTF_8 else f"cp{name}"
    try:
        return codecs.lookup(name).name
    except LookupError:
        pass  # an empty or odd `.cpg` says as little as none
    with table.open("rb") as stream:
        header = stream.read(HEADER_BYTES)
    return LANGUAGES.get(header[LANGUAGE_BYTE], "") if len(header) == HEADER_BYTES else ""


def read_evidence(table: Path) -> tuple[Evidence, list[bytes]]:
    """
    Read from the bytes of a table what its encoding can be.

    Parameters
    ----------
    table
        A whole `.dbf` file.

    Returns
    -------
    evidence
        An encoding only if it is beyond doubt.
    texts
        Those names and values that are not plain ASCII, without a cut character at the end.
    """
    texts = _texts(table)
    if not texts:
        return "ascii", texts
    utf8 = decoded(texts, "utf-8")
    chinese = decoded(texts, "gb18030")
    if utf8 is not None and HANZI.search(utf8):
        return "utf-8", texts
    if chinese is None:
        return ("utf-8" if utf8 is not None else "unclear"), texts
    if utf8 is not None:
        return ("utf-8" if not _is_chinese(chinese) else "unclear"), texts
    if not _is_chinese(chinese):
        return "unclear", texts
    return ("gb18030" if decoded(texts, "gbk") is None else "gbk"), texts


def decoded(texts: list[bytes], encoding: str) -> str | None:
    """
    Read texts in an encoding; the last character of a text may have been cut off by its field.

    Parameters
    ----------
    texts
        As bytes.
    encoding
        Any that Python knows.

    Returns
    -------
    text
        One a line; None if any of them is not in this encoding.
    """
    try:
        reader = codecs.getincrementaldecoder(encoding)
        return "\n".join(reader().decode(text) for text in texts)
    except UnicodeDecodeError:
        return None


def _is_chinese(text: str) -> bool:
    """Tell a text in Chinese from accented letters, or anything else, that was read as one."""
    strange = [character for character in text if ord(character) > LAST_ASCII]
    common = sum(_is_common(character) for character in strange)
    hanzi = len(HANZI.findall(text))
    misread = len(BESIDE_LETTERS.findall(text))
    return (
        hanzi >= FEWEST_HANZI
        and common >= COMMON_SHARE * len(strange)
        and misread <= LATIN_SHARE * hanzi
    )


def _is_common(character: str) -> bool:
    if ord(character) > LAST_OF_PLANE:
        return True  # four bytes that fit by chance are rarer than rare characters
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _texts(table: Path) -> list[bytes]:
    with table.open("rb") as stream:
        content = stream.read(SAMPLE_BYTES)
    records, start, length = struct.unpack("<IHH", content[4:12])
    head = content[:start]
    places = range(HEADER_BYTES, len(head) - FIELD_BYTES + 1, FIELD_BYTES)
    fields = [head[at : at + FIELD_BYTES] for at in places]
    texts = [field[:NAME_BYTES].split(b"\0")[0] for field in fields]
    count = min(records, max(0, len(content) - start) // length) if length else 0
    if not count:
        return [text for text in texts if not text.isascii()]
    body = np.frombuffer(content, "uint8", count * length, start).reshape(count, length)
    at = 1  # the first byte of a record says whether it is deleted
    for field in fields:
        width = field[16]
        if field[11:12] == b"C":
            texts += _beyond_ascii(body[:, at : at + width])
        at += width
    return [text for text in texts if not text.isascii()]


def _beyond_ascii(column: NDArray[np.uint8]) -> list[bytes]:
    rows = column[(column > LAST_ASCII).any(axis=1)][:SAMPLE_TEXTS]
    return [bytes(row).rstrip(b" \0") for row in rows]
