"""Grids that keep the rule and look wrong are drawn anew, and nobody pays for it with the band."""

from collections.abc import Mapping

import numpy as np
from hypothesis import given, settings

from gridmap.ground.adjacency import Ground, build_ground
from gridmap.plan.metrics import find_surrounding, measure_necks
from gridmap.plan.partition import Search, Weights, Window, excess_by_part, partition
from gridmap.plan.polygons import dissolve_cells
from gridmap.plan.shapes import mend_shapes
from gridmap.plan.zoning import Zoning, zone_ground
from gridmap.rules import Rules
from gridmap.schema import Community
from tests import worlds

RULES = Rules()
WINDOW = Window.of(RULES)
PITCH_M = 15.0


def houses(rows: int, columns: int, households: Mapping[tuple[int, int], int]) -> Community:
    """Draw houses in rows and columns, a pitch apart; 16 households where nothing is said."""
    places = [(row, column) for row in range(rows) for column in range(columns)]
    drawn = {
        f"{row}-{column}": worlds.box(
            PITCH_M * column + 2, PITCH_M * row + 2, PITCH_M * column + 13, PITCH_M * row + 13
        )
        for row, column in places
    }
    return worlds.community(
        drawn,
        [households.get(place, 16) for place in places],
        boundary=worlds.box(0, 0, PITCH_M * columns, PITCH_M * rows),
    )


def look(ground: Ground, zoning: Zoning, labels: np.ndarray) -> tuple[int, int, float]:
    """Count necks and enclosed grids, and the households out of the band."""
    grid_of = np.where(zoning.zone < 0, labels[zoning.atom], labels.max() + 1 + zoning.zone)
    areas = dissolve_cells(ground.cells.geometry.to_numpy(), grid_of)[: labels.max() + 1]
    enclosed = find_surrounding(ground, grid_of)[: labels.max() + 1] >= 0
    excess = excess_by_part(zoning.graph, labels, WINDOW).sum()
    return int((measure_necks(areas) < 20).sum()), int(enclosed.sum()), float(excess)


def search() -> Search:
    return Search(WINDOW, np.random.default_rng(0), weights=Weights.of(RULES))


def mended(community: Community, first: set[str]) -> tuple[tuple[int, int, float], ...]:
    """Look at a division into some buildings and the others, before and after."""
    ground = build_ground(community)
    zoning = zone_ground(ground, community, WINDOW)
    labels = np.ones(len(zoning.graph), np.int64)
    inside = community.buildings.index.isin(first)
    labels[zoning.atom[ground.cell_of[inside]]] = 0
    after = mend_shapes(ground, zoning, labels, search())
    return look(ground, zoning, labels), look(ground, zoning, after)


def test_a_grid_with_a_neck_is_drawn_anew() -> None:
    middle = [(row, column) for row in (1, 2, 3) for column in (3, 4, 5, 6)]
    community = houses(4, 10, dict.fromkeys(middle, 32))
    bars = {f"{row}-{column}" for row in range(4) for column in range(10)}
    before, after = mended(community, bars - {f"{row}-{column}" for row, column in middle})
    assert before[0] == 1
    assert after == (0, 0, 0.0)


def test_a_grid_inside_another_one_is_drawn_anew() -> None:
    inner = {f"{row}-{column}" for row in range(1, 6) for column in range(1, 6)}
    before, after = mended(houses(7, 7, {}), inner)
    assert before[1] == 1
    assert after == (0, 0, 0.0)


@settings(max_examples=10)
@given(worlds.communities())
def test_mending_leaves_no_more_odd_shapes_and_nobody_further_out_of_the_band(
    community: Community,
) -> None:
    ground = build_ground(community)
    zoning = zone_ground(ground, community, WINDOW)
    if not len(zoning.graph):
        return
    labels = partition(zoning.graph, search())
    after = mend_shapes(ground, zoning, labels, search())
    (necks, enclosed, out), (necks_after, enclosed_after, out_after) = (
        look(ground, zoning, each) for each in (labels, after)
    )
    assert necks_after + enclosed_after <= necks + enclosed
    assert out_after <= out
    for grid in range(int(after.max()) + 1):
        assert not zoning.graph.part(np.flatnonzero(after == grid)).components().any()
