"""
Pictures of divided towns, so that one can look for necks, enclaves and snakes.

Plain SVG: grids in colours of which neighbours never share one, barriers dark, footprints light,
and the number of each grid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gridmap.ground.barriers import PARTING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.benchmarks.yardstick.towns import Town

COLOURS: Final = ("#8dd3c7", "#fdb462", "#bebada", "#fb8072", "#80b1d3", "#b3de69", "#fccde5")
WATER: Final = "#1f4e79"
ROAD: Final = "#444444"
WIDTH_PX: Final = 2000


def draw_grids(town: Town, grid_of_cell: np.ndarray, file: Path) -> Path:
    """Draw the grids of a town into an SVG file and give the file back."""
    cells = town.ground.cells.geometry.to_numpy()
    grids = [
        shapely.coverage_union_all(cells[grid_of_cell == grid])
        for grid in range(int(grid_of_cell.max()) + 1)
    ]
    colour_of = _colours(town, grid_of_cell)
    west, south, east, north = town.community.boundary.bounds
    scale = WIDTH_PX / (east - west)
    sheet = _Sheet(west, north, scale)
    size = f'viewBox="0 0 {WIDTH_PX} {(north - south) * scale:.0f}"'
    font = 'font-family="sans-serif" font-size="11" font-weight="bold"'
    drawn = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>']
    for grid, area in enumerate(grids):
        drawn.append(sheet.path(area, f'fill="{COLOURS[colour_of[grid]]}" stroke="black"'))
    drawn.append(sheet.paths(town.community.buildings.geometry, 'fill="white" opacity="0.6"'))
    linework = town.ground.linework
    parting = PARTING[linework.kinds]
    for lines, colour, width in ((~parting, ROAD, 0.6), (parting, WATER, 2.5)):
        style = f'fill="none" stroke="{colour}" stroke-width="{width}"'
        drawn.append(sheet.paths(linework.lines[lines], style))
    for grid, area in enumerate(grids):
        drawn.append(sheet.text(shapely.point_on_surface(area), str(grid)))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([*drawn, "</svg>"]), "utf-8")
    return file


class _Sheet:
    """A sheet of paper with north up."""

    def __init__(self, west: float, north: float, scale: float) -> None:
        self.west, self.north, self.scale = west, north, scale

    def path(self, shape: shapely.Geometry, style: str) -> str:
        return self.paths([shape], style)

    def paths(self, shapes: Iterable[shapely.Geometry], style: str) -> str:
        parts = shapely.get_parts(np.array(list(shapes), object))
        is_area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
        lines = np.concatenate([shapely.get_rings(parts[is_area]), parts[~is_area]])
        return f'<path {style} fill-rule="evenodd" d="{"".join(map(self._line, lines))}"/>'

    def text(self, point: shapely.Point, words: str) -> str:
        x, y = self._places(point)[0]
        return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{words}</text>'

    def _line(self, line: shapely.Geometry) -> str:
        places = self._places(line)
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places.tolist())

    def _places(self, shape: shapely.Geometry) -> np.ndarray:
        x, y = shapely.get_coordinates(shape).T
        return np.column_stack([(x - self.west) * self.scale, (self.north - y) * self.scale])


def _colours(town: Town, grid_of_cell: np.ndarray) -> np.ndarray:
    """Give each grid a colour that none of its neighbours has, as far as they last."""
    touch = town.ground.touch
    ends = np.column_stack([grid_of_cell[touch.first], grid_of_cell[touch.second]])
    apart = (ends[:, 0] != ends[:, 1]) & (ends >= 0).all(axis=1)
    beside: dict[int, set[int]] = {}
    for a, b in np.unique(np.sort(ends[apart], axis=1), axis=0).tolist():
        beside.setdefault(a, set()).add(b)
        beside.setdefault(b, set()).add(a)
    colours = np.full(int(grid_of_cell.max()) + 1, -1)
    for grid in range(len(colours)):
        taken = {int(colours[other]) for other in beside.get(grid, ())}
        free = [colour for colour in range(len(COLOURS)) if colour not in taken]
        colours[grid] = free[grid % len(free)] if free else grid % len(COLOURS)
    return colours
