"""Accounts at the command line: added, listed, disabled, and no secret shown twice."""

import re

import pytest

from tests.cli.command import Command


def test_an_account_is_added_with_a_password_shown_once(stored: Command) -> None:
    added = stored("user", "add", "王敏", "--role", "planner", "--area", "A", "--area", "B")
    assert (added.code, added.err) == (0, "")
    said = re.fullmatch(r"The account 王敏 \(planner\) .*\nPassword, .*: (\S{16})\n", added.out)
    assert said
    listed = stored("user", "list", "--json")
    assert listed.document["accounts"] == [
        {"name": "王敏", "role": "planner", "is_active": True, "areas": ["A", "B"], "worker_id": ""}
    ]
    assert said[1] not in listed.out


def test_a_password_of_ones_own_is_read_and_not_shown(stored: Command) -> None:
    stored.type("spring rain on tiles\n")
    added = stored("user", "add", "boss", "--role", "admin", "--ask")
    assert (added.code, added.out) == (0, "The account boss (admin) was added.\n")


def test_a_weak_password_is_refused_before_anything_is_added(stored: Command) -> None:
    stored.type("boss\n")
    answer = stored("user", "add", "boss", "--role", "admin", "--ask")
    assert (answer.code, answer.out) == (1, "")
    assert answer.sentences == [
        "A password has at least 12 characters, and is not just the account's name."
    ]
    assert stored("user", "list", "--json").document["accounts"] == []


@pytest.mark.parametrize("command", ["disable", "enable", "password"])
def test_an_account_that_is_not_there_is_named(stored: Command, command: str) -> None:
    answer = stored("user", command, "ghost")
    assert (answer.code, answer.out) == (2, "")
    assert answer.sentences == ["There is no account ghost."]


def test_an_account_is_disabled_and_enabled(stored: Command) -> None:
    stored("user", "add", "leader", "--role", "leader")
    assert "is disabled" in stored("user", "disable", "leader").out
    table = stored("user", "list").out
    assert "every community" in table
    assert "disabled" in table
    assert "may sign in again" in stored("user", "enable", "leader").out


def test_another_password_is_shown_once(stored: Command) -> None:
    first = stored("user", "add", "leader", "--role", "leader").out.split()[-1]
    again = stored("user", "password", "leader")
    assert "another password" in again.out
    assert again.out.split()[-1] != first


def test_a_worker_without_a_grid_is_refused_by_a_rule(stored: Command) -> None:
    answer = stored("user", "add", "w", "--role", "worker")
    assert answer.code == 1
    assert "needs the codes of the grids" in answer.err
    assert stored("user", "list", "--json").document["accounts"] == []


def test_accounts_and_the_database_answer_in_the_language_that_is_asked_for(
    stored: Command,
) -> None:
    added = stored("user", "add", "王敏", "--role", "planner", "--lang=zh")
    assert "账号" in added.out
    assert "account" not in added.out
    assert "账号" in stored("user", "list", "--lang=zh").out
