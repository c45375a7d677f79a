"""Ledgers of persons become households with nobody lost, and nothing about persons is kept."""

import pandas as pd
import pytest

from gridmap.layers.columns import FittedLayer, fit_columns
from gridmap.layers.mapping import LayerMapping
from gridmap.layers.opened import OpenedLayer
from gridmap.layers.personal import is_identity
from gridmap.schema import Fault

WHO = "11010519491231002X"  # the example of the national standard; nobody's
OTHER = "440524188001010014"


def read(rows: list[dict[str, str]]) -> tuple[FittedLayer, list[Fault]]:
    frame = pd.DataFrame(rows, dtype="str").fillna("")
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    return fit_columns(OpenedLayer("households", "ledger.csv", frame))


def kinds(faults: list[Fault]) -> list[str]:
    return [fault.kind for fault in faults]


def test_an_identity_number_has_a_date_and_a_check_sign() -> None:
    assert is_identity(WHO)
    assert is_identity(OTHER)
    assert not is_identity("110105194912310021")
    assert not is_identity("110105194913310020")


def test_columns_about_persons_are_dropped_with_one_note() -> None:
    rows = [{"户号": "1", "地址": "a", "户主姓名": "甲", "联系电话": "1", "备注": WHO}]
    fitted, faults = read(rows)
    assert kinds(faults) == ["personal_dropped"]
    assert faults[0].fields["columns"] == "户主姓名, 联系电话, 备注"
    assert WHO not in fitted.frame.to_csv()
    assert "甲" not in fitted.frame.to_csv()


def test_identity_numbers_as_ids_become_the_row_where_they_are_first_seen() -> None:
    rows = [{"户号": who, "地址": "a"} for who in (WHO, OTHER, WHO, WHO.lower())]
    fitted, faults = read(rows)
    assert fitted.frame["household_id"].to_list() == ["row 2", "row 3", "row 2", "row 2"]
    assert kinds(faults) == ["identities_as_rows"]


def test_a_single_identity_number_among_ids_is_not_kept_either() -> None:
    fitted, _ = read([{"户号": name, "地址": "a"} for name in ("1", "2", "3", WHO)])
    assert fitted.frame["household_id"].to_list() == ["1", "2", "3", "row 5"]


def test_a_mapping_to_a_personal_column_is_refused() -> None:
    frame = pd.DataFrame({"户号": ["1"], "地址": ["a"], "姓名": ["甲"]}, dtype="str")
    mapping = LayerMapping(columns={"need": "姓名"})
    _, faults = fit_columns(OpenedLayer("households", "a.csv", frame, mapping))
    assert ("personal_mapped", "refused") in [(one.kind, one.level) for one in faults]


def test_identity_numbers_inside_texts_are_blotted_out() -> None:
    fitted, faults = read([{"户号": "1", "地址": f"人民路1号 {WHO}"}])
    assert fitted.frame["address"].to_list() == ["人民路1号 ****"]
    assert kinds(faults) == ["identities_hidden"]


def test_one_row_a_person_becomes_one_row_a_household() -> None:
    rows = [
        {"户号": "1", "地址": "a", "与户主关系": "户主", "姓名": "甲"},
        {"户号": "1", "地址": "", "与户主关系": "子", "姓名": "乙"},
        {"户号": "2", "地址": "b", "与户主关系": "户主", "姓名": "丙"},
    ]
    fitted, faults = read(rows)
    frame = fitted.frame
    assert frame["household_id"].to_list() == ["1", "2"]
    assert frame["persons"].to_list() == [2, 1]
    assert frame["row"].to_list() == [2, 4]
    assert kinds(faults) == ["personal_dropped", "persons_gathered"]


def family(*rows: tuple[str, str]) -> list[dict[str, str]]:
    return [
        {"与户主关系": relation, "姓名": f"某{n}", "地址": where}
        for n, (relation, where) in enumerate(rows)
    ]


def test_the_row_of_a_head_begins_a_household_where_no_id_does() -> None:
    rows = family(("户主", "a"), ("子", ""), ("妻", "a"), ("户主", "a"), ("本人", "b"), ("女", "b"))
    fitted, faults = read(rows)
    assert fitted.frame["persons"].to_list() == [3, 1, 2]
    assert fitted.frame["row"].to_list() == [2, 5, 6]
    assert set(fitted.frame["household_id"]) == {""}
    assert kinds(faults) == ["personal_dropped", "persons_gathered", "households_by_heads"]


