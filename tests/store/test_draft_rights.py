"""Drafts under an account's rights: its planners redraw a community, each in their own name."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gridmap.errors import MissingError
from gridmap.store.drafts import begin_draft, list_drafts
from gridmap.store.rights import act_as
from gridmap.store.steps import undo_step
from gridmap.store.tables import Role
from tests.store.test_drafts import Office, office
from tests.store.test_rights import acting, add
from tests.store.world import A, B

__all__ = ["office"]

REFUSED = "violates row-level security policy"
HIDDEN = "step 1 is not its next"  # to the trigger that counts steps there is no such draft
WRITES = {
    "terrain": "INSERT INTO gridmap.terrain VALUES (:version, :code, '')",
    "draft": "INSERT INTO gridmap.draft (version_id, community_code, name, created_by)"
    " VALUES (:version, :code, 'mine', :name)",
    "step": "INSERT INTO gridmap.draft_step (draft_id, number, kind, operation, change, figures,"
    " made_by) VALUES (:draft, 1, 'do', 'x', '{}', '{}', :name)",
    "snapshot": "INSERT INTO gridmap.draft_snapshot VALUES (:draft, 7, '')",
}


def test_a_planner_redraws_their_community_under_their_own_rights(office: Office) -> None:
    act_as(office.session, add(office.session, "planner", A, name="li"))
    draft = office.begin()
    moved = office.move(office.look(draft), "h10", to=1)
    undone = undo_step(office.session, moved, by="li")
    assert undone.head == 2
    office.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert [row.name for row in list_drafts(office.session, office.version, A)] == ["spring"]


def test_a_planner_of_elsewhere_sees_no_draft(office: Office) -> None:
    draft = office.begin()
    with acting(office.session, add(office.session, "planner", B)):
        assert list_drafts(office.session, office.version, A) == []
        with pytest.raises(MissingError):
            office.look(draft)


@pytest.mark.parametrize("what", sorted(WRITES))
@pytest.mark.parametrize(("role", "area"), [("planner", B), ("approver", A), ("leader", A)])
def test_nobody_but_a_planner_of_the_community_writes_to_a_draft(
    office: Office, what: str, role: Role, area: str
) -> None:
    draft = office.begin()
    account = add(office.session, role, area, name="other")
    fields = {"version": office.version, "code": A, "draft": draft, "name": "other"}
    with (
        pytest.raises(DBAPIError, match=HIDDEN if what == "step" else REFUSED),
        acting(office.session, account),
    ):
        office.session.execute(text(WRITES[what]), fields)


def test_no_planner_signs_with_anothers_name(office: Office) -> None:
    draft = office.begin()
    account = add(office.session, "planner", A, name="zhao")
    fields = {"version": office.version, "code": A, "draft": draft, "name": "li"}
    for what in ("draft", "step"):
        with (
            pytest.raises(DBAPIError, match=REFUSED),
            acting(office.session, account),
        ):
            office.session.execute(text(WRITES[what]), fields)


@pytest.mark.parametrize("role", ["approver", "dispatcher", "leader"])
def test_others_of_the_community_look_at_a_draft(office: Office, role: Role) -> None:
    office.begin()
    with acting(office.session, add(office.session, role, A)):
        assert [row.name for row in list_drafts(office.session, office.version, A)] == ["spring"]


def test_a_worker_sees_no_draft(office: Office) -> None:
    office.begin()
    with acting(office.session, add(office.session, "worker", f"{A}001")):
        assert list_drafts(office.session, office.version, A) == []
        with pytest.raises(MissingError):
            begin_draft(office.session, 0, A, name="mine", by="worker")
