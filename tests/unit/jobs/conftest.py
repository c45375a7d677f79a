"""A small town, and its plans as one process makes them."""

import pytest

import gis_data
from gridmap.ground.communities import split_communities
from gridmap.jobs.city import plan_communities
from gridmap.jobs.order import Order
from gridmap.layers import read_layers
from gridmap.layers.ledger import settle_households
from gridmap.plan.model import CommunityPlan
from gridmap.rules import Rules
from gridmap.schema import Community


@pytest.fixture(scope="package")
def communities(tmp_path_factory: pytest.TempPathFactory) -> list[Community]:
    folder = tmp_path_factory.mktemp("town")
    gis_data.write_town(folder, buildings=200, seed=5)
    layers = read_layers(folder)
    return list(split_communities(layers, settle_households(layers, rules=Rules())))


@pytest.fixture(scope="package")
def alone(communities: list[Community]) -> list[CommunityPlan]:
    return plan_communities(communities, Order(Rules()))
