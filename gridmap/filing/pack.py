"""The filing pack as one ZIP, with a manifest of what is in it."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyogrio

from gridmap.filing.book import add_member, write_book
from gridmap.filing.pages import set_pages
from gridmap.maps.page import self_contained
from gridmap.planfile import write_draft

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridmap.filing.record import Filing
    from gridmap.messages import Language

FORM: Final = 1
"""Of the pack: a program that reads it can tell what it will find."""

MANIFEST: Final = "manifest.json"
CERTIFIED: Final = "certified_grids"
"""Layer of the GeoPackage that the hash of the certificate's grids can be computed from."""


def make_pack(filing: Filing, *, language: Language, fonts: Path | None = None) -> bytes:
    """
    Make the filing pack of a version.

    Parameters
    ----------
    filing
        The version.
    language
        Of its sheets, its workbook and its map.
    fonts
        Folder with fonts; None is those of the system.

    Returns
    -------
    pack
        A ZIP. The same version gives the same bytes, on one machine and with one gridmap.

    Raises
    ------
    FontError
        If there is no font with Chinese.
    """
    sheets = set_pages(filing, language=language, fonts=fonts)
    members = {
        **{f"{part}.pdf": sheet for part, sheet in sheets.items()},
        "map.html": self_contained(filing.page.get_root().render()).encode(),
        "table.xlsx": write_book(filing, language=language),
        "plan.gpkg": _write_layers(filing, language),
        "certificate.json": filing.document,
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in sorted(members):
            add_member(archive, name, members[name], filing.published_at)
        manifest = json.dumps(_manifest(filing, members, language), ensure_ascii=False, indent=1)
        add_member(archive, MANIFEST, f"{manifest}\n".encode(), filing.published_at)
    return made.getvalue()


def _manifest(filing: Filing, members: Mapping[str, bytes], language: Language) -> dict[str, Any]:
    return {
        "form": FORM,
        "version": filing.version,
        "communities": {code: filing.called(code) for code in filing.communities},
        "language": language,
        "published_at": filing.published_at.isoformat(),
        "certificate_sha256": filing.sha256,
        "files": {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in sorted(members.items())
        },
    }


def _write_layers(filing: Filing, language: Language) -> bytes:
    """Write the plan as planning does, with one layer more: the grids as they were certified."""
    with tempfile.TemporaryDirectory(prefix=".gridmap-") as folder:
        file = Path(folder) / "plan.gpkg"
        write_draft(filing.draft, file, language=language)
        pyogrio.write_dataframe(
            filing.certified, file, layer=CERTIFIED, driver="GPKG", geometry_type="MultiPolygon"
        )
        return file.read_bytes()
