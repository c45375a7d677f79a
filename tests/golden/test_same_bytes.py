"""One town, one rule, one seed: the same file to the bit, however the work was shared out."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from distributed import LocalCluster

import gis_data
from gridmap.ground.communities import split_communities
from gridmap.jobs.city import plan_communities
from gridmap.jobs.order import Order
from gridmap.layers import read_layers
from gridmap.layers.ledger import Ledger, settle_households
from gridmap.pipeline import assemble_draft
from gridmap.plan.certificate import audit_draft
from gridmap.plan.model import CommunityPlan, Draft
from gridmap.planfile import write_draft
from gridmap.rules import Rules
from gridmap.schema import Community, Layers

RULES = Rules()

Town = tuple[Layers, Ledger]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    folder = tmp_path_factory.mktemp("town")
    gis_data.write_town(folder, buildings=400, seed=5)
    layers = read_layers(folder)
    return layers, settle_households(layers, rules=RULES)


def planned(communities: Iterable[Community], *, processes: int = 1) -> list[CommunityPlan]:
    return plan_communities(communities, Order(RULES, seed=2, processes=processes))


def assembled(town: Town, plans: Sequence[CommunityPlan]) -> Draft:
    layers, ledger = town
    return assemble_draft(
        sorted(plans, key=lambda plan: plan.community),
        balance=ledger.balance,
        faults=(*layers.faults, *ledger.faults),
        rules=RULES,
        seed=2,
        crs=layers.crs,
    )


@pytest.fixture(scope="module")
def draft(town: Town) -> Draft:
    return assembled(town, planned(split_communities(*town)))


def written(draft: Draft, folder: Path) -> bytes:
    path = folder / "plan.gpkg"
    write_draft(draft, path, language="zh")
    return path.read_bytes()


@pytest.mark.parametrize("processes", [2, 4])
def test_several_processes_write_the_same_bytes_as_one(
    town: Town, draft: Draft, tmp_path: Path, processes: int
) -> None:
    alone = written(draft, tmp_path)
    together = assembled(town, planned(split_communities(*town), processes=processes))
    assert written(together, tmp_path) == alone


def test_a_dask_cluster_writes_the_same_bytes(town: Town, draft: Draft, tmp_path: Path) -> None:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        order = Order(RULES, seed=2, scheduler=cluster.scheduler_address)
        away = assembled(town, plan_communities(split_communities(*town), order))
    assert written(away, tmp_path) == written(draft, tmp_path)


def test_the_order_of_the_communities_decides_nothing(
    town: Town, draft: Draft, tmp_path: Path
) -> None:
    backwards = planned(list(split_communities(*town))[::-1])
    assert written(assembled(town, backwards), tmp_path) == written(draft, tmp_path)


def test_a_community_planned_by_itself_comes_out_as_in_the_town(town: Town, draft: Draft) -> None:
    code = sorted(draft.grids["community_code"].unique())[1]
    (alone,) = planned(split_communities(*town, codes=[code]))
    inside = draft.grids[draft.grids["community_code"] == code]
    counts = ["households", "persons", "buildings", "neck_m", "enclosed_by"]
    figures = ["name", "kind", *counts, "status", "reason", "bounds", "why"]
    pd.testing.assert_frame_equal(pd.DataFrame(alone.grids[figures]), pd.DataFrame(inside[figures]))
    homes = draft.assignment.loc[alone.assignment.index, "grid_code"]
    assert alone.assignment["grid_code"].tolist() == homes.tolist()


def test_the_order_of_the_buildings_in_the_file_decides_nothing(
    draft: Draft, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("shuffled")
    gis_data.write_town(folder, buildings=400, seed=5)
    buildings = gpd.read_parquet(folder / "buildings.parquet")
    buildings.iloc[::-1].to_parquet(folder / "buildings.parquet")
    layers = read_layers(folder)
    other = layers, settle_households(layers, rules=RULES)
    again = assembled(other, planned(split_communities(*other)))
    assert again.assignment["grid_code"].to_dict() == draft.assignment["grid_code"].to_dict()
    assert all(again.grids.geometry == draft.grids.geometry)


def test_the_grids_of_neighbouring_communities_form_one_coverage(town: Town, draft: Draft) -> None:
    layers, _ = town
    areas = draft.grids.geometry.to_numpy()
    ground = shapely.union_all(layers.communities.geometry.to_numpy())
    assert draft.grids["community_code"].nunique() >= 4
    assert shapely.coverage_is_valid(areas)
    assert abs(shapely.area(areas).sum() - ground.area) <= 1e-6 * ground.area


def test_the_town_s_plan_passes_its_audit(draft: Draft) -> None:
    assert audit_draft(draft).passes
