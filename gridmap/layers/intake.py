"""
From files to `Layers`: opened, understood, located, repaired, checked, and settled on the map.

Every fault is collected; the refused ones are raised together, as soon as going on would only
repeat them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gridmap.crs import metric_crs
from gridmap.errors import InputError
from gridmap.layers.clean import clean_outlines, clean_shapes
from gridmap.layers.columns import fit_columns
from gridmap.layers.hints import hint_undeclared, note_offset, note_swapped
from gridmap.layers.jurisdiction import cover, hull_community, place_in, settle_buildings
from gridmap.layers.location import locate
from gridmap.layers.read import open_layer, open_layers
from gridmap.layers.remembered import NOTHING_REMEMBERED, confirmed_columns, recall
from gridmap.layers.validate import note_elsewhere, note_repeated_outlines, require_ids
from gridmap.schema import TABLES, Fault, Layers, anchors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from geopandas import GeoDataFrame
    from pyproj import CRS

    from gridmap.layers.changes.carrying import Base
    from gridmap.layers.opened import OpenedLayer
    from gridmap.layers.remembered import Remembered


def read_layers(
    source: Path,
    *,
    mapping: Path | None = None,
    remembered: Remembered = NOTHING_REMEMBERED,
    base: Base | None = None,
    loads: Sequence[str] = (),
) -> Layers:
    """
    Read a folder of layers, a GeoPackage or an OSM extract.

    Parameters
    ----------
    source
        The folder or file.
    mapping
        A mapping file; by default `layers.toml` beside the layers, if there is one.
    remembered
        What was confirmed of columns before; a mapping file goes before it.
    base
        The version in force, to take the layers from that are not here; for a delta, also the
        rows that it does not name.
    loads
        Further columns of buildings and households that a rule asks for, by their names there.

    Returns
    -------
    layers
        Every layer of the schema in the metric CRS of the buildings, clean; `faults` holds what
        was repaired, assumed or noted on the way.

    Raises
    ------
    InputError
        If anything cannot be used: every reason at once.
    """
    opened, faults = open_layers(source, mapping=mapping)
    confirmed = confirmed_columns(opened)
    opened = [recall(one, remembered) for one in opened]
    if base is not None:
        base, opened, wrong = base.parted(opened)
        faults += wrong
    try:
        crs, frames, faults = _settled(opened, faults, source, base, loads)
    except InputError as error:
        raise InputError(*_name_sheets(opened, error.faults)) from None
    if base is None:
        frames |= _sheets_named(opened, frames)
    layers = assemble(frames, crs=crs, faults=_name_sheets(opened, faults))
    files = {one.layer: one.file for one in opened}
    return replace(layers, files=files, confirmed=confirmed)


def read_grids(file: Path, *, crs: CRS) -> tuple[GeoDataFrame, tuple[Fault, ...]]:
    """
    Read grids to plan on from: a layer of its own, or the grids of a plan.

    Parameters
    ----------
    file
        Any format that layers come in.
    crs
        The metric CRS of the communities.

    Returns
    -------
    grids
        `GRIDS` in that CRS, every polygon valid, codes unique.
    faults
        What was repaired, assumed or noted on the way.

    Raises
    ------
    InputError
        If they cannot be used: every reason at once.
    """
    opened, faults = open_layer(file, "grids")
    frame, wrong = _understood(opened)
    faults = [*faults, *wrong]
    _require_usable(faults)
    if frame.empty:
        return TABLES["grids"].empty(crs), tuple(faults)
    frame, wrong = clean_outlines("grids", frame, crs=crs)
    frame, more = require_ids("grids", frame)
    faults += [*wrong, *more]
    _require_usable(faults)
    return frame, tuple(faults)


def assemble(
    frames: Mapping[str, GeoDataFrame], *, crs: CRS, faults: tuple[Fault, ...] = ()
) -> Layers:
    """
    Put frames together as `Layers`, with empty ones for those that are not there.

    Parameters
    ----------
    frames
        Layer name to frame of its table, all in one metric CRS; `buildings` is among them.
    crs
        What a plan of them is to be written in.
    faults
        What is known to be wrong with them.

    Returns
    -------
    layers
        All of them; there is a ledger if `households` holds a row.
    """
    metric = frames["buildings"].crs
    held = {
        name: frames.get(name, table.empty(metric)).rename_axis(index=table.index)
        for name, table in TABLES.items()
    }
    return Layers(crs, **held, has_ledger=not held["households"].empty, faults=faults)


def _settled(
    opened: list[OpenedLayer],
    known: list[Fault],
    source: Path,
    base: Base | None,
    loads: Sequence[str],
) -> tuple[CRS, dict[str, GeoDataFrame], list[Fault]]:
    """Take layers that were opened all the way to the map."""
    faults = list(known)
    shaped: dict[str, GeoDataFrame] = {}
    has_ledger = any(one.layer == "households" for one in opened)
    for one in opened:
        buildings = shaped.get("buildings")
        frame, wrong = _understood(one, buildings, has_ledger=has_ledger, loads=loads)
        shaped[one.layer] = frame
        faults += wrong
    faults = [*hint_undeclared(shaped, faults), *note_swapped(shaped)]
    broken = {fault.layer for fault in faults if fault.level == "refused"}
    if base is None and "buildings" not in {*shaped, *broken}:
        fields = {"source": source.name}
        faults.append(Fault("buildings", None, "buildings_missing", "refused", fields))
    elif "buildings" in shaped and not broken and shaped["buildings"].empty:
        faults.append(Fault("buildings", None, "layer_empty", "refused"))
    _require_usable(faults)
    crs, metric = _target(shaped, base)
    faults += note_offset(shaped)
    frames, wrong = _in_metres(shaped, metric)
    faults += wrong
    _require_usable(faults)
    if base is not None:
        frames, wrong = base.completed(_sheets_named(opened, frames), crs=metric)
        faults += wrong
    name = source.stem if source.is_file() else source.resolve().name
    frames, wrong = _on_the_map(frames, name)
    faults += wrong
    _require_usable(faults)
    return crs, frames, faults


def _target(shaped: Mapping[str, GeoDataFrame], base: Base | None) -> tuple[CRS, CRS]:
    """Choose what a plan is written in and what is measured in: those of the buildings."""
    buildings = shaped.get("buildings")
    if base is not None and (base.is_delta or buildings is None):
        return base.crs, base.metric_crs
    assert buildings is not None  # noqa: S101 (refused before this)
    return buildings.crs, metric_crs(buildings)


def _sheets_named(
    opened: list[OpenedLayer], frames: Mapping[str, GeoDataFrame]
) -> dict[str, GeoDataFrame]:
    """Turn rows that were counted on through several sheets into lines of their sheets."""
    return {one.layer: one.name_sheets(frames[one.layer]) for one in opened if one.layer in frames}


def _name_sheets(opened: list[OpenedLayer], faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Say of every row that was counted on through several sheets which line of which it is."""
    several = {one.layer: one for one in opened if one.sheets}
    return tuple(
        several[fault.layer].name_sheet(fault) if fault.layer in several else fault
        for fault in faults
    )


