"""
What a Shapefile must be before GDAL may read it.

A Shapefile that was cut short reads without complaint, as rows without geometry or without
columns. So its lengths are checked against what its own headers promise.
"""

from __future__ import annotations

import codecs
import struct
from typing import TYPE_CHECKING

from gridmap.errors import InputError
from gridmap.layers.formats.texts import guess_encoding
from gridmap.schema import Fault

if TYPE_CHECKING:
    from pathlib import Path

MAIN_HEADER_BYTES = 100
TABLE_HEADER_BYTES = 32
TABLE_FIELD_BYTES = 32
TABLE_NAME_BYTES = 11


def require_whole(path: Path, layer: str) -> None:
    """
    Check that a Shapefile has its companions and that none of them is cut short.

    Parameters
    ----------
    path
        The `.shp` file.
    layer
        Layer of the schema it is read for; named in faults.

    Raises
    ------
    InputError
        If `.shx` or `.dbf` is missing, or a file is shorter than its header says: all of it.
    """
    faults = [
        Fault(layer, None, "sidecar_missing", "refused", {"file": path.name, "missing": ending})
        for ending in (".shx", ".dbf")
        if companion(path, ending) is None
    ]
    checks = {".shp": _promised_geometry, ".shx": _promised_geometry, ".dbf": _promised_table}
    for ending, promised_bytes in checks.items():
        file = companion(path, ending)
        if file is not None and file.stat().st_size < promised_bytes(file):
            faults.append(Fault(layer, None, "truncated", "refused", {"file": file.name}))
    if faults:
        raise InputError(*faults)


def text_encoding(path: Path, layer: str) -> str:
    """
    Find out how the texts of a Shapefile are written.

    Parameters
    ----------
    path
        The `.shp` file.
    layer
        Layer of the schema it is read for; named in faults.

    Returns
    -------
    encoding
        What its `.cpg` says, or UTF-8 where that is what the bytes are.

    Raises
    ------
    InputError
        If there is no `.cpg` and the texts are not UTF-8: they must be declared.
    """
    said = companion(path, ".cpg")
    if said is not None:
        name = said.read_text("ascii", "ignore").strip()
        try:
            return codecs.lookup(name).name
        except LookupError:
            pass  # an empty or odd `.cpg` says as little as none
    table = companion(path, ".dbf")
    guess = guess_encoding(_texts_of(table)) if table else "utf-8"
    if guess != "utf-8":
        fields = {"file": path.name, "guess": guess.upper() or "?", "declare": guess or "gbk"}
        raise InputError(Fault(layer, None, "not_utf8", "refused", fields))
    return "utf-8"


def companion(path: Path, ending: str) -> Path | None:
    """
    Find the file of the same name with another ending.

    Parameters
    ----------
    path
        The `.shp` file.
    ending
        With its point, in lower case; upper case is found too.

    Returns
    -------
    companion
        None if there is none.
    """
    for file in (path.with_suffix(ending), path.with_suffix(ending.upper())):
        if file.is_file():
            return file
    return None


def _promised_geometry(file: Path) -> int:
    header = _start(file, MAIN_HEADER_BYTES)
    if len(header) < MAIN_HEADER_BYTES:
        return MAIN_HEADER_BYTES
    return 2 * int(struct.unpack(">i", header[24:28])[0])  # counted in words of 16 bits


def _promised_table(file: Path) -> int:
    header = _start(file, TABLE_HEADER_BYTES)
    if len(header) < TABLE_HEADER_BYTES:
        return TABLE_HEADER_BYTES
    records, start, length = struct.unpack("<IHH", header[4:12])
    return int(start + records * length)


def _texts_of(table: Path) -> bytes:
    """Take the names and values out of a table, without the numbers of its header."""
    content = table.read_bytes()
    start = int(struct.unpack("<H", content[8:10])[0])
    fields = range(TABLE_HEADER_BYTES, start - 1, TABLE_FIELD_BYTES)
    names = [content[at : at + TABLE_NAME_BYTES].split(b"\0")[0] for at in fields]
    return b"\n".join([*names, content[start:].rstrip(b"\x1a")])


def _start(file: Path, length: int) -> bytes:
    with file.open("rb") as stream:
        return stream.read(length)
