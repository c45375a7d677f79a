"""How the bytes of a text are written: UTF-8, GBK, GB18030, UTF-16, or something to declare."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final

from charset_normalizer import from_bytes

SAMPLE_BYTES: Final = 65_536
CANDIDATES: Final = ("gb18030", "cp1252")
BEYOND_ASCII: Final = bytes(range(0x80, 0x100))
WIDE_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
CUT_SHORT: Final = "unexpected end of data"
PLAUSIBLE: Final = 0.8
"""Share of common Chinese characters from which a text is Chinese without asking further."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """
    What a text says, and how it was written.

    `text` is None where no encoding fits all of it. Then `line` is the first one, from 1, that
    does not fit `encoding`, in which the most are written; it is None where no encoding of those
    that are read without a declaration is likely, and `encoding` is then a guess, or "".
    """

    encoding: str
    text: str | None
    line: int | None = None


def decode(content: bytes) -> Decoding:
    """
    Decode a text that does not say how it is written.

    All of it must fit: a text of which some lines are UTF-8 and some are GBK is not decoded.

    Parameters
    ----------
    content
        The bytes of the text; a byte order mark is welcome.

    Returns
    -------
    decoding
        UTF-8, UTF-16 with its mark, GBK or GB18030; without a text where it is none of them.
    """
    if content.startswith(WIDE_MARKS):
        return decode_as(content, "utf-16")
    try:
        return Decoding("utf-8", content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        whole = content[: error.start]
        if error.reason == CUT_SHORT and _is_chinese_utf8(whole):
            return Decoding("utf-8", None, whole.count(b"\n") + 1)
        return _decode_chinese(content)


def decode_as(content: bytes, encoding: str) -> Decoding:
    """
    Decode a text whose encoding is known.

    Parameters
    ----------
    content
        The bytes of the text; a byte order mark is welcome.
    encoding
        As Python calls it.

    Returns
    -------
    decoding
        Without a text, and with the first line that does not fit, where it is another one.
    """
    name = codecs.lookup(encoding).name
    try:
        return Decoding(name, content.decode("utf-8-sig" if name == "utf-8" else name))
    except UnicodeDecodeError as error:
        read = content[: error.start].decode(name, "ignore")
        return Decoding(name, None, read.count("\n") + 1)


def guess_encoding(content: bytes) -> str:
    """
    Guess the encoding of a text.

    UTF-8 is found by reading all of it. Anything else is only a guess, good enough to tell
    somebody what to declare.

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
        if _is_plainly_chinese(sample):
            guess = "gb18030"
        else:
            best = from_bytes(sample, cp_isolation=list(CANDIDATES)).best()
            guess = best.encoding if best else ""
        return "gbk" if guess == "gb18030" and _fits(sample, "gbk") else guess
    return "utf-8"


def _decode_chinese(content: bytes) -> Decoding:
    lines = content.split(b"\n")
    odd = [n for n, line in enumerate(lines, 1) if not line.isascii()]
    utf8 = [n for n in odd if _is_chinese_utf8(lines[n - 1])]
    if utf8:
        others = [n for n in odd if not _fits(lines[n - 1], "utf-8")]
        mostly_utf8 = (len(utf8), -utf8[0]) > (len(others), -others[0])
        return Decoding(*("utf-8", None, others[0]) if mostly_utf8 else ("gbk", None, utf8[0]))
    guess = guess_encoding(b"\n".join(lines[n - 1] for n in odd))
    if guess not in {"gbk", "gb18030"}:
        return Decoding(guess, None)
    for encoding in ("gbk", "gb18030"):
        decoding = decode_as(content, encoding)
        if decoding.text is not None:
            return decoding
    return decoding


def _is_chinese_utf8(line: bytes) -> bool:
    """Is it valid UTF-8 with a Chinese character, which hardly any line of GBK is by chance."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return any("\u3000" <= sign <= "\u9fff" or "\uff00" <= sign <= "\uffef" for sign in text)


def _is_plainly_chinese(sample: bytes) -> bool:
    """Are nearly all its characters among the 3755 commonest and the signs of GB 2312."""
    try:
        signs = {sign for sign in sample.decode("gb18030") if not sign.isascii()}
    except UnicodeDecodeError:
        return False
    leads = [sign.encode("gb18030") for sign in signs]
    common = [sign for sign in leads if _is_common(sign)]
    return bool(leads) and len(common) >= PLAUSIBLE * len(leads)


def _is_common(sign: bytes) -> bool:
    return len(sign) == 2 and sign[1] >= 0xA1 and (sign[0] <= 0xA3 or 0xB0 <= sign[0] <= 0xD7)  # noqa: PLR2004


def _fits(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
