"""Words that more than one resource takes: nothing that a table could not hold gets in."""

import math
from typing import Annotated

from fastapi import Path, Query
from pydantic import BeforeValidator, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue

from gridmap.messages import Language

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
LanguageAsked = Annotated[
    Language | None,
    Query(description="Of what is shown; without it the header Accept-Language decides."),
]
Box = tuple[float, float, float, float]


class Written:
    """Something that is written as text in an address, whatever it is read as."""

    def __init__(self, *examples: str, pattern: str) -> None:
        self.said = {"type": "string", "pattern": pattern, "examples": list(examples)}

    def __get_pydantic_json_schema__(
        self, schema: object, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Say how it is written."""
        del schema, handler
        return dict(self.said)


def read_once(written: object) -> str:
    """Take what is said once: FastAPI hands over a list for whatever is read as more than one."""
    (once,) = written if isinstance(written, list) else [written]
    return str(once)


def read_box(written: object) -> object:
    """Read west, south, east, north; heights may stand between and count for nothing."""
    numbers = [float(part) for part in read_once(written).split(",")]
    if len(numbers) == 6:  # noqa: PLR2004 (with heights)
        numbers = [*numbers[0:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):  # noqa: PLR2004
        raise ValueError(written)
    west, south, east, north = numbers
    if not (-180 <= min(west, east) <= max(west, east) <= 180 and -90 <= south <= north <= 90):  # noqa: PLR2004
        raise ValueError(written)
    return numbers


BoxField = Annotated[
    Box | None,
    BeforeValidator(read_box),
    Written("113.8,22.5,114.0,22.7", pattern=r"^-?[0-9.]+(,-?[0-9.]+){3}(,-?[0-9.]+){0,2}$"),
]
"""West, south, east and north in degrees, as OGC API writes them."""
