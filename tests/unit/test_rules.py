"""Rule profiles: those that come along, and files of one's own."""

from pathlib import Path

import pytest

from gridmap.errors import InputError
from gridmap.rules import Rules, load_rules, profile_names
from gridmap.schema import Fault


def write(folder: Path, text: str) -> str:
    path = folder / "county.toml"
    path.write_text(text, "utf-8")
    return str(path)


def refused(name: str) -> list[Fault]:
    with pytest.raises(InputError) as error:
        load_rules(name)
    assert all(fault.level == "refused" for fault in error.value.faults)
    assert all(sentence for sentence in error.value.sentences("zh"))
    return list(error.value.faults)


def test_the_urban_profile_is_the_default_and_has_the_published_numbers() -> None:
    assert load_rules() == Rules()
    rules = load_rules("cn-urban")
    assert (rules.low, rules.target, rules.high, rules.persons_cap) == (300, 400, 500, 2500)
    assert (rules.micro_low, rules.micro_high) == (50, 80)


def test_the_rural_profile_lets_an_isolated_settlement_be_small() -> None:
    rules = load_rules("cn-rural")
    assert (rules.low, rules.target, rules.persons_cap) == (0, 300, 2500)


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_that_comes_along_can_be_used(name: str) -> None:
    assert load_rules(name).profile == name


def test_a_county_changes_only_what_its_file_says(tmp_path: Path) -> None:
    rules = load_rules(write(tmp_path, "target = 350\nhigh = 420\n"))
    assert rules == Rules(profile="county", target=350, high=420)


def test_a_whole_number_will_do_where_a_fraction_may_stand(tmp_path: Path) -> None:
    assert load_rules(write(tmp_path, "storey_m = 3\n")).storey_m == 3


def test_all_that_is_wrong_with_a_file_is_said_at_once(tmp_path: Path) -> None:
    text = 'targte = 350\nlow = -1\nhigh = "many"\npersons_cap = 2500.5\nmicro_low = true\n'
    faults = refused(write(tmp_path, text))
    found = [(fault.kind, fault.fields["key"]) for fault in faults]
    assert found == [
        ("rule_stranger", "targte"),
        ("rule_value", "low"),
        ("rule_value", "high"),
        ("rule_value", "persons_cap"),
        ("rule_value", "micro_low"),
    ]


@pytest.mark.parametrize(
    "text",
    ["low = 450\n", "target = 501\n", "high = 399\n", "micro_low = 90\n"],
)
def test_a_band_that_cannot_be_is_refused(tmp_path: Path, text: str) -> None:
    assert [fault.kind for fault in refused(write(tmp_path, text))] == ["rule_band"]


def test_a_file_that_is_no_toml_is_refused_with_the_place(tmp_path: Path) -> None:
    (fault,) = refused(write(tmp_path, "target = 350\nhigh is 420\n"))
    assert fault.kind == "rule_unreadable"
    assert "line 2" in fault.text("en")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "county.toml"
    path.write_bytes("# 每网格\ntarget = 350\n".encode("gbk"))
    assert [fault.kind for fault in refused(str(path))] == ["rule_unreadable"]


@pytest.mark.parametrize(
    "line", ["target = inf", "dwelling_m2 = nan", "dwelling_m2 = 0.0", "persons_cap = 0"]
)
def test_numbers_that_cannot_be_reckoned_with_are_refused(tmp_path: Path, line: str) -> None:
    assert [fault.kind for fault in refused(write(tmp_path, line))] == ["rule_value"]


def test_an_unknown_name_is_refused_with_the_names_there_are() -> None:
    (fault,) = refused("cn-lunar")
    assert fault.kind == "rule_unknown"
    assert "cn-rural, cn-urban" in fault.text("en")


def test_a_folder_is_no_rule(tmp_path: Path) -> None:
    assert [fault.kind for fault in refused(str(tmp_path))] == ["rule_unknown"]
