"""
The coverage map: who is in which grid, and who is in none.

A leader opens it on an isolated network, on a laptop or a phone, in Chinese or English, and sees
first whether everybody has a place. All shapes and figures travel in one JSON block; the modules
in `assets/coverage/` draw it into the layers that Folium made.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from branca.element import Element, Figure

from gridmap.crs import LONLAT, require_metric
from gridmap.maps.faultlayers import FAULT_LAYERS, fault_layers
from gridmap.maps.page import OfflineGroup, OfflineMap, Verbatim, asset, join_modules, json_block
from gridmap.maps.shapes import (
    label_places,
    outlines,
    packed_area,
    packed_line,
    packed_points,
    simplified,
    top_places,
)
from gridmap.maps.tally import size_class, tally
from gridmap.messages import LANGUAGES, Language, Message, catalogue
from gridmap.plan.model import ASSIGNMENT, DRAWN_GRIDS
from gridmap.schema import LOAD, require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geopandas import GeoDataFrame

    from gridmap.plan.model import Draft

MODULES: Final = (
    "page",
    "speech",
    "shapes",
    "canvas",
    "grids",
    "buildings",
    "faults",
    "labels",
    "details",
    "panel",
    "lists",
    "paper",
    "coverage",
)
SHEETS: Final = ("panel", "map", "paper")
DATA_ID: Final = "coverage-data"
LAYERS_SHOWN: Final = ("backdrop", "grids", "outlines", "labels")
LAYERS_HIDDEN: Final = ("buildings", "without_households", *FAULT_LAYERS)
NAMES_IN_TITLE: Final = 3
CHINA: Final = (35.0, 105.0)
"""Where an empty map opens: latitude, longitude."""


class CoveragePage(Element):
    """What stands around and on the map: data, style and the script that draws."""

    def __init__(self, page: Mapping[str, Any], groups: Sequence[OfflineGroup]) -> None:
        super().__init__()
        self._id = "coverage"
        self.page = page
        self.groups = groups

    def render(self, **_kwargs: object) -> str:
        """Put style, data and script where Folium puts its own; nothing is left to return."""
        figure, drawn = self.get_root(), self._parent
        assert isinstance(figure, Figure)  # noqa: S101 (an OfflineMap always stands in one)
        assert drawn is not None  # noqa: S101
        style = "\n".join(asset("coverage", f"{name}.css").read_text("utf-8") for name in SHEETS)
        figure.header.add_child(Verbatim(f"<style>\n{style}</style>"), name="coverage_style")
        sorry = " ".join(Message("map.needs_script").text(language) for language in LANGUAGES)
        figure.html.add_child(
            Verbatim(
                f"<noscript>{html.escape(sorry)}</noscript>\n{json_block(DATA_ID, self.page)}"
            ),
            name="coverage_data",
        )
        groups = ", ".join(f"{group.layer_name}: {group.get_name()}" for group in self.groups)
        start = f"startCoverage(L, {drawn.get_name()}, {{ {groups} }});"
        script = f'(() => {{\n"use strict";\n{join_modules("coverage", MODULES)}\n{start}\n}})();'
        figure.script.add_child(Verbatim(script), name="coverage_script")
        return ""


def coverage_map(
    draft: Draft,
    *,
    language: Language = "zh",
    title: str = "",
    made_at: str = "",
    backdrop: GeoDataFrame | None = None,
    community_names: Mapping[str, str] | None = None,
) -> OfflineMap:
    """
    Draw a plan for the people who answer for it.

    Parameters
    ----------
    draft
        The plan, in a metric CRS.
    language
        Which language the page opens in; it carries both.
    title
        Heading of the page in every language; made of the community names when empty.
    made_at
        Date of the data as it is to be printed, not read from any clock here.
    backdrop
        Lines to find one's way by, in any CRS: `name`, and `class` or `kind` where there is one.
    community_names
        Community code to name; a community without a name is called by its code.

    Returns
    -------
    page
        A Folium map, for :func:`gridmap.maps.page.write_page`; more Folium layers may be added.

    Raises
    ------
    CrsError
        If the plan is not in metres.
    MissingColumnError
        If the grids or the assignment do not fit their tables.
    """
    require_metric(draft.grids)
    require(draft.grids, DRAWN_GRIDS)
    require(draft.assignment, ASSIGNMENT)
    light = simplified(draft.grids)
    names = dict(community_names or {})
    communities = sorted(set(draft.grids["community_code"]))
    page = {
        "languages": list(LANGUAGES),
        "language": language,
        "texts": _texts(),
        "titles": _titles(title, [names.get(code, code) for code in communities]),
        "madeAt": made_at,
        "rules": _rules(draft),
        "tally": tally(draft),
        "communities": _communities(light, names),
        "grids": _grids(light, communities, draft.rules.load_names),
        "buildings": _buildings(draft),
        "faultLayers": fault_layers(draft.faults, draft.grids.crs),
        "backdrop": _backdrop(backdrop),
    }
    return _assembled(page, _centre(draft.grids))


def _assembled(page: dict[str, Any], centre: tuple[float, float]) -> OfflineMap:
    drawn = OfflineMap("coverage", location=centre, zoom=15)
    groups = [OfflineGroup(name, show=True) for name in LAYERS_SHOWN]
    groups += [OfflineGroup(name, show=False) for name in LAYERS_HIDDEN]
    for group in groups:
        group.add_to(drawn)
    CoveragePage(page, groups).add_to(drawn)
    drawn.page_title = page["titles"][page["languages"].index(page["language"])]
    return drawn


def _texts() -> dict[str, list[str]]:
    return {
        key.removeprefix("map."): [texts[language] for language in LANGUAGES]
        for key, texts in catalogue().items()
        if key.startswith("map.")
    }


def _titles(title: str, names: list[str]) -> list[str]:
    if title:
        return [title] * len(LANGUAGES)
    titles = []
    for language in LANGUAGES:
        shown = Message("map.name_separator").text(language).join(names[:NAMES_IN_TITLE])
        if len(names) > NAMES_IN_TITLE:
            more = Message("map.title_more", {"communities": shown, "count": len(names)})
            shown = more.text(language)
        shown = shown or Message("map.title_all").text(language)
        titles.append(Message("map.title", {"communities": shown}).text(language))
    return titles


def _rules(draft: Draft) -> dict[str, str | int]:
    rules = draft.rules
    return {
        "profile": rules.profile,
        "low": rules.low,
        "high": rules.high,
        "target": rules.target,
        "cap": rules.persons_cap,
    }


def _communities(grids: GeoDataFrame, names: Mapping[str, str]) -> list[dict[str, Any]]:
    drawn = outlines(grids, "community_code")
    tops, radii = top_places(drawn)
    shapes = drawn.to_crs(LONLAT)
    return [
        {
            "code": code,
            "name": names.get(code, code),
            "shape": packed_area(shape),
            "top": top.tolist(),
            "room": round(float(radius), 1),
        }
        for code, shape, top, radius in zip(drawn.index, shapes, tops, radii, strict=True)
    ]


def _grids(
    grids: GeoDataFrame, communities: list[str], loads: Sequence[str]
) -> list[dict[str, Any]]:
    places, radii = label_places(grids.geometry)
    shapes = grids.geometry.to_crs(LONLAT)
    records = pd.DataFrame(grids.drop(columns=grids.geometry.name)).reset_index()
    number = {code: at for at, code in enumerate(communities)}
    return [
        {
            "code": grid["grid_code"],
            "short": _short_code(grid["grid_code"], grid["community_code"]),
            "name": grid["name"],
            "community": number[grid["community_code"]],
            "size": size_class(grid["kind"], grid["status"]),
            "households": int(grid["households"]),
            "persons": int(grid["persons"]),
            "loads": [[name, round(float(grid[f"{LOAD}{name}"]), 2)] for name in loads],
            "buildings": int(grid["buildings"]),
            "area": round(float(grid["area_m2"])),
            "worker": grid["worker"],
            "reason": _spoken(grid["reason"]),
            "bounds": _spoken(grid["bounds"]),
            "why": _spoken(grid["why"]),
            "shape": packed_area(shape),
            "label": place.tolist(),
            "room": round(float(radius), 1),
        }
        for grid, shape, place, radius in zip(
            records.to_dict("records"), shapes, places, radii, strict=True
        )
    ]


def _short_code(code: str, community: str) -> str:
    short = code.removeprefix(community)
    return short or code


def _spoken(line: str) -> list[str]:
    if not line:
        return []
    message = Message.from_json(line)
    return [message.text(language) for language in LANGUAGES]


def _buildings(draft: Draft) -> dict[str, list[Any]]:
    number = {code: at for at, code in enumerate(draft.grids.index)}
    homes = draft.assignment.assign(
        at=[number.get(code, -1) for code in draft.assignment["grid_code"]]
    ).sort_values("at", kind="stable")
    points = packed_points(homes.geometry.to_crs(LONLAT))
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), "int64"))
    return {
        "lon": steps[:, 0].tolist(),
        "lat": steps[:, 1].tolist(),
        "grid": homes["at"].tolist(),
        "households": homes["households"].tolist(),
        "persons": homes["persons"].tolist(),
        "id": homes.index.tolist(),
    }


def _backdrop(backdrop: GeoDataFrame | None) -> list[dict[str, Any]]:
    if backdrop is None or backdrop.empty:
        return []
    lines = backdrop.explode(index_parts=False)
    lines = lines[lines.geom_type == "LineString"].to_crs(LONLAT)
    blank = [""] * len(lines)
    kinds = lines.get("class", lines.get("kind", blank))
    return [
        {"class": str(kind), "name": str(name), "line": packed_line(shape)}
        for kind, name, shape in zip(kinds, lines.get("name", blank), lines.geometry, strict=True)
    ]


def _centre(grids: GeoDataFrame) -> tuple[float, float]:
    if grids.empty:
        return CHINA
    west, south, east, north = grids.geometry.to_crs(LONLAT).total_bounds
    return ((south + north) / 2, (west + east) / 2)
