"""Accounts: who gets in, who no longer does, and what is kept of it."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridmap.errors import MissingError, RefusedError, TakenError, ThrottledError
from gridmap.store import passwords
from gridmap.store.accounts import (
    Account,
    add_account,
    change_password,
    check_password,
    disable,
    enable,
    find_account,
    list_accounts,
    set_areas,
)
from gridmap.store.credentials import (
    add_token,
    end_session,
    end_token,
    find_session,
    find_token,
    list_tokens,
    open_session,
)
from gridmap.store.passwords import (
    TRIES_OF_ALL,
    TRIES_OF_ONE,
    WINDOW,
    forgive_attempts,
    new_password,
    note_attempt,
    require_good_password,
)
from gridmap.store.tables import AccountRow, ApiTokenRow, SignInAttemptRow, SignInRow

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
PASSWORD = "spring rain on tiles"  # noqa: S105 (of nobody)


@pytest.fixture
def planner(session: Session) -> Account:
    return add_account(session, "王敏", PASSWORD, "planner", areas=["B", "A", "A"])


def test_an_account_is_read_as_it_was_added(session: Session, planner: Account) -> None:
    assert find_account(session, "王敏") == planner
    assert (planner.role, planner.areas, planner.everywhere) == ("planner", ("A", "B"), False)
    assert (planner.acts_in("A"), planner.acts_in("C")) == (True, False)


def test_without_areas_an_account_acts_everywhere(session: Session) -> None:
    assert add_account(session, "leader", PASSWORD, "leader").acts_in("any")


def test_a_worker_acts_in_grids_and_never_in_a_whole_community(session: Session) -> None:
    with pytest.raises(RefusedError, match="needs the codes of the grids"), session.begin_nested():
        add_account(session, "worker", PASSWORD, "worker")
    worker = add_account(session, "worker", PASSWORD, "worker", areas=["A001"], worker_id="p1")
    assert (worker.areas, worker.worker_id) == (("A001",), "p1")
    assert not worker.acts_in("A001")


def test_a_name_is_given_once(session: Session, planner: Account) -> None:
    with pytest.raises(TakenError, match="already"):
        add_account(session, f" {planner.name} ", PASSWORD, "leader")


@pytest.mark.parametrize(("name", "post"), [("  ", ""), ("boss", "p1")])
def test_an_account_without_name_or_with_another_roles_post_is_refused(
    session: Session, name: str, post: str
) -> None:
    with pytest.raises(RefusedError, match="needs a name and a known role"):
        add_account(session, name, PASSWORD, "leader", worker_id=post)


def test_only_the_right_password_gets_in(session: Session, planner: Account) -> None:
    assert check_password(session, planner.name, PASSWORD) == planner
    assert check_password(session, planner.name, PASSWORD + " ") is None
    assert check_password(session, "nobody", PASSWORD) is None


def test_a_name_that_is_nobodys_costs_as_much_as_a_wrong_password(
    session: Session, planner: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = []

    class Watched(PasswordHasher):
        def verify(self, kept: str | bytes, password: str | bytes) -> Literal[True]:
            parameters.append(extract_parameters(str(kept)))
            return super().verify(kept, password)

    watched = Watched(time_cost=2, memory_cost=19 * 1024, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", watched)
    for name in (planner.name, "nobody"):
        assert check_password(session, name, "wrong") is None
    assert len(parameters) == 2
    assert parameters[0] == parameters[1]


def test_a_password_typed_on_another_keyboard_is_the_same(session: Session) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in "fullwidth1234")
    added = add_account(session, "wide", wide, "leader")
    assert check_password(session, "wide", "fullwidth1234") == added


def test_what_is_kept_is_no_password(session: Session, planner: Account) -> None:
    kept = session.get_one(AccountRow, planner.id).password_hash
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in kept


def test_a_hash_of_older_days_is_made_anew(session: Session, planner: Account) -> None:
    row = session.get_one(AccountRow, planner.id)
    old = "$argon2id$v=19$m=8,t=1,p=1$"
    row.password_hash = _cheap_hash(PASSWORD)
    assert row.password_hash.startswith(old)
    assert check_password(session, planner.name, PASSWORD) == planner
    assert not row.password_hash.startswith(old)


def _cheap_hash(password: str) -> str:
    """Hash as the store of older days did."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


@pytest.mark.parametrize("weak", ["short", "王敏王敏王敏王敏王敏王敏", "王敏12345"])
def test_a_weak_password_is_refused(weak: str) -> None:
    with pytest.raises(RefusedError, match="at least 12"):
        require_good_password(weak, "王敏")


def test_a_password_nobody_chose_is_good() -> None:
    made = {new_password() for _ in range(9)}
    assert len(made) == 9
    assert {require_good_password(word, "王敏") for word in made} == made


def test_guessing_at_one_name_is_stopped_and_lasts_a_window(session: Session) -> None:
    for second in range(TRIES_OF_ONE):
        note_attempt(session, "王敏", "10.0.0.1", now=NOW + timedelta(seconds=second))
    with pytest.raises(ThrottledError, match="in 890 seconds"):
        note_attempt(session, "王敏", "10.0.0.1", now=NOW + timedelta(seconds=10))
    note_attempt(session, "王敏", "10.0.0.2", now=NOW + HOUR / 60)
    note_attempt(session, "王敏", "10.0.0.1", now=NOW + WINDOW)
    assert session.scalar(select(func.count()).select_from(SignInAttemptRow)) == TRIES_OF_ONE + 1