@pytest.mark.parametrize(
    "rows",
    [
        family(("子", "a"), ("户主", "a")),
        family(("户主", "a"), ("子", "b")),
        family(("妻", "a"), ("子", "a")),
    ],
)
def test_rows_that_do_not_stand_under_their_head_are_refused(rows: list[dict[str, str]]) -> None:
    _, faults = read(rows)
    assert "persons_without_household" in kinds(faults)


def test_a_household_whose_rows_disagree_stays_apart() -> None:
    rows = [
        {"户号": "1", "楼栋编号": "B1", "人员编号": "p1"},
        {"户号": "1", "楼栋编号": "B1", "人员编号": "p2"},
        {"户号": "1", "楼栋编号": "B2", "人员编号": "p3"},
        {"户号": "1", "楼栋编号": "", "人员编号": "p4"},
    ]
    fitted, _ = read(rows)
    assert fitted.frame["building_id"].to_list() == ["B1", "B2", ""]
    assert fitted.frame["persons"].to_list() == [2, 1, 1]


def test_a_person_in_two_households_is_named_by_both_rows_and_by_nothing_else() -> None:
    rows = [
        {"户号": "1", "地址": "a", "人员编号": "secret"},
        {"户号": "2", "地址": "b", "人员编号": "secret"},
    ]
    fitted, faults = read(rows)
    (fault,) = [one for one in faults if one.kind == "person_twice"]
    assert (fault.row, fault.fields["first"]) == (3, 2)
    assert fitted.frame["persons"].to_list() == [1, 1]
    assert not any("secret" in fault.text("en") for fault in faults)
    assert "secret" not in fitted.frame.to_csv()


def test_a_person_listed_twice_in_a_household_is_counted_once_and_told() -> None:
    rows = [{"户号": "1", "地址": "a", "人员编号": who} for who in ("p", "p", "q", "", "")]
    fitted, faults = read(rows)
    assert fitted.frame["persons"].to_list() == [4]
    assert [(one.kind, one.row) for one in faults][1:] == [("person_repeated", 3)]


@pytest.mark.parametrize(
    "told", ["无", "不详", "-", "0", "440524********0014", "440524188001010000"]
)
def test_two_persons_without_a_number_of_their_own_are_two(told: str) -> None:
    rows = [{"户号": "1", "地址": "a", "户主关系": "子", "身份证号": told}] * 2
    known = (WHO, OTHER, "110105194912311006")
    rows += [{"户号": "2", "地址": "b", "户主关系": "子", "身份证号": who} for who in known]
    fitted, faults = read(rows)
    assert fitted.frame["persons"].to_list() == [2, len(known)]
    assert not {"person_twice", "person_repeated"} & set(kinds(faults))


def test_the_number_of_the_head_does_not_tell_the_members_apart() -> None:
    rows = [{"户号": "1", "地址": "a", "与户主关系": "子", "户主身份证号": WHO}] * 3
    assert read(rows)[0].frame["persons"].to_list() == [3]


def test_a_mistyped_identity_number_in_two_households_is_pointed_out() -> None:
    wrong = "440524188001010015"
    rows = [{"户号": n, "地址": n, "关系": "户主", "身份证号": wrong} for n in ("1", "2")]
    assert "person_twice" in kinds(read(rows)[1])


def test_two_children_who_are_told_apart_by_nothing_are_two() -> None:
    rows = [{"户号": "1", "地址": "a", "与户主关系": "子"}] * 2
    assert read(rows)[0].frame["persons"].to_list() == [2]


def test_persons_of_no_household_are_refused() -> None:
    _, faults = read([{"地址": "a", "人员编号": "p"}])
    assert ("persons_without_household", "refused") in [(one.kind, one.level) for one in faults]


def test_a_count_that_contradicts_the_rows_is_told() -> None:
    fitted, faults = read([{"户号": "1", "地址": "a", "人员编号": "p", "人数": "3"}])
    assert fitted.frame["persons"].to_list() == [1]
    assert kinds(faults) == ["persons_gathered", "persons_recounted"]


@pytest.mark.parametrize("typed", ["0012", "12", "12.0"])
def test_ids_stay_as_they_are_typed(typed: str) -> None:
    fitted, _ = read([{"户号": typed, "楼栋编号": typed, "地址": "a"}])
    assert fitted.frame.loc[2, ["household_id", "building_id"]].to_list() == [typed, typed]
