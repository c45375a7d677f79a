"""Lineage in PostGIS: written when a version is published, read through all publications."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmap.comparison import restate_counts
from gridmap.errors import MissingError, StoreError
from gridmap.store.lineage import (
    Restatement,
    find_publication,
    record_lineage,
    restate,
    trace_ancestry,
)
from gridmap.store.register import publication_in_force
from gridmap.store.rights import act_as
from gridmap.store.tables import LineageRow
from tests.store.test_drafts import Office, office
from tests.store.test_publications import MARCH, put_in_force, settled
from tests.store.test_rights import add
from tests.store.world import A, B

__all__ = ["office"]

MONTH = timedelta(days=31)
ADDED_LATER = """
    INSERT INTO gridmap.lineage
    SELECT version_id, community_code, old_code, 'x', old_version, kind, households, share_of_area,
           measure, part, whole, back_measure, back_part, back_whole
    FROM gridmap.lineage WHERE old_code <> ''
"""


@pytest.fixture
def history(office: Office) -> tuple[int, int, int]:
    """Publish as planned; then a house moves; then the third grid is split."""
    versions = (
        settled(office, "first"),
        settled(office, "second", "move"),
        settled(office, "third", "move", "split"),
    )
    for place, version in enumerate(versions):
        put_in_force(office.session, version, MARCH + place * MONTH)
    return versions


def kinds(session: Session, version: int) -> dict[tuple[str, str], str]:
    rows = session.scalars(select(LineageRow).where(LineageRow.version_id == version))
    return {(row.old_code[-3:], row.new_code[-3:]): row.kind for row in rows}


def restated(office: Office, start: int, end: int) -> Restatement:
    session = office.session
    return restate(session, find_publication(session, A, start), find_publication(session, A, end))


def test_a_first_publication_has_no_parents(office: Office, history: tuple[int, int, int]) -> None:
    assert kinds(office.session, history[0]) == {
        ("", "001"): "new",
        ("", "002"): "new",
        ("", "003"): "new",
    }
    third = trace_ancestry(office.session, A, f"{A}003")
    assert (third.since, third.until, third.parents) == (MARCH, None, ())


def test_publishing_writes_down_what_became_of_every_grid(
    office: Office, history: tuple[int, int, int]
) -> None:
    session = office.session
    assert kinds(session, history[1]) == {
        ("001", "001"): "same",
        ("002", "001"): "moved_line",
        ("002", "002"): "same",
        ("003", "003"): "same",
    }
    assert kinds(session, history[2])["003", "004"] == "split"
    moved = session.get_one(LineageRow, (history[1], A, f"{A}002", f"{A}001"))
    assert (moved.households, moved.part, moved.whole) == (10, 10, 100)
    assert (moved.back_part, moved.back_whole) == (10, 110)
    assert moved.share_of_area == pytest.approx(0.1, abs=0.01)


def test_a_code_is_traced_through_all_publications(
    office: Office, history: tuple[int, int, int]
) -> None:
    assert history
    begun = trace_ancestry(office.session, A, f"{A}004")
    assert (begun.since, begun.until) == (MARCH + 2 * MONTH, None)
    assert [(link.old_code[-3:], link.kind) for link in begun.parents] == [("003", "split")]
    assert begun.children == ()
    second = trace_ancestry(office.session, A, f"{A}002")
    assert [(link.new_code[-3:], link.kind, link.valid_from) for link in second.children] == [
        ("001", "moved_line", MARCH + MONTH)
    ]
    assert second.children[0].weight == pytest.approx(0.1)
    with pytest.raises(MissingError, match="never in force"):
        trace_ancestry(office.session, A, f"{A}009")


def test_a_crosswalk_over_several_publications_keeps_every_total(
    office: Office, history: tuple[int, int, int]
) -> None:
    for start, end, steps in ((0, 2, 2), (2, 0, 2), (1, 0, 1), (1, 1, 0)):
        found = restated(office, history[start], history[end])
        assert found.steps == steps
        assert found.weights.groupby("from_code")["share"].sum().to_list() == pytest.approx(
            [1.0] * found.weights["from_code"].nunique()
        )
        codes = sorted(set(found.weights["from_code"]))
        counts = pd.DataFrame({"visits": range(7, 7 + len(codes))}, index=codes)
        assert restate_counts(counts, found.weights)["visits"].sum() == counts["visits"].sum()
    onward = restated(office, history[0], history[2]).weights
    share = onward.set_index(["from_code", "to_code"])["share"]
    assert share[f"{A}002", f"{A}001"] == pytest.approx(0.1)
    assert share[f"{A}003", f"{A}003"] + share[f"{A}003", f"{A}004"] == pytest.approx(1.0)


def test_what_was_in_force_is_found_by_day_and_by_version(
    office: Office, history: tuple[int, int, int]
) -> None:
    session = office.session
    found = publication_in_force(session, A, at=MARCH + 1.5 * MONTH)
    assert found.version_id == history[1]
    with pytest.raises(MissingError, match="nothing was in force"):
        publication_in_force(session, A, at=MARCH - MONTH)
    with pytest.raises(MissingError, match="never in force"):
        find_publication(session, A, office.version)


def test_across_a_publication_without_lineage_nothing_is_restated(
    office: Office, history: tuple[int, int, int]
) -> None:
    office.session.execute(text("ALTER TABLE gridmap.lineage DISABLE TRIGGER never_edited"))
    office.session.execute(
        text("DELETE FROM gridmap.lineage WHERE version_id = :version"), {"version": history[1]}
    )
    with pytest.raises(MissingError, match="no lineage was kept"):
        restated(office, history[0], history[2])


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE gridmap.lineage SET part = 0",
        "DELETE FROM gridmap.lineage",
        ADDED_LATER,
    ],
)
def test_lineage_is_never_rewritten(
    office: Office, history: tuple[int, int, int], attack: str
) -> None:
    assert history
    with pytest.raises(IntegrityError), office.session.begin_nested():
        office.session.execute(text(attack))


def test_lineage_is_written_once(office: Office, history: tuple[int, int, int]) -> None:
    with pytest.raises(StoreError, match="pk_lineage"), office.session.begin_nested():
        record_lineage(office.session, history[1], A)


@pytest.mark.parametrize(
    ("role", "area", "rows"),
    [("planner", A, 3), ("leader", A, 3), ("planner", B, 0), ("worker", f"{A}001", 0)],
)
@pytest.mark.parametrize("table", ["lineage", "certificate"])
def test_an_account_reads_the_lineage_and_the_certificates_of_its_own_area(
    office: Office, history: tuple[int, int, int], role: str, area: str, rows: int, table: str
) -> None:
    session = office.session
    act_as(session, add(session, role, area))  # type: ignore[arg-type]
    asked = text(f"SELECT DISTINCT version_id FROM gridmap.{table}")  # noqa: S608
    assert len(session.execute(asked).all()) == rows
    assert history
