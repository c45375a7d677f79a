"""Names and codes, told by their numbers."""

import pytest

from gis_data.names import Names, community_code, ordinal, short_code

NAMES = Names(seed=5)


def test_forty_thousand_roads_have_different_names() -> None:
    assert len({NAMES.road(number, across=False) for number in range(40_000)}) == 40_000


def test_five_thousand_communities_have_different_names() -> None:
    assert len({NAMES.place(number) for number in range(5_400)}) == 5_400


def test_twenty_thousand_compounds_have_different_names() -> None:
    assert len({NAMES.compound(number) for number in range(20_000)}) == 20_000


def test_roads_across_are_called_streets() -> None:
    assert NAMES.road(3, across=True).endswith("街")
    assert NAMES.road(3, across=False).endswith("路")


def test_another_seed_gives_other_names() -> None:
    assert Names(seed=6).road(0, across=True) != NAMES.road(0, across=True)


@pytest.mark.parametrize(
    ("number", "code"),
    [(0, "990101001001"), (9, "990101001010"), (10, "990101002001"), (9_990, "990102001001")],
)
def test_a_street_has_ten_communities_and_a_county_999_streets(number: int, code: str) -> None:
    assert community_code(number) == code
    assert short_code(number) == code[4:]


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (99, "九十九")]
)
def test_ordinals_are_written_as_they_are_spoken(number: int, text: str) -> None:
    assert ordinal(number) == text
