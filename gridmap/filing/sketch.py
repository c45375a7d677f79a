"""The map of one community as vector graphics, true to a round scale, for a sheet of paper."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geopandas import GeoDataFrame
    from numpy.typing import NDArray

    Shapes = NDArray[np.object_]

UPRIGHT: Final = (179.0, 216.0)
ACROSS: Final = (266.0, 136.0)
"""Room for the map on a sheet of A4, in millimetres: width, height."""

MARGINS: Final = (4.0, 12.0, 16.0, 4.0)
"""Left, bottom, right and top of the grids, in millimetres: the arrow and the bar stand there."""

SCALES: Final = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0)
BARS: Final = (1.0, 2.0, 5.0)
LONGEST_BAR_MM: Final = 40.0
FINEST_MM: Final = 0.03
COLOURS: Final = (
    *("#f6d8ae", "#cfe3c4", "#cddcf0", "#f3cfd3"),
    *("#e3d4ee", "#f5eeb0", "#c9e8e4", "#e6d9cc"),
)
INK: Final = "#1f1611"
GROUND: Final = "#ece7df"
LINE: Final = "#6b4f3a"
WATER: Final = "#b9dcf2"
BANK: Final = "#8fc3e6"
KILOMETRE: Final = 1000
AREAL: Final = 2
"""Dimensions of what has an area."""

SMALLEST_LABEL_MM: Final = 1.5
LARGEST_LABEL_MM: Final = 4.2
WIDE_ROADS: Final = frozenset({"motorway", "trunk", "primary", "secondary"})


@dataclass(frozen=True, slots=True)
class Sketch:
    """A drawn map: SVG in millimetres, its size, its scale, and what labels leave out of codes."""

    svg: str
    width_mm: float
    height_mm: float
    is_across: bool
    scale: int
    prefix: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where metres lie on the paper."""

    width: float
    height: float
    west: float
    north: float
    mm_of_m: float

    def put(self, shapes: Shapes) -> Shapes:
        """Put shapes on the paper; what is too fine to be seen is left out."""

        def place(corners: np.ndarray) -> np.ndarray:
            x, y = corners[:, 0], corners[:, 1]
            return np.column_stack(
                [(x - self.west) * self.mm_of_m, (self.north - y) * self.mm_of_m]
            )

        frame = shapely.box(0, 0, self.width, self.height)
        placed = shapely.simplify(shapely.transform(shapes, place), FINEST_MM)
        return np.asarray(shapely.intersection(shapely.make_valid(placed), frame), dtype=object)


def draw_sketch(
    grids: GeoDataFrame, roads: GeoDataFrame, water: GeoDataFrame, *, community: str, north: str
) -> Sketch:
    """
    Draw the grids of a community.

    Parameters
    ----------
    grids
        `DRAWN_GRIDS` of this community, in metres.
    roads, water
        What lies near it, in the same CRS.
    community
        Its code: labels leave it out.
    north
        What stands at the arrow.

    Returns
    -------
    sketch
        The same grids give the same text.
    """
    codes = [str(code) for code in grids.index]
    prefix = community if all(code.startswith(community) for code in codes) else ""
    prefix = "" if any(code == prefix for code in codes) else prefix
    west, south, east, top = grids.total_bounds
    is_across = bool(east - west > top - south)
    width, height = ACROSS if is_across else UPRIGHT
    left, under, right, above = MARGINS
    room = width - left - right, height - under - above
    scale = _round_scale(1000 * max((east - west) / room[0], (top - south) / room[1]))
    mm_of_m = 1000 / scale
    sheet = Sheet(
        width,
        height,
        west=(west + east) / 2 - (left + room[0] / 2) / mm_of_m,
        north=(south + top) / 2 + (above + room[1] / 2) / mm_of_m,
        mm_of_m=mm_of_m,
    )
    areas = sheet.put(grids.geometry.to_numpy())
    parts = [
        _path(shapely.box(0, 0, width, height), fill=GROUND),
        *_fills(areas),
        *_water(sheet.put(water.geometry.to_numpy())),
        *_roads(sheet.put(roads.geometry.to_numpy()), roads["class"].tolist()),
        *_outlines(areas, sheet.put(np.array([grids.union_all()], object))),
        *_labels(areas, [code.removeprefix(prefix) for code in codes]),
        *_arrow(width, north),
        *_bar(sheet),
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm"'
        f' viewBox="0 0 {width} {height}">'
    )
    svg = "\n".join([head, *parts, "</svg>"])
    return Sketch(svg, width, height, is_across=is_across, scale=round(scale), prefix=prefix)


def _round_scale(least: float) -> float:
    """Give the first round scale at which everything has room."""
    ten = 10 ** math.floor(math.log10(max(least, 1.0)))
    return next(step * ten for step in (*SCALES, 10.0) if step * ten >= least * (1 - 1e-9))


