"""A writer of OpenStreetMap extracts, just large enough for a street."""

import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

Tags = dict[str, str]
Node = tuple[int, float, float]
Way = tuple[int, Sequence[int], Tags]


def write_pbf(path: Path, nodes: Iterable[Node], ways: Iterable[Way]) -> None:
    """Write nodes (id, longitude, latitude) and ways (id, node ids, tags) as `.osm.pbf`."""
    texts = [""]
    groups = [_field(1, _node(node)) for node in nodes]
    ways_group = b"".join(_field(3, _way(way, texts)) for way in ways)
    table = b"".join(_field(1, text.encode()) for text in texts)
    group = b"".join(groups)
    block = _field(1, table) + _field(2, group) + _field(2, ways_group)
    header = _field(4, b"OsmSchema-V0.6")
    path.write_bytes(_blob("OSMHeader", header) + _blob("OSMData", block))


def _node(node: Node) -> bytes:
    number, lon, lat = node
    coordinates = (_zigzag(number), _zigzag(round(lat * 1e7)), _zigzag(round(lon * 1e7)))
    return b"".join(
        _number(field, value) for field, value in zip((1, 8, 9), coordinates, strict=True)
    )


def _way(way: Way, texts: list[str]) -> bytes:
    number, refs, tags = way
    keys = b"".join(_varint(_position(key, texts)) for key in tags)
    values = b"".join(_varint(_position(value, texts)) for value in tags.values())
    steps = [ref - before for ref, before in zip(refs, (0, *refs), strict=False)]
    path = b"".join(_varint(_zigzag(step)) for step in steps)
    return _number(1, number) + _field(2, keys) + _field(3, values) + _field(8, path)


def _position(text: str, texts: list[str]) -> int:
    if text not in texts:
        texts.append(text)
    return texts.index(text)


def _blob(kind: str, content: bytes) -> bytes:
    blob = _number(2, len(content)) + _field(3, zlib.compress(content))
    header = _field(1, kind.encode()) + _number(3, len(blob))
    return struct.pack(">I", len(header)) + header + blob


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def _varint(value: int) -> bytes:
    content = bytearray()
    while value > 0x7F:
        content.append(value & 0x7F | 0x80)
        value >>= 7
    content.append(value)
    return bytes(content)
