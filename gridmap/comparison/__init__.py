"""
Two drawn plans of the same ground laid side by side: what approving the new one would change.

Buildings are the common ground: `sides` says in which grid each is in either plan and `overlay`
which grids share ground; `kinds` finds which grid goes on as which and what happened to it, and
from that follow the `lineage` of codes, the `crosswalk` that restates counts, and the `impact` on
workers, notice boards and incidents.
"""

from gridmap.comparison.compared import Comparison, compare_plans
from gridmap.comparison.crosswalk import compose_weights, restate_counts
from gridmap.comparison.sides import DrawnPlan

__all__ = ["Comparison", "DrawnPlan", "compare_plans", "compose_weights", "restate_counts"]
