"""A page asks nobody for anything."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import folium
import pytest

from gridmap.maps.page import (
    OfflineMap,
    Verbatim,
    asset,
    join_modules,
    json_block,
    self_contained,
    write_page,
)

HEAD = '<script src="leaflet.js"></script><link rel="stylesheet" href="leaflet.css"/>'


def plain_map() -> OfflineMap:
    return OfflineMap("plain", location=(39.9, 116.4), zoom=12)


def test_leaflets_own_tags_become_its_own_text_with_its_licence() -> None:
    page = self_contained(HEAD)
    assert "<link" not in page
    assert "<script src" not in page
    assert 't.version="1.9.4"' in page
    assert "Redistribution and use in source and binary forms" in page
    assert ".leaflet-pane" in page


def test_no_image_of_leaflets_style_is_ever_asked_for() -> None:
    page = self_contained('<link rel="stylesheet" href="leaflet.css"/>')
    assert "images/" not in page
    assert page.count("data:image/gif") == 3


@pytest.mark.parametrize(
    "tag",
    [
        '<script src="https://example.org/jquery.js"></script>',
        '<script type="module" src="other.js"></script>',
        '<link rel="stylesheet" href="https://example.org/bootstrap.css"/>',
        '<link href="leaflet.js">',
        '<img src="logo.png">',
        '<iframe src="https://example.org"></iframe>',
        "<style>@import 'more.css';</style>",
        '<style>b { background: url("https://example.org/b.png"); }</style>',
        '<script>L.tileLayer("https://example.org/{z}/{x}/{y}.png")</script>',
        "<script src=unquoted.js></script>",
    ],
)
def test_whatever_would_fetch_something_is_refused_by_name(tag: str) -> None:
    with pytest.raises(LookupError, match="would fetch"):
        self_contained(HEAD + tag)


def test_a_name_that_looks_like_a_tag_or_a_style_is_only_a_name() -> None:
    name = "<img src=x> url(https://example.org) L.tileLayer </script>"
    block = json_block("names", {"name": name})
    page = self_contained(HEAD + block)
    assert block in page
    text = block.removeprefix('<script type="application/json" id="names">')
    assert json.loads(text.removesuffix("</script>")) == {"name": name}


def test_a_folium_plugin_that_needs_the_network_is_refused(tmp_path: Path) -> None:
    drawn = plain_map()
    folium.TileLayer("https://example.org/{z}/{x}/{y}.png", attr="–").add_to(drawn)
    with pytest.raises(LookupError, match="tileLayer"):
        write_page(drawn, tmp_path / "map.html")
    assert list(tmp_path.iterdir()) == []


def test_folium_layers_can_be_added_to_an_offline_map(tmp_path: Path) -> None:
    drawn = plain_map()
    folium.CircleMarker((39.9, 116.4), radius=5).add_to(drawn)
    write_page(drawn, tmp_path / "map.html")
    assert "L.circleMarker" in (tmp_path / "map.html").read_text("utf-8")


def test_a_page_is_not_read_as_a_template() -> None:
    page = folium.Figure()
    page.html.add_child(Verbatim("{{ 7 * 7 }}{# gone #}"))
    assert "{{ 7 * 7 }}{# gone #}" in page.render()


def test_an_older_page_is_replaced_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    path.write_text("older", "utf-8")
    write_page(plain_map(), path)
    assert path.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert [file.name for file in tmp_path.iterdir()] == ["map.html"]


def test_a_page_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "map.html").mkdir()
    with pytest.raises(OSError, match=r"map\.html"):
        write_page(plain_map(), tmp_path / "map.html")
    assert [file.name for file in tmp_path.iterdir()] == ["map.html"]


def test_joined_modules_hold_no_import_and_no_export() -> None:
    text = join_modules("coverage", ["page", "speech"])
    assert "class Speech" in text
    assert not re.search(r"^(import|export)\b", text, re.MULTILINE)


def test_an_export_that_cannot_be_joined_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Module:
        def read_text(self, _encoding: str) -> str:
            return "export default 1;\n"

    monkeypatch.setattr("gridmap.maps.page.asset", lambda *_names: Module())
    with pytest.raises(ValueError, match="export default 1"):
        join_modules("coverage", ["page"])


def test_no_two_modules_use_one_name_at_the_top() -> None:
    texts = [
        file.read_text("utf-8") for file in asset("coverage").iterdir() if file.name.endswith(".js")
    ]
    names = [
        name
        for text in texts
        for name in re.findall(r"^(?:export )?(?:function|const|class) (\w+)", text, re.MULTILINE)
    ]
    assert sorted(names) == sorted(set(names))


def test_vendored_files_are_what_their_source_note_says() -> None:
    note = asset("SOURCE.md").read_text("utf-8")
    listed = re.findall(r"\| `([^`]+)` \| `([0-9a-f]{64})` \|", note)
    assert len(listed) == 3
    for name, digest in listed:
        assert hashlib.sha256(asset(name).read_bytes()).hexdigest() == digest
