"""What plans are compared by."""

from collections.abc import Iterable

from gridmap.plan.model import CommunityPlan


def assignments(plans: Iterable[CommunityPlan]) -> list[dict[str, str]]:
    return [plan.assignment["grid_code"].to_dict() for plan in plans]
