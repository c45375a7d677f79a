"""
A Folium map as one HTML file that asks nobody for anything.

Folium writes tags that fetch Leaflet and nine more assets from the network, and a ministry's
network has no outside. :class:`OfflineMap` names only Leaflet's own two files, and
:func:`write_page` puts their text where the tags were. Every other tag, tile address or style that
would fetch something is refused, so that a plugin added later cannot slip through: a map that is
white on the one screen that matters is worse than none.
"""

from __future__ import annotations

import html
import json
import os
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import folium
from branca.element import Element, Figure
from folium.template import Template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

SCRIPTS: Final = ("leaflet.js",)
STYLES: Final = ("leaflet.css",)
EMPTY_IMAGE: Final = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="

_SCRIPT_TAG: Final = re.compile(r'<script\b[^>]*\bsrc="([^"]*)"[^>]*>\s*</script>')
_LINK_TAG: Final = re.compile(r'<link\b[^>]*\bhref="([^"]*)"[^>]*>')
_DATA: Final = re.compile(r'<script type="application/json"[^>]*>[^<]*</script>')
_FETCHES: Final = re.compile(
    r"""<(?:script|link|img|iframe|object|embed|source)\b[^>]*\b(?:src|href|data)\s*=
      | @import\b | url\(\s*["']?(?!data:|\#) | \bL\.tileLayer\b""",
    re.VERBOSE,
)
_IMPORT_LINE: Final = re.compile(r'^import [^;]*? from "\./[a-z_]+\.js";\n', re.MULTILINE)
_EXPORT_WORD: Final = re.compile(r"^export (?=(?:class|function|const) )", re.MULTILINE)


class OfflineMap(folium.Map):
    """
    A map without tiles, and without any asset but Leaflet.

    The page stays zoomable on a phone, which Folium's own header forbids, and the map's name does
    not change from run to run, so the same plan gives the same bytes.
    """

    _template = Template(
        """
        {% macro header(this, kwargs) %}
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <script>
                window.L_NO_TOUCH = false;
                window.L_DISABLE_3D = false;
            </script>
        {% endmacro %}
        {% macro html(this, kwargs) %}
            <div class="folium-map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            const {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
                center: {{ this.location|tojson }},
                ...{{ this.options|tojavascript }}
            });
        {% endmacro %}
        """
    )

    def __init__(self, name: str, *, location: Sequence[float], zoom: int) -> None:
        super().__init__(
            location=location,
            zoom_start=zoom,
            tiles=None,
            prefer_canvas=True,
            zoom_control=False,
            maxZoom=20,  # folium drops max_zoom together with the tiles
            zoomSnap=0.25,
            attributionControl=False,
        )
        self._id = name
        self.default_js = [(script, script) for script in SCRIPTS]
        self.default_css = [(style, style) for style in STYLES]

    @property
    def page_title(self) -> str:
        """What the browser writes on the tab, as HTML."""
        figure = self.get_root()
        return str(figure.title) if isinstance(figure, Figure) and figure.title else ""

    @page_title.setter
    def page_title(self, title: str) -> None:
        figure = self.get_root()
        assert isinstance(figure, Figure)  # noqa: S101 (folium puts every map in one)
        figure.title = html.escape(title)


class OfflineGroup(folium.FeatureGroup):
    """A layer of the map with a name that scripts can rely on."""

    def __init__(self, name: str, *, show: bool) -> None:
        super().__init__(name=name, show=show)
        self._id = name


class Verbatim(Element):
    """
    Text that goes into the page as it is.

    branca reads what an element writes as a template once more, so that a household's name with
    braces in it would be run on the machine that draws the map.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_kwargs: object) -> str:
        """Give the text."""
        return self.text


def asset(*names: str) -> Traversable:
    """
    Give one of the files that travel inside every page.

    Parameters
    ----------
    *names
        Its path under `assets`.

    Returns
    -------
    file
        To be read as UTF-8.
    """
    return files("gridmap.maps").joinpath("assets", *names)


def join_modules(folder: str, names: Sequence[str]) -> str:
    """
    Join our ES modules into the inside of one function.

    A page opened from a folder may not load one module from another, and there is no bundler
    between the library and its user. The modules therefore import only each other, and no two
    of them use one name at the top.

    Parameters
    ----------
    folder
        Folder under `assets`.
    names
        The modules, each after those it imports from.

    Returns
    -------
    script
        Their text with the import lines and the word `export` taken out.

    Raises
    ------
    ValueError
        If an import or export is written in a way this does not know.
    """
    text = "\n".join(asset(folder, f"{name}.js").read_text("utf-8") for name in names)
    text = _EXPORT_WORD.sub("", _IMPORT_LINE.sub("", text))
    stranger = re.search(r"^(?:import|export)\b.*$", text, re.MULTILINE)
    if stranger:
        msg = f"Cannot join modules: {stranger.group()}"
        raise ValueError(msg)
    return text


def self_contained(page: str) -> str:
    """
    Put the text of every asset where its tag is.

    Parameters
    ----------
    page
        A page as Folium renders it.

    Returns
    -------
    page
        The same page with no tag that fetches anything.

    Raises
    ------
    LookupError
        If the page names an asset that is not among ours, or would fetch something in another
        way.
    """
    bare = _LINK_TAG.sub("", _SCRIPT_TAG.sub("", _DATA.sub("", page)))
    named = [(name, SCRIPTS) for name in _SCRIPT_TAG.findall(page)]
    named += [(name, STYLES) for name in _LINK_TAG.findall(page)]
    strangers = [name for name, known in named if name not in known]
    strangers += [found.group() for found in _FETCHES.finditer(bare)]
    if strangers:
        msg = f"The page would fetch: {', '.join(sorted(set(strangers)))}"
        raise LookupError(msg)
    page = _LINK_TAG.sub(lambda tag: f"<style>\n{_style(tag[1])}\n</style>", page)
    return _SCRIPT_TAG.sub(lambda tag: f"<script>\n{_script(tag[1])}\n</script>", page)


def write_page(drawn: Element, path: Path) -> None:
    """
    Write a map as one HTML file that opens with no network.

    The file lands whole or not at all: it is written beside its place and moved there.

    Parameters
    ----------
    drawn
        An :class:`OfflineMap`, or anything drawn on one.
    path
        Where to write it; the folder must be there, an older file is replaced.
    """
    page = self_contained(drawn.get_root().render())
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(page, "utf-8", newline="\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def json_block(name: str, values: Mapping[str, Any]) -> str:
    """
    Give the data of a page to its script.

    Parameters
    ----------
    name
        Id of the block.
    values
        Anything JSON can say.

    Returns
    -------
    block
        A `<script>` that holds data. No text in it can end it, whatever a name holds.
    """
    text = json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/json" id="{name}">{text}</script>'


def _script(name: str) -> str:
    text = asset(name).read_text("utf-8")
    terms = asset("LEAFLET-LICENSE.txt").read_text("utf-8")
    return f"/*\n{terms}*/\n" + re.sub(r"\n//# sourceMappingURL=.*", "", text)


def _style(name: str) -> str:
    return re.sub(r"url\(images/[^)]*\)", f"url({EMPTY_IMAGE})", asset(name).read_text("utf-8"))
