"""Decisions and mappings are kept, in their order, and never edited; reads are written down."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridmap.errors import StoreError
from gridmap.layers.balance import BINS
from gridmap.layers.decisions import Decision, Decisions
from gridmap.store.datasets import read_balance
from gridmap.store.decisions import add_decisions, read_decisions
from gridmap.store.households import read_bin, read_reads
from gridmap.store.mappings import read_mappings, remember_mappings
from tests.store.world import A, B

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
WAIVE = Decision("waive", "H7", reason="空户", by="李", at=NOON)
MATCH = Decision("match", "河滨路2号", "A2", by="王", at=NOON + timedelta(hours=1))
REJECT = Decision(
    "reject", "河滨路2号", "A2", reason="另一栋", by="王", at=NOON + timedelta(days=1)
)


def test_decisions_come_back_as_they_went_in(session: Session) -> None:
    assert add_decisions(session, (WAIVE, MATCH, REJECT), source="decisions.csv") == 3
    assert read_decisions(session) == Decisions((WAIVE, MATCH, REJECT))


def test_what_is_there_word_for_word_is_not_repeated(session: Session) -> None:
    untimed = Decision("match", "无名路1号", "B1", by="李")
    assert add_decisions(session, (WAIVE, untimed, untimed)) == 2
    assert add_decisions(session, (untimed, MATCH, WAIVE)) == 1
    assert add_decisions(session, ()) == 0
    assert len(read_decisions(session)) == 3


def test_they_are_read_in_the_order_of_their_times(session: Session) -> None:
    add_decisions(session, (REJECT,))
    add_decisions(session, (MATCH,))
    assert list(read_decisions(session)) == [MATCH, REJECT]
    assert read_decisions(session).matches() == {}


def test_one_without_a_time_counts_from_when_it_was_written_down(session: Session) -> None:
    later = Decision("match", "河滨路2号", "B1", by="王")
    add_decisions(session, (later, REJECT))
    assert list(read_decisions(session)) == [REJECT, later]


def test_a_time_without_a_zone_is_the_same_decision_the_next_time(session: Session) -> None:
    plain = Decision("match", "河滨路9号", "B1", by="李", at=datetime(2026, 5, 1, 8))  # noqa: DTZ001
    assert [add_decisions(session, (plain,)) for _ in range(2)] == [1, 0]


@pytest.mark.parametrize(
    "wrong",
    [
        Decision("waive", "H1", reason="  ", by="李"),
        Decision("waive", "H1", reason="空户", by=""),
        Decision("waive", "", reason="空户", by="李"),
        Decision("waive", "H1", "A1", reason="空户", by="李"),
        Decision("match", "河滨路2号", by="李"),
        Decision("match", "河滨路2号", "B1"),
        Decision("restore", "H1", reason="又有人住"),
    ],
)
def test_a_decision_that_is_not_whole_is_refused(session: Session, wrong: Decision) -> None:
    with pytest.raises(StoreError, match="refused"):
        add_decisions(session, (MATCH, wrong))
    assert len(read_decisions(session)) == 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE gridmap.decision SET reason = 'x'",
        "DELETE FROM gridmap.decision",
        "TRUNCATE gridmap.decision",
        "UPDATE gridmap.household_read SET who = 'x'",
        "DELETE FROM gridmap.household_read",
    ],
)
def test_nothing_that_was_decided_or_read_is_taken_back(session: Session, change: str) -> None:
    add_decisions(session, (WAIVE,))
    with pytest.raises(DBAPIError, match="stays as it is"):
        session.execute(text(change))


def test_a_mapping_is_remembered_by_its_header(session: Session) -> None:
    told = {"columns": {"household_id": "户编号"}, "words": {}}
    remember_mappings(session, {("households", "abc"): told, ("households", "def"): {}})
    assert read_mappings(session) == {("households", "abc"): told, ("households", "def"): {}}


def test_a_mapping_that_is_confirmed_anew_takes_the_old_one_s_place(session: Session) -> None:
    for column in ("户号", "户编号"):
        remember_mappings(session, {("households", "abc"): {"household_id": column}})
    assert read_mappings(session) == {("households", "abc"): {"household_id": "户编号"}}


@pytest.mark.parametrize("name", BINS)
def test_a_bin_is_drilled_to_just_the_rows_that_the_balance_counts(
    session: Session, dataset: int, name: str
) -> None:
    balance = read_balance(session, dataset)
    rows = read_bin(session, dataset, name, who="李", why="核对")  # type: ignore[arg-type]
    assert len(rows) == balance.households[name]  # type: ignore[index]
    assert rows["persons"].sum() == balance.persons[name]  # type: ignore[index]


def test_a_row_of_a_bin_says_where_it_stands_in_the_file(session: Session, dataset: int) -> None:
    rows = read_bin(session, dataset, "no_place", who="李", why="入户核对")
    (row,) = rows.to_dict("records")
    assert (row["household_id"], row["row"], row["address"]) == ("H7", 9, "无此路1号")


def test_every_look_at_single_households_is_written_down(session: Session, dataset: int) -> None:
    read_bin(session, dataset, "placed", who="李", why="入户核对", communities=[A, B])
    read_bin(session, dataset, "conflict", who="王", why="电话核实")
    told = [
        (one.who, one.why, one.bin, one.communities, one.households) for one in read_reads(session)
    ]
    assert told == [
        ("李", "入户核对", "placed", f"{A};{B}", 6),
        ("王", "电话核实", "conflict", "", 2),
    ]


@pytest.mark.parametrize(("who", "why"), [("", "核对"), ("李", " ")])
def test_nobody_reads_households_without_a_name_and_a_reason(
    session: Session, dataset: int, who: str, why: str
) -> None:
    with pytest.raises(StoreError, match="Say who reads"):
        read_bin(session, dataset, "placed", who=who, why=why)
    assert read_reads(session) == []


def test_a_bin_that_is_not_there_is_named(session: Session, dataset: int) -> None:
    with pytest.raises(StoreError, match="no bin lost"):
        read_bin(session, dataset, "lost", who="李", why="核对")  # type: ignore[arg-type]
