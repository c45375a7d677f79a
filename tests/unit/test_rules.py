"""Rule profiles: those that come along, and files of one's own."""

import json
from pathlib import Path

import pytest

from gridmap.errors import InputError
from gridmap.rules import Band, Rules, load_rules, profile_names
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


def test_further_columns_get_bands_of_their_own(tmp_path: Path) -> None:
    text = '[loads.need]\nlow = 10\nhigh = 60\n[loads.hands]\nlow = 2.5\n[loads."独居老人"]\n'
    rules = load_rules(write(tmp_path, text))
    assert rules.loads == (Band("hands", 2.5), Band("need", 10, 60), Band("独居老人"))
    assert (rules.low, rules.high) == (300, 500)
    assert hash(rules) == hash(load_rules(write(tmp_path, text)))


def test_a_rule_with_further_loads_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    rules = load_rules(write(tmp_path, "[loads.need]\nhigh = 60\n[loads.age]\nlow = 1\n"))
    assert Rules.of(json.loads(json.dumps(rules.to_dict()))) == rules


def test_a_rule_saved_before_there_were_further_loads_has_none() -> None:
    saved = Rules().to_dict()
    del saved["loads"]
    assert Rules.of(saved) == Rules()


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("loads = 3\n", "rule_load_band", "loads"),
        ("[loads]\nneed = 60\n", "rule_load_band", "loads.need"),
        ("[loads.need]\nlow = 61\nhigh = 60\n", "rule_load_band", "loads.need"),
        ("[loads.need]\nlow = -1\n", "rule_load_band", "loads.need"),
        ("[loads.need]\nhigh = 0\n", "rule_load_band", "loads.need"),
        ("[loads.need]\nhigh = inf\n", "rule_load_band", "loads.need"),
        ("[loads.need]\nlow = nan\n", "rule_load_band", "loads.need"),
        ('[loads.need]\nhigh = "many"\n', "rule_load_band", "loads.need"),
        ("[loads.need]\nlow = true\n", "rule_load_band", "loads.need"),
        ("[loads.need]\nmid = 3\n", "rule_stranger", "loads.need.mid"),
        ("[loads.households]\nhigh = 500\n", "rule_load_counted", "loads.households"),
        ("[loads.persons]\nhigh = 500\n", "rule_load_counted", "loads.persons"),
        ("[loads.Need]\nhigh = 60\n", "rule_load_name", "loads.Need"),
        ('[loads."past incidents"]\nhigh = 60\n', "rule_load_name", "loads.past incidents"),
    ],
)
def test_a_load_that_cannot_be_is_refused(tmp_path: Path, text: str, kind: str, key: str) -> None:
    (fault,) = refused(write(tmp_path, text))
    assert (fault.kind, fault.fields["key"]) == (kind, key)
    assert key in fault.text("zh")


@pytest.mark.parametrize(
    ("band", "inside", "outside"),
    [
        (Band("need", 2, 5), (2, 3.5, 5), (1.9, 5.1)),
        (Band("need", 2), (2, 1e9), (1.9,)),
        (Band("need"), (0, 1e9), ()),
        (Band("need", 0, 0.3), (0.1 + 0.2,), (0.31,)),
    ],
)
def test_a_band_holds_what_lies_between_its_ends(
    band: Band, inside: tuple[float, ...], outside: tuple[float, ...]
) -> None:
    assert all(band.holds(load) for load in inside)
    assert not any(band.holds(load) for load in outside)
