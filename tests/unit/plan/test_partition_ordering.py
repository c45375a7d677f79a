"""Sorting by the leading bits of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from gridmap.plan.partition.ordering import nearly_sorted


@pytest.mark.parametrize("count", [0, 1, 2, 5_000])
def test_every_position_comes_once_and_only_near_numbers_out_of_order(count: int) -> None:
    keys = np.random.default_rng(3).lognormal(0.0, 6.0, count)
    order = nearly_sorted(keys)
    assert sorted(order.tolist()) == list(range(count))
    ordered = keys[order]
    highest = np.maximum.accumulate(ordered) if count else ordered
    assert (ordered >= highest / (1 + 1 / 16)).all()


def test_equal_numbers_stay_in_the_order_they_came_in() -> None:
    assert nearly_sorted(np.array([2.0, 1.0, 2.0, 1.0])).tolist() == [1, 3, 0, 2]
