"""The database refuses every wrong plan, whoever writes it; each test breaks one thing."""

from dataclasses import replace

import pandas as pd
import pytest
from shapely import Polygon, box
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from gridmap.errors import StoreError
from gridmap.plan.model import Draft
from gridmap.store.plans import add_draft
from gridmap.store.session import check_now
from tests.store.world import GRIDS, B, put, with_grid


def refused(session: Session, dataset: int, draft: Draft) -> str:
    """Write a draft that must not be, and give the name of what refuses it."""
    with pytest.raises((StoreError, DBAPIError)) as refusal:
        add_draft(session, dataset, draft)
    error = refusal.value.__cause__ if isinstance(refusal.value, StoreError) else refusal.value
    origin = error.orig if isinstance(error, DBAPIError) else error
    return str(origin.diag.constraint_name)  # type: ignore[union-attr]


def test_a_grid_outside_its_community(session: Session, dataset: int, draft: Draft) -> None:
    wrong = with_grid(draft, "a1", geometry=box(-5, 0, 100, 100))
    assert refused(session, dataset, wrong) == "grid_inside_community"


def test_a_grid_in_the_neighbours_community(session: Session, dataset: int, draft: Draft) -> None:
    wrong = with_grid(draft, "a2", community_code=B)
    assert refused(session, dataset, wrong) == "grid_inside_community"


def test_two_grids_that_overlap(session: Session, dataset: int, draft: Draft) -> None:
    wrong = with_grid(draft, "a2", geometry=box(99.9, 0, 200, 100))
    assert refused(session, dataset, wrong) == "grids_do_not_overlap"


def test_a_millimetre_of_overlap_along_the_whole_border(
    session: Session, dataset: int, draft: Draft
) -> None:
    wrong = with_grid(draft, "a2", geometry=box(99.999, 0, 200, 100))
    assert refused(session, dataset, wrong) == "grids_do_not_overlap"


def test_a_tenth_of_a_millimetre_is_the_lattice_and_no_overlap(
    session: Session, dataset: int, draft: Draft
) -> None:
    assert add_draft(session, dataset, with_grid(draft, "a2", geometry=box(99.9999, 0, 200, 100)))


def test_a_home_outside_its_grid(session: Session, dataset: int, draft: Draft) -> None:
    narrow = with_grid(draft, "a1", geometry=box(0, 0, 60, 100))
    assert refused(session, dataset, narrow) == "home_lies_in_its_grid"


def test_a_home_on_the_line_may_be_on_either_side(
    session: Session, dataset: int, draft: Draft
) -> None:
    line = box(60, 40, 75, 55).representative_point().x
    on_it = with_grid(draft, "a1", geometry=box(0, 0, line, 100))
    assert add_draft(session, dataset, on_it)


@pytest.mark.parametrize("figure", ["households", "persons", "buildings"])
def test_a_grid_that_counts_others_than_it_holds(
    session: Session, dataset: int, draft: Draft, figure: str
) -> None:
    more = int(draft.grids.loc[GRIDS["a1"], figure]) + 1
    assert refused(session, dataset, with_grid(draft, "a1", **{figure: more})) == (
        "grid_counts_its_homes"
    )


def test_a_home_that_is_left_out(session: Session, dataset: int, draft: Draft) -> None:
    without = with_grid(draft, "a1", buildings=1, households=2, persons=6)
    short = replace(without, assignment=draft.assignment.drop("A2"))
    assert refused(session, dataset, short) == "nobody_is_left_out"


def test_a_home_in_two_grids(session: Session, dataset: int, draft: Draft) -> None:
    again = draft.assignment.loc[["A1"]].assign(grid_code=GRIDS["a2"])
    twice = replace(draft, assignment=pd.concat([draft.assignment, again]))
    assert refused(session, dataset, twice) == "pk_assignment"


def test_a_home_nobody_imported(session: Session, dataset: int, draft: Draft) -> None:
    strange = replace(draft, assignment=draft.assignment.rename(index={"A1": "Z9"}))
    assert refused(session, dataset, strange) == "fk_assignment_dataset_id_building_id"


def test_a_grid_nobody_drew(session: Session, dataset: int, draft: Draft) -> None:
    strange = replace(draft, assignment=draft.assignment.assign(grid_code="nowhere"))
    assert refused(session, dataset, strange) == "fk_assignment_version_id_dataset_id_grid_code"


def test_one_code_for_two_grids(session: Session, dataset: int, draft: Draft) -> None:
    renamed = replace(draft, grids=draft.grids.rename(index={GRIDS["a2"]: GRIDS["a1"]}))
    assert refused(session, dataset, renamed) == "pk_grid"


def test_a_community_nobody_imported(session: Session, dataset: int, draft: Draft) -> None:
    strange = with_grid(draft, "b1", community_code="999")
    assert refused(session, dataset, strange) == "fk_plan_community_dataset_id_community_code"


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("kind", "special", "kind_known"),
        ("kind", "empty", "empty_is_empty"),
        ("status", "fine", "status_known"),
        ("reason", "", "exception_has_reason"),
        ("households", -1, "households_counted"),
        ("area_m2", 0.0, "area_positive"),
        ("clear_share", 1.5, "clear_share_is_share"),
        ("compactness", -0.1, "compactness_is_share"),
        ("neck_m", -0.1, "neck_measured"),
        ("enclosed_by", GRIDS["a1"], "enclosed_by_another"),
    ],
)
def test_a_figure_that_cannot_be(
    session: Session, dataset: int, draft: Draft, column: str, value: object, rule: str
) -> None:
    assert refused(session, dataset, with_grid(draft, "a1", **{column: value})) == f"ck_grid_{rule}"


