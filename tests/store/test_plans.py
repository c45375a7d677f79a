"""A plan comes back as it was drawn, written at once or community by community."""

import pytest
import shapely
from sqlalchemy.orm import Session

from gridmap.errors import StoreError
from gridmap.layers.ledger import Ledger
from gridmap.plan.model import Draft
from gridmap.rules import Rules
from gridmap.schema import Layers
from gridmap.store.plans import (
    add_community_grids,
    add_draft,
    close_version,
    latest_version,
    open_version,
    read_draft,
    read_import_faults,
    version_of,
)
from tests.store.world import GRIDS, A, B


def part(draft: Draft, community: str) -> Draft:
    """Take the part of a draft that is of one community."""
    grids = draft.grids[draft.grids["community_code"] == community]
    assignment = draft.assignment[draft.assignment["grid_code"].isin(grids.index)]
    return Draft(
        grids=grids,
        assignment=assignment,
        microgrids=draft.microgrids,
        faults=(),
        balance=draft.balance,
        rules=draft.rules,
        seed=draft.seed,
        crs=draft.crs,
        figures=draft.figures,
    )


def assert_same(found: Draft, told: Draft) -> None:
    for name in ("grids", "assignment"):
        one, other = getattr(found, name), getattr(told, name)
        assert one.drop(columns="geometry").equals(other.drop(columns="geometry"))
        assert one.crs == other.crs
    assert shapely.equals_identical(found.grids.geometry.array, told.grids.geometry.array).all()
    apart = found.assignment.geometry.distance(told.assignment.geometry)
    assert apart.max() < 1e-7


def test_a_draft_comes_back_as_it_was_drawn(session: Session, version: int, draft: Draft) -> None:
    found = read_draft(session, version)
    assert_same(found, draft)
    assert found.balance == draft.balance
    assert found.faults == draft.faults
    assert (found.rules, found.seed, found.figures) == (draft.rules, 7, draft.figures)
    assert found.crs == draft.crs
    assert len(found.microgrids) == 0


def test_a_stored_reason_is_said_in_either_language(session: Session, version: int) -> None:
    grids = read_draft(session, version).grids
    assert grids.loc[GRIDS["a1"], "reason"].startswith('{"fields"')


def test_communities_one_by_one_make_the_same_version(
    session: Session, dataset: int, draft: Draft
) -> None:
    version = open_version(session, dataset, draft.rules, draft.seed)
    for community in (A, B):
        add_community_grids(session, version, part(draft, community))
    close_version(session, version, draft.figures, draft.balance)
    assert_same(read_draft(session, version), draft)


def test_micro_grids_come_back(session: Session, dataset: int, draft: Draft) -> None:
    code = GRIDS["a1"]
    columns = {"grid_code": code, "households": 1, "persons": 2, "made_of": "A1"}
    micro = draft.grids.loc[[code], ["geometry"]].assign(**columns)
    micro.index = micro.index.str.cat(["-1"]).rename("micro_code")
    whole = Draft(
        grids=draft.grids,
        assignment=draft.assignment.assign(micro_code=f"{code}-1"),
        microgrids=micro,
        faults=(),
        balance=draft.balance,
        rules=draft.rules,
        seed=draft.seed,
        crs=draft.crs,
        figures=draft.figures,
    )
    found = read_draft(session, add_draft(session, dataset, whole))
    assert found.microgrids.drop(columns="geometry").to_dict("index") == {
        f"{code}-1": {"grid_code": code, "households": 1, "persons": 2, "made_of": "A1"}
    }
    assert set(found.assignment["micro_code"]) == {f"{code}-1"}


def test_a_version_that_is_not_finished_is_nobodys_latest(session: Session, dataset: int) -> None:
    version = open_version(session, dataset, Rules(), 0)
    with pytest.raises(StoreError, match="gridmap plan"):
        latest_version(session)
    with pytest.raises(StoreError, match=f"no plan {version}"):
        read_draft(session, version)


def test_the_latest_version_is_the_last_finished(
    session: Session, dataset: int, version: int, draft: Draft
) -> None:
    newer = add_draft(session, dataset, draft)
    open_version(session, dataset, draft.rules, 0)
    assert latest_version(session) == newer > version


def test_a_finished_version_takes_no_more_grids(
    session: Session, version: int, draft: Draft
) -> None:
    with pytest.raises(StoreError, match="finished"):
        add_community_grids(session, version, draft)
    with pytest.raises(StoreError, match="finished"):
        close_version(session, version, draft.figures, draft.balance)


def test_a_plan_of_one_community_leaves_the_other_alone(
    session: Session, dataset: int, draft: Draft
) -> None:
    version = add_draft(session, dataset, part(draft, B))
    assert list(read_draft(session, version).assignment.index) == ["B1", "B2"]


def test_a_plan_of_an_import_that_is_not_there_is_refused(
    session: Session, world: tuple[Layers, Ledger]
) -> None:
    assert world
    with pytest.raises(StoreError, match="no dataset 404"):
        open_version(session, 404, Rules(), 0)


def test_a_version_is_found_by_what_it_was_made_with(
    session: Session, dataset: int, version: int, draft: Draft
) -> None:
    assert version_of(session, dataset, draft.rules, draft.seed) == version
    assert version_of(session, dataset, draft.rules, draft.seed + 1) is None
    assert version_of(session, dataset, Rules(target=401), draft.seed) is None


def test_the_faults_of_its_import_are_read_with_a_version(
    session: Session, version: int, world: tuple[Layers, Ledger]
) -> None:
    assert read_import_faults(session, version) == (*world[0].faults, *world[1].faults)
