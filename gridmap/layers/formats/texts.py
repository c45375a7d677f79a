"""How the bytes of a text are written: UTF-8, or something that must be declared."""

from __future__ import annotations


def guess_encoding(content: bytes) -> str:
    """
    Guess the encoding of a text by trying, strictly, what planners' files are written in.

    Parameters
    ----------
    content
        The bytes of the text; a byte order mark is welcome.

    Returns
    -------
    encoding
        `utf-8`, `gbk`, `gb18030`, or "" where it is none of them.
    """
    for encoding in ("utf-8", "gbk", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return ""
