"""What is wrong with a field is said in our words, not in the names of a library."""

from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from api.flaws import describe_flaw


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    word: Annotated[str, Field(min_length=2, max_length=3, pattern="^[a-z]+$")] = "ab"
    words: Annotated[list[str], Field(min_length=1, max_length=2)] = ["a"]
    count: Annotated[int, Field(ge=1, le=9)] = 1
    share: Annotated[float, Field(allow_inf_nan=False)] = 0.5
    sure: bool = True
    step: Literal["up", "down"] = "up"
    when: AwareDatetime | None = None
    more: dict[str, str] = {}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"word": "a"}, "This is too short: at least 2 characters."),
        ({"word": "abcd"}, "This is too long: at most 3 characters."),
        ({"word": "A1"}, "This holds characters that are not allowed here."),
        ({"word": 7}, "This has to be text."),
        ({"words": []}, "These are too few: at least 1."),
        ({"words": ["a", "b", "c"]}, "These are too many: at most 2."),
        ({"words": "ab"}, "This has to be a list."),
        ({"count": 0}, "This is too small: at least 1."),
        ({"count": 10}, "This is too large: at most 9."),
        ({"count": "many"}, "This has to be a whole number."),
        ({"count": 1.5}, "This has to be a whole number."),
        ({"share": "half"}, "This has to be a number."),
        ({"share": float("inf")}, "This has to be a number."),
        ({"sure": "perhaps"}, "This has to be true or false."),
        ({"step": "sideways"}, "This has to be one of up or down."),
        ({"when": "soon"}, "This has to be a time with its zone, as 2026-03-01T00:00:00+08:00."),
        (
            {"when": datetime(2026, 3, 1)},  # noqa: DTZ001 (that it has no zone is the point)
            "This has to be a time with its zone, as 2026-03-01T00:00:00+08:00.",
        ),
        ({"more": 1}, "This has to be an object."),
        ({"another": 1}, "There is no such field."),
    ],
)
def test_every_flaw_is_said_in_a_sentence_of_our_own(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Asked.model_validate(given)
    (flaw,) = refused.value.errors()
    assert describe_flaw(flaw["type"], flaw.get("ctx", {})).text("en") == sentence


def test_a_kind_that_nobody_knows_is_named() -> None:
    assert describe_flaw("odd_kind", {}).text("en") == "This is not usable (odd_kind)."
