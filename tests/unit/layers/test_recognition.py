"""Columns are recognised by name and content together, and nothing unsure is used in silence."""

from pathlib import Path

import pandas as pd
import pytest

from gridmap.layers.columns import fit_columns
from gridmap.layers.mapping import LayerMapping
from gridmap.layers.opened import OpenedLayer
from gridmap.layers.recognition import SURE, Guess, recognise
from tests.unit.layers.test_tables import read_text, told

ADDRESSES = ["人民路12号3号楼", "人民路14号2幢", "解放路8弄5号"]
COUNTS = ["3", "2", "两人"]


def ledger(columns: dict[str, list[str]], **mapping: str) -> OpenedLayer:
    frame = pd.DataFrame(columns, dtype="str")
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    return OpenedLayer("households", "ledger.csv", frame, LayerMapping(columns=mapping))


def guessed(opened: OpenedLayer, known: frozenset[str] = frozenset()) -> dict[str, Guess]:
    return {guess.name: guess for guess in recognise(opened, known_ids=known)}


def test_a_synonym_is_certain() -> None:
    guess = guessed(ledger({"住址": ADDRESSES}))["address"]
    assert guess == Guess("address", "住址", 1.0)


@pytest.mark.parametrize(
    ("name", "column", "values"),
    [
        ("address", "房屋地址（门牌）", ADDRESSES),
        ("address", "住户信息/现居住地址", ADDRESSES),
        ("household_id", "住户信息/户号", ["1", "2", "3"]),
        ("household_id", "住户信息户号", ["1", "2", "3"]),
        ("persons", "本户总人数", COUNTS),
    ],
)
def test_a_synonym_among_harmless_words_is_sure_if_the_content_agrees(
    name: str, column: str, values: list[str]
) -> None:
    guess = guessed(ledger({column: values}))[name]
    sure_without_content = name == "household_id" and "/" not in column
    assert guess.column == column
    assert guess.confidence < 1
    assert guess.is_sure != sure_without_content


@pytest.mark.parametrize(
    ("name", "column", "values"),
    [
        ("address", "户籍地址", ADDRESSES),
        ("persons", "残疾人数", COUNTS),
        ("building_id", "楼栋编码", ["B1", "B2", "B3"]),
    ],
)
def test_other_words_may_change_what_is_meant_and_are_asked_about(
    name: str, column: str, values: list[str]
) -> None:
    guess = guessed(ledger({column: values}))[name]
    assert (guess.column, guess.is_sure) == (column, False)
    fitted, faults = fit_columns(ledger({"户号": ["1", "2", "3"], column: values}))
    (fault,) = [one for one in faults if one.kind.startswith("column_")]
    assert (fault.fields["name"], fault.fields["column"]) == (name, column)
    assert fitted.frame[name].isin(["", float("nan")]).all()


def test_content_lowers_what_the_name_promises() -> None:
    guess = guessed(ledger({"编号": ADDRESSES}))["household_id"]
    assert guess.confidence < SURE
    fitted, faults = fit_columns(ledger({"编号": ADDRESSES}))
    assert (fitted.frame["household_id"] == "").all()
    assert [fault.kind for fault in faults] == ["column_unsure"]


def test_ids_that_the_buildings_have_make_a_name_surer() -> None:
    opened = ledger({"楼栋编码": ["B1", "B2", "B3"]})
    known = frozenset({"B1", "B2", "B3"})
    name = "building_id"
    assert guessed(opened, known)[name].confidence > guessed(opened)[name].confidence


def test_nothing_is_guessed_without_a_name() -> None:
    assert guessed(ledger({"甲": ADDRESSES, "乙": COUNTS})) == {}


def test_two_columns_as_good_as_each_other_are_not_sure() -> None:
    guess = guessed(ledger({"家庭总人数": COUNTS, "本户人数合计": COUNTS}))["persons"]
    assert not guess.is_sure


def test_a_ledger_whose_only_whereabouts_are_unsure_is_refused_with_a_remedy() -> None:
    _, faults = fit_columns(ledger({"户号": ["1", "2", "3"], "户籍地址": ADDRESSES}))
    assert [(fault.kind, fault.level) for fault in faults] == [("column_needed", "refused")]
    assert 'address = "户籍地址"' in faults[0].text("en")
    assert "gridmap columns --confirm" in faults[0].text("zh")


def test_what_is_confirmed_is_used() -> None:
    fitted, faults = fit_columns(ledger({"户籍地址": ADDRESSES}, address="户籍地址"))
    assert fitted.frame["address"].to_list() == ADDRESSES
    assert faults == []


def test_a_column_that_is_said_not_to_be_there_is_looked_for_no_more() -> None:
    opened = ledger({"户籍地址": ADDRESSES, "人数": COUNTS}, address="", persons="")
    fitted, faults = fit_columns(opened)
    assert faults == []
    assert fitted.frame["persons"].isna().all()


def test_what_was_remembered_says_so() -> None:
    mapping = LayerMapping(columns={"address": "甲"}, recalled=frozenset({"address"}))
    frame = pd.DataFrame({"甲": ADDRESSES})
    (guess,) = recognise(OpenedLayer("households", "a.csv", frame, mapping))
    assert (guess.source, guess.confidence) == ("remembered", 1.0)


def test_a_ledger_without_a_header_is_told_that_its_first_row_was_taken_for_one(
    tmp_path: Path,
) -> None:
    text = "1,张村,人民路1号,3\n2,张村,人民路2号,2\n"
    assert told(read_text(tmp_path, text)) == [(1, "header_unknown", "")]
    assert told(read_text(tmp_path, f"甲,乙,丙,丁\n{text}")) == []
