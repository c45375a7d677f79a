"""
`layers.toml`: what a county calls its columns, and what its files do not say themselves.

::

    crs = "EPSG:4549"            # for every layer whose file says nothing
    [buildings]
    file = "fw_2026.shp"         # only when the name does not say it
    households = "units"         # the column of the file that holds it
    persons = ""                 # no column of the file holds it
    encoding = "gbk"
    datum = "GCJ-02"
    [buildings.loads]            # columns that a rule gives a band of their own
    need = "关注户"
    [roads.class]                # a county's own road classes
    column = "dldj"
    1 = "primary"
"""

from __future__ import annotations

import codecs
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gridmap.layers.synonyms import COLUMN_NAMES, SPOKEN_NAMES
from gridmap.schema import TABLES, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAPPING_FILE: Final = "layers.toml"
SETTINGS: Final = ("file", "crs", "datum", "encoding")
LOADED: Final = ("buildings", "households")
"""Layers whose columns a rule may give a band."""

LOADS: Final = "loads"
POINT_COLUMNS: Final = ("x", "y", "lon", "lat")  # the latter two in degrees


@dataclass(frozen=True, slots=True)
class LayerMapping:
    """What is declared for one layer; "" where nothing is."""

    file: str = ""
    crs: str = ""
    datum: str = ""
    encoding: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)  # schema column to column of the file
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # column: theirs to ours
    recalled: frozenset[str] = frozenset()  # schema columns known from an earlier file's header
    loads: Mapping[str, str] = field(default_factory=dict)  # load of a rule to column of the file


def read_mapping(path: Path) -> tuple[dict[str, LayerMapping], list[Fault]]:
    """
    Read a mapping file, and say everything in it that cannot be meant.

    Parameters
    ----------
    path
        A TOML file.

    Returns
    -------
    mapping
        One entry a layer of the schema, declared or not.
    faults
        Refused ones, none when the mapping can be used.
    """
    try:
        text = path.read_text("utf-8-sig")
        told = tomllib.loads(text)
    except FileNotFoundError:
        return {}, [_fault(path, "mapping_missing")]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return {}, [_fault(path, "mapping_unreadable", error=str(error))]
    general = {key: value for key, value in told.items() if not isinstance(value, dict)}
    faults = [
        _fault(path, "mapping_stranger", key=key, known=", ".join((*SETTINGS[1:], *TABLES)))
        for key in told
        if key not in (*TABLES, *SETTINGS[1:])
    ]
    faults += [
        _fault(path, "mapping_value", key=key)
        for key, value in told.items()
        if (key in SETTINGS[1:] and not isinstance(value, str))
        or (key in TABLES and not isinstance(value, dict))
    ]
    faults += _encoding_faults(path, path.name, general.get("encoding", ""))
    mapping = {}
    for layer in TABLES:
        own = told.get(layer, {})
        if not isinstance(own, dict):
            continue
        mapping[layer], wrong = _layer_mapping(path, layer, {**general, **own}, set(own))
        faults += wrong
    return mapping, faults


def _layer_mapping(
    path: Path, layer: str, told: Mapping[str, Any], own: set[str]
) -> tuple[LayerMapping, list[Fault]]:
    known = (*COLUMN_NAMES[layer], *POINT_COLUMNS)
    columns: dict[str, str] = {}
    words: dict[str, Mapping[str, str]] = {}
    loads, faults = _loads(path, layer, told.get(LOADS, {}))
    for key in sorted(own - set(SETTINGS) - ({LOADS} if layer in LOADED else set())):
        column, value = SPOKEN_NAMES.get((layer, key), key), told[key]
        if column not in known:
            names = ", ".join((*SETTINGS, *known))
            faults.append(_fault(path, "mapping_stranger", key=f"{layer}.{key}", known=names))
        elif isinstance(value, dict):
            words[column] = {str(k): str(v) for k, v in value.items() if k != "column"}
            columns |= {column: str(value["column"])} if "column" in value else {}
        elif isinstance(value, str):
            columns[column] = value
        else:
            faults.append(_fault(path, "mapping_value", key=f"{layer}.{key}"))
    settings = {name: told.get(name, "") for name in SETTINGS}
    faults += [
        _fault(path, "mapping_value", key=f"{layer}.{name}")
        for name, value in settings.items()
        if name in own and not isinstance(value, str)
    ]
    if "encoding" in own:
        faults += _encoding_faults(path, layer, settings["encoding"])
    said: dict[str, Any] = {
        name: value if isinstance(value, str) else "" for name, value in settings.items()
    }
    return LayerMapping(**said, columns=columns, words=words, loads=loads), faults


def _loads(path: Path, layer: str, told: object) -> tuple[dict[str, str], list[Fault]]:
    if layer not in LOADED:
        return {}, []
    if not isinstance(told, dict) or not all(isinstance(name, str) for name in told.values()):
        return {}, [_fault(path, "mapping_value", key=f"{layer}.{LOADS}")]
    return told, []


def _encoding_faults(path: Path, layer: str, encoding: object) -> list[Fault]:
    try:
        codecs.lookup(str(encoding) or "utf-8")
    except LookupError:
        fields = {"file": path.name, "encoding": str(encoding)}
        return [Fault(layer, None, "encoding_unknown", "refused", fields)]
    return []


def _fault(path: Path, kind: str, **fields: str) -> Fault:
    return Fault(path.name, None, kind, "refused", fields)
