"""Layers cut into communities: each takes along what it needs, and no more."""

from pathlib import Path

import gis_data
from gridmap.ground.communities import split_communities
from gridmap.layers import read_layers
from gridmap.layers.ledger import settle_households
from gridmap.rules import Rules
from gridmap.schema import ENTRANCES, posts_of


def test_a_community_takes_along_the_workers_that_are_posted_in_it(tmp_path: Path) -> None:
    gis_data.write_town(tmp_path, buildings=200, seed=5)
    layers = read_layers(tmp_path)
    ledger = settle_households(layers, rules=Rules())
    posted = 0
    for community in split_communities(layers, ledger):
        here = set(community.grids.index)
        assert all(here & set(posts_of(grids)) for grids in community.workers["grids"])
        posted += len(community.workers)
    assert 0 < posted <= len(layers.workers)


def test_a_community_takes_along_the_entrances_of_its_buildings_and_nobody_s_name(
    tmp_path: Path,
) -> None:
    gis_data.write_town(tmp_path, buildings=200, seed=5)
    layers = read_layers(tmp_path)
    ledger = settle_households(layers, rules=Rules())
    told = ledger.households[ledger.households["entrance"] != ""]
    counted = 0
    for community in split_communities(layers, ledger):
        assert list(community.entrances.columns) == list(ENTRANCES.columns)
        assert set(community.entrances.index) <= set(community.buildings.index)
        counted += int(community.entrances["households"].sum())
    assert 0 < counted == (told["bin"] == "placed").sum()