@pytest.mark.parametrize("by", ["name", "address"])
def test_guessing_from_many_places_or_at_many_names_is_stopped(session: Session, by: str) -> None:
    for guess in range(TRIES_OF_ALL):
        name, address = ("one", str(guess)) if by == "name" else (str(guess), "one")
        note_attempt(session, name, address, now=NOW)
    with pytest.raises(ThrottledError):
        note_attempt(session, "one", "one", now=NOW)


def test_whoever_gets_in_begins_to_count_anew(session: Session) -> None:
    for _ in range(TRIES_OF_ONE):
        note_attempt(session, "王敏", "10.0.0.1", now=NOW)
    note_attempt(session, "王敏", "10.0.0.2", now=NOW)
    forgive_attempts(session, "王敏", "10.0.0.1")
    left = session.scalars(select(SignInAttemptRow.address)).all()
    assert left == ["10.0.0.2"]


def test_a_browser_is_signed_in_until_the_time_is_over(session: Session, planner: Account) -> None:
    opened = open_session(session, planner, now=NOW, lasts=HOUR)
    found = find_session(session, opened.token, now=NOW + HOUR - timedelta(seconds=1))
    assert found is not None
    assert found.account == planner
    assert (found.accepts(opened.csrf), found.accepts(opened.token)) == (True, False)
    assert find_session(session, opened.token, now=NOW + HOUR) is None
    assert find_session(session, "made up", now=NOW) is None


def test_signing_out_ends_one_browser(session: Session, planner: Account) -> None:
    here, there = (open_session(session, planner, now=NOW, lasts=HOUR) for _ in range(2))
    end_session(session, here.token)
    assert find_session(session, here.token, now=NOW) is None
    assert find_session(session, there.token, now=NOW) is not None


def test_sign_ins_that_are_over_are_forgotten(session: Session, planner: Account) -> None:
    open_session(session, planner, now=NOW, lasts=HOUR)
    open_session(session, planner, now=NOW + HOUR, lasts=HOUR)
    assert session.scalar(select(func.count()).select_from(SignInRow)) == 1


def test_a_token_stands_for_its_account_until_the_time_is_over(
    session: Session, planner: Account
) -> None:
    token, secret = add_token(session, planner, "nightly", now=NOW, lasts=HOUR)
    assert secret.startswith("gridmap_")
    assert find_token(session, secret, now=NOW) == planner
    assert find_token(session, secret, now=NOW + HOUR) is None
    assert list_tokens(session, planner) == [token]
    with pytest.raises(TakenError, match="called nightly"):
        add_token(session, planner, "nightly", now=NOW, lasts=HOUR)


def test_secrets_are_not_kept(session: Session, planner: Account) -> None:
    opened = open_session(session, planner, now=NOW, lasts=HOUR)
    _, secret = add_token(session, planner, "nightly", now=NOW, lasts=HOUR)
    kept = {
        *session.scalars(select(SignInRow.token_hash)),
        *session.scalars(select(SignInRow.csrf_hash)),
        *session.scalars(select(ApiTokenRow.token_hash)),
    }
    assert {len(value) for value in kept} == {32}
    assert kept & {opened.token.encode(), opened.csrf.encode(), secret.encode()} == set()


def test_only_its_account_takes_a_token_back(session: Session, planner: Account) -> None:
    other = add_account(session, "other", PASSWORD, "planner")
    token, secret = add_token(session, planner, "nightly", now=NOW, lasts=HOUR)
    with pytest.raises(MissingError, match="no token"):
        end_token(session, other, token.id)
    end_token(session, planner, token.id)
    assert find_token(session, secret, now=NOW) is None


def test_a_disabled_account_is_out_at_once(session: Session, planner: Account) -> None:
    opened = open_session(session, planner, now=NOW, lasts=HOUR)
    _, secret = add_token(session, planner, "nightly", now=NOW, lasts=HOUR)
    disable(session, planner.name)
    assert find_session(session, opened.token, now=NOW) is None
    assert find_token(session, secret, now=NOW) is None
    assert check_password(session, planner.name, PASSWORD) is None
    enable(session, planner.name)
    assert check_password(session, planner.name, PASSWORD) == planner
    assert find_token(session, secret, now=NOW) is None


def test_the_last_administrator_stays(session: Session) -> None:
    for name in ("first", "second"):
        add_account(session, name, PASSWORD, "admin")
    disable(session, "first")
    with pytest.raises(RefusedError, match="last administrator"):
        disable(session, "second")


def test_another_password_ends_what_the_old_one_opened(session: Session, planner: Account) -> None:
    opened = open_session(session, planner, now=NOW, lasts=HOUR)
    change_password(session, planner.name, "autumn wind in the pines")
    assert find_session(session, opened.token, now=NOW) is None
    assert check_password(session, planner.name, PASSWORD) is None
    assert check_password(session, planner.name, "autumn wind in the pines") == planner


def test_areas_are_said_anew(session: Session, planner: Account) -> None:
    set_areas(session, planner.name, ["C"])
    assert find_account(session, planner.name).areas == ("C",)
    set_areas(session, planner.name, None)
    assert find_account(session, planner.name).acts_in("A")


def test_accounts_are_listed_by_name_in_parts(session: Session) -> None:
    for name in ("c", "a", "b"):
        add_account(session, name, PASSWORD, "leader")
    assert [account.name for account in list_accounts(session, most=2)] == ["a", "b"]
    assert [account.name for account in list_accounts(session, after="b")] == ["c"]


def test_a_name_that_is_nobodys_is_said(session: Session) -> None:
    for act in (find_account, disable, enable):
        with pytest.raises(MissingError, match="no account ghost"):
            act(session, "ghost")