def _fills(areas: Shapes) -> list[str]:
    return [
        _path(area, fill=COLOURS[colour])
        for area, colour in zip(areas, _colours(areas), strict=True)
    ]


def _colours(areas: Shapes) -> list[int]:
    """Give neighbours different colours, as far as there are enough."""
    first, second = shapely.STRtree(areas).query(areas, predicate="intersects")
    chosen: list[int] = []
    for number in range(len(areas)):
        beside = second[(first == number) & (second < number)]
        taken = {chosen[other] for other in beside.tolist()}
        free = [colour for colour in range(len(COLOURS)) if colour not in taken]
        chosen.append(free[0] if free else number % len(COLOURS))
    return chosen


def _water(shapes: Shapes) -> list[str]:
    return [
        _path(
            shape,
            fill=WATER if shapely.get_dimensions(shape) == AREAL else "none",
            stroke=BANK,
            stroke_width="0.35",
        )
        for shape in shapes
        if not shape.is_empty
    ]


def _roads(shapes: Shapes, classes: Sequence[str]) -> list[str]:
    look = {"stroke": "#ffffff", "stroke_opacity": "0.85", "stroke_linecap": "round"}
    return [
        _path(shape, **look, stroke_width="1.1" if kind in WIDE_ROADS else "0.55")
        for shape, kind in zip(shapes, classes, strict=True)
        if not shape.is_empty
    ]


def _outlines(areas: Shapes, whole: Shapes) -> list[str]:
    look = {"stroke_linejoin": "round"}
    inner = [_path(area, stroke=LINE, stroke_width="0.35", **look) for area in areas]
    return [*inner, *(_path(area, stroke=INK, stroke_width="0.9", **look) for area in whole)]


def _labels(areas: Shapes, texts: Sequence[str]) -> list[str]:
    """Write the end of each code where its grid is widest, as large as there is room."""
    labels = []
    for area, text in zip(areas, texts, strict=True):
        parts = [part for part in shapely.get_parts(area) if shapely.get_dimensions(part) == AREAL]
        if not parts:
            continue
        radius = shapely.maximum_inscribed_circle(max(parts, key=shapely.area), 0.05)
        x, y = shapely.get_coordinates(radius)[0]
        room = 2 * shapely.length(radius) / max(len(text) * 0.6, 1.0)
        size = min(max(room, SMALLEST_LABEL_MM), LARGEST_LABEL_MM)
        halo = {"stroke": "#ffffff", "stroke_width": f"{0.22 * size:.2f}"}
        low = y + 0.35 * size
        labels += [_text(text, x, low, size, **halo), _text(text, x, low, size)]
    return labels


def _arrow(width: float, north: str) -> list[str]:
    x = width - 8
    arrow = shapely.Polygon([(x, 3), (x + 3, 13), (x, 11), (x - 3, 13)])
    return [_path(arrow, fill=INK), _text(north, x, 17.5, 4.0)]


def _bar(sheet: Sheet) -> list[str]:
    longest = LONGEST_BAR_MM / sheet.mm_of_m
    ten = 10 ** math.floor(math.log10(longest))
    metres = max(step * ten for step in BARS if step * ten <= longest)
    length, y = metres * sheet.mm_of_m, sheet.height - 4
    end, half = 5 + length, 5 + length / 2
    shown = f"{metres / 1000:g} km" if metres >= KILOMETRE else f"{metres:g} m"
    ends = ((5.0, "0"), (end, shown))
    return [
        _path(shapely.box(5, y - 1.4, half, y), fill=INK, stroke=INK, stroke_width="0.2"),
        _path(shapely.box(half, y - 1.4, end, y), fill="#ffffff", stroke=INK, stroke_width="0.2"),
        *(_text(text, x, y - 2.4, 2.6) for x, text in ends),
    ]


def _path(shape: shapely.Geometry, *, fill: str = "none", **look: str) -> str:
    """Write the lines and rings of a shape as a path."""
    drawn = []
    for part in shapely.get_parts(shape):
        if shapely.get_dimensions(part) == AREAL:
            drawn += [f"{_line(ring)}Z" for ring in shapely.get_rings(part)]
        elif isinstance(part, shapely.LineString):
            drawn.append(_line(part))
    said = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in look.items())
    return f'<path d="{"".join(drawn)}" fill="{fill}" fill-rule="evenodd"{said}/>'


def _line(line: shapely.Geometry) -> str:
    corners = shapely.get_coordinates(line)
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in corners)


def _text(text: str, x: float, y: float, size: float, **look: str) -> str:
    said = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in look.items())
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:.2f}" text-anchor="middle"'
        f' fill="{INK}"{said}>{html.escape(text)}</text>'
    )
