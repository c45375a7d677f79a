"""
What somebody confirmed about the columns of a table: written down, and found again by its header.

In a folder it stands in `layers.toml`; elsewhere it is kept by layer and fingerprint of the
header, so that next month's file with the same header needs no second answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.items import Table as TomlTable

from gridmap.layers.mapping import LayerMapping
from gridmap.layers.synonyms import SPOKEN_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridmap.layers.opened import OpenedLayer

SPOKEN: Final = {(layer, column): key for (layer, key), column in SPOKEN_NAMES.items()}

Remembered = Mapping[tuple[str, str], Mapping[str, Any]]
"""What was confirmed of columns, by layer and fingerprint of the header."""

NOTHING_REMEMBERED: Final[Remembered] = MappingProxyType({})


def header_fingerprint(columns: Iterable[object]) -> str:
    """
    Fingerprint a header, whatever the order of its columns.

    Parameters
    ----------
    columns
        Names as the file has them.

    Returns
    -------
    fingerprint
        64 hexadecimal digits.
    """
    names = sorted({str(name).strip() for name in columns})
    return hashlib.sha256(json.dumps(names, ensure_ascii=False).encode()).hexdigest()


def mapping_to_json(mapping: LayerMapping) -> dict[str, Any]:
    """
    Say what a mapping knows of columns, as JSON can.

    Parameters
    ----------
    mapping
        Of one layer.

    Returns
    -------
    told
        `columns` and `words`; what belongs to one file alone (its name, CRS, datum, encoding) is
        not remembered.
    """
    words = {column: dict(meanings) for column, meanings in mapping.words.items()}
    return {"columns": dict(mapping.columns), "words": words}


def mapping_from_json(told: Mapping[str, Any]) -> LayerMapping:
    """
    Make a mapping of what :func:`mapping_to_json` said.

    Parameters
    ----------
    told
        `columns` and `words`.

    Returns
    -------
    mapping
        Of one layer.
    """
    return LayerMapping(columns=dict(told.get("columns", {})), words=dict(told.get("words", {})))


def confirmed_columns(opened: Iterable[OpenedLayer]) -> Remembered:
    """
    Say what a mapping file declares of columns, so that it can be remembered.

    Parameters
    ----------
    opened
        Layers as they were found, with what is declared of each and nothing recalled.

    Returns
    -------
    confirmed
        Only layers of which something is declared.
    """
    return {
        (one.layer, header_fingerprint(one.frame.columns)): mapping_to_json(one.mapping)
        for one in opened
        if one.mapping.columns or one.mapping.words
    }


def recall(opened: OpenedLayer, kept: Remembered) -> OpenedLayer:
    """
    Give a layer the mapping that was confirmed for its header before.

    Parameters
    ----------
    opened
        A layer as it was found.
    kept
        What was confirmed, by layer and fingerprint of the header.

    Returns
    -------
    opened
        The same layer; what its own mapping says goes before what is remembered.
    """
    told = kept.get((opened.layer, header_fingerprint(opened.frame.columns)))
    if told is None:
        return opened
    old, own = mapping_from_json(told), opened.mapping
    columns = {**old.columns, **own.columns}
    recalled = own.recalled | (set(old.columns) - set(own.columns))
    mapping = replace(own, columns=columns, words={**old.words, **own.words}, recalled=recalled)
    return replace(opened, mapping=mapping)


def write_columns(text: str, columns: Mapping[str, Mapping[str, str]]) -> str:
    """
    Write what columns hold into a mapping file, and keep all else that stands there.

    Parameters
    ----------
    text
        The mapping file as it is; "" where there is none.
    columns
        Layer to schema column to column of the file; "" says that the file has none.

    Returns
    -------
    text
        The mapping file, comments and order kept.
    """
    document = tomlkit.parse(text.removeprefix("\ufeff"))
    for layer, told in columns.items():
        section = _section(document, layer)
        for name, column in told.items():
            key = SPOKEN.get((layer, name), name)
            key = name if name in section else key
            value = section.get(key)
            if isinstance(value, TomlTable):
                value["column"] = column
            elif value != column:
                section[key] = column
    return tomlkit.dumps(document)


def _section(document: TOMLDocument, layer: str) -> Any:  # noqa: ANN401 (a table of any kind)
    if layer not in document:
        if document.body:
            document.add(tomlkit.nl())
        document.add(layer, tomlkit.table())
    return document[layer]
