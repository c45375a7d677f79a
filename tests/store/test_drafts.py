"""Drafts in PostGIS: redrawn step by step, by one planner at a time, and never rewritten."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import shapely
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmap.errors import MissingError, RefusedError, StaleDraftError, TakenError
from gridmap.redraw.cuts import split_evenly
from gridmap.redraw.desk import set_cards
from gridmap.redraw.figures import count_grids
from gridmap.redraw.moves import merge_grids, move_plots
from gridmap.redraw.plan import Card
from gridmap.store.drafts import OpenDraft, Room, begin_draft, list_drafts, open_draft, read_steps
from gridmap.store.imports import import_layers
from gridmap.store.plans import add_draft
from gridmap.store.steps import SNAPSHOT_EVERY, rebase_redraw, record_step, redo_step, undo_step
from gridmap.store.tables import DraftGridRow, DraftSnapshotRow
from gridmap.store.terrains import open_terrain, pack_terrain
from tests.store.streets import draw_street, plan_street
from tests.store.world import A


@dataclass
class Office:
    """A session with a plan in it, and the rooms that are open."""

    session: Session
    version: int
    rooms: dict[tuple[int, str], Room]

    def begin(self, name: str = "spring") -> int:
        return begin_draft(self.session, self.version, A, name=name, by="li")

    def look(self, draft: int, at: int | None = None) -> OpenDraft:
        return open_draft(self.session, draft, self.rooms, at=at)

    def move(self, seen: OpenDraft, building: str, to: int, by: str = "li") -> OpenDraft:
        plots = seen.desk.terrain.plots_of([building])
        redraw = move_plots(seen.desk, seen.plan, plots, to=to)
        return record_step(self.session, seen, redraw, by=by, why="the tower is finished")

    def grids(self, draft: int) -> dict[str, tuple[int, int]]:
        asked = select(DraftGridRow).where(DraftGridRow.draft_id == draft)
        rows = self.session.scalars(asked.order_by(DraftGridRow.number))
        return {row.code[-3:]: (row.households, row.step) for row in rows}


@pytest.fixture
def office(session: Session) -> Office:
    """Import a street of 30 houses with ten homes each, and plan it: three grids of ten houses."""
    layers, ledger = draw_street()
    dataset = import_layers(session, layers, ledger, source="a drawing")
    return Office(session, add_draft(session, dataset, plan_street(layers, ledger)), {})


def test_a_step_changes_the_grids_that_are_shown_and_no_others(office: Office) -> None:
    draft = office.begin()
    assert office.grids(draft) == {"001": (100, 0), "002": (100, 0), "003": (100, 0)}
    before = outlines(office, draft)
    after = office.move(office.look(draft), "h10", 1)
    assert after.head == 1
    assert office.grids(draft) == {"001": (110, 1), "002": (90, 1), "003": (100, 0)}
    now = outlines(office, draft)
    assert now["003"] == before["003"]
    assert shapely.area(now["001"]) > shapely.area(before["001"])
    assert shapely.area(shapely.union_all(list(now.values()))) == pytest.approx(
        shapely.area(shapely.union_all(list(before.values())))
    )


def outlines(office: Office, draft: int) -> dict[str, shapely.Geometry]:
    asked = text("SELECT code, ST_AsBinary(geom) FROM gridmap.draft_grid WHERE draft_id = :draft")
    rows = office.session.execute(asked, {"draft": draft})
    return {code[-3:]: shapely.from_wkb(bytes(shape)) for code, shape in rows}


def test_the_second_of_two_planners_is_told_what_the_first_one_did(office: Office) -> None:
    draft = office.begin()
    seen_by_li, seen_by_wang = office.look(draft), office.look(draft)
    office.move(seen_by_li, "h10", 1)
    with pytest.raises(StaleDraftError, match=r"you saw step 0, it is at step 1.*li: do move"):
        office.move(seen_by_wang, "h20", 2, by="wang")
    assert office.grids(draft)["002"] == (90, 1)


def test_a_change_elsewhere_is_made_on_top_and_one_in_the_same_place_is_not(
    office: Office,
) -> None:
    draft = office.begin()
    seen = office.look(draft)
    desk = seen.desk
    elsewhere = move_plots(desk, seen.plan, desk.terrain.plots_of(["h20"]), to=2)
    here = move_plots(desk, seen.plan, desk.terrain.plots_of(["h10"]), to=1)
    office.move(seen, "h10", 1)
    now = office.look(draft)
    with pytest.raises(RefusedError, match="the same place"):
        rebase_redraw(now, here)
    record_step(office.session, now, rebase_redraw(now, elsewhere), by="wang")
    assert {code: held for code, (held, _) in office.grids(draft).items()} == {
        "001": 110,
        "002": 100,
        "003": 90,
    }


def test_undo_and_redo_are_steps_and_the_log_replays_to_every_plan(office: Office) -> None:
    draft = office.begin()
    plans = [office.look(draft)]
    plans.append(office.move(plans[-1], "h10", 1))
    desk, plan = plans[-1].desk, plans[-1].plan
    plans.append(record_step(office.session, plans[-1], merge_grids(desk, plan, [1, 2]), by="li"))
    split = split_evenly(desk, plans[-1].plan, 1, parts=2)
    plans.append(record_step(office.session, plans[-1], split, by="li"))
    card = {1: Card("一号网格", is_locked=True)}
    locked = set_cards(desk, plans[-1].plan, card, operation="lock")
    plans.append(record_step(office.session, plans[-1], locked, by="li"))
    for _ in range(4):
        plans.append(undo_step(office.session, plans[-1], by="wang"))
    assert plans[-1].plan.equals(plans[0].plan)
    assert office.grids(draft) == {
        code: (held, office.grids(draft)[code][1])
        for code, held in {"001": 100, "002": 100, "003": 100}.items()
    }
    for _ in range(4):
        plans.append(redo_step(office.session, plans[-1], by="wang"))
    assert plans[-1].plan.equals(plans[4].plan)
    with pytest.raises(RefusedError, match="nothing to redo"):
        redo_step(office.session, plans[-1], by="wang")
    for step, seen in enumerate(plans):
        replayed = office.look(draft, at=step)
        assert replayed.plan.equals(seen.plan)
        assert (replayed.done, replayed.undone) == (seen.done, seen.undone)
    steps = read_steps(office.session, draft)
    assert [step.kind for step in steps] == ["do"] * 4 + ["undo"] * 4 + ["redo"] * 4
    assert steps[0].why == "the tower is finished"
    assert steps[0].figures["after"][f"{A}001"]["households"] == 110


def test_a_long_draft_is_opened_from_its_last_whole_plan(office: Office) -> None:
    draft = office.begin()
    seen = office.look(draft)
    for step in range(SNAPSHOT_EVERY + 2):
        seen = office.move(seen, "h10", 1 + step % 2)
    kept = select(DraftSnapshotRow.number).where(DraftSnapshotRow.draft_id == draft)
    assert sorted(office.session.scalars(kept)) == [0, SNAPSHOT_EVERY]
    assert office.look(draft).plan.equals(seen.plan)
    assert office.look(draft).done == seen.done


def test_drafts_of_a_plan_live_side_by_side_under_names_of_their_own(office: Office) -> None:
    spring, autumn = office.begin("spring"), office.begin("autumn")
    office.move(office.look(spring), "h10", 1)
    assert office.grids(autumn)["001"] == (100, 0)
    assert [row.name for row in list_drafts(office.session, office.version, A)] == [
        "spring",
        "autumn",
    ]
    with (
        pytest.raises(TakenError, match="has a draft called spring"),
        office.session.begin_nested(),
    ):
        office.begin("spring")
    with pytest.raises(MissingError, match="does not hold community"):
        begin_draft(office.session, office.version, "440305001009", name="x", by="li")
    with pytest.raises(MissingError, match="no draft 999"):
        office.look(999)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE gridmap.draft_step SET made_by = 'nobody'",
        "DELETE FROM gridmap.draft_step",
        "DELETE FROM gridmap.draft_snapshot",
        "UPDATE gridmap.draft SET head = 0",
        "UPDATE gridmap.draft SET head = head + 1",
        "UPDATE gridmap.terrain SET content = ''",
        "UPDATE gridmap.draft_step SET number = 7",
    ],
)
def test_the_database_lets_nobody_rewrite_history(office: Office, attack: str) -> None:
    draft = office.begin()
    office.move(office.look(draft), "h10", 1)
    with pytest.raises(IntegrityError), office.session.begin_nested():
        office.session.execute(text(attack))


def test_the_database_takes_no_step_out_of_turn(office: Office) -> None:
    draft = office.begin()
    office.move(office.look(draft), "h10", 1)
    again = text(
        "INSERT INTO gridmap.draft_step (draft_id, number, kind, operation, change, figures,"
        " made_by) SELECT draft_id, :number, kind, operation, change, figures, made_by"
        " FROM gridmap.draft_step"
    )
    for number in (1, 3):
        with pytest.raises(IntegrityError), office.session.begin_nested():
            office.session.execute(again, {"number": number})


def test_the_database_refuses_a_step_that_loses_a_household(office: Office) -> None:
    draft = office.begin()
    office.move(office.look(draft), "h10", 1)
    office.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    office.session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    office.move(office.look(draft), "h10", 2)
    office.session.execute(text("UPDATE gridmap.draft_grid SET households = 1 WHERE number = 1"))
    with pytest.raises(IntegrityError, match="hold exactly the households"):
        office.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def test_a_terrain_comes_back_to_the_bit(office: Office) -> None:
    opened = office.look(office.begin())
    terrain = opened.desk.terrain
    again = open_terrain(pack_terrain(terrain))
    assert pack_terrain(again) == pack_terrain(terrain)
    assert shapely.equals_identical(again.cells, terrain.cells).all()
    assert again.plots_of(["h03"]).tolist() == terrain.plots_of(["h03"]).tolist()
    number_of = opened.plan.number_of
    counted = [
        count_grids(each, number_of, [1, 2, 3], opened.desk.window) for each in (terrain, again)
    ]
    assert counted[0] == counted[1]
    assert np.array_equal(again.borders.length_m, terrain.borders.length_m)
