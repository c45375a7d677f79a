"""A made ledger of 50,000 households, typed in many ways and spoilt at known rows, comes true."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from gridmap.layers import read_layers
from gridmap.layers.decisions import Decision, Decisions
from gridmap.layers.ledger import Ledger, settle_households
from gridmap.layers.offering import decision_subjects
from gridmap.rules import Rules
from tests.ledgers import PARSABLE, Town, make_town, write_town

RULES = Rules()


@pytest.fixture(scope="module")
def town() -> Town:
    return make_town(50_000)


@pytest.fixture(scope="module")
def ledger(town: Town) -> Ledger:
    return settle_households(town.layers, rules=RULES, decisions=town.decisions)


def outcome(town: Town, ledger: Ledger) -> pd.DataFrame:
    told = ledger.households.reset_index(drop=True)
    return town.truth.assign(
        got=told["bin"], placed_in=told["placed_in"], confidence=told["confidence"]
    )


def rightly_offered(town: Town, ledger: Ledger) -> pd.Series:
    """Mark the rows to which the building they live in is offered."""
    homes = town.truth["building"].loc[ledger.offers["seq"]].to_numpy()
    right = ledger.offers.loc[ledger.offers["building_id"].to_numpy() == homes, "seq"]
    return pd.Series(town.truth.index.isin(right), index=town.truth.index)


def test_every_row_is_in_the_right_bin(town: Town, ledger: Ledger) -> None:
    rows = outcome(town, ledger)
    assert len(rows) == 50_000
    assert rows[rows["bin"] != rows["got"]].empty
    assert ledger.balance.is_balanced
    assert set(rows["bin"]) == set(ledger.balance.households)


@pytest.mark.parametrize("seed", [1, 3])
def test_other_towns_come_true_too(seed: int) -> None:
    town = make_town(10_000, seed=seed)
    rows = outcome(town, settle_households(town.layers, rules=RULES, decisions=town.decisions))
    assert rows[rows["bin"] != rows["got"]].empty
    placed = rows[rows["got"] == "placed"]
    assert placed[placed["placed_in"] != placed["building"]].empty


@pytest.mark.parametrize(("name", "encoding"), [("户.csv", "gb18030"), ("户.xlsx", "")])
def test_a_town_kept_in_files_comes_true_row_for_row(
    tmp_path: Path, name: str, encoding: str
) -> None:
    town = make_town(5_000, seed=2)
    write_town(town, tmp_path, ledger=name)
    if encoding:
        typed = (tmp_path / name).read_text("utf-8")
        (tmp_path / name).write_text(typed, encoding)
    layers = read_layers(tmp_path)
    told = settle_households(layers, rules=RULES, decisions=town.decisions).households
    assert told["row"].tolist() == list(range(2, len(town.truth) + 2))
    rows = town.truth.assign(got=told["bin"].to_list(), placed_in=told["placed_in"].to_list())
    assert rows[rows["bin"] != rows["got"]].empty
    placed = rows[rows["got"] == "placed"]
    assert (placed["placed_in"] == placed["building"]).all()


def test_nearly_every_address_that_can_be_read_finds_its_building(
    town: Town, ledger: Ledger
) -> None:
    rows = outcome(town, ledger)
    readable = rows[rows["kind"].isin(PARSABLE)]
    assert len(readable) > 20_000
    assert (readable["placed_in"] == readable["building"]).mean() >= 0.98


def test_nobody_is_placed_wrongly_without_a_person_being_asked(town: Town, ledger: Ledger) -> None:
    rows = outcome(town, ledger)
    placed = rows[rows["got"] == "placed"]
    assert (placed["confidence"] >= RULES.match_sure).all()
    assert placed[placed["placed_in"] != placed["building"]].empty


def test_the_right_building_is_offered_for_a_slip_of_the_pen(town: Town, ledger: Ledger) -> None:
    slips = (town.truth["kind"] == "typo") & (town.truth["bin"] == "no_place")
    assert slips.sum() > 1_000
    assert rightly_offered(town, ledger)[slips].mean() >= 0.9


@pytest.mark.parametrize("kind", ["near_id", "contradiction", "vague"])
def test_the_right_building_is_offered_where_something_contradicts(
    town: Town, ledger: Ledger, kind: str
) -> None:
    assert rightly_offered(town, ledger)[town.truth["kind"] == kind].mean() >= 0.98


def test_offers_are_at_most_three_for_rows_without_a_place_and_never_sure(ledger: Ledger) -> None:
    offers = ledger.offers
    assert offers.groupby("seq").size().max() <= 3
    assert offers["score"].between(0, RULES.match_sure, inclusive="left").all()
    assert (ledger.households["bin"].iloc[offers["seq"].unique()] == "no_place").all()
    assert not offers.duplicated(["seq", "building_id"]).any()


def test_ways_count_every_household_placed(ledger: Ledger) -> None:
    assert sum(ledger.ways.values()) == ledger.balance.households["placed"]
    assert set(ledger.ways) == {"building", "address", "parsed", "coordinates", "nearest"}


def test_what_a_person_decides_is_replayed(town: Town, ledger: Ledger) -> None:
    """Of the mistyped rows, take what is offered to every other, and turn down the rest."""
    slips = town.truth.index[(town.truth["kind"] == "typo") & rightly_offered(town, ledger)]
    subjects = decision_subjects(town.layers.households)
    fresh = ~subjects.loc[slips].duplicated(keep=False)
    taken, turned = slips[fresh][::2], slips[fresh][1::2]
    more = [Decision("match", subjects[n], town.truth["building"][n], by="x") for n in taken]
    more += [Decision("reject", subjects[n], town.truth["building"][n], by="x") for n in turned]
    decisions = town.decisions.with_more(more)
    again = settle_households(town.layers, rules=RULES, decisions=decisions)
    rows = outcome(town, again)
    assert (rows.loc[taken, "placed_in"] == rows.loc[taken, "building"]).all()
    assert again.ways["decision"] == len(taken)
    assert (rows.loc[turned, "got"] == "no_place").all()
    assert not rightly_offered(town, again).loc[turned].any()
    assert again.balance.is_balanced


def test_a_building_that_is_gone_is_not_taken_by_a_decision_and_a_note_says_so(town: Town) -> None:
    few = replace(town.layers, households=town.layers.households.iloc[:2000])
    subject = decision_subjects(few.households)[0]
    decisions = Decisions((Decision("match", subject, "B-gone", by="x"),))
    ledger = settle_households(few, rules=RULES, decisions=decisions)
    assert "decision" not in ledger.ways
    assert "decision_stale_building" in {fault.kind for fault in ledger.faults}
