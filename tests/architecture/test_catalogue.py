"""The catalogue: both languages for every sentence, and no sentence too many or too few."""

from string import Formatter

from gridmap.messages import LANGUAGES, catalogue
from tests.architecture.keys import asked, is_asked_for, patterns

ALWAYS_THERE = {"faults": {"layer", "row"}}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_sentence_is_there_in_both_languages() -> None:
    wrong = {
        key
        for key, texts in catalogue().items()
        if set(texts) != set(LANGUAGES) or not all(text.strip() for text in texts.values())
    }
    assert wrong == set()


def test_both_languages_use_the_same_fields_and_plain_names() -> None:
    wrong = {
        key
        for key, texts in catalogue().items()
        if placeholders(texts["zh"]) != placeholders(texts["en"])
        or not all(name.isidentifier() for name in placeholders(texts["en"]))
    }
    assert wrong == set()


def test_every_sentence_is_asked_for_somewhere() -> None:
    assert {key for key in catalogue() if not is_asked_for(key)} == set()


def test_every_sentence_the_code_asks_for_exists() -> None:
    missing = {f"{one.where} {one.key}" for one in asked() if one.key not in catalogue()}
    assert missing == set()


def test_a_sentence_gets_all_its_fields_where_they_are_plain_to_see() -> None:
    poor = {
        f"{one.where} {one.key} lacks {', '.join(sorted(lacking))}"
        for one in asked()
        if one.fields is not None and one.key in catalogue()
        if (
            lacking := placeholders(catalogue()[one.key]["en"])
            - one.fields
            - ALWAYS_THERE.get(one.key.partition(".")[0], set())
        )
    }
    assert poor == set()


def test_kinds_that_pass_through_functions_are_found() -> None:
    keys = {one.key for one in asked()}
    assert {"crs.missing", "faults.missing_column", "faults.rule_band"} <= keys
    assert any(pattern.fullmatch("faults.anything") for pattern in patterns())
