"""A pack out of the database: the same for whoever may read it, and true to its certificate."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import zipfile
from pathlib import Path

import pytest
import shapely
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from gridmap.errors import MissingError
from gridmap.filing import make_pack
from gridmap.filing.pack import CERTIFIED
from gridmap.filing.reading import read_filing
from gridmap.store.certificates import certify, hash_of
from gridmap.store.publications import take_step
from gridmap.store.rights import act_as
from gridmap.store.tables import CertificateRow, Role
from tests.papers import read_pages
from tests.store.test_drafts import Office, office
from tests.store.test_publications import MARCH, put_in_force, settled
from tests.store.test_rights import add
from tests.store.test_rights import put_in_force as in_force
from tests.store.world import GRIDS, A, B

__all__ = ["office"]


def packed(session: Session, version: int) -> bytes:
    return make_pack(read_filing(session, version, language="zh"), language="zh")


def members(pack: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def published(office: Office) -> int:
    version = settled(office, "spring", "move")
    put_in_force(office.session, version, MARCH)
    return version


@pytest.mark.parametrize("role", ["planner", "approver", "leader", "admin"])
def test_whoever_may_read_a_version_gets_the_same_pack(
    office: Office, published: int, role: Role
) -> None:
    session = office.session
    whole = packed(session, published)
    take_step(session, published, "filed", by="zhao")
    act_as(session, add(session, role, *([] if role == "admin" else [A])))
    assert packed(session, published) == whole


def test_whoever_may_not_read_it_gets_none(office: Office, published: int) -> None:
    act_as(office.session, add(office.session, "planner", B))
    with pytest.raises(MissingError, match="not published"):
        packed(office.session, published)


def test_a_version_that_is_not_published_has_no_pack(office: Office) -> None:
    version = settled(office, "spring")
    with pytest.raises(MissingError, match="not published"):
        packed(office.session, version)
    with pytest.raises(MissingError, match="999"):
        packed(office.session, 999)


def test_the_hash_of_the_certified_grids_is_computed_from_the_geopackage(
    office: Office, published: int, tmp_path: Path
) -> None:
    held = members(packed(office.session, published))
    file = tmp_path / "plan.gpkg"
    file.write_bytes(held["plan.gpkg"])
    with sqlite3.connect(file) as layers:
        homes: dict[str, list[str]] = {}
        for building, grid in layers.execute("SELECT building_id, grid_code FROM assignment"):
            homes.setdefault(grid, []).append(building)
        rows = layers.execute(
            "SELECT code, name, kind, households, persons, buildings, worker, status, geom"  # noqa: S608 (our own name)
            f" FROM {CERTIFIED}"
        ).fetchall()
    lines = sorted(
        "|".join(
            [
                *(str(value) for value in row[:-1]),
                hashlib.sha256(_wkb(row[-1])).hexdigest(),
                ",".join(sorted(homes[row[0]])),
            ]
        )
        for row in rows
    )
    certificate = json.loads(held["certificate.json"])
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == certificate["grids"]["sha256"]
    manifest = json.loads(held["manifest.json"])
    assert hashlib.sha256(held["certificate.json"]).hexdigest() == manifest["certificate_sha256"]


def _wkb(blob: bytes) -> bytes:
    """Take the geometry out of a GeoPackage's envelope, as PostGIS writes it."""
    envelope = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}[blob[3] >> 1 & 7]
    written: bytes = shapely.to_wkb(shapely.from_wkb(blob[8 + envelope :]), byte_order=1)
    return written


SECRETS = ("无此路", "80+", *(f'"H{number}"' for number in range(1, 10)))


@pytest.mark.usefixtures("poppler")
def test_no_household_is_in_a_pack(session: Session, dataset: int, version: int) -> None:
    """The world has a ledger with addresses; its version is put in force past the gate."""
    assert dataset
    in_force(session, version, "2026-03-01")
    content = certify(session, version)
    session.add(CertificateRow(version_id=version, content=content, sha256=hash_of(content)))
    session.flush()
    held = members(packed(session, version))
    sheets = ["".join(read_pages(held[name])) for name in held if name.endswith(".pdf")]
    book = load_workbook(io.BytesIO(held["table.xlsx"]))
    cells = [f'"{cell}"' for sheet in book for row in sheet.values for cell in row]
    plain = [held[name] for name in ("map.html", "plan.gpkg", "certificate.json")]
    texts = [*sheets, "".join(cells), *(each.decode("utf-8", "replace") for each in plain)]
    assert [secret for secret in SECRETS for text in texts if secret in text] == []
    assert any(GRIDS["a1"] in text for text in texts)