def _understood(
    opened: OpenedLayer,
    buildings: GeoDataFrame | None = None,
    *,
    has_ledger: bool = False,
    loads: Sequence[str] = (),
) -> tuple[GeoDataFrame, list[Fault]]:
    known = frozenset() if buildings is None else frozenset(buildings["building_id"])
    fitted, faults = fit_columns(opened, known_ids=known, has_ledger=has_ledger, loads=loads)
    frame, wrong = locate(fitted, opened.mapping)
    faults += wrong
    if frame.empty:
        note = [Fault(opened.layer, None, "layer_empty")] if opened.layer != "buildings" else []
        return frame, faults + note
    frame, wrong = clean_shapes(opened.layer, frame)
    return frame, faults + wrong


def _in_metres(
    shaped: Mapping[str, GeoDataFrame], crs: CRS
) -> tuple[dict[str, GeoDataFrame], list[Fault]]:
    """Bring all layers to the metric CRS of the buildings, repair them and check their ids."""
    frames = {}
    faults: list[Fault] = []
    for layer, shape in shaped.items():
        if shape.empty:
            continue
        frame, wrong = clean_outlines(layer, shape, crs=crs)
        faults += wrong
        frames[layer], wrong = require_ids(layer, frame)
        faults += wrong
    return frames, faults


def _on_the_map(
    frames: Mapping[str, GeoDataFrame], name: str
) -> tuple[dict[str, GeoDataFrame], list[Fault]]:
    """Make the communities a coverage and give every building its community and compound."""
    held = dict(frames)
    buildings = held["buildings"]
    faults = note_repeated_outlines(buildings)
    for layer, frame in held.items():
        faults += note_elsewhere(layer, frame, buildings)
    if "communities" in held:
        held["communities"], wrong = cover(held["communities"])
    else:
        held["communities"], wrong = hull_community(buildings, name)
    faults += wrong
    if "compounds" in held:
        compounds, _ = place_in(held["compounds"], anchors(buildings))
        told = buildings["compound_id"]
        buildings = buildings.assign(compound_id=told.where(told != "", compounds))
    held["buildings"], wrong = settle_buildings(buildings, held["communities"])
    return held, faults + wrong


def _require_usable(faults: list[Fault]) -> None:
    refused = [fault for fault in faults if fault.level == "refused"]
    if refused:
        raise InputError(*refused)
