"""Looks whether all that was answered is in the database, and whatever is there is whole."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from gridmap.store.audit import audit_version
from gridmap.store.certificates import find_certificate, verify_certificate
from gridmap.store.drafts import Room, list_grids, open_draft, read_steps
from gridmap.store.register import list_publications, owner_of_building
from gridmap.store.session import sessions
from gridmap.store.terrains import read_change
from tests.cli.clerks import FIRST_DAY, Notes
from tests.cli.machines import wait
from tests.store.world import A

STEP_OF = {"submission": "submitted", "approval": "approved", "publication": "published"}
STEP_OF["filing"] = "filed"


@dataclass(frozen=True)
class Inspection:
    """Of one round: of what is newer than it was before."""

    engine: Engine
    last: dict[str, int]
    rooms: dict[tuple[int, str], Room]

    @classmethod
    def before(cls, url: str) -> Self:
        """Note what is there before the round."""
        engine = create_engine(url)
        with engine.begin() as connection:
            last = {
                table: connection.execute(
                    text(f"SELECT coalesce(max(id), 0) FROM gridmap.{table}")  # noqa: S608
                ).scalar_one()
                for table in ("draft", "plan_version", "planning_job")
            }
        engine.dispose()
        return cls(engine, last, {})

    def at(self, url: str) -> Self:
        """Go where the database is now."""
        self.engine.dispose()
        return replace(self, engine=create_engine(url))

    def newest_publication(self) -> tuple[int, int] | None:
        """Give what was published last, and on which day it begins."""
        with sessions(self.engine)() as session:
            rows = list_publications(session, A)
            return (rows[-1].version_id, (rows[-1].valid_from - FIRST_DAY).days) if rows else None

    def look(self, notes: Notes) -> None:
        """Look at everything."""
        try:
            self._look(notes)
        finally:
            self.engine.dispose()

    def _look(self, notes: Notes) -> None:
        assert notes.wrong == []
        wait(self._has_no_job_under_way, "the end of every job")
        with sessions(self.engine)() as session:
            jobs = self._look_at_jobs(session, notes)
            self._look_at_drafts(session, notes)
            self._look_at_versions(session, notes, jobs)
            self._look_at_publications(session, notes)

    def _has_no_job_under_way(self) -> bool:
        return self._is_empty("gridmap.planning_job WHERE ended_at IS NULL")

    def _has_empty_queue(self) -> bool:
        return self._is_empty("gridmap.planning_parcel") and self._is_empty(
            "gridmap_queue.procrastinate_jobs"
        )

    def _is_empty(self, rows: str) -> bool:
        with suppress(OperationalError), self.engine.begin() as connection:
            return not connection.execute(text(f"SELECT FROM {rows} LIMIT 1")).all()
        return False

    def _new(self, session: Session, table: str, columns: str = "id") -> list[Any]:
        asked = f"SELECT {columns} FROM gridmap.{table} WHERE id > :last ORDER BY id"  # noqa: S608
        return list(session.execute(text(asked), {"last": self.last[table]}))

    def _look_at_jobs(self, session: Session, notes: Notes) -> set[int]:
        """Every job that was acknowledged is done, with one version; give the versions of all."""
        rows = self._new(session, "planning_job", "id, state, version_id, failures")
        assert {row.state for row in rows} <= {"done"}, rows
        is_between(notes, "job", [row.id for row in rows])
        versions = {row.version_id for row in rows}
        assert len(versions) == len(rows)
        wait(self._has_empty_queue, "a queue that is empty")
        return versions

    def _look_at_drafts(self, session: Session, notes: Notes) -> None:
        """Every step that was acknowledged is in its log, and the log gives what is shown."""
        drafts = [row.id for row in self._new(session, "draft")]
        is_between(notes, "draft", drafts)
        taken = [
            (draft, step.number, step.kind, step.operation)
            for draft in drafts
            for step in read_steps(session, draft)
        ]
        is_between(notes, "step", taken)
        for draft in drafts:
            self._replay(session, draft)

    def _replay(self, session: Session, draft: int) -> None:
        steps = read_steps(session, draft)
        now = open_draft(session, draft, self.rooms)
        assert [step.number for step in steps] == list(range(1, now.head + 1))
        plan = open_draft(session, draft, self.rooms, at=0).plan
        for step in steps:
            plan = plan.changed(read_change(step.change))
        assert plan.equals(now.plan)
        homes = np.bincount(plan.number_of, now.desk.terrain.loads[:, 0])
        houses = np.bincount(plan.number_of)
        assert {
            grid.code: (grid.households, grid.buildings) for grid in list_grids(session, draft)
        } == {f"{A}{each:03d}": (int(homes[each]), int(houses[each])) for each in plan.cards}

    def _look_at_versions(self, session: Session, notes: Notes, of_jobs: set[int]) -> None:
        """Every version is a whole one, and there is none that nobody asked for."""
        rows = self._new(session, "plan_version", "id, status")
        assert {row.status for row in rows} <= {"draft"}
        assert of_jobs <= {row.id for row in rows}
        is_between(notes, "version", [row.id for row in rows if row.id not in of_jobs])
        for row in rows:
            audit = audit_version(session, row.id)
            assert audit.passes, (row.id, audit.findings)

    def _look_at_publications(self, session: Session, notes: Notes) -> None:
        """What was published is in force with all that belongs to it, and its certificate holds."""
        published = {row.version_id: row.valid_from for row in list_publications(session, A)}
        for each in (
            "certificate",
            "lineage",
            "version_step WHERE step = 'published'",
        ):
            asked = text(f"SELECT DISTINCT version_id FROM gridmap.{each}")  # noqa: S608
            assert set(session.scalars(asked)) == set(published), each
        for kind, step in STEP_OF.items():
            asked = text("SELECT version_id FROM gridmap.version_step WHERE step = :step")
            taken = set(session.scalars(asked, {"step": step}))
            new = [one for one in taken if one > self.last["plan_version"]]
            is_between(notes, kind, new, [version for version, _ in notes.told[kind]])
        signed = session.execute(
            text(
                "SELECT version_id, code, rule FROM gridmap.signed_exception"
                " WHERE version_id > :last"
            ),
            {"last": self.last["plan_version"]},
        )
        is_between(notes, "signature", [tuple(row) for row in signed])
        for version, sha256 in notes.told["publication"]:
            assert find_certificate(session, version).sha256 == sha256
        for version, valid_from in published.items():
            if version > self.last["plan_version"]:
                assert verify_certificate(session, version)
                owner = owner_of_building(session, "h10", at=valid_from)
                assert owner is not None
                assert owner.version == version


def is_between(notes: Notes, kind: str, found: list[Any], told: list[Any] | None = None) -> None:
    """All that was told is found, and beside it only what may have got no answer."""
    answered = notes.told[kind] if told is None else told
    assert len(answered) == len(set(answered)), kind
    lost, more = set(answered) - set(found), set(found) - set(answered)
    assert not lost, f"{kind}: {lost} was answered and is not there"
    assert len(more) <= notes.unanswered[kind], f"{kind}: nobody was told of {more}"
