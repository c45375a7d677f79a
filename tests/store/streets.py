"""A street of 30 houses, ten homes each, to be redrawn: one community, 20 m a house."""

from __future__ import annotations

from shapely import box

from gridmap.ground.communities import split_communities
from gridmap.layers.ledger import Ledger, settle_households
from gridmap.pipeline import assemble_draft, plan_community
from gridmap.plan.model import Draft
from gridmap.rules import Rules
from gridmap.schema import TABLES, Layers
from tests.store.world import CRS_AS_READ, A, frame

HOUSES = 30
STREET_RULES = Rules(low=60, high=120, target=90)


def draw_street() -> tuple[Layers, Ledger]:
    """Draw the layers, and settle their households."""
    houses = {
        f"h{number:02d}": {
            "geometry": box(20 * number + 4, 40, 20 * number + 16, 55),
            "households": 10,
            "persons": 25,
            "use": "residential",
            "community_code": A,
        }
        for number in range(HOUSES)
    }
    community = {A: {"name": "长街社区", "geometry": box(0, 0, 20 * HOUSES, 100)}}
    drawn = {"buildings": houses, "communities": community}
    layers = Layers(
        crs=CRS_AS_READ,
        has_ledger=False,
        faults=(),
        **{name: frame(table, drawn.get(name, {})) for name, table in TABLES.items()},
    )
    return layers, settle_households(layers, rules=STREET_RULES)


def plan_street(layers: Layers, ledger: Ledger) -> Draft:
    """Plan it."""
    plans = [plan_community(each, rules=STREET_RULES) for each in split_communities(layers, ledger)]
    return assemble_draft(
        plans, balance=ledger.balance, faults=(), rules=STREET_RULES, seed=0, crs=layers.crs
    )
