"""
Find and open the files of a layer folder.

Nothing is understood or repaired here: a layer comes out with the columns its file has. Files
that are no layer of the contract are named, never passed over in silence.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from gridmap.errors import InputError
from gridmap.layers.decisions import DECISIONS_FILE
from gridmap.layers.formats.extracts import EXTRACT_ENDINGS, read_extract
from gridmap.layers.formats.sheets import SHEET_ENDINGS, read_table
from gridmap.layers.formats.vectors import (
    PARQUET_ENDINGS,
    VECTOR_ENDINGS,
    read_features,
    read_parquet,
    tables_inside,
)
from gridmap.layers.mapping import MAPPING_FILE, LayerMapping, read_mapping
from gridmap.layers.opened import OpenedLayer
from gridmap.layers.synonyms import layer_of
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pandas import DataFrame

SIDECARS: Final = (".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".qmd", ".qpj", ".xml")
PLAN_TABLE: Final = "assignment"  # only a finished plan has it; its `grids` are not today's


@dataclass(frozen=True, slots=True)
class Place:
    """Where a layer was found: a file, and the table in it where it holds several."""

    file: Path
    table: str | None = None

    @property
    def label(self) -> str:
        """What a user calls it."""
        return f"{self.file.name}:{self.table}" if self.table else self.file.name


def open_layers(source: Path, *, mapping: Path | None) -> tuple[list[OpenedLayer], list[Fault]]:
    """
    Open every layer that a folder, a GeoPackage or an OSM extract holds.

    Parameters
    ----------
    source
        A folder, or one `.gpkg` or `.osm.pbf` file.
    mapping
        A mapping file; by default `layers.toml` beside the files, if there is one.

    Returns
    -------
    opened
        The layers that could be opened, buildings first.
    faults
        What could not be, and which files are no layer.

    Raises
    ------
    InputError
        If there is no such folder or file, or the mapping cannot be used.
    """
    declared = _declared(source, mapping)
    if _is_extract(source):
        return _open_extract(source, declared)
    return _open_files(_files(source), declared)


def find_tables(source: Path, mapping: Path | None = None) -> dict[str, Path]:
    """
    Find the layers that are read from a table, so that what is wrong can be written beside it.

    Parameters
    ----------
    source
        A folder, or one file, as for :func:`open_layers`.
    mapping
        A mapping file; by default `layers.toml` beside the files, if there is one.

    Returns
    -------
    tables
        Layer to its CSV or XLSX file; a layer that is there more than once is left out.

    Raises
    ------
    InputError
        If there is no such folder or file, or the mapping cannot be used.
    """
    places, _ = _find(_files(source), _declared(source, mapping))
    return {
        layer: found[0].file
        for layer, found in places.items()
        if len(found) == 1 and found[0].file.suffix.lower() in SHEET_ENDINGS
    }


def open_layer(file: Path, layer: str) -> tuple[OpenedLayer, list[Fault]]:
    """
    Open the one layer of a kind that a file holds, whatever the file is called.

    Parameters
    ----------
    file
        Any format; of a GeoPackage with several tables the one that bears the layer's name. A
        plan that was made before will do. What `layers.toml` beside it declares is heeded.
    layer
        Name of the layer.

    Returns
    -------
    opened
        The layer as it was found.
    faults
        What was not read.

    Raises
    ------
    InputError
        If there is no such file, or no such layer in it, or it cannot be read.
    """
    if not file.exists():
        raise InputError(Fault(layer, None, "layer_file_missing", "refused", {"file": file.name}))
    beside = file.parent / MAPPING_FILE
    declared, wrong = read_mapping(beside) if beside.is_file() else ({}, [])
    if wrong:
        raise InputError(*wrong)
    table = None
    if file.suffix.lower() == ".gpkg":
        tables = tables_inside(file)
        fitting = [name for name in tables if layer_of(name) == layer] or tables
        if len(fitting) != 1:
            fields = {"file": file.name, "tables": ", ".join(tables)}
            raise InputError(Fault(layer, None, "layer_not_inside", "refused", fields))
        table = fitting[0]
    return _open(Place(file, table), layer, declared.get(layer, LayerMapping()))


def _declared(source: Path, mapping: Path | None) -> dict[str, LayerMapping]:
    if not source.exists():
        raise InputError(_fault(str(source), "source_missing"))
    folder = source if source.is_dir() else source.parent
    beside = folder / MAPPING_FILE
    if mapping is None and not beside.is_file():
        return {}
    declared, wrong = read_mapping(mapping or beside)
    if wrong:
        raise InputError(*wrong)
    return declared


def _files(source: Path) -> list[Path]:
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    return [file for file in files if not _is_silent(file, files)]


def _open_files(
    files: list[Path], declared: Mapping[str, LayerMapping]
) -> tuple[list[OpenedLayer], list[Fault]]:
    places, faults = _find(files, declared)
    opened: list[OpenedLayer] = []
    for layer in sorted(places, key=lambda name: (name != "buildings", name)):
        found = places[layer]
        if len(found) > 1:
            names = ", ".join(place.label for place in found)
            faults.append(Fault(layer, None, "layer_twice", "refused", {"files": names}))
            continue
        try:
            one, notes = _open(found[0], layer, declared.get(layer, LayerMapping()))
        except InputError as error:
            faults += error.faults
        else:
            opened.append(one)
            faults += notes
    for file in filter(_is_extract, files):
        inside, notes = _open_extract(file, declared)
        known = {one.layer for one in opened}
        opened += [one for one in inside if one.layer not in known]
        faults += notes
    return opened, faults


def _find(
    files: list[Path], declared: Mapping[str, LayerMapping]
) -> tuple[dict[str, list[Place]], list[Fault]]:
    named = {told.file: layer for layer, told in declared.items() if told.file}
    by_name = {file.name: file for file in files}
    places: dict[str, list[Place]] = defaultdict(list)
    for name in named.keys() & by_name.keys():
        places[named[name]].append(Place(by_name[name]))
    faults = [
        Fault(layer, None, "mapping_file", "refused", {"file": name})
        for name, layer in named.items()
        if name not in by_name
    ]
    unnamed = (file for file in files if file.name not in named and not _is_extract(file))
    for file in unnamed:
        try:
            found = _layers_in(file)
        except InputError as error:
            faults += error.faults
            continue
        for layer, place in found.items():
            if not declared.get(layer, LayerMapping()).file:
                places[layer].append(place)
        if not found:
            faults.append(Fault(file.name, None, "not_a_layer"))
    return places, faults


def _layers_in(file: Path) -> dict[str, Place]:
    ending, by_name = file.suffix.lower(), layer_of(file.stem)
    if ending == ".gpkg":
        tables = tables_inside(file)
        if PLAN_TABLE in tables:
            return {}
        if by_name and len(tables) == 1:
            return {by_name: Place(file, tables[0])}
        known = {table: layer_of(table) for table in tables}
        return {layer: Place(file, table) for table, layer in known.items() if layer}
    if by_name and ending in (*VECTOR_ENDINGS, *PARQUET_ENDINGS, *SHEET_ENDINGS):
        return {by_name: Place(file)}
    return {}


def _open(place: Place, layer: str, mapping: LayerMapping) -> tuple[OpenedLayer, list[Fault]]:
    file, ending = place.file, place.file.suffix.lower()
    if ending in SHEET_ENDINGS:
        table = read_table(file, layer, mapping)
        opened = OpenedLayer(layer, place.label, table.frame, mapping, table.sheets)
        return opened, list(table.faults)
    notes: list[Fault] = []
    if ending in PARQUET_ENDINGS:
        frame = read_parquet(file, layer)
    elif ending in VECTOR_ENDINGS:
        frame, notes = read_features(file, layer, table=place.table, encoding=mapping.encoding)
    else:
        raise InputError(Fault(layer, None, "format_unknown", "refused", {"file": file.name}))
    return OpenedLayer(layer, place.label, _counted(frame), mapping), notes


def _open_extract(
    file: Path, declared: Mapping[str, LayerMapping]
) -> tuple[list[OpenedLayer], list[Fault]]:
    try:
        frames = read_extract(file)
    except InputError as error:
        return [], list(error.faults)
    opened = [
        OpenedLayer(layer, file.name, _counted(frame), declared.get(layer, LayerMapping()))
        for layer, frame in frames.items()
        if len(frame) or layer == "buildings"
    ]
    return opened, []


def _counted(frame: DataFrame) -> DataFrame:
    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1), axis="index")


def _is_extract(file: Path) -> bool:
    return file.is_file() and file.name.lower().endswith(EXTRACT_ENDINGS)


def _is_silent(file: Path, files: list[Path]) -> bool:
    """Is it a file nobody wonders about: hidden, a note, the mapping, another file's own."""
    if file.name.startswith(".") or file.name in (MAPPING_FILE, DECISIONS_FILE):
        return True
    stem = file.name.split(".")[0]
    shapefiles = {other.name.split(".")[0] for other in files if other.suffix.lower() == ".shp"}
    beside = file.suffix.lower() in SIDECARS and stem in shapefiles
    return beside or file.name.endswith((".md", ".gpkg-wal", ".gpkg-shm", ".gpkg-journal"))


def _fault(source: str, kind: str) -> Fault:
    return Fault(source, None, kind, "refused", {"source": source})
