"""Processes come and go; the plans stay the same."""

import multiprocessing
from pathlib import Path

import psutil
import pytest

from gridmap.errors import ClusterError
from gridmap.jobs.city import plan_communities
from gridmap.jobs.order import Order
from gridmap.plan.model import CommunityPlan
from gridmap.rules import Rules
from gridmap.schema import Community
from tests.unit.jobs.mortal import MortalOrder
from tests.unit.jobs.plans import assignments

RULES = Rules()


def test_a_process_that_dies_has_its_community_planned_again(
    communities: list[Community], alone: list[CommunityPlan], tmp_path: Path
) -> None:
    order = MortalOrder(RULES, processes=2, folder=str(tmp_path))
    assert assignments(plan_communities(communities, order)) == assignments(alone)
    assert (tmp_path / "0").exists()


def test_processes_that_die_again_and_again_are_given_up_in_words(
    communities: list[Community], tmp_path: Path
) -> None:
    order = MortalOrder(RULES, processes=2, folder=str(tmp_path), deaths=99)
    with pytest.raises(ClusterError, match="want of memory"):
        plan_communities(communities, order)


def test_progress_counts_buildings(communities: list[Community]) -> None:
    told: list[int] = []
    plan_communities(communities, Order(RULES, processes=2), progress=told.append)
    assert sorted(told) == sorted(len(community.buildings) for community in communities)


def _plan_for_ever(communities: list[Community]) -> None:
    while True:
        plan_communities(communities, Order(RULES, processes=2))


def test_no_process_outlives_the_one_that_started_it(communities: list[Community]) -> None:
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_plan_for_ever, args=(communities,))
    process.start()
    parent = psutil.Process(process.pid)
    children: list[psutil.Process] = []
    while len(children) < 2:
        process.join(0.05)
        found = parent.children(recursive=True)
        children = [one for one in found if "resource_tracker" not in " ".join(one.cmdline())]
    process.kill()
    process.join()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
