"""The filing pack: what is in it, that its manifest is true, and that it is the same again."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import pyogrio
import pytest
from openpyxl import load_workbook

from gridmap.filing import make_pack
from gridmap.filing.pack import CERTIFIED
from gridmap.planfile import read_draft
from tests.filings import COMMUNITY, draw_filing

MEMBERS = [
    *("certificate.json", "certificate.pdf", "map.html", "map.pdf", "plan.gpkg"),
    *("reasons.pdf", "table.pdf", "table.xlsx", "manifest.json"),
]


@pytest.fixture(scope="module")
def pack() -> bytes:
    return make_pack(draw_filing(exceptions=1), language="zh")


@pytest.fixture(scope="module")
def members(pack: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_pack_holds_map_table_reasons_certificate_and_layers(members: dict[str, bytes]) -> None:
    assert list(members) == MEMBERS


def test_the_manifest_has_the_hash_of_every_file(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    assert sorted(manifest["files"]) == sorted(set(members) - {"manifest.json"})
    for name, said in manifest["files"].items():
        assert said["sha256"] == hashlib.sha256(members[name]).hexdigest()
        assert said["bytes"] == len(members[name])
    assert manifest["communities"] == {COMMUNITY: "长街社区"}
    assert manifest["published_at"] == "2026-03-01T02:00:00+00:00"


def test_the_hash_of_the_certificate_is_that_of_a_file(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    assert hashlib.sha256(members["certificate.json"]).hexdigest() == manifest["certificate_sha256"]


def test_the_same_version_gives_the_same_bytes(pack: bytes) -> None:
    assert make_pack(draw_filing(exceptions=1), language="zh") == pack
    assert make_pack(draw_filing(exceptions=1), language="en") != pack


def test_every_file_is_dated_when_the_version_was_published(pack: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2026, 3, 1, 2, 0, 0)}


def test_the_workbook_has_every_grid_and_every_exception(members: dict[str, bytes]) -> None:
    book = load_workbook(io.BytesIO(members["table.xlsx"]))
    assert book.sheetnames == ["网格", "例外"]
    heads, *rows = book["网格"].iter_rows(values_only=True)
    assert heads[:4] == ("网格编码", "名称", "社区", "户数")
    assert [row[0] for row in rows] == [f"{COMMUNITY}{number:03d}" for number in range(1, 7)]
    assert {row[3] for row in rows} == {10}
    signed = list(book["例外"].iter_rows(min_row=2, values_only=True))
    assert [row[4] for row in signed] == ["王敏", "王敏"]
    assert book.properties.modified == book.properties.created
    assert book["网格"].print_title_rows == "$1:$1"


def test_the_layers_are_a_plan_that_can_be_read_back(
    members: dict[str, bytes], tmp_path: Path
) -> None:
    file = tmp_path / "plan.gpkg"
    file.write_bytes(members["plan.gpkg"])
    assert {"grids", "assignment", "microgrids", "faults", CERTIFIED} <= {
        str(name) for name in pyogrio.list_layers(file)[:, 0]
    }
    draft = read_draft(file)
    assert len(draft.grids) == 6
    assert draft.faults == ()


def test_the_coverage_map_carries_all_that_it_needs(members: dict[str, bytes]) -> None:
    page = members["map.html"].decode()
    assert "长街社区" in page
    assert re.search(r"<(script|link|img)[^>]*(src|href)=", page) is None
