"""A real Dask cluster with processes for workers, on this machine: the same plans as without."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from distributed import LocalCluster

from gridmap.errors import ClusterError, CodesExhaustedError
from gridmap.jobs import scheduler
from gridmap.jobs.city import plan_communities, require_scheduler
from gridmap.jobs.kit import difference, own_kit
from gridmap.jobs.order import Order
from gridmap.plan.model import CommunityPlan
from gridmap.rules import Rules
from gridmap.schema import Community
from tests.unit.jobs.mortal import MortalOrder
from tests.unit.jobs.plans import assignments

RULES = Rules()


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """Start a scheduler and workers; give its address."""
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as local:
        yield local.scheduler_address


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with cluster(2) as here:
        yield here


def test_a_cluster_gives_the_same_plans_to_the_bit(
    address: str, communities: list[Community], alone: list[CommunityPlan]
) -> None:
    plans = plan_communities(communities, Order(RULES, scheduler=address))
    assert assignments(plans) == assignments(alone)
    for away, here in zip(plans, alone, strict=True):
        assert away.grids.geometry.to_wkb().tolist() == here.grids.geometry.to_wkb().tolist()


def test_a_worker_that_dies_has_its_community_planned_again(
    address: str, communities: list[Community], alone: list[CommunityPlan], tmp_path: Path
) -> None:
    order = MortalOrder(RULES, scheduler=address, folder=str(tmp_path))
    assert assignments(plan_communities(communities, order)) == assignments(alone)
    assert (tmp_path / "0").exists()


def test_what_planning_refuses_comes_home_from_a_worker(
    address: str, communities: list[Community]
) -> None:
    rules = Rules(low=1, target=1, high=2, micro_low=1, micro_high=1, code_profile="cjt213")
    with pytest.raises(CodesExhaustedError):
        plan_communities(communities, Order(rules, scheduler=address))


def test_a_worker_with_another_gridmap_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "WORKERS_S", 120)
    about = tmp_path / "gridmap-9.9.9.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: gridmap\nVersion: 9.9.9\n")
    differs = pytest.raises(ClusterError, match=r"gridmap 9\.9\.9 where this machine has")
    with cluster(0) as here, worker(here, tmp_path), differs:
        require_scheduler(here)


@contextmanager
def worker(address: str, folder: Path) -> Iterator[None]:
    """Start a worker that finds packages in a folder before those of this machine."""
    paths = os.pathsep.join([str(folder), *filter(None, sys.path)])
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address]
    process = subprocess.Popen(  # noqa: S603
        [*command, "--no-nanny", "--no-dashboard", "--nthreads", "1"],
        env={**os.environ, "PYTHONPATH": paths},
        cwd=folder,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


def test_a_worker_with_other_code_of_the_same_version_is_told_apart() -> None:
    kit = own_kit()
    assert difference(kit, {**kit}) is None
    assert difference(kit, {**kit, "code": "other"}) == ("code", kit["code"], "other")
    assert difference(kit, {**kit, "shapely": None}) == ("shapely", kit["shapely"], "")


def test_a_cluster_without_workers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "WORKERS_S", 0.2)
    with cluster(0) as here, pytest.raises(ClusterError, match="has no workers"):
        require_scheduler(here)


@pytest.mark.parametrize("nowhere", ["tcp://127.0.0.1:1", "nowhere", "post://a:1", ""])
def test_an_address_nobody_is_at_is_refused(monkeypatch: pytest.MonkeyPatch, nowhere: str) -> None:
    monkeypatch.setattr(scheduler, "CONNECT_S", 0.5)
    with pytest.raises(ClusterError, match="no Dask scheduler"):
        require_scheduler(nowhere)
