"""Crosswalks composed by hand: what goes to no grid stays there, and nothing is lost on the way."""

from __future__ import annotations

import pandas as pd
import pytest

from gridmap.comparison import compose_weights, restate_counts
from gridmap.comparison.crosswalk import WEIGHTS


def weights(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    """Write a crosswalk: from, to, part, whole."""
    frame = pd.DataFrame(rows, columns=["from_code", "to_code", "part", "whole"])
    frame = frame.assign(measure="households", share=frame["part"] / frame["whole"])
    frame = frame.rename_axis(index=WEIGHTS.index)
    return frame[list(WEIGHTS.columns)].astype(dict(WEIGHTS.columns))


def shares(frame: pd.DataFrame) -> dict[tuple[str, str], float]:
    ends = zip(frame["from_code"].tolist(), frame["to_code"].tolist(), strict=True)
    return dict(zip(ends, frame["share"].tolist(), strict=True))


def test_one_step_is_what_it_is() -> None:
    step = weights(("a", "b", 1, 3), ("a", "c", 2, 3))
    assert compose_weights([step]).equals(step)


def test_shares_of_steps_that_follow_each_other_are_multiplied() -> None:
    first = weights(("a", "b", 1, 4), ("a", "c", 3, 4))
    second = weights(("b", "d", 1, 1), ("c", "d", 1, 2), ("c", "e", 1, 2))
    found = shares(compose_weights([first, second]))
    assert found == pytest.approx({("a", "d"): 0.625, ("a", "e"): 0.375})


def test_what_has_come_to_lie_in_no_grid_stays_there() -> None:
    first = weights(("a", "", 1, 4), ("a", "b", 3, 4), ("z", "", 1, 1))
    second = weights(("b", "c", 1, 1))
    composed = compose_weights([first, second])
    assert shares(composed) == pytest.approx({("a", ""): 0.25, ("a", "c"): 0.75, ("z", ""): 1.0})
    counts = pd.DataFrame({"visits": [7, 5]}, index=["a", "z"])
    assert restate_counts(counts, composed)["visits"].sum() == 12


def test_parts_add_up_to_the_whole_where_shares_do_not_come_out_even() -> None:
    third = weights(("a", "x", 1, 3), ("a", "y", 1, 3), ("a", "z", 1, 3))
    same = weights(("x", "x", 1, 1), ("y", "y", 1, 1), ("z", "z", 1, 1))
    composed = compose_weights([third, same])
    assert composed["part"].sum() == composed["whole"].iloc[0]
    assert restate_counts(pd.DataFrame({"n": [10]}, index=["a"]), composed)["n"].sum() == 10
