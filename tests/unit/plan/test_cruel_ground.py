"""Ground that no planner would draw: it takes seconds, and the hard rules are kept."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridmap.ground.communities import split_communities
from gridmap.layers import read_layers
from gridmap.layers.ledger import settle_households
from gridmap.pipeline import assemble_draft, plan_community
from gridmap.plan.certificate import audit_draft
from gridmap.plan.model import CommunityPlan
from gridmap.rules import Rules
from gridmap.schema import Community
from tests.worlds import CRS, at, box, community, line, sheet

RULES = Rules()


def one_tower() -> Community:
    """All households in one tower among houses that nobody lives in."""
    houses = {f"h{n}": box(5 + 30 * (n % 12), 5 + 60 * (n // 12), *_end(n)) for n in range(60)}
    return community({"tower": box(180, 42, 220, 60), **houses}, [6000] + [0] * 60)


def _end(number: int) -> tuple[float, float]:
    return 15 + 30 * (number % 12), 15 + 60 * (number // 12)


def one_row(count: int = 10_000) -> Community:
    """All houses in one row along one street; the last one has the far side of it."""
    houses = {f"h{n}": box(10 * n, 0, 10 * n + 8, 8) for n in range(count)}
    street = line((-5, -5), (10 * count + 5, -5))
    outline = box(-5, -10, 10 * count + 5, 20)
    return community(houses, [1] * count, boundary=outline, barriers=[("tertiary", street)])


def empty_ring() -> Community:
    """A ring road with nothing inside."""
    ring = shapely.Point(at(200, 150)).buffer(80).exterior
    houses = {f"h{n}": box(10 + 38 * n, 5, 25 + 38 * n, 20) for n in range(10)}
    return community(houses, [90] * 10, barriers=[("primary", ring)])


def only_a_ring() -> Community:
    """A ring road with nothing inside, and nothing outside."""
    ring = shapely.Point(at(200, 150)).buffer(80).exterior
    return community({}, [], barriers=[("primary", ring)])


def two_parts() -> Community:
    """A community in two parts, one of which is below the band."""
    outline = box(0, 0, 180, 300) | box(220, 0, 400, 300)
    corners = [(10 + 15 * (n % 10), 10 + 60 * (n // 10)) for n in range(40)]
    houses = {f"h{n}": box(x, y, x + 10, y + 10) for n, (x, y) in enumerate(corners)}
    return community({**houses, "far": box(300, 100, 320, 120)}, [20] * 40 + [7], boundary=outline)


def nobody() -> Community:
    """Houses without households."""
    houses = {f"h{n}": box(5 + 30 * (n % 12), 5 + 60 * (n // 12), *_end(n)) for n in range(60)}
    return community(houses, [0] * 60, barriers=[("primary", line((0, 150), (400, 150)))])


def one_place(count: int = 3000) -> Community:
    """The same house again and again, half of them as points."""
    spot = box(100, 100, 110, 110)
    shapes = [spot if n % 2 else spot.centroid for n in range(count)]
    return community({f"h{n}": shape for n, shape in enumerate(shapes)}, [1] * count)


def star(arms: int = 40, houses: int = 20) -> Community:
    """Cul-de-sacs that all begin at one place and lead nowhere."""
    turn = np.linspace(0, 2 * np.pi, arms, endpoint=False)
    ways = np.column_stack([np.cos(turn), np.sin(turn)])
    spots = {
        f"h{arm}-{n}": (1000 + (150 + 35 * n) * x - 8 * y, 1000 + (150 + 35 * n) * y + 8 * x)
        for arm, (x, y) in enumerate(ways)
        for n in range(houses)
    }
    shapes = {name: box(x - 3, y - 3, x + 3, y + 3) for name, (x, y) in spots.items()}
    streets = [
        ("residential", line((1000, 1000), (1000 + 900 * x, 1000 + 900 * y))) for x, y in ways
    ]
    return community(shapes, [3] * len(shapes), boundary=box(0, 0, 2000, 2000), barriers=streets)


def short_row() -> Community:
    """The row again, for the test that need not show how long it takes."""
    return one_row(2000)


SMALL = [one_tower, empty_ring, only_a_ring, two_parts, nobody, one_place, star]


def keep_the_hard_rules(plan: CommunityPlan, ground: Community) -> None:
    """Every building in one grid; exact tiling; one piece each; a reason for every exception."""
    draft = assemble_draft(
        [plan], balance=sheet(plan), faults=(), rules=RULES, seed=0, crs=plan.grids.crs
    )
    assert audit_draft(draft).findings == ()
    assert list(plan.assignment.index) == list(ground.buildings.index)
    for column in ("households", "persons"):
        assert draft.grids[column].sum() == ground.buildings[column].sum()
    areas = draft.grids.geometry.to_numpy()
    assert (shapely.get_num_geometries(areas) == 1).all()
    assert shapely.coverage_is_valid(areas)
    covered = shapely.coverage_union_all(areas)
    assert shapely.symmetric_difference(covered, ground.boundary).area <= 1e-6 * covered.area
    out = plan.grids[~plan.grids["households"].between(RULES.low, RULES.high)]
    assert (out.loc[out["households"] > 0, "reason"] != "").all()


@pytest.mark.parametrize("draw", [*SMALL, one_row])
def test_cruel_ground_is_planned_in_seconds_and_keeps_the_hard_rules(
    draw: Callable[[], Community],
) -> None:
    ground = draw()
    keep_the_hard_rules(plan_community(ground, rules=RULES), ground)


@pytest.mark.parametrize("draw", [*SMALL, short_row])
def test_cruel_ground_keeps_the_hard_rules_with_micro_grids_and_no_time_to_search(
    draw: Callable[[], Community],
) -> None:
    ground = draw()
    plan = plan_community(ground, rules=RULES, deadline_s=0.0, with_microgrids=True)
    keep_the_hard_rules(plan, ground)
    inside = plan.microgrids.groupby("grid_code")["households"].sum()
    assert (inside == plan.grids["households"].loc[inside.index]).all()
    assert inside.sum() == ground.buildings["households"].sum()


def test_twenty_thousand_rows_of_one_building_are_planned_once_and_counted_as_duplicates(
    tmp_path: Path,
) -> None:
    count = 20_000
    columns = {"building_id": ["b0"] * count, "households": [400] * count}
    houses = gpd.GeoDataFrame(columns, geometry=[box(100, 100, 120, 115)] * count, crs=CRS)
    houses.to_parquet(tmp_path / "buildings.parquet")
    layers = read_layers(tmp_path)
    ledger = settle_households(layers, rules=RULES)
    assert ledger.balance.is_balanced
    assert ledger.balance.households["duplicate"] == 400 * (count - 1)
    (ground,) = split_communities(layers, ledger)
    assert plan_community(ground, rules=RULES).grids["households"].tolist() == [400]