def test_a_grid_that_crosses_itself(session: Session, version: int) -> None:
    bow_tie = put(Polygon([(0, 0), (50, 50), (50, 0), (0, 50)]))
    change = text("UPDATE gridmap.grid SET geom = ST_Multi(ST_GeomFromText(:wkt, 4326))")
    with pytest.raises(IntegrityError, match="ck_grid_geom_valid"):
        session.execute(change, {"wkt": bow_tie.wkt})
    assert version


def test_an_area_that_is_no_multipolygon(session: Session, version: int) -> None:
    change = text("UPDATE gridmap.grid SET geom = ST_SetSRID(ST_MakePoint(0, 0), 4326)")
    with pytest.raises(DBAPIError, match="does not match column type"):
        session.execute(change)
    assert version


def test_metres_in_a_column_of_degrees(session: Session, version: int) -> None:
    with pytest.raises(DBAPIError, match="SRID"):
        session.execute(text("UPDATE gridmap.grid SET geom = ST_SetSRID(geom, 4549)"))
    assert version


def touch(session: Session, statement: str, **values: object) -> None:
    """Change a finished version behind the tool's back, and let the guards look."""
    session.execute(text(statement), values)
    check_now(session)


def test_a_home_moved_without_its_line(session: Session, version: int) -> None:
    with pytest.raises(StoreError, match="says 2 buildings"):
        touch(
            session,
            "UPDATE gridmap.assignment SET grid_code = :to WHERE building_id = 'A2'",
            to=GRIDS["a2"],
        )
    assert version


def test_a_line_moved_without_its_home(session: Session, version: int) -> None:
    shrink = (
        "UPDATE gridmap.grid SET geom = ST_Multi(ST_Intersection(geom, ST_Translate(geom,"
        " -0.0006, 0))) WHERE code = :code"
    )
    with pytest.raises(StoreError, match="Building A2 does not lie in its grid"):
        touch(session, shrink, code=GRIDS["a1"])
    assert version


def test_a_home_taken_out_of_a_finished_version(session: Session, version: int) -> None:
    with pytest.raises(StoreError, match="says 2 buildings"):
        touch(session, "DELETE FROM gridmap.assignment WHERE building_id = 'A2'")
    assert version


def test_a_home_taken_out_with_its_grid(session: Session, version: int) -> None:
    with pytest.raises(StoreError, match="Building B1 is in no grid"):
        touch(session, "DELETE FROM gridmap.grid WHERE code = :code", code=GRIDS["b1"])
    assert version


def test_a_community_added_without_its_homes(session: Session, dataset: int, draft: Draft) -> None:
    grids = draft.grids[draft.grids["community_code"] == B]
    homes = draft.assignment[draft.assignment["grid_code"].isin(grids.index)]
    version = add_draft(session, dataset, replace(draft, grids=grids, assignment=homes))
    add = (
        "INSERT INTO gridmap.plan_community SELECT :version, code, dataset_id"
        " FROM gridmap.community WHERE dataset_id = :dataset AND code <> :planned"
    )
    with pytest.raises(StoreError, match="Building A1 is in no grid"):
        touch(session, add, version=version, dataset=dataset, planned=B)


def test_a_home_and_its_line_may_move_together(session: Session, version: int) -> None:
    """The guards look at the end, so that a redraw may take any order."""
    move = (
        "UPDATE gridmap.assignment SET grid_code = :to WHERE building_id = 'A2';"
        " UPDATE gridmap.grid SET geom = ST_Multi(ST_Intersection(geom, ST_Translate(geom,"
        " -0.0006, 0))), buildings = 1, households = 2, persons = 6 WHERE code = :from_;"
        " UPDATE gridmap.grid SET buildings = 3, households = 3, persons = persons + 2,"
        " geom = (SELECT ST_Multi(ST_Difference(c.geom, g.geom)) FROM gridmap.community c,"
        " gridmap.grid g WHERE g.code = :from_ AND c.code = g.community_code) WHERE code = :to"
    )
    for statement in move.split(";"):
        session.execute(text(statement), {"to": GRIDS["a2"], "from_": GRIDS["a1"]})
    check_now(session)
    revisions = text("SELECT code, revision > 1 FROM gridmap.grid ORDER BY code")
    assert [moved for _, moved in session.execute(revisions)] == [True, True, False]
    assert version


def test_an_import_that_was_planned_from_is_kept(session: Session, version: int) -> None:
    with pytest.raises(IntegrityError, match="fk_plan_version_dataset_id"):
        session.execute(text("DELETE FROM gridmap.dataset"))
    assert version


def test_a_version_goes_with_everything_in_it(session: Session, version: int) -> None:
    touch(session, "DELETE FROM gridmap.plan_version WHERE id = :version", version=version)
    for table in ("grid", "assignment", "plan_community"):
        count = session.execute(text(f"SELECT count(*) FROM gridmap.{table}"))  # noqa: S608
        assert count.scalar() == 0
