"""Words that more than one resource takes: nothing that a table could not hold gets in."""

from typing import Annotated

from fastapi import Path
from pydantic import StringConstraints

PRINTED = r"^[^\x00-\x1f\x7f/]+$"
"""No control characters, and no slash, because names stand in addresses."""

Word = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=PRINTED),
]
Password = Annotated[str, StringConstraints(min_length=1, max_length=256)]
NamePath = Annotated[str, Path(min_length=1, max_length=80, pattern=PRINTED, examples=["王敏"])]
CommunityPath = Annotated[
    str, Path(min_length=1, max_length=40, pattern=PRINTED, examples=["440305001001"])
]
CodePath = Annotated[
    str,
    Path(min_length=1, max_length=40, pattern=PRINTED, examples=["440305001001003"]),
]
NumberPath = Annotated[int, Path(ge=1, le=2**31 - 1)]
