"""
What a Shapefile must be before GDAL may read it.

A Shapefile that was cut short reads without complaint, as rows without geometry or without
columns. So its lengths are checked against what its own headers promise.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from gridmap.errors import InputError
from gridmap.layers.formats.codepages import decoded, read_evidence, said_encoding
from gridmap.layers.formats.texts import guess_encoding
from gridmap.schema import Fault

if TYPE_CHECKING:
    from pathlib import Path

MAIN_HEADER_BYTES = 100
TABLE_HEADER_BYTES = 32
PARTS = (".shp", ".shx", ".dbf")
TABLE_ENDING = ".dbf"
FILE_CODE = struct.pack(">i", 9994)
SHAPE_TYPES = (0, 1, 3, 5, 8, 11, 13, 15, 18, 21, 23, 25, 28, 31)
INDEX_ENTRY_BYTES = 8
NOT_ONE = -1  # no length at all: the file is something else
CHINESE_ENCODINGS = ("gb2312", "gbk", "gb18030")
EXAMPLE_CHARACTERS = 20
BEYOND_REPAIR = ("\ufffd", "锟斤拷")


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
        If `.shx` or `.dbf` is missing, no such file at all, shorter than its header says, or of
        another Shapefile.
    """
    parts = {ending: companion(path, ending) for ending in PARTS}
    missing = ", ".join(ending for ending, file in parts.items() if file is None)
    if missing:
        fields = {"file": path.name, "missing": missing}
        raise InputError(Fault(layer, None, "sidecar_missing", "refused", fields))
    files = [file for file in parts.values() if file is not None]
    for file in files:
        is_table = file.suffix.lower() == TABLE_ENDING
        promised_bytes = (_promised_table if is_table else _promised_geometry)(file)
        if promised_bytes == NOT_ONE and file.stat().st_size:
            raise InputError(Fault(layer, None, "file_other", "refused", {"file": file.name}))
        if file.stat().st_size < max(promised_bytes, 1):
            raise InputError(Fault(layer, None, "truncated", "refused", {"file": file.name}))
    _, index, table = files
    shapes = (_promised_geometry(index) - MAIN_HEADER_BYTES) // INDEX_ENTRY_BYTES
    (records,) = struct.unpack("<I", _start(table, TABLE_HEADER_BYTES)[4:8])
    if shapes != records:
        counts = {"file": table.name, "records": records, "shapes": shapes}
        raise InputError(Fault(layer, None, "sidecar_other", "refused", counts))


def text_encoding(path: Path, layer: str) -> tuple[str, list[Fault]]:
    """
    Find out how the texts of a Shapefile are written.

    Parameters
    ----------
    path
        The `.shp` file, whole.
    layer
        Layer of the schema it is read for; named in faults.

    Returns
    -------
    encoding
        What its `.cpg` or its table says, unless the bytes say otherwise beyond doubt.
    faults
        A note if the files said nothing, or what is not so.

    Raises
    ------
    InputError
        If nothing is said and the texts could be in several encodings: it must be declared.
    """
    table = companion(path, ".dbf")
    if table is None:
        return "utf-8", []
    said = said_encoding(table, companion(path, ".cpg"))
    evidence, texts = read_evidence(table)
    if evidence == "ascii":
        return said or "utf-8", []
    if said and (evidence == "unclear" or _agree(said, evidence)) and decoded(texts, said):
        return said, _broken(path, layer, decoded(texts, said) or "")
    if evidence == "unclear":
        guess = guess_encoding(b"\n".join(texts))
        fields = {"file": path.name, "guess": guess.upper() or "?", "declare": guess or "gbk"}
        raise InputError(Fault(layer, None, "not_utf8", "refused", fields))
    content = decoded(texts, evidence) or ""
    faults = _broken(path, layer, content)
    if said or evidence != "utf-8":
        told = {"file": path.name, "found": evidence.upper(), "said": said.upper() or "–"}
        told["example"] = content.splitlines()[-1][:EXAMPLE_CHARACTERS]
        faults.append(Fault(layer, None, "encoding_found", "noted", told))
    return evidence, faults


def _broken(path: Path, layer: str, content: str) -> list[Fault]:
    """Note texts that somebody has read wrongly and saved before: no encoding brings them back."""
    lines = content.splitlines()
    count = sum(any(mark in line for mark in BEYOND_REPAIR) for line in lines)
    fields: dict[str, str | int] = {"file": path.name, "count": count}
    return [Fault(layer, None, "texts_broken", "noted", fields)] if count else []


def _agree(said: str, evidence: str) -> bool:
    """Are two encodings the same for what is written: the Chinese ones hold each other."""
    return said == evidence or {said, evidence} <= {*CHINESE_ENCODINGS}


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
        return MAIN_HEADER_BYTES if FILE_CODE.startswith(header[:4]) else NOT_ONE
    (words,) = struct.unpack(">i", header[24:28])  # of 16 bits
    (shape_type,) = struct.unpack("<i", header[32:36])
    is_one = header.startswith(FILE_CODE) and 2 * words >= MAIN_HEADER_BYTES
    return 2 * int(words) if is_one and shape_type in SHAPE_TYPES else NOT_ONE


def _promised_table(file: Path) -> int:
    header = _start(file, TABLE_HEADER_BYTES)
    if len(header) < TABLE_HEADER_BYTES:
        return TABLE_HEADER_BYTES
    records, start, length = struct.unpack("<IHH", header[4:12])
    is_one = start > TABLE_HEADER_BYTES and length > 0
    return int(start + records * length) if is_one else NOT_ONE


def _start(file: Path, length: int) -> bytes:
    with file.open("rb") as stream:
        return stream.read(length)
