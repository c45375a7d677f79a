"""Grid codes: written, read back, given out."""

import numpy as np
import pytest

from gridmap.codes import PROFILES, number_from_northwest, profile_for
from gridmap.errors import CodesExhaustedError, InputError
from gridmap.messages import LANGUAGES
from gridmap.schema import CommunityCode, GridCode

COMMUNITY = CommunityCode("990101001001")
WIDE = {ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}


def test_bj15_is_the_community_and_three_digits() -> None:
    assert PROFILES["bj15"].format(COMMUNITY, 7) == "990101001001007"


def test_cjt213_is_the_community_and_two_digits() -> None:
    assert PROFILES["cjt213"].format(COMMUNITY, 7) == "99010100100107"


def test_a_community_without_a_12_digit_code_gets_a_dash_before_the_number() -> None:
    for name in ("12174", "olemps-12", "99010100100", "9901010010012", "九九〇一〇一〇〇一〇〇一"):
        community = CommunityCode(name)
        assert profile_for(community, "bj15").format(community, 7) == f"{name}-007"


def test_digits_of_other_scripts_are_no_code() -> None:
    assert profile_for(CommunityCode(COMMUNITY.translate(WIDE)), "bj15").name == "plain"


@pytest.mark.parametrize(("profile", "most"), [("bj15", 999), ("cjt213", 99)])
def test_a_profile_that_runs_out_of_numbers_says_so(profile: str, most: int) -> None:
    assert PROFILES[profile].format(COMMUNITY, most).endswith("9")
    with pytest.raises(CodesExhaustedError, match=f"more than {most} grids") as refused:
        PROFILES[profile].format(COMMUNITY, most + 1)
    assert refused.value.exit_code == 1
    assert all(str(most) in refused.value.message.text(language) for language in LANGUAGES)


def test_plain_codes_never_run_out() -> None:
    code = PROFILES["plain"].format(CommunityCode("a-b"), 12_345)
    assert PROFILES["plain"].parse(code) == ("a-b", 12_345)


@pytest.mark.parametrize(
    ("profile", "code"),
    [
        ("bj15", "99010100100100"),
        ("bj15", "9901010010010071"),
        ("bj15", "99010100100x007"),
        ("bj15", "990101001001-07"),
        ("bj15", "990101001001" + "007".translate(WIDE)),
        ("plain", "007"),
        ("plain", "a-07"),
        ("plain", "a-x07"),
        ("plain", ""),
    ],
)
def test_what_is_no_code_is_refused_by_name(profile: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        PROFILES[profile].parse(GridCode(code))
    (fault,) = refused.value.faults
    assert fault.kind == "code_unreadable"
    assert all(code in sentence for sentence in refused.value.sentences("zh"))


def test_an_unknown_code_profile_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(InputError, match="bj15, cjt213, plain"):
        profile_for(COMMUNITY, "bj16")


def number(*places: tuple[float, float]) -> list[int]:
    x, y = np.array(places, float).reshape(-1, 2).T
    return number_from_northwest(x, y).tolist()


def test_numbers_run_from_west_to_east_and_then_from_north_to_south() -> None:
    assert number((0, 0), (100, 0), (0, 100), (100, 100)) == [3, 4, 1, 2]


def test_places_a_little_higher_or_lower_are_still_in_one_row() -> None:
    assert number(
        (200, 103), (0, 96), (100, 104), (0, 0), (100, 7), (200, 2), (9, 50), (50, 55)
    ) == [
        3,
        1,
        2,
        6,
        7,
        8,
        4,
        5,
    ]


def test_one_place_and_none_can_be_numbered() -> None:
    assert number((5, 5)) == [1]
    assert number() == []


def test_places_on_top_of_each_other_still_get_a_number_each() -> None:
    assert sorted(number((1, 1), (1, 1), (1, 1))) == [1, 2, 3]


def test_numbers_do_not_hang_on_the_order_of_the_places() -> None:
    dice = np.random.default_rng(5)
    places = dice.uniform(0, 1000, (30, 2))
    order = dice.permutation(30)
    there = number_from_northwest(*places.T)
    back = number_from_northwest(*places[order].T)
    assert back.tolist() == there[order].tolist()
