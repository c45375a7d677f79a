"""Street plans on the net: they fill their cell, and meet their neighbours'."""

from collections import Counter

import numpy as np
import pytest

from gis_data.ground import survey, with_jog
from gis_data.lattice import RAIL, RIVER, UNITS, Cell, make_lattice
from gis_data.names import Names
from gis_data.streets import PROGRAMMES, plan_streets, programme_of

LATTICE = make_lattice(30, seed=3)
NAMES = Names(3)


@pytest.mark.parametrize("cell", list(LATTICE), ids=lambda cell: str(cell.number))
def test_blocks_fill_the_cell_but_for_river_and_railway(cell: Cell) -> None:
    covered = Counter(
        (s, t)
        for block in plan_streets(LATTICE, cell, NAMES).blocks
        for s in range(block.west, block.east)
        for t in range(block.south, block.north)
    )
    river = range(*RIVER) if LATTICE.has_river(cell) else range(0)
    rail = range(*RAIL) if LATTICE.has_rail(cell) else range(0)
    dry = {(s, t) for s in range(UNITS) for t in range(UNITS) if s not in rail and t not in river}
    assert covered == Counter(dry)


def test_a_plan_is_the_same_whoever_asks() -> None:
    cell = next(iter(LATTICE))
    assert plan_streets(LATTICE, cell, NAMES) == plan_streets(LATTICE, cell, NAMES)


def test_the_first_six_communities_are_one_of_each_kind() -> None:
    kinds = [programme_of(LATTICE, cell) for cell in LATTICE]
    assert kinds[:6] == list(PROGRAMMES)
    assert all(count == 5 for count in Counter(kinds).values())


def test_neighbours_share_their_side_to_the_bit() -> None:
    for cell in LATTICE:
        east = LATTICE.neighbour(cell, columns=1)
        north = LATTICE.neighbour(cell, rows=1)
        if east is not None:
            left, right = survey(LATTICE, cell, NAMES), survey(LATTICE, east, NAMES)
            np.testing.assert_array_equal(left.east_side, right.west_side)
        if north is not None:
            np.testing.assert_array_equal(LATTICE.net(cell)[:, -1], LATTICE.net(north)[:, 0])


def test_a_cell_on_the_edge_has_no_neighbour_beyond() -> None:
    first, *_, last = LATTICE
    assert LATTICE.neighbour(first, columns=-1) is None
    assert LATTICE.neighbour(first, rows=-1) is None
    assert LATTICE.neighbour(last, rows=1) is None
    assert LATTICE.neighbour(last, columns=1) is None


def test_a_jog_leads_off_the_road_and_back_to_it() -> None:
    side = np.array([(0.0, 32.0 * step) for step in range(4)])
    jogged = with_jog(side, 1)
    assert jogged[:, 0].max() == 21.0
    assert len(jogged) == len(side) + 4
    assert (np.diff(jogged[:, 1]) > 0).all()
