"""Boxes: what is near a place is found, and nothing else."""

import numpy as np
import pytest
import shapely

from gridmap.ground.boxes import list_stretches, near_pairs


def expected_pairs(
    places: np.ndarray, within: np.ndarray, stretches: np.ndarray
) -> set[tuple[int, int]]:
    lines = shapely.linestrings(stretches.reshape(-1, 2, 2))
    gaps = shapely.distance(shapely.points(places)[:, None], lines[None, :])
    return {(one, other) for one, other in np.argwhere(gaps <= within[:, None]).tolist()}


@pytest.mark.parametrize("within_m", [0.01, 5.0, 300.0])
def test_the_stretches_near_places_are_those_that_shapely_finds(within_m: float) -> None:
    dice = np.random.default_rng(3)
    start = dice.uniform(-500, 1500, (200, 2))
    stretches = np.hstack([start, start + dice.normal(0, 80, (200, 2))])
    stretches[:40, 2] = stretches[:40, 0]  # some run due north, some are points
    stretches[20:60, 3] = stretches[20:60, 1]
    places = np.vstack([dice.uniform(0, 1000, (300, 2)), stretches[:50, :2]])
    within = within_m * dice.uniform(0.5, 1, len(places))
    place, stretch = near_pairs(places, within, stretches)
    found = {*zip(place.tolist(), stretch.tolist(), strict=True)}
    assert len(found) == len(place)
    assert found == expected_pairs(places, within, stretches)
    assert np.array_equal(place, np.sort(place))


def test_near_no_place_and_where_there_are_no_stretches_nothing_is_found() -> None:
    nowhere, nothing = np.empty((0, 2)), np.empty((0, 4))
    for places, stretches in ((nowhere, np.ones((2, 4))), (np.ones((2, 2)), nothing)):
        place, stretch = near_pairs(places, np.ones(len(places)), stretches)
        assert len(place) == len(stretch) == 0


def test_lines_in_parts_are_cut_into_their_stretches() -> None:
    lines = np.array(
        [
            shapely.MultiLineString([[(0, 0), (1, 0), (2, 1)], [(5, 5), (6, 6)]]),
            shapely.LinearRing([(0, 0), (1, 0), (1, 1)]),
        ]
    )
    stretches, line = list_stretches(lines)
    assert line.tolist() == [0, 0, 0, 1, 1, 1]
    assert stretches[:3].tolist() == [[0, 0, 1, 0], [1, 0, 2, 1], [5, 5, 6, 6]]
