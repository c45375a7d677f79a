"""The map of a community on paper: true to scale, every grid labelled, neighbours told apart."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely

from gridmap.filing.sketch import COLOURS, Sketch, draw_sketch
from tests import worlds
from tests.filings import COMMUNITY, draw_filing

SVG = "{http://www.w3.org/2000/svg}"


def sketched(across: int = 3, up: int = 2, *, north: str = "N") -> Sketch:
    filing = draw_filing(across, up)
    return draw_sketch(
        filing.draft.grids, filing.roads, filing.water, community=COMMUNITY, north=north
    )


def fills(sketch: Sketch) -> list[tuple[str, np.ndarray]]:
    """Give colour and corners of every grid that is filled."""
    paths = ET.fromstring(sketch.svg).iter(f"{SVG}path")  # noqa: S314 (our own)
    found = [(path.attrib["fill"], path.attrib["d"]) for path in paths]
    numbers = [(fill, np.array(re.findall(r"[\d.-]+", drawn), float)) for fill, drawn in found]
    return [(fill, each.reshape(-1, 2)) for fill, each in numbers if fill in COLOURS]


def test_a_sheet_is_true_to_its_scale() -> None:
    sketch = sketched()
    for _, corners in fills(sketch):
        sides = np.ptp(corners, axis=0)
        assert sides == pytest.approx([100_000 / sketch.scale] * 2, abs=0.02)


@pytest.mark.parametrize(("across", "up"), [(1, 1), (3, 2), (2, 5), (20, 10), (1, 40)])
def test_everything_has_room_on_the_paper_beside_arrow_and_bar(across: int, up: int) -> None:
    sketch = sketched(across, up)
    corners = np.vstack([each for _, each in fills(sketch)])
    assert (corners >= [3.9, 3.9]).all()
    assert (corners <= [sketch.width_mm - 15.9, sketch.height_mm - 11.9]).all()
    assert sketch.is_across is (across > up)


def test_neighbours_have_different_colours() -> None:
    drawn = fills(sketched(6, 6))
    shapes = [shapely.Polygon(corners) for _, corners in drawn]
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        assert one == other or drawn[one][0] != drawn[other][0]


def test_every_grid_is_labelled_with_the_end_of_its_code_inside_it() -> None:
    sketch = sketched(4, 3)
    texts = list(ET.fromstring(sketch.svg).iter(f"{SVG}text"))  # noqa: S314 (our own)
    assert sketch.prefix == COMMUNITY
    for number, (_, corners) in enumerate(fills(sketch), start=1):
        halo, label = (text for text in texts if text.text == f"{number:03d}")
        assert halo.attrib["x"] == label.attrib["x"]
        place = shapely.Point(float(label.attrib["x"]), float(label.attrib["y"]))
        assert shapely.Polygon(corners).contains(place)


def test_codes_of_another_profile_are_labelled_whole() -> None:
    filing = draw_filing(2, 1)
    grids = filing.draft.grids.set_axis(["甲<1>", "乙&2"])
    sketch = draw_sketch(grids, filing.roads, filing.water, community=COMMUNITY, north="北")
    texts = {text.text for text in ET.fromstring(sketch.svg).iter(f"{SVG}text")}  # noqa: S314
    assert sketch.prefix == ""
    assert {"甲<1>", "乙&2", "北"} <= texts


def test_a_community_without_roads_and_water_is_drawn() -> None:
    filing = draw_filing(2, 1)
    bare = draw_sketch(
        filing.draft.grids,
        filing.roads.iloc[:0],
        filing.water.iloc[:0],
        community=COMMUNITY,
        north="N",
    )
    assert len(fills(bare)) == 2


def test_a_grid_in_two_pieces_with_a_hole_is_drawn_whole() -> None:
    filing = draw_filing(2, 1)
    pieces = shapely.union(
        worlds.box(0, 0, 60, 100).difference(worlds.box(20, 20, 40, 40)), worlds.box(80, 0, 99, 99)
    )
    grids = filing.draft.grids.iloc[:1].set_geometry([pieces], crs=filing.draft.grids.crs)
    sketch = draw_sketch(grids, filing.roads, filing.water, community=COMMUNITY, north="N")
    (path,) = (
        path
        for path in ET.fromstring(sketch.svg).iter(f"{SVG}path")  # noqa: S314 (our own)
        if path.attrib["fill"] == COLOURS[0]
    )
    assert path.attrib["d"].count("M") == 3
