"""From a draft to the files: the gate, four eyes, the certificate, and what was in force when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmap.errors import GateError, MissingError, RefusedError
from gridmap.redraw.cuts import split_evenly
from gridmap.redraw.desk import Redraw
from gridmap.redraw.moves import merge_grids, move_plots
from gridmap.store.audit import audit_version
from gridmap.store.certificates import hash_of, verify_certificate
from gridmap.store.drafts import OpenDraft
from gridmap.store.plans import read_draft
from gridmap.store.publications import (
    Shortfall,
    look_at_gate,
    publish,
    sign_exception,
    take_step,
)
from gridmap.store.register import owner_of_building, owner_of_code, owner_of_place
from gridmap.store.settling import settle_draft
from gridmap.store.steps import record_step
from gridmap.store.tables import CertificateRow
from tests.store.test_drafts import Office, office
from tests.store.world import A

__all__ = ["office"]

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def sign_all(session: Session, version: int, *, by: str = "wang") -> None:
    """Answer for every grid without a worker: the street has none."""
    for number in range(1, 6):
        code = f"{A}{number:03d}"
        for rule in ("owner", "band"):
            try:
                sign_exception(session, version, code, rule, by=by, why="recruiting")
            except RefusedError:
                continue


def put_in_force(session: Session, version: int, valid_from: datetime) -> CertificateRow:
    sign_all(session, version)
    take_step(session, version, "submitted", by="li")
    take_step(session, version, "approved", by="wang")
    return publish(session, version, by="zhao", valid_from=valid_from)


def settled(office: Office, name: str, *operations: str) -> int:
    """Redraw the street in a draft of its own, and make a version of it."""
    draft = office.begin(name)
    for operation in operations:
        seen = office.look(draft)
        record_step(office.session, seen, done(operation, seen), by="li")
    return settle_draft(office.session, draft)


def done(operation: str, seen: OpenDraft) -> Redraw:
    desk, plan = seen.desk, seen.plan
    if operation == "merge":
        return merge_grids(desk, plan, [2, 3])
    if operation == "merge last":
        return merge_grids(desk, plan, sorted(plan.cards)[-2:])
    if operation == "split":
        return split_evenly(desk, plan, min(plan.cards, key=lambda n: -n), parts=2)
    return move_plots(desk, plan, desk.terrain.plots_of(["h10"]), to=1)


def test_a_draft_becomes_a_version_with_all_that_planning_gives(office: Office) -> None:
    version = settled(office, "spring", "move")
    drawn = read_draft(office.session, version)
    assert drawn.grids["households"].to_list() == [110, 90, 100]
    assert drawn.figures.moved_households == 10
    assert (drawn.grids["why"] != "").all()
    assert drawn.assignment.loc["h10", "grid_code"] == f"{A}001"
    assert audit_version(office.session, version).passes


def test_the_gate_names_everything_that_is_in_the_way_at_once(office: Office) -> None:
    version = settled(office, "spring", "merge")
    with pytest.raises(GateError) as refused:
        take_step(office.session, version, "submitted", by="li")
    assert [line.rstrip(".") for line in refused.value.sentences("en")] == [
        f"grid {A}001 (100 households) has no worker, and nobody has signed for it",
        f"grid {A}002 (200 households) is out of the rule, and nobody has signed for it",
        f"grid {A}002 (200 households) has no worker, and nobody has signed for it",
    ]
    sign_exception(office.session, version, f"{A}002", "band", by="wang", why="one tower")
    assert len(look_at_gate(office.session, version)) == 2
    with pytest.raises(RefusedError, match="nothing to sign"):
        sign_exception(office.session, version, f"{A}001", "band", by="wang", why="none")


def test_two_steps_in_a_row_are_by_different_people(office: Office) -> None:
    session, version = office.session, settled(office, "spring", "move")
    sign_all(session, version)
    with pytest.raises(RefusedError, match="not submitted yet"):
        take_step(session, version, "approved", by="wang")
    take_step(session, version, "submitted", by="li")
    with pytest.raises(RefusedError, match="somebody else has to go on"):
        take_step(session, version, "approved", by="li")
    take_step(session, version, "approved", by="wang")
    with pytest.raises(RefusedError, match="somebody else"):
        publish(session, version, by="wang")
    publish(session, version, by="zhao")
    take_step(session, version, "filed", by="zhao")


def test_the_command_line_goes_alone_and_the_certificate_says_so(office: Office) -> None:
    session, version = office.session, settled(office, "spring")
    sign_all(session, version)
    take_step(session, version, "submitted", by="root", way="command")
    take_step(session, version, "approved", by="root", way="command")
    row = publish(session, version, by="root", way="command")
    assert {step["way"] for step in row.content["steps"]} == {"command"}


def test_a_certificate_is_computed_again_from_the_rows(office: Office) -> None:
    session, version = office.session, settled(office, "spring", "move")
    with pytest.raises(MissingError, match="not published"):
        verify_certificate(session, version)
    row = put_in_force(session, version, MARCH)
    assert row.sha256 == hash_of(row.content)
    assert row.content["balance"]["placed"] == 300
    assert [signed["by"] for signed in row.content["exceptions"]] == ["wang"] * 3
    assert [step["by"] for step in row.content["steps"]] == ["li", "wang", "zhao"]
    assert verify_certificate(session, version)
    session.execute(text("ALTER TABLE gridmap.grid DISABLE TRIGGER USER"))
    session.execute(
        text("UPDATE gridmap.grid SET worker = 'x' WHERE version_id = :version"),
        {"version": version},
    )
    assert not verify_certificate(session, version)


def test_every_day_since_the_first_publication_has_exactly_one_owner(office: Office) -> None:
    session = office.session
    first = settled(office, "spring", "move")
    put_in_force(session, first, MARCH)
    second = settled(office, "autumn", "merge", "split")
    put_in_force(session, second, MARCH + 30 * DAY)
    place = session.execute(
        text("SELECT ST_X(anchor), ST_Y(anchor) FROM gridmap.building WHERE building_id = 'h10'")
    ).one()
    for at, version in ((MARCH, first), (MARCH + 29 * DAY, first), (MARCH + 31 * DAY, second)):
        by_place = owner_of_place(session, *place, at=at)
        assert by_place is not None
        assert by_place == owner_of_building(session, "h10", at=at)
        assert by_place.version == version
        assert by_place == owner_of_code(session, by_place.code, at=at)
    assert owner_of_building(session, "h10", at=MARCH - DAY) is None
    ended = owner_of_code(session, f"{A}003", at=MARCH + DAY)
    assert ended is not None
    assert owner_of_code(session, f"{A}003", at=MARCH + 31 * DAY) is None
    begun = owner_of_code(session, f"{A}004", at=MARCH + 31 * DAY)
    assert begun is not None


def test_what_is_in_force_is_followed_only_later_and_no_code_comes_back(office: Office) -> None:
    session = office.session
    put_in_force(session, settled(office, "first", "move"), MARCH)
    put_in_force(session, settled(office, "second", "merge"), MARCH + DAY)
    late = settled(office, "third", "merge")
    with pytest.raises(RefusedError, match="cannot be followed"), session.begin_nested():
        put_in_force(session, late, MARCH)
    back = settled(office, "fourth")  # begun from the first plan, which had the ended code
    with pytest.raises(RefusedError, match="it is not used again"), session.begin_nested():
        put_in_force(session, back, MARCH + 2 * DAY)


def test_a_draft_of_what_is_in_force_gives_no_code_out_again(office: Office) -> None:
    session = office.session
    split = settled(office, "first", "split")
    put_in_force(session, split, MARCH)
    office.version = split
    merged = settled(office, "second", "merge last")
    put_in_force(session, merged, MARCH + DAY)
    office.version = merged
    again = settled(office, "third", "split")
    assert f"{A}004" not in read_draft(session, again).grids.index
    put_in_force(session, again, MARCH + 2 * DAY)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE gridmap.grid SET name = 'x'",
        "DELETE FROM gridmap.assignment",
        "UPDATE gridmap.certificate SET sha256 = repeat('0', 64)",
        "DELETE FROM gridmap.publication",
        "UPDATE gridmap.version_step SET taken_by = 'nobody'",
        "DELETE FROM gridmap.signed_exception",
    ],
)
def test_the_database_lets_nobody_change_what_is_published(office: Office, attack: str) -> None:
    put_in_force(office.session, settled(office, "spring"), MARCH)
    with pytest.raises(IntegrityError), office.session.begin_nested():
        office.session.execute(text(attack))


def test_households_in_no_grid_keep_the_gate_shut_until_somebody_signs(
    session: Session, version: int
) -> None:
    def in_the_way() -> list[str]:
        found = [line.text("en") for line in look_at_gate(session, version)]
        return [line for line in found if "of the ledger" in line]

    no_place, conflict = in_the_way()
    assert no_place.startswith("1 households of the ledger have no place")
    assert conflict.startswith("2 households of the ledger are claimed by more than one place")
    sign_exception(session, version, "", "no_place", by="wang", why="the house is gone")
    assert in_the_way() == [conflict]
    sign_exception(session, version, "", "conflict", by="wang", why="to be visited")
    assert in_the_way() == []


@pytest.mark.parametrize("rule", ["no_place", "conflict"])
def test_nobody_signs_for_households_that_are_not_missing(office: Office, rule: Shortfall) -> None:
    version = settled(office, "spring")
    with pytest.raises(RefusedError, match="nothing"):
        sign_exception(office.session, version, "", rule, by="wang", why="none")


def test_a_signature_for_households_names_no_grid_and_one_for_a_grid_does(
    session: Session, version: int
) -> None:
    for code, rule in (("440305001001001", "no_place"), ("", "band")):
        with pytest.raises(IntegrityError, match="grid_or_version"), session.begin_nested():
            session.execute(
                text("INSERT INTO gridmap.signed_exception VALUES (:id, :code, :rule, 'x', 'li')"),
                {"id": version, "code": code, "rule": rule},
            )
