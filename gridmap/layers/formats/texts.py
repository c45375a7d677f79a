"""How the bytes of a text are written: UTF-8, or something that must be declared."""

from __future__ import annotations

from typing import Final

from charset_normalizer import from_bytes

SAMPLE_BYTES: Final = 65_536
CANDIDATES: Final = ("gb18030", "cp1252")
BEYOND_ASCII: Final = bytes(range(0x80, 0x100))


def guess_encoding(content: bytes) -> str:
    """
    Guess the encoding of a text.

    UTF-8 is found by reading all of it. Anything else is only a guess, good enough to tell
    somebody what to declare and never used to read.

    Parameters
    ----------
    content
        The bytes of the text; a byte order mark is welcome.

    Returns
    -------
    encoding
        `utf-8`, the likeliest of the others, or "" where it is no text at all.
    """
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        # The sample must not end inside a character.
        sample = content[:SAMPLE_BYTES].rstrip(BEYOND_ASCII) or content
        best = from_bytes(sample, cp_isolation=list(CANDIDATES)).best()
        guess = best.encoding if best else ""
        return "gbk" if guess == "gb18030" and _is_gbk(sample) else guess
    return "utf-8"


def _is_gbk(sample: bytes) -> bool:
    try:
        sample.decode("gbk")
    except UnicodeDecodeError:
        return False
    return True
