"""The audit finds what is wrong in the rows, even where no guard stood in the way."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmap.errors import StoreError
from gridmap.plan.model import Draft
from gridmap.store.audit import Audit, audit_version
from gridmap.store.plans import add_draft
from tests.store.test_plans import part
from tests.store.world import BINS, GRIDS, A, B, put, two_islands

SHIFT = "UPDATE gridmap.grid SET geom = ST_Translate(geom, :x, 0) WHERE code = :code"


@pytest.fixture
def unguarded(session: Session, version: int) -> Session:
    """Switch every guard off, as a careless hand in the database could."""
    assert version
    session.execute(text("SET LOCAL session_replication_role = replica"))
    return session


def audit_after(session: Session, version: int, change: str, **values: object) -> Audit:
    session.execute(text(change), values)
    return audit_version(session, version)


def kinds(audit: Audit) -> set[str]:
    return {finding.kind for finding in audit.findings}


def said(audit: Audit, kind: str) -> str:
    return next(finding.text("en") for finding in audit.findings if finding.kind == kind)


def test_a_sound_plan_passes_with_a_balanced_sheet(session: Session, version: int) -> None:
    audit = audit_version(session, version)
    assert audit.passes
    assert audit.findings == ()
    assert audit.balance.is_balanced
    assert audit.balance.households == BINS
    assert audit.balance.grid_households == BINS["placed"]
    assert audit.balance.grid_persons == audit.balance.persons["placed"]
    assert audit.gap_m2 == {A: 0.0, B: 0.0}


def test_a_plan_of_one_community_is_held_against_its_own_ledger(
    session: Session, dataset: int, draft: Draft
) -> None:
    audit = audit_version(session, add_draft(session, dataset, part(draft, B)))
    assert audit.passes
    assert audit.balance.ledger_households == 2
    assert audit.balance.grid_households == 1


def test_a_home_in_no_grid_is_found(unguarded: Session, version: int) -> None:
    audit = audit_after(
        unguarded, version, "DELETE FROM gridmap.assignment WHERE building_id = 'A2'"
    )
    assert kinds(audit) == {"unassigned", "miscounted"}
    assert said(audit, "unassigned") == "Building A2 with 1 households is in no grid."
    assert not audit.balance.is_balanced
    assert not audit.passes


def test_a_load_that_its_buildings_do_not_hold_is_found(unguarded: Session, version: int) -> None:
    change = """UPDATE gridmap.grid SET loads = '{"need": 2.5}' WHERE code = :code"""
    audit = audit_after(unguarded, version, change, code=GRIDS["a1"])
    assert [finding.kind for finding in audit.findings] == ["misloaded"]
    assert audit.findings[0].text("en") == f"Grid {GRIDS['a1']} says 2.5 of need and holds 0.0."


def test_a_home_outside_its_grid_is_found_with_its_place(unguarded: Session, version: int) -> None:
    change = "UPDATE gridmap.assignment SET grid_code = :to WHERE building_id = 'B1'"
    audit = audit_after(unguarded, version, change, to=GRIDS["a1"])
    assert kinds(audit) == {"outside", "miscounted"}
    outside = next(finding for finding in audit.findings if finding.kind == "outside")
    assert outside.geometry is not None
    assert outside.geometry.distance(put(two_islands())) > 100


def test_overlap_gap_and_a_home_in_two_grids_are_found(unguarded: Session, version: int) -> None:
    audit = audit_after(unguarded, version, SHIFT, x=-0.0009, code=GRIDS["a2"])
    assert kinds(audit) == {"overlap", "gap", "doubled", "outside", "strayed"}
    assert said(audit, "doubled").startswith("Building A1 lies in more than one grid")
    assert audit.gap_m2[A] == pytest.approx(8580, rel=0.01)
    assert audit.gap_m2[B] == 0.0


def test_a_grid_that_left_its_community_is_found(unguarded: Session, version: int) -> None:
    audit = audit_after(unguarded, version, SHIFT, x=0.0000105, code=GRIDS["b1"])
    assert kinds(audit) == {"strayed", "gap"}
    assert B in said(audit, "strayed")


def test_a_grid_that_counts_wrong_is_found(unguarded: Session, version: int) -> None:
    change = "UPDATE gridmap.grid SET households = 9 WHERE code = :code"
    audit = audit_after(unguarded, version, change, code=GRIDS["a1"])
    assert said(audit, "miscounted").startswith(f"Grid {GRIDS['a1']} says 9 households and holds 3")
    assert audit.balance.is_balanced


def split_in_two(session: Session) -> None:
    """Take a strip out of the middle of grid a1."""
    strip = (
        "UPDATE gridmap.grid SET geom = ST_Multi(ST_Difference(geom, ST_Buffer("
        "ST_Translate(ST_Boundary(ST_Envelope(geom)), 0.0005, 0), 0.00002))) WHERE code = :code"
    )
    session.execute(text(strip), {"code": GRIDS["a1"]})


def test_a_grid_in_two_pieces_is_found(unguarded: Session, version: int) -> None:
    split_in_two(unguarded)
    audit = audit_version(unguarded, version)
    assert "pieces" in kinds(audit)
    assert said(audit, "pieces") == f"Grid {GRIDS['a1']} is in 2 pieces that no link joins."


def test_a_declared_link_joins_the_pieces(unguarded: Session, version: int) -> None:
    split_in_two(unguarded)
    bridge = "UPDATE gridmap.link SET geom = ST_Multi(ST_Translate(geom, -0.0005, 0)) WHERE seq = 0"
    audit = audit_after(unguarded, version, bridge)
    assert "pieces" not in kinds(audit)


def test_a_plan_that_is_not_there_is_named(session: Session) -> None:
    with pytest.raises(StoreError, match="no plan 404"):
        audit_version(session, 404)
